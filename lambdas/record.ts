import type { AppendAnswer } from '../core/api/answers.ts';
import { type AppendKindName, pathOfAppend } from '../core/api/appends.ts';
import type { Instant } from '../core/model/scalars.ts';
import { append } from './appends/append.ts';
import { appendLines } from './appends/lines.ts';
import type { Request } from './http/request.ts';
import { type Answer, jsonAnswer, serve } from './http/serve.ts';
import { readSignature } from './http/signature.ts';
import { preferenceApplied } from './log/wait.ts';

const now = () => new Date().toISOString() as Instant;

/** `POST` of something new: the whole body is the record. */
const opening = (kind: AppendKindName) => async (request: Request) =>
  created(
    request,
    await append(
      request.principal,
      {
        kind,
        idempotencyKey: request.idempotencyKey,
        body: request.body,
        signature: readSignature(request.event, pathOfAppend(kind, undefined)),
      },
      now(),
    ),
  );

/** `POST …/events`: the body names the kind, the path what it is about. */
const following = (parameter: string) => async (request: Request) => {
  const { kind, body } = request.body as unknown as { kind: AppendKindName; body: unknown };
  const subject = (request.params as unknown as Record<string, string>)[parameter] ?? '';
  return created(
    request,
    await append(
      request.principal,
      {
        kind,
        idempotencyKey: request.idempotencyKey,
        subject,
        body,
        bodyPath: ['body'],
        signature: readSignature(request.event, pathOfAppend(kind, subject)),
      },
      now(),
    ),
  );
};

/**
 * The answer to an append, the same at each repetition but for what it says of the receipt: with `Prefer: wait=N` it
 * comes when the receipt exists, and says by `Preference-Applied` that it does.
 */
async function created({ event }: Request, answer: AppendAnswer): Promise<Answer> {
  const { entryId } = answer;
  const receipt = { link: `</v1/entries/${entryId}/receipt>; rel="https://amanat.dev/rel/receipt"` };
  return jsonAnswer(201, answer, {
    location: locationOf(answer),
    ...receipt,
    ...(await preferenceApplied(event, [entryId])),
  });
}

function locationOf({
  transferId,
  requestId,
  incidentId,
  frameId,
  agencyId,
  agreementId,
  entryId,
}: AppendAnswer): string {
  if (transferId) return `/v1/transfers/${transferId}`;
  if (requestId) return `/v1/requests/${requestId}`;
  if (incidentId) return `/v1/incidents/${incidentId}`;
  if (frameId) return `/v1/frames/${frameId}`;
  if (agencyId) return `/v1/agencies/${agencyId}`;
  return agreementId ? `/v1/agreements/${agreementId}` : `/v1/entries/${entryId}`;
}

/** Everything that is appended on a client's word. */
export const handler = serve({
  recordDataRequest: opening('data-requested'),
  recordDataRequestEvent: following('requestId'),
  recordTransfer: opening('transfer-recorded'),
  recordTransferEvent: following('transferId'),
  recordEntries: (request) => appendLines(request, now),
  registerAgency: opening('agency-registered'),
  recordAgencyEvent: following('agencyId'),
  registerAgreement: opening('agreement-registered'),
  recordAgreementEvent: following('agreementId'),
  declareCoverage: opening('coverage-declared'),
  recordFrame: opening('frame-recorded'),
  openIncident: opening('incident-opened'),
  recordIncidentEvent: following('incidentId'),
});
