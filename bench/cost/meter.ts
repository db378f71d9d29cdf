import type { IncomingMessage } from 'node:http';
import type { Service } from '../../local/endpoints.ts';
import { type Loopback, readAll, serveLoopback } from '../../local/loopback.ts';
import type { FunctionSpec } from '../../local/template/functions.ts';
import { pass } from '../support/pass.ts';
import { type Item, insertedItems, intakeBytes, itemBytes, writeUnits } from '../support/units.ts';

/** What is billed, by the unit in which it is. */
export const UNITS = [
  'API requests',
  'Lambda requests',
  'Lambda GB-seconds',
  'DynamoDB write units',
  'DynamoDB read units',
  'DynamoDB GB-months',
  'KMS requests',
  'KMS signatures',
  'EventBridge events',
  'S3 writes',
  'S3 reads',
  'CloudWatch GB',
] as const;
export type Unit = (typeof UNITS)[number];
export type Usage = Readonly<Record<Unit, number>>;

const MOST_BYTES = 64 * 2 ** 20;
const GB = 2 ** 30;

/** Counts what the functions of a running system use of what is billed. Stands between them and the services. */
export class Meter {
  readonly #used = new Map<Unit, number>();

  add(unit: Unit, count: number): void {
    this.#used.set(unit, (this.#used.get(unit) ?? 0) + count);
  }

  get usage(): Usage {
    return Object.fromEntries(UNITS.map((unit) => [unit, this.#used.get(unit) ?? 0])) as Usage;
  }

  before = (service: Service, url: string): Promise<Loopback> =>
    serveLoopback(async (request, response) => {
      const body = (await readAll(request, MOST_BYTES)) ?? Buffer.alloc(0);
      const answer = await this.#metered(service, url, request, body);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });

  /** By the wall clock of this machine, as Lambda bills it: from the event's arrival to the answer. */
  invoked = ({ memoryMb }: FunctionSpec, ms: number): void => {
    this.add('Lambda requests', 1);
    this.add('Lambda GB-seconds', (memoryMb / 1_024) * (ms / 1_000));
  };

  #metered(service: Service, url: string, request: IncomingMessage, body: Buffer) {
    const operation = String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
    switch (service) {
      case 'KMS':
        this.add(operation === 'Sign' ? 'KMS signatures' : 'KMS requests', 1);
        return pass(url, request, body);
      case 'S3':
        this.add(
          /^(PUT|POST)$/.test(request.method ?? '') || isListing(request) ? 'S3 writes' : 'S3 reads',
          1,
        );
        return pass(url, request, body);
      case 'DYNAMODB':
        return this.#table(operation, url, request, body);
    }
  }

  async #table(operation: string, url: string, request: IncomingMessage, body: Buffer) {
    const input = JSON.parse(body.toString('utf8')) as object;
    // The local engine tells the units of everything but PartiQL; the inserts of that are counted by DynamoDB's rule.
    const asked = /Statement|Transaction/.test(operation)
      ? input
      : { ...input, ReturnConsumedCapacity: 'TOTAL' };
    const answer = await pass(url, request, Buffer.from(JSON.stringify(asked)));
    const isWrite = /^(Put|Update|Delete|BatchWrite)/.test(operation);
    const { ConsumedCapacity } = JSON.parse(answer.body.toString('utf8')) as { ConsumedCapacity?: unknown };
    const units = ([ConsumedCapacity].flat() as ({ CapacityUnits?: number } | undefined)[]).reduce(
      (sum, one) => sum + (one?.CapacityUnits ?? 0),
      0,
    );
    this.add(isWrite ? 'DynamoDB write units' : 'DynamoDB read units', units);
    // Whether it is refused or not: a conditional write that fails is billed too.
    for (const item of insertsOf(input)) this.#insert(item, operation === 'ExecuteTransaction' ? 2 : 1);
    return answer;
  }

  #insert(item: Item, times: number): void {
    const bytes = itemBytes(item);
    const indexed = intakeBytes(item);
    this.add('DynamoDB write units', times * writeUnits(bytes) + (indexed > 0 ? 1 : 0));
    // DynamoDB adds 100 bytes to each item, and to each of an index.
    this.add('DynamoDB GB-months', (bytes + 100 + (indexed > 0 ? indexed + 100 : 0)) / GB);
  }
}

const isListing = ({ url = '' }: IncomingMessage): boolean => url.includes('list-type=');

/** Binary comes in Base64 over the wire, and counts by its bytes. */
function insertsOf(input: object): Item[] {
  const { TransactStatements, ...rest } = input as { TransactStatements?: unknown };
  const items = insertedItems(TransactStatements ? { Statements: TransactStatements } : rest);
  return items.map((item) =>
    Object.fromEntries(
      Object.entries(item).map(([name, value]) => [
        name,
        'B' in value ? { B: Buffer.from(String(value.B), 'base64') } : value,
      ]),
    ),
  );
}
