import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../local/functions/environment.ts';
import { deliver } from '../../../local/streams/delivery.ts';
import type { LambdaRecord } from '../../../local/streams/record.ts';

const record = (place: number, more: { ageSeconds?: number; padding?: number } = {}): LambdaRecord => ({
  eventID: String(place),
  eventName: 'INSERT',
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion: 'us-east-1',
  dynamodb: {
    SequenceNumber: String(place),
    ApproximateCreationDateTime: Math.floor(Date.now() / 1000) - (more.ageSeconds ?? 0),
    padding: 'x'.repeat(more.padding ?? 0),
  },
  eventSourceARN: 'arn',
});
const records = (count: number) => Array.from({ length: count }, (_, place) => record(place));
const placesOf = (list: readonly LambdaRecord[]) => list.map(({ eventID }) => Number(eventID));
const failuresAt = (...places: unknown[]): Outcome => ({
  kind: 'answer',
  answer: { batchItemFailures: places.map((place) => ({ itemIdentifier: place })) },
});
const fine: Outcome = { kind: 'answer', answer: null };
const crash: Outcome = { kind: 'crash' };

const MAPPING = {
  batchSize: 10,
  reportsItemFailures: true,
  bisects: false,
  maxRetries: -1,
  maxAgeSeconds: -1,
};

/** Delivers with a function that is the given answers in turn, then fine; what it saw, and how it ended. */
async function run(
  list: readonly LambdaRecord[],
  answers: readonly Outcome[] | ((places: number[], call: number) => Outcome),
  mapping: Partial<typeof MAPPING> = {},
) {
  const seen: number[][] = [];
  const givenUp: number[][] = [];
  const waits: number[] = [];
  const done: number[] = [];
  await deliver(list, {
    mapping: { ...MAPPING, ...mapping },
    invoke: async (event) => {
      const places = placesOf((JSON.parse(event) as { Records: LambdaRecord[] }).Records);
      seen.push(places);
      return typeof answers === 'function'
        ? answers(places, seen.length - 1)
        : (answers[seen.length - 1] ?? fine);
    },
    giveUp: (lost) => givenUp.push(placesOf(lost)),
    done: ({ eventID }) => done.push(Number(eventID)),
    wait: async (ms) => {
      waits.push(ms);
    },
    signal: new AbortController().signal,
  });
  return { seen, givenUp, waits, done };
}

describe('delivery of stream records', () => {
  it('is in order, in batches of the size', async () => {
    const { seen, done } = await run(records(5), [], { batchSize: 2 });
    expect(seen).toEqual([[0, 1], [2, 3], [4]]);
    expect(done).toEqual([1, 3, 4]);
  });

  it('keeps a batch within what an event may hold', async () => {
    const large = [0, 1, 2].map((place) => record(place, { padding: 2_500_000 }));
    expect((await run(large, [])).seen).toEqual([[0, 1], [2]]);
  });

  it.each<[string, Outcome]>([
    ['an error', { kind: 'error', error: { errorType: 'E', errorMessage: 'm' } }],
    ['a crash', crash],
    ['a timeout', { kind: 'timeout' }],
    ['a failed item that is none of the batch', failuresAt('999')],
    ['a failed item without a name', failuresAt('')],
    ['failures that are no list', { kind: 'answer', answer: { batchItemFailures: 'all' } }],
  ])('repeats the whole batch after %s', async (_, outcome) => {
    const { seen, done, waits } = await run(records(3), [outcome, outcome]);
    expect(seen).toEqual([
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(done).toEqual([2]);
    expect(waits).toEqual([100, 200]);
  });

  it('repeats from the first failed item on, and remembers what went before', async () => {
    const { seen, done } = await run(records(4), [failuresAt('2', '1'), failuresAt('3')]);
    expect(seen).toEqual([[0, 1, 2, 3], [1, 2, 3], [3]]);
    expect(done).toEqual([0, 2, 3]);
  });

  it.each<[string, Outcome]>([
    ['no failures', failuresAt()],
    ['nothing', fine],
    ['something else', { kind: 'answer', answer: 'text' }],
  ])('takes %s for success', async (_, outcome) => {
    expect((await run(records(2), [outcome])).seen).toHaveLength(1);
  });

  it('looks at no item failures that the mapping does not ask for', async () => {
    const { seen } = await run(records(2), [failuresAt('1')], { reportsItemFailures: false });
    expect(seen).toHaveLength(1);
  });

  it('gives up after as many retries as the mapping says, and goes on with what follows', async () => {
    const { seen, givenUp, done } = await run(records(3), [crash, crash, crash], {
      batchSize: 2,
      maxRetries: 2,
    });
    expect(seen).toEqual([[0, 1], [0, 1], [0, 1], [2]]);
    expect(givenUp).toEqual([[0, 1]]);
    expect(done).toEqual([1, 2]);
  });

  it('gives up what is too old', async () => {
    const { givenUp } = await run([record(0, { ageSeconds: 100 })], [crash], { maxAgeSeconds: 60 });
    expect(givenUp).toEqual([[0]]);
  });

  it('halves a failing batch until only what fails is given up', async () => {
    const { givenUp, done } = await run(records(8), (places) => (places.includes(5) ? crash : fine), {
      bisects: true,
      maxRetries: 1,
      reportsItemFailures: false,
    });
    expect(givenUp).toEqual([[5]]);
    expect(done.at(-1)).toBe(7);
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });

  it('ends early when told to stop, with nothing said of what was under way', async () => {
    const stopping = new AbortController();
    const done: string[] = [];
    await deliver(records(4), {
      mapping: { ...MAPPING, batchSize: 2 },
      invoke: async () => {
        stopping.abort();
        return crash;
      },
      giveUp: () => expect.unreachable(),
      done: ({ eventID }) => done.push(eventID),
      signal: stopping.signal,
    });
    expect(done).toEqual([]);
  });

  it('delivers every record at least once and in order, whatever fails on the way', async () => {
    const outcome = fc.oneof(
      fc.constantFrom(fine, crash, failuresAt('999')),
      fc.nat(12).map((place) => failuresAt(String(place))),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        fc.array(outcome, { maxLength: 30 }),
        async (count, batchSize, bisects, outcomes) => {
          const { seen, givenUp, done } = await run(records(count), outcomes, { batchSize, bisects });
          expect(givenUp).toEqual([]);
          expect(new Set(seen.flat()).size).toBe(count);
          expect(done.at(-1)).toBe(count - 1);
          expect(done).toEqual([...done].sort((a, b) => a - b));
          // Nothing is seen before all that stands before it was dealt with.
          for (const places of seen) expect(places).toEqual([...places].sort((a, b) => a - b));
        },
      ),
    );
  });
});
