import { factsOf, type TransferFacts } from '../../../core/index/facts.ts';
import { TRANSFER_EVENTS, type TransferEventKind } from '../../../core/lifecycle/transfer-events.ts';
import { type Entry, entryIdOf, transferIdOf } from '../../../core/model/entry.ts';
import type { LeakDescription } from '../../../core/model/incident.ts';
import type { IncidentId, Instant, TraceId, TransferId } from '../../../core/model/scalars.ts';
import type { TransferField, TransferRecord } from '../../../core/model/transfer.ts';
import type { CanonicalField } from '../../../core/model/vocabulary.ts';
import { TraceAnswer } from '../../../core/trace/answer.ts';
import type { EvidenceCode } from '../../../core/trace/codes.ts';
import { answerTrace, type TraceContext } from '../../../core/trace/conclude.ts';
import type { Declared } from '../../../core/trace/gaps.ts';
import { screen } from '../../../core/trace/screen.ts';
import { aSha256, aTransfer } from '../../support/transfers.ts';

/** What happened to a transfer after it was recorded; its body without the day stands for the day below. */
export interface Event {
  readonly kind: TransferEventKind;
  readonly body: Record<string, unknown>;
}

export interface Recorded {
  readonly record: TransferRecord;
  readonly events?: readonly Event[];
}

export interface World {
  readonly facts: readonly TransferFacts[];
  readonly histories: ReadonlyMap<TransferId, readonly { readonly entry: Entry }[]>;
}

const RECORDED_AT = '2024-04-01T08:00:00.000Z' as Instant;

/** The id of the n-th transfer of a world. */
export const idOf = (n: number): TransferId => transferIdOf(entryIdOf('agency:test', `transfer-${n}`));

/** The transfers of a ledger in the order in which they were recorded. */
export function worldOf(recorded: readonly Recorded[]): World {
  const histories = recorded.map(({ record, events = [] }, n) => [
    { entry: entryOf(n, 0, 'transfer-recorded', record) },
    ...events.map(({ kind, body }, i) => ({ entry: entryOf(n, i + 1, kind, eventBody(kind, body)) })),
  ]);
  return {
    facts: histories.flatMap(([opening], n) => (opening ? [factsOf(opening.entry, n)] : [])),
    histories: new Map(histories.map((history, n) => [idOf(n), history])),
  };
}

/** An event's body as its schema reads it, so that no test speaks of an event that could not be recorded. */
const eventBody = (kind: TransferEventKind, body: Record<string, unknown>) => {
  for (const [name, schema] of Object.entries(TRANSFER_EVENTS[kind].shape)) schema.parse(body[name]);
  return body;
};

function entryOf(n: number, version: number, kind: string, body: object): Entry {
  return {
    amanat: 1,
    entryId: entryIdOf('agency:test', version === 0 ? `transfer-${n}` : `transfer-${n}-event-${version}`),
    kind,
    stream: 'transfer',
    subject: idOf(n),
    version,
    recordedAt: RECORDED_AT,
    principal: { sub: 'test', roles: [] },
    flags: [],
    body: body as Record<string, unknown>,
  };
}

export const context = (
  { histories, facts }: World,
  declarations: readonly Declared[] = [],
): TraceContext => ({
  traceId: `tc-${aSha256('trace').slice(0, 32)}` as TraceId,
  incidentId: `in-${aSha256('incident').slice(0, 32)}` as IncidentId,
  caseReference: 'case-2026-17',
  size: facts.length,
  histories,
  declarations,
});

/** Both steps of a trace. Every answer that a test looks at fits the schema. */
export function trace(
  world: World,
  leak: LeakDescription,
  declarations: readonly Declared[] = [],
): TraceAnswer {
  return TraceAnswer.parse(answerTrace(screen(leak, [world.facts]), context(world, declarations)));
}

/** What one transfer gets as evidence; undefined when it is excluded. */
export const evidenceAbout = (
  leak: LeakDescription,
  record: TransferRecord,
  events: readonly Event[] = [],
): ReadonlyMap<EvidenceCode, TraceAnswer['candidates']['items'][number]['evidence'][number]> | undefined => {
  const [candidate] = trace(worldOf([{ record, events }]), leak).candidates.items;
  return candidate && new Map(candidate.evidence.map((each) => [each.code, each]));
};

/** Why one transfer is excluded; empty when it is a candidate. */
export const reasonsAgainst = (leak: LeakDescription, record: TransferRecord) =>
  trace(worldOf([{ record }]), leak).excluded.items.flatMap(({ reasons }) => reasons);

/** Columns of a record, in the clear unless said otherwise. */
export const columns = (
  ...fields: readonly (CanonicalField | readonly [CanonicalField, TransferField['transform']])[]
) =>
  fields.map((field) => {
    const [canonical, transform] = typeof field === 'string' ? [field, 'identity' as const] : field;
    return { name: canonical.toUpperCase(), canonical, sensitivity: 'personal' as const, transform };
  });

/** A transfer of which only the fields matter. */
export const holding = (...fields: readonly CanonicalField[]): Recorded => ({
  record: aTransfer({ fields: columns(...fields) }),
});
