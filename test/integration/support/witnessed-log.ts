import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, vi } from 'vitest';
import { openCheckpoint } from '../../../core/log/checkpoint.ts';
import { formatVerifierKey } from '../../../core/log/key.ts';
import { policyOf } from '../../../core/log/policy.ts';
import type { Instant } from '../../../core/model/scalars.ts';
import { captureOutput } from '../../lambdas/output.ts';
import { variedBody } from '../../support/varied.ts';
import { createTables, type Tables } from '../tables.ts';
import { Faults } from './faults.ts';
import { doorbell, scan, transferEntry } from './ledger.ts';
import { honestly, type RunningWitness, startWitnesses } from './witnesses.ts';

export const NAMES = ['a', 'b', 'c'].map((letter) => `witness.example/${letter}`);
/** Of the three, two must have cosigned. */
const QUORUM = 2;

export type Row = Record<string, AttributeValue>;

/** A log with three witnesses. One a test file: functions keep what they read from the environment. */
export class WitnessedLog {
  tables: Tables;
  readonly faults: Faults;
  readonly witnesses: readonly RunningWitness[];
  readonly stop: () => Promise<void>;
  readonly #vkey: string;
  #output = captureOutput();
  #accepted = 0;

  static async start(): Promise<WitnessedLog> {
    const tables = await createTables();
    Object.assign(process.env, tables.env, {
      POWERTOOLS_METRICS_NAMESPACE: 'Amanat',
      POWERTOOLS_SERVICE_NAME: 'amanat-test',
    });
    const { logKey } = await import('../../../lambdas/log/key.ts');
    const { dynamo } = await import('../../../lambdas/store/client.ts');
    const vkey = formatVerifierKey(await logKey());
    return new WitnessedLog(tables, vkey, Faults.install(dynamo), await startWitnesses(NAMES, vkey));
  }

  private constructor(
    tables: Tables,
    vkey: string,
    faults: Faults,
    { witnesses, stop }: Awaited<ReturnType<typeof startWitnesses>>,
  ) {
    this.tables = tables;
    this.#vkey = vkey;
    this.faults = faults;
    this.witnesses = witnesses;
    this.stop = stop;
  }

  /** Before each test: an empty ledger, and honest witnesses that know of none. */
  async renew(): Promise<void> {
    this.#output = captureOutput();
    await this.useNewLedger();
    for (const witness of this.witnesses) {
      witness.conduct = honestly;
      await witness.forget();
    }
  }

  /** After each test. */
  end(): void {
    this.faults.revive();
    this.#output.end();
    vi.restoreAllMocks();
    this.tables.client.destroy();
  }

  async useNewLedger(): Promise<void> {
    this.tables.client.destroy();
    this.tables = await createTables();
    const witnesses = this.witnesses.map(({ url, vkey }) => ({ url, vkey }));
    Object.assign(process.env, this.tables.env, {
      WITNESSING: JSON.stringify({ witnesses, quorum: QUORUM, holdSeconds: 'forever' }),
    });
  }

  /** Accepts so many entries, puts them into the log and publishes its head. */
  async grow(count: number): Promise<void> {
    const { newEntry, sealedItem } = await import('../../../lambdas/store/entries.ts');
    const { insertMissing } = await import('../../../lambdas/store/ledger.ts');
    const sequencer = await import('../../../lambdas/sequence.ts');
    const entries = Array.from({ length: count }, () => {
      const n = this.#accepted++;
      const entry = transferEntry(`transfer-${n}`, variedBody(n), new Date().toISOString() as Instant);
      return newEntry(entry);
    });
    await insertMissing(await Promise.all(entries.map(sealedItem)));
    await sequencer.handler(await doorbell(entries));
  }

  /** Runs the function, and gives what it came to, its critical log lines, and the sum of each of its metrics. */
  async run() {
    const { handler } = await import('../../../lambdas/cosign.ts');
    const before = this.#output.lines().length;
    const tally = await handler().catch((error: Error) => error.name);
    const lines = this.#output.lines().slice(before);
    const metrics: Record<string, number> = {};
    for (const line of lines)
      for (const name of ['LedgerTampering', 'CosignaturesCollected', 'WitnessAway', 'WitnessLag'])
        if (typeof line[name] === 'number') metrics[name] = (metrics[name] ?? 0) + line[name];
    return { tally, metrics, critical: lines.filter(({ level }) => level === 'CRITICAL') };
  }

  /** What {@link run} runs, with other patience. */
  async collect(milliseconds = 5_000) {
    const { collect } = await import('../../../lambdas/witnessing/collect.ts');
    return collect({ milliseconds });
  }

  /** What is shown to the public. */
  async published() {
    const { publishedCheckpoint } = await import('../../../lambdas/log/published.ts');
    return publishedCheckpoint();
  }

  rows = (): Promise<Row[]> => scan(this.tables.client, this.tables.ledger);

  /** The first row whose key begins so. */
  async row(prefix: string): Promise<Row> {
    const row = (await this.rows()).find(({ pk, sk }) => `${pk?.S} ${sk?.S}`.startsWith(prefix));
    return row ?? expect.fail(`no row ${prefix}`);
  }

  /** Writes behind the back of the system. */
  async put(Item: Row): Promise<void> {
    await this.tables.client.send(new PutItemCommand({ TableName: this.tables.ledger, Item }));
  }

  /** The names of the witnesses whose good cosignatures the ledger holds, by size; bad ones fail the test. */
  async cosigned(): Promise<Record<number, string[]>> {
    const vkeys = this.witnesses.map(({ vkey }) => vkey);
    const policy = policyOf([this.#vkey], vkeys);
    const rows = (await this.rows()).filter(({ pk }) => pk?.S === 'LOG');
    const of = (prefix: string) => rows.filter(({ sk }) => sk?.S?.startsWith(prefix));
    const found: Record<number, string[]> = {};
    for (const { sk, note } of of('CHECKPOINT#')) {
      const size = Number(sk?.S?.slice(11));
      const lines = of(`COSIGNATURE#${sk?.S?.slice(11)}#`).map(({ line }) => line?.S ?? '');
      const checkpoint = openCheckpoint(`${note?.S}${lines.join('')}`, policy);
      expect(checkpoint.size).toBe(size);
      expect(checkpoint.cosignatures).toHaveLength(lines.length);
      if (lines.length > 0) found[size] = checkpoint.cosignatures.map(({ name }) => name).sort();
    }
    return found;
  }

  /** From which sizes each witness was asked, since it was made to forget. */
  get askedFrom(): readonly (readonly number[])[] {
    return this.witnesses.map(({ askedFrom }) => askedFrom);
  }
}
