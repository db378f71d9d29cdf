import { type Client, createClient } from '../../core/api/client.ts';
import type { TransferId } from '../../core/model/scalars.ts';
import type { System } from '../../local/system.ts';
import { certificate, record, today } from '../soak/life.ts';

/** Somebody for whom work is done, with the means to do it. */
export interface Office {
  readonly system: System;
  readonly auditor: Client;
  agency(id: string): Client;
  register(agencies: readonly string[]): Promise<void>;
  /** One of those that were recorded. */
  transferId(): TransferId;
  /** Waits until so many more entries than at the last time are in the log and in the views. */
  readonly settled: (more: number) => Promise<void>;
}

export function officeOf(system: System, settled: Office['settled']): Office {
  const clients = new Map<string, Client>();
  const clientFor = (name: string, identity: Parameters<System['token']>[0]): Client => {
    const known = clients.get(name);
    if (known) return known;
    const token = system.token(identity);
    const client = createClient({ url: system.url, token: () => token });
    clients.set(name, client);
    return client;
  };
  return {
    system,
    auditor: clientFor('auditor', { roles: ['auditor'] }),
    agency: (id) => clientFor(id, { agency: id }),
    settled,
    transferId: () => recorded[keys++ % recorded.length] as TransferId,
    register: async (agencies) => {
      const steward = clientFor('steward', { roles: ['steward'] });
      for (const agencyId of agencies)
        await steward.call('registerAgency', {
          idempotencyKey: agencyId,
          body: { agencyId, name: agencyId, kind: 'government' },
        });
      await settled(agencies.length);
    },
  };
}

const recorded: TransferId[] = [];
let keys = 0;
const key = () => `cost-${keys++}`;

/** The entries of one life, each waited for until it is in the log and in the views: as they come where little happens. */
export async function lone(office: Office): Promise<number> {
  const { provider, body } = record();
  const recipient = body.recipient.agencyId;
  const answer = await office
    .agency(provider)
    .call('recordTransfer', { idempotencyKey: key(), body } as never);
  recorded.push(answer.transferId as TransferId);
  await office.settled(1);
  for (const { by, event } of events()) {
    const who = by === 'provider' ? provider : recipient;
    await office.agency(who).call('recordTransferEvent', {
      idempotencyKey: key(),
      params: { transferId: answer.transferId },
      body: event,
    } as never);
    await office.settled(1);
  }
  return 1;
}

/** Many lives, a hundred lines a request: as they come at an import, or from an agency that hands over much. */
export async function together(office: Office, count: number): Promise<number> {
  const lives = Array.from({ length: count }, () => record()).map(({ provider, body }) => ({
    provider,
    recipient: body.recipient.agencyId,
    line: { idempotencyKey: key(), kind: 'transfer-recorded', body },
    subject: '',
  }));
  await inLines(
    office,
    lives,
    ({ provider }) => provider,
    ({ line }) => line,
    (life, answer) => {
      life.subject = answer;
    },
  );
  for (const { by, event } of events())
    await inLines(
      office,
      lives,
      (life) => life[by],
      ({ subject }) => ({ idempotencyKey: key(), kind: event.kind, subject, body: event.body }),
      () => undefined,
    );
  await office.settled(count * ENTRIES);
  return count;
}

const LINES = 100;

async function inLines<L>(
  office: Office,
  lives: readonly L[],
  by: (life: L) => string,
  line: (life: L) => object,
  then: (life: L, subject: string) => void,
): Promise<void> {
  const agencies = [...new Set(lives.map(by))];
  await Promise.all(
    agencies.map(async (agency) => {
      const own = lives.filter((life) => by(life) === agency);
      for (let from = 0; from < own.length; from += LINES) {
        const some = own.slice(from, from + LINES);
        const answers = await office.agency(agency).call('recordEntries', { body: some.map(line) } as never);
        answers.forEach(({ status, answer }, n) => {
          if (status !== 201 || !answer) throw new Error(`a line was refused: ${status}`);
          then(some[n] as L, answer.subject);
        });
      }
    }),
  );
}

/** What a life takes besides its record: it is acknowledged, and its end is certified and verified. */
const events = () =>
  [
    {
      by: 'recipient',
      event: {
        kind: 'transfer-acknowledged',
        body: { occurredOn: today(), rows: 1_000, storedAt: 'Vault 3' },
      },
    },
    {
      by: 'recipient',
      event: {
        kind: 'destruction-certified',
        body: certificate(),
      },
    },
    {
      by: 'provider',
      event: {
        kind: 'destruction-verified',
        body: { occurredOn: today(), verifier: 'audit', how: 'on site' },
      },
    },
  ] as const;
/** Entries of a life. */
export const ENTRIES = 1 + events().length;
