import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signCheckpoint } from '../../../core/log/checkpoint.ts';
import { EMPTY_ROOT } from '../../../core/log/merkle.ts';
import { cosignText, formatNote, formatSignatures, parseNote } from '../../../core/log/note.ts';
import {
  type AddCheckpoint,
  type Admitted,
  admit,
  type CosignedHead,
  decide,
  encodeAddCheckpoint,
  encodeSize,
  NEVER_COSIGNED,
  parseAddCheckpoint,
  parseSize,
  type Refusal,
  readCosignatures,
} from '../../../core/log/witness.ts';
import { signerOf } from './keys.ts';
import { COSIGNED_AT, checkpointAt, log, logSigner, ORIGIN, witnesses } from './logs.ts';
import { at, codeOf } from './trees.ts';

const trusted = [logSigner.key];
const head = (size: number): CosignedHead => ({ size, root: log.root(0, size) });

async function requestFrom(oldSize: number, size: number): Promise<AddCheckpoint> {
  const proof = oldSize === 0 ? [] : log.subproof(oldSize, 0, size);
  return { oldSize, proof, checkpoint: await checkpointAt(size) };
}

/** The whole decision, as the endpoint makes it. */
function statusOf(request: AddCheckpoint | string, last: CosignedHead): number {
  const admitted = admit(typeof request === 'string' ? request : encodeAddCheckpoint(request), trusted);
  if (!isAdmitted(admitted)) return admitted.status;
  return decide(admitted, last)?.status ?? 200;
}

function isAdmitted(result: Admitted | Refusal): result is Admitted {
  return 'checkpoint' in result;
}

