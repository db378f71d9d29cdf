import { openCheckpoint } from '../log/checkpoint.ts';
import { LogError } from '../log/error.ts';
import { formatVerifierKey } from '../log/key.ts';
import { formatNote } from '../log/note.ts';
import { type Policy, policyOf } from '../log/policy.ts';
import { BundleFault } from './fault.ts';
import type { BundleKeys } from './grounds.ts';
import { FILES } from './layout.ts';

const INTRODUCTION = `# The keys under which the checkpoint of this bundle is signed. Whoever altered the bundle could have
# altered them too: compare them with what the log and its witnesses publish elsewhere.
`;

export const formatKeys = ({ log, witnesses }: BundleKeys): string =>
  `${INTRODUCTION}log ${log}\n${witnesses.map((key) => `witness ${key}\n`).join('')}`;

/** @throws BundleFault `keys.txt` */
export function parseKeys(bytes: Uint8Array): BundleKeys {
  const [log, ...witnesses] = Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/^(?:log|witness) /, ''));
  const keys = { log: log ?? '', witnesses };
  if (Buffer.compare(Buffer.from(formatKeys(keys)), bytes) !== 0)
    throw new BundleFault(FILES.keys, 'file', 'is not a list of keys as a bundle has it');
  try {
    policyOf([keys.log], witnesses);
  } catch (error) {
    throw error instanceof LogError ? new BundleFault(FILES.keys, error.code, error.message) : error;
  }
  return keys;
}

/**
 * A checkpoint as a bundle has it, and its keys: signed once by its log, and cosigned by each witness of the policy, in
 * the order of their names. Cosignatures of others may come and go; so made, the same is made of it at any time.
 * @throws LogError when it is not signed, or not cosigned by all of them
 */
export function bundledCheckpoint(checkpoint: string | Uint8Array, policy: Policy) {
  const all = { ...policy, quorum: policy.witnesses.length };
  const { note, signature, cosignatures } = openCheckpoint(checkpoint, all);
  const ordered = cosignatures.toSorted((a, b) =>
    formatVerifierKey(a.key) < formatVerifierKey(b.key) ? -1 : 1,
  );
  const keys: BundleKeys = {
    log: formatVerifierKey(signature.key),
    witnesses: ordered.map(({ key }) => formatVerifierKey(key)),
  };
  return { text: formatNote({ text: note.text, signatures: [signature, ...ordered] }), keys };
}
