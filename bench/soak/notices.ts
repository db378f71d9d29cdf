import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Obligation } from '../../core/api/answers.ts';
import { Notice, owedUnder } from '../../core/lifecycle/notices.ts';
import { NOTICES_FILE } from '../../local/events/bus.ts';
import type { Verdict } from './conclude.ts';

/** What could not be told is tried again after a minute, and then after five. */
const WITHIN_MS = 7 * 60_000;

/**
 * Whether everybody was told of what is owed that it has arisen, and of what is owed no longer that it has ended. An
 * event may have come twice, under the id that it had.
 */
export async function notices(dataFolder: string, owed: readonly Obligation[]): Promise<Verdict> {
  for (const until = Date.now() + WITHIN_MS; ; await sleep(2_000)) {
    const { told, faults } = compare(await read(dataFolder), owed);
    if (faults.length === 0 || Date.now() > until)
      return { what: 'notices of what arose and ended, none lacking', of: told, faults };
  }
}

async function read(dataFolder: string): Promise<Notice[]> {
  const lines = (await readFile(join(dataFolder, NOTICES_FILE), 'utf8'))
    .split('\n')
    .filter((line) => line !== '');
  return lines.flatMap((line) => Notice.safeParse(JSON.parse(line).detail).data ?? []);
}

function compare(found: readonly Notice[], owed: readonly Obligation[]): { told: number; faults: string[] } {
  const ids = new Set(found.map(({ noticeId }) => noticeId));
  const idsOf = (stage: Notice['stage']) =>
    Map.groupBy(
      found.filter((notice) => notice.stage === stage),
      keyOf,
    );
  const [arisen, ended] = [idsOf('arisen'), idsOf('ended')];
  const isOwed = new Set(owed.map(keyOf));
  const untold = [...isOwed].filter((key) => !arisen.has(key)).map((key) => `not told that it arose: ${key}`);
  const uneven = [...arisen].flatMap(([key, told]) => {
    const times = (list: readonly Notice[] = []) => new Set(list.map(({ noticeId }) => noticeId)).size;
    const open = isOwed.has(key) ? 1 : 0;
    return times(told) === times(ended.get(key)) + open ? [] : [`told otherwise than it is: ${key}`];
  });
  return { told: ids.size, faults: [...untold, ...uneven] };
}

const keyOf = (owed: Obligation | Notice): string =>
  [owedUnder(owed), owed.kind, owed.cause, owed.obliged, owed.dueOn].join(' ');
