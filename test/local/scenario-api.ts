import type { CoverageAnswer, Incident } from '../../core/api/answers.ts';
import type { AppendKindName } from '../../core/api/appends.ts';
import { problemOf } from '../../core/api/faults.ts';
import { OPERATIONS, type Operation, route } from '../../core/api/routes.ts';
import { statusOf } from '../../core/index/block.ts';
import { factsOf, type TransferFacts } from '../../core/index/facts.ts';
import { fold } from '../../core/lifecycle/fold.ts';
import { evolveIncident } from '../../core/lifecycle/incident.ts';
import type { TransferState } from '../../core/lifecycle/transfer.ts';
import { evolveTransfer } from '../../core/lifecycle/transfer-events.ts';
import { NOTHING_UPSTREAM } from '../../core/lifecycle/upstream.ts';
import { type Entry, entryIdOf, traceIdOf } from '../../core/model/entry.ts';
import type { LeakDescription } from '../../core/model/incident.ts';
import { type Principal, submitterOf } from '../../core/model/principal.ts';
import { dayOf, type IncidentId, type Instant, type TransferId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { answerTrace } from '../../core/trace/conclude.ts';
import { screen } from '../../core/trace/screen.ts';
import { summaryOf } from '../../core/views/transfers.ts';
import { append } from '../../lambdas/appends/append.ts';
import { storedEntry } from '../../lambdas/store/entries.ts';
import '../lambdas/fake-kms.ts';
import { entryItems } from './scenario-table.ts';

/** The moment at which a test records the scenario: soon after the last thing that happens in it. */
export const NOW = '2026-04-01T09:00:00.000Z' as Instant;

/** Every entry, in the order in which they were accepted. */
export const entries = (): Entry[] => entryItems().map((item) => storedEntry(item).entry);

const histories = <Id extends string>(stream: Entry['stream']): Map<Id, { entry: Entry }[]> =>
  Map.groupBy(
    entries()
      .filter((entry) => entry.stream === stream)
      .map((entry) => ({ entry })),
    ({ entry }) => entry.subject as Id,
  );

/** The state of every transfer, in the order in which they were recorded. */
export const transferStates = (): TransferState[] =>
  [...histories('transfer').values()].flatMap((history) => fold(history, evolveTransfer) ?? []);

export const transferFacts = (): TransferFacts[] =>
  entries().flatMap((entry, i) => (entry.kind === 'transfer-recorded' ? [factsOf(entry, i)] : []));

const incidents = (): Incident[] =>
  [...histories('incident').values()].flatMap((history) => fold(history, evolveIncident) ?? []);

function trace(leak: LeakDescription, incidentId: IncidentId, entryId: Entry['entryId']) {
  const declarations = entries()
    .filter(({ stream }) => stream === 'coverage')
    .map(({ body, entryId: declared, recordedAt }) => ({ ...body, entryId: declared, recordedAt }));
  return answerTrace(screen(leak, [transferFacts()]), {
    traceId: traceIdOf(entryId),
    incidentId,
    caseReference: incidents().find((one) => one.incidentId === incidentId)?.incident.caseReference ?? '',
    size: entries().length,
    histories: histories<TransferId>('transfer'),
    declarations: declarations as CoverageAnswer['declarations'],
  });
}

/** A token that says itself whom it is for. */
export const tokenFor = async (as: { roles?: string[]; agency?: string }): Promise<string> =>
  as.agency ?? `+${as.roles?.join('+')}`;

function principalOf(headers: Headers): Principal {
  const sub = headers.get('authorization')?.slice('Bearer '.length) ?? '';
  const [agency, ...roles] = sub.split('+');
  return { sub, roles, ...(agency && { agency }) } as Principal;
}

/** The API as far as the scenario uses it: the real schemas and rules, over a table in memory. */
export const memoryFetch: typeof fetch = async (input, init) => {
  const { operation, params } = targetOf(init?.method ?? 'GET', new URL(String(input)).pathname);
  const { body: schema, append: appends } = route(operation);
  const headers = new Headers(init?.headers);
  try {
    const parsed = schema?.safeParse(JSON.parse(String(init?.body)));
    if (parsed?.success === false) throw problemOf(parsed.error, 'body');
    const answer = await answerTo(operation, params, parsed?.data, {
      principal: principalOf(headers),
      idempotencyKey: headers.get('idempotency-key') ?? '',
    });
    return Response.json(answer, { status: appends ? 201 : 200 });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return Response.json(error.toDocument(), { status: error.status });
  }
};

function targetOf(method: string, path: string): { operation: Operation; params: Record<string, string> } {
  for (const operation of OPERATIONS) {
    const pattern = new RegExp(`^${route(operation).path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const match = route(operation).method === method ? pattern.exec(path) : null;
    if (match) return { operation, params: { ...match.groups } };
  }
  throw new Error(`nothing serves ${method} ${path}`);
}

/** What the operations append whose body does not say it. */
const KIND: Partial<Record<Operation, AppendKindName>> = {
  registerAgency: 'agency-registered',
  registerAgreement: 'agreement-registered',
  recordDataRequest: 'data-requested',
  recordTransfer: 'transfer-recorded',
  declareCoverage: 'coverage-declared',
  openIncident: 'incident-opened',
};

async function answerTo(
  operation: Operation,
  params: Record<string, string>,
  body: unknown,
  { principal, idempotencyKey }: { principal: Principal; idempotencyKey: string },
): Promise<unknown> {
  const kind = KIND[operation];
  if (kind) return append(principal, { kind, idempotencyKey, body }, NOW);
  const subject = Object.values(params)[0] ?? '';
  const reflects = { size: entries().length };
  switch (operation) {
    case 'recordAgencyEvent':
    case 'recordAgreementEvent':
    case 'recordDataRequestEvent':
    case 'recordTransferEvent': {
      const event = body as { kind: AppendKindName; body: unknown };
      return append(principal, { ...event, idempotencyKey, subject }, NOW);
    }
    case 'listTransfers': {
      const statuses = new Map(
        transferStates().map((state) => [state.transferId, statusOf(state, NOTHING_UPSTREAM)]),
      );
      const items = transferFacts().flatMap((facts) => {
        const status = statuses.get(facts.transferId);
        return status ? [summaryOf({ facts, status }, dayOf(NOW))] : [];
      });
      return { items, reflects };
    }
    case 'listIncidents':
      return { items: incidents(), reflects };
    case 'runTrace':
      return trace(
        body as LeakDescription,
        subject as IncidentId,
        entryIdOf(submitterOf(principal), idempotencyKey),
      );
    default:
      throw new Error(`the scenario is not expected to call ${operation}`);
  }
}
