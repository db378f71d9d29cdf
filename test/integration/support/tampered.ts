import type { Context, DynamoDBRecord } from 'aws-lambda';
import type { VerifiedCheckpoint } from '../../../core/log/checkpoint.ts';
import type { Finding } from '../../../core/log/inspection.ts';
import { formatVerifierKey } from '../../../core/log/key.ts';
import { policyOf } from '../../../core/log/policy.ts';
import { Backdoor, type Difference, type Row, type Snapshot } from '../../../local/drill/backdoor.ts';
import type { Case, Detector } from '../../../local/drill/case.ts';
import { sealed, signed } from '../../../local/drill/insider.ts';
import { type Fetch, faultSince, keep } from '../../../local/drill/reader.ts';
import { captureOutput } from '../../lambdas/output.ts';
import { incidentBody, leakBody, PROVIDER, transferBody } from '../../support/transfers.ts';
import { variedBody } from '../../support/varied.ts';
import { ANYONE, AUDITOR, agency, createWorld, registerExamples, type World } from '../world.ts';
import { inspector } from './inspecting.ts';
import { accepting, transferEntry } from './ledger.ts';
import { startWitnesses } from './witnesses.ts';

/** What came of a case: who found it, and what the inspection said. */
export interface Found {
  readonly by: readonly Detector[];
  readonly findings: readonly Finding[];
  /** What an inspection must name. */
  readonly named: readonly string[];
}

/** A ledger with rows of every kind, cosigned and kept an eye on, to be tampered with again and again. */
export class TamperedLedger {
  readonly #world: World;
  readonly #door: Backdoor;
  readonly #base: Snapshot;
  readonly #kept: VerifiedCheckpoint;
  readonly stop: () => Promise<void>;

  static async start(): Promise<TamperedLedger> {
    const world = await createWorld({ POWERTOOLS_METRICS_DISABLED: 'false', POWERTOOLS_LOG_LEVEL: 'INFO' });
    const { logKey } = await import('../../../lambdas/log/key.ts');
    const vkey = formatVerifierKey(await logKey());
    const { witnesses, stop } = await startWitnesses(['witness.example/drill'], vkey);
    const named = witnesses.map(({ url, vkey }) => ({ url, vkey }));
    process.env['WITNESSING'] = JSON.stringify({ witnesses: named, quorum: 0, holdSeconds: 0 });
    await fill(world);
    const { ledger, client, archiveFolder } = world.tables;
    const door = new Backdoor(client, ledger, archiveFolder);
    const kept = await keep(fetcher(world), policyOf([vkey]));
    return new TamperedLedger(world, door, await door.snapshot(), kept, stop);
  }

  private constructor(
    world: World,
    door: Backdoor,
    base: Snapshot,
    kept: VerifiedCheckpoint,
    stop: () => Promise<void>,
  ) {
    this.#world = world;
    this.#door = door;
    this.#base = base;
    this.#kept = kept;
    this.stop = async () => {
      world.tables.client.destroy();
      await stop();
    };
  }

