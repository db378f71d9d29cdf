import * as z from 'zod';
import { AGENCY_EVENTS, AGREEMENT_EVENTS } from '../lifecycle/registry.ts';
import { SIGNING_EVENTS } from '../lifecycle/signing.ts';
import {
  TRANSFER_EVENT_KINDS,
  TRANSFER_EVENTS,
  type TransferEventKind,
} from '../lifecycle/transfer-events.ts';
import { WEBHOOK_EVENTS } from '../lifecycle/webhook.ts';
import { DATA_REQUEST_EVENTS, DataRequest, type DataRequestEventKind } from '../model/data-request.ts';
import type { StreamName } from '../model/entry.ts';
import { FrameRecord } from '../model/frame.ts';
import { INCIDENT_EVENTS, IncidentRecord } from '../model/incident.ts';
import { AgencyRecord, AgreementRecord, CoverageDeclaration } from '../model/registry.ts';
import { IdempotencyKey } from '../model/scalars.ts';
import { SignatureInputText, SignatureValue } from '../model/signing.ts';
import { TransferRecord } from '../model/transfer.ts';
import { recordersOf, rolesFor } from './permissions.ts';

/** One kind of entry that a client may append. */
export interface AppendKind {
  readonly stream: StreamName;
  /** Whether it starts a history (its subject then follows from the body or the entry) or goes on with one. */
  readonly opens: boolean;
  readonly body: z.ZodType<Record<string, unknown>>;
}

type TransferEventKinds = {
  readonly [K in TransferEventKind]: {
    readonly stream: 'transfer';
    readonly opens: false;
    readonly body: z.ZodObject<(typeof TRANSFER_EVENTS)[K]['shape'], z.core.$strict>;
  };
};

const transferEvents = Object.fromEntries(
  TRANSFER_EVENT_KINDS.map((name) => {
    const { shape, summary } = TRANSFER_EVENTS[name];
    const body = z.strictObject(shape).describe(`${summary}. Recorded by ${recordersOf(name)}.`);
    return [name, { stream: 'transfer', opens: false, body }];
  }),
) as unknown as TransferEventKinds;

type RequestEventKinds = {
  readonly [K in DataRequestEventKind]: {
    readonly stream: 'request';
    readonly opens: false;
    readonly body: (typeof DATA_REQUEST_EVENTS)[K];
  };
};

const requestEvents = Object.fromEntries(
  (Object.keys(DATA_REQUEST_EVENTS) as DataRequestEventKind[]).map((name) => {
    const { description } = DATA_REQUEST_EVENTS[name];
    const body = DATA_REQUEST_EVENTS[name].describe(`${description}. Recorded by ${recordersOf(name)}.`);
    return [name, { stream: 'request', opens: false, body }];
  }),
) as unknown as RequestEventKinds;

const kind = <S extends StreamName, Step extends 'opens' | 'follows', Body extends z.ZodType>(
  stream: S,
  step: Step,
  body: Body,
) => ({ stream, opens: (step === 'opens') as Step extends 'opens' ? true : false, body });

/** Every kind of entry that a client may append, by name. The ledger's own kinds (`trace-run`) are not among them. */
export const APPEND_KINDS = {
  'transfer-recorded': kind('transfer', 'opens', TransferRecord),
  ...transferEvents,
  'data-requested': kind('request', 'opens', DataRequest),
  ...requestEvents,
  'agency-registered': kind('agency', 'opens', AgencyRecord),
  'agency-changed': kind('agency', 'follows', AGENCY_EVENTS['agency-changed']),
  'agency-key-registered': kind('agency', 'follows', SIGNING_EVENTS['agency-key-registered']),
  'agency-key-revoked': kind('agency', 'follows', SIGNING_EVENTS['agency-key-revoked']),
  'agency-signing-changed': kind('agency', 'follows', SIGNING_EVENTS['agency-signing-changed']),
  'agency-webhook-changed': kind('agency', 'follows', WEBHOOK_EVENTS['agency-webhook-changed']),
  'agreement-registered': kind('agreement', 'opens', AgreementRecord),
  'agreement-amended': kind('agreement', 'follows', AGREEMENT_EVENTS['agreement-amended']),
  'agreement-retired': kind('agreement', 'follows', AGREEMENT_EVENTS['agreement-retired']),
  'coverage-declared': kind('coverage', 'opens', CoverageDeclaration),
  'frame-recorded': kind('frame', 'opens', FrameRecord),
  'incident-opened': kind('incident', 'opens', IncidentRecord),
  'finding-recorded': kind('incident', 'follows', INCIDENT_EVENTS['finding-recorded']),
  'trace-approved': kind('incident', 'follows', INCIDENT_EVENTS['trace-approved']),
  'incident-closed': kind('incident', 'follows', INCIDENT_EVENTS['incident-closed']),
} as const satisfies Record<string, AppendKind>;

