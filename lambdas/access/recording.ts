import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type Operation, route } from '../../core/api/routes.ts';
import { accessOf } from '../../core/model/access.ts';
import type { IncidentId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { correlationIdOf, header, principalOf, type Request, readRequest } from '../http/request.ts';
import { now } from '../queries/clock.ts';
import { insertAccess } from '../store/accesses.ts';
import { CASE_HEADER, caseOf } from './case.ts';

/**
 * Answers a read, once it is recorded who asked what, under which case, and what came of it. Refused reads are recorded
 * too, by role or by what they asked for: who tried is worth knowing. A crash before the row is inserted leaves nothing
 * answered; one after it, a read on record whose answer nobody got.
 * @throws Problem `try-again` when it cannot be recorded: then it is not answered either
 */
export async function recordedRead<T extends { readonly status: number }>(
  operation: Operation,
  event: APIGatewayProxyEvent,
  read: (request: Request) => Promise<T>,
): Promise<T> {
  const target = route(operation);
  const asked = { operation, principal: principalOf(event), correlationId: correlationIdOf(event) };
  let parsed: Pick<Request, 'params' | 'query'> & { incidentId?: IncidentId | undefined } = {
    params: undefined,
    query: undefined,
  };
  const record = (status: number) =>
    insertAccess(
      accessOf({
        ...asked,
        ...parsed,
        status,
        accessId: `ac-${randomUUID().replaceAll('-', '')}`,
        at: now(),
      }),
    );
  try {
    const request = readRequest(target, event);
    parsed = { params: request.params, query: request.query };
    const incidentId = await caseOf(target, request.principal, header(event, CASE_HEADER));
    parsed = { ...parsed, incidentId };
    const answer = await read(request);
    await record(answer.status);
    return answer;
  } catch (error) {
    // What was not understood asked for nothing; and what failed here told nothing.
    const isRefusal = error instanceof Problem && error.status < 500 && error.status !== 400;
    if (isRefusal) await record(error.status);
    throw error;
  }
}
