import { describe, expect, it } from 'vitest';
import { aLeak, aRetrospectiveTransfer, aSha256, aTransfer } from '../../support/transfers.ts';
import { columns, evidenceAbout, reasonsAgainst } from './world.ts';

/** Nothing is known of this leak but its three fields. */
const bare = (overrides: Parameters<typeof aLeak>[0] = {}) =>
  aLeak({ areas: undefined, vintage: undefined, ...overrides });

describe('given a leaked field', () => {
  const leak = bare({ fields: ['msisdn', 'cnic', 'address'] });

  it('that left in the clear: for, with the columns it rests on', () => {
    const found = evidenceAbout(leak, aTransfer({ fields: columns('name', 'cnic', 'msisdn') }));
    expect(found?.get('field-covered')).toEqual({
      code: 'field-covered',
      bearing: 'for',
      points: 20,
      detail: 'Gave msisdn and cnic in the clear.',
      restsOn: { leak: ['/fields'], record: ['/fields/1', '/fields/2'] },
    });
    expect(found?.get('field-missing')).toMatchObject({ bearing: 'against', points: -5 });
    expect(found?.get('field-missing')?.detail).toContain('address');
  });

  it.each(['masked', 'tokenised', 'derived', 'aggregated'] as const)('that left %s: against', (transform) => {
    const fields = columns('msisdn', ['cnic', transform], 'address');
    const found = evidenceAbout(leak, aTransfer({ fields }));
    expect(found?.get('field-altered')).toMatchObject({
      bearing: 'against',
      points: -5,
      restsOn: { record: ['/fields/1'] },
    });
    expect(found?.get('field-altered')?.detail).toContain(`cnic (${transform})`);
    expect(found?.has('field-missing')).toBe(false);
  });

  it('that left masked and also in the clear: for', () => {
    const found = evidenceAbout(
      bare({ fields: ['cnic'] }),
      aTransfer({ fields: columns(['cnic', 'masked'], 'cnic') }),
    );
    expect(found?.get('field-covered')?.restsOn).toMatchObject({ record: ['/fields/1'] });
    expect(found?.has('field-altered')).toBe(false);
  });

  it('and a record that does not say which fields left: neutral, and no exclusion', () => {
    const found = evidenceAbout(leak, aRetrospectiveTransfer());
    expect(found?.get('fields-unknown')).toMatchObject({ bearing: 'neutral', points: 0 });
    expect(found?.has('field-missing')).toBe(false);
  });

  it('and only altered ones handed over: no exclusion, for a token may be turned back', () => {
    const record = aTransfer({ fields: columns(['cnic', 'tokenised'], 'gender') });
    const found = evidenceAbout(leak, record);
    expect(found?.get('nothing-in-the-clear')).toMatchObject({ bearing: 'against', points: -30 });
    expect(found?.has('field-covered')).toBe(false);
    expect(reasonsAgainst(leak, record)).toEqual([]);
  });

  it('and none of them handed over: excluded', () => {
    expect(reasonsAgainst(leak, aTransfer({ fields: columns('imei', 'tariff') }))).toMatchObject([
      { code: 'no-leaked-field', restsOn: { record: ['/fields'] } },
    ]);
  });
});

describe('given the day on which the leak was first seen', () => {
  const handedOver = (earliest: string, latest: string) =>
    aTransfer({ handedOver: { earliest, latest }, snapshot: { from: '2024-02-01', to: '2024-02-29' } });

  it('and a hand-over after it: excluded', () => {
    expect(
      reasonsAgainst(bare({ seenOn: '2024-03-09' }), handedOver('2024-03-10', '2024-03-10')),
    ).toMatchObject([
      { code: 'handed-over-after-leak', restsOn: { leak: ['/seenOn'], record: ['/handedOver/earliest'] } },
    ]);
  });

  it('and a hand-over on it: no evidence', () => {
    const found = evidenceAbout(bare({ seenOn: '2024-03-10' }), handedOver('2024-03-10', '2024-03-10'));
    expect(found?.has('hand-over-may-be-after-leak')).toBe(false);
  });

  it('and a hand-over at some day around it: against', () => {
    const found = evidenceAbout(bare({ seenOn: '2024-03-15' }), handedOver('2024-03-10', '2024-03-20'));
    expect(found?.get('hand-over-may-be-after-leak')).toMatchObject({ bearing: 'against', points: -3 });
  });

  it('and a snapshot that begins after it: excluded, however vague the hand-over', () => {
    const record = aTransfer({
      snapshot: { from: '2024-03-16', to: '2024-03-18' },
      handedOver: { earliest: '2024-01-01', latest: '2024-03-20' },
    });
    expect(reasonsAgainst(bare({ seenOn: '2024-03-15' }), record)).toMatchObject([
      { code: 'snapshot-after-leak', restsOn: { record: ['/snapshot/from'] } },
    ]);
  });
});

