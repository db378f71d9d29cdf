import { afterEach, expect, it, vi } from 'vitest';
import { printSummary, Rows } from '../../../local/drill/report.ts';
import type { Result } from '../../../local/drill/run.ts';

const FOUND: Result = {
  of: { to: 'tile', deed: 'deleted' },
  detections: [
    { by: 'stream', words: 'the ledger was changed behind its back', seconds: 0.31 },
    { by: 'inspection', words: 'missing: though the log has had the tile' },
  ],
  missing: [],
};
const MISSED: Result = {
  of: { to: 'tile', deed: 'given to what is not in the log, to keep it out of it' },
  detections: [{ by: 'reader', words: 'two roots at size 283' }],
  missing: ['signer'],
};

let printed = '';
vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
  printed += String(text);
  return true;
});
afterEach(() => {
  printed = '';
});

it('has each who found it beside what was done, within the width of the terminal', () => {
  const rows = new Rows(80);
  rows.print(FOUND);
  rows.print(MISSED);
  expect(printed).toBe(`
     what was done            found by    who says                        alarm
  tile
  ✓  deleted                  stream      the ledger was changed behind   0.3 s
                                          its back
                              inspection  missing: though the log has     raised
                                          had the tile
  ✗  given to what is not in  signer      nothing, or raises no alarm     NONE
     the log, to keep it out
     of it
                              reader      two roots at size 283           –
`);
});

it('sums up as good only what everybody found who had to', () => {
  expect(printSummary([FOUND])).toBe(true);
  expect(printed).toContain('✓ 1 of 1 found');
  expect(printSummary([FOUND, MISSED])).toBe(false);
  expect(printed).toContain('to keep it out of it: not found, or without alarm, by signer\n✗ 1 of 2 found');
});
