import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseVerifierKey, publicKeyOfSpki } from '../../../core/log/key.ts';
import { localized } from '../../../local/functions/localized.ts';
import { type KeyStore, loadOrMakeKeyStore } from '../../../local/kms/keys.ts';

const keyOf = (id: string) => ({
  id,
  arn: `arn:aws:kms:us-east-1:000000000000:key/${id}`,
  keySpec: 'ECC_NIST_EDWARDS25519' as const,
});
const LOG = keyOf('Log-Signing');
const WITNESS = keyOf('Witness-Signing');
const PLACES = { issuer: 'http://127.0.0.1:1', witness: 'http://127.0.0.1:2' };
const LOG_VARIABLES = { LOG_ORIGIN: 'amanat.example/log', SIGNING_KEY: LOG.arn };
const WITNESS_VARIABLES = { WITNESS_NAME: 'witness.example/w', SIGNING_KEY: WITNESS.arn };

describe('on this machine, functions are told of', () => {
  let folder: string;
  let keys: KeyStore;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-localized-'));
    keys = await loadOrMakeKeyStore(folder, [LOG, WITNESS]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const environmentsOf = (...environments: Readonly<Record<string, string>>[]) =>
    localized(
      environments.map((environment, number) => ({
        name: `Function${number}`,
        label: `function${number}`,
        arn: `arn:${number}`,
        codeFolder: '/nowhere',
        handler: 'index.handler',
        timeoutMs: 1000,
        memoryMb: 128,
        environment,
      })),
      { ...PLACES, keys },
    ).map(({ environment }) => environment);
  const publicKey = (arn: string) => new Uint8Array(publicKeyOfSpki(keys.publicKey(arn)));

  it('the issuer, and not where another one has its keys', () => {
    const deployed = { ISSUER: 'https://a', JWKS_URI: 'https://a/jwks', AUDIENCE: 'amanat', toString: '' };
    const { JWKS_URI: _theirs, ...kept } = deployed;
    expect(environmentsOf(deployed)).toEqual([{ ...kept, ISSUER: PLACES.issuer }]);
  });

  it('the log, by its name and the key that it signs with here', () => {
    const deployed = { ...WITNESS_VARIABLES, LOGS: '["another+00000000+AA=="]' };
    const [, , { LOGS = '', ...others } = {}] = environmentsOf(LOG_VARIABLES, LOG_VARIABLES, deployed);
    expect(others).toEqual(WITNESS_VARIABLES);
    const logs: string[] = JSON.parse(LOGS);
    expect(logs.map(parseVerifierKey)).toEqual([
      expect.objectContaining({ name: 'amanat.example/log', type: 'note', publicKey: publicKey(LOG.arn) }),
    ]);
  });

  it('the witness, by where it is and the key that it cosigns with here', () => {
    const deployed = { ...LOG_VARIABLES, WITNESSING: '{"witnesses":[],"quorum":0,"holdSeconds":0}' };
    const [{ WITNESSING = '', ...others } = {}] = environmentsOf(deployed, { ...WITNESS_VARIABLES });
    expect(others).toEqual(LOG_VARIABLES);
    const { witnesses, ...policy } = JSON.parse(WITNESSING);
    expect(policy).toEqual({ quorum: 1, holdSeconds: 10 });
    expect(witnesses).toEqual([{ url: PLACES.witness, vkey: expect.any(String) }]);
    expect(parseVerifierKey(witnesses[0].vkey)).toMatchObject({
      name: 'witness.example/w',
      type: 'cosignature',
      publicKey: publicKey(WITNESS.arn),
    });
  });

  it('nothing that they were not deployed with', () => {
    expect(environmentsOf({ ...LOG_VARIABLES }, {}, { LEDGER_TABLE: 'ledger' })).toEqual([
      LOG_VARIABLES,
      {},
      { LEDGER_TABLE: 'ledger' },
    ]);
  });
});
