import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import * as z from 'zod';
import type { EpochKeys } from '../../core/fingerprint/keys.ts';
import { RowBatch } from '../../core/fingerprint/messages.ts';
import { normaliseId } from '../../core/fingerprint/normalise/id.ts';
import { normaliseNumber } from '../../core/fingerprint/normalise/number.ts';
import { reasonOf } from '../../core/fingerprint/normalise/reasons.ts';
import { SUBJECT_SETS, type SubjectQuestion } from '../../core/model/subject.ts';
import { readTextFile, UsageError } from '../failure.ts';

/** A person as the file or the terminal says, in any usual spelling. */
const Person = z
  .strictObject({ msisdn: z.string().optional(), cnic: z.string().optional() })
  .refine(({ msisdn, cnic }) => msisdn !== undefined || cnic !== undefined);
type Person = z.infer<typeof Person>;

/** Reads whom to ask about: from a file, else from stdin. @throws UsageError that repeats nothing of it */
export async function readPerson(file: string | undefined): Promise<RowBatch> {
  if (file === undefined && process.stdin.isTTY) return normalised(await prompted());
  const text = file === undefined ? readFileSync(0, 'utf8') : readTextFile(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError('the person is not JSON: {"msisdn": "…", "cnic": "…"}, or one of the two');
  }
  const person = Person.safeParse(value);
  if (person.success) return normalised(person.data);
  throw new UsageError('the person has a msisdn, a cnic, or both, as texts, and nothing else');
}

async function prompted(): Promise<Person> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const msisdn = (await terminal.question('number (empty for none): ')).trim();
    const cnic = (await terminal.question('national id (empty for none): ')).trim();
    if (msisdn === '' && cnic === '') throw new UsageError('give a number, an id, or both');
    return { ...(msisdn !== '' && { msisdn }), ...(cnic !== '' && { cnic }) };
  } finally {
    terminal.close();
  }
}

function normalised({ msisdn, cnic }: Person): RowBatch {
  const batch = new RowBatch(1, []);
  batch.count = 1;
  if (msisdn !== undefined)
    batch.numbers[0] = valid('msisdn', msisdn, (bytes) => normaliseNumber(bytes, 0, bytes.length));
  if (cnic !== undefined)
    batch.ids[0] = valid('cnic', cnic, (bytes) => normaliseId(bytes, 0, bytes.length, false));
  return batch;
}

function valid(field: string, text: string, normalise: (bytes: Uint8Array) => number): number {
  const value = normalise(Buffer.from(text));
  if (value < 0) throw new UsageError(`the ${field} is none: ${reasonOf(value)}`);
  return value;
}

/** The keyed values of the person under the keys of a provider and epoch. */
export function keyed(person: RowBatch, keys: EpochKeys): SubjectQuestion['keyrings'][number] {
  const { provider, epoch, keyCheck } = keys;
  const values = SUBJECT_SETS.flatMap((set) => {
    const { words, present } = person.fingerprints(set, keys.prf(set));
    const [low = 0, high = 0] = words;
    const value = (BigInt(high) << 32n) | BigInt(low);
    return present[0] === 1 ? [[set, value.toString(16).padStart(16, '0')]] : [];
  });
  return { provider, epoch, keyCheck, values: Object.fromEntries(values) };
}
