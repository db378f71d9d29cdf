import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { type Loopback, readAll, serveLoopback } from '../loopback.ts';
import { filterOf } from '../streams/filter.ts';
import { ACCOUNT, type Json, REGION } from '../template/resolve.ts';
import type { Rule } from '../template/rules.ts';

/** An event as EventBridge hands it to targets, as far as rules and people look at it. */
export interface BusEvent {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly account: string;
  readonly region: string;
  readonly time: string;
  readonly detail: Json;
}

export interface EventsOptions {
  readonly buses: readonly string[];
  readonly rules: readonly Rule[];
  /** Takes an event, with the ARNs of the targets whose rules it fits; it has to be durable when this returns. */
  readonly take: (event: BusEvent, targets: readonly string[]) => void;
}

const TARGET = 'AWSEvents.PutEvents';
/** EventBridge's limit for a request. */
const MOST_BYTES = 1024 * 1024;

// Strict, since what is left out here (traces, global endpoints) must not seem to have worked.
const PutEvents = z.strictObject({
  Entries: z
    .array(
      z.strictObject({
        EventBusName: z.string().min(1),
        Source: z.string().min(1),
        DetailType: z.string().min(1),
        Detail: z.string().transform((text, context): Json => {
          try {
            return JSON.parse(text);
          } catch {
            context.addIssue('Detail is malformed.');
            return z.NEVER;
          }
        }),
        Time: z.number().optional(),
      }),
    )
    .min(1)
    .max(10),
});

/** What functions need of EventBridge, in its own protocol (JSON 1.1): putting events on buses, which rules hand on. */
export function startEvents(options: EventsOptions): Promise<Loopback> {
  const rules = options.rules.map((rule) => ({ ...rule, fits: filterOf([rule.pattern]) }));
  return serveLoopback(async (request, response) => {
    const parsed = PutEvents.safeParse(await readPut(request));
    if (!parsed.success) return send(response, 400, { __type: 'ValidationException' });
    const Entries = parsed.data.Entries.map(({ EventBusName, ...entry }) => {
      if (!options.buses.includes(EventBusName))
        return { ErrorCode: 'ResourceNotFoundException', ErrorMessage: 'there is no such bus' };
      const event: BusEvent = {
        id: randomUUID(),
        source: entry.Source,
        'detail-type': entry.DetailType,
        account: ACCOUNT,
        region: REGION,
        time: new Date(entry.Time === undefined ? Date.now() : entry.Time * 1000).toISOString(),
        detail: entry.Detail,
      };
      const told = rules.filter(({ busName, fits }) => busName === EventBusName && fits({ ...event }));
      options.take(event, [...new Set(told.flatMap(({ targets }) => targets))]);
      return { EventId: event.id };
    });
    const FailedEntryCount = Entries.filter((entry) => 'ErrorCode' in entry).length;
    send(response, 200, { FailedEntryCount, Entries });
  });
}

async function readPut(request: IncomingMessage): Promise<unknown> {
  if (request.method !== 'POST' || request.headers['x-amz-target'] !== TARGET) return undefined;
  const body = await readAll(request, MOST_BYTES);
  try {
    return JSON.parse(body?.toString('utf8') ?? '');
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}
