import { describe, expect, it } from 'vitest';
import {
  type DataRequestState,
  decideDataRequest,
  decideDataRequestEvent,
  departuresFromGrant,
  evolveDataRequest,
  owedUpon,
} from '../../../core/lifecycle/data-request.ts';
import { type AgreementState, evolveAgreement } from '../../../core/lifecycle/registry.ts';
import {
  DATA_REQUEST_EVENTS,
  DataRequest,
  type DataRequestEventKind,
} from '../../../core/model/data-request.ts';
import type { AgencyId, Day } from '../../../core/model/scalars.ts';
import {
  aDataRequest,
  anAgency,
  anAgreement,
  aTransfer,
  dataRequestBody,
  PROVIDER,
  RECIPIENT,
  THIRD_PARTY,
} from '../../support/transfers.ts';
import { entryOf, refusalOf } from './specs.ts';

type Step = readonly [DataRequestEventKind, Record<string, unknown>?];
const BODIES: Record<DataRequestEventKind, Record<string, unknown>> = {
  'request-granted': { occurredOn: '2024-02-12', until: '2024-06-30', approver: 'director-data' },
  'request-refused': { occurredOn: '2024-02-12', ground: 'excessive', reason: 'More than is needed' },
  'request-withdrawn': { occurredOn: '2024-02-20', reason: 'Not needed any more' },
  'grant-revoked': { occurredOn: '2024-03-12', reason: 'The scheme has ended' },
};
const bodyOf = ([kind, overrides]: Step) =>
  DATA_REQUEST_EVENTS[kind].parse({ ...BODIES[kind], ...overrides }) as Record<string, unknown>;

const opened = (request = aDataRequest()): DataRequestState =>
  evolveDataRequest(undefined, entryOf({ kind: 'data-requested', body: request }, 0, '2024-02-05' as Day));

/** The state after steps that must all be allowed. */
const having = (...steps: Step[]): DataRequestState =>
  steps.reduce((state, step) => {
    const body = bodyOf(step);
    decideDataRequestEvent(state, step[0], body);
    return evolveDataRequest(state, entryOf({ kind: step[0], body }, state.nextVersion));
  }, opened());
const refused = (before: readonly Step[], step: Step) => {
  const { slug, faults } = refusalOf(() => decideDataRequestEvent(having(...before), step[0], bodyOf(step)));
  return [slug, ...faults.map(({ pointer }) => pointer)];
};

