import { ApiFailure, ApiProblem } from '../../core/api/client.ts';
import { Finding, findingIn } from './finding.ts';

/**
 * The finding that an error is.
 * @throws the error itself when it is none: then the fault lies here, and not with what was verified
 */
export function findingOf(error: unknown, signal?: AbortSignal): Finding {
  if (error instanceof Finding) return error;
  if (signal?.aborted) return new Finding('interrupted', 'interrupted before the end; nothing is known');
  const found = findingIn(error);
  if (found) return found;
  if (error instanceof ApiFailure)
    return new Finding(error.code === 'unreachable' ? 'network' : 'answer', error.message);
  if (error instanceof ApiProblem) return refusal(error);
  throw error;
}

/** Statuses that pass, or should. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function refusal({ status, slug, message }: ApiProblem): Finding {
  if (status === 401)
    return new Finding('refused', 'the token is not valid, or has run out: run again with a new one');
  if (slug === 'case-required')
    return new Finding('refused', 'auditors name here the incident that they read for: --case');
  if (status === 403) return new Finding('refused', 'this token may not read that: an auditor’s is needed');
  const said = `the API answers ${status}: ${message}`;
  return new Finding(PASSING.has(status) ? 'network' : status >= 500 ? 'broken' : 'refused', said);
}
