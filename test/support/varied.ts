import { createHash } from 'node:crypto';
import type { AgencyId, TransferId } from '../../core/model/scalars.ts';
import { LACKABLE, TransferRecord } from '../../core/model/transfer.ts';
import { CANONICAL_FIELDS, purposes } from '../../core/model/vocabulary.ts';
import { transferBody } from './transfers.ts';

/**
 * Transfers that differ in everything that a search asks for, made from a number: the same number gives the same
 * transfer, so a failure can be seen again. All names are invented.
 */
export const AGENCIES = [
  'numbering-authority',
  'hill-it-board',
  'harbour-income-support',
  'valley-registry',
  'coast-health',
  'plain-statistics',
] as AgencyId[];
export const DATASETS = ['subscriber-register', 'sim-audit/2022', 'Census.Extract', 'household-survey'];
export const AREAS = ['PK', 'PK-PB', 'PK-SD', 'PK-KP', 'PK-BA', 'AE', 'SA'];
export const PURPOSES = Object.values(purposes);
export const WORDS = ['Kiran', 'welfare', 'audit', 'فہرست', 'Straße', 'Ⅻ', 'q4-2022', 'naïve', '名簿', 'x'];
export const YEARS = [1975, 1990, 2018, 2019, 2020, 2021, 2022, 2023, 2024, 2025];

/** Choices that follow from a seed: the digits of a hash, taken one after another. */
export class Choices {
  readonly #seed: string;
  #taken = 0;

  constructor(seed: string | number) {
    this.#seed = String(seed);
  }

  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number {
    const digest = createHash('sha256')
      .update(`${this.#seed}/${this.#taken++}`)
      .digest();
    return digest.readUInt32BE(0) % below;
  }
  one<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }
  /** From `least` to `most` of the values, each at most once. */
  some<T>(values: readonly T[], least: number, most: number): T[] {
    const left = [...values];
    const count = least + this.below(most - least + 1);
    return Array.from({ length: count }, () => left.splice(this.below(left.length), 1)[0] as T);
  }
  day(years: readonly number[]): string {
    const month = String(1 + this.below(12)).padStart(2, '0');
    return `${this.one(years)}-${month}-${String(1 + this.below(28)).padStart(2, '0')}`;
  }
}

/** The body of a varied transfer, of parties, dataset, fields, places, times and words of its own. */
export function variedBody(
  seed: string | number,
  origins: readonly TransferId[] = [],
): Record<string, unknown> {
  const choose = new Choices(seed);
  const [provider, recipient] = choose.some(AGENCIES, 2, 2);
  const days = [choose.day(YEARS), choose.day(YEARS)].sort();
  const handedOver = { earliest: days[1], latest: days[1] };
  const contemporaneous = choose.once(3);
  const may = <T>(value: T): T | undefined => (contemporaneous || !choose.once(4) ? value : undefined);
  const body: Record<string, unknown> = transferBody({
    provider: { agencyId: provider, ...(choose.once(3) && { unit: `Unit ${choose.one(WORDS)}` }) },
    recipient: { agencyId: recipient },
    agreement: undefined,
    exception:
      choose.once(2) || contemporaneous ? { reason: 'Joint inquiry', approver: 'Director' } : undefined,
    originTransferIds: origins.length > 0 && choose.once(2) ? choose.some(origins, 1, 2) : undefined,
    purposes: may(choose.some(PURPOSES, 1, 3)),
    purposeText: choose.once(2) ? choose.some(WORDS, 1, 4).join(' ') : undefined,
    dataset: { id: choose.one(DATASETS), title: `Extract ${choose.some(WORDS, 1, 2).join(', ')}` },
    fields: may(
      choose.some(CANONICAL_FIELDS.slice(0, 9), 1, 6).map((canonical, n) => ({
        name: `C${n}`,
        canonical,
        sensitivity: 'personal',
        transform: choose.one(['identity', 'masked', 'tokenised']),
      })),
    ),
    coverage: may({ areas: choose.some(AREAS, 1, 3), subjects: 'subscribers' }),
    snapshot: may({ from: days[0], to: choose.once(2) ? days[0] : days[1] }),
    volume: may({ rows: choose.below(1_000_000), exact: choose.once(2) }),
    handedOver,
    retention: may(
      choose.once(3)
        ? { period: 'P5Y', trigger: 'closure', reviewBy: `${choose.one([2026, 2027, 2150])}-05-01` }
        : { until: `${choose.one([2025, 2026, 2027, 2030, 9999])}-12-31` },
    ),
    encryption: may(choose.one(['none', 'transport'])),
    onward: { allowed: choose.once(2) },
    assertion: contemporaneous ? 'contemporaneous' : choose.one(['retrospective', 'inferred']),
    ...(!contemporaneous && {
      confidence: choose.one(['low', 'moderate', 'high']),
      evidence: [
        { kind: 'letter', description: `Letter on ${choose.one(WORDS)}`, reference: `F/${choose.below(99)}` },
      ],
    }),
  });
  const lacking = LACKABLE.filter(
    (part) => body[part] === undefined && (part !== 'agreement' || !body['exception']),
  );
  return lacking.length > 0
    ? { ...body, lacking: lacking.map((part) => ({ part, reason: 'not in the file' })) }
    : body;
}

export const aVariedTransfer = (seed: string | number, origins: readonly TransferId[] = []): TransferRecord =>
  TransferRecord.parse(variedBody(seed, origins));
