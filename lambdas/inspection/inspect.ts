import {
  type ArchivePhase,
  added,
  type Counts,
  type Cursor,
  type Finding,
  type MissingPhase,
  PHASES,
  type Phase,
} from '../../core/log/inspection.ts';
import type { EntryId, Instant } from '../../core/model/scalars.ts';
import { environment } from '../environment.ts';
import { logKeys } from '../log/key.ts';
import { type Key, ledgerKeys } from '../store/keys.ts';
import { get } from '../store/ledger.ts';
import { judgeArchived } from './archive.ts';
import type { Grounds } from './judge.ts';
import { LoadedChain } from './load.ts';
import { isShort, nameMissing } from './missing.ts';
import { judgeRows } from './rows.ts';

/** Told of what was found, as it is found, and how many there were before. */
export type Tell = (findings: readonly Finding[], before: number) => void;

export interface Inspecting {
  readonly now: () => Instant;
  /** Asked before each step but the first. */
  readonly goOn: () => boolean;
  readonly tell: Tell;
}

/**
 * Holds every row of the ledger against the chain of batches, and every archived checkpoint:
 * 1. Read the chain, and recompute all of it from the leaves.
 * 2. Each archived checkpoint must be signed, and have the root that the chain has at its size; each archived
 *    cosignature must be in the table.
 * 3. Scan the table. Each row must be what its kind says: what is there and should not be, or not so, is found here.
 * 4. What should be there and is not shows by the counts, since a scan sees a row once and each was counted. Only
 *    where one is short, its rows are looked for one by one.
 *
 * Nothing is written, so it may run while entries are accepted and sequenced, and be broken off anywhere. What it
 * counts are the rows of the entries that the log had when it began; all of those were there by then. A row that
 * seems wrong is read and judged a second time, by the chain as it is then.
 * @param from where an earlier call came to; a new inspection begins without
 */
export async function inspect(
  from: Cursor | undefined,
  { now, goOn, tell }: Inspecting,
): Promise<{ cursor: Cursor; done: boolean }> {
  const inspection = from ? await resume(from, tell) : await begin(now(), tell);
  let done = false;
  do done = await inspection.step();
  while (!done && goOn());
  return { cursor: inspection.cursor, done };
}

/** Of the inspection at hand. Whoever goes on with it in the same process need not read all batches again. */
let kept: { readonly began: Instant; readonly loaded: LoadedChain } | undefined;

async function begin(began: Instant, tell: Tell): Promise<Inspection> {
  const loaded = new LoadedChain();
  const findings = await loaded.extend();
  const cursor: Cursor = {
    began,
    size: await integratedSize(loaded),
    told: toldBy(loaded),
    phase: 'archivedCheckpoints',
    counts: {},
    findings: 0,
  };
  kept = { began, loaded };
  return new Inspection(loaded, await logKeys(), cursor, tell).found(findings);
}

async function resume(cursor: Cursor, tell: Tell): Promise<Inspection> {
  if (kept?.began !== cursor.began) kept = { began: cursor.began, loaded: new LoadedChain() };
  const { loaded } = kept;
  const findings = await loaded.extend(cursor.told);
  const told = Math.max(cursor.told, toldBy(loaded));
  return new Inspection(loaded, await logKeys(), { ...cursor, told }, tell).found(findings);
}

/** Of the last batch the rows may still be on their way. */
async function integratedSize({ chain }: LoadedChain): Promise<number> {
  const last = chain.idAt(chain.size - 1);
  const isIntegrated = last === undefined || (await get(ledgerKeys.index(last as EntryId))) !== undefined;
  return isIntegrated ? chain.size : (chain.ends.at(-2) ?? 0);
}

/** Of a broken chain it is told too that it is broken. */
const toldBy = ({ chain, isBroken }: LoadedChain): number => (isBroken ? chain.size + 1 : chain.size);

class Inspection {
  cursor: Cursor;
  readonly #loaded: LoadedChain;
  readonly #logKeys: Grounds['logKeys'];
  readonly #tell: Tell;

  constructor(loaded: LoadedChain, logKeys: Grounds['logKeys'], cursor: Cursor, tell: Tell) {
    this.#loaded = loaded;
    this.#logKeys = logKeys;
    this.cursor = cursor;
    this.#tell = tell;
  }

  /** Takes the next step. @returns whether it was the last */
  async step(): Promise<boolean> {
    const { phase } = this.cursor;
    if (phase === 'rows') await this.#rows();
    else if (isOfArchive(phase)) await this.#archive(phase);
    else await this.#missing(phase);
    if (this.cursor.after !== undefined) return false;
    const next = PHASES.slice(PHASES.indexOf(phase) + 1).find((each) => this.#isDue(each));
    if (next) this.cursor = { ...this.cursor, phase: next };
    return next === undefined;
  }

  found(findings: readonly Finding[]): this {
    if (findings.length > 0) this.#tell(findings, this.cursor.findings);
    this.cursor = { ...this.cursor, findings: this.cursor.findings + findings.length };
    return this;
  }

  async #archive(what: ArchivePhase): Promise<void> {
    const { after } = this.cursor;
    let judged = await judgeArchived(what, after, this.#grounds());
    if (judged.findings.length > 0) {
      // One may be newer than the batches that it was held against.
      await this.#refresh();
      judged = await judgeArchived(what, after, this.#grounds());
    }
    this.#advance({ [what]: judged.count }, judged.findings, judged.after);
  }

  async #rows(): Promise<void> {
    const after = keyIn(this.cursor.after);
    const judged = await judgeRows(after, this.#grounds, this.#refresh);
    this.#advance(judged.counts, judged.findings, judged.after && textOf(judged.after));
  }

  async #missing(what: MissingPhase): Promise<void> {
    const { findings, after } = await nameMissing(what, Number(this.cursor.after ?? 0), this.#grounds());
    this.#advance({}, findings, after === undefined ? undefined : String(after));
  }

  #advance(counts: Counts, findings: readonly Finding[], after: string | undefined): void {
    const { after: _, ...rest } = this.cursor;
    this.cursor = { ...rest, counts: added(rest.counts, counts), ...(after !== undefined && { after }) };
    this.found(findings);
  }

  #isDue(phase: Phase): boolean {
    return phase === 'rows' || isOfArchive(phase) || isShort(phase, this.cursor.counts, this.#grounds());
  }

  #grounds = (): Omit<Grounds, 'others'> => {
    const { size, began } = this.cursor;
    const { chain, isBroken } = this.#loaded;
    return { chain, isBroken, size, began, logKeys: this.#logKeys, origin: environment('LOG_ORIGIN') };
  };

  #refresh = async (): Promise<void> => {
    const findings = await this.#loaded.extend();
    this.cursor = { ...this.cursor, told: Math.max(this.cursor.told, toldBy(this.#loaded)) };
    this.found(findings);
  };
}

const isOfArchive = (phase: Phase): phase is ArchivePhase => phase.startsWith('archived');

const textOf = ({ pk, sk }: Key): string => JSON.stringify([pk, sk]);

function keyIn(text: string | undefined): Key | undefined {
  if (text === undefined) return undefined;
  const [pk, sk] = JSON.parse(text) as [string, string];
  return { pk, sk };
}
