/** `npm run inspect`: holds every row of the ledger and every archived checkpoint against the log. */
import { parseArgs } from 'node:util';
import { startProgress } from '../cli/progress.ts';
import { aligned } from '../cli/table.ts';
import { type Count, type Cursor, type Finding, Inspected } from '../core/log/inspection.ts';
import { Fault } from './fault.ts';
import { functionAt, WHERE } from './invoke.ts';
import { line, styled } from './terminal.ts';

const USAGE = `npm run -s inspect -- [--data DIR | --function NAME]

  --data DIR        of the system that runs on this machine; .amanat of the project unless told
  --function NAME   the inspect function in AWS, as the output InspectFunctionName of the Log stack says

Holds every row of the ledger and every archived checkpoint against the log, and names what the system cannot have
written. Changes nothing. Exits with 0 when all is well, with 1 when not, with 2 when it could not be told.`;

/** Short enough for progress to be seen, and long enough that calling costs little. */
const SECONDS_A_CALL = 10;
const FINDINGS_SHOWN = 50;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { ...WHERE, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) {
    line(USAGE);
    return 0;
  }
  const inspect = await functionAt({ ...values, function: values.function }, 'inspect');
  const call = async (from: Cursor | 'start') =>
    Inspected.parse(await inspect({ inspect: from, seconds: SECONDS_A_CALL }));

  let { cursor, done, findings } = await call('start');
  // Of the rows those of entries of the log are counted: there is one to each.
  const progress = startProgress({ entries: cursor.size });
  while (!done) {
    progress.update('entries', cursor.counts.entriesOfLog ?? 0);
    const next = await call(cursor);
    ({ cursor, done } = next);
    findings = [...findings, ...next.findings].slice(0, FINDINGS_SHOWN);
  }
  progress.stop();
  report(cursor, findings);
  return cursor.findings === 0 ? 0 : 1;
}

const ROWS: readonly [Count, string][] = [
  ['entries', 'entries'],
  ['indexes', 'places in the log'],
  ['versions', 'places in histories'],
  ['batches', 'batches'],
  ['tiles', 'tiles'],
  ['checkpoints', 'checkpoints'],
  ['cosignatures', 'cosignatures'],
  ['answers', 'parts of answers'],
  ['accesses', 'reads'],
  ['archivedCheckpoints', 'archived checkpoints'],
  ['archivedCosignatures', 'archived cosignatures'],
  ['others', 'rows of no known kind'],
  ['waiting', 'entries on their way into the log'],
  ['accessesWaiting', 'reads on their way into an entry'],
  ['unclaimed', 'answers that no trace has given'],
];

function report({ size, counts, findings: found }: Cursor, findings: readonly Finding[]): void {
  line(`${styled('bold', 'Inspected')} the ledger of a log of ${size.toLocaleString('en')} entries`);
  line();
  const rows = ROWS.filter(([name]) => (counts[name] ?? 0) > 0);
  line(
    aligned(
      rows.map(([name, what]) => [(counts[name] ?? 0).toLocaleString('en'), what]),
      [0],
    ),
  );
  line();
  if (found === 0) line(`${styled('green', '✓')} all of it is what the system has written, and all is there`);
  else reportFindings(found, findings);
}

function reportFindings(found: number, findings: readonly Finding[]): void {
  for (const { key, what, words } of findings)
    line(`  ${styled('red', what.padEnd(12))}  ${key}  ${styled('dim', words)}`);
  if (found > findings.length) line(`  and ${(found - findings.length).toLocaleString('en')} more`);
  line();
  const count = `${found.toLocaleString('en')} ${found === 1 ? 'finding' : 'findings'}`;
  line(`${styled('red', '✗')} ${count}: docs/operations.md says what to do`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
