import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newFile, newPath, verify } from './running.ts';
import {
  exampleEntries,
  LOG_KEY,
  logSigner,
  ORIGIN,
  ServedLog,
  WITNESS_KEYS,
  witnesses,
} from './served-log.ts';

const ENTRIES = exampleEntries(20);
const entryAt = (index: number): Uint8Array => ENTRIES[index] as Uint8Array;

let receipt: string;
let checkpoint: string;
beforeEach(async () => {
  const log = await ServedLog.of(ENTRIES, witnesses.slice(0, 1));
  receipt = await log.receipt(7);
  ({ checkpoint } = log);
  log.close();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const offline = (changes = {}) =>
  verify({ receipt: newFile(receipt), entry: newFile(entryAt(7)), key: LOG_KEY, ...changes });

test('a receipt proves its entry, with the key alone and without any connection', async () => {
  const connect = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('no network'));
  // Addresses and tokens that stand in the environment for other commands are of no matter.
  const { code, line, stdout, stderr } = await offline({ url: 'http://127.0.0.1:1', token: 'x' });
  expect({ code, line, stderr }).toEqual({
    code: 0,
    line: `OK the entry is in the log ${ORIGIN}, at place 7 of 20`,
    stderr: '',
  });
  expect(stdout).toMatch(
    new RegExp(`^ {2}log +${ORIGIN}\n {2}size +20\n {2}root +\\S{44}\n {2}signed by +\\S+\n`),
  );
  expect(connect).not.toHaveBeenCalled();
});

test('keys may come from files', async () => {
  const key = newFile(`${LOG_KEY}\n`);
  const witness = [newFile(`# of the court\n${WITNESS_KEYS[0]}\n\n${WITNESS_KEYS[1]}\n`)];
  expect(await offline({ key, witness, quorum: 1 })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\n {2}cosigned by +witness\.example\/w1\S+, 2026-09-21T\S+Z\n/),
  });
});

test.each([
  [
    'another entry',
    () => ({ entry: newFile(entryAt(8)) }),
    16,
    'proof: the inclusion proof does not lead to the root: it is the receipt of other bytes',
  ],
  [
    'an entry with a line break behind it',
    () => ({ entry: newFile(`${Buffer.from(entryAt(7))}\n`) }),
    16,
    'proof: ',
  ],
  ['another place', () => ({ receipt: newFile(receipt.replace('index 7', 'index 6')) }), 16, 'proof: '],
  [
    'a place beyond the log',
    () => ({ receipt: newFile(receipt.replace('index 7', 'index 20')) }),
    10,
    'format: index 20 is not in a tree of 20',
  ],
  [
    'a proof that is too short',
    () => ({ receipt: newFile(receipt.replace(/(index 7\n)[^\n]+\n/, '$1')) }),
    16,
    'proof: the inclusion proof is too short',
  ],
  [
    'a checkpoint instead',
    () => ({ receipt: newFile(checkpoint) }),
    10,
    'format: does not begin with c2sp.org/tlog-proof@v1',
  ],
  [
    'a receipt that is too long',
    () => ({ receipt: newFile('x'.repeat(1_000_001)) }),
    10,
    'format: longer than 1000000 bytes',
  ],
  [
    'another key of that name',
    () => ({
      key: LOG_KEY.replace(
        /\+[0-9a-f]{8}\+.*/,
        '+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx',
      ).replace(ORIGIN, 'example.com/log/testdata'),
    }),
    11,
    `key: no key is known for the log ${ORIGIN}`,
  ],
  [
    'another size',
    () => ({ receipt: newFile(receipt.replace('\n20\n', '\n21\n')) }),
    12,
    `signature: the signature of ${ORIGIN} does not verify`,
  ],
  [
    'a witness that is missing',
    () => ({ witness: WITNESS_KEYS }),
    13,
    'witnesses: 1 of 2 cosignatures asked for',
  ],
] as const)('%s is refused', async (_, changes, code, words) => {
  const ended = await offline(changes());
  expect(ended.code).toBe(code);
  expect(ended.line.startsWith(`FAILED ${words}`)).toBe(true);
});

test.each([
  ['without a key', { key: undefined }, 'give the key of the log: --key'],
  ['without an entry', { entry: undefined }, 'give both: --receipt and --entry'],
  ['without a receipt', { receipt: undefined }, 'give both: --receipt and --entry'],
  ['with a file that is not there', { entry: newPath() }, 'ENOENT'],
  ['with a state', { state: newPath() }, '--state is for a whole log'],
])('%s it cannot start', async (_, changes, words) => {
  const { code, stdout, stderr } = await offline(changes);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(words);
});

test('the receipt of the example is a real one', () => {
  expect(readFileSync(newFile(receipt), 'utf8')).toContain(`\n${logSigner.key.name}\n20\n`);
});
