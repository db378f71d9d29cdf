import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  type BatchStatementError,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  GetItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dynamo } from '../../lambdas/store/client.ts';
import {
  get,
  insert,
  insertMissing,
  insertTogether,
  intakeBetween,
  range,
} from '../../lambdas/store/ledger.ts';
import { LEDGER } from './environment.ts';

const mock = mockClient(dynamo);
beforeEach(() => {
  mock.reset();
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => mock.restore());

const item = (n: number): Record<string, AttributeValue> => ({
  pk: { S: `ENTRY#${n}` },
  sk: { S: 'INDEX' },
  index: { N: `${n}` },
});
const items = (count: number) => Array.from({ length: count }, (_, n) => item(n));
const named = (name: string, more: object = {}) => Object.assign(new Error(name), { name, ...more });
const INSERT = `INSERT INTO "${LEDGER}" VALUE {'pk': ?, 'sk': ?, 'index': ?}`;
const parametersOf = (n: number) => [{ S: `ENTRY#${n}` }, { S: 'INDEX' }, { N: `${n}` }];

describe('inserting one item', () => {
  it('is one PartiQL INSERT with every value a parameter', async () => {
    mock.on(ExecuteStatementCommand).resolves({});
    expect(await insert(item(1))).toBe(true);
    expect(mock.calls().map(({ args }) => args[0].input)).toEqual([
      { Statement: INSERT, Parameters: parametersOf(1) },
    ]);
  });

  it.each(['DuplicateItemException', 'DuplicateItem'])('tells of a taken key (%s)', async (name) => {
    mock.on(ExecuteStatementCommand).rejects(named(name));
    expect(await insert(item(1))).toBe(false);
  });

  it('says that a passing trouble may be tried again, and passes a lasting one on', async () => {
    mock
      .on(ExecuteStatementCommand)
      .rejectsOnce(named('TimeoutError'))
      .rejectsOnce(named('AccessDeniedException'));
    await expect(insert(item(1))).rejects.toMatchObject({ slug: 'try-again' });
    await expect(insert(item(1))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('inserting together', () => {
  const cancelled = (...reasons: { Code: string; Message?: string }[]) =>
    named('TransactionCanceledException', { CancellationReasons: reasons });

  it('is one transaction of INSERTs', async () => {
    mock.on(ExecuteTransactionCommand).resolves({});
    expect(await insertTogether([item(1), item(2)])).toBe('inserted');
    expect(mock.calls().map(({ args }) => args[0].input)).toEqual([
      {
        TransactStatements: [
          { Statement: INSERT, Parameters: parametersOf(1) },
          { Statement: INSERT, Parameters: parametersOf(2) },
        ],
      },
    ]);
  });

  it('tells which keys were taken, in the words of AWS and of the local engine', async () => {
    const taken = { Code: 'ValidationError', Message: 'Duplicate primary key exists in table' };
    mock
      .on(ExecuteTransactionCommand)
      .rejectsOnce(cancelled({ Code: 'None' }, { Code: 'DuplicateItem' }))
      .rejectsOnce(cancelled(taken, { Code: 'None' }));
    expect(await insertTogether([item(1), item(2)])).toEqual([false, true]);
    expect(await insertTogether([item(1), item(2)])).toEqual([true, false]);
  });

  it.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'tries again when it was cancelled for %s, and not forever',
    async (Code) => {
      mock
        .on(ExecuteTransactionCommand)
        .rejectsOnce(cancelled({ Code: 'None' }, { Code }))
        .resolvesOnce({});
      expect(await insertTogether([item(1), item(2)])).toBe('inserted');
      mock.on(ExecuteTransactionCommand).rejects(cancelled({ Code: 'None' }, { Code }));
      await expect(insertTogether([item(1), item(2)])).rejects.toMatchObject({ slug: 'try-again' });
      expect(mock.calls().length).toBeLessThan(10);
    },
  );

  it('does not try again what no repetition would mend', async () => {
    mock.on(ExecuteTransactionCommand).rejects(cancelled({ Code: 'AccessDenied' }, { Code: 'None' }));
    await expect(insertTogether([item(1), item(2)])).rejects.toMatchObject({
      name: 'TransactionCanceledException',
    });
    expect(mock.calls()).toHaveLength(1);
  });
});

describe('inserting what is missing', () => {
  const sent = () =>
    mock
      .commandCalls(BatchExecuteStatementCommand)
      .map(({ args }) => (args[0].input.Statements ?? []).map(({ Parameters }) => Parameters?.[0]?.S));
  const answer = (...codes: (BatchStatementError['Code'] | undefined)[]) => ({
    Responses: codes.map((Code) => (Code ? { Error: { Code, Message: 'no' } } : {})),
  });

  it('is INSERTs, 25 at a time', async () => {
    mock
      .on(BatchExecuteStatementCommand)
      .callsFake(async ({ Statements }) => answer(...Statements.map(() => undefined)));
    await insertMissing(items(60));
    expect(sent().map(({ length }) => length)).toEqual([25, 25, 10]);
    expect(new Set(sent().flat()).size).toBe(60);
    for (const { args } of mock.commandCalls(BatchExecuteStatementCommand))
      for (const { Statement } of args[0].input.Statements ?? []) expect(Statement).toBe(INSERT);
  });

  it('repeats just those that were turned away', async () => {
    mock
      .on(BatchExecuteStatementCommand)
      .resolvesOnce(answer(undefined, 'ThrottlingError', 'DuplicateItem', 'InternalServerError'))
      .resolves(answer(undefined, undefined));
    await insertMissing(items(4));
    expect(sent()).toEqual([
      ['ENTRY#0', 'ENTRY#1', 'ENTRY#2', 'ENTRY#3'],
      ['ENTRY#1', 'ENTRY#3'],
    ]);
  });

  it('repeats those that an answer leaves out', async () => {
    mock
      .on(BatchExecuteStatementCommand)
      .resolvesOnce(answer(undefined))
      .resolvesOnce({})
      .resolves(answer(undefined, undefined));
    await insertMissing(items(3));
    expect(sent()).toEqual([
      ['ENTRY#0', 'ENTRY#1', 'ENTRY#2'],
      ['ENTRY#1', 'ENTRY#2'],
      ['ENTRY#1', 'ENTRY#2'],
    ]);
  });

  it('gives up for the moment when it is turned away again and again', async () => {
    mock.on(BatchExecuteStatementCommand).resolves(answer('ProvisionedThroughputExceeded'));
    await expect(insertMissing(items(1))).rejects.toMatchObject({ slug: 'try-again' });
  });

  it('does not call a lack of permission a passing trouble', async () => {
    mock.on(BatchExecuteStatementCommand).resolves(answer('AccessDenied'));
    await expect(insertMissing(items(1))).rejects.toThrow('AccessDenied');
    expect(sent()).toHaveLength(1);
  });
});

describe('reading the ledger', () => {
  it('is strongly consistent', async () => {
    mock.on(GetItemCommand).resolves({});
    mock.on(QueryCommand).resolves({ Items: [] });
    expect(await get({ pk: 'LOG', sk: 'X' })).toBeUndefined();
    await range('LOG');
    for (const { args } of mock.calls()) expect(args[0].input).toMatchObject({ ConsistentRead: true });
  });

  it('follows a range over its pages, up to the limit', async () => {
    const pages = () =>
      mock
        .on(QueryCommand)
        .resolvesOnce({ Items: items(3), LastEvaluatedKey: item(2) })
        .resolvesOnce({ Items: [], LastEvaluatedKey: item(5) })
        .resolvesOnce({ Items: items(2) });
    pages();
    expect(await range('P')).toHaveLength(5);
    mock.reset();
    pages();
    expect(await range('P', { limit: 3 })).toHaveLength(3);
    expect(mock.commandCalls(QueryCommand)).toHaveLength(1);
    expect(mock.commandCalls(QueryCommand)[0]?.args[0].input).toMatchObject({ Limit: 3 });
  });

  it('follows the intake index over its pages', async () => {
    mock
      .on(QueryCommand)
      .resolvesOnce({ Items: items(2), LastEvaluatedKey: item(1) })
      .resolvesOnce({ Items: items(1) });
    expect(await intakeBetween('2024-01-01#0', 'a', 'b')).toEqual(['ENTRY#0', 'ENTRY#1', 'ENTRY#0']);
    expect(mock.commandCalls(QueryCommand)[1]?.args[0].input).toMatchObject({
      IndexName: 'intake',
      ExclusiveStartKey: item(1),
    });
  });
});
