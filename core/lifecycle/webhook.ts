import * as z from 'zod';
import type { Entry } from '../model/entry.ts';
import { Day, text } from '../model/scalars.ts';

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
/** A name with a dot in it, and no address. */
const HOST_NAME = /^(?=.*[a-z])[a-z0-9-]+(\.[a-z0-9-]+)+$/;

/** Whether a URL leads to the machine that looks at it. */
export const isOnThisMachine = (url: string): boolean => LOOPBACK.includes(new URL(url).hostname);

/** Where an agency wants to be told. It stands in the ledger, so it may hold nothing that is secret. */
export const WebhookUrl = text(300)
  .superRefine((value, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    const url = URL.parse(value);
    if (!url) return refuse('must be a URL');
    if (url.username || url.password || url.search || url.hash || /[?#]/.test(value))
      return refuse('must have no user, no query and no fragment: they would stand in the ledger');
    const isLocal = LOOPBACK.includes(url.hostname);
    if (url.protocol !== 'https:' && !(isLocal && url.protocol === 'http:')) return refuse('must be https');
    if (!isLocal && !HOST_NAME.test(url.hostname)) refuse('must name its host');
  })
  .meta({
    id: 'WebhookUrl',
    description: 'An https URL without user, query and fragment',
    examples: ['https://intake.it-board.example.org/amanat'],
  });

/** What an agency has recorded of where it wants to be told. */
export const WEBHOOK_EVENTS = {
  'agency-webhook-changed': z
    .strictObject({
      occurredOn: Day,
      url: WebhookUrl.optional().describe(
        'To which each notice of what it owes is posted; left out for none',
      ),
      reason: text(500),
    })
    .describe('Where the agency is told from now on what it owes'),
} as const;
export type WebhookEventKind = keyof typeof WEBHOOK_EVENTS;

export const isWebhookEvent = (kind: string): kind is WebhookEventKind => Object.hasOwn(WEBHOOK_EVENTS, kind);

/** The URL from an event on; none after one that has none. */
export const webhookOf = ({ body }: Entry): { readonly webhook?: string } => {
  const { url } = body as z.infer<(typeof WEBHOOK_EVENTS)[WebhookEventKind]>;
  return url === undefined ? {} : { webhook: url };
};
