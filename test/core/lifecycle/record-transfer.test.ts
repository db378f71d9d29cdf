import { describe, expect, it } from 'vitest';
import { decideTransfer, type Known } from '../../../core/lifecycle/record-transfer.ts';
import { type AgencyState, type AgreementState, evolveAgreement } from '../../../core/lifecycle/registry.ts';
import { openTransfer, type Told, type TransferState } from '../../../core/lifecycle/transfer.ts';
import type { AgencyId, Day } from '../../../core/model/scalars.ts';
import type { TransferRecord } from '../../../core/model/transfer.ts';
import { purposes } from '../../../core/model/vocabulary.ts';
import {
  anAgency,
  anAgreement,
  aRetrospectiveTransfer,
  aTransfer,
  aTransferId,
  PROVIDER,
  RECIPIENT,
  THIRD_PARTY,
} from '../../support/transfers.ts';
import { entryOf, event, refusalOf, toldOf } from './specs.ts';

const agency = (agencyId: AgencyId, holdsOwnData = true): [AgencyId, AgencyState] => [
  agencyId,
  { ...anAgency({ agencyId, holdsOwnData }), nextVersion: 1 },
];
const agreement = (overrides = {}): AgreementState =>
  evolveAgreement(undefined, entryOf({ kind: 'agreement-registered', body: anAgreement(overrides) }, 0));

const KNOWN: Known = {
  today: '2026-06-01' as Day,
  agencies: new Map([agency(PROVIDER), agency(RECIPIENT), agency(THIRD_PARTY)]),
  agreement: agreement(),
  origins: new Map(),
};
const EXCEPTION = { reason: 'Court order', approver: 'Director' };

const flagsOf = (record: TransferRecord, known: Partial<Known> = {}) =>
  decideTransfer(record, { ...KNOWN, ...known });
const faultsOf = (record: TransferRecord, known: Partial<Known> = {}) => {
  const refusal = refusalOf(() => flagsOf(record, known));
  expect(refusal.slug).toBe('invalid-record');
  return refusal.faults;
};

/** What departs from an agreement or origin: refused as it stands, flagged for good with an exception. */
function departs(
  overrides: Parameters<typeof aTransfer>[0],
  flags: { code: string; pointer: string }[],
  known: Partial<Known> = {},
) {
  expect(faultsOf(aTransfer(overrides), known)).toEqual(
    flags.map(({ pointer }) => ({ pointer, detail: expect.stringMatching(/: this needs an exception/) })),
  );
  expect(flagsOf(aTransfer({ ...overrides, exception: EXCEPTION }), known)).toEqual(flags);
}

describe('a transfer within its agreement', () => {
  it('earns no flag', () => {
    expect(flagsOf(aTransfer())).toEqual([]);
  });

  it('may fill the agreement to its first and its last day', () => {
    const handedOver = { earliest: '2024-01-01', latest: '2025-12-31' };
    expect(flagsOf(aTransfer({ handedOver, retention: { until: '2026-12-31' } }))).toEqual([]);
  });

  it('may be of part of the area', () => {
    const whole = agreement({ areas: ['PK'] });
    expect(flagsOf(aTransfer(), { agreement: whole })).toEqual([]);
  });
});

