import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Alarms } from '../../local/alarms.ts';

const PERIOD_MS = 60_000;
const alarmOn = (metric: string, description: string) => ({
  namespace: 'Amanat',
  metric,
  dimensions: { service: 'amanat-dev' },
  description,
  periodMs: PERIOD_MS,
});

describe('alarms on this machine', () => {
  let told: string[];
  let alarms: Alarms;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_780_000_000_000 });
    told = [];
    const watched = [alarmOn('LedgerTampering', 'An item was changed.'), alarmOn('LogForked', 'Keep both.')];
    alarms = new Alarms(watched, (line) => told.push(line));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** What a function prints that counts so. */
  function printed(
    counts: Readonly<Record<string, readonly number[]>>,
    { namespace = 'Amanat', serviceName = 'amanat-dev', dimension = '' } = {},
  ): string {
    let output = '';
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      output += String(text);
      return true;
    });
    const metrics = new Metrics({ namespace, serviceName });
    if (dimension !== '') metrics.addDimension(dimension, 'x');
    for (const [name, values] of Object.entries(counts))
      for (const value of values) metrics.addMetric(name, MetricUnit.Count, value);
    metrics.publishStoredMetrics();
    write.mockRestore();
    return output;
  }

  it('are raised by one of what must not be, in a line that says what it is', () => {
    alarms.hear(printed({ EntriesSequenced: [3], LedgerTampering: [1] }));
    expect(told).toEqual(['ALARM LedgerTampering: An item was changed.']);
  });

  it('are raised by several at once, and each by its own', () => {
    alarms.hear(printed({ LedgerTampering: [1, 1, 1], LogForked: [2] }));
    expect(told).toEqual(['ALARM LedgerTampering: An item was changed.', 'ALARM LogForked: Keep both.']);
  });

  it('are found among lines of any other kind', () => {
    const lines = ['{"half', '"_aws"', '{"_aws":{}}', 'null', printed({ LogForked: [1] }), '{"_aws":null}'];
    alarms.hear(lines.join('\n'));
    expect(told).toEqual(['ALARM LogForked: Keep both.']);
  });

  it.each([
    ['nothing of it', printed({ LedgerTampering: [0] })],
    ['another metric', printed({ EntriesSequenced: [1] })],
    ['another namespace', printed({ LedgerTampering: [1] }, { namespace: 'Other' })],
    ['another service', printed({ LedgerTampering: [1] }, { serviceName: 'amanat-prod' })],
    ['more dimensions', printed({ LedgerTampering: [1] }, { dimension: 'table' })],
    ['fewer dimensions', printed({ LedgerTampering: [1] }).replace('[["service"]]', '[[]]')],
    ['a value that is no metric', JSON.stringify({ LedgerTampering: 1, service: 'amanat-dev' })],
  ])('are not raised by %s', (_, output) => {
    alarms.hear(output);
    expect(told).toEqual([]);
  });

  it('are told of once in a period', () => {
    for (let seconds = 0; seconds <= 119; seconds++) {
      alarms.hear(printed({ LedgerTampering: [1] }));
      vi.setSystemTime(Date.now() + 1000);
    }
    expect(told).toHaveLength(2);
  });
});
