import { describe, expect, it } from 'vitest';
import { event, given, stateAfter, toldOf } from '../specs.ts';

describe('a destruction', () => {
  const certify = event('destruction-certified');
  const [verify, reject] = [event('destruction-verified'), event('destruction-rejected')];

  it('is certified, then verified', () => {
    given([])
      .when(certify)
      .thenChanges({ certified: { ...toldOf(certify, 1), scope: 'media', remains: [] } });
    given([certify])
      .when(verify)
      .thenChanges({ verified: toldOf(verify, 2) });
  });

  it('that is rejected has to be certified anew', () => {
    given([certify])
      .when(reject)
      .thenChanges({ certified: undefined, rejected: { ...toldOf(reject, 2), reason: 'Backups remain' } });
    given([certify, reject])
      .when(certify)
      .thenChanges({
        certified: { ...toldOf(certify, 3), scope: 'media', remains: [] },
        rejected: undefined,
      });
  });

  it.each(['destruction-verified', 'destruction-rejected'] as const)(
    'is not judged before it took place (%s)',
    (kind) => {
      given([certify])
        .when(event(kind, { occurredOn: '2025-03-19' }))
        .thenRefused('invalid-record', '/occurredOn');
      expect(stateAfter([certify, event(kind, { occurredOn: '2025-03-20' })]).nextVersion).toBe(3);
    },
  );

  describe('that leaves something', () => {
    const leaving = (backups: string, derivatives: string, more = {}) =>
      event('destruction-certified', { backups, derivatives, ...more });
    const flag = (part: string) => ({ code: 'destruction-partial', pointer: `/${part}` });

    it.each([
      ['none-existed', 'destroyed', []],
      ['destroyed', 'none-existed', []],
      ['expire-later', 'destroyed', ['backups']],
      ['unknown', 'destroyed', ['backups']],
      ['destroyed', 'kept', ['derivatives']],
      ['unknown', 'unknown', ['backups', 'derivatives']],
    ])('backups %s, derivatives %s', (backups, derivatives, remains) => {
      const step = leaving(backups, derivatives);
      given([])
        .when(step)
        .thenChanges({ certified: { ...toldOf(step, 1), scope: 'media', remains } }, remains.map(flag));
    });

    it('says when the backups expire, and that only of backups that do', () => {
      const backupsExpireOn = '2025-06-30';
      const later = leaving('expire-later', 'destroyed', { backupsExpireOn });
      expect(stateAfter([later]).certified).toMatchObject({ remains: ['backups'], backupsExpireOn });
      given([])
        .when(leaving('destroyed', 'destroyed', { backupsExpireOn }))
        .thenRefused('invalid-record', '/backupsExpireOn');
      given([])
        .when(leaving('expire-later', 'destroyed', { backupsExpireOn: '2025-03-19' }))
        .thenRefused('invalid-record', '/backupsExpireOn');
    });

    it('is ended by another that leaves less, which is to be verified anew', () => {
      const both = leaving('expire-later', 'kept');
      const fewer = leaving('destroyed', 'kept');
      given([both, verify])
        .when(fewer)
        .thenChanges(
          {
            certified: { ...toldOf(fewer, 3), scope: 'media', remains: ['derivatives'] },
            verified: undefined,
          },
          [flag('derivatives')],
        );
      expect(stateAfter([both, verify, fewer, certify, verify])).toMatchObject({
        certified: { remains: [] },
        eventFlags: [],
      });
    });

    it('is not certified again as it was, nor with something else left', () => {
      const backups = leaving('expire-later', 'destroyed');
      given([backups]).when(backups).thenRefused('conflict');
      given([backups]).when(leaving('destroyed', 'kept')).thenRefused('conflict');
      given([leaving('unknown', 'unknown')])
        .when(leaving('unknown', 'unknown'))
        .thenRefused('conflict');
    });

    it('is not the end: a hold may still be set on what is left, and the certificate be rejected', () => {
      const backups = leaving('expire-later', 'destroyed');
      expect(stateAfter([backups, verify, event('legal-hold-set')]).holds).toHaveLength(1);
      given([backups, verify, event('legal-hold-set')])
        .when(certify)
        .thenRefused('conflict');
      expect(stateAfter([backups, verify, reject])).not.toHaveProperty('verified');
    });
  });
});
