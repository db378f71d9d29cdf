import type { KeyObject } from 'node:crypto';
import { keyIdOf, signBytes, verifyBytes } from '../http-signature/keys.ts';
import type { AgencyId } from '../model/scalars.ts';
import { keyObjectOf, type PublicKey } from '../model/signing.ts';

/** What the holder of a key signs to show that it is its own: for which agency, and which key. */
const statement = (agencyId: AgencyId, key: KeyObject): Uint8Array =>
  Buffer.from(`amanat/agency-key/v1\n${agencyId}\n${keyIdOf(key)}\n`);

/** That whoever registers a key for an agency holds its private part: a signature of that, in base64. */
export const provePossession = (agencyId: AgencyId, privateKey: KeyObject): string =>
  Buffer.from(signBytes(privateKey, statement(agencyId, privateKey))).toString('base64');

export function isPossessed(agencyId: AgencyId, key: PublicKey, proof: string): boolean {
  const object = keyObjectOf(key);
  return verifyBytes(object, statement(agencyId, object), Buffer.from(proof, 'base64'));
}