describe('a request', () => {
  const agencies = new Map(
    [PROVIDER, RECIPIENT].map((agencyId) => [agencyId, { ...anAgency({ agencyId }), nextVersion: 1 }]),
  );
  const agreement: AgreementState = evolveAgreement(
    undefined,
    entryOf({ kind: 'agreement-registered', body: anAgreement() }, 0),
  );
  const known = { today: '2024-02-06' as Day, agencies, agreement };

  it('within its agreement earns no flag, and none where it names none', () => {
    expect(decideDataRequest(aDataRequest(), known)).toEqual([]);
    const without = aDataRequest({ agreement: undefined, fields: ['imsi'] });
    expect(decideDataRequest(without, { ...known, agreement: undefined })).toEqual([]);
  });

  it('beyond its agreement is taken, and flagged where', () => {
    const beyond = aDataRequest({ fields: ['msisdn', 'imsi'], areas: ['PK-PB', 'PK'] });
    expect(decideDataRequest(beyond, known)).toEqual([
      { code: 'outside-agreement-fields', pointer: '/fields/1' },
      { code: 'outside-agreement-area', pointer: '/areas/1' },
    ]);
    const late = aDataRequest({ requestedOn: '2026-02-05' as Day });
    expect(decideDataRequest(late, { ...known, today: '2026-03-01' as Day })).toEqual([
      { code: 'outside-agreement-date', pointer: '/requestedOn' },
    ]);
  });

  it.each<
    [string, Parameters<typeof aDataRequest>[0], Partial<typeof known> | { agreement: undefined }, string]
  >([
    ['in the future', {}, { today: '2024-02-04' as Day }, '/requestedOn'],
    ['to nobody that is registered', { provider: 'unknown-office' }, {}, '/provider'],
    ['by nobody that is registered', { recipient: 'unknown-office' }, {}, '/recipient'],
    ['upon no registered agreement', {}, { agreement: undefined }, '/agreement/id'],
    ['upon no version of it', { agreement: { id: 'agr-2024-03', version: 2 } }, {}, '/agreement/version'],
  ])('%s is refused', (_, overrides, change, pointer) => {
    const { slug, faults } = refusalOf(() =>
      decideDataRequest(aDataRequest(overrides), { ...known, ...change } as typeof known),
    );
    expect([slug, faults[0]?.pointer]).toEqual(['invalid-record', pointer]);
  });

  it.each([
    ['of an agency to itself', { recipient: PROVIDER }, 'recipient'],
    ['to be answered before it is made', { answerBy: '2024-02-04' }, 'answerBy'],
    ['for data that is gone before', { keepUntil: '2024-02-04' }, 'keepUntil'],
    ['for no field', { fields: [] }, 'fields'],
    ['without a purpose', { purposes: undefined }, 'purposes'],
    ['with something unknown', { colour: 'red' }, ''],
  ])('%s does not fit its schema', (_, overrides, path) => {
    const { error } = aDataRequestOf(overrides);
    expect(error?.issues[0]?.path.join('.')).toBe(path);
  });
});

describe('the answer', () => {
  it('grants what was asked for, where it does not say how much', () => {
    expect(having(['request-granted'])).toMatchObject({
      state: 'granted',
      granted: { until: '2024-06-30', fields: ['msisdn', 'cnic', 'address'], areas: ['PK-PB'] },
    });
  });

  it('grants a part', () => {
    const { granted } = having(['request-granted', { fields: ['cnic'], conditions: 'Once' }]);
    expect(granted).toMatchObject({ fields: ['cnic'], conditions: 'Once', approver: 'director-data' });
  });

  it('grants nothing that was not asked for', () => {
    expect(refused([], ['request-granted', { fields: ['cnic', 'imsi'], areas: ['PK'] }])).toEqual([
      'invalid-record',
      '/fields/1',
      '/areas/0',
    ]);
  });

  it('refuses, on a ground', () => {
    expect(having(['request-refused'])).toMatchObject({
      state: 'refused',
      refused: { ground: 'excessive', reason: 'More than is needed', occurredOn: '2024-02-12' },
    });
  });

  it('is not before the request, and what ends a grant not before it', () => {
    expect(refused([], ['request-refused', { occurredOn: '2024-02-04' }])).toEqual([
      'invalid-record',
      '/occurredOn',
    ]);
    expect(refused([['request-granted']], ['grant-revoked', { occurredOn: '2024-02-11' }])).toEqual([
      'invalid-record',
      '/occurredOn',
    ]);
  });

  it('comes once, to what still asks for one', () => {
    const ends: Step[] = [['request-granted'], ['request-refused'], ['request-withdrawn']];
    for (const end of ends)
      for (const answer of ['request-granted', 'request-refused'] as const)
        expect(refused([end], [answer])).toEqual(['conflict']);
  });

  it('that was a grant is revoked, and one that was none is not', () => {
    expect(having(['request-granted'], ['grant-revoked'])).toMatchObject({
      state: 'revoked',
      ended: { occurredOn: '2024-03-12' },
    });
    for (const steps of [[], [['request-refused']], [['request-granted'], ['grant-revoked']]] as Step[][])
      expect(refused(steps, ['grant-revoked'])).toEqual(['conflict']);
  });

  it('leaves whoever asked free to withdraw a request that is open or granted', () => {
    expect(having(['request-withdrawn']).state).toBe('withdrawn');
    expect(having(['request-granted'], ['request-withdrawn']).state).toBe('withdrawn');
    expect(refused([['request-refused']], ['request-withdrawn'])).toEqual(['conflict']);
  });
});

