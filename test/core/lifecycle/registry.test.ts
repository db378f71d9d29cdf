import { describe, expect, it } from 'vitest';
import { fold } from '../../../core/lifecycle/fold.ts';
import { evolveIncident } from '../../../core/lifecycle/incident.ts';
import {
  AGENCY_EVENTS,
  AGREEMENT_EVENTS,
  agreementVersion,
  decideAgreementEvent,
  evolveAgency,
  evolveAgreement,
} from '../../../core/lifecycle/registry.ts';
import { traceIdOf } from '../../../core/model/entry.ts';
import {
  agencyBody,
  agreementBody,
  aLeak,
  anAgency,
  anAgreement,
  anIncident,
  aSha256,
} from '../../support/transfers.ts';
import { entryOf, refusalOf } from './specs.ts';

const history = (...steps: [kind: string, body: Record<string, unknown>][]) =>
  steps.map(([kind, body], version) => ({ entry: entryOf({ kind, body }, version) }));

describe('an agency', () => {
  const change = AGENCY_EVENTS['agency-changed'].parse({
    name: 'Numbering and Spectrum Authority',
    kind: 'regulator',
    holdsOwnData: false,
    occurredOn: '2025-01-01',
    reason: 'Merger',
  });

  it('is as it was registered, then wholly as it was changed', () => {
    const before = history(['agency-registered', anAgency({ area: 'PK-PB' })]);
    expect(fold(before, evolveAgency)).toEqual({ ...anAgency({ area: 'PK-PB' }), nextVersion: 1 });
    const after = history(['agency-registered', anAgency({ area: 'PK-PB' })], ['agency-changed', change]);
    expect(fold(after, evolveAgency)).toEqual({
      agencyId: 'numbering-authority',
      name: 'Numbering and Spectrum Authority',
      kind: 'regulator',
      holdsOwnData: false,
      nextVersion: 2,
    });
  });

  it('keeps its id, whatever a change says', () => {
    const { agencyId, ...rest } = agencyBody({ occurredOn: '2025-01-01', reason: 'x' });
    expect(AGENCY_EVENTS['agency-changed'].safeParse({ ...rest, agencyId }).success).toBe(false);
    expect(AGENCY_EVENTS['agency-changed'].safeParse(rest).success).toBe(true);
  });

  it('is unknown before its registration', () => {
    expect(fold([], evolveAgency)).toBeUndefined();
  });
});

