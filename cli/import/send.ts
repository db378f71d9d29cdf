import type { AppendAnswer } from '../../core/api/answers.ts';
import { ApiFailure, ApiProblem, type Client } from '../../core/api/client.ts';
import type { AgencyId, Instant } from '../../core/model/scalars.ts';
import type { Fault } from '../../core/problem.ts';
import { type Append, type Appended, appendAll, type LineProblem, slugOfProblem } from './append.ts';
import type { Journal } from './journal.ts';
import type { Plan, PlannedAgency, PlannedTransfer } from './plan.ts';
import { Tally } from './tally.ts';
import { folded } from './text.ts';

export interface SendOptions {
  readonly client: Client;
  /** What is recorded from this moment on, by the clock of the API, was recorded by this run. */
  readonly since: Instant;
  readonly journal?: Journal | undefined;
  readonly signal: AbortSignal;
  /** Told how many of the plan's agencies, then rows, are settled. */
  readonly progress: (of: 'agencies' | 'rows', settled: number) => void;
  /** Wait before a line is sent again, in milliseconds; see `appendAll`. */
  readonly firstWaitMs?: number;
}

/**
 * Sends a plan: first the agencies, then the rows. Whatever the API or the network does ends in the tally; a row that
 * it has not settled may be in the ledger or not, and a later run finds out.
 */
export async function sendPlan(plan: Plan, options: SendOptions): Promise<Tally> {
  const tally = new Tally();
  try {
    const noted = await notedBefore(plan, options);
    const absent = await sendAgencies(plan.agencies, noted, tally, options);
    await sendTransfers(plan.transfers, noted, absent, tally, options);
    if (tally.settled < plan.transfers.length)
      tally.stopped = 'the API was too busy for some rows: run again';
  } catch (error) {
    tally.stopped = whyStopped(error, options.signal);
  }
  return tally;
}

/**
 * The appends that the journal of an earlier run tells are recorded, once the ledger has confirmed the first and the
 * last of them: a ledger that was started anew at the same address knows nothing of them.
 */
async function notedBefore(plan: Plan, options: SendOptions): Promise<ReadonlySet<Append>> {
  const { journal, client } = options;
  const noted = [
    ...plan.agencies.map((request) => ({ kind: 'agency-registered', request }) as const),
    ...plan.transfers.map((request) => ({ kind: 'transfer-recorded', request }) as const),
  ].filter(({ request }) => journal?.find(request));
  for (const { kind, request } of noted.filter((_, i) => i === 0 || i === noted.length - 1))
    for await (const [outcome] of appendAll(client, kind, [request], options)) {
      const recordedAt = outcome && 'answer' in outcome ? outcome.answer.recordedAt : undefined;
      if (recordedAt === journal?.find(request)?.recordedAt) continue;
      journal?.reset();
      return new Set();
    }
  return new Set(noted.map(({ request }) => request));
}

/** The API registers agencies one after another, so they come in smaller requests. */
const AGENCIES_A_REQUEST = 25;

/** Registers what is missing. Answers which agencies no row may name, and why, by id. */
async function sendAgencies(
  agencies: readonly PlannedAgency[],
  noted: ReadonlySet<Append>,
  { agencies: tally }: Tally,
  options: SendOptions,
): Promise<ReadonlyMap<string, string>> {
  tally.alreadyThere.push(...agencies.filter((one) => noted.has(one)).map(({ body }) => body.agencyId));
  const toSend = agencies.filter((agency) => !noted.has(agency));
  const toCompare: { agency: PlannedAgency; slug: string }[] = [];
  let left = toSend.length;
  const limited = { ...options, lines: AGENCIES_A_REQUEST };
  if (left > 0) options.progress('agencies', agencies.length - left);
  for await (const outcomes of appendAll(options.client, 'agency-registered', toSend, limited)) {
    options.journal?.note(outcomes.filter((outcome) => 'answer' in outcome));
    left -= outcomes.length;
    options.progress('agencies', agencies.length - left);
    for (const outcome of outcomes) {
      const { agencyId } = outcome.request.body;
      if ('answer' in outcome) {
        tally[outcomeSince(outcome.answer, options.since, 'registered')].push(agencyId);
        continue;
      }
      const slug = slugOfProblem(outcome.problem);
      // Its key is this import's own: an earlier run registered it, when the mapping described it otherwise.
      if (slug === 'idempotency-key-reused') tally.alreadyThere.push(agencyId);
      else if (slug === 'conflict' || slug === 'forbidden') toCompare.push({ agency: outcome.request, slug });
      else tally.refused.push({ agencyId, why: `was not registered: ${explain(outcome.problem)}` });
    }
  }
  const names = toCompare.length > 0 ? await agencyNames(options) : new Map<AgencyId, string>();
  for (const { agency, slug } of toCompare) {
    const { agencyId } = agency.body;
    const why = whyAnother(agency, names.get(agencyId), slug);
    if (why === undefined) tally.alreadyThere.push(agencyId);
    else tally.refused.push({ agencyId, why });
  }
  return new Map(tally.refused.map(({ agencyId, why }) => [agencyId, why]));
}

