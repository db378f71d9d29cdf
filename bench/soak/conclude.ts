import { isDeepStrictEqual } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { audit } from '../../cli/audit/audit.ts';
import { Histories } from '../../cli/audit/histories.ts';
import type { VerifiedEntry } from '../../cli/verify/entries.ts';
import { LogSession } from '../../cli/verify/session.ts';
import type { Obligation } from '../../core/api/answers.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { type OwedUnder, owedUnder } from '../../core/lifecycle/notices.ts';
import { Inspected } from '../../core/log/inspection.ts';
import type { System } from '../../local/system.ts';
import { LOCAL_CREDENTIALS } from '../../local/tables.ts';
import { REGION } from '../../local/template/resolve.ts';
import { readViews, type Views } from '../../test/support/views.ts';
import { owed as owedBy } from './life.ts';
import { notices } from './notices.ts';
import { owedUpon } from './requests.ts';
import type { Traffic } from './traffic.ts';

/** Something that has to hold in the end. */
export interface Verdict {
  readonly what: string;
  /** How many things were looked at. */
  readonly of: number;
  /** What is wrong, each in words. */
  readonly faults: readonly string[];
}

const AUDIT_WAIT_MS = 300_000;
const Rebuilding = z.object({ size: z.int(), done: z.boolean() });

/** Holds what the system shows, once it is left alone, against what was acknowledged and against itself. */
export async function conclude(
  system: System,
  traffic: Traffic,
  dataFolder: string,
  onStep: (what: string) => void,
): Promise<Verdict[]> {
  const client = new DynamoDBClient({
    endpoint: system.engine,
    region: REGION,
    credentials: LOCAL_CREDENTIALS,
  });
  const lambda = lambdaOf(system);
  try {
    onStep('verifying the log, and comparing every answer with it');
    const { session, histories, entries } = await openLog(system);
    await session.goOn();
    const compared = await audit({
      session,
      histories,
      signal: AbortSignal.timeout(AUDIT_WAIT_MS * 4),
      parallel: 8,
      waitMs: AUDIT_WAIT_MS,
      rounds: 3,
      pauseMs: 2_000,
      onProgress: () => undefined,
    });
    const owed = await allObligations(session);
    onStep('inspecting the ledger');
    const inspected = await inspectAll(lambda);
    onStep('rebuilding the views');
    const rebuilt = await compareRebuild(client, system.environment('project')['VIEWS_TABLE'] ?? '', lambda);
    return [
      {
        what: 'answers meanwhile, none against another',
        of: traffic.books.attempts,
        faults: traffic.books.faults,
      },
      ...recorded(traffic, entries),
      ...compared.map(({ view, inLog, differences }) => ({
        what: `audit: ${view}`,
        of: inLog,
        faults: differences.map(({ id, what }) => `${what} ${id}`),
      })),
      ...obligations(traffic, owed),
      await notices(dataFolder, owed),
      await reads(traffic, session),
      { what: 'views equal to a rebuild', ...rebuilt },
      { what: 'inspection of every row', ...inspected },
    ];
  } finally {
    client.destroy();
    lambda.destroy();
  }
}

/** The log as an auditor verifies it, with all entries as they are read. */
async function openLog(system: System) {
  const entries: VerifiedEntry[] = [];
  const histories = new Histories();
  const options = {
    url: system.url,
    token: await system.token({ roles: ['auditor'] }),
    parallel: 8,
    timeout: 60,
  };
  const session = await LogSession.open(options, {
    signal: AbortSignal.timeout(AUDIT_WAIT_MS * 4),
    note: () => undefined,
    onEntries: (verified) => {
      histories.add(verified);
      entries.push(...verified);
    },
  });
  return { session, histories, entries };
}

/** Whether everything acknowledged stands once, as it was answered; nothing refused stands, and nothing unasked. */
function recorded({ books }: Traffic, entries: readonly VerifiedEntry[]): Verdict[] {
  const places = new Map<string, VerifiedEntry[]>();
  for (const each of entries)
    places.set(each.entry.entryId, [...(places.get(each.entry.entryId) ?? []), each]);
  const faults = [...books.acknowledged].flatMap(([entryId, answer]) => {
    const found = places.get(entryId) ?? [];
    if (found.length !== 1) return [`${entryId} stands ${found.length} times`];
    if (answer === undefined) return [];
    const { kind, subject, version, recordedAt, principal, flags } = answer;
    const told = { kind, subject, version, recordedAt, principal, flags };
    const entry = found[0]?.entry;
    const stands =
      entry && Object.fromEntries(Object.keys(told).map((name) => [name, entry[name as 'kind']]));
    return canonicalJson(told) === canonicalJson(stands)
      ? []
      : [`${entryId} stands otherwise than it was answered`];
  });
  // What the ledger records of reads is asked for by nobody.
  const unasked = entries.filter(
    ({ entry }) => entry.stream !== 'access' && !books.acknowledged.has(entry.entryId),
  );
  return [
    { what: 'acknowledged appends, each present once and as answered', of: books.acknowledged.size, faults },
    {
      what: 'refused appends, none present',
      of: books.refused.size,
      faults: [...books.refused].filter((id) => places.has(id)),
    },
    {
      what: 'entries, none that was not acknowledged',
      of: entries.length,
      faults: unasked.map(({ entry }) => entry.entryId),
    },
  ];
}

