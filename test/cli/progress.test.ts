import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startProgress } from '../../cli/progress.ts';

/** A terminal, or a pipe, that keeps what is written to it. */
function output(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120 });
  let written = '';
  stream.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => stripVTControlCharacters(written) };
}

describe('how far a command is', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is a line now and then where nobody watches, and one at the end', () => {
    const { stream, text } = output(false);
    const { update, stop } = startProgress({ agencies: 2, rows: 1000 }, stream);
    update('agencies', 0);
    vi.advanceTimersByTime(1000);
    update('agencies', 2);
    update('rows', 200);
    for (let settled = 300; settled <= 1000; settled += 100) {
      vi.advanceTimersByTime(1000);
      update('rows', settled);
    }
    update('rows', 1000);
    stop();
    expect(text()).toBe(
      ['2 of 2 agencies, 2/s', '700 of 1000 rows, 100/s', '1000 of 1000 rows, 100/s', ''].join('\n'),
    );
  });

  test('is a bar with rate and time left on a terminal', () => {
    const { stream, text } = output(true);
    const { update, stop } = startProgress({ agencies: 2, rows: 1000 }, stream);
    update('agencies', 0);
    update('agencies', 2);
    update('rows', 0);
    vi.advanceTimersByTime(2000);
    update('rows', 500);
    stop();
    expect(text()).toMatch(/agencies █+ 100% · 2 of 2 · /);
    expect(text()).toMatch(/rows {4} █+░+ 50% · 500 of 1000 · 250\/s · \d+s left/);
  });

  test('is nothing when nothing is sent', () => {
    const { stream, text } = output(true);
    startProgress({ agencies: 0, rows: 0 }, stream).stop();
    expect(text()).toBe('');
  });
});
