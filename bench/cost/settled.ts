import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { System } from '../../local/system.ts';
import { LOCAL_CREDENTIALS } from '../../local/tables.ts';
import { REGION } from '../../local/template/resolve.ts';

const WITHIN_MS = 300_000;
/** What is done after the views: witnesses are asked, and the archive is filled. */
const AFTERWARDS_MS = 1_500;

/** Looks at the tables past the functions, so that what waits costs nothing. */
export class Watcher {
  readonly #client: DynamoDBClient;
  readonly #views: string;
  #expected = 0;

  constructor(system: System) {
    this.#client = new DynamoDBClient({
      endpoint: system.engine,
      region: REGION,
      credentials: LOCAL_CREDENTIALS,
    });
    this.#views = system.environment('project')['VIEWS_TABLE'] ?? '';
  }

  settled = async (more: number): Promise<void> => {
    this.#expected += more;
    for (const until = Date.now() + WITHIN_MS; Date.now() < until; await sleep(20))
      if ((await this.#reflected()) >= this.#expected) return sleep(AFTERWARDS_MS);
    throw new Error('what was recorded does not get into the views');
  };

  stop(): void {
    this.#client.destroy();
  }

  async #reflected(): Promise<number> {
    const Key = { pk: { S: 'META' }, sk: { S: 'META' } };
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#views, Key, ConsistentRead: true }),
    );
    return Number(Item?.['size']?.N ?? 0);
  }
}
