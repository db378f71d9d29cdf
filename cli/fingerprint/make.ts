import { createHash } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { Body, type Description } from '../../core/fingerprint/encode.ts';
import type { EpochKeys } from '../../core/fingerprint/keys.ts';
import { type FieldSet, fieldsOf, usualSets } from '../../core/fingerprint/sets.ts';
import { Interrupted, UsageError } from '../failure.ts';
import type { Dataset } from './dataset.ts';
import { WholeFile } from './output.ts';
import { buildSets, keysIn } from './pipeline/build.ts';
import type { Answer, Run, Seen } from './pipeline/plan.ts';
import { Pool } from './pipeline/pool.ts';
import { SpillFiles } from './pipeline/spill.ts';
import type { Progress, Shown } from './progress.ts';
import { checkRejects, type RejectLimits } from './rejects.ts';

export interface MakeOptions {
  readonly keys: EpochKeys;
  /** What the header says beyond what is seen of the rows. */
  readonly described: Pick<
    Description,
    'kind' | 'recipient' | 'transferId' | 'extractedAt' | 'marking' | 'canaries'
  >;
  readonly sets?: readonly FieldSet[] | undefined;
  readonly out: string;
  readonly limits: RejectLimits;
  readonly threads?: number | undefined;
  readonly signal: AbortSignal;
  readonly progress: (shown: Shown) => Progress;
}

export interface Made {
  readonly seen: Seen;
  readonly sets: readonly FieldSet[];
  /** Keys of each set before repetitions were dropped. */
  readonly keys: readonly number[];
  readonly bytes: number;
  readonly sha256: string;
  readonly datasetSha256: string;
}

/** A thread for less would start when the others are done. */
const BYTES_A_THREAD = 4 * 2 ** 20;

/**
 * Makes the fingerprint file of a dataset. The output has its name when all of it is on the disk, and not before.
 * @throws UsageError when the dataset is not what it should be; Interrupted
 */
export async function makeFingerprints(dataset: Dataset, options: MakeOptions): Promise<Made> {
  const sets = chosenSets(dataset, options.sets);
  const threads = Math.min(
    options.threads ?? availableParallelism(),
    Math.ceil(dataset.bytes / BYTES_A_THREAD),
  );
  const spill = new SpillFiles(dirname(options.out), threads + 1);
  const [bodyFd = -1, ...spillFds] = spill.fds;
  const { source, fields } = dataset;
  const setKeys = sets.map((set) => ({ set, key: options.keys.key(set) }));
  const pool = new Pool(spillFds.map((spillFd) => ({ source, fields, sets: setKeys, spillFd })));
  try {
    const { seen, runs } = await readAll(dataset, pool, options);
    checkRejects(seen, options.limits);
    const body = new SpilledBody(bodyFd);
    await buildAll(pool, sets, runs, body, options);
    const written = write(body, seen, options);
    const keys = sets.map((_, at) => keysIn(runs.filter(({ set }) => set === at)));
    return { seen, sets, keys, ...written, datasetSha256: dataset.digest() };
  } finally {
    await pool.stop();
    spill.close();
  }
}

function chosenSets({ fields }: Dataset, asked: readonly FieldSet[] | undefined): readonly FieldSet[] {
  const mapped = fields.map(({ field }) => field);
  const sets = asked ?? usualSets(mapped);
  if (sets.length === 0)
    throw new UsageError(
      'map a column for msisdn or cnic, or for name and address: others alone are not told',
    );
  for (const set of sets)
    for (const field of fieldsOf(set))
      if (!mapped.includes(field)) throw new UsageError(`the set ${set} needs a column for ${field}`);
  return sets;
}

async function readAll(dataset: Dataset, pool: Pool, { signal, progress }: MakeOptions) {
  const bar = progress({ what: 'reading', total: dataset.bytes, unit: 'rows' });
  let rows = 0;
  try {
    for (const { task, read, transferred } of dataset.tasks()) {
      if (signal.aborted) throw new Interrupted();
      const { answer } = await pool.give(task, transferred);
      const count = (done: Answer) => {
        if (done.kind === 'read') rows += done.rows;
        bar.update(read, rows);
      };
      answer.then(count, () => undefined);
    }
    const flushed = await pool.all({ kind: 'flush' });
    if (signal.aborted) throw new Interrupted();
    return summed(flushed);
  } finally {
    bar.stop();
  }
}

function summed(answers: readonly Answer[]): { seen: Seen; runs: Run[] } {
  const seen: Seen = { rows: 0, rejected: {}, styles: {} };
  const runs: Run[] = [];
  for (const answer of answers) {
    if (answer.kind !== 'flushed') continue;
    seen.rows += answer.seen.rows;
    addCounts(seen.rejected, answer.seen.rejected);
    addCounts(seen.styles, answer.seen.styles);
    runs.push(...answer.runs);
  }
  if (seen.rows === 0) throw new UsageError('the file has no rows');
  return { seen, runs };
}

type Counts = { [name: string]: { [reason: string]: number } };

function addCounts(sum: Counts, more: Counts): void {
  for (const [name, counts] of Object.entries(more)) {
    const own = sum[name] ?? {};
    sum[name] = own;
    for (const [reason, count] of Object.entries(counts)) own[reason] = (own[reason] ?? 0) + count;
  }
}

/** The body of the output goes to a file without a name: the header, which comes first, says what is in it. */
class SpilledBody extends Body {
  bytes = 0;
  readonly fd: number;

  constructor(fd: number) {
    super((bytes) => {
      for (let at = 0; at < bytes.length; ) {
        const written = writeSync(fd, bytes, at, bytes.length - at, this.bytes);
        at += written;
        this.bytes += written;
      }
    });
    this.fd = fd;
  }
}

async function buildAll(
  pool: Pool,
  sets: readonly FieldSet[],
  runs: readonly Run[],
  body: Body,
  { signal, progress }: MakeOptions,
): Promise<void> {
  const bar = progress({ what: 'building', total: keysIn(runs), unit: 'keys' });
  let keys = 0;
  try {
    await buildSets(pool, sets, runs, body, (more) => {
      if (signal.aborted) throw new Interrupted();
      keys += more;
      bar.update(keys, keys);
    });
  } finally {
    bar.stop();
  }
}

const COPIED_AT_ONCE = 4 * 2 ** 20;

function write(body: SpilledBody, seen: Seen, { keys, described, out }: MakeOptions) {
  const { provider, epoch, keyId, keyCheck } = keys;
  const { rows, rejected } = seen;
  const head = body.head({ ...described, provider, epoch, keyId, keyCheck, rows, rejected });
  const file = new WholeFile(out);
  try {
    const digest = createHash('sha256').update(head);
    file.write(head);
    const piece = new Uint8Array(COPIED_AT_ONCE);
    for (let at = 0; at < body.bytes; ) {
      const read = readSync(body.fd, piece, 0, piece.length, at);
      const bytes = piece.subarray(0, read);
      digest.update(bytes);
      file.write(bytes);
      at += read;
    }
    file.keep();
    return { bytes: head.length + body.bytes, sha256: digest.digest('hex') };
  } finally {
    file.close();
  }
}
