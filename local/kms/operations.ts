import { createHmac, type KeyObject, sign, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import type { KeySpec } from '../template/keys.ts';
import { KmsError } from './error.ts';
import { type HeldKey, type KeyStore, publicHalf } from './keys.ts';

/** Bytes travel as base64. KMS takes messages of 1 to 4096 bytes. */
const Bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));
const Message = Bytes.refine(({ length }) => length >= 1 && length <= 4096);
const KeyId = z.string().min(1).max(2048);

const SIGNING = 'ED25519_SHA_512';
const MAC = 'HMAC_SHA_256';

// Strict, since what is left out here (dry runs, grants) must not seem to have worked.
const GetPublicKey = z.strictObject({ KeyId });
const Sign = z.strictObject({
  KeyId,
  Message,
  MessageType: z.enum(['RAW', 'DIGEST']).default('RAW'),
  SigningAlgorithm: z.string(),
});
const GenerateMac = z.strictObject({ KeyId, Message, MacAlgorithm: z.string() });
const VerifyMac = GenerateMac.extend({ Mac: Bytes });

type Operation = (keys: KeyStore, input: unknown) => object;

/** The operations that there are, by the names that clients send. Each answers as KMS does, or throws a KmsError. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['GetPublicKey', (keys, input) => getPublicKey(keys, parse(GetPublicKey, input))],
  ['Sign', (keys, input) => signMessage(keys, parse(Sign, input))],
  ['GenerateMac', (keys, input) => generateMac(keys, parse(GenerateMac, input))],
  ['VerifyMac', (keys, input) => verifyMac(keys, parse(VerifyMac, input))],
]);

function getPublicKey(keys: KeyStore, { KeyId }: z.infer<typeof GetPublicKey>) {
  const key = keyOf(keys, KeyId, 'ECC_NIST_EDWARDS25519', 'GetPublicKey');
  return {
    KeyId: key.arn,
    KeySpec: key.keySpec,
    KeyUsage: 'SIGN_VERIFY',
    PublicKey: publicHalf(key).toString('base64'),
    SigningAlgorithms: [SIGNING],
  };
}

function signMessage(keys: KeyStore, { KeyId, Message, ...how }: z.infer<typeof Sign>) {
  const key = keyOf(keys, KeyId, 'ECC_NIST_EDWARDS25519', 'Sign');
  refuseAlgorithm(how.SigningAlgorithm, SIGNING, key);
  if (how.MessageType !== 'RAW')
    throw new KmsError('ValidationException', `${SIGNING} signs a message, not a digest of one`);
  const signature = sign(null, Message, key.secret).toString('base64');
  return { KeyId: key.arn, Signature: signature, SigningAlgorithm: SIGNING };
}

function generateMac(keys: KeyStore, { KeyId, Message, MacAlgorithm }: z.infer<typeof GenerateMac>) {
  const key = keyOf(keys, KeyId, 'HMAC_256', 'GenerateMac');
  refuseAlgorithm(MacAlgorithm, MAC, key);
  return { KeyId: key.arn, Mac: macOf(key.secret, Message).toString('base64'), MacAlgorithm: MAC };
}

function verifyMac(keys: KeyStore, { KeyId, Message, Mac, MacAlgorithm }: z.infer<typeof VerifyMac>) {
  const key = keyOf(keys, KeyId, 'HMAC_256', 'VerifyMac');
  refuseAlgorithm(MacAlgorithm, MAC, key);
  const expected = macOf(key.secret, Message);
  if (Mac.length !== expected.length || !timingSafeEqual(Mac, expected))
    throw new KmsError('KMSInvalidMacException', 'the MAC is not of this message and key');
  return { KeyId: key.arn, MacValid: true, MacAlgorithm: MAC };
}

const macOf = (secret: KeyObject, message: Buffer): Buffer =>
  createHmac('sha256', secret).update(message).digest();

function keyOf(keys: KeyStore, idOrArn: string, wanted: KeySpec, operation: string): HeldKey {
  const key = keys.find(idOrArn);
  if (key === undefined) throw new KmsError('NotFoundException', `Key '${idOrArn}' does not exist`);
  if (key.keySpec === wanted) return key;
  // A secret key has no public half at all, which KMS says in another way than that it is the wrong key.
  const type = operation === 'GetPublicKey' ? 'UnsupportedOperationException' : 'InvalidKeyUsageException';
  throw new KmsError(type, `${key.arn} is a key of spec ${key.keySpec}, which ${operation} does not take`);
}

function refuseAlgorithm(asked: string, known: string, { arn, keySpec }: HeldKey): void {
  if (asked !== known)
    throw new KmsError(
      'InvalidKeyUsageException',
      `${asked} is not an algorithm of ${arn}, whose spec is ${keySpec}`,
    );
}

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new KmsError('ValidationException', z.prettifyError(parsed.error));
  return parsed.data;
}
