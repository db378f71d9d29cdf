import type { Context } from 'aws-lambda';
import { Inspected } from '../../../core/log/inspection.ts';

/** The inspecting function, in this process. The environment must name the tables by the time it is called. */
export interface Inspector {
  /** A whole inspection. */
  inspect(): Promise<Inspected>;
  /** One call, with so many milliseconds left in it. */
  call(event: object, remainingMs?: number): Promise<Inspected>;
}

export async function inspector(): Promise<Inspector> {
  const { handler } = await import('../../../lambdas/inspect.ts');
  const call = async (event: object, remainingMs = 600_000) =>
    Inspected.parse(
      await handler(event, { getRemainingTimeInMillis: () => remainingMs } as unknown as Context),
    );
  return { call, inspect: () => call({ inspect: 'start', seconds: 600 }) };
}