  /** Does what the case says, has everyone look, and puts all back. */
  async try(act: Case['act']): Promise<Found> {
    const output = captureOutput();
    try {
      const named = await act({ door: this.#door, sealed, signed });
      return { ...(await this.#look(output)), named };
    } finally {
      output.end();
      await this.#door.undo(this.#base);
    }
  }

  async #look(output: ReturnType<typeof captureOutput>): Promise<Omit<Found, 'named'>> {
    const [{ handler: sequence }, { handler: sweep }, { handler: cosign }, { inspect }] = await Promise.all([
      import('../../../lambdas/sequence.ts'),
      import('../../../lambdas/sweep.ts'),
      import('../../../lambdas/cosign.ts'),
      inspector(),
    ]);
    let read = 0;
    /** The messages of the alarms that were raised since last asked. */
    const alarms = (): string[] => {
      const lines = output.lines().slice(read);
      read += lines.length;
      const metrics = lines.filter((line) => line['LedgerTampering'] !== undefined).length;
      const critical = lines
        .filter(({ level }) => level === 'CRITICAL')
        .map(({ message }) => String(message));
      return metrics > 0 ? critical : [];
    };
    const by: Detector[] = [];
    const differences = await this.#door.differences(this.#base);
    await sequence({ Records: differences.map(record) }).catch(() => undefined);
    if (alarms().some((message) => OF_STREAM.test(message))) by.push('stream');
    const { findings } = await inspect();
    if (findings.length > 0 && alarms().length > 0) by.push('inspection');
    await cosign().catch(() => undefined);
    if (alarms().some((message) => message.includes('a witness has seen another history')))
      by.push('witness');
    const policy = policyOf([formatVerifierKey(this.#kept.signature.key)]);
    const fault = await faultSince(this.#kept, fetcher(this.#world), policy).catch(
      (error: Error) => error.message,
    );
    if (fault) by.push('reader');
    alarms();
    // It finds no entries, and then publishes: an entry without a place would only come into the log once more.
    const since = new Date().toISOString() as never;
    const refusal = await sweep({ since }).catch((error: Error) => error.name);
    if (refusal === 'LedgerCorrupt' && alarms().length > 0) by.push('signer');
    return { by, findings };
  }
}

const CONTEXT = { getRemainingTimeInMillis: () => 600_000 } as unknown as Context;
const OF_STREAM = /behind its back|never accepted/;

/** Agencies, an agreement, transfers with events, an incident with a trace, a read; and enough to fill tiles. */
async function fill(world: World): Promise<void> {
  const accept = await accepting();
  await registerExamples(world);
  const { json } = await world.ask('recordTransfer', agency(PROVIDER), { body: transferBody() });
  const params = { transferId: String(json['transferId']) };
  await world.ask('recordTransferEvent', agency('hill-it-board'), {
    params,
    body: { kind: 'transfer-acknowledged', body: { occurredOn: '2024-03-12', storedAt: 'Vault 3' } },
  });
  const opened = await world.ask('openIncident', AUDITOR, { body: incidentBody() });
  await publish(world);
  const incident = { incidentId: String(opened.json['incidentId']) };
  await world.ask('runTrace', AUDITOR, { params: incident, body: leakBody() });
  await publish(world);
  await world.ask('listTransfers', AUDITOR);
  const { handler: sweep } = await import('../../../lambdas/sweep.ts');
  await sweep({ readsSince: new Date(Date.now() - 3_600_000).toISOString() as never });
  await publish(world);
  for (const count of [240, 30]) {
    await accept(
      Array.from({ length: count }, (_, n) => transferEntry(`drill/${count}/${n}`, variedBody(n))),
    );
    await publish(world);
  }
}

async function publish(world: World): Promise<void> {
  await world.settle();
  const [{ handler: cosign }, { handler: archive }] = await Promise.all([
    import('../../../lambdas/cosign.ts'),
    import('../../../lambdas/archive.ts'),
  ]);
  await cosign();
  await archive({ 'detail-type': 'Scheduled Event' } as never, CONTEXT);
}

const fetcher =
  (world: World): Fetch =>
  async (path) => {
    const tile = /^tile\/(.+)$/.exec(path)?.[1];
    const { bytes, status } = tile
      ? await world.ask('getTile', ANYONE, { params: { tile } })
      : await world.ask('getCheckpoint', ANYONE);
    if (status !== 200) throw new Error(`${path}: ${status}`);
    return bytes;
  };

/** As the stream would tell of it. */
function record({ eventName, row }: Difference, n: number): DynamoDBRecord {
  const { pk, sk } = row;
  const image = (value: Row): NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']> =>
    Object.fromEntries(
      Object.entries(value).map(([name, { S, N, B }]) => [
        name,
        B === undefined
          ? S === undefined
            ? { N: N ?? '' }
            : { S }
          : { B: Buffer.from(B).toString('base64') },
      ]),
    );
  return {
    eventID: String(n),
    eventName,
    dynamodb: {
      Keys: { pk: { S: pk?.S ?? '' }, sk: { S: sk?.S ?? '' } },
      ...(eventName !== 'REMOVE' && { NewImage: image(row) }),
    },
  };
}
