import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestOf } from '../../core/api/client.ts';
import { entryIdOf, transferIdOf } from '../../core/model/entry.ts';
import type { EntryId, IncidentId, TransferId } from '../../core/model/scalars.ts';
import type { System } from '../../local/system.ts';
import { incidentBody, leakBody } from '../../test/support/transfers.ts';
import { Books, Speaker } from './clients.ts';
import { AGENCIES, type Agency, hold, type Life, nextStep, record, type Step, today } from './life.ts';
import { type Asking, request } from './requests.ts';

/** Transfers whose lives go on at the same time, and readers beside them. */
const DRIVERS = 10;
const READERS = 2;
const TRACE_EVERY_MS = 15_000;
const MOST_STEPS = 12;
let keys = 0;
const key = () => `soak-${keys++}`;
const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(Math.random() * from.length)];

/** Mixed traffic on a running system: lives of transfers, reading, and an investigation. */
export class Traffic {
  readonly books = new Books();
  readonly lives: Life[] = [];
  readonly requests: Asking[] = [];
  readonly #agencies: ReadonlyMap<Agency, Speaker>;
  readonly #auditor: Speaker;
  readonly #steward: Speaker;
  /** When the last answer had come. */
  endedAt = '';
  #stopping = false;
  #incident: IncidentId | undefined;

  constructor(system: System) {
    const speaker = (identity: ConstructorParameters<typeof Speaker>[1]) =>
      new Speaker(system, identity, this.books);
    this.#agencies = new Map(AGENCIES.map((agency) => [agency, speaker({ agency })]));
    this.#auditor = speaker({ roles: ['auditor'] });
    this.#steward = speaker({ roles: ['steward'] });
  }