describe('an agreement', () => {
  const { agreementId: _id, ...terms } = agreementBody({ fields: ['msisdn'] });
  const amendment = AGREEMENT_EVENTS['agreement-amended'].parse({ ...terms, reason: 'Less is needed' });
  const retirement = { occurredOn: '2025-01-01', reason: 'The programme ended' };
  const registered: [string, Record<string, unknown>] = ['agreement-registered', anAgreement()];
  const amended: [string, Record<string, unknown>] = ['agreement-amended', amendment];
  const retired: [string, Record<string, unknown>] = ['agreement-retired', retirement];

  it('has its terms as version 1, and each amendment as the next', () => {
    const state = fold(history(registered, amended, amended), evolveAgreement) ?? expect.fail();
    expect(state.versions.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(agreementVersion(state, 1)).toMatchObject({ fields: ['msisdn', 'cnic', 'address'] });
    expect(agreementVersion(state, 2)).toMatchObject({ fields: ['msisdn'] });
    expect(agreementVersion(state, 4)).toBeUndefined();
    expect(state.versions.every((version) => !('reason' in version) && !('agreementId' in version))).toBe(
      true,
    );
    expect(state.nextVersion).toBe(3);
  });

  it('retires with its reason, keeps its versions, and then does not change any more', () => {
    const state = fold(history(registered, amended, retired), evolveAgreement) ?? expect.fail();
    expect(state.retired).toEqual({ on: '2025-01-01', reason: 'The programme ended' });
    expect(state.versions).toHaveLength(2);
    expect(refusalOf(() => decideAgreementEvent(state)).slug).toBe('conflict');
    expect(() =>
      decideAgreementEvent(fold(history(registered), evolveAgreement) ?? expect.fail()),
    ).not.toThrow();
  });
});

describe('an incident', () => {
  const traced = {
    caseReference: 'case-2026-17',
    description: aLeak(),
    answerSha256: aSha256('answer'),
    reflects: { size: 12 },
  };
  const refused = {
    caseReference: 'case-2026-17',
    description: aLeak(),
    refusal: 'approval-missing',
    detail: 'nobody else approved',
  };
  const finding = { occurredOn: '2026-02-01', finding: 'Two transfers together cover the leak' };

  it('gathers its traces and findings in their order, and how it was closed', () => {
    const entries = history(
      ['incident-opened', anIncident()],
      ['trace-run', traced],
      ['finding-recorded', finding],
      ['trace-refused', refused],
      ['trace-run', { ...traced, answerSha256: aSha256('other') }],
      ['incident-closed', { occurredOn: '2026-03-01', outcome: 'Handed over' }],
    );
    const state = fold(entries, evolveIncident) ?? expect.fail();
    expect(state.incident).toEqual(anIncident());
    expect(state.entryId).toBe(entries[0]?.entry.entryId);
    expect(state.traces.map(({ answerSha256 }) => answerSha256)).toEqual([
      aSha256('answer'),
      aSha256('other'),
    ]);
    expect(state.traces[0]).toEqual({
      traceId: traceIdOf(entries[1]?.entry.entryId ?? expect.fail()),
      entryId: entries[1]?.entry.entryId,
      recordedAt: entries[1]?.entry.recordedAt,
      principal: entries[1]?.entry.principal,
      description: aLeak(),
      answerSha256: aSha256('answer'),
      reflects: { size: 12 },
    });
    const { caseReference: _case, ...asked } = refused;
    expect(state.refusals).toMatchObject([{ entryId: entries[3]?.entry.entryId, ...asked }]);
    expect(state.findings.map((each) => each.finding)).toEqual([finding]);
    expect(state.closed).toEqual({ on: '2026-03-01', outcome: 'Handed over' });
  });

  it('has a trace as pending from when it was accepted until it is answered or refused', () => {
    const [opened, run] = history(['incident-opened', anIncident()], ['trace-run', traced]);
    const traceId = traceIdOf(run?.entry.entryId ?? expect.fail());
    const { caseReference, description } = traced;
    const accepted = {
      ...{ caseReference, description, traceId, sketchSha256: aSha256('sketch'), files: 3 },
      reflects: { size: 12 },
    };
    const opening: [string, Record<string, unknown>] = ['incident-opened', anIncident()];
    const pendingAfter = (...events: [string, Record<string, unknown>][]) =>
      fold(history(opening, ...events), evolveIncident)?.pending.map((each) => each.traceId);
    expect(opened?.entry.kind).toBe('incident-opened');
    expect(pendingAfter(['trace-accepted', accepted])).toEqual([traceId]);
    expect(pendingAfter(['trace-accepted', accepted], ['trace-refused', refused])).toEqual([traceId]);
    expect(pendingAfter(['trace-accepted', accepted], ['trace-refused', { ...refused, traceId }])).toEqual(
      [],
    );
    const own = history(opening, ['trace-accepted', accepted], ['trace-run', traced]);
    const runId = traceIdOf(own[2]?.entry.entryId ?? expect.fail());
    expect(pendingAfter(['trace-accepted', { ...accepted, traceId: runId }], ['trace-run', traced])).toEqual(
      [],
    );
  });

  it('knows no other events', () => {
    expect(() =>
      fold(history(['incident-opened', anIncident()], ['transfer-disputed', {}]), evolveIncident),
    ).toThrow(TypeError);
  });
});
