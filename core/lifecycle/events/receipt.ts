import * as z from 'zod';
import type { Flag } from '../../model/entry.ts';
import { Count, Sha256, text } from '../../model/scalars.ts';
import { isDestroyed, type TransferState, told } from '../transfer.ts';
import { conflict, event, noFlags, notBefore, occurredOn } from './definition.ts';

/** A holding that is verifiably gone has nothing left to happen to it. */
export const notGone = (state: TransferState): void => {
  if (state.verified && isDestroyed(state)) conflict('the destruction of this holding is already verified');
};

/** What the recipient says of the data that it got, and what the provider answers. */
export const RECEIPT_EVENTS = {
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
    decide: (state, body) => {
      notGone(state);
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
    decide: (state, body) => {
      notGone(state);
      const { disputed } = state;
      if (disputed && !disputed.answered) conflict('this transfer is already disputed');
      if (disputed?.answered) notBefore(disputed.answered, body, 'the answer to the dispute before');
      return noFlags;
    },
    evolve: (state, body, entry) => ({ ...state, disputed: { ...told(entry), reason: body.reason } }),
  }),

  'dispute-answered': event({
    summary:
      'The provider answers a dispute; the recipient then acknowledges the transfer, which settles it, or disputes it again',
    shape: {
      occurredOn,
      answer: z
        .enum(['sent-again', 'explained', 'accepted', 'rejected'])
        .describe('`accepted`: the record was wrong, and is superseded or withdrawn'),
      text: text(500),
    },
    decide: ({ disputed }, body) => {
      if (!disputed) return conflict('this transfer is not disputed');
      if (disputed.answered) conflict('this dispute is already answered');
      notBefore(disputed, body, 'the dispute');
      return noFlags;
    },
    evolve: (state, body, entry) =>
      state.disputed
        ? {
            ...state,
            disputed: { ...state.disputed, answered: { ...told(entry), answer: body.answer } },
          }
        : state,
  }),

  'holding-attested': event({
    summary: 'The data is still held, or is not; where the record says how often, the next is due after that',
    shape: { occurredOn, held: z.boolean(), copies: Count.optional(), storedAt: text(200).optional() },
    decide: () => noFlags,
    evolve: (state, body, entry) => ({ ...state, attested: { ...told(entry), held: body.held } }),
  }),
} as const;

interface Counted {
  readonly files?: readonly { file: string; sha256: string; rows?: number | undefined }[] | undefined;
  readonly rows?: number | undefined;
}

/** Where the recipient's own digests and row counts differ from what the provider recorded. */
function differences({ record }: TransferState, { files = [], rows }: Counted): Flag[] {
  const recorded = new Map(record.manifest?.map((file) => [file.file, file]));
  const differs = (counted: unknown, said: unknown) =>
    counted !== undefined && said !== undefined && counted !== said;
  const flags: Flag[] = [];
  if (files.some(({ file, sha256 }) => differs(sha256, recorded.get(file)?.sha256)))
    flags.push({ code: 'acknowledgement-digest-differs', pointer: '/files' });
  const { volume } = record;
  if (volume?.exact && differs(rows, volume.rows))
    flags.push({ code: 'acknowledgement-rows-differ', pointer: '/rows' });
  else if (files.some((file) => differs(file.rows, recorded.get(file.file)?.rows)))
    flags.push({ code: 'acknowledgement-rows-differ', pointer: '/files' });
  return flags;
}
