import { addDays, type RequestId } from '../../core/model/scalars.ts';
import { dataRequestBody } from '../../test/support/transfers.ts';
import { AGENCIES, type Agency, pick, today } from './life.ts';

/** What whoever asked for data knows of his request, from the answers that he got. */
export interface Asking {
  readonly requestId: RequestId;
  readonly provider: Agency;
  answered: boolean;
}

/** A request of today, with what will be answered: it is granted, refused, or neither. */
export function request() {
  const provider = pick(AGENCIES);
  const recipient = pick(AGENCIES.filter((agency) => agency !== provider));
  const body = dataRequestBody({ provider, recipient, requestedOn: today(), agreement: undefined });
  const answer = pick([
    { kind: 'request-granted', body: { until: addDays(today(), 90), approver: 'director-data' } },
    { kind: 'request-refused', body: { ground: 'excessive', reason: 'More than is needed' } },
    undefined,
  ]);
  const dated = answer && { ...answer, body: { occurredOn: today(), ...answer.body } };
  return { provider, recipient, body, answer: dated };
}

/** What is owed upon a request, as the obligations have to tell it. */
export const owedUpon = ({ provider, answered }: Asking): string[] =>
  answered ? [] : [`answer-request ${provider} ${addDays(today(), 30)}`];
