import { Count, type Day, distinct, EntryId, TransferId, text } from '../../model/scalars.ts';
import { CanonicalField } from '../../model/vocabulary.ts';
import { isVoid, type TransferState, told } from '../transfer.ts';
import { conflict, event, invalid, noFlags, notBefore, occurredOn, reason } from './definition.ts';

/** What becomes of a record that was wrong, and of data that was. */
export const RECORD_EVENTS = {
  'record-superseded': event({
    summary:
      'The record was wrong; another of the same provider takes its place, and all that is still on this one must be on that one first',
    shape: { occurredOn, by: TransferId, reason },
    spreads: true,
    decide: (state, body, { replacement }) => {
      if (body.by === state.transferId) invalid('/by', 'must be another transfer');
      if (!replacement) return invalid('/by', 'is no recorded transfer');
      if (replacement.record.provider.agencyId !== state.record.provider.agencyId)
        invalid('/by', 'is a transfer of another provider');
      if (isVoid(replacement)) invalid('/by', 'is itself superseded or withdrawn');
      carriedOver(state, replacement, body.occurredOn);
      return noFlags;
    },
    evolve: (state, body) => ({ ...state, supersededBy: body.by }),
  }),

  'record-withdrawn': event({
    summary: 'Nothing was handed over: the recipient disputed that it received anything, and is right',
    shape: { occurredOn, reason },
    spreads: true,
    decide: (state, body) => {
      if (state.disputed?.reason !== 'not-received')
        return conflict('a record is withdrawn where the recipient disputes that it received anything');
      notBefore(state.disputed, body, 'the dispute');
      return noFlags;
    },
    evolve: (state, _body, entry) => ({ ...state, withdrawn: told(entry) }),
  }),

  'correction-issued': event({
    summary:
      'The data was wrong; the recipient is to correct its copy, and so is everybody to whom it handed the fields on',
    shape: {
      occurredOn,
      correctionId: text(60),
      fields: distinct(CanonicalField, 60),
      rows: Count.optional(),
      reason,
    },
    spreads: true,
    decide: (state, body) => {
      if (state.corrections.some((correction) => correction.correctionId === body.correctionId))
        conflict('a correction with this id was already issued');
      return noFlags;
    },
    evolve: (state, { correctionId, fields }, entry) => ({
      ...state,
      corrections: [...state.corrections, { correctionId, fields, issued: told(entry) }],
    }),
  }),

  'correction-confirmed': event({
    summary: 'The recipient corrected its copy',
    shape: {
      occurredOn,
      correctionId: text(60),
      issuedBy: EntryId.optional().describe(
        'The entry that issued it, where it was issued on the data that this came from, and not on this transfer',
      ),
    },
    looksUpstream: true,
    // Whoever is handed the data after this gets it corrected.
    spreads: true,
    decide: (state, { correctionId, issuedBy, ...body }, { upstream }) => {
      const own = state.corrections.find((each) => each.correctionId === correctionId);
      const inherited = upstream.corrections.find(
        (each) => each.correctionId === correctionId && each.issued.entryId === issuedBy,
      );
      const correction = issuedBy === undefined ? own : inherited;
      if (!correction) return conflict('no correction with this id was issued');
      const elsewhere = state.confirmed.some((each) => each.issuedBy === issuedBy);
      if (issuedBy === undefined ? own?.confirmed : elsewhere)
        conflict('this correction is already confirmed');
      notBefore(correction.issued, body, 'the correction was issued');
      return noFlags;
    },
    evolve: (state, { correctionId, issuedBy }, entry) =>
      issuedBy === undefined
        ? {
            ...state,
            corrections: state.corrections.map((correction) =>
              correction.correctionId === correctionId
                ? { ...correction, confirmed: told(entry) }
                : correction,
            ),
          }
        : { ...state, confirmed: [...state.confirmed, { ...told(entry), issuedBy }] },
  }),
} as const;

/** A record that nobody has to obey any more takes no duty with it: each must be on the other one by then. */
function carriedOver(state: TransferState, replacement: TransferState, on: Day): void {
  const other = new Set(replacement.holds.map(({ reference }) => reference));
  if (state.holds.some(({ reference }) => !other.has(reference)))
    conflict('a legal hold is on this record, and not on the one that is to take its place');
  const { recalled } = state;
  if (recalled && !(replacement.recalled && replacement.recalled.dueBy <= recalled.dueBy))
    conflict('this record is recalled, and the one that is to take its place is not, or later');
  const issued = new Set(replacement.corrections.map(({ correctionId }) => correctionId));
  if (state.corrections.some(({ correctionId, confirmed }) => !confirmed && !issued.has(correctionId)))
    conflict('a correction of this record is not confirmed, and not issued on the one that takes its place');
  const { suppressed } = state;
  const hidden = (replacement.suppressed?.until ?? '') >= (suppressed?.until ?? '');
  if (suppressed && suppressed.until >= on && !hidden)
    conflict('this record is not published, and the one that takes its place is, or is so sooner');
}
