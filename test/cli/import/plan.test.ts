import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../cli/failure.ts';
import { keysOf } from '../../../cli/import/keys.ts';
import { planImport } from '../../../cli/import/plan.ts';
import { IdempotencyKey } from '../../../core/model/scalars.ts';
import { csv, HEADER, mapping, mappingJson, plan } from './examples.ts';

const ROW = '1,University of North,University,Census extract,2016-04-03,Consent';

describe('a row', () => {
  test('becomes a record made after the fact, with the file and the row as evidence', () => {
    const file = csv(ROW);
    const { transfers, refused, rows } = planImport(file, mapping());
    expect(refused).toEqual([]);
    expect(rows).toBe(1);
    expect(transfers[0]?.line).toBe(2);
    expect(transfers[0]?.body).toMatchObject({
      provider: { agencyId: 'numbering-office' },
      recipient: { agencyId: 'university-of-north' },
      dataset: { id: 'census-extract', title: 'Census extract' },
      handedOver: { earliest: '2016-04-03', latest: '2016-04-03' },
      assertion: 'retrospective',
      confidence: 'moderate',
      evidence: [
        {
          kind: 'register',
          description: 'Release 1 on the basis "Consent"',
          sha256: createHash('sha256').update(file).digest('hex'),
        },
      ],
      onward: { allowed: false },
    });
    expect(transfers[0]?.body.lacking).toContainEqual({
      part: 'fields',
      reason: 'The register does not say',
    });
  });

  test('with a month or a year for a date was handed over some day of it', () => {
    const { transfers } = plan([ROW.replace('2016-04-03', 'Feb 2016'), '2,A,Bureau,B,2015,x']);
    expect(transfers.map(({ body }) => body.handedOver)).toEqual([
      { earliest: '2016-02-01', latest: '2016-02-29' },
      { earliest: '2015-01-01', latest: '2015-12-31' },
    ]);
  });

  test('gives a part, or says that it is lacking, and why', () => {
    const { record, lacking } = mappingJson() as { record: object; lacking: object };
    const changes = {
      record: {
        ...record,
        legalBases: { column: 'Basis', map: { Consent: ['https://w3id.org/dpv#Consent'], Law: null } },
      },
      lacking: { ...lacking, legalBases: { template: 'It says "{Basis}"' } },
    };
    const { transfers, refused } = plan([ROW, '2,A,Bureau,B,2016,Law', '3,A,Bureau,B,2016,Whim'], changes);
    const [consent, law] = transfers;
    expect(consent?.body.legalBases).toEqual(['https://w3id.org/dpv#Consent']);
    expect(consent?.body.lacking?.some(({ part }) => part === 'legalBases')).toBe(false);
    expect(law?.body).not.toHaveProperty('legalBases');
    expect(law?.body.lacking).toContainEqual({ part: 'legalBases', reason: 'It says "Law"' });
    expect(refused).toEqual([
      {
        line: 4,
        faults: [{ pointer: '/legalBases', detail: 'the value of column "Basis" is not in the map' }],
      },
    ]);
  });

  test('without a part and a reason for it is refused', () => {
    const { lacking } = mappingJson() as { lacking: Record<string, string> };
    const { fields: _fields, ...rest } = lacking;
    expect(plan([ROW], { lacking: rest }).refused).toEqual([
      {
        line: 2,
        faults: [{ pointer: '/fields', detail: 'is required, or must be named in lacking with a reason' }],
      },
    ]);
  });

  test.each([
    ['blank cells', '1,,University,,2016,x', ['/recipient/agencyId', '/dataset']],
    ['an unreadable date', '1,A,Bureau,B,long ago,x', ['/handedOver/earliest', '/handedOver/latest']],
    ['the provider for recipient', '1,numbering  OFFICE,Bureau,B,2016,x', ['/recipient/agencyId']],
    ['a number of a person', '1,A,Bureau,Owner 35202-1234567-1,2016,x', ['/dataset/id', '/dataset/title']],
    ['a blank identity', ' ,A,Bureau,B,2016,x', ['']],
    ['a cell too few', '1,A,Bureau,B,2016', ['']],
    ['a cell too many', '1,A,Bureau,B,2016,x,y', ['']],
  ])('with %s is refused, and the faults name places, not values', (_, row, pointers) => {
    const { refused, transfers } = plan([ROW.replace('1', '9'), row]);
    expect(transfers).toHaveLength(1);
    expect(refused).toMatchObject([{ line: 3 }]);
    expect(refused[0]?.faults.map(({ pointer }) => pointer)).toEqual(pointers);
    for (const secret of ['35202', 'long ago', 'OFFICE'])
      expect(JSON.stringify(refused)).not.toContain(secret);
  });

  test('with blank cells to the right of the table is whole', () => {
    expect(plan([`${ROW},,`]).transfers).toHaveLength(1);
  });
});

describe('rows that are alike', () => {
  const [a, b] = ['7,A,Bureau,B,2016-01-01,x', '7,A,Bureau,B,2016-01-02,x'];

  test('in identity only are hand-overs of their own, each with a key of its own', () => {
    const { transfers, sameIdentity, duplicates } = plan([a, b]);
    expect(new Set(transfers.map(({ key }) => key)).size).toBe(2);
    expect(sameIdentity).toEqual([{ line: 3, earlier: 2 }]);
    expect(duplicates).toEqual([]);
  });

  test('in every cell are one hand-over, written down twice', () => {
    const { transfers, duplicates, sameIdentity } = plan([a, b, a.replace('A', ' A '), a]);
    expect(transfers).toHaveLength(2);
    expect(duplicates).toEqual([
      { line: 4, earlier: 2 },
      { line: 5, earlier: 2 },
    ]);
    expect(sameIdentity).toHaveLength(1);
  });

  test('but for a running number are one too, when the mapping ignores it', () => {
    const rows = [a, a.replace('7', '8')];
    expect(plan(rows).duplicates).toEqual([]);
    const ignoring = plan(rows, { identity: ['Recipient', 'Released'], ignore: ['No'] });
    expect(ignoring.duplicates).toEqual([{ line: 3, earlier: 2 }]);
  });
});

