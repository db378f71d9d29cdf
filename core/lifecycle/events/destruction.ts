import * as z from 'zod';
import { Day, text } from '../../model/scalars.ts';
import { type Remainder, told } from '../transfer.ts';
import { conflict, event, invalid, noFlags, notBefore, occurredOn, reason } from './definition.ts';
import { notGone } from './receipt.ts';

/** How a holding ends. */
export const DESTRUCTION_EVENTS = {
  'destruction-certified': event({
    summary:
      'The data was destroyed (NIST SP 800-88). What the certificate leaves behind keeps the destruction incomplete, until another one says that it is gone too',
    shape: {
      occurredOn,
      scope: z.enum(['media', 'logical']).describe('NIST SP 800-88: the medium, or the data on it'),
      method: z.enum(['clear', 'purge', 'destroy']),
      tool: text(120),
      performer: text(120),
      verifier: text(120),
      backups: z.enum(['none-existed', 'destroyed', 'expire-later', 'unknown']),
      backupsExpireOn: Day.optional().describe('When the last backup has expired that expires later'),
      derivatives: z.enum(['none-existed', 'destroyed', 'kept', 'unknown']),
      note: text(500).optional(),
    },
    looksUpstream: true,
    decide: (state, body, { upstream }) => {
      if (state.holds.length > 0) conflict('a legal hold blocks the disposal of this holding');
      if (upstream.holds.length > 0)
        conflict('a legal hold on the data that this came from blocks the disposal of this holding');
      const before = state.certified?.remains;
      const left = remainsOf(body);
      if (before && !(left.length < before.length && left.every((part) => before.includes(part))))
        conflict('the destruction of this holding is already certified, and this one leaves no less behind');
      if (body.backupsExpireOn !== undefined && body.backups !== 'expire-later')
        invalid('/backupsExpireOn', 'has a place only where backups expire later');
      if (body.backupsExpireOn !== undefined && body.backupsExpireOn < body.occurredOn)
        invalid('/backupsExpireOn', 'must not be before occurredOn');
      return left.map((part) => ({ code: 'destruction-partial', pointer: `/${part}` }));
    },
    evolve: (state, body, entry) => {
      const { rejected: _superseded, verified: _ofTheOneBefore, ...rest } = state;
      const { scope, backupsExpireOn } = body;
      const certificate = { ...told(entry), scope, remains: remainsOf(body) };
      return { ...rest, certified: { ...certificate, ...(backupsExpireOn && { backupsExpireOn }) } };
    },
  }),

  'destruction-verified': event({
    summary: 'The provider is satisfied by the certificate of destruction',
    shape: { occurredOn, verifier: text(120), how: text(300) },
    decide: (state, body) => {
      if (!state.certified) return conflict('no destruction has been certified');
      if (state.verified) conflict('the destruction of this holding is already verified');
      notBefore(state.certified, body, 'the destruction');
      return noFlags;
    },
    evolve: (state, _body, entry) => ({ ...state, verified: told(entry) }),
  }),

  'destruction-rejected': event({
    summary: 'The certificate of destruction does not satisfy the provider',
    shape: { occurredOn, verifier: text(120), reason },
    decide: (state, body) => {
      if (!state.certified) return conflict('no destruction has been certified');
      notGone(state);
      notBefore(state.certified, body, 'the destruction');
      return noFlags;
    },
    evolve: (state, body, entry) => {
      const { certified: _withdrawn, verified: _too, ...rest } = state;
      return { ...rest, rejected: { ...told(entry), reason: body.reason } };
    },
  }),
} as const;

/** What a certificate does not say to be gone. */
function remainsOf({ backups, derivatives }: { backups: string; derivatives: string }): Remainder[] {
  const gone = (said: string) => said === 'none-existed' || said === 'destroyed';
  return [
    ...(gone(backups) ? [] : ['backups' as const]),
    ...(gone(derivatives) ? [] : ['derivatives' as const]),
  ];
}
