import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import type { Row } from './backdoor.ts';

/** What the witness remembers. A drill that leads it astray has to put it right again. */
export class Heads {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async read(): Promise<Row[]> {
    return (
      (await this.#client.send(new ScanCommand({ TableName: this.#table, ConsistentRead: true }))).Items ?? []
    );
  }

  async restore(rows: readonly Row[]): Promise<void> {
    for (const { origin } of await this.read())
      await this.#client.send(
        new DeleteItemCommand({ TableName: this.#table, Key: { origin: origin ?? { S: '' } } }),
      );
    for (const Item of rows) await this.#client.send(new PutItemCommand({ TableName: this.#table, Item }));
  }
}
