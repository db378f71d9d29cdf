import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { TransferEventBody } from '../../../core/api/appends.ts';
import { problemOf } from '../../../core/api/faults.ts';
import { TransferQuery } from '../../../core/api/queries.ts';
import { TransferRecord } from '../../../core/model/transfer.ts';
import { transferBody } from '../../support/transfers.ts';

const problemFor = (schema: z.ZodType, value: unknown, ...rest: [('body' | 'query')?, PropertyKey[]?]) => {
  const { error } = schema.safeParse(value);
  if (!error) throw new TypeError('the value fits');
  const [place = 'body', prefix] = rest;
  return problemOf(error, place, prefix);
};

describe('a fault says in plain words', () => {
  const schema = z.strictObject({
    text: z.string().min(2).max(3),
    number: z.int().min(1).max(9),
    list: z.array(z.string()).min(1).max(2),
    word: z.enum(['a', 'b']),
    only: z.literal('x'),
    flag: z.boolean(),
    object: z.strictObject({}),
  });
  const valid = { text: 'ab', number: 1, list: ['a'], word: 'a', only: 'x', flag: true, object: {} };

  test.each<[keyof typeof valid, unknown, string]>([
    ['text', undefined, 'is required'],
    ['word', undefined, 'is required'],
    ['only', undefined, 'is required'],
    ['object', undefined, 'is required'],
    ['text', 7, 'must be a text'],
    ['text', null, 'must be a text'],
    ['text', 'a', 'must have at least 2 characters'],
    ['text', 'abcd', 'must have at most 3 characters'],
    ['number', '1', 'must be a number'],
    ['number', 1.5, 'must be a whole number'],
    ['number', 0, 'must be at least 1'],
    ['number', 10, 'must be at most 9'],
    ['list', {}, 'must be a list'],
    ['list', [], 'must have at least 1 item'],
    ['list', ['a', 'b', 'c'], 'must have at most 2 items'],
    ['word', 'c', 'must be one of "a", "b"'],
    ['only', 'y', 'must be "x"'],
    ['flag', 'yes', 'must be true or false'],
    ['object', [], 'must be an object'],
  ])('of %s being %j that it %s', (property, value, detail) => {
    const { slug, faults } = problemFor(schema, { ...valid, [property]: value });
    expect({ slug, faults }).toEqual({
      slug: 'invalid-request',
      faults: [{ pointer: `/${property}`, detail }],
    });
  });

  test('of an event that there is not, which there are', () => {
    expect(problemFor(TransferEventBody, { kind: 'transfer-eaten' }).faults).toEqual([
      { pointer: '/kind', detail: expect.stringContaining('must be one of "transfer-acknowledged", ') },
    ]);
  });
});

test('of the forms of a union, the one that was meant is told about', () => {
  const pointers = (retention: unknown) =>
    problemFor(TransferRecord, transferBody({ retention })).faults.map(({ pointer }) => pointer);
  expect(pointers({ until: 'soon' })).toEqual(['/retention/until']);
  expect(pointers({ period: 'P1Y', trigger: 'closure' })).toEqual(['/retention/reviewBy']);
  expect(pointers({ until: '2025-01-01', note: 1 })).toEqual(['/retention/note']);
});

describe('names', () => {
  test('of unknown properties are repeated only when they are plain', () => {
    expect(problemFor(TransferRecord, transferBody({ colour: 1 })).faults).toEqual([
      { pointer: '/colour', detail: 'is not a property here' },
    ]);
    for (const name of ['35202-1234567-1', 'a b', 'a'.repeat(60), '<script>', ''])
      expect(problemFor(TransferRecord, transferBody({ [name]: 1 })).faults).toEqual([
        { pointer: '', detail: 'has a property that is not known here' },
      ]);
  });

  test('are escaped in pointers, and stand after what the body was within', () => {
    const schema = z.strictObject({ 'a/b~c': z.int() });
    expect(problemFor(schema, { 'a/b~c': 'x' }, 'body', ['body']).faults).toEqual([
      { pointer: '/body/a~1b~0c', detail: 'must be a number' },
    ]);
  });

  test('in a query are those of its parameters', () => {
    const query = { field: ['cnic', 'shoe'], limit: '0', snapshotTo: 'soon', area: 'pk' };
    expect(
      problemFor(TransferQuery, query, 'query')
        .faults.map(({ parameter }) => parameter)
        .sort(),
    ).toEqual(['area', 'field', 'limit', 'snapshotTo']);
  });
});

test('personal data anywhere makes it the refusal of personal data', () => {
  const body = transferBody({ purposeText: '35202-1234567-1', method: 'pigeon' });
  expect(problemFor(TransferRecord, body)).toMatchObject({ slug: 'personal-data-refused', status: 422 });
});

test('of very many faults the first fifty are told', () => {
  const fields = Array.from({ length: 200 }, () => ({}));
  expect(problemFor(TransferRecord, transferBody({ fields })).faults).toHaveLength(50);
});
