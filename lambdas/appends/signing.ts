import { APPEND_KINDS } from '../../core/api/appends.ts';
import { SignatureError, type SignatureHeader } from '../../core/http-signature/error.ts';
import type { AgencyKey, Signing } from '../../core/lifecycle/signing.ts';
import type { Principal } from '../../core/model/principal.ts';
import { type AgencyId, type Instant, KeptIdempotencyKey } from '../../core/model/scalars.ts';
import { EntrySignature } from '../../core/model/signing.ts';
import { Problem } from '../../core/problem.ts';
import { checkSignature, keyNamedBy } from '../../core/signing/check.ts';
import { signedRequest } from '../../core/signing/request.ts';
import { isInLog } from '../store/in-log.ts';
import { readAgencies } from '../store/registry.ts';
import type { AppendRequest } from './append.ts';
import { isMandatory } from './signing-policy.ts';

/** A signature as it was sent. */
export interface SentSignature extends Pick<EntrySignature, 'input' | 'value' | 'api'> {
  /** Whether it came in the headers of a request, or in a line of many. */
  readonly of: 'request' | 'line';
  /** `Content-Digest` of the body as it was sent, where it is the request's own. */
  readonly digest?: string;
}

/**
 * The signature with which an append goes into the ledger, verified; `undefined` where there is none and none is needed.
 * Checked at every repetition too: the answer to an append is for who may make it.
 * @param body as the entry will have it
 * @throws Problem `signature-missing`, `signature-refused`, `personal-data-refused`, `try-again`
 */
export async function signatureOf(
  { agency }: Principal,
  request: AppendRequest,
  body: unknown,
  now: Instant,
): Promise<EntrySignature | undefined> {
  const { signature: sent, kind } = request;
  if (!sent) {
    if (agency !== undefined && ((await isMandatory(kind)) || (await signsAll(agency))))
      throw new Problem('signature-missing');
    return undefined;
  }
  if (agency === undefined) throw refused(sent, 'Signature', 'only what an agency appends is signed');
  const key = await keyOf(agency, sent);
  const signature = kept(sent, request.idempotencyKey);
  try {
    const subject = APPEND_KINDS[kind].opens ? undefined : request.subject;
    const append = { kind, subject, body, ...signature };
    if (sent.digest !== undefined && sent.digest !== signedRequest(append).digest)
      throw new SignatureError(
        'Content-Digest',
        'what is signed must be the canonical JSON (RFC 8785) of the record, with what it leaves to defaults written out',
      );
    checkSignature(key.key, signature, append, now);
  } catch (error) {
    throw error instanceof SignatureError ? refused(sent, error.header, error.message) : error;
  }
  // Whoever reads the log is to find the key before whatever is signed with it.
  if (!(await isInLog(key.registeredBy)))
    throw new Problem('try-again', 'the registration of this key is on its way into the log');
  return signature;
}

/** Read afresh: a key that was revoked a second ago signs nothing more. */
async function keyOf(agency: AgencyId, sent: SentSignature): Promise<AgencyKey> {
  const { signing } = (await readAgencies([agency], true)).get(agency) ?? {};
  const keyId = nameOf(sent);
  const key = signing?.keys.find((known) => known.keyId === keyId);
  if (!key) throw refused(sent, 'Signature-Input', 'keyid names no key that this agency has registered');
  if (key.until !== undefined) throw refused(sent, 'Signature-Input', 'the key is revoked');
  return key;
}

function nameOf(sent: SentSignature): string {
  try {
    return keyNamedBy(sent);
  } catch (error) {
    throw error instanceof SignatureError ? refused(sent, error.header, error.message) : error;
  }
}

/** What of it an entry keeps. @throws Problem when it may not be kept */
function kept(sent: SentSignature, idempotencyKey: string): EntrySignature {
  const { input, value, api } = sent;
  const key = KeptIdempotencyKey.safeParse(idempotencyKey);
  if (!key.success) {
    const detail = 'seems to hold personal data; that of a signed append is kept';
    const fault =
      sent.of === 'line' ? { pointer: '/idempotencyKey', detail } : { header: 'Idempotency-Key', detail };
    throw new Problem('personal-data-refused', undefined, [fault]);
  }
  const { data } = EntrySignature.safeParse({ input, value, api, idempotencyKey });
  if (!data) throw refused(sent, 'Signature', 'it or the address of the API has no form that is kept');
  return data;
}

const POINTERS: Readonly<Record<SignatureHeader, string>> = {
  'Signature-Input': '/signature/input',
  Signature: '/signature/value',
  'Content-Digest': '/body',
};

const refused = ({ of }: SentSignature, header: SignatureHeader, detail: string): Problem =>
  new Problem('signature-refused', undefined, [
    of === 'line' ? { pointer: POINTERS[header], detail } : { header, detail },
  ]);

/** Whether the agency has said that it signs all it appends. It may be some seconds until this is known everywhere. */
async function signsAll(agency: AgencyId): Promise<boolean> {
  const { signing } = (await readAgencies([agency], false)).get(agency) ?? {};
  return signing !== undefined && (signing.required || !(await isReleased(signing)));
}

/** What loosens counts once it is in the log, so that its reader finds it before whatever came unsigned because of it. */
const isReleased = async ({ decidedBy }: Signing): Promise<boolean> =>
  decidedBy === undefined || isInLog(decidedBy);
