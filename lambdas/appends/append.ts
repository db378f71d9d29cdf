import type { AppendAnswer } from '../../core/api/answers.ts';
import { APPEND_KINDS, type AppendKind, type AppendKindName } from '../../core/api/appends.ts';
import { problemOf } from '../../core/api/faults.ts';
import { mayAtAll } from '../../core/api/permissions.ts';
import { type Entry, entryIdOf } from '../../core/model/entry.ts';
import { type Principal, submitterOf } from '../../core/model/principal.ts';
import {
  type AgencyId,
  type AgreementId,
  dayOf,
  type FrameId,
  type IncidentId,
  type Instant,
  type RequestId,
  type TransferId,
} from '../../core/model/scalars.ts';
import { jsonPointer, Problem } from '../../core/problem.ts';
import { keyNamedBy } from '../../core/signing/check.ts';
import { backOff } from '../store/client.ts';
import {
  equalBytes,
  newEntry,
  readEntry,
  recordEntry,
  requestDigest,
  type StoredEntry,
} from '../store/entries.ts';
import { ruleFor } from './rules.ts';
import { type SentSignature, signatureOf } from './signing.ts';

/** What a client asks to have appended. */
export interface AppendRequest {
  readonly kind: AppendKindName;
  readonly idempotencyKey: string;
  readonly subject?: string | undefined;
  readonly body: unknown;
  /** The path of `body` within the request, for pointers to its faults. */
  readonly bodyPath?: readonly PropertyKey[];
  readonly signature?: SentSignature | undefined;
}

/**
 * Accepts one append: checks it against its schema and the rules, and inserts it. Once this has answered, the entry
 * is durable. A repetition gets the first answer, however it is signed, if it is signed as well as it has to be; the
 * same key with another request is refused.
 * @throws Problem
 */
export async function append(
  principal: Principal,
  request: AppendRequest,
  now: Instant,
): Promise<AppendAnswer> {
  const definition: AppendKind = APPEND_KINDS[request.kind];
  if (!mayAtAll(request.kind, principal)) throw new Problem('forbidden');

  const parsed = definition.body.safeParse(request.body);
  if (!parsed.success) throw problemOf(parsed.error, 'body', request.bodyPath);

  const signature = await signatureOf(principal, request, parsed.data, now);
  const entryId = entryIdOf(submitterOf(principal), request.idempotencyKey);
  const { kind, subject = null } = request;
  const digest = requestDigest({ kind, subject: definition.opens ? null : subject, body: parsed.data });
  const candidate = {
    kind: request.kind,
    entryId,
    principal,
    subject: request.subject,
    body: parsed.data,
    today: dayOf(now),
    signed: signature !== undefined,
  };
  const rule = ruleFor(definition.stream, definition.opens);

  const stored = await store(entryId, digest, async (fresh) => {
    const ruling = await rule(candidate, fresh).catch((refusal: unknown) => {
      throw within(request.bodyPath, refusal);
    });
    const entry: Entry = {
      amanat: 1,
      entryId,
      kind: request.kind,
      stream: definition.stream,
      ...ruling,
      flags: [...ruling.flags],
      recordedAt: now,
      principal,
      body: parsed.data,
      ...(signature && { signature }),
    };
    return newEntry(entry);
  });
  return answerOf(stored.entry);
}

/** Rules point into the record; whoever sent it finds that within the request. */
function within(path: readonly PropertyKey[] = [], refusal: unknown): unknown {
  if (!(refusal instanceof Problem) || path.length === 0) return refusal;
  const faults = refusal.faults.map((fault) =>
    fault.pointer === undefined ? fault : { ...fault, pointer: jsonPointer(path) + fault.pointer },
  );
  return new Problem(refusal.slug, refusal.message, faults);
}

const ATTEMPTS = 6;

/**
 * Inserts the entry that `decide` makes, or finds that its id was used before. Decides again when knowledge that was
 * seconds old led to a refusal, and when somebody else went on with the same history in between.
 * @throws Problem what `decide` refuses; `idempotency-key-reused`; `try-again` when the history never holds still
 */
export async function store(
  entryId: Entry['entryId'],
  digest: Uint8Array,
  decide: (fresh: boolean) => Promise<StoredEntry>,
): Promise<StoredEntry> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 1) await backOff(attempt);
    let entry: StoredEntry;
    try {
      entry = await decide(attempt > 0);
    } catch (refusal) {
      // What is refused now may have been accepted before: then this is a repetition.
      const earlier = refusal instanceof Problem ? await readEntry(entryId) : undefined;
      if (earlier) return sameRequest(earlier, digest);
      if (attempt > 0 || !mayBeStale(refusal)) throw refusal;
      continue;
    }
    const outcome = await recordEntry(entry);
    if (outcome !== 'taken') return sameRequest(outcome, digest);
  }
  throw new Problem('try-again', 'others kept writing to the same history');
}

const mayBeStale = (refusal: unknown) => refusal instanceof Problem && refusal.slug === 'invalid-record';

export function sameRequest(stored: StoredEntry, digest: Uint8Array): StoredEntry {
  if (!equalBytes(stored.request, digest)) throw new Problem('idempotency-key-reused');
  return stored;
}

/** The answer to an append follows from its entry alone, so every repetition gets the same bytes. */
export function answerOf(entry: Entry): AppendAnswer {
  const { entryId, kind, subject, version, recordedAt, principal, flags, stream, signature } = entry;
  const answer = {
    entryId,
    kind,
    subject,
    version,
    recordedAt,
    principal,
    flags,
    ...(signature && { signedWith: keyNamedBy(signature) }),
  };
  switch (stream) {
    case 'transfer':
      return { ...answer, transferId: subject as TransferId };
    case 'request':
      return { ...answer, requestId: subject as RequestId };
    case 'incident':
      return { ...answer, incidentId: subject as IncidentId };
    case 'agency':
      return { ...answer, agencyId: subject as AgencyId };
    case 'agreement':
      return { ...answer, agreementId: subject as AgreementId };
    case 'frame':
      return { ...answer, frameId: subject as FrameId };
    case 'coverage':
    case 'question':
    case 'access':
    case 'policy':
      return answer;
  }
}
