import * as z from 'zod';
import { APPEND_KINDS, type AppendKind } from '../../core/api/appends.ts';
import { type Entry, incidentIdOf, transferIdOf } from '../../core/model/entry.ts';
import { LeakDescription } from '../../core/model/incident.ts';
import { Sha256, text } from '../../core/model/scalars.ts';

/** The one kind that the ledger itself appends: see `TraceRunBody`. */
const TRACE_RUN: Pick<AppendKind, 'stream' | 'opens' | 'body'> = {
  stream: 'incident',
  opens: false,
  body: z.strictObject({
    caseReference: text(120),
    description: LeakDescription,
    answerSha256: Sha256,
    reflects: z.strictObject({ size: z.int().min(0) }),
  }),
};

const KINDS: ReadonlyMap<string, Pick<AppendKind, 'stream' | 'opens' | 'body'>> = new Map(
  Object.entries<Pick<AppendKind, 'stream' | 'opens' | 'body'>>({ ...APPEND_KINDS, 'trace-run': TRACE_RUN }),
);

/** Whether an entry is what its kind says, so that it can be folded: its stream, subject, version and body. */
export function fitsItsKind(entry: Entry): boolean {
  const kind = KINDS.get(entry.kind);
  if (!kind || kind.stream !== entry.stream || kind.opens !== (entry.version === 0)) return false;
  if (kind.opens && entry.subject !== openedSubject(entry)) return false;
  return kind.body.safeParse(entry.body).success;
}

function openedSubject({ stream, entryId, body }: Entry): unknown {
  switch (stream) {
    case 'transfer':
      return transferIdOf(entryId);
    case 'incident':
      return incidentIdOf(entryId);
    case 'coverage':
      return `cv-${entryId}`;
    case 'agency':
      return body['agencyId'];
    case 'agreement':
      return body['agreementId'];
  }
}
