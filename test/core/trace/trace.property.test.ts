import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../core/canonical.ts';
import type { LeakDescription } from '../../../core/model/incident.ts';
import type { TransferRecord } from '../../../core/model/transfer.ts';
import { areasOverlap, type CanonicalField } from '../../../core/model/vocabulary.ts';
import type { TraceAnswer } from '../../../core/trace/answer.ts';
import { EVIDENCE, EXCLUSIONS } from '../../../core/trace/codes.ts';
import { answerTrace } from '../../../core/trace/conclude.ts';
import { BOUNDS } from '../../../core/trace/method.ts';
import { screen } from '../../../core/trace/screen.ts';
import { leak, recorded } from './arbitrary.ts';
import { context, idOf, trace, type World, worldOf } from './world.ts';

const world = fc.array(recorded, { maxLength: 8 }).map(worldOf);
const RUNS = { numRuns: 200 };

/** Every irredundant set of candidates that covers what can be covered, by definition, from all subsets. */
function setsByDefinition({ candidates, sets }: TraceAnswer): string[] {
  const covers = (those: readonly { covers: readonly CanonicalField[] }[]) =>
    sets.coverable.every((field) => those.some((each) => each.covers.includes(field)));
  const found: string[] = [];
  for (let choice = 1; choice < 2 ** candidates.items.length; choice++) {
    const chosen = candidates.items.filter((_, i) => (choice >> i) & 1);
    if (covers(chosen) && chosen.every((each) => !covers(chosen.filter((other) => other !== each))))
      found.push(nameOf(chosen.map(({ transfer }) => transfer.transferId)));
  }
  return sets.coverable.length === 0 ? [] : found.sort();
}

const nameOf = (ids: readonly string[]) => [...ids].sort().join();

