import { readFileSync } from 'node:fs';
import { afterEach, expect } from 'vitest';
import { canonicalBytes } from '../../../core/canonical.ts';
import { newPath, verify } from './running.ts';
import { exampleEntries, exampleEntry, LOG_KEY, ServedLog, witnesses } from './served-log.ts';

/** More than two tiles of level 0, so that there is a partial one at each of two levels. */
export const SIZE = 600;
export const ENTRIES = exampleEntries(SIZE);

/** What is served in the test that runs. */
export let log: ServedLog;
afterEach(() => log?.close());

export const serve = async (count = SIZE, cosigners = witnesses): Promise<ServedLog> => {
  log = await ServedLog.of(ENTRIES.slice(0, count), cosigners);
  return log;
};
export const asAuditor = (more = {}) => verify({ url: log.url, token: log.token, key: LOG_KEY, ...more });

/** A log of the same entries but one, which is another. */
export const forkedAt = (place: number, count = SIZE): Uint8Array[] =>
  ENTRIES.slice(0, count).map((bytes, i) =>
    i === place
      ? canonicalBytes(exampleEntry(place, { recordedAt: '2026-11-02T10:00:00.000Z' as never }))
      : bytes,
  );

export const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};
export const tile = (path: string): Uint8Array => log.tiles.get(path) as Uint8Array;

/** A fault that somebody makes, and what must come of it. */
export interface Case {
  readonly what: string;
  readonly make: () => Promise<unknown> | unknown;
  readonly options?: object;
  readonly code: number;
  readonly line: string;
}

export async function expectFound({ make, options, code, line }: Case): Promise<void> {
  await serve();
  await make();
  const state = newPath();
  const ended = await asAuditor({ state, ...options });
  expect({ code: ended.code, line: ended.line }).toEqual({ code, line });
  // Nothing is kept of what was not verified.
  expect(() => readFileSync(state)).toThrow('ENOENT');
}
