import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';

export type Row = Record<string, AttributeValue>;

/** Where rows and archived objects are, and what each was: enough to put all of it back. */
export interface Snapshot {
  readonly rows: ReadonlyMap<string, Row>;
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

/** What became of a row. */
export interface Difference {
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  /** As it is now, or was last. */
  readonly row: Row;
}

/** The ledger table and the archive as somebody reaches them who goes past the system, its policies and its locks. */
export class Backdoor {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #archive: string;

  /** @param archive the folder that holds the objects of the archive, each at the path that is its key */
  constructor(client: DynamoDBClient, table: string, archive: string) {
    this.#client = client;
    this.#table = table;
    this.#archive = archive;
  }

  /** All rows, in the order of their keys. */
  async rows(): Promise<Row[]> {
    const rows: Row[] = [];
    const pages = paginateScan({ client: this.#client }, { TableName: this.#table, ConsistentRead: true });
    for await (const { Items = [] } of pages) rows.push(...Items);
    return rows.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  async put(...rows: readonly Row[]): Promise<void> {
    for (const Item of rows) await this.#client.send(new PutItemCommand({ TableName: this.#table, Item }));
  }

  async remove(...rows: readonly Row[]): Promise<void> {
    for (const { pk, sk } of rows)
      await this.#client.send(
        new DeleteItemCommand({ TableName: this.#table, Key: { pk, sk } as Record<string, AttributeValue> }),
      );
  }

  /** Keys of archived objects. */
  async objects(): Promise<string[]> {
    const entries = await readdir(this.#archive, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(this.#archive.length + 1))
      .sort();
  }

  #object(key: string): Promise<Uint8Array> {
    return readFile(join(this.#archive, key));
  }

  async putObject(key: string, content: string | Uint8Array): Promise<void> {
    const path = join(this.#archive, key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }

  async removeObjects(keys: readonly string[]): Promise<void> {
    for (const key of keys) await rm(join(this.#archive, key));
  }

  async snapshot(): Promise<Snapshot> {
    const rows = await this.rows();
    const objects = new Map<string, Uint8Array>();
    for (const key of await this.objects()) objects.set(key, await this.#object(key));
    return { rows: new Map(rows.map((row) => [nameOf(row), row])), objects };
  }

  async differences({ rows: before }: Snapshot): Promise<Difference[]> {
    const after = new Map((await this.rows()).map((row) => [nameOf(row), row]));
    const removed = [...before].filter(([name]) => !after.has(name)).map(([, row]) => row);
    return [
      ...removed.map((row): Difference => ({ eventName: 'REMOVE', row })),
      ...[...after].flatMap(([name, row]): Difference[] => {
        const earlier = before.get(name);
        if (earlier === undefined) return [{ eventName: 'INSERT', row }];
        return isSame(earlier, row) ? [] : [{ eventName: 'MODIFY', row }];
      }),
    ];
  }

  /** Puts everything back as it was. @returns what that did to rows */
  async undo(snapshot: Snapshot): Promise<Difference[]> {
    const done: Difference[] = [];
    for (const { eventName, row } of await this.differences(snapshot)) {
      const before = snapshot.rows.get(nameOf(row));
      if (before) await this.put(before);
      else await this.remove(row);
      done.push({
        eventName: before ? (eventName === 'REMOVE' ? 'INSERT' : 'MODIFY') : 'REMOVE',
        row: before ?? row,
      });
    }
    const objects = await this.objects();
    await this.removeObjects(objects.filter((key) => !snapshot.objects.has(key)));
    for (const [key, content] of snapshot.objects) {
      const isSame = objects.includes(key) && Buffer.compare(await this.#object(key), content) === 0;
      if (!isSame) await this.putObject(key, content);
    }
    return done;
  }
}

/** A row's key in one word. */
export const nameOf = ({ pk, sk }: Row): string => `${pk?.S} / ${sk?.S}`;

const isSame = (one: Row, other: Row): boolean => textOf(one) === textOf(other);

const textOf = (row: Row): string =>
  JSON.stringify(
    Object.keys(row)
      .sort()
      .map((name) => [name, row[name]?.B ? Buffer.from(row[name].B).toString('hex') : row[name]]),
  );
