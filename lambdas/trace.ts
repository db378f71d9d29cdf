import { serve } from './http/serve.ts';
import { getTrace, runTrace } from './traces/run.ts';

/** Tracing: what could explain a leak, asked under an incident and recorded. */
export const handler = serve({ runTrace, getTrace });
