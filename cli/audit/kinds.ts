import * as z from 'zod';
import { APPEND_KINDS, type AppendKind } from '../../core/api/appends.ts';
import { REFUSALS } from '../../core/lifecycle/incident.ts';
import { AccessRecordedBody, hourOf } from '../../core/model/access.ts';
import {
  type Entry,
  frameIdOf,
  incidentIdOf,
  questionsIdOf,
  requestIdOf,
  transferIdOf,
} from '../../core/model/entry.ts';
import { LeakDescription } from '../../core/model/incident.ts';
import { dayOf, Sha256, TraceId, text } from '../../core/model/scalars.ts';
import { SubjectAskedBody } from '../../core/model/subject.ts';
import { SIGNING_POLICY, SigningPolicyBody } from '../../core/signing/policy.ts';

type Kind = Pick<AppendKind, 'stream' | 'body'> & {
  /** Whether it starts a history; what holds reads may be the first of its hour, or not; so too a question of its day. */
  readonly opens: boolean | 'either';
};

/** The kinds that the ledger itself appends: see `TraceRunBody` and its like, and `SubjectAskedBody`. */
const OWN_KINDS: Readonly<Record<string, Kind>> = {
  'trace-run': {
    stream: 'incident',
    opens: false,
    body: z.strictObject({
      caseReference: text(120),
      description: LeakDescription,
      answerSha256: Sha256,
      sketchSha256: Sha256.optional(),
      reflects: z.strictObject({ size: z.int().min(0) }),
    }),
  },
  'trace-accepted': {
    stream: 'incident',
    opens: false,
    body: z.strictObject({
      caseReference: text(120),
      description: LeakDescription,
      traceId: TraceId,
      sketchSha256: Sha256,
      files: z.int().min(0),
      reflects: z.strictObject({ size: z.int().min(0) }),
    }),
  },
  'trace-refused': {
    stream: 'incident',
    opens: false,
    body: z.strictObject({
      caseReference: text(120),
      description: LeakDescription,
      refusal: z.enum(REFUSALS),
      detail: text(500),
      traceId: TraceId.optional(),
    }),
  },
  'access-recorded': { stream: 'access', opens: 'either', body: AccessRecordedBody },
  'signing-policy-declared': { stream: 'policy', opens: 'either', body: SigningPolicyBody },
  'subject-asked': { stream: 'question', opens: 'either', body: SubjectAskedBody },
};

const KINDS: ReadonlyMap<string, Kind> = new Map(Object.entries<Kind>({ ...APPEND_KINDS, ...OWN_KINDS }));

/** Whether an entry is what its kind says, so that it can be folded: its stream, subject, version and body. */
export function fitsItsKind(entry: Entry): boolean {
  const kind = KINDS.get(entry.kind);
  if (!kind || kind.stream !== entry.stream) return false;
  if (kind.opens !== 'either' && kind.opens !== (entry.version === 0)) return false;
  if (kind.opens !== false && entry.subject !== openedSubject(entry)) return false;
  return kind.body.safeParse(entry.body).success;
}

function openedSubject({ stream, entryId, body, principal, recordedAt }: Entry): unknown {
  switch (stream) {
    case 'transfer':
      return transferIdOf(entryId);
    case 'request':
      return requestIdOf(entryId);
    case 'incident':
      return incidentIdOf(entryId);
    case 'coverage':
      return `cv-${entryId}`;
    case 'frame':
      return frameIdOf(entryId);
    case 'question':
      return questionsIdOf(principal.sub, dayOf(recordedAt));
    case 'access': {
      // All of one hour; that there is a first, its schema says.
      const [first] = (body as Partial<AccessRecordedBody>).reads ?? [];
      return first && hourOf(first.at);
    }
    case 'policy':
      return SIGNING_POLICY;
    case 'agency':
      return body['agencyId'];
    case 'agreement':
      return body['agreementId'];
  }
}
