import { formatVerifierKey, publicKeyOfSpki, type SignatureType, verifierKey } from '../../core/log/key.ts';
import type { KeyStore } from '../kms/keys.ts';
import type { FunctionSpec } from '../template/functions.ts';

/** What a deployed environment names that is another on this machine. */
export interface Places {
  /** Of the tokens. */
  readonly issuer: string;
  /** Of the witness's API. */
  readonly witness: string;
  /** From which the log's key and the witness's follow. */
  readonly keys: KeyStore;
}

/** For how long the log waits for its witness before it goes on without. */
const HOLD_SECONDS = 10;

/**
 * The functions with the issuer, the log and the witness of this machine in place of those that they were deployed
 * with. All else in their environments stays.
 */
export function localized(specs: readonly FunctionSpec[], { issuer, witness, keys }: Places): FunctionSpec[] {
  const witnesses = verifierKeys(specs, 'WITNESS_NAME', 'cosignature', keys).map((vkey) => ({
    url: witness,
    vkey,
  }));
  const replacements: Readonly<Record<string, string | undefined>> = {
    ISSUER: issuer,
    // It follows from the issuer.
    JWKS_URI: undefined,
    LOGS: JSON.stringify(verifierKeys(specs, 'LOG_ORIGIN', 'note', keys)),
    WEBHOOK_NETWORK: 'loopback',
    WITNESSING: JSON.stringify({ witnesses, quorum: 1, holdSeconds: HOLD_SECONDS }),
  };
  return specs.map((spec) => ({
    ...spec,
    environment: Object.fromEntries(
      Object.entries(spec.environment).flatMap(([name, deployed]) => {
        const value = Object.hasOwn(replacements, name) ? replacements[name] : deployed;
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  }));
}

/** The verifier keys of those who sign under a name that this variable holds, with the key that stands beside it. */
function verifierKeys(
  specs: readonly FunctionSpec[],
  nameVariable: string,
  type: SignatureType,
  keys: KeyStore,
): string[] {
  const found = specs.flatMap(({ environment }) => {
    const { [nameVariable]: name, SIGNING_KEY: signingKey } = environment;
    if (name === undefined || signingKey === undefined) return [];
    return [formatVerifierKey(verifierKey(name, type, publicKeyOfSpki(keys.publicKey(signingKey))))];
  });
  return [...new Set(found)];
}
