import { describe, expect, it } from 'vitest';
import { keyIdOf } from '../../../core/http-signature/keys.ts';
import { fold } from '../../../core/lifecycle/fold.ts';
import { evolveAgency } from '../../../core/lifecycle/registry.ts';
import { decideSigningEvent, type SigningEventKind } from '../../../core/lifecycle/signing.ts';
import { keyRegistration, keyRevocation, newKey } from '../../support/signing.ts';
import { anAgency } from '../../support/transfers.ts';
import { entryOf, refusalOf } from './specs.ts';

const AGENCY = anAgency().agencyId;
const [first, second] = [newKey(), newKey('P-256')];
type Step = readonly [kind: string, body: Record<string, unknown>];
const registered = (key = first): Step => ['agency-key-registered', keyRegistration(AGENCY, key)];
const revoked = (key = first, more = {}): Step => ['agency-key-revoked', { ...keyRevocation(key), ...more }];
const required = (value = true): Step => [
  'agency-signing-changed',
  { occurredOn: '2026-01-11', required: value, reason: 'Decided' },
];

const stateAfter = (...steps: readonly Step[]) =>
  fold(
    [['agency-registered', anAgency()] as Step, ...steps].map(([kind, body], version) => ({
      entry: entryOf({ kind, body }, version),
    })),
    evolveAgency,
  );
const decide = (given: readonly Step[], [kind, body]: Step, by = { steward: false, signed: true }) =>
  decideSigningEvent(AGENCY, stateAfter(...given)?.signing, kind as SigningEventKind, body, by);

describe('an agency that signs', () => {
  it('has its keys with their times, in their order', () => {
    const suspect = { suspectFrom: '2026-01-11' };
    const steps = [registered(), registered(second), required(), revoked(first, suspect)];
    const state = stateAfter(...steps);
    const [registration, next, decision, revocation] = steps.map(([kind, body], i) =>
      entryOf({ kind, body }, i + 1),
    );
    expect(state).toMatchObject({ ...anAgency(), nextVersion: 5 });
    expect(state?.signing).toEqual({
      required: true,
      decidedBy: decision?.entryId,
      keys: [
        {
          keyId: keyIdOf(first),
          key: keyRegistration(AGENCY, first).key,
          registeredBy: registration?.entryId,
          from: registration?.recordedAt,
          until: revocation?.recordedAt,
          ...suspect,
        },
        expect.objectContaining({ keyId: keyIdOf(second), registeredBy: next?.entryId }),
      ],
    });
  });

  it('keeps them through a change of what it is', () => {
    const { agencyId: _, ...changed } = anAgency({ name: 'Renamed' });
    const state = stateAfter(registered(), [
      'agency-changed',
      { ...changed, occurredOn: '2026-01-12', reason: 'x' },
    ]);
    expect(state).toMatchObject({ name: 'Renamed', signing: { keys: [{ keyId: keyIdOf(first) }] } });
  });
});

describe('is refused', () => {
  it.each<[string, readonly Step[], Step, string]>([
    ['a key a second time', [registered()], registered(), 'conflict'],
    ['a key that was revoked', [registered(), revoked()], registered(), 'conflict'],
    [
      'what does not prove possession',
      [],
      ['agency-key-registered', keyRegistration('another', first)],
      'invalid-record',
    ],
    ['the revocation of a key that is none', [registered()], revoked(second), 'invalid-record'],
    ['a second revocation', [registered(), revoked()], revoked(), 'conflict'],
    [
      'a suspicion after the event',
      [registered()],
      revoked(first, { suspectFrom: '2026-01-13' }),
      'invalid-record',
    ],
    ['to require what no key can do', [], required(), 'conflict'],
    ['to require it when the last key is gone', [registered(), revoked()], required(), 'conflict'],
    ['to require it twice', [registered(), required()], required(), 'conflict'],
    ['to release what is not required', [registered()], required(false), 'conflict'],
  ])('%s', (_, given, when, slug) => {
    expect(refusalOf(() => decide(given, when)).slug).toBe(slug);
  });

  it('whatever changes keys without one, once there is one', () => {
    const unsigned = { steward: false, signed: false };
    for (const when of [registered(second), revoked(), required()])
      expect(refusalOf(() => decide([registered()], when, unsigned)).slug).toBe('signature-missing');
    expect(() => decide([], registered(), unsigned)).not.toThrow();
    expect(() => decide([registered(), revoked()], registered(second), unsigned)).not.toThrow();
    for (const when of [registered(second), revoked(), required()])
      expect(() => decide([registered()], when, { steward: true, signed: false })).not.toThrow();
  });
});
