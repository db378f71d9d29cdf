import { describe, expect, it } from 'vitest';
import { fold } from '../../../core/lifecycle/fold.ts';
import { evolveAgency } from '../../../core/lifecycle/registry.ts';
import { isOnThisMachine, WebhookUrl } from '../../../core/lifecycle/webhook.ts';
import type { Entry } from '../../../core/model/entry.ts';
import { agencyBody } from '../../support/transfers.ts';
import { entryOf } from './specs.ts';

describe('the URL of a webhook', () => {
  it.each([
    'https://intake.it-board.example.org/amanat',
    'https://intake.example.org:8443/',
    'http://127.0.0.1:9000/told',
    'http://localhost:9000/',
    'http://[::1]:9000/',
  ])('may be %s', (url) => {
    expect(WebhookUrl.safeParse(url).error).toBeUndefined();
  });

  it.each([
    ['http://intake.example.org/', 'must be https'],
    ['ftp://intake.example.org/', 'must be https'],
    ['https://user:secret@intake.example.org/', 'no user'],
    ['https://user@intake.example.org/', 'no user'],
    ['https://intake.example.org/?key=1', 'no query'],
    ['https://intake.example.org/?', 'no query'],
    ['https://intake.example.org/#here', 'no fragment'],
    ['https://10.0.0.1/', 'must name its host'],
    ['https://[fd00::1]/', 'must name its host'],
    ['https://169.254.169.254/latest', 'must name its host'],
    ['https://intake/', 'must name its host'],
    ['intake.example.org', 'must be a URL'],
    ['https://intake.example.org/03001234567', 'personal data'],
    [`https://intake.example.org/${'x'.repeat(300)}`, 'Too big'],
  ])('may not be %s', (url, why) => {
    const messages = WebhookUrl.safeParse(url).error?.issues.map(({ message }) => message) ?? [];
    expect(messages.join()).toContain(why);
  });

  it('is of this machine however its address is written', () => {
    for (const url of ['http://127.0.0.1/', 'http://2130706433/', 'http://0x7f.1/', 'https://localhost/'])
      expect([url, isOnThisMachine(url)]).toEqual([url, true]);
    expect(isOnThisMachine('https://intake.example.org/')).toBe(false);
  });
});

describe('the webhook of an agency', () => {
  const entry = (version: number, kind: string, body: Record<string, unknown>): { entry: Entry } => ({
    entry: {
      ...entryOf({ kind: 'transfer-disputed', body }, version, undefined),
      kind,
      stream: 'agency',
      body,
    },
  });
  const changed = (url?: string) => ({ occurredOn: '2026-01-02', ...(url && { url }), reason: 'Decided' });
  const { agencyId: _id, ...others } = agencyBody();
  const registered = entry(0, 'agency-registered', agencyBody());
  const set = entry(1, 'agency-webhook-changed', changed('https://a.example.org/'));

  it('is what was said last, and stays when the agency changes otherwise', () => {
    const renamed = entry(2, 'agency-changed', {
      ...others,
      name: 'New',
      occurredOn: '2026-01-03',
      reason: 'New',
    });
    expect(fold([registered], evolveAgency)).not.toHaveProperty('webhook');
    expect(fold([registered, set], evolveAgency)).toMatchObject({
      webhook: 'https://a.example.org/',
      nextVersion: 2,
    });
    expect(fold([registered, set, renamed], evolveAgency)).toMatchObject({
      name: 'New',
      webhook: 'https://a.example.org/',
      nextVersion: 3,
    });
  });

  it('is none after it was taken away', () => {
    const none = entry(2, 'agency-webhook-changed', changed());
    expect(fold([registered, set, none], evolveAgency)).not.toHaveProperty('webhook');
  });
});
