import * as z from 'zod';
import { environment } from '../environment.ts';

/** No trace is spread over more calls, whatever a stage says. */
export const MOST_WORKERS = 100;

const Limits = z.object({
  minimumRows: z.int().min(1),
  tracesPerDay: z.int().min(1),
  subjectsPerDay: z.int().min(1),
  requestSeconds: z.number().min(0),
  workers: z.int().min(1).max(MOST_WORKERS),
});

/** What the stage's configuration allows. */
export const tracingLimits = (): z.infer<typeof Limits> => Limits.parse(JSON.parse(environment('TRACING')));

/**
 * What a file of a million rows costs by itself, and by each row of the sample: reading, at 100 MB/s, comparing, and
 * weighing it against the others. `bench:trace` prints what it is on the machine at hand; rows cost about half of this.
 */
const SECONDS_A_FILE = 0.1;
const SECONDS_A_ROW = 1.5e-7;

const secondsFor = (rows: number, files: number): number => files * (SECONDS_A_FILE + rows * SECONDS_A_ROW);

/** Whether comparing so many rows with so many files is no matter of a single request. */
export const takesTooLong = (rows: number, files: number): boolean =>
  secondsFor(rows, files) > tracingLimits().requestSeconds;

/** How many calls at once are to compare so many rows with so many files: none has less to do than a request could. */
export function workersFor(rows: number, files: number): number {
  const { workers, requestSeconds } = tracingLimits();
  const worth = Math.floor(secondsFor(rows, files) / Math.max(requestSeconds, SECONDS_A_FILE));
  return Math.max(1, Math.min(workers, worth));
}