  /** What has to be there before anything is handed over. */
  async prepare(): Promise<void> {
    for (const agencyId of AGENCIES)
      await this.#steward.append('registerAgency', {
        idempotencyKey: `agency-${agencyId}`,
        body: { agencyId, name: agencyId, kind: 'government' },
      } as RequestOf<'registerAgency'> & { idempotencyKey: string });
    const opened = await this.#auditor.append('openIncident', {
      idempotencyKey: 'incident',
      body: incidentBody({ discoveredOn: today() }),
    } as unknown as RequestOf<'openIncident'> & { idempotencyKey: string });
    this.#incident = opened?.incidentId;
  }

  /** Goes on until it is told to stop, and then until everything that was asked has been answered. */
  async run(): Promise<void> {
    await Promise.all([
      ...Array.from({ length: DRIVERS }, () => this.#drive()),
      ...Array.from({ length: READERS }, () => this.#read()),
      this.#investigate(),
    ]);
    this.endedAt = new Date().toISOString();
  }

  stop(): void {
    this.#stopping = true;
  }

  #speaker(agency: Agency): Speaker {
    const speaker = this.#agencies.get(agency);
    if (!speaker) throw new TypeError(`nobody speaks for ${agency}`);
    return speaker;
  }

  async #drive(): Promise<void> {
    while (!this.#stopping) {
      if (Math.random() < 0.2) await this.#request();
      const begun = Math.random() < 0.1 ? await this.#recordLines() : [await this.#record()];
      // Of those that came together one is lived on; the others stay as they were recorded.
      const [life] = begun;
      for (let steps = Math.random() * MOST_STEPS; life && steps > 0 && !this.#stopping; steps--) {
        await sleep(Math.random() * 100);
        const chance = Math.random();
        if (chance < 0.1) await this.#forbidden(life);
        else if (chance < 0.2 && !life.verified && !life.hasChildren && life.holds.size === 0)
          await this.#race(life);
        const step = nextStep(life);
        if (!step) break;
        await this.#take(life, step);
      }
    }
  }

  /** One agency asks another, which answers or does not. */
  async #request(): Promise<void> {
    const { provider, recipient, body, answer } = request();
    const asked = await this.#speaker(recipient).append('recordDataRequest', {
      idempotencyKey: key(),
      body,
    } as unknown as RequestOf<'recordDataRequest'> & { idempotencyKey: string });
    if (!asked?.requestId) {
      this.books.faults.push('a request was refused that is in order');
      return;
    }
    const asking: Asking = { requestId: asked.requestId, provider, answered: false };
    this.requests.push(asking);
    if (!answer) return;
    const answered = await this.#speaker(provider).append('recordDataRequestEvent', {
      idempotencyKey: key(),
      params: { requestId: asking.requestId },
      body: answer,
    } as unknown as RequestOf<'recordDataRequestEvent'> & { idempotencyKey: string });
    asking.answered = answered !== undefined;
    if (!answered) this.books.faults.push('an answer to a request was refused, though it was possible');
  }

  async #record(): Promise<Life | undefined> {
    const parent = Math.random() < 0.2 ? this.#parent() : undefined;
    if (parent) parent.hasChildren = true;
    const { provider, body, live } = record(parent);
    const answer = await this.#speaker(provider).append('recordTransfer', {
      idempotencyKey: key(),
      body,
    } as unknown as RequestOf<'recordTransfer'> & { idempotencyKey: string });
    if (!answer?.transferId) {
      this.books.faults.push('a transfer was refused that is in order');
      return undefined;
    }
    return this.#born(live(answer.transferId, answer.entryId));
  }

  #born(life: Life): Life {
    this.lives.push(life);
    return life;
  }

  /** One that may be handed on, and to which nothing happened that would reach what comes of it. */
  #parent(): Life | undefined {
    return pick(
      this.lives
        .slice(-200)
        .filter(
          ({ onwardAllowed, certified, recall, holds, corrections }) =>
            onwardAllowed && !certified && !recall && holds.size === 0 && corrections.size === 0,
        )
        .filter(({ entries, hasChildren }) => hasChildren || entries.length === 1),
    );
  }

  /** Several at once, of which each is answered by itself; what was put off is sent again under its key. */
  async #recordLines(): Promise<Life[]> {
    const first = record();
    const speaker = this.#speaker(first.provider);
    const others = Array.from({ length: 4 }, () => record()).filter(
      ({ provider }) => provider === first.provider,
    );
    let left = [first, ...others].map(({ body, live }) => ({ live, idempotencyKey: key(), body }));
    for (const { idempotencyKey } of left) this.books.asked.add(entryIdOf(speaker.submitter, idempotencyKey));
    const begun: Life[] = [];
    while (left.length > 0) {
      const lines = left.map(({ idempotencyKey, body }) => ({
        idempotencyKey,
        kind: 'transfer-recorded' as const,
        body,
      }));
      const answers = await speaker.call('recordEntries', { body: lines } as RequestOf<'recordEntries'>);
      left = left.filter(({ idempotencyKey, live }, n) => {
        const line = answers[n];
        if (line?.status === 503) return true;
        const entryId = entryIdOf(speaker.submitter, idempotencyKey);
        if (line?.answer === undefined) {
          this.books.faults.push('a line was refused that is in order');
          return false;
        }
        speaker.settle(entryId, [{ status: 'fulfilled', value: line.answer }]);
        begun.push(this.#born(live(transferIdOf(entryId), entryId)));
        return false;
      });
    }
    return begun;
  }

  async #take(life: Life, step: Step): Promise<void> {
    const answer = await this.#append(life, step, life[step.by]);
    if (!answer) {
      this.books.faults.push(`${step.kind} was refused, though it was possible`);
      return;
    }
    step.effect(life);
    life.entries.push(answer.entryId);
    await this.#readBack(life, answer.entryId);
  }

  #append(life: Life, { kind, body }: Step, by: Agency) {
    return this.#speaker(by).append('recordTransferEvent', {
      idempotencyKey: key(),
      params: { transferId: life.transferId },
      body: { kind, body },
    } as unknown as RequestOf<'recordTransferEvent'> & { idempotencyKey: string });
  }

  /** Two that exclude each other, at the same time: one is recorded, and it does not matter which. */
  async #race(life: Life): Promise<void> {
    const step = hold(key());
    const answers = await Promise.all([step, step].map((each) => this.#append(life, each, life.provider)));
    const recorded = answers.filter((answer) => answer !== undefined);
    if (recorded.length !== 1)
      this.books.faults.push(`of two that exclude each other ${recorded.length} were recorded`);
    for (const { entryId } of recorded) life.entries.push(entryId);
    step.effect(life);
  }

  /** An agency that has no part in a transfer says that it has it. */
  async #forbidden(life: Life): Promise<void> {
    const stranger = pick(AGENCIES.filter((agency) => agency !== life.provider && agency !== life.recipient));
    const step: Step = {
      kind: 'transfer-acknowledged',
      by: 'recipient',
      body: { occurredOn: today(), storedAt: 'Nowhere' },
      effect: () => undefined,
    };
    if (stranger && (await this.#append(life, step, stranger)))
      this.books.faults.push('a stranger’s acknowledgement was recorded');
  }

  /** What was recorded is in the history at once. */
  async #readBack({ transferId, provider }: Life, entryId: EntryId): Promise<void> {
    if (Math.random() > 0.3) return;
    const items = await this.#historyOf(this.#speaker(provider), transferId);
    if (!items.includes(entryId))
      this.books.faults.push('a history lacks what was recorded before it was read');
  }

  async #historyOf(speaker: Speaker, transferId: TransferId): Promise<EntryId[]> {
    const { items } = await speaker.call('getHistory', { params: { transferId } });
    return items.map(({ entryId }) => entryId);
  }

  async #read(): Promise<void> {
    const auditor = this.#auditor;
    let size = 0;
    while (!this.#stopping) {
      await sleep(Math.random() * 200);
      const life = pick(this.lives);
      if (!life) continue;
      const { transferId } = life;
      const ask = pick([
        () => auditor.call('listTransfers', { query: { recipient: life.recipient, limit: 50 } } as never),
        () => auditor.call('listTransfers', { query: { field: ['cnic'], state: 'overdue' } } as never),
        () => auditor.call('getTransfer', { params: { transferId } }),
        () => auditor.call('getLineage', { params: { transferId } }),
        () => auditor.call('listDataRequests', { query: { agency: life.provider, limit: 50 } } as never),
        () => auditor.call('listObligations', { query: { agency: life.recipient, limit: 50 } } as never),
        async () => {
          const before = [...life.entries];
          const history = await this.#historyOf(auditor, transferId);
          if (!before.every((entryId) => history.includes(entryId)))
            this.books.faults.push('a history lacks what was recorded before it was read');
        },
        async () => {
          const shown = Number((await auditor.call('getCheckpoint', {} as never)).split('\n')[1]);
          if (shown < size) this.books.faults.push(`the log showed ${size} entries, and then ${shown}`);
          size = Math.max(size, shown);
        },
      ]);
      await ask?.();
    }
  }

  /** Traces under an incident, with what was found, until it is closed. */
  async #investigate(): Promise<void> {
    const incidentId = this.#incident;
    if (!incidentId) return;
    const params = { incidentId };
    const event = (kind: string, body: object) =>
      this.#auditor.append('recordIncidentEvent', {
        idempotencyKey: key(),
        params,
        body: { kind, body: { occurredOn: today(), ...body } },
      } as unknown as RequestOf<'recordIncidentEvent'> & { idempotencyKey: string });
    while (!this.#stopping) {
      const idempotencyKey = key();
      const body = leakBody({ seenOn: today(), vintage: { to: today() } });
      const entryId = entryIdOf(this.#auditor.submitter, idempotencyKey);
      this.books.asked.add(entryId);
      const trace = { idempotencyKey, params, body } as unknown as RequestOf<'runTrace'>;
      const { traceId } = await this.#auditor.call('runTrace', trace);
      const again = await this.#auditor.call('runTrace', trace, 'runTrace, once more');
      if (again.traceId !== traceId) this.books.faults.push('a trace was answered as another');
      this.books.asked.delete(entryId);
      this.books.acknowledged.set(entryId, undefined);
      await event('finding-recorded', { finding: 'Consistent with several, and with none of the ledger' });
      await sleep(Math.random() * 2 * TRACE_EVERY_MS);
    }
    await event('incident-closed', { outcome: 'The time is over' });
  }
}
