import { randomUUID } from 'node:crypto';
import type { FunctionPool } from '../functions/pool.ts';
import type { Schedule } from '../template/events.ts';
import { ACCOUNT, REGION } from '../template/resolve.ts';
import { type Expression, parseExpression } from './expression.ts';

const MINUTE_MS = 60_000;

/** Invokes functions on time. A run that was missed while the system was down is not made up for. */
export class Clock {
  readonly #timers: NodeJS.Timeout[] = [];

  /** @param report told, in a line for a person, of runs that failed */
  constructor(
    schedules: readonly Schedule[],
    functions: (arnOrName: string) => FunctionPool,
    report: (line: string) => void,
  ) {
    for (const schedule of schedules) {
      const run = () => void invoke(schedule, functions(schedule.functionArn), report);
      this.#timers.push(timerOf(parseExpression(schedule.expression), run));
    }
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}

function timerOf(expression: Expression, run: () => void): NodeJS.Timeout {
  if ('everyMs' in expression) return setInterval(run, expression.everyMs);
  let last = Math.floor(Date.now() / MINUTE_MS);
  // Looks often enough to meet each minute early, and once only.
  return setInterval(() => {
    const minute = Math.floor(Date.now() / MINUTE_MS);
    if (minute === last) return;
    last = minute;
    if (expression.due(new Date(minute * MINUTE_MS))) run();
  }, 1000);
}

async function invoke(schedule: Schedule, pool: FunctionPool, report: (line: string) => void): Promise<void> {
  const outcome = await pool.invoke(JSON.stringify(schedule.input ?? scheduledEvent(schedule)));
  if (outcome.kind !== 'answer') report(`${pool.spec.label}: the scheduled run failed (${outcome.kind})`);
}

const scheduledEvent = ({ ruleArn }: Schedule) => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: ACCOUNT,
  time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  region: REGION,
  resources: [ruleArn],
  detail: {},
});
