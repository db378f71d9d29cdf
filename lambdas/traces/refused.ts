import { REFUSALS, type TraceRefusedBody } from '../../core/lifecycle/incident.ts';
import { type Entry, entryIdOf } from '../../core/model/entry.ts';
import type { LeakDescription } from '../../core/model/incident.ts';
import { type Principal, submitterOf } from '../../core/model/principal.ts';
import type { IncidentId, TraceId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { store } from '../appends/append.ts';
import { goOnWithIncident } from '../appends/rules.ts';
import { now } from '../queries/clock.ts';
import { newEntry, requestDigest } from '../store/entries.ts';

/** Who asked what, of which nothing may be told. */
interface Refused {
  readonly principal: Principal;
  readonly incidentId: IncidentId;
  readonly caseReference: string;
  readonly description: LeakDescription;
  /** Of one that was accepted before. */
  readonly accepted?: TraceId;
}

/**
 * Records a refusal before it is given, so that nobody tries samples unseen. It leaves the `Idempotency-Key` of the
 * question free: once approved, the same question may be asked under it. Repeated, the same refusal is one entry.
 * @returns what throws the refusal again
 */
export const recordingRefusal =
  ({ principal, incidentId, caseReference, description, accepted }: Refused, idempotencyKey: string) =>
  async (error: unknown): Promise<never> => {
    const refusal = error instanceof Problem ? REFUSALS.find((slug) => slug === error.slug) : undefined;
    if (!(error instanceof Problem) || !refusal) throw error;
    const body: TraceRefusedBody = {
      caseReference,
      description,
      refusal,
      detail: error.message,
      ...(accepted && { traceId: accepted }),
    };
    const digest = requestDigest({ kind: 'trace-refused', subject: incidentId, body });
    // No key of a client has a line break.
    const key = `${idempotencyKey}\nrefused ${Buffer.from(digest).toString('hex')}`;
    const entryId = entryIdOf(submitterOf(principal), key);
    await store(entryId, digest, async () => {
      const { subject, version } = await goOnWithIncident(incidentId);
      const entry: Entry = {
        amanat: 1,
        entryId,
        kind: 'trace-refused',
        stream: 'incident',
        ...{ subject, version, flags: [], recordedAt: now(), principal },
        body: { ...body },
      };
      return newEntry(entry);
    });
    throw error;
  };
