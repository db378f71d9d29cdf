import { signCheckpoint } from '../../../core/log/checkpoint.ts';
import { formatVerifierKey } from '../../../core/log/key.ts';
import { leafHash } from '../../../core/log/merkle.ts';
import { cosignText, formatNote, parseNote, type Signer } from '../../../core/log/note.ts';
import { type Policy, policyOf } from '../../../core/log/policy.ts';
import type { Receipt } from '../../../core/log/receipt.ts';
import { signerOf } from './keys.ts';
import { Definition } from './trees.ts';

export const ORIGIN = 'log.example/amanat';
export const logSigner = signerOf(ORIGIN);
export const witnesses = ['w1', 'w2', 'w3'].map((name) => signerOf(`witness.example/${name}`, 'cosignature'));
export const COSIGNED_AT = 1_750_000_000;

/** The entry at an index of the test log. */
export function entryAt(index: number): Uint8Array {
  return Buffer.from(`{"entry":${index}}`);
}

export const log = new Definition(Array.from({ length: 600 }, (_, index) => leafHash(entryAt(index))));

/** The log's checkpoint at a size, cosigned by the first few witnesses. */
export async function checkpointAt(size: number, cosigners: readonly Signer[] = []): Promise<string> {
  const signed = await signCheckpoint({ origin: ORIGIN, size, root: log.root(0, size) }, logSigner);
  const { text, signatures } = parseNote(signed);
  const cosignatures = await Promise.all(cosigners.map((signer) => cosignText(text, signer, COSIGNED_AT)));
  return formatNote({ text, signatures: [...signatures, ...cosignatures] });
}

export async function receiptAt(
  index: number,
  size: number,
  cosigners: readonly Signer[] = [],
): Promise<Receipt> {
  return { index, proof: log.path(index, 0, size), checkpoint: await checkpointAt(size, cosigners) };
}

/** Trusts the log, and asks for this many of the three witnesses. */
export function policyWith(quorum: number): Policy {
  const texts = witnesses.map(({ key }) => formatVerifierKey(key));
  return policyOf([formatVerifierKey(logSigner.key)], texts, quorum);
}
