import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startProgress } from '../../../cli/fingerprint/progress.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A terminal, or a pipe, that keeps what is written to it. */
function output(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120 });
  let written = '';
  stream.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => stripVTControlCharacters(written) };
}

test('is a bar with rate and time left on a terminal', () => {
  const { stream, text } = output(true);
  const progress = startProgress({ what: 'reading', total: 1000, unit: 'rows' }, stream);
  vi.advanceTimersByTime(2000);
  progress.update(500, 5_000_000);
  progress.stop();
  expect(text()).toMatch(/reading {2}█+░+ 50% · 5,000,000 rows, 2,500,000 a second · \d+s left/);
});

test('is a line now and then where nobody watches', () => {
  const { stream, text } = output(false);
  const progress = startProgress({ what: 'building', total: 1000, unit: 'keys' }, stream);
  for (let done = 0; done <= 1000; done += 100) {
    progress.update(done, done);
    vi.advanceTimersByTime(1000);
  }
  progress.stop();
  expect(text()).toBe('building: 50 %, 500 keys, 100 a second\nbuilding: 100 %, 1,000 keys, 100 a second\n');
});