async function allObligations({ client }: LogSession): Promise<Obligation[]> {
  const query = { dueBefore: '9999-12-31', limit: 200 };
  return Array.fromAsync(client.items('listObligations', { query } as never));
}

/** Whether what is owed is what follows from the answers that whoever drove transfers and requests got. */
function obligations({ lives, requests }: Traffic, owed: readonly Obligation[]): Verdict[] {
  const owing = Map.groupBy(owed, owedUnder);
  const faultsOf = (id: OwedUnder, expected: readonly string[]): string[] => {
    const told = (owing.get(id) ?? [])
      .map(({ kind, obliged, dueOn }) => `${kind} ${obliged} ${dueOn}`)
      .sort();
    return isDeepStrictEqual(expected, told) ? [] : [`${id}: [${told}] for [${expected}]`];
  };
  return [
    {
      what: 'transfers whose obligations are right',
      of: lives.length,
      faults: lives.flatMap((life) => faultsOf(life.transferId, owedBy(life))),
    },
    {
      what: 'requests upon which an answer is owed, or none',
      of: requests.length,
      faults: requests.flatMap((asking) => faultsOf(asking.requestId, owedUpon(asking))),
    },
  ];
}

const READS = [
  'listTransfers',
  'getTransfer',
  'getHistory',
  'getLineage',
  'listDataRequests',
  'listObligations',
] as const;

/** Whether everything that was answered is in the access log; what was not answered may be there too. */
async function reads({ books, endedAt }: Traffic, { client }: LogSession): Promise<Verdict> {
  let of = 0;
  const faults: string[] = [];
  for (const operation of READS) {
    const { latencies = [], refused = new Map<string, number>() } = books.tallies.get(operation) ?? {};
    const answered = latencies.length - [...refused.values()].reduce((sum, count) => sum + count, 0);
    let recorded = 0;
    const query = { operation, to: endedAt, limit: 200 };
    for await (const { status } of client.items('listAccess', { query } as never))
      if (status === 200) recorded++;
    if (recorded < answered) faults.push(`${operation}: ${answered} answered, ${recorded} on record`);
    of += answered;
  }
  return { what: 'answered reads, each on record', of, faults };
}

async function inspectAll(lambda: ReturnType<typeof lambdaOf>) {
  const faults: string[] = [];
  for (let from: unknown = 'start'; ; ) {
    const event = { inspect: from, seconds: 60 };
    const { cursor, done, findings } = Inspected.parse(await lambda.invoke('inspect', event));
    faults.push(...findings.map(({ key, what, words }) => `${what} ${key}: ${words}`));
    if (done) return { of: Object.values(cursor.counts).reduce((sum, count) => sum + count, 0), faults };
    from = cursor;
  }
}

async function compareRebuild(client: DynamoDBClient, table: string, lambda: ReturnType<typeof lambdaOf>) {
  const before = await readViews(client, table);
  for (let rebuild = 'start'; ; rebuild = 'continue')
    if (Rebuilding.parse(await lambda.invoke('project', { rebuild })).done) break;
  const rebuilt = await readViews(client, table);
  return { of: rebuilt.size, faults: differing(before, rebuilt) };
}

/**
 * Only the lists of the index may have more blocks: what was once true of a block is never taken back from them. How far
 * the views are is not compared: entries about reads, which no view shows, go on coming into the log.
 */
function differing(before: Views, rebuilt: Views): string[] {
  const names = new Set([...before.keys(), ...rebuilt.keys()]);
  names.delete('META / META');
  return [...names].filter((name) => {
    const [one, other] = [before.get(name), rebuilt.get(name)];
    if (name.startsWith('POSTING#')) return !isWithin(other, one);
    return !isDeepStrictEqual(one, other);
  });
}

const isWithin = (part: unknown, whole: unknown): boolean =>
  !(part instanceof Set) || (whole instanceof Set && [...part].every((block) => whole.has(block)));

function lambdaOf(system: System) {
  const client = new LambdaClient({
    endpoint: system.environment('sequence')['AWS_ENDPOINT_URL_LAMBDA'] ?? '',
    region: REGION,
    credentials: LOCAL_CREDENTIALS,
  });
  return {
    destroy: () => client.destroy(),
    /** @throws {Error} when the function fails again and again */
    async invoke(name: string, event: object): Promise<unknown> {
      for (let attempt = 1; ; attempt++) {
        const { FunctionError, Payload } = await client.send(
          new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }),
        );
        const text = Buffer.from(Payload ?? []).toString('utf8');
        if (FunctionError === undefined) return JSON.parse(text);
        if (attempt === 10) throw new Error(`${name} keeps failing: ${text}`);
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    },
  };
}
