import type { KeyObject } from 'node:crypto';
import { canonicalJson } from '../canonical.ts';
import { apiAt, signAppend } from '../signing/request.ts';
import { appendHeaders } from '../signing/sender.ts';
import { APPEND_KINDS, type AppendKindName } from './appends.ts';
import type { Prepared } from './exchange.ts';
import type { Route } from './routes.ts';

interface Sending {
  /** Where the API stands. */
  readonly url: string;
  readonly target: Route;
  readonly request: { readonly body?: unknown; readonly idempotencyKey?: string };
}

/**
 * A request as it is sent when its sender signs what it appends: by itself, or line by line. What fits no schema stays
 * unsigned, for the API to say what is wrong with it; and so does what appends nothing.
 */
export function signedSending(key: KeyObject, sending: Sending, sent: Prepared): Prepared {
  const { url, target, request } = sending;
  if (!target.appends) return sent;
  if (target.contentType === 'application/x-ndjson')
    return {
      ...sent,
      body: (request.body as readonly Line[]).map((line) => signedLine(key, url, line)).join(''),
    };
  const parsed = target.body?.safeParse(request.body);
  if (!parsed?.success || request.idempotencyKey === undefined) return sent;
  const body = canonicalJson(parsed.data);
  const { idempotencyKey } = request;
  const signed = appendHeaders(key, { url: sent.address, body, idempotencyKey }, Date.now());
  for (const [name, value] of Object.entries(signed)) sent.headers.set(name, value);
  return { ...sent, body };
}

interface Line {
  readonly idempotencyKey: string;
  readonly kind: AppendKindName;
  readonly subject?: string;
  readonly body: unknown;
}

function signedLine(key: KeyObject, url: string, line: Line): string {
  const { kind, subject, idempotencyKey } = line;
  const definition = APPEND_KINDS[kind];
  const parsed = definition.body.safeParse(line.body);
  if (!parsed.success) return `${JSON.stringify(line)}\n`;
  const append = {
    kind,
    subject: definition.opens ? undefined : subject,
    body: parsed.data,
    idempotencyKey,
    api: apiAt(url),
  };
  return `${JSON.stringify({ ...line, signature: signAppend(key, append, Date.now()) })}\n`;
}
