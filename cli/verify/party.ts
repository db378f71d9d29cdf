import { createPublicKey } from 'node:crypto';
import { SignatureError } from '../../core/http-signature/error.ts';
import { SIGNING_EVENTS } from '../../core/lifecycle/signing.ts';
import { type Entry, parseEntry } from '../../core/model/entry.ts';
import { PublicKey } from '../../core/model/signing.ts';
import { checkSignature, keyNamedBy, type SignedEntry, signedEntry } from '../../core/signing/check.ts';
import { isPossessed } from '../../core/signing/proof.ts';
import { readFile, UsageError } from '../failure.ts';
import { Finding } from './finding.ts';

/** Whose signature an entry is to have. */
export interface PartyOptions {
  /** A file: a public key, or the entry that registered it. */
  readonly agencyKey?: string;
  /** A file: the receipt of that entry. */
  readonly agencyKeyReceipt?: string;
}

/** What is to be told of the agency's signature. */
export interface PartyShown {
  readonly rows: readonly string[][];
  /** The agency whose signature verifies. */
  readonly signedBy?: string;
}

/** An entry that was found in the log, at its place there. */
interface Placed {
  readonly entry: Uint8Array;
  readonly index: number;
}

/**
 * Verifies that the agency signed an entry with the key that is given; without one it is only told that it seems to have.
 * @param placeOf verifies the receipt in a file as that of some bytes, and answers their place in the log
 * @throws Finding `party`, and what `placeOf` does; UsageError
 */
export function verifyParty(
  { entry: bytes, index }: Placed,
  { agencyKey, agencyKeyReceipt }: PartyOptions,
  placeOf: (entry: Uint8Array, receipt: string) => number,
): PartyShown | undefined {
  if (agencyKey === undefined && agencyKeyReceipt !== undefined)
    throw new UsageError('--agency-key-receipt is the receipt of the entry that --agency-key names');
  const entry = readEntry(bytes);
  const signed = entry && finding(() => signedEntry(entry));
  if (!signed) {
    if (agencyKey !== undefined) throw new Finding('party', 'the entry is not signed by an agency');
    return undefined;
  }
  const { agency, signature } = signed;
  const named = `${agency}, with the key ${finding(() => keyNamedBy(signature))}`;
  if (agencyKey === undefined)
    return { rows: [['agency', `${named}: not verified, give the key (--agency-key)`]] };
  const { key, registration } = keyIn(agencyKey, signed);
  finding(() => checkSignature(key, signature, signed.append, entry.recordedAt));
  const rows = [['agency', `${named}, at ${createdAt(signature.input)}`]];
  if (registration) rows.push(['its key', keyText(registration, agencyKeyReceipt, index, placeOf)]);
  else if (agencyKeyReceipt !== undefined)
    throw new UsageError(
      '--agency-key-receipt goes with the entry that registered the key, and --agency-key is a key',
    );
  return { rows, signedBy: agency };
}

interface Registration {
  readonly bytes: Uint8Array;
  readonly entry: Entry;
}

/** The key in a file: as PEM, as JWK, or in the entry that registered it for the agency. */
function keyIn(path: string, { agency }: SignedEntry): { key: PublicKey; registration?: Registration } {
  const bytes = readFile(path);
  const entry = readEntry(bytes);
  if (!entry) return { key: plainKey(path, bytes.toString('utf8')) };
  const body = SIGNING_EVENTS['agency-key-registered'].safeParse(entry.body);
  if (entry.kind !== 'agency-key-registered' || !body.success)
    throw new UsageError(`${path} is an entry, but none that registered a key`);
  if (entry.subject !== agency)
    throw new Finding('party', `the key was registered for ${entry.subject}, and the entry is of ${agency}`);
  const { key, proof } = body.data;
  if (!isPossessed(agency, key, proof))
    throw new Finding('party', 'the registration does not prove that the agency has the key');
  return { key, registration: { bytes, entry } };
}

function plainKey(path: string, text: string): PublicKey {
  try {
    const jwk = text.trimStart().startsWith('{')
      ? JSON.parse(text)
      : createPublicKey(text).export({ format: 'jwk' });
    return PublicKey.parse(jwk);
  } catch {
    throw new UsageError(
      `${path} is no Ed25519 or P-256 public key (PEM or JWK), and no entry that registered one`,
    );
  }
}

function keyText(
  { bytes, entry }: Registration,
  receipt: string | undefined,
  index: number,
  placeOf: (entry: Uint8Array, receipt: string) => number,
): string {
  const by = entry.principal.agency === entry.subject ? 'the agency itself' : 'a steward';
  if (receipt === undefined)
    return `registered by ${by}; that this is in the log was not verified (--agency-key-receipt)`;
  const place = placeOf(bytes, receipt);
  if (place >= index)
    throw new Finding('party', `the key was registered at place ${place}, after the entry at ${index}`);
  return `registered by ${by} at place ${place}`;
}

function readEntry(bytes: Uint8Array): Entry | undefined {
  try {
    return parseEntry(bytes);
  } catch {
    return undefined;
  }
}

/** `;created=…` of an input that was found to be one. */
const createdAt = (input: string): string =>
  new Date(Number(/;created=(\d+)/.exec(input)?.[1]) * 1_000).toISOString();

function finding<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    throw new Finding('party', `the agency’s signature ${error.message}`);
  }
}
