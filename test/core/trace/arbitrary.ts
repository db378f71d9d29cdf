import fc from 'fast-check';
import type { LeakDescription } from '../../../core/model/incident.ts';
import { addDays, type Day } from '../../../core/model/scalars.ts';
import type { TransferRecord } from '../../../core/model/transfer.ts';
import type { CanonicalField } from '../../../core/model/vocabulary.ts';
import { aLeak, aRetrospectiveTransfer, aSha256 } from '../../support/transfers.ts';
import type { Recorded } from './world.ts';

/** Few words and days, so that what is random still meets. */
const FIELDS = ['msisdn', 'cnic', 'address', 'name', 'income'] as const satisfies CanonicalField[];
const AREAS = ['PK-PB', 'PK-SD', 'PK'] as const;
const day = (n: number): Day => addDays('2022-01-01' as Day, n);
const span = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 10 }))
  .map(([from, length]) => ({ from: day(from), to: day(from + length) }));
const someTimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 });
const party = (prefix: string) => fc.integer({ min: 1, max: 3 }).map((n) => ({ agencyId: `${prefix}-${n}` }));

const column = fc.record({
  canonical: fc.constantFrom(...FIELDS, 'tariff' as const),
  transform: fc.constantFrom('identity', 'identity', 'identity', 'masked', 'derived'),
});

const format = fc.record(
  {
    headers: fc.subarray(['A', 'B', 'C', 'D'], { minLength: 1 }),
    delimiter: fc.constantFrom(',' as const, ';' as const),
    idStyle: fc.constantFrom(
      { cnic: 'dashed' as const },
      { cnic: 'plain' as const, msisdn: 'e164' as const },
    ),
  },
  { requiredKeys: [] },
);

/** A record of anything, with gaps anywhere. */
const record: fc.Arbitrary<TransferRecord> = fc
  .record({
    provider: party('provider'),
    recipient: party('recipient'),
    fields: someTimes(fc.array(column, { minLength: 1, maxLength: 5 })),
    areas: someTimes(fc.subarray([...AREAS], { minLength: 1 })),
    snapshot: someTimes(span),
    handedOver: span,
    rows: someTimes(fc.record({ rows: fc.integer({ min: 0, max: 20 }), exact: fc.boolean() })),
    digest: someTimes(fc.integer({ min: 1, max: 12 })),
    access: someTimes(fc.constantFrom('bulk' as const, 'api-query' as const)),
    encryption: someTimes(fc.constantFrom('none' as const, 'transport' as const)),
    format: someTimes(format),
  })
  .map(({ areas, snapshot, handedOver, fields, digest, rows, ...rest }) =>
    aRetrospectiveTransfer({
      ...rest,
      volume: rows,
      coverage: areas && { areas, subjects: 'subscribers' },
      fields: fields?.map((field, i) => ({ name: `C${i}`, sensitivity: 'personal', ...field })),
      manifest:
        digest === undefined
          ? undefined
          : [{ file: 'f', bytes: 1, rows: digest, sha256: aSha256(`file ${digest}`) }],
      snapshot,
      handedOver: {
        earliest: handedOver.from,
        latest: snapshot && snapshot.to > handedOver.to ? snapshot.to : handedOver.to,
      },
    } as Parameters<typeof aRetrospectiveTransfer>[0]),
  );

const event = fc.constantFrom(
  { kind: 'holding-attested' as const, body: { occurredOn: '2022-02-20', held: false } },
  { kind: 'transfer-disputed' as const, body: { occurredOn: '2022-02-20', reason: 'not-received' } },
);

export const recorded: fc.Arbitrary<Recorded> = fc.record({
  record,
  events: fc.uniqueArray(event, { maxLength: 2 }),
});

export const leak: fc.Arbitrary<LeakDescription> = fc
  .record({
    fields: fc.subarray([...FIELDS], { minLength: 1 }),
    areas: someTimes(fc.subarray([...AREAS], { minLength: 1 })),
    vintage: someTimes(span.chain(({ from, to }) => fc.constantFrom({ from, to }, { from }, { to }))),
    seenOn: fc.integer({ min: 45, max: 60 }).map(day),
    rows: someTimes(fc.record({ count: fc.integer({ min: 0, max: 40 }), exact: fc.boolean() })),
    digest: someTimes(fc.integer({ min: 1, max: 12 })),
    format: someTimes(format),
  })
  .map(({ digest, ...rest }) =>
    aLeak({
      ...rest,
      files: digest === undefined ? undefined : [{ sha256: aSha256(`file ${digest}`), rows: digest }],
    } as Parameters<typeof aLeak>[0]),
  );
