import { setTimeout as pause } from 'node:timers/promises';
import { ApiProblem, type Client } from '../../core/api/client.ts';
import type { ProvedEntry } from '../../core/bundle/grounds.ts';
import { bundledCheckpoint } from '../../core/bundle/keys.ts';
import { mayBeRelied, type Named, namedBy, reliedOn } from '../../core/bundle/relied-on.ts';
import type { TraceRunBody } from '../../core/lifecycle/incident.ts';
import { parseCheckpoint, type VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import { LogError } from '../../core/log/error.ts';
import { leafHash } from '../../core/log/merkle.ts';
import { parseNote } from '../../core/log/note.ts';
import type { Policy } from '../../core/log/policy.ts';
import { proveInclusion } from '../../core/log/prove.ts';
import { tileHashReader } from '../../core/log/tile-reader.ts';
import { verifyInclusion } from '../../core/log/verify.ts';
import { traceIdOf } from '../../core/model/entry.ts';
import type { IncidentId, TraceId } from '../../core/model/scalars.ts';
import { TraceAnswer } from '../../core/trace/answer.ts';
import type { VerifiedEntry } from '../verify/entries.ts';
import { Finding } from '../verify/finding.ts';
import { inOrder } from '../verify/in-order.ts';
import { readCheckpoint, readCheckpointOfSize, readTile } from '../verify/remote.ts';

const LOOK_EVERY_MS = 500;
const AT_ONCE = 8;

/**
 * The checkpoint that a bundle is made as of: of the size asked for, or else the newest; with the cosignatures of all
 * witnesses of the policy, which may take a moment to come in.
 * @throws LogError when they do not come in time, or it is not the log's
 */
export async function cosignedCheckpoint(
  client: Client,
  policy: Policy,
  { size, waitMs, signal }: { size?: number; waitMs: number; signal: AbortSignal },
): Promise<string> {
  const until = Date.now() + waitMs;
  const wanted = size ?? parseCheckpoint(parseNote(await readCheckpoint(client, signal)).text).size;
  for (;;) {
    const text = await readCheckpointOfSize(client, wanted, signal).catch((error: unknown) => {
      if (error instanceof ApiProblem && error.status === 404)
        throw new Finding(
          'refused',
          `the log shows no checkpoint of size ${wanted}: it was not signed at it`,
        );
      throw error;
    });
    try {
      bundledCheckpoint(text, policy);
      return text;
    } catch (error) {
      const isEarly = error instanceof LogError && error.code === 'too-few-cosignatures';
      if (!isEarly || Date.now() >= until) throw error;
    }
    await pause(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** What the API knows of an incident by now, which is as much as the log has as of any checkpoint, or more. */
export interface Told {
  readonly named: Named;
  readonly answers: ReadonlyMap<TraceId, Uint8Array>;
}

export async function tellIncident(
  client: Client,
  incidentId: IncidentId,
  signal: AbortSignal,
): Promise<Told> {
  const { traces, findings } = await client.call('getIncident', { params: { incidentId }, signal });
  const read = await Array.fromAsync(
    inOrder(traces, AT_ONCE, async ({ traceId }) => {
      const { bytes } = await client.send('getTrace', { params: { incidentId, traceId }, signal });
      return [traceId, bytes] as const;
    }),
  );
  const parsed = read.map(([traceId, bytes]) => {
    const { success, data } = TraceAnswer.safeParse(parsedJson(bytes));
    if (!success) throw new Finding('answer', `the answer of ${traceId} is none of a trace`);
    return data;
  });
  const found = findings.flatMap(({ finding }) => finding.transferIds ?? []);
  return { named: namedBy(incidentId, parsed, found), answers: new Map(read) };
}

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Of the entries of a log, in its order, those that a case may rest on: so few are kept, however long the log is. */
export class KeptEntries {
  readonly #named: Named;
  readonly #kept: VerifiedEntry[] = [];

  constructor(named: Named) {
    this.#named = named;
  }

  add(entries: readonly VerifiedEntry[]): void {
    this.#kept.push(...entries.filter(({ entry }) => mayBeRelied(entry, this.#named)));
  }

  /**
   * What the case rests on as of the log that was read: what was found out later names more than that, and goes.
   * @returns its entries in the order of the log, and the answers of its traces
   */
  asOfLog({ named: { incidentId }, answers }: Told) {
    const history = this.#kept.filter(({ entry }) => entry.subject === incidentId);
    if (history.length === 0)
      throw new Finding('refused', `the log of this size does not have the incident ${incidentId} yet`);
    const runs = history.filter(({ entry }) => entry.kind === 'trace-run');
    const answered = new Map(
      runs.flatMap(({ entry: { entryId, body } }) => {
        const traceId = traceIdOf(entryId);
        const bytes = answers.get(traceId);
        if (bytes === undefined)
          throw new Finding('views', `the API does not tell of ${traceId}, which the log has`);
        return [[traceId, { bytes, body: body as unknown as TraceRunBody }] as const];
      }),
    );
    const found = history.flatMap(({ entry: { kind, body } }) =>
      kind === 'finding-recorded' ? ((body['transferIds'] ?? []) as never[]) : [],
    );
    const parsed = [...answered.values()].map(({ bytes }) => TraceAnswer.parse(parsedJson(bytes)));
    return {
      entries: reliedOn(this.#kept, namedBy(incidentId, parsed, found)),
      answers: new Map([...answered].map(([traceId, { bytes }]) => [traceId, bytes] as const)),
    };
  }
}

/** Adds to each entry the proof that it is in the log, made of the log's tiles and verified. @throws LogError */
export async function proved(
  entries: readonly VerifiedEntry[],
  { size, root }: VerifiedCheckpoint,
  {
    client,
    signal,
    onProgress,
  }: { client: Client; signal: AbortSignal; onProgress: (done: number, of: number) => void },
): Promise<ProvedEntry[]> {
  const read = tileHashReader(size, (id) => readTile(id, { client, signal }));
  const all: ProvedEntry[] = [];
  const prove = async (each: VerifiedEntry) => ({
    each,
    proof: await proveInclusion(each.index, size, read),
  });
  for await (const { each, proof } of inOrder(entries, AT_ONCE, prove)) {
    verifyInclusion({ index: each.index, size, leaf: leafHash(each.bytes), proof, root });
    all.push({ ...each, proof });
    onProgress(all.length, entries.length);
  }
  return all;
}
