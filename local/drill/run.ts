import { setTimeout as sleep } from 'node:timers/promises';
import { Inspected } from '../../core/log/inspection.ts';
import { Fault } from '../fault.ts';
import type { Difference } from './backdoor.ts';
import type { Case, Detector } from './case.ts';
import type { Grounds } from './grounds.ts';
import { sealed, signed } from './insider.ts';
import type { Alarm, Mark } from './logs.ts';
import { faultSince } from './reader.ts';

/** Who found something, and how he named it. */
export interface Detection {
  readonly by: Detector;
  readonly words: string;
  /** How long the alarm of the stream took. */
  readonly seconds?: number;
}

export interface Result {
  readonly of: Pick<Case, 'to' | 'deed'>;
  readonly detections: readonly Detection[];
  /** Those who should have found it, and did not, or without raising the alarm. */
  readonly missing: readonly Detector[];
}

const STREAM_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 50;
const OF_STREAM = /behind its back|never accepted/;

/** Does what a case says, has everyone look, and puts all of it back. */
export async function tryCase(each: Case, grounds: Grounds): Promise<Result> {
  const { door, logs } = grounds;
  const mark = await logs.mark();
  const named = await each.act({ door, sealed, signed });
  try {
    const detections = await look(each, named, grounds, mark);
    const { metered } = await logs.since(mark);
    const found = detections.filter(
      ({ by }) => by === 'reader' || FUNCTIONS_OF[by].some((name) => metered.has(name)),
    );
    const missing = each.foundBy.filter((one) => !found.some(({ by }) => by === one));
    return { of: { to: each.to, deed: each.deed }, detections: found, missing };
  } finally {
    await putBack(grounds);
  }
}

/** Whose metric raises the alarm of a detector; nobody's, of a reader who is not of the system. */
const FUNCTIONS_OF: Readonly<Record<Exclude<Detector, 'reader'>, readonly string[]>> = {
  stream: ['sequence'],
  signer: ['sequence', 'sweep'],
  inspection: ['inspect'],
  witness: ['cosign'],
};

async function look(
  { foundBy }: Case,
  named: readonly string[],
  grounds: Grounds,
  mark: Mark,
): Promise<Detection[]> {
  const { call, fetch, kept, policy, logs } = grounds;
  const began = Date.now();
  const streamAlarm = () =>
    alarmSince(grounds, mark, ({ by, message }) => by === 'sequence' && OF_STREAM.test(message));
  const ofStream = foundBy.includes('stream') ? await within(STREAM_WITHIN_MS, streamAlarm) : undefined;
  const seconds = (Date.now() - began) / 1_000;

  const inspected = Inspected.safeParse(await call('inspect', { inspect: 'start', seconds: 600 }));
  const findings = inspected.data?.findings ?? [];
  // Each thing by its name: to say that something is wrong somewhere is not enough.
  const namesAll = named.every((name) => findings.some(({ key }) => key === name));
  const plain = namesAll ? (findings.find(({ key }) => named.includes(key)) ?? findings[0]) : undefined;
  await call('cosign', {});
  const ofWitness = await alarmSince(grounds, mark, ({ message }) =>
    message.includes('has seen another history'),
  );
  const fault = await faultSince(kept, fetch, policy).catch((error: Error) => error.message);
  // It finds no entries, and then has the head of the log signed.
  const isRefused = (await call('sweep', { since: new Date().toISOString() })) === undefined;
  const { alarms } = await logs.since(mark);
  const ofSigner = alarms.find(
    ({ by, message }) => /^(sequence|sweep)$/.test(by) && !OF_STREAM.test(message),
  );
  const late = ofStream ?? (await streamAlarm());
  return [
    ...(late ? [{ by: 'stream' as const, words: late.message, ...(ofStream && { seconds }) }] : []),
    ...(isRefused && ofSigner ? [{ by: 'signer' as const, words: withoutKey(ofSigner.message) }] : []),
    ...(plain ? [{ by: 'inspection' as const, words: `${plain.what}: ${plain.words}` }] : []),
    ...(ofWitness ? [{ by: 'witness' as const, words: ofWitness.message }] : []),
    ...(fault ? [{ by: 'reader' as const, words: fault }] : []),
  ];
}

/** Messages of the signer begin with the key of a row or an object. */
const withoutKey = (message: string): string => message.replace(/^(?:\S+ \/ \S+|checkpoints\/\S+) /, '');

async function alarmSince(
  { logs }: Grounds,
  mark: Mark,
  is: (alarm: Alarm) => boolean,
): Promise<Alarm | undefined> {
  return (await logs.since(mark)).alarms.find(is);
}

async function within<T>(milliseconds: number, ask: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const until = Date.now() + milliseconds; ; ) {
    const answer = await ask();
    if (answer !== undefined || Date.now() > until) return answer;
    await sleep(LOOK_EVERY_MS);
  }
}

const ATTEMPTS = 5;

/**
 * Puts the ledger, the archive and the witness's memory back. The stream tells of that too: what it tells is waited
 * for, or it would be taken for a find of the next case.
 */
async function putBack({ door, heads, logs, base, baseHeads }: Grounds): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const mark = await logs.mark();
    const done = await door.undo(base);
    await heads.restore(baseHeads);
    const told = done.filter(isTold).length;
    const heard = async () => {
      const { alarms } = await logs.since(mark);
      return (
        alarms.filter(({ by, message }) => by === 'sequence' && OF_STREAM.test(message)).length >= told ||
        undefined
      );
    };
    if (!(await within(STREAM_WITHIN_MS, heard))) continue;
    // What was under way while all was put back may have added to it since.
    if ((await door.differences(base)).length === 0) return;
  }
  throw new Fault('the ledger of the drill could not be put back');
}

/** Whether the stream's alarm tells of it. */
const isTold = ({ eventName }: Difference): boolean => eventName !== 'INSERT';
