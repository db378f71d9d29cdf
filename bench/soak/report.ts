import { line, styled } from '../../local/terminal.ts';
import { percentile, print, title, whole } from '../support/table.ts';
import type { Verdict } from './conclude.ts';
import type { Disturber } from './disturb.ts';
import type { UnreliableEngine } from './engine.ts';
import type { Settled } from './settle.ts';
import type { Traffic } from './traffic.ts';

interface Figures {
  readonly seconds: number;
  readonly traffic: Traffic;
  readonly engine: UnreliableEngine;
  readonly disturber: Disturber;
  readonly settled: Settled;
}

export function printFigures({
  seconds,
  traffic: { books, lives },
  engine,
  disturber,
  settled,
}: Figures): void {
  line();
  title('Requests, each until it was answered for good');
  print(
    ['', 'asked', 'refused', 'p50 ms', 'p99 ms', 'longest s'],
    [...books.tallies]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([what, { latencies, refused }]) => [
        what,
        whole(latencies.length),
        whole([...refused.values()].reduce((sum, count) => sum + count, 0)),
        whole(percentile(latencies, 0.5)),
        whole(percentile(latencies, 0.99)),
        (Math.max(...latencies) / 1_000).toFixed(1),
      ]),
  );
  title('What befell the functions');
  print(
    ['', 'events', 'killed at', 'stopped at for up to 40 s'],
    [...disturber.met]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([label, { events, killed, stopped }]) => [label, whole(events), whole(killed), whole(stopped)]),
  );
  title(`What befell ${whole(engine.requests)} requests to tables`);
  print(
    ['', 'times'],
    [...engine.counts].sort().map(([fault, count]) => [fault, whole(count)]),
  );
  const appended = books.acknowledged.size;
  const asked = [...books.tallies.values()].reduce((sum, { latencies }) => sum + latencies.length, 0);
  title('In all');
  print(
    ['', ''],
    [
      ['transfers', whole(lives.length)],
      ['entries in the log', whole(settled.size)],
      ['appends acknowledged, a second', (appended / seconds).toFixed(1)],
      ['sent twice or again', whole(books.repeated)],
      ['attempts for each request', (books.attempts / asked).toFixed(2)],
      ['seconds until log and views had all', settled.seconds.toFixed(1)],
    ],
  );
}

const FAULTS_SHOWN = 5;

/** @returns whether all of it holds */
export function printVerdicts(verdicts: readonly Verdict[]): boolean {
  title('What holds in the end');
  const widest = Math.max(...verdicts.map(({ what }) => what.length));
  for (const { what, of, faults } of verdicts) {
    const sign = faults.length === 0 ? styled('green', '✓') : styled('red', '✗');
    const wrong = faults.length === 0 ? '' : styled('red', `  ${whole(faults.length)} wrong`);
    line(`  ${sign} ${what.padEnd(widest)}  ${whole(of).padStart(9)}${wrong}`);
    for (const fault of faults.slice(0, FAULTS_SHOWN)) line(`      ${fault}`);
  }
  const bad = verdicts.filter(({ faults }) => faults.length > 0).length;
  line();
  line(
    bad === 0
      ? `${styled('green', '✓')} everything holds`
      : `${styled('red', '✗')} ${bad} of ${verdicts.length} do not hold`,
  );
  return bad === 0;
}
