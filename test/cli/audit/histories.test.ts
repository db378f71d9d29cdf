import { describe, expect, test } from 'vitest';
import { Histories } from '../../../cli/audit/histories.ts';
import { fitsItsKind } from '../../../cli/audit/kinds.ts';
import type { VerifiedEntry } from '../../../cli/verify/entries.ts';
import { REQUEST_EXAMPLES } from '../../../core/api/openapi/requests.ts';
import { canonicalBytes } from '../../../core/canonical.ts';
import { type Entry, questionsIdOf } from '../../../core/model/entry.ts';
import { dayOf, type Instant, type TransferId } from '../../../core/model/scalars.ts';
import {
  agencyBody,
  coverageBody,
  incidentBody,
  leakBody,
  PROVIDER,
  transferBody,
} from '../../support/transfers.ts';
import { entryIdAt, exampleEntry } from '../verify/served-log.ts';

const opening = exampleEntry(0);
const event = (version: number, changes: Partial<Entry> = {}): Entry =>
  exampleEntry(version, {
    kind: 'holding-attested',
    subject: opening.subject,
    version,
    body: { occurredOn: '2026-01-02', held: true },
    ...changes,
  });
const placed = (entry: Entry, index: number): VerifiedEntry => ({
  entry,
  bytes: canonicalBytes(entry),
  index,
});

function historiesOf(...entries: readonly Entry[]): Histories {
  const histories = new Histories();
  histories.add(entries.map(placed));
  return histories;
}
/** The versions in each state of the example transfer. */
const versionsSince = (histories: Histories, from: number) =>
  histories.since('transfer', opening.subject, from).map((state) => state.map(({ entry }) => entry.version));

describe('histories', () => {
  test('are told as of a size, and as they became since', () => {
    const histories = historiesOf(opening, event(1), exampleEntry(7), event(2));
    expect(versionsSince(histories, 0)).toEqual([[], [0], [0, 1], [0, 1, 2]]);
    expect(versionsSince(histories, 1)).toEqual([[0], [0, 1], [0, 1, 2]]);
    expect(versionsSince(histories, 2)).toEqual([
      [0, 1],
      [0, 1, 2],
    ]);
    expect(versionsSince(histories, 3)).toEqual([
      [0, 1],
      [0, 1, 2],
    ]);
    expect(versionsSince(histories, 4)).toEqual([[0, 1, 2]]);
    expect(versionsSince(histories, 99)).toEqual([[0, 1, 2]]);
    expect([...histories.subjects('transfer')]).toEqual([opening.subject, exampleEntry(7).subject]);
    expect(histories.since('transfer', 'tr-unheard-of', 4)).toEqual([[]]);
  });

  test('go as far as they have no gap, in whatever order the log has them', () => {
    const histories = historiesOf(event(2), event(1), opening);
    expect(versionsSince(histories, 2)).toEqual([[], [0, 1, 2]]);
    expect(histories.faults).toEqual([]);
    const gap = historiesOf(opening, event(2));
    expect(versionsSince(gap, 2)).toEqual([[0]]);
    expect(gap.faults).toEqual([{ entryId: entryIdAt(2), index: 1, what: 'without its predecessor' }]);
  });

  test('know what is above and beneath a transfer, and when the log had more of any of them', () => {
    const onward = exampleEntry(1, { body: transferBody({ originTransferIds: [opening.subject] }) });
    const other = exampleEntry(7);
    const replaced = event(1, {
      subject: onward.subject,
      kind: 'record-superseded',
      body: { occurredOn: '2026-01-02', by: other.subject, reason: 'Wrong' },
    });
    const histories = historiesOf(onward, opening, other, replaced);
    const [first, second, third] = [opening, onward, other].map(({ subject }) => subject as TransferId);
    expect(histories.upstreamOf(second as TransferId)).toEqual([second, first, third]);
    expect(histories.downstreamOf(first as TransferId)).toEqual([first, second]);
    expect(histories.childrenOf(third as TransferId)).toEqual([second]);
    expect(histories.sizesSince([first as TransferId, second as TransferId], 1)).toEqual([1, 2, 4]);
    expect(histories.at(second as TransferId, 3).map(({ index }) => index)).toEqual([0]);
    expect(histories.at(first as TransferId, 1)).toEqual([]);
  });

  test('have each version once, and nothing that is not of its kind', () => {
    const second = event(1, { entryId: entryIdAt(5) });
    const odd = event(2, { kind: 'agency-registered' });
    const histories = historiesOf(opening, event(1), second, odd);
    expect(versionsSince(histories, 9)).toEqual([[0, 1]]);
    expect(histories.faults).toEqual([
      { entryId: entryIdAt(5), index: 2, what: 'a second of its version' },
      { entryId: entryIdAt(2), index: 3, what: 'not of its kind' },
    ]);
  });

  test('are told of a provider in the order of the log', () => {
    const declaration = exampleEntry(4, {
      kind: 'coverage-declared',
      stream: 'coverage',
      subject: `cv-${entryIdAt(4)}`,
      body: coverageBody(),
    });
    const histories = historiesOf(opening, declaration, event(1), exampleEntry(7));
    expect([...histories.providers()]).toEqual([PROVIDER]);
    expect(histories.ofProviderSince(PROVIDER, 2).map((state) => state.map(({ index }) => index))).toEqual([
      [0, 1],
      [0, 1, 3],
    ]);
  });
});

