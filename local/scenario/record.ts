import { setTimeout as pause } from 'node:timers/promises';
import { ApiProblem, type Client, createClient } from '../../core/api/client.ts';
import type { EntryId, IncidentId, RequestId, TransferId } from '../../core/model/scalars.ts';
import { Fault } from '../fault.ts';
import { type Highlight, highlightsOf } from './highlights.ts';
import { INCIDENT, LEAK } from './incident.ts';
import { SIGNER, SIGNER_KEY } from './signing.ts';
import { type IdOf, keyOf, type Speaker, type Step, storySteps } from './story.ts';

export interface ScenarioOptions {
  /** Where the API stands, without a slash at the end. */
  readonly url: string;
  readonly token: (as: { roles?: string[]; agency?: string }) => Promise<string>;
  readonly onProgress?: (done: number, total: number, what: string) => void;
  /** How a pasted command gets a token, by the options of `npm run token`; a call of that when left out. */
  readonly bearer?: (tokenOptions: string) => string;
  readonly fetch?: typeof globalThis.fetch;
}

export interface RecordedScenario {
  readonly incidentId: IncidentId;
  readonly traceId: string;
  readonly highlights: readonly Highlight[];
}

/**
 * Records the worked scenario through the API, waits until the views show all of it, opens the incident and runs its
 * trace. Every append has a fixed key, so a repetition, also of a run that broke off, records nothing twice.
 * @throws {Fault} when the ledger holds another version of the scenario, or its views do not follow
 * @throws ApiProblem, ApiFailure as the client does
 */
export async function recordScenario(options: ScenarioOptions): Promise<RecordedScenario> {
  const clientOf = clients(options);
  const steps = storySteps();
  const total = steps.length + 3;
  let done = 0;
  const progress = (what: string) => options.onProgress?.(done++, total, what);

  const ids = new Map<string, TransferId | RequestId>();
  const transfers = new Set<TransferId>();
  const entries = new Set<EntryId>();
  for (const step of steps) {
    progress(`${step.operation} ${step.about}`);
    const answer = await once(() => take(clientOf(step.as), step, idIn(ids)));
    entries.add(answer.entryId);
    const id = answer.transferId ?? answer.requestId;
    if (id && !ids.has(step.about)) ids.set(step.about, id);
    if (answer.transferId) transfers.add(answer.transferId);
  }

  const auditor = clientOf({ roles: ['auditor'] });
  progress('openIncident');
  const opened = await once(() =>
    auditor.call('openIncident', { idempotencyKey: keyOf('incident'), body: INCIDENT }),
  );
  const { incidentId } = opened;
  if (incidentId === undefined) throw new TypeError('an opened incident has an id');
  entries.add(opened.entryId);

  progress('waiting for the views');
  await viewsShow(auditor, { entries: entries.size, transfers, incidentId });

  progress('runTrace');
  const { traceId } = await once(() =>
    auditor.call('runTrace', { idempotencyKey: keyOf('trace'), params: { incidentId }, body: LEAK }),
  );
  options.onProgress?.(total, total, 'done');
  return {
    incidentId,
    traceId,
    highlights: highlightsOf({
      url: options.url,
      bearer: options.bearer ?? ((tokenOptions) => `$(npm run -s token -- ${tokenOptions})`),
      incidentId,
      traceId,
      idOf: idIn(ids),
    }),
  };
}

/** One client for each speaker, each with one token: the scenario takes seconds, a token lasts hours. */
function clients({ url, token, fetch }: ScenarioOptions): (as: Speaker) => Client {
  const known = new Map<string, Client>();
  return (as) => {
    const key = JSON.stringify(as);
    const before = known.get(key);
    if (before) return before;
    let asked: Promise<string> | undefined;
    const askOnce = () => {
      asked ??= token('agency' in as ? { agency: as.agency } : { roles: [...as.roles] });
      return asked;
    };
    const signing = 'agency' in as && as.agency === SIGNER && { signKey: SIGNER_KEY };
    const client = createClient({ url, token: askOnce, ...(fetch && { fetch }), ...signing });
    known.set(key, client);
    return client;
  };
}

const idIn =
  (ids: ReadonlyMap<string, TransferId | RequestId>): IdOf =>
  <Id extends TransferId | RequestId>(name: string): Id => {
    const id = ids.get(name);
    if (id === undefined) throw new TypeError(`the scenario names ${name} before recording it`);
    return id as Id;
  };

/** The switch tells the client which of the operations it is, so each request is checked against its own type. */
function take(client: Client, step: Step, idOf: IdOf) {
  switch (step.operation) {
    case 'registerAgency':
      return client.call(step.operation, step.request(idOf));
    case 'recordAgencyEvent':
      return client.call(step.operation, step.request(idOf));
    case 'registerAgreement':
      return client.call(step.operation, step.request(idOf));
    case 'recordAgreementEvent':
      return client.call(step.operation, step.request(idOf));
    case 'recordDataRequest':
      return client.call(step.operation, step.request(idOf));
    case 'recordDataRequestEvent':
      return client.call(step.operation, step.request(idOf));
    case 'recordTransfer':
      return client.call(step.operation, step.request(idOf));
    case 'recordTransferEvent':
      return client.call(step.operation, step.request(idOf));
    case 'declareCoverage':
      return client.call(step.operation, step.request(idOf));
  }
}

/** @throws {Fault} when the key was used for another body, or what it would record stands there already */
async function once<T>(append: () => Promise<T>): Promise<T> {
  try {
    return await append();
  } catch (error) {
    const other =
      error instanceof ApiProblem && ['idempotency-key-reused', 'conflict'].includes(error.slug ?? '');
    if (!other) throw error;
    throw new Fault(
      'the ledger holds another version of the scenario, or something in its place: start with --fresh or --no-scenario',
    );
  }
}

interface Recorded {
  readonly entries: number;
  readonly transfers: ReadonlySet<TransferId>;
  readonly incidentId: IncidentId;
}

const POLL_MS = 100;
const LONGEST_WAIT_MS = 60_000;

/**
 * Waits until the views show what was recorded: on a new ledger, as many entries as there are; on one that holds more
 * than the scenario, at least its transfers and the incident, which was recorded last.
 */
async function viewsShow(auditor: Client, recorded: Recorded): Promise<void> {
  const latest = Date.now() + LONGEST_WAIT_MS;
  while (!(await areShown(auditor, recorded))) {
    if (Date.now() > latest)
      throw new Fault(`the views do not show the scenario after ${LONGEST_WAIT_MS / 1000} s`);
    await pause(POLL_MS);
  }
}

async function areShown(auditor: Client, { entries, transfers, incidentId }: Recorded): Promise<boolean> {
  const { reflects, items } = await auditor.call('listIncidents', { query: { limit: 1 } });
  if (reflects.size < entries) return false;
  if (items[0]?.incidentId !== incidentId && !(await isListed(auditor, incidentId))) return false;
  const missing = new Set(transfers);
  for await (const { transferId } of auditor.items('listTransfers', { query: { limit: 200 } })) {
    missing.delete(transferId);
    if (missing.size === 0) return true;
  }
  return false;
}

async function isListed(auditor: Client, wanted: IncidentId): Promise<boolean> {
  for await (const { incidentId } of auditor.items('listIncidents', { query: { limit: 200 } }))
    if (incidentId === wanted) return true;
  return false;
}
