import { setTimeout as pause } from 'node:timers/promises';
import { ApiPending, type Client } from '../../core/api/client.ts';
import type { IncidentId } from '../../core/model/scalars.ts';
import type { TraceAnswer, TracePending } from '../../core/trace/answer.ts';
import { startProgress } from '../fingerprint/progress.ts';

/** Between two questions, in milliseconds: an answer takes minutes where it does not come at once. */
const EVERY_MS = 3_000;

/** The answer of a trace, however long it takes: with a bar, where it was accepted and is not answered yet. */
export async function answerOf(
  client: Client,
  incidentId: IncidentId,
  asked: Promise<TraceAnswer>,
): Promise<TraceAnswer> {
  const first = await orPending(asked);
  if (!(first instanceof ApiPending)) return first;
  const { traceId, files } = first.pending;
  process.stderr.write(
    `accepted: it goes on whether or not this waits, and\n  amanat trace-answer --incident ${incidentId} --trace ${traceId}\nwaits for it again\n`,
  );
  const bar = startProgress({ what: 'tracing', total: files, unit: 'files' });
  const show = ({ compared }: TracePending) => bar.update(compared, compared);
  show(first.pending);
  try {
    for (;;) {
      await pause(EVERY_MS);
      const answer = await orPending(client.call('getTrace', { params: { incidentId, traceId } }));
      if (!(answer instanceof ApiPending)) return answer;
      show(answer.pending);
    }
  } finally {
    bar.stop();
  }
}

const orPending = (asked: Promise<TraceAnswer>): Promise<TraceAnswer | ApiPending> =>
  asked.catch((error: unknown) => {
    if (error instanceof ApiPending) return error;
    throw error;
  });
