import { readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import type { Archived } from '../../../lambdas/archiving/run.ts';
import type { StoredEntry } from '../../../lambdas/store/entries.ts';
import { incidentBody, leakBody, PROVIDER, transferBody } from '../../support/transfers.ts';
import { variedBody } from '../../support/varied.ts';
import { endpoints } from '../endpoints.ts';
import { createTables, type Tables } from '../tables.ts';
import { AUDITOR, agency, createWorld, registerExamples, type World } from '../world.ts';
import { Faults } from './faults.ts';
import { type Accept, accepting, scan, transferEntry } from './ledger.ts';

/** By all worlds of a test file: none has the same entry as another. */
let accepted = 0;

/** The objects of an archive by key. */
export type Objects = ReadonlyMap<string, Buffer>;

/** A world whose log is copied into archives, and faults at hand that tables and archive meet with. */
export class ArchivedWorld {
  readonly world: World;
  readonly faults: Faults;
  readonly #accept: Accept;
  readonly #folderOf: (bucket: string) => string;
  readonly #newBucket: () => string;

  static async create(): Promise<ArchivedWorld> {
    const world = await createWorld();
    const { dynamo } = await import('../../../lambdas/store/client.ts');
    const { s3 } = await import('../../../lambdas/store/archive.ts');
    const { folderOf, newBucket } = await endpoints();
    const faults = Faults.install(dynamo).alsoIn(s3);
    return new ArchivedWorld(world, faults, await accepting(), folderOf, newBucket);
  }

  private constructor(
    world: World,
    faults: Faults,
    accept: Accept,
    folderOf: (bucket: string) => string,
    newBucket: () => string,
  ) {
    this.world = world;
    this.faults = faults;
    this.#accept = accept;
    this.#folderOf = folderOf;
    this.#newBucket = newBucket;
  }

  /** Accepts so many transfers, without a doorbell. */
  accept(count: number): Promise<StoredEntry[]> {
    const entries = Array.from({ length: count }, () => {
      const n = accepted++;
      return transferEntry(`archived-${n}`, variedBody(n));
    });
    return this.#accept(entries);
  }

  /** Accepts so many transfers, puts them into the log and publishes its head. */
  async grow(count: number): Promise<void> {
    await this.accept(count);
    await this.publish();
  }

  async publish(): Promise<void> {
    const { handler } = await import('../../../lambdas/sweep.ts');
    await handler({ since: new Date(Date.now() - 3_600_000).toISOString() as never });
  }

  /** Something that is read, and the entry that holds it. */
  async read(): Promise<void> {
    await this.world.ask('listAgencies', AUDITOR);
    const { handler } = await import('../../../lambdas/sweep.ts');
    await handler({ readsSince: new Date(Date.now() - 3_600_000).toISOString() as never });
    await this.publish();
  }

  /** An incident with a trace: its answer is no entry, but one names it. */
  async trace(): Promise<void> {
    await registerExamples(this.world);
    await this.world.ask('recordTransfer', agency(PROVIDER), { body: transferBody() });
    const { json } = await this.world.ask('openIncident', AUDITOR, { body: incidentBody() });
    await this.world.settle();
    const params = { incidentId: String(json['incidentId']) };
    await this.world.ask('runTrace', AUDITOR, { params, body: leakBody() });
    await this.publish();
  }

  /** Runs the function. */
  async archive(milliseconds = 600_000): Promise<Archived> {
    const { handler } = await import('../../../lambdas/archive.ts');
    return handler({}, { getRemainingTimeInMillis: () => milliseconds } as unknown as Context);
  }

  /** How many entries the newest checkpoint of the archive signs. */
  async published(): Promise<number> {
    const { archivedSize } = await import('../../../lambdas/sequencing/archived-head.ts');
    return archivedSize();
  }

  /** Has the functions use an archive that holds the newest checkpoint of the one before, and nothing else. */
  async renewArchive(): Promise<void> {
    const [newest] = [...(await this.objects())].filter(([key]) => key.startsWith('checkpoints/'));
    this.emptyArchive();
    const { putIfAbsent } = await import('../../../lambdas/store/archive.ts');
    if (newest) await putIfAbsent(...newest);
  }

  /** Has the functions use an archive that holds nothing. */
  emptyArchive(): void {
    process.env['ARCHIVE_BUCKET'] = this.#newBucket();
  }

  /** Has the functions use empty tables, and the archive that they used before. */
  async renewTables(): Promise<Tables> {
    const tables = await createTables();
    const { LEDGER_TABLE, VIEWS_TABLE } = tables.env;
    Object.assign(process.env, { LEDGER_TABLE, VIEWS_TABLE });
    return tables;
  }

  /** Has the functions use these tables again. */
  use({ LEDGER_TABLE, VIEWS_TABLE }: Tables['env']): void {
    Object.assign(process.env, { LEDGER_TABLE, VIEWS_TABLE });
  }

  /**
   * The rows of the ledger in use by key, but for what is of the moment at which each was written, and for those of reads:
   * these do not come back.
   */
  async rows(): Promise<Map<string, object>> {
    const items = await scan(this.world.tables.client, process.env['LEDGER_TABLE'] ?? '');
    const lasting = items.filter(({ pk }) => !pk?.S?.startsWith('ACCESS#'));
    return new Map(
      lasting.map(({ pk, sk, seal: _s, committedAt: _c, signedAt: _a, ...rest }) => [
        `${pk?.S} / ${sk?.S}`,
        rest,
      ]),
    );
  }

  /** Calls the function, once: as its command does, from the start or from where a call stopped. */
  async restoreOnce(command: object, milliseconds = 600_000) {
    const { handler } = await import('../../../lambdas/restore.ts');
    return handler(command, { getRemainingTimeInMillis: () => milliseconds } as unknown as Context);
  }

  /** As its command does, until it is through; `hasty`: each call ends after a step. */
  async restore(hasty = false, all = false) {
    const milliseconds = hasty ? 0 : 600_000;
    let progress = await this.restoreOnce({ restore: 'start', all }, milliseconds);
    for (let calls = 1; 'done' in progress && !progress.done; calls++) {
      if (calls > 100) throw new Error('a restore without an end');
      progress = await this.restoreOnce({ restore: 'continue', from: progress.size }, milliseconds);
    }
    return progress;
  }

  async objects(): Promise<Objects> {
    const folder = this.#folder();
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const keys = files
      .filter((file) => file.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
    return new Map(
      await Promise.all(keys.sort().map(async (key) => [key, await readFile(join(folder, key))] as const)),
    );
  }

  /** What neither S3 nor Object Lock would let anybody do. */
  async alter(key: string, body: Uint8Array | undefined): Promise<void> {
    const path = join(this.#folder(), key);
    await unlink(path).catch(() => undefined);
    if (body !== undefined) await writeFile(path, body);
  }

  #folder = () => this.#folderOf(process.env['ARCHIVE_BUCKET'] ?? '');
}
