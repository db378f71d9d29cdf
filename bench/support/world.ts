import { addDays, type Day } from '../../core/model/scalars.ts';
import { purposes } from '../../core/model/vocabulary.ts';
import { aSha256, transferBody } from '../../test/support/transfers.ts';

/** A made-up world of hand-overs, the same on every run. */
export const AGENCIES = Array.from({ length: 200 }, (_, i) => `agency-${i}`);
export const DATASETS = Array.from({ length: 300 }, (_, i) => `dataset-${i}`);
export const AREAS = ['PK-PB', 'PK-SD', 'PK-KP', 'PK-BA', 'PK-IS', 'PK-GB', 'PK-JK', 'PK'];
/** Each with the share of transfers that hold it. */
const FIELDS = {
  msisdn: 0.6,
  cnic: 0.7,
  name: 0.5,
  address: 0.4,
  'birth-date': 0.3,
  imei: 0.1,
  ntn: 0.02,
  photo: 0.01,
  iccid: 0.002,
};
const PURPOSES = Object.values(purposes);

/** A pseudo-random number in [0, 1) for each place and use (splitmix32). */
function chance(n: number, use: number): number {
  let z = (n * 0x9e3779b9 + use * 0x85ebca6b) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
}
const pick = <T>(list: readonly T[], n: number, use: number): T =>
  list[Math.floor(chance(n, use) * list.length)] as T;

export function transferAt(n: number): Record<string, unknown> {
  const held = Object.entries(FIELDS).flatMap(([field, share], i) =>
    chance(n, 10 + i) < share ? [field] : [],
  );
  const fields = held.length > 0 ? held : ['msisdn'];
  const day = addDays('2019-01-01' as Day, Math.floor(chance(n, 1) * 2_600));
  const provider = Math.floor(chance(n, 2) ** 2 * AGENCIES.length);
  const recipient = (provider + 1 + Math.floor(chance(n, 3) * (AGENCIES.length - 1))) % AGENCIES.length;
  const rows = Math.floor(chance(n, 4) * 1e6);
  return transferBody({
    provider: { agencyId: AGENCIES[provider] },
    recipient: { agencyId: AGENCIES[recipient] },
    agreement: undefined,
    exception: { reason: 'Recorded without its agreement', approver: 'Registrar' },
    purposes: [pick(PURPOSES, n, 5)],
    purposeText: `Extract ${1_000 + Math.floor(chance(n, 6) * 500)} of the programme in ward ${Math.floor(chance(n, 7) * 90)}`,
    dataset: { id: pick(DATASETS, n, 8), title: 'Register of subscribers' },
    fields: fields.map((canonical) => ({
      name: canonical.toUpperCase(),
      canonical,
      sensitivity: 'personal',
      transform: chance(n, 9) < 0.9 ? 'identity' : 'masked',
    })),
    coverage: { areas: [pick(AREAS, n, 30)], subjects: 'subscribers' },
    snapshot: { from: addDays(day, -40), to: addDays(day, -10) },
    volume: { rows, exact: true },
    manifest: [{ file: 'extract.csv', rows, bytes: rows * 80, sha256: aSha256(String(n)) }],
    format: { headers: fields.map((field) => field.toUpperCase()), delimiter: ',', encoding: 'utf-8' },
    handedOver: { earliest: day, latest: day },
    retention: { until: addDays(day, 365 + Math.floor(chance(n, 31) * 1_500)) },
  });
}
