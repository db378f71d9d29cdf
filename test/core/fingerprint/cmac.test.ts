import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Cmac } from '../../../core/fingerprint/cmac.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const MESSAGE =
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51' +
  '30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710';

describe('the CMAC of a message', () => {
  test.each([
    // RFC 4493 §4, AES-128.
    ['2b7e151628aed2a6abf7158809cf4f3c', 0, 'bb1d6929e95937287fa37d129b756746'],
    ['2b7e151628aed2a6abf7158809cf4f3c', 16, '070a16b46b4d4144f79bdd9dd04a287c'],
    ['2b7e151628aed2a6abf7158809cf4f3c', 40, 'dfa66747de9ae63030ca32611497c827'],
    ['2b7e151628aed2a6abf7158809cf4f3c', 64, '51f0bebf7e3b9d92fc49741779363cfe'],
    // NIST SP 800-38B, appendix D.3, AES-256.
    [
      '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
      0,
      '028962f61b7bf89efc6b551f4667d983',
    ],
    [
      '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
      16,
      '28a7023f452e8f82bd4bf28d8c37c35c',
    ],
    [
      '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
      40,
      'aaf3d8f1de5640c232f5b169b9c911e6',
    ],
    [
      '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
      64,
      'e1992190549f6ed5696a2c056c315410',
    ],
  ])('is that of the standard: key %s, %i bytes', (key, length, expected) => {
    const cmac = new Cmac(hex(key));
    const message = hex(MESSAGE).subarray(0, length);
    expect(Buffer.from(cmac.mac(message)).toString('hex')).toBe(expected);
  });
});

describe('the CMACs of a batch', () => {
  test('are those of its messages one by one', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.integer({ min: 1, max: 9 }),
        fc.uint8Array({ minLength: 9 * 16, maxLength: 9 * 16 * 20 }),
        (key, blocks, bytes) => {
          const cmac = new Cmac(key);
          const count = Math.floor(bytes.length / (blocks * 16));
          const messages = Array.from({ length: count }, (_, at) =>
            bytes.subarray(at * blocks * 16, (at + 1) * blocks * 16),
          );
          const planes = Array.from({ length: blocks }, (_, block) => {
            const plane = Buffer.concat(
              messages.map((message) => message.subarray(block * 16, block * 16 + 16)),
            );
            return new Uint32Array(Uint8Array.from(plane).buffer);
          });
          const macs = new Uint8Array(cmac.macBlocks(planes, count).slice().buffer);
          messages.forEach((message, at) => {
            expect(macs.slice(at * 16, at * 16 + 16)).toEqual(Uint8Array.from(cmac.mac(message)));
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  test('leave the batch as it is', () => {
    const plane = Uint32Array.from({ length: 8 }, (_, at) => at);
    new Cmac(new Uint8Array(32)).macBlocks([plane, plane], 2);
    expect([...plane]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
