import type {
  DATA_REQUEST_EVENTS,
  DataRequest,
  DataRequestEventBody,
  DataRequestEventKind,
} from '../model/data-request.ts';
import { type Entry, type Flag, requestIdOf } from '../model/entry.ts';
import type { Principal } from '../model/principal.ts';
import {
  type AgencyId,
  addDays,
  type Day,
  type EntryId,
  type Instant,
  type RequestId,
} from '../model/scalars.ts';
import type { TransferRecord } from '../model/transfer.ts';
import { areaHolds, type CanonicalField } from '../model/vocabulary.ts';
import { type Fault, Problem } from '../problem.ts';
import { departures } from './agreed.ts';
import { conflict } from './events/definition.ts';
import { ANSWER_DAYS, type Obliged } from './obligations.ts';
import type { AgencyState, AgreementState } from './registry.ts';

/** How a request stands. */
export const REQUEST_STATES = ['open', 'granted', 'refused', 'withdrawn', 'revoked'] as const;

interface Step {
  readonly entryId: EntryId;
  readonly occurredOn: Day;
}
/** What was granted: where the answer named no fields or areas, all that were asked for. */
export interface Grant extends Step {
  readonly until: Day;
  readonly fields: readonly CanonicalField[];
  readonly areas: DataRequest['areas'];
  readonly approver: string;
  readonly conditions?: string;
}

export interface DataRequestState {
  readonly requestId: RequestId;
  readonly entryId: EntryId;
  readonly recordedAt: Instant;
  readonly principal: Principal;
  readonly request: DataRequest;
  readonly flags: readonly Flag[];
  readonly state: (typeof REQUEST_STATES)[number];
  readonly answerBy: Day;
  readonly granted?: Grant;
  readonly refused?: Step & Pick<DataRequestEventBody<'request-refused'>, 'ground' | 'reason'>;
  /** That it was withdrawn, or what was granted revoked. */
  readonly ended?: Step & { readonly reason: string };
  readonly nextVersion: number;
}

/**
 * Whether a request may be recorded, and what is to be flagged about it. It may go beyond the agreement that it names:
 * whether it is granted is for the provider to say.
 * @throws Problem `invalid-record`
 */
export function decideDataRequest(
  request: DataRequest,
  known: {
    readonly today: Day;
    readonly agencies: ReadonlyMap<AgencyId, AgencyState>;
    readonly agreement: AgreementState | undefined;
  },
): readonly Flag[] {
  const faults: Fault[] = [];
  const fault = (pointer: string, detail: string) => faults.push({ pointer, detail });
  const { requestedOn, agreement } = request;
  if (requestedOn > known.today) fault('/requestedOn', 'must not be in the future');
  for (const party of ['provider', 'recipient'] as const)
    if (!known.agencies.has(request[party])) fault(`/${party}`, 'is no registered agency');
  const period = { earliest: requestedOn, latest: requestedOn };
  const pointers = { period: '/requestedOn', areas: '/areas' };
  const flags = agreement
    ? departures({ ...request, agreement, period, pointers }, known.agreement, fault)
    : [];
  if (faults.length > 0) throw new Problem('invalid-record', undefined, faults);
  return flags;
}

/** @throws Problem `conflict` when the state does not allow it, `invalid-record` when the body breaks a rule */
export function decideDataRequestEvent(
  { state, request, granted }: DataRequestState,
  kind: DataRequestEventKind,
  body: unknown,
): void {
  const possible = kind === 'grant-revoked' ? ['granted'] : ['open'];
  if (kind === 'request-withdrawn') possible.push('granted');
  if (!possible.includes(state)) conflict(STANDS[state]);

  const faults: Fault[] = [];
  const { occurredOn } = body as { occurredOn: Day };
  const since = granted?.occurredOn ?? request.requestedOn;
  if (occurredOn < since)
    faults.push({
      pointer: '/occurredOn',
      detail: `must not be before ${granted ? 'the grant' : 'the request'}`,
    });
  if (kind === 'request-granted') {
    const { fields = [], areas = [] } = body as DataRequestEventBody<typeof kind>;
    fields.forEach((field, i) => {
      if (!request.fields.includes(field))
        faults.push({ pointer: `/fields/${i}`, detail: 'was not asked for' });
    });
    areas.forEach((area, i) => {
      if (!request.areas.some((asked) => areaHolds(asked, area)))
        faults.push({ pointer: `/areas/${i}`, detail: 'was not asked for' });
    });
  }
  if (faults.length > 0) throw new Problem('invalid-record', undefined, faults);
}