describe('given the vintage of the leak', () => {
  const shows = (from: string, to: string, more: object = {}) =>
    aTransfer({ snapshot: { from, to }, ...more });

  it('and a copy that ends before the newest fact: excluded', () => {
    const leak = bare({ vintage: { from: '2024-03-01' } });
    expect(reasonsAgainst(leak, shows('2024-02-01', '2024-02-29'))).toMatchObject([
      { code: 'newest-fact-after-snapshot', restsOn: { leak: ['/vintage/from'], record: ['/snapshot/to'] } },
    ]);
    expect(reasonsAgainst(leak, shows('2024-02-01', '2024-03-01'))).toEqual([]);
  });

  it('and a copy in bulk without a snapshot, handed over before the newest fact: excluded', () => {
    const record = aRetrospectiveTransfer({ access: 'bulk' });
    expect(reasonsAgainst(bare({ vintage: { from: '2022-05-01' } }), record)).toMatchObject([
      { code: 'newest-fact-after-snapshot', restsOn: { record: ['/handedOver/latest'] } },
    ]);
  });

  it.each(['api-query', 'standing-access', 'view'] as const)(
    'and %s that is recorded up to a day before the newest fact: against only, for it may have gone on',
    (access) => {
      const leak = bare({ vintage: { from: '2024-03-01' } });
      const found = evidenceAbout(leak, shows('2024-02-01', '2024-02-29', { access }));
      expect(found?.get('newest-fact-after-record')).toMatchObject({ bearing: 'against', points: -20 });
    },
  );

  it('and neither snapshot nor access recorded: against only, for what is not known may be so', () => {
    const found = evidenceAbout(bare({ vintage: { from: '2022-05-01' } }), aRetrospectiveTransfer());
    expect(found?.get('newest-fact-after-record')?.restsOn.record).toEqual([
      '/handedOver/latest',
      '/lacking',
    ]);
  });

  it('and a snapshot wholly later than the last fact: against, not an exclusion', () => {
    const leak = bare({ vintage: { to: '2024-01-31' } });
    const found = evidenceAbout(leak, shows('2024-02-01', '2024-02-29'));
    expect(found?.get('later-facts-absent')).toMatchObject({
      bearing: 'against',
      points: -15,
      restsOn: { leak: ['/vintage/to'], record: ['/snapshot/from'] },
    });
  });

  it.each([
    ['both ends', { from: '2024-02-10', to: '2024-02-20' }, ['/vintage/from', '/vintage/to']],
    ['only the newest fact', { from: '2024-02-29' }, ['/vintage/from']],
    ['only what is absent', { to: '2024-02-01' }, ['/vintage/to']],
  ])('with %s, and a snapshot that shares a day with it: for', (_, vintage, pointers) => {
    const found = evidenceAbout(bare({ vintage }), shows('2024-02-01', '2024-02-29'));
    expect(found?.get('snapshot-fits')).toMatchObject({
      bearing: 'for',
      points: 10,
      restsOn: { leak: pointers, record: ['/snapshot'] },
    });
  });

  it('not known at all: no evidence from the snapshot', () => {
    const found = evidenceAbout(bare({ vintage: {} }), shows('2024-02-01', '2024-02-29'));
    expect(found?.has('snapshot-fits')).toBe(false);
  });
});

describe('given the areas of the leak', () => {
  const covers = (...areas: string[]) => aTransfer({ coverage: { areas, subjects: 'subscribers' } });

  it('none of which is covered: excluded', () => {
    expect(reasonsAgainst(bare({ areas: ['PK-PB'] }), covers('PK-SD', 'PK-KP'))).toMatchObject([
      { code: 'area-disjoint', restsOn: { leak: ['/areas'], record: ['/coverage/areas'] } },
    ]);
  });

  it('all of which are covered, if only by the whole country: for', () => {
    const leak = bare({ areas: ['PK-PB', 'PK-SD'] });
    for (const areas of [['PK-PB', 'PK-SD', 'PK-KP'], ['PK']])
      expect(evidenceAbout(leak, covers(...areas))?.get('area-covered')).toMatchObject({ bearing: 'for' });
  });

  it('some of which are covered: against, and said which', () => {
    const found = evidenceAbout(bare({ areas: ['PK-PB', 'PK-SD'] }), covers('PK-PB'));
    expect(found?.get('area-partly-covered')).toMatchObject({
      bearing: 'against',
      detail: 'Covers PK-PB; does not cover PK-SD.',
    });
  });

  it('of which a part is covered: against', () => {
    const found = evidenceAbout(bare({ areas: ['PK'] }), covers('PK-PB'));
    expect(found?.get('area-partly-covered')?.detail).toBe('Covers a part of PK.');
  });

  it('and a record without areas: no evidence but the gap', () => {
    const found = evidenceAbout(bare({ areas: ['PK-PB'] }), aRetrospectiveTransfer());
    expect(found?.get('not-recorded')).toMatchObject({ bearing: 'neutral', points: 0 });
    expect(found?.get('not-recorded')?.detail).toContain('areas');
  });
});

