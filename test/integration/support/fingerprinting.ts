import { hash } from 'node:crypto';
import { expect } from 'vitest';
import { encodeFingerprints } from '../../../core/fingerprint/encode.ts';
import type { EpochKeys } from '../../../core/fingerprint/keys.ts';
import type { FieldSet } from '../../../core/fingerprint/sets.ts';
import { described, fingerprinted, type Row } from '../../core/fingerprint/files.ts';
import { PROVIDER, transferBody } from '../../support/transfers.ts';
import { uploaded } from '../../support/upload.ts';
import { agency, type World } from '../world.ts';

export const SETS: readonly FieldSet[] = ['msisdn', 'cnic', 'msisdn+cnic'];
export const sha = (bytes: Uint8Array) => hash('sha256', bytes);

/** The bytes of a fingerprint file. */
export const fileOf = (keys: EpochKeys, rows: readonly Row[], more: object = {}) =>
  encodeFingerprints(
    { ...described(keys, rows.length), ...more },
    new Map(SETS.map((set) => [set, fingerprinted(rows, set, keys)])),
  );

/** Records a transfer that commits to the file, and brings it unless told not to. */
export async function handOver(world: World, file: Uint8Array, bring = true): Promise<string> {
  const fingerprint = { sha256: sha(file), rows: 1, fieldSets: [...SETS], epoch: '2024' };
  const { json, text } = await world.ask('recordTransfer', agency(PROVIDER), {
    body: transferBody({ fingerprint }),
  });
  const transferId = String(json['transferId']);
  expect(transferId, text).toMatch(/^tr-/);
  if (bring)
    expect(await uploaded(world, 'requestFingerprintUpload', agency(PROVIDER), { transferId }, file)).toBe(
      200,
    );
  return transferId;
}