/** Why an agency that this import could not register is not the one that the ledger has under its id, if any. */
function whyAnother(agency: PlannedAgency, nameThere: string | undefined, slug: string): string | undefined {
  if (nameThere === undefined)
    return slug === 'forbidden'
      ? 'is not registered, and only a steward’s token may register it'
      : 'was registered by somebody else just now: run again';
  if (agency.idGiven || folded(nameThere) === folded(agency.body.name)) return undefined;
  return 'is the id of an agency of another name: give this one an agencyId under "agencies" in the mapping';
}

async function agencyNames({ client, signal }: SendOptions): Promise<Map<AgencyId, string>> {
  const names = new Map<AgencyId, string>();
  for await (const { agencyId, name } of client.items('listAgencies', { query: { limit: 200 }, signal }))
    names.set(agencyId, name);
  return names;
}

async function sendTransfers(
  transfers: readonly PlannedTransfer[],
  noted: ReadonlySet<Append>,
  absent: ReadonlyMap<string, string>,
  tally: Tally,
  options: SendOptions,
): Promise<void> {
  for (const transfer of transfers) {
    const { line, needs } = transfer;
    const faults = needs.flatMap(({ party, agencyId }): Fault[] => {
      const detail = absent.get(agencyId);
      return detail === undefined ? [] : [{ pointer: `/${party}/agencyId`, detail }];
    });
    if (noted.has(transfer)) tally.settle(line, 'alreadyThere');
    else if (faults.length > 0) tally.refuse({ line, faults });
  }
  options.progress('rows', tally.settled);
  const toSend = transfers.filter(({ line }) => !tally.isSettled(line));
  for await (const outcomes of appendAll(options.client, 'transfer-recorded', toSend, options)) {
    for (const outcome of outcomes) settleTransfer(outcome, tally, options.since);
    options.journal?.note(outcomes.filter((outcome) => 'answer' in outcome));
    options.progress('rows', tally.settled);
  }
}

function settleTransfer(outcome: Appended<PlannedTransfer>, tally: Tally, since: Instant): void {
  const { line } = outcome.request;
  if ('answer' in outcome) tally.settle(line, outcomeSince(outcome.answer, since, 'recorded'));
  else if (!outcome.postponed)
    tally.refuse({ line, problem: slugOfProblem(outcome.problem), faults: faultsOf(outcome.problem) });
}

/** A repetition gets the first answer, so when it was recorded tells whether this run did it. */
const outcomeSince = <Now extends string>({ recordedAt }: AppendAnswer, since: Instant, now: Now) =>
  recordedAt >= since ? now : 'alreadyThere';

const REUSED: Fault = {
  detail:
    'an earlier import recorded this row with other content (the mapping or the file has changed since); ' +
    'what is recorded stays as it is',
};

function faultsOf(problem: LineProblem): Fault[] {
  if (slugOfProblem(problem) === 'idempotency-key-reused') return [REUSED];
  const { errors = [], detail, title } = problem;
  if (errors.length === 0) return [{ detail: detail ?? title }];
  return errors.map(({ pointer, detail: why }) =>
    pointer === undefined
      ? { detail: why }
      : { pointer: pointer.replace(/^\/body(?=\/|$)/, ''), detail: why },
  );
}

const explain = (problem: LineProblem) =>
  faultsOf(problem)
    .map(({ pointer, detail }) => (pointer ? `${pointer} ${detail}` : detail))
    .join('; ');

/** @throws whatever is neither the API's doing nor an interruption */
function whyStopped(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'interrupted';
  if (error instanceof ApiProblem) {
    if (error.status === 401) return 'the token is not valid, or has run out: run again with a new one';
    if (error.status === 403) return 'this token may not record entries';
    return `the API refused the request (${error.status}): ${error.message}`;
  }
  if (error instanceof ApiFailure) return error.message;
  throw error;
}
