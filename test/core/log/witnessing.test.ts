import { describe, expect, it } from 'vitest';
import { formatVerifierKey } from '../../../core/log/key.ts';
import { policyFor, Witnessing } from '../../../core/log/witnessing.ts';
import { signerOf } from './keys.ts';
import { logSigner, witnesses } from './logs.ts';

const vkeys = witnesses.map(({ key }) => formatVerifierKey(key));
const [vkey = '', other = ''] = vkeys;
const url = 'https://witness.example/w1';
const policy = { witnesses: vkeys.map((vkey) => ({ url, vkey })), quorum: 2, holdSeconds: 60 };

describe('a witnessing policy', () => {
  it.each([
    ['no witnesses', { witnesses: [], quorum: 0, holdSeconds: 0 }],
    ['a quorum that is held for', policy],
    ['a quorum that is held for without end', { ...policy, holdSeconds: 'forever' }],
  ])('may have %s', (_, input) => {
    expect(Witnessing.parse(input)).toEqual(input);
  });

  it.each<[string, object, string]>([
    ['a quorum beyond the witnesses', { quorum: 4 }, 'must not be more than there are witnesses'],
    ['a witness twice', { witnesses: [url, `${url}/2`].map((url) => ({ url, vkey })) }, 'one key twice'],
    [
      'one key under two names',
      {
        witnesses: [
          vkey,
          formatVerifierKey(signerOf('another/name', 'cosignature', 'witness.example/w1').key),
        ].map((vkey) => ({ url, vkey })),
      },
      'one key twice',
    ],
    [
      'the key of a log',
      { witnesses: [{ url, vkey: formatVerifierKey(logSigner.key) }], quorum: 1 },
      'key of a witness',
    ],
    ['a key that is none', { witnesses: [{ url, vkey: `${other}x` }], quorum: 1 }, 'key of a witness'],
    ['an address with a slash at its end', { witnesses: [{ url: `${url}/`, vkey }], quorum: 1 }, 'slash'],
    ['an address that is none', { witnesses: [{ url: 'file:///etc', vkey }], quorum: 1 }, 'url'],
    ['a negative time', { holdSeconds: -1 }, 'holdSeconds'],
    ['something else', { minimum: 1 }, 'minimum'],
  ])('may not have %s', (_, change, fault) => {
    const { error } = Witnessing.safeParse({ ...policy, ...change });
    expect(JSON.stringify(error?.issues)).toContain(fault);
  });

  it('asks a reader to trust the log and its witnesses', () => {
    const trusted = policyFor(formatVerifierKey(logSigner.key), Witnessing.parse(policy), 2);
    expect(trusted.logs.map(formatVerifierKey)).toEqual([formatVerifierKey(logSigner.key)]);
    expect(trusted.witnesses.map(formatVerifierKey)).toEqual(vkeys);
    expect(trusted.quorum).toBe(2);
  });
});