export type AppendKindName = keyof typeof APPEND_KINDS;

/** Kinds that go on with the histories of a stream. */
export const kindsFollowing = (stream: StreamName): AppendKindName[] =>
  (Object.entries(APPEND_KINDS) as [AppendKindName, AppendKind][])
    .filter(([, definition]) => definition.stream === stream && !definition.opens)
    .map(([name]) => name);

/** The kinds that an agency may append: those that it may be bound to sign. */
export const AGENCY_KINDS = (Object.keys(APPEND_KINDS) as AppendKindName[]).filter((name) =>
  rolesFor(name).includes('agency'),
);

/** Under which path the histories of a stream are opened. */
const COLLECTIONS = {
  transfer: '/v1/transfers',
  request: '/v1/requests',
  agency: '/v1/agencies',
  agreement: '/v1/agreements',
  coverage: '/v1/coverage',
  frame: '/v1/frames',
  incident: '/v1/incidents',
} as const satisfies Partial<Record<StreamName, string>>;

/** The path at which a kind is appended alone. @param subject of an event; `undefined` where it opens a history */
export function pathOfAppend(name: AppendKindName, subject: string | undefined): string {
  const collection = COLLECTIONS[APPEND_KINDS[name].stream];
  return subject === undefined ? collection : `${collection}/${subject}/events`;
}

/** The events that go on with a history of a stream, as `{ kind, body }`. */
type EventSchema<S extends StreamName> = {
  [K in AppendKindName]: (typeof APPEND_KINDS)[K] extends {
    stream: S;
    opens: false;
    body: infer Body extends z.ZodType;
  }
    ? z.ZodObject<{ kind: z.ZodLiteral<K>; body: Body }, z.core.$strict>
    : never;
}[AppendKindName];

/** The body of `POST …/events`: an event of the stream, told by its `kind`. */
const eventBody = <S extends StreamName>(stream: S, id: string, description: string) => {
  const members = kindsFollowing(stream).map((name) => {
    const { body } = APPEND_KINDS[name];
    return z
      .strictObject({ kind: z.literal(name), body })
      .meta({ id: componentName(name), description: body.description });
  });
  const [first, ...rest] = members;
  if (first === undefined) throw new TypeError(`stream ${stream} has no events`);
  return z.discriminatedUnion('kind', [first, ...rest]).meta({ id, description }) as unknown as z.ZodType<
    z.output<EventSchema<S>>,
    z.input<EventSchema<S>>
  >;
};

/** `transfer-acknowledged` → `TransferAcknowledged`. */
const componentName = (name: string) =>
  name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

export const TransferEventBody = eventBody('transfer', 'TransferEvent', 'An event in the life of a transfer');
export const DataRequestEventBody = eventBody(
  'request',
  'DataRequestEvent',
  'What becomes of a request for data',
);
export const AgencyEventBody = eventBody('agency', 'AgencyEvent', 'A change of an agency');
export const AgreementEventBody = eventBody('agreement', 'AgreementEvent', 'A change of an agreement');
export const IncidentEventBody = eventBody('incident', 'IncidentEvent', 'A step of an investigation');

export const MAX_APPEND_LINES = 100;
export const MAX_BODY_BYTES = 256 * 1024;

/** One line of `POST /v1/entries`. `subject` is the id of what an event is about; a registration has none. */
export const AppendLine = z
  .strictObject({
    idempotencyKey: IdempotencyKey,
    kind: z.enum(Object.keys(APPEND_KINDS) as [AppendKindName, ...AppendKindName[]]),
    subject: z
      .string()
      .max(80)
      .optional()
      .describe('The id of what an event is about; left out where the line opens something'),
    body: z
      .record(z.string(), z.unknown())
      .describe('The record or event of that kind, as its own route takes it'),
    signature: z
      .strictObject({ input: SignatureInputText, value: SignatureValue })
      .optional()
      .describe('By the agency, over the request by which the line would be appended alone'),
  })
  .meta({ id: 'AppendLine', description: 'One thing to append' });
export type AppendLine = z.infer<typeof AppendLine>;
