import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** What a running system tells of itself in its data folder, for `npm run token` and the next start. */
const Running = z.object({
  /** Of the API. */
  url: z.string(),
  issuer: z.string(),
  /** Of the witness's API. */
  witness: z.string(),
  audience: z.string(),
  /** Where the functions are invoked, as by Lambda's own API. */
  lambda: z.string(),
  pid: z.int(),
});
export type Running = z.infer<typeof Running>;

const fileOf = (folder: string): string => join(folder, 'running.json');

export async function writeRunning(folder: string, running: Running): Promise<void> {
  const path = fileOf(folder);
  await writeFile(`${path}.next`, JSON.stringify(running), { mode: 0o600 });
  await rename(`${path}.next`, path);
}

/** What was written last; the system it tells of may have been killed since. */
export async function readRunning(folder: string): Promise<Running | undefined> {
  const text = await readFile(fileOf(folder), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return Running.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export const removeRunning = (folder: string): Promise<void> => rm(fileOf(folder), { force: true });