describe('an entry is of its kind', () => {
  const incident = exampleEntry(1, {
    kind: 'incident-opened',
    stream: 'incident',
    subject: `in-${entryIdAt(1)}`,
    body: incidentBody(),
  });
  const trace = exampleEntry(2, {
    kind: 'trace-run',
    stream: 'incident',
    subject: incident.subject,
    version: 1,
    body: {
      caseReference: 'c',
      description: leakBody(),
      answerSha256: '0'.repeat(64),
      reflects: { size: 3 },
    },
  });
  const agency = exampleEntry(3, {
    kind: 'agency-registered',
    stream: 'agency',
    subject: PROVIDER,
    body: agencyBody(),
  });

  const sampled = { ...trace, body: { ...trace.body, sketchSha256: '1'.repeat(64) } };
  const accepted = {
    ...trace,
    kind: 'trace-accepted',
    body: {
      ...{ caseReference: 'c', description: leakBody(), traceId: `tc-${entryIdAt(7)}`, files: 9 },
      ...{ sketchSha256: '1'.repeat(64), reflects: { size: 3 } },
    },
  };
  const refused = {
    ...trace,
    kind: 'trace-refused',
    body: { caseReference: 'c', description: leakBody(), refusal: 'sample-refused', detail: 'too few' },
  };
  const frame = exampleEntry(4, {
    kind: 'frame-recorded',
    stream: 'frame',
    subject: `fr-${entryIdAt(4)}`,
    body: REQUEST_EXAMPLES.recordFrame?.['frame']?.value as never,
  });
  const question = exampleEntry(5, {
    kind: 'subject-asked',
    stream: 'question',
    version: 3,
    body: {
      question: {
        caseReference: 'c',
        sets: ['cnic'],
        keys: [{ provider: PROVIDER, epoch: '2024', keyCheck: '0'.repeat(32) }],
        questionSha256: '0'.repeat(64),
      },
      answerSha256: '0'.repeat(64),
      reflects: { size: 3 },
    },
  });
  const asked = {
    ...question,
    subject: questionsIdOf(question.principal.sub, dayOf(question.recordedAt)),
  };

  test('when the ledger could have accepted it', () => {
    for (const entry of [
      opening,
      event(1),
      incident,
      trace,
      sampled,
      accepted,
      refused,
      agency,
      frame,
      asked,
    ])
      expect(fitsItsKind(entry), entry.kind).toBe(true);
    expect(fitsItsKind({ ...asked, version: 0 })).toBe(true);
  });

  test.each<[string, Entry]>([
    ['an unknown kind', { ...opening, kind: 'constructor' }],
    ['another stream', { ...opening, stream: 'incident' }],
    ['a later version of what opens', { ...opening, version: 1 }],
    ['a first version of what goes on', { ...event(1), version: 0 }],
    ['another subject than its own', { ...opening, subject: event(9).entryId }],
    ['another agency than it registers', { ...agency, subject: 'zz' }],
    ['a body that lacks something', { ...opening, body: { ...opening.body, handedOver: undefined } }],
    ['a body with something more', { ...event(1), body: { ...event(1).body, more: 1 } }],
    ['a refusal for no reason of ours', { ...refused, body: { ...refused.body, refusal: 'no' } }],
    ['a question of another person than asked', { ...asked, principal: { sub: 'x', roles: [] } }],
    ['a question of another day', { ...asked, recordedAt: '1999-01-01T00:00:00.000Z' as Instant }],
    ['a frame of another entry', { ...frame, subject: `fr-${entryIdAt(9)}` }],
    ['a trace without its answer', { ...trace, body: { ...trace.body, answerSha256: 'x' } }],
  ])('and not with %s', (_, entry) => {
    expect(fitsItsKind(entry)).toBe(false);
  });
});
