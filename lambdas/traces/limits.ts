import * as z from 'zod';
import { environment } from '../environment.ts';

const Limits = z.object({
  minimumRows: z.int().min(1),
  tracesPerDay: z.int().min(1),
  subjectsPerDay: z.int().min(1),
});

/** What the stage's configuration allows. */
export const tracingLimits = (): z.infer<typeof Limits> => Limits.parse(JSON.parse(environment('TRACING')));