describe('add-checkpoint', () => {
  it('is written as the protocol has it, and read back', async () => {
    const request = await requestFrom(300, 500);
    const body = encodeAddCheckpoint(request);
    const lines = body.split('\n');
    expect(lines[0]).toBe('old 300');
    expect(lines.slice(1, 1 + request.proof.length)).toEqual(
      request.proof.map((hash) => Buffer.from(hash).toString('base64')),
    );
    expect(lines[1 + request.proof.length]).toBe('');
    expect(body.endsWith(`\n\n${request.checkpoint}`)).toBe(true);
    expect(parseAddCheckpoint(body)).toEqual(request);
    expect(parseAddCheckpoint(Buffer.from(body))).toEqual(request);
  });

  it('is cosigned for the first time, at a larger size, and at the same size again', async () => {
    expect(statusOf(await requestFrom(0, 500), NEVER_COSIGNED)).toBe(200);
    expect(statusOf(await requestFrom(300, 500), head(300))).toBe(200);
    expect(statusOf(await requestFrom(256, 500), head(256))).toBe(200);
    expect(statusOf(await requestFrom(500, 500), head(500))).toBe(200);
    expect(statusOf(await requestFrom(0, 0), NEVER_COSIGNED)).toBe(200);
  });

  it('is 400 when malformed, or the old size is beyond the checkpoint', async () => {
    const good = await requestFrom(300, 500);
    const body = encodeAddCheckpoint(good);
    expect(statusOf({ ...good, oldSize: 501 }, head(501))).toBe(400);
    expect(statusOf({ ...good, oldSize: 501 }, head(300))).toBe(400);
    for (const bad of [
      '',
      'old 300\n',
      body.replace('old', 'new'),
      body.replace('old 300', 'old 0300'),
      body.replace('old 300', 'old -1'),
      body.replace('old 300', 'old 9007199254740992'),
      body.replace('\n500\n', '\n0500\n'),
      body.replace('=\n', '\n'),
      body.slice(0, -1),
      `\n${body}`,
      body.replace('\n', '\r\n'),
      `old 300\n${'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'.repeat(64)}\n${good.checkpoint}`,
    ]) {
      expect(statusOf(bad, head(300))).toBe(400);
    }
  });

  it('is 404 for a log that the witness does not know', async () => {
    const other = signerOf('log.example/other');
    const checkpoint = await signCheckpoint({ origin: other.key.name, size: 5, root: log.root(0, 5) }, other);
    expect(statusOf({ oldSize: 0, proof: [], checkpoint }, NEVER_COSIGNED)).toBe(404);
  });

  it('is 403 without a good signature of the log', async () => {
    const good = await requestFrom(300, 500);
    const { text } = parseNote(good.checkpoint);
    const cosigned = formatNote({ text, signatures: [await cosignText(text, at(witnesses, 0), 1)] });
    expect(statusOf({ ...good, checkpoint: cosigned }, head(300))).toBe(403);
    const impostor = await signCheckpoint(
      { origin: ORIGIN, size: 500, root: log.root(0, 500) },
      signerOf(ORIGIN, 'note', 'impostor'),
    );
    expect(statusOf({ ...good, checkpoint: impostor }, head(300))).toBe(403);
    expect(statusOf({ ...good, checkpoint: good.checkpoint.replace('\n500\n', '\n501\n') }, head(300))).toBe(
      403,
    );
  });

  it('is 409 with the size when the log is not where the witness is', async () => {
    const admitted = admit(encodeAddCheckpoint(await requestFrom(300, 500)), trusted);
    if (!isAdmitted(admitted)) return expect.fail('a good request');
    for (const last of [NEVER_COSIGNED, head(299), head(301), head(500), head(600)]) {
      expect(decide(admitted, last)).toMatchObject({ status: 409, size: last.size });
    }
    expect(statusOf(await requestFrom(0, 500), head(300))).toBe(409);
    expect(encodeSize(300)).toBe('300\n');
    expect(parseSize('300\n')).toBe(300);
    for (const bad of ['', '300', '300\n\n', ' 300\n', '-1\n', '0300\n', 'NaN\n']) {
      expect(codeOf(() => parseSize(bad))).toBe('bad-request');
    }
    expect(codeOf(() => parseSize('9007199254740992\n'))).toBe('out-of-range');
  });

  it('is 422 for a fork: a bad proof, or another root at the same size', async () => {
    const good = await requestFrom(300, 500);
    const forked = { size: 300, root: log.root(100, 400) };
    expect(statusOf(good, forked)).toBe(422);
    expect(statusOf({ ...good, proof: good.proof.slice(1) }, head(300))).toBe(422);
    expect(statusOf({ ...good, proof: [...good.proof, EMPTY_ROOT] }, head(300))).toBe(422);
    expect(statusOf({ ...good, proof: good.proof.toReversed() }, head(300))).toBe(422);
    expect(statusOf({ ...good, proof: [] }, head(300))).toBe(422);
    expect(statusOf({ ...(await requestFrom(0, 500)), proof: good.proof }, NEVER_COSIGNED)).toBe(422);
    expect(statusOf(await requestFrom(500, 500), { size: 500, root: log.root(100, 600) })).toBe(422);
    expect(statusOf({ ...(await requestFrom(500, 500)), proof: good.proof }, head(500))).toBe(422);
  });

  it('lets a fault of its own surface', async () => {
    const admitted = admit(encodeAddCheckpoint(await requestFrom(300, 500)), trusted);
    if (!isAdmitted(admitted)) return expect.fail('a good request');
    expect(codeOf(() => decide(admitted, { size: 300, root: new Uint8Array(5) }))).toBe('bad-hash');
  });

  it('answers every body with a status, and cosigns none that was altered in substance', async () => {
    const good = await requestFrom(300, 500);
    const body = encodeAddCheckpoint(good);
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.constantFrom('\n', '0', '=', ' ', '— '),
    );
    await fc.assert(
      fc.property(fc.nat(body.length), fc.nat(3), piece, (at, cut, insert) => {
        const altered = body.slice(0, at) + insert + body.slice(at + cut);
        const status = statusOf(altered, head(300));
        if (altered === body) expect(status).toBe(200);
        else expect([400, 403, 404, 409, 422]).toContain(status);
      }),
      { numRuns: 2_000 },
    );
    await fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), (bytes) => {
        expect(admit(bytes, trusted).status).toBe(400);
      }),
    );
  });
});

describe('the answer of a witness', () => {
  it('is read only as far as known witnesses have cosigned this very text', async () => {
    const { text } = parseNote(await checkpointAt(500));
    const [w1, w2] = [at(witnesses, 0), at(witnesses, 1)];
    const signatures = await Promise.all([w1, w2].map((signer) => cosignText(text, signer, COSIGNED_AT)));
    const body = formatSignatures(signatures);
    const names = (keys: (typeof w1.key)[]) => readCosignatures(body, text, keys).map(({ name }) => name);
    expect(names([w1.key, w2.key])).toEqual([w1.key.name, w2.key.name]);
    expect(names([w2.key])).toEqual([w2.key.name]);
    expect(codeOf(() => readCosignatures(body, text, [at(witnesses, 2).key]))).toBe('no-signature');
    expect(codeOf(() => readCosignatures(body, `${text}x\n`, [w1.key]))).toBe('bad-signature');
    for (const bad of ['', '\n', body.slice(0, -1), `${body}\n`, '<html></html>', Buffer.of(0xff)]) {
      expect(codeOf(() => readCosignatures(bad, text, [w1.key]))).toBe('bad-note');
    }
  });
});
