import * as z from 'zod';
import type { Entry, Flag } from '../model/entry.ts';
import { Count, Day, distinct, Sha256, TransferId, text } from '../model/scalars.ts';
import { CanonicalField } from '../model/vocabulary.ts';
import { type Fault, Problem } from '../problem.ts';
import { openTransfer, type Told, type TransferState, told } from './transfer.ts';

/** Which party of a transfer may record an event. */
export type Party = 'provider' | 'recipient';

interface TransferEvent<Shape extends z.ZodRawShape> {
  /** What it says, for the API's documents. */
  readonly summary: string;
  readonly shape: Shape;
  readonly by: readonly Party[];
  /**
   * Whether the event may be recorded on this state, and what is to be flagged about it.
   * @throws Problem `conflict` when the state does not allow it, `invalid-record` when the body breaks a rule
   */
  readonly decide: (state: TransferState, body: z.infer<z.ZodObject<Shape>>) => readonly Flag[];
  readonly evolve: (state: TransferState, body: z.infer<z.ZodObject<Shape>>, entry: Entry) => TransferState;
}

/** A definition whose body type is known within it, and erased for whoever looks events up by name. */
const event = <Shape extends z.ZodRawShape>(definition: TransferEvent<Shape>) =>
  definition as unknown as { summary: string; shape: Shape; by: readonly Party[] } & Erased;

interface Erased {
  decide(state: TransferState, body: unknown): readonly Flag[];
  evolve(state: TransferState, body: unknown, entry: Entry): TransferState;
}

const occurredOn = Day.describe('The day on which it took place; not after the day on which it is recorded');
const reason = text(500);
const noFlags: readonly Flag[] = [];

const conflict = (detail: string): never => {
  throw new Problem('conflict', detail);
};
const invalid = (pointer: string, detail: string): never => {
  const fault: Fault = { pointer, detail };
  throw new Problem('invalid-record', undefined, [fault]);
};
/** What answers an earlier event did not take place before it: on the days between, the state would make no sense. */
const notBefore = (earlier: Told, body: { occurredOn: Day }, what: string) => {
  if (body.occurredOn < earlier.occurredOn) invalid('/occurredOn', `must not be before ${what}`);
};
const notDestroyed = (state: TransferState) => {
  if (state.verified) conflict('the destruction of this holding is already verified');
};

/**
 * Every event of a transfer's life, each wholly described here: its body, who may record it, when it may be, and
 * what it changes. To add an event, add it to this table.
 */