const STANDS: Record<DataRequestState['state'], string> = {
  open: 'this request is not answered',
  granted: 'this request is granted already',
  refused: 'this request is refused',
  withdrawn: 'this request is withdrawn',
  revoked: 'what was granted upon this request is revoked',
};

export function evolveDataRequest(state: DataRequestState | undefined, entry: Entry): DataRequestState {
  const { entryId, recordedAt, principal, flags, version, body } = entry;
  const nextVersion = version + 1;
  if (state === undefined) {
    const request = body as unknown as DataRequest;
    return {
      requestId: requestIdOf(entryId),
      ...{ entryId, recordedAt, principal, request, flags, nextVersion },
      state: 'open',
      answerBy: request.answerBy ?? addDays(request.requestedOn, ANSWER_DAYS),
    };
  }
  const step = { entryId, occurredOn: body['occurredOn'] as Day };
  const reason = body['reason'] as string;
  switch (entry.kind as keyof typeof DATA_REQUEST_EVENTS) {
    case 'request-granted': {
      const { fields, areas, until, approver, conditions } =
        body as unknown as DataRequestEventBody<'request-granted'>;
      const { request } = state;
      const granted = {
        ...step,
        ...{ until, approver, fields: fields ?? request.fields, areas: areas ?? request.areas },
        ...(conditions !== undefined && { conditions }),
      };
      return { ...state, state: 'granted', granted, nextVersion };
    }
    case 'request-refused': {
      const ground = body['ground'] as DataRequestEventBody<'request-refused'>['ground'];
      return { ...state, state: 'refused', refused: { ...step, ground, reason }, nextVersion };
    }
    case 'request-withdrawn':
      return { ...state, state: 'withdrawn', ended: { ...step, reason }, nextVersion };
    case 'grant-revoked':
      return { ...state, state: 'revoked', ended: { ...step, reason }, nextVersion };
  }
}

/** Who was asked owes an answer. */
export const owedUpon = ({
  state,
  request: { provider, requestedOn },
  answerBy,
  entryId,
}: Pick<DataRequestState, 'state' | 'request' | 'answerBy' | 'entryId'>): Obliged<'answer-request'>[] =>
  state === 'open'
    ? [
        {
          kind: 'answer-request',
          obliged: provider,
          dueOn: answerBy,
          since: requestedOn,
          because: 'requested',
          cause: entryId,
        },
      ]
    : [];

/**
 * Where a hand-over departs from the request that it is said to answer.
 * @param fault is told what makes it answer no request at all
 */
export function departuresFromGrant(
  { provider, recipient, handedOver, fields, coverage }: TransferRecord,
  state: DataRequestState | undefined,
  fault: (pointer: string, detail: string) => void,
): Flag[] {
  const pointer = '/requestId';
  if (!state) {
    fault(pointer, 'is no recorded request');
    return [];
  }
  const { request, granted, ended } = state;
  if (request.provider !== provider.agencyId || request.recipient !== recipient.agencyId)
    fault(pointer, 'is a request between other agencies');
  const stood =
    granted !== undefined &&
    handedOver.earliest >= granted.occurredOn &&
    handedOver.latest <= granted.until &&
    !(ended && handedOver.latest > ended.occurredOn);
  if (!stood) return [{ code: 'request-not-granted', pointer }];
  const flags: Flag[] = [];
  fields?.forEach(({ canonical }, i) => {
    if (!granted.fields.includes(canonical)) flags.push({ code: 'beyond-grant', pointer: `/fields/${i}` });
  });
  coverage?.areas.forEach((area, i) => {
    if (!granted.areas.some((each) => areaHolds(each, area)))
      flags.push({ code: 'beyond-grant', pointer: `/coverage/areas/${i}` });
  });
  return flags;
}
