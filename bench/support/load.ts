import { percentile } from './table.ts';

export interface Load {
  readonly count: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Does `work` `count` times over so many connections, each with one piece of work at a time. */
export async function load(
  connections: number,
  count: number,
  work: (n: number) => Promise<unknown>,
): Promise<Load> {
  const latencies: number[] = [];
  let next = 0;
  const started = performance.now();
  const connection = async () => {
    while (next < count) {
      const n = next++;
      const before = performance.now();
      await work(n);
      latencies.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  const seconds = (performance.now() - started) / 1_000;
  return {
    count,
    seconds,
    perSecond: count / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}
