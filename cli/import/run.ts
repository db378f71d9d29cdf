import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ApiFailure, ApiProblem, type Client, createClient } from '../../core/api/client.ts';
import type { Instant } from '../../core/model/scalars.ts';
import { errorCode, UsageError } from '../failure.ts';
import { startProgress } from '../progress.ts';
import { readSigningKey } from '../sign/keys.ts';
import { Journal } from './journal.ts';
import { parseMapping } from './mapping.ts';
import { type Plan, planImport } from './plan.ts';
import { isComplete, type Report, renderReport, reportOf } from './report.ts';
import { sendPlan } from './send.ts';
import type { Tally } from './tally.ts';

export interface ImportOptions {
  readonly mapping: string;
  readonly url?: string;
  readonly token?: string;
  readonly signKey?: string;
  readonly dryRun?: boolean;
  readonly state?: string;
  readonly report?: string;
}

/** All rows are in the ledger; some are not; it was interrupted. What could not start at all exits with 2. */
const EXIT = { complete: 0, incomplete: 1, interrupted: 130 } as const;

/** `amanat import`. Answers the exit code. @throws UsageError when it cannot start */
export async function runImport(file: string, options: ImportOptions): Promise<number> {
  const startedAt = new Date();
  const mappingText = readFile(options.mapping).toString('utf8');
  const mapping = parseMapping(mappingText);
  const target = options.dryRun ? undefined : await reach(options);
  const plan = planImport(readFile(file), mapping);
  const interruption = new AbortController();
  const tally = target && (await send(plan, target, options, interruption));
  const report = reportOf(plan, tally, {
    fileName: basename(file),
    mapping: { name: basename(options.mapping), sha256: sha256(mappingText) },
    url: target?.url ?? '',
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
  });
  process.stdout.write(renderReport(report));
  if (options.report !== undefined) writeReport(options.report, report);
  if (interruption.signal.aborted) return EXIT.interrupted;
  return isComplete(report) ? EXIT.complete : EXIT.incomplete;
}

interface Target {
  readonly url: string;
  readonly token: string;
  readonly client: Client;
  /** A full second of the API's clock before which nothing of this run is recorded; to be waited for. */
  readonly since: Promise<Instant>;
}

/** Makes sure that the API is there, and asks for its time. */
async function reach({ url, token, signKey }: ImportOptions): Promise<Target> {
  if (!url) throw new UsageError('say where the API stands: --url or AMANAT_URL');
  if (!token) throw new UsageError('give a bearer token: AMANAT_TOKEN or --token');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError('--url must be an http or https address');
  const signing = signKey !== undefined && { signKey: readSigningKey(signKey) };
  const client = createClient({ url, token: () => token, attempts: 8, ...signing });
  const impatient = createClient({ url, attempts: 3 });
  try {
    const { headers } = await impatient.send('healthz');
    // HTTP dates have no milliseconds; the next full second is surely after all that was recorded before.
    const now = Date.parse(headers.get('date') ?? '') || Date.now();
    const since = new Date(Math.floor(now / 1000) * 1000 + 1000).toISOString() as Instant;
    return { url, token, client, since: pause(1000, since) };
  } catch (error) {
    if (error instanceof ApiFailure) throw new UsageError(`${url} does not answer as the API of a ledger`);
    if (error instanceof ApiProblem) throw new UsageError(`${url} answers ${error.status}: ${error.message}`);
    throw error;
  }
}

async function send(
  plan: Plan,
  { url, token, client, since }: Target,
  { state }: ImportOptions,
  interruption: AbortController,
): Promise<Tally> {
  const journal =
    state === undefined ? undefined : new Journal(state, { url, token, fileSha256: plan.fileSha256 });
  // The second Ctrl-C finds no handler and ends the process at once; that, too, loses nothing.
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const progress = startProgress({ agencies: plan.agencies.length, rows: plan.transfers.length });
  try {
    return await sendPlan(plan, {
      client,
      journal,
      since: await since,
      signal: interruption.signal,
      progress: progress.update,
    });
  } finally {
    progress.stop();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${errorCode(error)}`);
  }
}

/** The rows are recorded by now, so a report that cannot be written must not hide that. */
function writeReport(path: string, report: Report): void {
  try {
    writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  } catch (error) {
    process.stderr.write(`amanat: cannot write the report to ${path}: ${errorCode(error)}\n`);
  }
}
