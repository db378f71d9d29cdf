import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import * as z from 'zod';
import { formatVerifierKey } from '../core/log/key.ts';
import { formatSignatures, type Signer } from '../core/log/note.ts';
import { policyOf } from '../core/log/policy.ts';
import { encodeSize, SIZE_CONTENT_TYPE } from '../core/log/witness.ts';
import { addCheckpoint } from './cosigning.ts';
import { environment } from './environment.ts';
import { kmsSigner, kmsVerifierKey } from './store/signer.ts';

const logger = new Logger();

/** Ten times what a proof of 63 hashes and a checkpoint with the signatures of some witnesses come to. */
const MAX_BODY_BYTES = 65_536;

const VerifierKeys = z.array(z.string()).min(1);

/** The whole witness: what it says is text, and nothing of what goes wrong in it is anybody's but its operator's. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  try {
    switch (`${event.httpMethod} ${event.resource}`) {
      case 'POST /add-checkpoint':
        return await cosigned(bodyOf(event));
      case 'GET /vkey':
        return text(200, `${formatVerifierKey((await ownSigner()).key)}\n`);
      default:
        return text(404, '');
    }
  } catch (error) {
    logger.error('not answered', { error });
    return text(500, '');
  }
}

async function cosigned(body: Uint8Array): Promise<APIGatewayProxyResult> {
  if (body.length > MAX_BODY_BYTES) return text(413, `larger than ${MAX_BODY_BYTES} bytes\n`);
  const logs = policyOf(VerifierKeys.parse(JSON.parse(environment('LOGS')))).logs;
  const now = () => Math.floor(Date.now() / 1000);
  const outcome = await addCheckpoint(body, { logs, signer: await ownSigner(), now });
  switch (outcome.status) {
    case 200:
      return text(200, formatSignatures([outcome.cosignature]));
    case 409:
      return text(409, encodeSize(outcome.size), SIZE_CONTENT_TYPE);
    default:
      return text(outcome.status, `${outcome.detail}\n`);
  }
}

let signer: Promise<Signer> | undefined;

/** Asked of KMS once; again only when that failed. */
async function ownSigner(): Promise<Signer> {
  const keyId = environment('SIGNING_KEY');
  signer ??= kmsVerifierKey(keyId, environment('WITNESS_NAME'), 'cosignature').then((key) =>
    kmsSigner(keyId, key),
  );
  try {
    return await signer;
  } catch (error) {
    signer = undefined;
    throw error;
  }
}

const bodyOf = ({ body, isBase64Encoded }: APIGatewayProxyEvent): Uint8Array =>
  Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');

const text = (
  statusCode: number,
  body: string,
  contentType = 'text/plain; charset=utf-8',
): APIGatewayProxyResult => ({
  statusCode,
  headers: {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
  },
  body,
});