describe('a transfer outside its agreement needs an exception, and stays flagged:', () => {
  it.each([
    ['a day too early', { earliest: '2023-12-31', latest: '2024-03-10' }],
    ['a day too late', { earliest: '2024-03-10', latest: '2026-01-01' }],
  ])('%s', (_, handedOver) => {
    departs({ handedOver, retention: { until: '2026-12-31' } }, [
      { code: 'outside-agreement-date', pointer: '/handedOver' },
    ]);
  });

  it('after the agreement was retired, and not on that very day', () => {
    const retiredOn = (occurredOn: string) =>
      evolveAgreement(
        agreement(),
        entryOf({ kind: 'agreement-retired', body: { occurredOn, reason: 'Ended' } }, 1),
      );
    departs({}, [{ code: 'agreement-retired', pointer: '/handedOver' }], {
      agreement: retiredOn('2024-03-09'),
    });
    expect(flagsOf(aTransfer(), { agreement: retiredOn('2024-03-10') })).toEqual([]);
  });

  it('each field that is not agreed', () => {
    departs(
      {},
      [
        { code: 'outside-agreement-fields', pointer: '/fields/1' },
        { code: 'outside-agreement-fields', pointer: '/fields/2' },
      ],
      { agreement: agreement({ fields: ['msisdn'] }) },
    );
  });

  it('each purpose that is not agreed', () => {
    departs({ purposes: [purposes.welfareEligibility, purposes.crimeInvestigation] }, [
      { code: 'outside-agreement-purpose', pointer: '/purposes/1' },
    ]);
  });

  it('each area that is not agreed, a country where a province was', () => {
    departs({ coverage: { areas: ['PK-PB', 'PK-SD', 'PK'], subjects: 'all' } }, [
      { code: 'outside-agreement-area', pointer: '/coverage/areas/1' },
      { code: 'outside-agreement-area', pointer: '/coverage/areas/2' },
    ]);
  });

  it('judged by the version that it names', () => {
    const amended = evolveAgreement(
      agreement(),
      entryOf(
        {
          kind: 'agreement-amended',
          body: { ...anAgreement({ fields: ['msisdn'] }), agreementId: undefined, reason: 'Less' },
        },
        1,
      ),
    );
    expect(flagsOf(aTransfer(), { agreement: amended })).toEqual([]);
    const { id } = aTransfer().agreement ?? expect.fail();
    departs(
      { agreement: { id, version: 2 } },
      [
        { code: 'outside-agreement-fields', pointer: '/fields/1' },
        { code: 'outside-agreement-fields', pointer: '/fields/2' },
      ],
      { agreement: amended },
    );
  });
});

describe('no exception helps', () => {
  const excepted = (overrides: Parameters<typeof aTransfer>[0]) =>
    aTransfer({ ...overrides, exception: EXCEPTION });

  it('a hand-over in the future', () => {
    expect(faultsOf(excepted({}), { today: '2024-03-09' as Day })).toEqual([
      { pointer: '/handedOver/latest', detail: 'must not be in the future' },
    ]);
    expect(flagsOf(excepted({}), { today: '2024-03-10' as Day })).toEqual([]);
  });

  it('agencies that nobody registered', () => {
    expect(faultsOf(excepted({}), { agencies: new Map() }).map(({ pointer }) => pointer)).toEqual([
      '/provider/agencyId',
      '/recipient/agencyId',
    ]);
  });

  it('an agreement that nobody registered, or another version', () => {
    expect(faultsOf(excepted({}), { agreement: undefined })).toEqual([
      { pointer: '/agreement/id', detail: 'is no registered agreement' },
    ]);
    const { id } = aTransfer().agreement ?? expect.fail();
    expect(faultsOf(excepted({ agreement: { id, version: 2 } }))).toEqual([
      { pointer: '/agreement/version', detail: 'is no version of this agreement' },
    ]);
  });

  it('an agreement between others', () => {
    const others = [{ recipient: THIRD_PARTY }, { provider: THIRD_PARTY }];
    for (const parties of others)
      expect(faultsOf(excepted({}), { agreement: agreement(parties) })).toEqual([
        { pointer: '/agreement/id', detail: 'is an agreement between other agencies' },
      ]);
  });

  it('and every fault is told at once', () => {
    const faults = faultsOf(aTransfer({ coverage: { areas: ['PK-SD'], subjects: 'all' } }), {
      today: '2024-01-01' as Day,
      agencies: new Map([agency(PROVIDER)]),
    });
    expect(faults.map(({ pointer }) => pointer)).toEqual([
      '/handedOver/latest',
      '/recipient/agencyId',
      '/coverage/areas/0',
    ]);
  });
});