export const TRANSFER_EVENTS = {
  'transfer-acknowledged': event({
    summary: 'The data arrived; what the recipient itself counted and hashed is compared with the record',
    shape: {
      occurredOn,
      files: z
        .array(z.strictObject({ file: text(200), sha256: Sha256, rows: Count.optional() }))
        .min(1)
        .max(100)
        .optional()
        .describe('What the recipient computed itself over what it received'),
      rows: Count.optional(),
      storedAt: text(200).describe('Where the recipient keeps it'),
      note: text(500).optional(),
    },
    by: ['recipient'],
    decide: (state, body) => {
      notDestroyed(state);
      if (state.acknowledged && !state.disputed) conflict('this transfer is already acknowledged');
      return differences(state, body);
    },
    evolve: (state, body, entry) => {
      const { disputed: _settled, ...rest } = state;
      return { ...rest, acknowledged: { ...told(entry), agrees: differences(state, body).length === 0 } };
    },
  }),

  'transfer-disputed': event({
    summary: 'What arrived is not what the record says, or nothing arrived',
    shape: {
      occurredOn,
      reason: z.enum([
        'not-received',
        'digest-differs',
        'rows-differ',
        'not-agreed',
        'wrong-content',
        'other',
      ]),
      text: text(500).optional(),
    },
    by: ['recipient'],
    decide: (state) => {
      notDestroyed(state);
      if (state.disputed) conflict('this transfer is already disputed');
      return noFlags;
    },
    evolve: (state, body, entry) => ({ ...state, disputed: { ...told(entry), reason: body.reason } }),
  }),

  'holding-attested': event({
    summary: 'The data is still held, or is not',
    shape: { occurredOn, held: z.boolean(), copies: Count.optional(), storedAt: text(200).optional() },
    by: ['recipient'],
    decide: () => noFlags,
    evolve: (state, body, entry) => ({ ...state, attested: { ...told(entry), held: body.held } }),
  }),

  'retention-extended': event({
    summary: 'The data may be kept longer',
    shape: { occurredOn, from: Day, until: Day, approver: text(120), reason },
    by: ['provider'],
    decide: (state, body) => {
      notDestroyed(state);
      if (state.certified) conflict('the destruction of this holding is already certified');
      if (state.retentionEnd === undefined)
        conflict('the record of this transfer states no retention to extend');
      if (body.from !== state.retentionEnd)
        invalid('/from', `the retention in force ends on ${state.retentionEnd}`);
      if (body.until <= body.from) invalid('/until', 'must be after from');
      return noFlags;
    },
    evolve: (state, body) => ({ ...state, retentionEnd: body.until }),
  }),

  'legal-hold-set': event({
    summary: 'The data must not be disposed of until the hold is lifted',
    shape: { occurredOn, reference: text(120), reason },
    by: ['provider', 'recipient'],
    decide: (state, body) => {
      notDestroyed(state);
      if (state.holds.some((hold) => hold.reference === body.reference))
        conflict('a hold with this reference is already on');
      return noFlags;
    },
    evolve: (state, body, entry) => ({
      ...state,
      holds: [...state.holds, { ...told(entry), reference: body.reference }],
    }),
  }),

  'legal-hold-lifted': event({
    summary: 'A legal hold has ended',
    shape: { occurredOn, reference: text(120), reason },
    by: ['provider', 'recipient'],
    decide: (state, body) => {
      const hold = state.holds.find(({ reference }) => reference === body.reference);
      if (!hold) return conflict('no hold with this reference is on');
      notBefore(hold, body, 'the hold was set');
      return noFlags;
    },
    evolve: (state, body) => ({
      ...state,
      holds: state.holds.filter((hold) => hold.reference !== body.reference),
    }),
  }),

  'recall-issued': event({
    summary: 'The provider wants the data destroyed or returned before its time',
    shape: { occurredOn, dueBy: Day, reason },
    by: ['provider'],
    decide: (state, body) => {
      notDestroyed(state);
      if (body.dueBy < body.occurredOn) invalid('/dueBy', 'must not be before occurredOn');
      return noFlags;
    },
    evolve: (state, body, entry) => ({ ...state, recalled: { ...told(entry), dueBy: body.dueBy } }),
  }),

  'destruction-certified': event({
    summary: 'The data was destroyed (NIST SP 800-88)',
    shape: {
      occurredOn,
      scope: z.enum(['media', 'logical']).describe('NIST SP 800-88: the medium, or the data on it'),
      method: z.enum(['clear', 'purge', 'destroy']),
      tool: text(120),
      performer: text(120),
      verifier: text(120),
      backups: z.enum(['none-existed', 'destroyed', 'expire-later', 'unknown']),
      derivatives: z.enum(['none-existed', 'destroyed', 'kept', 'unknown']),
      note: text(500).optional(),
    },
    by: ['recipient'],
    decide: (state) => {
      if (state.holds.length > 0) conflict('a legal hold blocks the disposal of this holding');
      if (state.certified) conflict('the destruction of this holding is already certified');
      return noFlags;
    },
    evolve: (state, body, entry) => {
      const { rejected: _superseded, ...rest } = state;
      return { ...rest, certified: { ...told(entry), scope: body.scope } };
    },
  }),

  'destruction-verified': event({
    summary: 'The provider is satisfied that the data was destroyed',
    shape: { occurredOn, verifier: text(120), how: text(300) },
    by: ['provider'],
    decide: (state, body) => {
      if (!state.certified) return conflict('no destruction has been certified');
      notDestroyed(state);
      notBefore(state.certified, body, 'the destruction');
      return noFlags;
    },
    evolve: (state, _body, entry) => ({ ...state, verified: told(entry) }),
  }),

  'destruction-rejected': event({
    summary: 'The certificate of destruction does not satisfy the provider',
    shape: { occurredOn, verifier: text(120), reason },
    by: ['provider'],
    decide: (state, body) => {
      if (!state.certified) return conflict('no destruction has been certified');
      notDestroyed(state);
      notBefore(state.certified, body, 'the destruction');
      return noFlags;
    },
    evolve: (state, body, entry) => {
      const { certified: _withdrawn, ...rest } = state;
      return { ...rest, rejected: { ...told(entry), reason: body.reason } };
    },
  }),

  'record-superseded': event({
    summary: 'The record was wrong; another takes its place',
    shape: { occurredOn, by: TransferId, reason },
    by: ['provider'],
    decide: (state, body) => {
      if (body.by === state.transferId) invalid('/by', 'must be another transfer');
      if (state.supersededBy) conflict('this record is already superseded');
      return noFlags;
    },
    evolve: (state, body) => ({ ...state, supersededBy: body.by }),
  }),

  'correction-issued': event({
    summary: 'The data was wrong; the recipient is to correct its copy',
    shape: {
      occurredOn,
      correctionId: text(60),
      fields: distinct(CanonicalField, 60),
      rows: Count.optional(),
      reason,
    },
    by: ['provider'],
    decide: (state, body) => {
      if (state.corrections.some((correction) => correction.correctionId === body.correctionId))
        conflict('a correction with this id was already issued');
      return noFlags;
    },
    evolve: (state, body, entry) => ({
      ...state,
      corrections: [...state.corrections, { correctionId: body.correctionId, issued: told(entry) }],
    }),
  }),

  'correction-confirmed': event({
    summary: 'The recipient corrected its copy',
    shape: { occurredOn, correctionId: text(60) },
    by: ['recipient'],
    decide: (state, body) => {
      const correction = state.corrections.find(({ correctionId }) => correctionId === body.correctionId);
      if (!correction) return conflict('no correction with this id was issued');
      if (correction.confirmed) conflict('this correction is already confirmed');
      notBefore(correction.issued, body, 'the correction was issued');
      return noFlags;
    },
    evolve: (state, body, entry) => ({
      ...state,
      corrections: state.corrections.map((correction) =>
        correction.correctionId === body.correctionId
          ? { ...correction, confirmed: told(entry) }
          : correction,
      ),
    }),
  }),
} as const;