describe('the key of a row', () => {
  const keys = (rows: readonly string[], changes = {}) => plan(rows, changes).transfers.map(({ key }) => key);
  const [a, bad, c] = ['1,A,Bureau,B,2016-01-01,x', '1,A,Bureau,B,never,x', '1,A,Bureau,B,2016-01-03,x'];
  const named = { register: 'office-2016' };

  test('is one that the API takes, and another for each row', () => {
    const all = keys([a, c, '2,A,Bureau,B,2016-01-01,x']);
    expect(new Set(all).size).toBe(3);
    for (const key of all) expect(IdempotencyKey.safeParse(key).success).toBe(true);
  });

  test('stays when a row before it is mended, or rows are added after it', () => {
    const before = keys([a, bad, c], named);
    const after = keys([a, bad.replace('never', '2016-01-02'), c, '3,A,Bureau,B,2016,x'], named);
    expect(before).toEqual([after[0], after[2]]);
  });

  test('follows from the file, or from the register that the mapping names', () => {
    expect(keys([a])).not.toEqual(keys([a, c]).slice(0, 1));
    expect(keys([a], named)).toEqual(keys([a, c], named).slice(0, 1));
    expect(keys([a], named)).not.toEqual(keys([a], { register: 'office-2017' }));
  });

  test('does not run the parts of an identity together', () => {
    const { transfer, agency } = keysOf('r', '0'.repeat(64));
    const made = [
      transfer(['ab', 'c'], 0),
      transfer(['a', 'bc'], 0),
      transfer(['abc'], 0),
      transfer(['abc'], 1),
    ];
    expect(new Set([...made, agency('abc')]).size).toBe(5);
  });
});

describe('the agencies', () => {
  test('are those of the rows that are sent, as the first row describes them', () => {
    const { agencies, describedOtherwise } = plan([
      '1,Bad One,Bureau,B,never,x',
      '2,A,University,B,2016,x',
      '3,a,Bureau,B,2016,x',
      '4,C,Guild,B,2016,x',
    ]);
    expect(agencies.map(({ body, line }) => [body.agencyId, body.name, body.kind, line])).toEqual([
      ['numbering-office', 'Numbering Office', 'regulator', 3],
      ['a', 'A', 'research', 3],
      ['c', 'C', 'other', 5],
    ]);
    expect(describedOtherwise).toEqual([{ line: 4, pointer: '/recipient', agencyId: 'a' }]);
  });

  test('are as the mapping describes them, whatever a row says', () => {
    const known = { A: { kind: 'health', area: 'GB', evidence: 'asked them' } };
    const { agencies, describedOtherwise } = plan(['2,A,University,B,2016,x', '3,a,Bureau,B,2016,x'], {
      agencies: known,
    });
    expect(agencies[1]?.body).toMatchObject({
      agencyId: 'a',
      kind: 'health',
      area: 'GB',
      evidence: 'asked them',
    });
    expect(describedOtherwise).toEqual([]);
  });

  test('are left alone where the mapping does not have them registered', () => {
    const { agencies, transfers } = plan([ROW], { recipient: { agency: { column: 'Recipient' } } });
    expect(agencies.map(({ body }) => body.agencyId)).toEqual(['numbering-office']);
    expect(transfers[0]?.needs).toEqual([{ party: 'provider', agencyId: 'numbering-office' }]);
  });

  test('that cannot be registered take their rows with them', () => {
    const { refused, agencies } = plan([ROW, `2,${'N'.repeat(201)},Bureau,B,2016,x`]);
    expect(refused[0]?.faults[0]?.pointer).toBe('/recipient/register/name');
    expect(agencies).toHaveLength(2);
  });
});

describe('what cannot be planned', () => {
  test.each([
    [HEADER.replace('Basis', 'Grounds'), 'the file has no column "Basis" among its 6'],
    [`${HEADER},Basis`, 'the file has more than one column "Basis"'],
    ['Ali,0301 2345678', 'among its 2'],
  ])('is refused as a whole: header %s', (header, why) => {
    expect(() => planImport(Buffer.from(`${header}\n${ROW}\n`), mapping())).toThrow(why);
    expect(() => planImport(Buffer.from(`${header}\n`), mapping())).not.toThrow('Ali');
  });

  test('whatever the bytes, each row is counted once, or the file is refused with a reason', () => {
    const cell = fc.constantFrom(
      '',
      '1',
      'A',
      '"x,y"',
      '2016-01-01',
      '03/04/16',
      'Consent',
      '"a""b"',
      '\u00e9',
      '"',
    );
    const row = fc.array(cell, { minLength: 1, maxLength: 8 }).map((cells) => cells.join(','));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), (rows) => {
        try {
          const made = plan(rows);
          const lines = [...made.transfers, ...made.refused, ...made.duplicates].map(({ line }) => line);
          expect(new Set(lines).size).toBe(made.rows);
          expect(lines).toHaveLength(made.rows);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });

  test('random bytes are a table or refused with a reason', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          planImport(Buffer.concat([Buffer.from(`${HEADER}\n`), bytes]), mapping());
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});
