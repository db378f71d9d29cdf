import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FunctionPool } from '../../local/functions/pool.ts';
import { Clock } from '../../local/schedules/clock.ts';
import { parseExpression } from '../../local/schedules/expression.ts';

const due = (expression: string, time: string): boolean => {
  const parsed = parseExpression(expression);
  if (!('due' in parsed)) throw new TypeError(`${expression} is no cron expression`);
  return parsed.due(new Date(time));
};

describe('a schedule expression', () => {
  it.each([
    ['rate(1 minute)', 60_000],
    ['rate(5 minutes)', 300_000],
    ['rate(2 hours)', 7_200_000],
    ['rate(1 day)', 86_400_000],
  ])('%s', (expression, everyMs) => {
    expect(parseExpression(expression)).toEqual({ everyMs });
  });

  it.each([
    ['cron(0 12 * * ? *)', '2026-11-22T12:00:00Z', true],
    ['cron(0 12 * * ? *)', '2026-11-22T12:01:00Z', false],
    ['cron(*/15 * * * ? *)', '2026-11-22T12:45:00Z', true],
    ['cron(5/20 * * * ? *)', '2026-11-22T12:45:00Z', true],
    ['cron(5/20 * * * ? *)', '2026-11-22T12:40:00Z', false],
    ['cron(0-10,30 8-17 ? * MON-FRI *)', '2026-11-23T08:30:00Z', true],
    ['cron(0-10,30 8-17 ? * MON-FRI *)', '2026-11-22T08:30:00Z', false],
    ['cron(0 0 1 JAN ? 2026)', '2026-01-01T00:00:00Z', true],
    ['cron(0 0 1 JAN ? 2026)', '2027-01-01T00:00:00Z', false],
    ['cron(0 0 L * ? *)', '2028-02-29T00:00:00Z', true],
    ['cron(0 0 L * ? *)', '2028-02-28T00:00:00Z', false],
    ['cron(0 0 ? * 6#2 *)', '2026-11-13T00:00:00Z', true],
    ['cron(0 0 ? * 6#2 *)', '2026-11-20T00:00:00Z', false],
    ['cron(0 0 ? * 1L *)', '2026-11-29T00:00:00Z', true],
    ['cron(0 0 ? * 1L *)', '2026-11-22T00:00:00Z', false],
  ])('%s at %s: %s', (expression, time, expected) => {
    expect(due(expression, time)).toBe(expected);
  });

  it.each(['rate(x)', 'rate(1 week)', 'cron(* * *)', 'cron(0 12 * * ? * *)', 'cron(a b c d e f)', ''])(
    'that is none is refused: %s',
    (expression) => {
      expect(() => parseExpression(expression)).toThrow(TypeError);
    },
  );
});

describe('the clock', () => {
  beforeEach(() => vi.useFakeTimers({ now: new Date('2026-11-22T11:58:30Z') }));
  afterEach(() => vi.useRealTimers());

  function start(expression: string, input?: { deep: number }) {
    const events: Record<string, unknown>[] = [];
    const reports: string[] = [];
    const pool = {
      spec: { label: 'sweep' },
      invoke: async (event: string) => {
        events.push(JSON.parse(event) as Record<string, unknown>);
        return { kind: 'timeout' };
      },
    } as unknown as FunctionPool;
    const schedule = { ruleArn: 'rule', expression, functionArn: 'f', ...(input && { input }) };
    const clock = new Clock(
      [schedule],
      () => pool,
      (line) => reports.push(line),
    );
    return { clock, events, reports };
  }

  it('invokes at the rate, with the event that EventBridge sends, and says what failed', async () => {
    const { clock, events, reports } = start('rate(1 minute)');
    await vi.advanceTimersByTimeAsync(120_000);
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({
      version: '0',
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '000000000000',
      time: '2026-11-22T11:59:30Z',
      region: 'us-east-1',
      resources: ['rule'],
      detail: {},
    });
    expect(reports[0]).toBe('sweep: the scheduled run failed (timeout)');
    clock.stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(events).toHaveLength(2);
  });

  it('invokes in each minute that is due, once', async () => {
    const { events, clock } = start('cron(0 12 * * ? *)');
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    expect(events).toHaveLength(1);
    clock.stop();
  });

  it('sends what the target wants in place of the event', async () => {
    const { events, clock } = start('rate(1 minute)', { deep: 1 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toEqual([{ deep: 1 }]);
    clock.stop();
  });
});
