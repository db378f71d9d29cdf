import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { Notice, type NoticeStage } from '../../../core/lifecycle/notices.ts';
import type { Day } from '../../../core/model/scalars.ts';
import { startEvents } from '../../../local/events/server.ts';
import type { Loopback } from '../../../local/loopback.ts';
import { scan } from './ledger.ts';
import { faults, tables } from './projecting.ts';

/** What the bus of a world took, in order; each test begins with none. */
export let taken: { type: string; detail: Record<string, unknown> }[] = [];

/** Delivers what is pending, as `notify` does. */
export let deliver: (event?: object) => Promise<unknown>;
/** Looks at what is owed on a day, as `remind` does. */
export let remind: (today: Day, context?: Context) => Promise<{ told: number; done: boolean }>;

const CONTEXT = { getRemainingTimeInMillis: () => 600_000 } as unknown as Context;

let bus: Loopback;
beforeAll(async () => {
  bus = await startEvents({
    buses: ['bus'],
    rules: [],
    take: ({ 'detail-type': type, detail }) => taken.push({ type, detail: detail as never }),
  });
  process.env['AWS_ENDPOINT_URL_EVENTBRIDGE'] = bus.url;
  const [notify, reminder, { events }, { kms }] = await Promise.all([
    import('../../../lambdas/notify.ts'),
    import('../../../lambdas/remind.ts'),
    import('../../../lambdas/store/bus.ts'),
    import('../../../lambdas/store/kms.ts'),
  ]);
  deliver = (event = {}) => notify.handler(event, CONTEXT);
  remind = (today, context = CONTEXT) => reminder.handler({ remind: { today } }, context);
  faults.alsoIn(events as never).alsoIn(kms);
});
beforeEach(() => {
  taken = [];
});
afterAll(() => bus.stop());

/** The notices that the bus took, oftener than once where it took one again. */
export const heard = (): Notice[] =>
  taken.filter(({ type }) => type === 'Obligation notice').map(({ detail }) => Notice.parse(detail));
export const ids = (notices: readonly Notice[]): string[] => notices.map(({ noticeId }) => noticeId).sort();
export const ofStage = (...stages: NoticeStage[]): Notice[] =>
  heard().filter(({ stage }) => stages.includes(stage));

/** What the outbox holds, read past the functions. */
export async function outbox(): Promise<{ notice: Notice; pending: boolean }[]> {
  const items = await scan(tables.client, tables.notices);
  return items.map((item) => ({
    notice: Notice.parse(JSON.parse(item['notice']?.S ?? '')),
    pending: item['pending'] !== undefined,
  }));
}
