import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import * as z from 'zod';
import { Fault } from '../fault.ts';
import { clientIdOf, type Identity } from './identity.ts';
import { ALGORITHM, type Keys } from './keys.ts';

const TokenAnswer = z.object({ access_token: z.string() });

/**
 * Asks an issuer for an access token (client credentials, `private_key_jwt`).
 * @throws {Fault} when the issuer does not answer or refuses
 */
export async function requestToken(
  issuer: string,
  audience: string,
  keys: Pick<Keys, 'clients'>,
  identity: Identity,
): Promise<string> {
  const clientId = clientIdOf(identity);
  const now = Math.floor(Date.now() / 1000);
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: ALGORITHM, kid: keys.clients.kid ?? '' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + 60)
    .sign(await importJWK(keys.clients, ALGORITHM));
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      resource: audience,
      client_id: clientId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined);
  if (response === undefined) throw new Fault(`the issuer at ${issuer} does not answer`);
  const text = await response.text();
  if (!response.ok) throw new Fault(`the issuer refused a token for ${clientId}: ${text}`);
  return TokenAnswer.parse(JSON.parse(text)).access_token;
}
