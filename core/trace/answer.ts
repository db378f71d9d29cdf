import * as z from 'zod';

export const TraceAnswer = z.strictObject({}).meta({ id: 'TraceAnswer' });
export type TraceAnswer = z.infer<typeof TraceAnswer>;
