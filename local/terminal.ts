import { relative } from 'node:path';
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Text in a style, where the terminal knows styles. */
export const styled = (style: Style, text: string): string =>
  styleText(style, text, { stream: process.stdout, validateStream: true });

export function line(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** A path as seen from the working directory, where that is shorter. */
export function fromHere(path: string): string {
  const short = relative(process.cwd(), path) || '.';
  return short.startsWith('..') ? path : short;
}

/** Tells of steps as they are done, each with the time since the beginning. */
export class Steps {
  readonly #began = Date.now();

  done(step: string): void {
    const seconds = `${((Date.now() - this.#began) / 1000).toFixed(1)} s`;
    line(`  ${styled('green', '✓')} ${step.padEnd(46)} ${styled('dim', seconds.padStart(7))}`);
  }
}

/** Tells of what goes wrong, with the time of day. */
export function trouble(text: string): void {
  const time = new Date().toTimeString().slice(0, 8);
  process.stderr.write(`  ${styled('yellow', '!')} ${styled('dim', time)} ${text}\n`);
}

/** Progress of something with many parts: drawn on a terminal, and otherwise only its end is told. */
export class Progress {
  #drawn = false;

  show(done: number, total: number, what: string): void {
    if (!process.stdout.isTTY) return;
    const width = 24;
    const filled = total === 0 ? width : Math.round((done / total) * width);
    const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
    const text = what.slice(0, Math.max(0, (process.stdout.columns ?? 80) - width - 22));
    process.stdout.write(`\r\u001b[2K  ${bar} ${done}/${total} ${styled('dim', text)}`);
    this.#drawn = true;
  }

  clear(): void {
    if (this.#drawn) process.stdout.write('\r\u001b[2K');
  }
}
