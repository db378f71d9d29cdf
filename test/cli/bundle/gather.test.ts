import { describe, expect, it } from 'vitest';
import { cosignedCheckpoint, KeptEntries, type Told } from '../../../cli/bundle/gather.ts';
import { Finding } from '../../../cli/verify/finding.ts';
import type { Client } from '../../../core/api/client.ts';
import { namedBy } from '../../../core/bundle/relied-on.ts';
import { canonicalBytes } from '../../../core/canonical.ts';
import { LogError } from '../../../core/log/error.ts';
import { policyOf } from '../../../core/log/policy.ts';
import type { IncidentId, TraceId } from '../../../core/model/scalars.ts';
import { TraceAnswer } from '../../../core/trace/answer.ts';
import { EXAMPLE, exampleGrounds, LOG_KEY, WITNESS_KEYS } from '../../core/bundle/example-case.ts';

const { answers, checkpoint } = await exampleGrounds();
const incidentId = (EXAMPLE.find(({ kind }) => kind === 'incident-opened')?.subject ?? '') as IncidentId;
const logged = EXAMPLE.map((entry, index) => ({ entry, index, bytes: canonicalBytes(entry) }));

/** What an API tells that knows of these traces. */
function told(known: Told['answers']): Told {
  const parsed = [...known.values()].map((bytes) =>
    TraceAnswer.parse(JSON.parse(Buffer.from(bytes).toString())),
  );
  return { named: namedBy(incidentId, parsed, []), answers: known };
}
function kept(of: Told, size = EXAMPLE.length) {
  const entries = new KeptEntries(of.named);
  for (let at = 0; at < size; at += 4) entries.add(logged.slice(at, Math.min(at + 4, size)));
  return entries.asOfLog(of);
}
const kinds = (entries: ReturnType<typeof kept>['entries']) => entries.map(({ entry }) => entry.kind);

describe('what is gathered of a log', () => {
  it('is what the case rests on, in the order of the log', () => {
    const { entries, answers: found } = kept(told(answers));
    expect(entries.map(({ index }) => index)).toEqual(
      entries.map(({ index }) => index).toSorted((a, b) => a - b),
    );
    expect(kinds(entries).filter((kind) => kind === 'transfer-recorded')).toHaveLength(2);
    expect(kinds(entries).filter((kind) => kind === 'agency-registered')).toHaveLength(3);
    expect([...found.keys()]).toEqual([...answers.keys()]);
  });

  it('is nothing that only a later trace names', () => {
    const size = EXAMPLE.findIndex(({ kind }) => kind === 'trace-run');
    const { entries, answers: found } = kept(told(answers), size);
    expect(found.size).toBe(0);
    expect(kinds(entries)).toEqual(['incident-opened', 'trace-approved']);
  });

  it('is not had of a log that the incident is not in yet', () => {
    const size = EXAMPLE.findIndex(({ kind }) => kind === 'incident-opened');
    expect(() => kept(told(answers), size)).toThrow('does not have the incident');
  });

  it('is refused where the API keeps a trace back that the log has', () => {
    const some = told(new Map([...answers].slice(1)));
    expect(() => kept(some)).toThrow(
      new Finding('views', `the API does not tell of ${[...answers.keys()][0]}, which the log has`),
    );
    expect(
      kept(told(new Map([...answers, ['tc-later' as TraceId, [...answers.values()][0] as Uint8Array]])))
        .answers.size,
    ).toBe(2);
  });
});

describe('the checkpoint of a bundle', () => {
  const policy = policyOf([LOG_KEY], WITNESS_KEYS, 2);
  /** A log that has its cosignatures when it is asked for the n-th time. */
  const client = (after: number) => {
    let asked = 0;
    const unwitnessed = checkpoint.split('\n').slice(0, 5).join('\n').concat('\n');
    const call = () => Promise.resolve(++asked > after ? checkpoint : unwitnessed);
    return { call } as unknown as Client;
  };
  const { signal } = new AbortController();

  it('is waited for until its witnesses have cosigned it', async () => {
    const size = Number(checkpoint.split('\n')[1]);
    expect(await cosignedCheckpoint(client(1), policy, { size, waitMs: 5_000, signal })).toBe(checkpoint);
  });

  it('is not had without them', async () => {
    await expect(cosignedCheckpoint(client(100), policy, { waitMs: 0, signal })).rejects.toThrow(LogError);
  });
});
