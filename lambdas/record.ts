import type { AppendAnswer } from '../core/api/answers.ts';
import type { AppendKindName } from '../core/api/appends.ts';
import type { Instant } from '../core/model/scalars.ts';
import { append } from './appends/append.ts';
import { appendLines } from './appends/lines.ts';
import type { Request } from './http/request.ts';
import { type Answer, jsonAnswer, serve } from './http/serve.ts';

const now = () => new Date().toISOString() as Instant;

/** `POST` of something new: the whole body is the record. */
const opening = (kind: AppendKindName) => async (request: Request) =>
  created(
    await append(
      request.principal,
      { kind, idempotencyKey: request.idempotencyKey, body: request.body },
      now(),
    ),
  );

/** `POST …/events`: the body names the kind, the path what it is about. */
const following = (parameter: string) => async (request: Request) => {
  const { kind, body } = request.body as unknown as { kind: AppendKindName; body: unknown };
  const subject = (request.params as unknown as Record<string, string>)[parameter] ?? '';
  return created(
    await append(
      request.principal,
      { kind, idempotencyKey: request.idempotencyKey, subject, body, bodyPath: ['body'] },
      now(),
    ),
  );
};

function created(answer: AppendAnswer): Answer {
  const { transferId, incidentId, agencyId, agreementId, entryId } = answer;
  const location = transferId
    ? `/v1/transfers/${transferId}`
    : incidentId
      ? `/v1/incidents/${incidentId}`
      : agencyId
        ? `/v1/agencies/${agencyId}`
        : agreementId
          ? `/v1/agreements/${agreementId}`
          : `/v1/entries/${entryId}`;
  return jsonAnswer(201, answer, { location });
}

/** Everything that is appended on a client's word. */
export const handler = serve({
  recordTransfer: opening('transfer-recorded'),
  recordTransferEvent: following('transferId'),
  recordEntries: (request) => appendLines(request, now),
  registerAgency: opening('agency-registered'),
  recordAgencyEvent: following('agencyId'),
  registerAgreement: opening('agreement-registered'),
  recordAgreementEvent: following('agreementId'),
  declareCoverage: opening('coverage-declared'),
  openIncident: opening('incident-opened'),
  recordIncidentEvent: following('incidentId'),
});