describe('an answer is owed', () => {
  const owed = { kind: 'answer-request', obliged: PROVIDER, since: '2024-02-05', because: 'requested' };

  it('by who was asked, within thirty days or by the day that was named', () => {
    expect(owedUpon(opened())).toEqual([{ ...owed, dueOn: '2024-03-06', cause: opened().entryId }]);
    expect(owedUpon(opened(aDataRequest({ answerBy: '2024-02-15' as Day })))).toMatchObject([
      { dueOn: '2024-02-15' },
    ]);
  });

  it('until there is one, or the request is withdrawn', () => {
    for (const step of [['request-granted'], ['request-refused'], ['request-withdrawn']] as Step[])
      expect(owedUpon(having(step))).toEqual([]);
  });
});

describe('a hand-over upon a request', () => {
  const departing = (
    state: DataRequestState | undefined,
    overrides: Parameters<typeof aTransfer>[0] = {},
  ) => {
    const faults: string[] = [];
    const flags = departuresFromGrant(aTransfer(overrides), state, (pointer, detail) =>
      faults.push(`${pointer} ${detail}`),
    );
    return { flags, faults };
  };
  const granted = having(['request-granted']);
  const notGranted = { flags: [{ code: 'request-not-granted', pointer: '/requestId' }], faults: [] };
  const on = (day: string) => ({
    handedOver: { earliest: day as Day, latest: day as Day },
    snapshot: { from: '2024-02-01' as Day, to: '2024-02-01' as Day },
  });

  it('that was granted departs from nothing, from the first day of the grant to the last', () => {
    for (const day of ['2024-02-12', '2024-03-10', '2024-06-30'])
      expect(departing(granted, on(day))).toEqual({
        flags: [],
        faults: [],
      });
  });

  it.each<[string, DataRequestState, string]>([
    ['before it was answered', opened(), '2024-03-10'],
    ['that was refused', having(['request-refused']), '2024-03-10'],
    ['that was withdrawn before', having(['request-withdrawn']), '2024-03-10'],
    ['before the grant', having(['request-granted', { occurredOn: '2024-03-11' }]), '2024-03-10'],
    ['after the grant had ended', having(['request-granted', { until: '2024-03-09' }]), '2024-03-10'],
    [
      'after it was revoked',
      having(['request-granted'], ['grant-revoked', { occurredOn: '2024-03-09' }]),
      '2024-03-10',
    ],
  ])('%s is not granted', (_, state, day) => {
    expect(departing(state, on(day))).toEqual(notGranted);
  });

  it('on the day of the revocation still is', () => {
    expect(
      departing(having(['request-granted'], ['grant-revoked', { occurredOn: '2024-03-10' }])).flags,
    ).toEqual([]);
  });

  it('goes beyond the grant in single fields and areas', () => {
    const part = having(['request-granted', { fields: ['msisdn', 'address'] }]);
    const wide = { coverage: { areas: ['PK-PB', 'PK-SD'], subjects: 'subscribers' } } as const;
    expect(departing(part, wide as never).flags).toEqual([
      { code: 'beyond-grant', pointer: '/fields/1' },
      { code: 'beyond-grant', pointer: '/coverage/areas/1' },
    ]);
  });

  it('names a request that there is, between the same agencies', () => {
    expect(departing(undefined).faults).toEqual(['/requestId is no recorded request']);
    expect(departing(granted, { recipient: { agencyId: THIRD_PARTY as AgencyId } }).faults).toEqual([
      '/requestId is a request between other agencies',
    ]);
  });
});

function aDataRequestOf(overrides: Record<string, unknown>) {
  return DataRequest.safeParse(dataRequestBody(overrides));
}
