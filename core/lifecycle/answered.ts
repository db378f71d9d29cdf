import type { Entry } from '../model/entry.ts';
import type { Sha256 } from '../model/scalars.ts';

/** The kinds that the ledger itself appends when it has answered: beside the question stands the answer's digest. */
export const ANSWERED_KINDS = ['trace-run', 'subject-asked'] as const;

/** The digest of the answer that an entry names; `undefined` for an entry that names none. */
export const answerNamedBy = ({ kind, body }: Pick<Entry, 'kind' | 'body'>): Sha256 | undefined =>
  ANSWERED_KINDS.some((each) => each === kind) ? (body['answerSha256'] as Sha256) : undefined;
