import * as z from 'zod';
import { environment } from '../environment.ts';

const Limits = z.object({
  minimumRows: z.int().min(1),
  tracesPerDay: z.int().min(1),
  subjectsPerDay: z.int().min(1),
  requestSeconds: z.number().min(0),
});

/** What the stage's configuration allows. */
export const tracingLimits = (): z.infer<typeof Limits> => Limits.parse(JSON.parse(environment('TRACING')));

/** What a file costs by itself, and by each row of the sample: reading, comparing, and weighing it against the others. */
const SECONDS_A_FILE = 0.2;
const SECONDS_A_ROW = 2e-6;

/** Whether comparing so many rows with so many files is no matter of a single request. */
export const takesTooLong = (rows: number, files: number): boolean =>
  files * (SECONDS_A_FILE + rows * SECONDS_A_ROW) > tracingLimits().requestSeconds;
