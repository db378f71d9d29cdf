import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  GetItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { type AwsClientStub, mockClient } from 'aws-sdk-client-mock';
import { dynamo } from '../../lambdas/store/client.ts';
import { LEDGER } from './environment.ts';
import './fake-kms.ts';

type Item = Record<string, AttributeValue>;

/**
 * Tables in memory behind the SDK mock, as far as the functions that read and insert know them. It takes inserts and
 * reads and nothing else: any other command is answered with an error.
 */
export class FakeTables {
  readonly mock: AwsClientStub<typeof dynamo> = mockClient(dynamo);
  readonly #tables = new Map<string, Map<string, Item>>();

  /** Forgets the items and the calls, and what a test had calls answered with. */
  reset(): void {
    this.#tables.clear();
    this.mock.reset();
    this.mock.onAnyCommand().callsFake(async (input) => {
      throw new Error(`no function may send this: ${JSON.stringify(input)}`);
    });
    this.mock.on(ExecuteStatementCommand).callsFake(async (input) => this.#execute([input], 'single'));
    this.mock
      .on(ExecuteTransactionCommand)
      .callsFake(async (input) => this.#execute(input.TransactStatements, 'together'));
    this.mock
      .on(BatchExecuteStatementCommand)
      .callsFake(async (input) => this.#execute(input.Statements, 'each'));
    this.mock
      .on(GetItemCommand)
      .callsFake(async ({ TableName, Key }) => ({ Item: this.#table(TableName).get(keyOf(Key)) }));
    this.mock.on(BatchGetItemCommand).callsFake(async ({ RequestItems }) => ({
      Responses: Object.fromEntries(
        Object.entries(RequestItems as Record<string, { Keys: Item[] }>).map(([table, { Keys }]) => [
          table,
          Keys.map((key) => this.#table(table).get(keyOf(key))).filter((item) => item !== undefined),
        ]),
      ),
    }));
    this.mock.on(QueryCommand).callsFake(async (input) => ({ Items: this.#query(input) }));
  }

  put(table: string, item: Item): void {
    this.#table(table).set(keyOf(item), item);
  }
  items(table: string): Item[] {
    return [...this.#table(table).values()];
  }
  remove(table: string, item: Item): void {
    this.#table(table).delete(keyOf(item));
  }

  #table(name: string): Map<string, Item> {
    const table = this.#tables.get(name) ?? new Map<string, Item>();
    this.#tables.set(name, table);
    return table;
  }

  #execute(
    statements: readonly { Statement: string; Parameters: AttributeValue[] }[],
    how: 'single' | 'together' | 'each',
  ) {
    const items = statements.map(parse);
    const taken = items.map((item) => this.#table(LEDGER).has(keyOf(item)));
    if (how === 'single' && taken[0]) throw Object.assign(new Error(), { name: 'DuplicateItemException' });
    if (how === 'together' && taken.includes(true))
      throw Object.assign(new Error(), {
        name: 'TransactionCanceledException',
        CancellationReasons: taken.map((one) => ({ Code: one ? 'DuplicateItem' : 'None' })),
      });
    items.forEach((item, n) => {
      if (!taken[n]) this.put(LEDGER, item);
    });
    return {
      Responses: taken.map((one) => (one ? { Error: { Code: 'DuplicateItem', Message: 'taken' } } : {})),
    };
  }

  #query({
    TableName,
    ExpressionAttributeValues: values,
    ScanIndexForward,
    Limit,
    IndexName,
  }: {
    TableName: string;
    ExpressionAttributeValues: Record<string, AttributeValue>;
    ScanIndexForward?: boolean;
    Limit?: number;
    IndexName?: string;
  }): Item[] {
    const between = (value: string | undefined) =>
      value !== undefined && value >= (values[':from']?.S ?? '') && value <= (values[':to']?.S ?? '\uffff');
    const found = this.items(TableName).filter((item) =>
      IndexName === undefined
        ? item['pk']?.S === values[':pk']?.S && between(item['sk']?.S)
        : item['intake']?.S === values[':shard']?.S && between(item['at']?.S),
    );
    const sorted = found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    return (ScanIndexForward === false ? sorted.reverse() : sorted).slice(0, Limit);
  }
}

const keyOf = (item: Item) => `${item['pk']?.S} ${item['sk']?.S}`;

/** The item of a PartiQL INSERT whose every value is a parameter; the one statement that the ledger may see. */
function parse({ Statement, Parameters }: { Statement: string; Parameters: AttributeValue[] }): Item {
  const [, table, attributes = ''] =
    /^INSERT INTO "([\w-]+)" VALUE \{((?:'\w+': \?(?:, )?)+)\}$/.exec(Statement) ?? [];
  if (table !== LEDGER) throw new Error(`no insert into the ledger: ${Statement}`);
  const names = [...attributes.matchAll(/'(\w+)'/g)].map(([, name]) => String(name));
  return Object.fromEntries(names.map((name, n) => [name, Parameters[n] as AttributeValue]));
}
