import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseMapping } from '../../../cli/import/mapping.ts';
import { type Plan, planImport } from '../../../cli/import/plan.ts';
import { legalBases } from '../../../core/model/vocabulary.ts';

const register = new URL('../../../../shared/data/phe-odr-release-register.csv', import.meta.url);
const example = new URL('../../../examples/phe-odr-register.mapping.json', import.meta.url);
const present = existsSync(register);
const empty: Plan = {
  fileSha256: '',
  rows: 0,
  transfers: [],
  refused: [],
  duplicates: [],
  sameIdentity: [],
  agencies: [],
  describedOtherwise: [],
  shortened: [],
  withheld: [],
};

describe.skipIf(!present)(
  `the release register of a public body${present ? '' : ' (not on this machine)'}`,
  () => {
    const mapping = parseMapping(readFileSync(example, 'utf8'));
    const { transfers, refused, ...rest } = present ? planImport(readFileSync(register), mapping) : empty;

    test('has 239 rows, each of which can be recorded or is reported', () => {
      expect(rest).toMatchObject({ rows: 239, duplicates: [], withheld: [] });
      expect(transfers).toHaveLength(235);
      expect(refused).toHaveLength(4);
      const lines = [...transfers, ...refused].map(({ line }) => line);
      expect(new Set(lines).size).toBe(239);
    });

    test('refuses what the body released to itself', () => {
      const reason = { pointer: '/recipient/agencyId', detail: 'must not be the provider' };
      expect(refused).toEqual([80, 146, 344, 436].map((line) => ({ line, faults: [reason] })));
    });

    test('has two row ids twice, and all four releases are recorded', () => {
      expect(rest).toMatchObject({
        sameIdentity: [
          { line: 365, earlier: 359 },
          { line: 435, earlier: 434 },
        ],
      });
      const twice = transfers.filter(({ body }) =>
        /Release DRR(171|241),/.test(body.evidence?.[0]?.description ?? ''),
      );
      expect(twice.map(({ line }) => line)).toEqual([359, 365, 434, 435]);
      expect(new Set(transfers.map(({ key }) => key)).size).toBe(235);
    });

    test('shortens long purposes and says so', () => {
      const cut = transfers.filter(({ body }) => body.purposeText?.endsWith('…'));
      expect(cut).toHaveLength(110);
      expect(rest).toMatchObject({ shortened: cut.map(({ line }) => ({ line, pointer: '/purposeText' })) });
    });

    test('names 96 agencies, and describes three of them in two ways', () => {
      expect(rest.agencies).toHaveLength(96);
      expect(rest.describedOtherwise.map(({ agencyId }) => agencyId)).toEqual([
        'leeds-teaching-hospitals-nhs-trust',
        'clinical-practice-research-datalink',
        'guys-and-st-thomas-nhs-foundation-trust',
        'guys-and-st-thomas-nhs-foundation-trust',
      ]);
    });

    test('states a legal basis only where DPV has one that means the same', () => {
      const stated = transfers.filter(({ body }) => body.legalBases);
      expect(stated).toHaveLength(28);
      for (const { body } of stated) expect(body.legalBases).toEqual([legalBases.consent]);
      for (const { body } of transfers) {
        const wording = /legal basis "([^"]+)"/.exec(body.evidence?.[0]?.description ?? '')?.[1] ?? '';
        expect(body.legalBases !== undefined).toBe(wording.startsWith('Consent'));
        const reason = body.lacking?.find(({ part }) => part === 'legalBases')?.reason;
        if (!body.legalBases) expect(reason).toContain(`"${wording}"`);
      }
    });

    test('never has a part that the register does not hold', () => {
      for (const { body } of transfers)
        for (const part of ['fields', 'retention', 'snapshot', 'purposes', 'volume', 'manifest'] as const) {
          expect(body[part]).toBeUndefined();
          expect(body.lacking?.map((gap) => gap.part)).toContain(part);
        }
    });
  },
);
