import { added, type Counts, type Finding } from '../../core/log/inspection.ts';
import { type Item, inParallel } from '../store/client.ts';
import { keyOf, written } from '../store/corrupt.ts';
import type { Key } from '../store/keys.ts';
import { getMany, scanPage } from '../store/ledger.ts';
import { type Grounds, type Kind, type Verdict, wrong } from './judge.ts';
import { ACCESS } from './rows/accesses.ts';
import { ANSWER } from './rows/answers.ts';
import { ENTRY, INDEX } from './rows/entries.ts';
import { CHECKPOINT, COSIGNATURE } from './rows/heads.ts';
import { BATCH, TILE } from './rows/tree.ts';
import { VERSION } from './rows/versions.ts';

const KINDS = [ENTRY, INDEX, BATCH, CHECKPOINT, COSIGNATURE, TILE, VERSION, ANSWER, ACCESS];
const UNKNOWN: Kind = {
  is: () => true,
  judge: (row) => wrong({ others: 1 }, row, 'foreign', 'is a row of no kind that the ledger has'),
};
const kindOf = (row: Item): Kind => KINDS.find(({ is }) => is(keyOf(row))) ?? UNKNOWN;

const LANES = 16;

/**
 * Judges the next rows of the table.
 * @param grounds as they are at the moment of the call; `refresh` has them include what was committed since
 */
export async function judgeRows(
  after: Key | undefined,
  grounds: () => Omit<Grounds, 'others'>,
  refresh: () => Promise<void>,
): Promise<{ counts: Counts; findings: Finding[]; after: Key | undefined }> {
  const page = await scanPage(after);
  const verdicts = await judgeAll(page.items, grounds());
  const isSuspect = (_: unknown, i: number) => (verdicts[i]?.findings.length ?? 0) > 0;
  const suspects = page.items.filter(isSuspect);
  const final = verdicts.filter((verdict) => verdict.findings.length === 0);
  if (suspects.length > 0) {
    // A row may be newer than the batches that it was held against, or its counterpart newer than it.
    await refresh();
    final.push(...(await judgeAll(await getMany(suspects.map(keyOf)), grounds())));
  }
  return {
    counts: final.reduce<Counts>((sum, { counts }) => added(sum, counts), {}),
    findings: final.flatMap(({ findings }) => findings),
    after: page.after,
  };
}

async function judgeAll(rows: readonly Item[], grounds: Omit<Grounds, 'others'>): Promise<Verdict[]> {
  const needed = new Map(
    rows.flatMap((row) => kindOf(row).needs?.(row) ?? []).map((key) => [written(key), key]),
  );
  const found = await getMany([...needed.values()]);
  const others = new Map(found.map((row) => [written(keyOf(row)), row]));
  const verdicts: Verdict[] = [];
  await inParallel([...rows.entries()], LANES, async ([n, row]) => {
    verdicts[n] = await kindOf(row).judge(row, { ...grounds, others });
  });
  return verdicts;
}