export type TransferEventKind = keyof typeof TRANSFER_EVENTS;
export const TRANSFER_EVENT_KINDS = Object.keys(TRANSFER_EVENTS) as TransferEventKind[];

/** Where the recipient's own digests and row count differ from what the provider recorded. */
function differences(
  { record }: TransferState,
  body: {
    files?: { file: string; sha256: string; rows?: number | undefined }[] | undefined;
    rows?: number | undefined;
  },
): Flag[] {
  const digests = new Map(record.manifest?.map((file) => [file.file, file.sha256]));
  const digestDiffers = body.files?.some((file) => {
    const recorded = digests.get(file.file);
    return recorded !== undefined && recorded !== file.sha256;
  });
  const rowsDiffer =
    body.rows !== undefined && record.volume?.exact === true && record.volume.rows !== body.rows;
  const flags: Flag[] = [];
  if (digestDiffers) flags.push({ code: 'acknowledgement-digest-differs', pointer: '/files' });
  if (rowsDiffer) flags.push({ code: 'acknowledgement-rows-differ', pointer: '/rows' });
  return flags;
}

const isTransferEvent = (kind: string): kind is TransferEventKind => Object.hasOwn(TRANSFER_EVENTS, kind);

/** The state after one more entry of a transfer's history. */
export function evolveTransfer(state: TransferState | undefined, entry: Entry): TransferState {
  if (state === undefined) return openTransfer(entry);
  if (!isTransferEvent(entry.kind)) throw new TypeError(`no event of a transfer: ${entry.kind}`);
  return { ...TRANSFER_EVENTS[entry.kind].evolve(state, entry.body, entry), nextVersion: entry.version + 1 };
}
