import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Instant } from '../../core/model/scalars.ts';
import { environment } from '../environment.ts';

/** Attempts are few and short: what is not told now is told by the next run. */
export const events = new EventBridgeClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});

/** The kinds of events that are put on the bus, as rules match them. */
export type DetailType = 'Obligation notice' | 'Obligation notice given up';

/** Puts an event on the stage's bus. @throws Error when EventBridge does not take it */
export async function putOnBus(type: DetailType, detail: object, at: Instant): Promise<void> {
  const { FailedEntryCount, Entries } = await events.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: environment('NOTICE_BUS'),
          Source: 'amanat',
          DetailType: type,
          Detail: JSON.stringify(detail),
          Time: new Date(at),
        },
      ],
    }),
  );
  // It answers 200 also when it took nothing.
  if (FailedEntryCount !== 0) throw new Error(`the bus did not take an event: ${Entries?.[0]?.ErrorCode}`);
}
