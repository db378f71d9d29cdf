import { createHash } from 'node:crypto';
import { canonicalBytes } from '../../core/canonical.ts';

/**
 * Idempotency keys of an import. They follow from the register and from what identifies a row in it, so that a second
 * run asks for the same entries and gets the first answers. Only hashes: an identity may be of any script and length.
 */
export interface Keys {
  readonly transfer: (identity: readonly string[], occurrence: number) => string;
  readonly agency: (agencyId: string) => string;
}

/**
 * @param register the name that the mapping gives the register; without one, the file itself is the register
 * @param fileSha256 hex
 */
export function keysOf(register: string | undefined, fileSha256: string): Keys {
  const base = register === undefined ? `file:${fileSha256}` : `register:${register}`;
  return {
    transfer: (identity, occurrence) => `import/transfer/${digest([base, ...identity, occurrence])}`,
    agency: (agencyId) => `import/agency/${digest([base, agencyId])}`,
  };
}

const digest = (value: unknown) => createHash('sha256').update(canonicalBytes(value)).digest('hex');
