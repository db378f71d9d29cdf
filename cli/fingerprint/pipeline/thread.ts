import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { KeyWords } from '../../../core/fingerprint/filter/order.ts';
import { buildShard } from '../../../core/fingerprint/filter/shard.ts';
import { UsageError } from '../../failure.ts';
import type { Answer, Slice, Task, ThreadPlan } from './plan.ts';
import { readerOf } from './readers.ts';
import { RowFingerprinter } from './rows.ts';
import { RunWriter } from './runs.ts';

/** One thread of the command: it reads rows until told to flush, then builds shards of what all threads wrote. */

const { source, fields, sets, spillFd } = workerData as ThreadPlan;
const runs = new RunWriter(spillFd, sets.length);
const rows = new RowFingerprinter(fields, sets, runs.add.bind(runs));
const read = readerOf(source, fields, rows);

/** One after the other, though some wait for the disk: a flush comes after all that was to be read. */
let before: Promise<void> = Promise.resolve();
parentPort?.on('message', (task: Task) => {
  before = before.then(async () => {
    const [answer, transferred] = await answerTo(task);
    parentPort?.postMessage(answer, transferred);
  });
});

async function answerTo(task: Task): Promise<[Answer, ArrayBuffer[]]> {
  try {
    if (task.kind === 'build') {
      const shard = buildShard(gathered(task.slices), task.shardBits, task.sketchBits);
      return [{ kind: 'built', shard }, [shard.fuse.slots.buffer]];
    }
    if (task.kind === 'flush') {
      const seen = rows.finish();
      runs.flush();
      return [{ kind: 'flushed', seen, runs: runs.runs }, []];
    }
    const readBefore = rows.seen.rows;
    await read(task);
    return [{ kind: 'read', rows: rows.seen.rows - readBefore }, []];
  } catch (error) {
    // What is wrong with the dataset is said in a line; anything else ends the thread, and the command with it.
    if (error instanceof UsageError) return [{ kind: 'refused', message: error.message }, []];
    throw error;
  }
}

function gathered(slices: readonly Slice[]): KeyWords {
  const bytes = new Uint8Array(slices.reduce((sum, slice) => sum + slice.bytes, 0));
  let end = 0;
  for (const slice of slices) {
    const sliceEnd = end + slice.bytes;
    for (let from = slice.position; end < sliceEnd; ) {
      const read = readSync(slice.spillFd, bytes, end, sliceEnd - end, from);
      if (read === 0) throw new Error('a spill file is shorter than what was written to it');
      end += read;
      from += read;
    }
  }
  return new Uint32Array(bytes.buffer);
}