describe('given the rows of the leak', () => {
  const gave = (rows: number, exact = true) => aTransfer({ volume: { rows, exact }, manifest: [aFile()] });
  const aFile = (more: object = {}) => ({ file: 'a.csv', bytes: 1, sha256: aSha256('a'), ...more });

  it('as many as were handed over: for', () => {
    const found = evidenceAbout(bare({ rows: { count: 1500, exact: true } }), gave(1500));
    expect(found?.get('rows-equal')).toMatchObject({ bearing: 'for', points: 30 });
    expect(found?.get('rows-equal')?.detail).not.toContain('not exact');
  });

  it('as many as were handed over by estimate: for, and said', () => {
    const found = evidenceAbout(bare({ rows: { count: 1500, exact: true } }), gave(1500, false));
    expect(found?.get('rows-equal')?.detail).toContain('not exact');
  });

  it('estimated, or none: no evidence', () => {
    expect(evidenceAbout(bare({ rows: { count: 1500, exact: false } }), gave(1500))?.has('rows-equal')).toBe(
      false,
    );
    expect(evidenceAbout(bare({ rows: { count: 0, exact: true } }), gave(0))?.has('rows-equal')).toBe(false);
  });

  it('more than were handed over: against, and where both are exact, not all of the leak', () => {
    const found = evidenceAbout(bare({ rows: { count: 1501, exact: true } }), gave(1500));
    expect(found?.get('rows-fewer')).toMatchObject({ bearing: 'against', points: -5 });
    expect(found?.get('rows-fewer')?.detail).toContain('cannot be all of the leak');
    const vague = evidenceAbout(bare({ rows: { count: 1501, exact: false } }), gave(1500));
    expect(vague?.get('rows-fewer')?.detail).toContain('may not be all of the leak');
  });

  it('fewer than were handed over: no evidence, for a leak may be an extract', () => {
    const found = evidenceAbout(bare({ rows: { count: 5, exact: true } }), gave(1500));
    expect([...(found?.keys() ?? [])].filter((code) => code.startsWith('rows-'))).toEqual([]);
  });

  it('of a file, as many as a file handed over has: for', () => {
    const leak = bare({ files: [{ sha256: aSha256('other'), rows: 700 }] });
    const record = aTransfer({ manifest: [aFile({ rows: 3 }), aFile({ file: 'b.csv', rows: 700 })] });
    expect(evidenceAbout(leak, record)?.get('file-rows-equal')).toMatchObject({
      bearing: 'for',
      points: 20,
      restsOn: { record: ['/manifest/1/rows'] },
    });
  });
});

describe('given a leaked file', () => {
  const sha256 = aSha256('the very file');
  const leak = bare({ files: [{ sha256: aSha256('another') }, { sha256 }] });
  const theFile = { file: 'b.csv', bytes: 1, sha256 };

  it('that equals a file handed over: decisive', () => {
    const found = evidenceAbout(leak, aTransfer({ manifest: [theFile] }));
    expect(found?.get('file-digest-equal')).toMatchObject({
      bearing: 'for',
      points: 1000,
      restsOn: { leak: ['/files/1/sha256'], record: ['/manifest/0/sha256'] },
    });
  });

  it('that equals a file of a transfer which its record would exclude: shown, with the contradiction against it', () => {
    const record = aTransfer({
      manifest: [theFile],
      fields: columns('imei'),
      coverage: { areas: ['PK-SD'], subjects: 'subscribers' },
    });
    const contradicted = bare({ files: [{ sha256 }], areas: ['PK-PB'], seenOn: '2024-01-01' });
    const found = evidenceAbout(contradicted, record);
    expect([...(found?.keys() ?? [])]).toEqual(
      expect.arrayContaining([
        'file-digest-equal',
        'no-leaked-field',
        'area-disjoint',
        'handed-over-after-leak',
      ]),
    );
    expect(found?.get('area-disjoint')?.bearing).toBe('against');
  });

  it('that equals none: no evidence', () => {
    expect(evidenceAbout(leak, aTransfer())?.has('file-digest-equal')).toBe(false);
  });
});