describe('an answer', () => {
  it('lists exactly the irredundant sets of the candidates', () => {
    fc.assert(
      fc.property(world, leak, (given, asked) => {
        const answer = trace(given, asked);
        const listed = answer.sets.listed.map(({ members }) =>
          nameOf(members.map((each) => each.transferId)),
        );
        expect(listed.sort()).toEqual(setsByDefinition(answer));
        expect(answer.sets).toMatchObject({
          exact: true,
          truncated: false,
          setsFound: String(listed.length),
        });
        const stoodFor = answer.sets.patterns.reduce((sum, { sets }) => sum + Number(sets), 0);
        expect(stoodFor).toBe(listed.length);
      }),
      RUNS,
    );
  });

  it('names of each member of a set what no other of the set gives', () => {
    fc.assert(
      fc.property(world, leak, (given, asked) => {
        const { candidates, sets } = trace(given, asked);
        const coversOf = new Map(candidates.items.map((each) => [each.transfer.transferId, each.covers]));
        for (const { members } of sets.listed)
          for (const { transferId, onlyHere } of members) {
            const others = members.filter((other) => other.transferId !== transferId);
            expect(onlyHere).toEqual(
              coversOf
                .get(transferId)
                ?.filter((field) => !others.some((other) => coversOf.get(other.transferId)?.includes(field))),
            );
          }
      }),
      RUNS,
    );
  });

  it('does not depend on the order or the blocks in which the facts come', () => {
    const shuffled = world.chain((given) =>
      fc.tuple(
        fc.constant(given),
        fc.shuffledSubarray([...given.facts], { minLength: given.facts.length }),
        fc.integer({ min: 0, max: 8 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, leak, ([given, facts, cut], asked) => {
        const blocks = [facts.slice(0, cut), [], facts.slice(cut)];
        const other = answerTrace(screen(asked, blocks), context(given));
        expect(canonicalJson(other)).toBe(canonicalJson(trace(given, asked)));
      }),
      RUNS,
    );
  });

  it('accounts for every transfer, as a candidate or with a reason', () => {
    fc.assert(
      fc.property(world, leak, (given, asked) => {
        const { counts, candidates, excluded } = trace(given, asked);
        const seen = [
          ...candidates.items.map(({ transfer }) => transfer.transferId),
          ...excluded.items.map(({ transferId }) => transferId),
        ];
        expect(seen.sort()).toEqual(given.facts.map(({ transferId }) => transferId).sort());
        expect(counts.transfers).toBe(given.facts.length);
        expect(counts.candidates + counts.excluded).toBe(counts.transfers);
        expect(counts.coverAll + counts.coverSome + counts.coverNone + counts.fieldsUnknown).toBe(
          counts.candidates,
        );
        for (const { code, transfers } of counts.excludedBy)
          expect(
            excluded.items.filter(({ reasons }) => reasons.some((each) => each.code === code)),
          ).toHaveLength(transfers);
      }),
      RUNS,
    );
  });

  it('excludes only what its record contradicts, and everything that it does', () => {
    fc.assert(
      fc.property(world, leak, (given, asked) => {
        const reasons = new Map(
          trace(given, asked).excluded.items.map((each) => [
            each.transferId,
            each.reasons.map(({ code }) => code),
          ]),
        );
        given.facts.forEach((_, n) => {
          expect(reasons.get(idOf(n)) ?? []).toEqual(contradictions(given, n, asked));
        });
      }),
      RUNS,
    );
  });

  it('gives points that add up, and ranks by them', () => {
    fc.assert(
      fc.property(world, leak, (given, asked) => {
        const answer = trace(given, asked);
        const perField = [
          'field-covered',
          'field-altered',
          'field-missing',
          'id-style-same',
          'id-style-differs',
        ];
        for (const { evidence, points } of answer.candidates.items) {
          const sum = evidence.reduce((total, each) => total + each.points, 0);
          expect(sum).toBe(points.record + points.history);
          for (const each of evidence) {
            const weight = EVIDENCE[each.code].points;
            if (perField.includes(each.code)) expect(each.points / weight).toSatisfy(Number.isInteger);
            else expect(each.points).toBe(weight);
            expect(each.bearing).toBe(EVIDENCE[each.code].bearing);
          }
        }
        const record = answer.candidates.items.map(({ points }) => points.record);
        expect(record).toEqual([...record].sort((a, b) => b - a));
        answer.candidates.items.forEach(({ rank, points }) => {
          expect(rank).toBe(1 + record.filter((other) => other > points.record).length);
        });
        for (const { joint, points } of answer.sets.listed)
          expect(joint.reduce((total, each) => total + each.points, 0)).toBe(points.joint);
      }),
      RUNS,
    );
  });

  it('rests every finding on something', () => {
    fc.assert(
      fc.property(world, leak, (given, asked) => {
        const { candidates, sets, excluded } = trace(given, asked);
        const findings = [
          ...candidates.items.flatMap(({ evidence }) => evidence),
          ...sets.listed.flatMap(({ joint }) => joint),
          ...excluded.items.flatMap(({ reasons }) => reasons),
        ];
        for (const { detail, restsOn } of findings) {
          expect(detail).toMatch(/^[^\s].*\.$/);
          expect(detail).not.toMatch(/undefined|null|NaN|\[object/);
          expect(Object.values(restsOn).flat().length).toBeGreaterThan(0);
        }
      }),
      RUNS,
    );
  });

  it('points at what is there, in the record and in the description', () => {
    fc.assert(
      fc.property(world, leak, (given, asked) => {
        const { candidates, sets, excluded } = trace(given, asked);
        const about = [
          ...candidates.items.map(({ transfer, evidence }) => [transfer.transferId, evidence] as const),
          ...excluded.items.map(({ transferId, reasons }) => [transferId, reasons] as const),
        ];
        for (const [transferId, findings] of about)
          for (const { restsOn } of findings) {
            const record = given.histories.get(transferId)?.[0]?.entry.body;
            for (const pointer of restsOn.record ?? []) expect(at(record, pointer), pointer).toBeDefined();
            for (const pointer of restsOn.leak ?? []) expect(at(asked, pointer), pointer).toBeDefined();
          }
        for (const { members, joint } of sets.listed)
          for (const { restsOn } of joint)
            for (const pointer of restsOn.record ?? [])
              expect(
                members.some(
                  ({ transferId }) =>
                    at(given.histories.get(transferId)?.[0]?.entry.body, pointer) !== undefined,
                ),
              ).toBe(true);
      }),
      RUNS,
    );
  });

  it('claims no more than consistency', () => {
    fc.assert(
      fc.property(world, leak, (given, asked) => {
        expect(JSON.stringify(trace(given, asked))).not.toMatch(
          /\b(?:is|was) the source\b|\bprove[ds]?\b|\bguilty\b/i,
        );
      }),
      RUNS,
    );
  });

  it('states its bounds and the table that its points come from', () => {
    const { method } = trace(worldOf([]), fc.sample(leak, { numRuns: 1, seed: 1 })[0] ?? never());
    expect(method.bounds).toEqual(BOUNDS);
    expect(method.evidence.map(({ code }) => code)).toEqual(Object.keys(EVIDENCE));
    expect(method.evidence.flatMap(({ code, excludes }) => (excludes ? [code] : []))).toEqual([
      ...EXCLUSIONS,
    ]);
  });
});

/** What an RFC 6901 pointer points at. */
const at = (document: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);

const never = (): never => {
  throw new Error('a sample has one member');
};

/** The contradictions between a record and a leak, told from the record itself. */
function contradictions({ histories }: World, n: number, asked: LeakDescription): string[] {
  const record = histories.get(idOf(n))?.[0]?.entry.body as unknown as TransferRecord;
  const { fields, snapshot, handedOver, coverage, access, manifest } = record;
  const digests = asked.files?.map(({ sha256 }) => sha256) ?? [];
  if (manifest?.some(({ sha256 }) => sha256 !== undefined && digests.includes(sha256))) return [];
  const newest = asked.vintage?.from;
  const copyEnds =
    access === 'bulk' ? (snapshot?.to ?? handedOver.latest) : access ? undefined : snapshot?.to;
  const found = {
    'no-leaked-field':
      fields !== undefined && !fields.some(({ canonical }) => asked.fields.includes(canonical)),
    'handed-over-after-leak': handedOver.earliest > asked.seenOn,
    'snapshot-after-leak': snapshot !== undefined && snapshot.from > asked.seenOn,
    'newest-fact-after-snapshot': newest !== undefined && copyEnds !== undefined && copyEnds < newest,
    'area-disjoint':
      asked.areas !== undefined &&
      coverage !== undefined &&
      !coverage.areas.some((area) => asked.areas?.some((other) => areasOverlap(area, other))),
  };
  return EXCLUSIONS.filter((code) => found[code]);
}
