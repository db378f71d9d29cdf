import { readFile } from 'node:fs/promises';
import { Problem } from '../../core/problem.ts';
import { StaticText } from './text.ts';

/** The files of the page, which the build lays beside the bundle of this function. */
const FILES: ReadonlyMap<string, string> = new Map([
  ['redoc.standalone.js', 'text/javascript; charset=utf-8'],
  ['redoc.standalone.js.LICENSE.txt', 'text/plain; charset=utf-8'],
]);

const read = new Map<string, Promise<StaticText>>();

/**
 * A file of the page, read once. Its largest has 1.1 MB, a fifth of what Lambda may answer.
 * @throws Problem `not-found`
 */
export function asset(name: string): Promise<StaticText> {
  const type = FILES.get(name);
  if (type === undefined) throw new Problem('not-found');
  const text = read.get(name) ?? readAsset(name, type);
  read.set(name, text);
  return text;
}

async function readAsset(name: string, type: string): Promise<StaticText> {
  const text = await readFile(new URL(`./${name}`, import.meta.url), 'utf8');
  return new StaticText(text, { 'content-type': type, 'cache-control': 'public, max-age=604800' });
}
