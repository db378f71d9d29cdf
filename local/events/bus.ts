import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BusEvent } from './server.ts';

/** Of all that the bus took, one JSON line an event. */
export const NOTICES_FILE = 'notices.ndjson';

/** Told of each event that the bus took, and of the names of the topics that it went to. */
export type OnEvent = (event: BusEvent, topics: readonly string[]) => void;

/**
 * Keeps what a bus took, and what its rules put into a queue, in files of the data folder, in place of topics and
 * queues; and tells of it.
 */
export function keepEvents(folder: string, onEvent: OnEvent) {
  return (event: BusEvent, targets: readonly string[]): void => {
    append(join(folder, NOTICES_FILE), event);
    const named = (service: string) =>
      targets
        .filter((arn) => arn.startsWith(`arn:aws:${service}:`))
        .map((arn) => arn.split(':').at(-1) ?? '');
    for (const queue of named('sqs')) append(join(folder, 'failures', `${queue}.ndjson`), event);
    onEvent(event, named('sns'));
  };
}

function append(path: string, event: BusEvent): void {
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `${JSON.stringify(event)}\n`, { mode: 0o600 });
}