describe('given the format of the leak', () => {
  const leaked = (format: NonNullable<Parameters<typeof aLeak>[0]>['format']) => bare({ format });
  const record = aTransfer({
    format: {
      headers: ['MSISDN', 'CNIC', 'ADDR', 'NAME'],
      delimiter: ',',
      encoding: 'utf-8',
      idStyle: { cnic: 'dashed', msisdn: 'e164' },
    },
  });

  it.each([
    ['headers-equal', ['MSISDN', 'CNIC', 'ADDR', 'NAME'], 'for', 40],
    ['headers-reordered', ['NAME', 'CNIC', 'ADDR', 'MSISDN'], 'for', 20],
    ['headers-shared', ['CNIC', 'MSISDN', 'X', 'Y'], 'for', 5],
    ['headers-differ', ['CNIC', 'W', 'X', 'Y'], 'against', -3],
    ['headers-differ', ['msisdn', 'cnic', 'addr', 'name'], 'against', -3],
  ] as const)('%s: %s', (code, headers, bearing, points) => {
    const found = evidenceAbout(leaked({ headers: [...headers] }), record);
    expect(found?.get(code)).toMatchObject({ bearing, points, restsOn: { record: ['/format/headers'] } });
    expect([...(found?.keys() ?? [])].filter((each) => each.startsWith('headers-'))).toEqual([code]);
  });

  it('headers repeated in the leak are not taken for a reordered list', () => {
    const found = evidenceAbout(leaked({ headers: ['MSISDN', 'MSISDN', 'ADDR', 'NAME'] }), record);
    expect(found?.has('headers-shared')).toBe(true);
  });

  it.each([
    ['delimiter-same', { delimiter: ',' }, 1],
    ['delimiter-differs', { delimiter: ';' }, -1],
    ['encoding-same', { encoding: 'utf-8' }, 1],
    ['encoding-differs', { encoding: 'windows-1256' }, -1],
    ['id-style-same', { idStyle: { cnic: 'dashed', msisdn: 'e164' } }, 6],
    ['id-style-differs', { idStyle: { cnic: 'plain', imei: 'plain' } }, -2],
  ] as const)('%s', (code, format, points) => {
    expect(evidenceAbout(leaked(format), record)?.get(code)).toMatchObject({
      bearing: points > 0 ? 'for' : 'against',
      points,
    });
  });

  it('of which the record says nothing: no evidence but the gap', () => {
    const found = evidenceAbout(leaked({ delimiter: ',' }), aTransfer({ format: undefined }));
    expect([...(found?.keys() ?? [])].filter((code) => code.startsWith('delimiter-'))).toEqual([]);
    expect(found?.get('not-recorded')?.detail).toContain('file format');
  });
});

describe('given the manner of the hand-over', () => {
  it('in bulk: for', () => {
    expect(evidenceAbout(bare(), aTransfer())?.get('access-bulk')).toMatchObject({
      bearing: 'for',
      points: 2,
    });
  });

  it('by query: against, a rival explanation', () => {
    const found = evidenceAbout(bare(), aTransfer({ access: 'api-query' }));
    expect(found?.get('access-per-query')).toMatchObject({ bearing: 'against', points: -5 });
  });

  it('unencrypted: for', () => {
    expect(evidenceAbout(bare(), aTransfer({ encryption: 'none' }))?.get('unencrypted')).toMatchObject({
      bearing: 'for',
      restsOn: { record: ['/encryption'] },
    });
  });

  it.each(['retrospective', 'recipient-declared', 'inferred'] as const)(
    'recorded as %s: a weaker record, with its confidence',
    (assertion) => {
      const found = evidenceAbout(bare(), aRetrospectiveTransfer({ assertion, confidence: 'low' }));
      expect(found?.get('recorded-later')).toMatchObject({ bearing: 'neutral', points: 0 });
      expect(found?.get('recorded-later')?.detail).toContain(`${assertion}, of low confidence`);
    },
  );

  it('a complete record of it has no gaps', () => {
    expect(evidenceAbout(aLeak(), aTransfer())?.has('not-recorded')).toBe(false);
  });
});