describe('keeping it out of the public register', () => {
  const until = (end: string) =>
    aTransfer({
      suppression: { basis: 'national-security', authority: 'Section 8 of the Act', until: end },
    });

  it('ends, two years from now at the latest', () => {
    expect(flagsOf(until('2026-06-01'))).toEqual([]);
    expect(flagsOf(until('2028-06-01'))).toEqual([]);
    for (const end of ['2026-05-31', '2028-06-02'])
      expect(faultsOf(until(end)).map(({ pointer }) => pointer)).toEqual(['/suppression/until']);
  });
});

describe('onward sharing', () => {
  const ORIGIN = aTransferId('origin');
  /** What the provider of the onward transfer received. */
  const origin = (overrides: Parameters<typeof aTransfer>[0] = {}, more: Partial<TransferState> = {}) => {
    const record = aTransfer({
      provider: { agencyId: THIRD_PARTY },
      recipient: { agencyId: PROVIDER },
      onward: { allowed: true },
      ...overrides,
    });
    const state = { ...openTransfer(entryOf({ kind: 'transfer-recorded', body: record }, 0)), ...more };
    return { origins: new Map([[ORIGIN, state]]) };
  };
  const onward = { originTransferIds: [ORIGIN] };

  it('of what was received, kept no longer, is no matter', () => {
    expect(flagsOf(aTransfer(onward), origin())).toEqual([]);
  });

  it('names transfers that were recorded, and received by the provider', () => {
    expect(faultsOf(aTransfer(onward))).toEqual([
      { pointer: '/originTransferIds/0', detail: 'is no recorded transfer' },
    ]);
    expect(faultsOf(aTransfer(onward), origin({ recipient: { agencyId: RECIPIENT } }))).toEqual([
      { pointer: '/originTransferIds/0', detail: 'was not received by this provider' },
    ]);
  });

  it('is required of whoever has no data of its own', () => {
    const agencies = new Map([agency(PROVIDER, false), agency(RECIPIENT)]);
    expect(faultsOf(aTransfer(), { agencies })[0]?.pointer).toBe('/originTransferIds');
    expect(flagsOf(aTransfer(onward), { agencies, ...origin() })).toEqual([]);
  });

  it('needs an exception where the origin does not allow it', () => {
    departs(
      onward,
      [{ code: 'onward-not-allowed', pointer: '/originTransferIds/0' }],
      origin({ onward: { allowed: false } }),
    );
  });

  it('needs an exception to be kept longer than the origin, extensions of it included', () => {
    const beyond = [{ code: 'retention-beyond-origin', pointer: '/retention' }];
    departs(onward, beyond, origin({ retention: { until: '2025-03-30' } }));
    const extended = origin({ retention: { until: '2025-03-30' } }, { retentionEnd: '2025-03-31' as Day });
    expect(flagsOf(aTransfer(onward), extended)).toEqual([]);
  });

  it('needs an exception where the origin was handed over later', () => {
    const later = { handedOver: { earliest: '2024-03-11', latest: '2024-03-11' } };
    departs(onward, [{ code: 'origin-handed-over-later', pointer: '/originTransferIds/0' }], origin(later));
    expect(
      flagsOf(aTransfer(onward), origin({ handedOver: { earliest: '2024-03-10', latest: '2024-03-11' } })),
    ).toEqual([]);
  });

  it('of what was recalled or destroyed by then needs an exception', () => {
    const pointer = '/originTransferIds/0';
    const told = (occurredOn: string) => ({ ...toldOf(event('recall-issued'), 1), occurredOn }) as Told;
    const recalled = (day: string) => origin({}, { recalled: { ...told(day), dueBy: '2025-01-01' as Day } });
    departs(onward, [{ code: 'origin-recalled', pointer }], recalled('2024-03-09'));
    expect(flagsOf(aTransfer(onward), recalled('2024-03-10'))).toEqual([]);
    const destroyed = (day: string) =>
      origin({}, { certified: { ...told(day), scope: 'media', remains: [] } });
    departs(onward, [{ code: 'origin-destroyed', pointer }], destroyed('2024-03-09'));
    expect(flagsOf(aTransfer(onward), destroyed('2024-03-10'))).toEqual([]);
  });

  it('names the record that stands, not one that was superseded or withdrawn', () => {
    const fault = {
      pointer: '/originTransferIds/0',
      detail: 'is superseded by another record, or withdrawn',
    };
    const withdrawn = toldOf(event('record-withdrawn'), 1) as Told;
    expect(faultsOf(aTransfer(onward), origin({}, { supersededBy: aTransferId('other') }))).toEqual([fault]);
    expect(faultsOf(aTransfer(onward), origin({}, { withdrawn }))).toEqual([fault]);
  });

  it('of fields beyond the origin needs an exception, of whoever has no data of its own', () => {
    const less = origin({
      fields: [{ name: 'N', canonical: 'msisdn', sensitivity: 'personal', transform: 'identity' }],
    });
    expect(flagsOf(aTransfer(onward), less)).toEqual([]);
    const agencies = new Map([agency(PROVIDER, false), agency(RECIPIENT)]);
    departs(
      onward,
      [
        { code: 'fields-beyond-origin', pointer: '/fields/1' },
        { code: 'fields-beyond-origin', pointer: '/fields/2' },
      ],
      { agencies, ...less },
    );
  });

  it('of an origin whose fields are not known could be of any field', () => {
    const agencies = new Map([agency(PROVIDER, false), agency(RECIPIENT)]);
    const unknown = openTransfer(
      entryOf(
        {
          kind: 'transfer-recorded',
          body: aRetrospectiveTransfer({
            provider: { agencyId: THIRD_PARTY },
            recipient: { agencyId: PROVIDER },
            onward: { allowed: true },
          }),
        },
        0,
      ),
    );
    expect(flagsOf(aTransfer(onward), { agencies, origins: new Map([[ORIGIN, unknown]]) })).toEqual([]);
  });

  it('is judged by the field sets of all origins together', () => {
    const agencies = new Map([agency(PROVIDER, false), agency(RECIPIENT)]);
    const field = (canonical: 'msisdn' | 'cnic' | 'address') =>
      ({ name: 'X', canonical, sensitivity: 'personal', transform: 'identity' }) as const;
    const [one, other] = [
      origin({ fields: [field('msisdn')] }),
      origin({ fields: [field('cnic'), field('address')] }),
    ];
    const states = [one, other].map(({ origins }) => origins.get(ORIGIN) ?? expect.fail());
    const ids = [aTransferId('one'), aTransferId('other')];
    const origins = new Map(ids.flatMap((id, i) => (states[i] ? [[id, states[i]] as const] : [])));
    expect(flagsOf(aTransfer({ originTransferIds: ids }), { agencies, origins })).toEqual([]);
  });
});

describe('remarks need no exception', () => {
  it.each([
    ['an unencrypted hand-over', { encryption: 'none' }, { code: 'unencrypted', pointer: '/encryption' }],
    [
      'a file without a digest',
      {
        manifest: [
          { file: 'a', sha256: 'a'.repeat(64) },
          { file: 'b', digestUnknown: 'Lost' },
        ],
      },
      { code: 'digest-unknown', pointer: '/manifest/1/digestUnknown' },
    ],
    [
      'no agreement at all',
      { agreement: undefined, exception: EXCEPTION },
      {
        code: 'no-agreement',
        pointer: '/agreement',
      },
    ],
  ] as const)('%s', (_, overrides, flag) => {
    expect(flagsOf(aTransfer(structuredClone(overrides) as never))).toEqual([flag]);
  });

  it('an agreement that is not known, in a record made after the fact', () => {
    expect(flagsOf(aRetrospectiveTransfer(), { agreement: undefined })).toEqual([
      { code: 'agreement-unknown', pointer: '/agreement' },
    ]);
  });
});
