import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { cosignText, formatSignatures, parseNote, signText } from '../../core/log/note.ts';
import { ask } from '../../lambdas/witnessing/ask.ts';
import { judge, type Verdict } from '../../lambdas/witnessing/verdict.ts';
import { checkpointAt, logSigner, witnesses } from '../core/log/logs.ts';
import { at } from '../core/log/trees.ts';

const { text } = parseNote(await checkpointAt(500));
const [own, other] = [at(witnesses, 0), at(witnesses, 1)];
const line = formatSignatures([await cosignText(text, own, 1_780_000_000)]);

const read = (status: number, body: string | Uint8Array, oldSize = 300): Verdict =>
  judge({ status, body: Buffer.from(body) }, { text, oldSize, witness: own.key });

describe('what a witness says', () => {
  it('is its own cosignature of just this checkpoint, whatever stands beside it', async () => {
    const others = formatSignatures([await cosignText(text, other, 1), await signText(text, logSigner)]);
    for (const body of [line, others + line, line + others])
      expect(read(200, body)).toMatchObject({ kind: 'cosigned', cosignature: { name: own.key.name } });
  });

  it('is nothing without that', async () => {
    const textOfOther = parseNote(await checkpointAt(400)).text;
    for (const body of [
      '',
      '\n',
      '<html>',
      'x'.repeat(16_384),
      Buffer.of(0xff),
      line.slice(0, -1),
      line.replace('—', '-'),
      formatSignatures([await cosignText(text, other, 1)]),
      formatSignatures([await cosignText(textOfOther, own, 1)]),
      formatSignatures([await cosignText(textOfOther, own, 1)]) + line,
      formatSignatures([{ name: own.key.name, keyId: own.key.keyId, signature: new Uint8Array(72) }]),
    ])
      expect(read(200, body)).toMatchObject({ kind: 'away' });
  });

  it('is where it is, when it is somewhere else', () => {
    expect(read(409, '301\n')).toEqual({ kind: 'elsewhere', size: 301 });
    expect(read(409, '0\n')).toEqual({ kind: 'elsewhere', size: 0 });
    for (const body of ['', '301', 'three\n', '-1\n', '9007199254740993\n', '301\n301\n'])
      expect(read(409, body)).toMatchObject({ kind: 'away' });
  });

  it('contradicts, when it refuses a proof that is right, or the size that it names', () => {
    expect(read(422, '')).toMatchObject({ kind: 'contradicts' });
    expect(read(409, '300\n')).toMatchObject({ kind: 'contradicts' });
  });

  it('is not of the protocol otherwise, and of no use', () => {
    for (const status of [201, 204, 301, 400, 403, 404, 418, 429, 500, 503])
      expect(read(status, line)).toEqual({ kind: 'away', why: `status ${status}` });
  });

  it('does not matter, when it is garbage', async () => {
    const garbage = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uint8Array(),
      fc
        .tuple(fc.nat(line.length), fc.nat(4), fc.string({ maxLength: 3 }))
        .map(([from, cut, insert]) => line.slice(0, from) + insert + line.slice(from + cut))
        .filter((altered) => altered !== line),
    );
    await fc.assert(
      fc.property(garbage, (body) => {
        expect(read(200, body).kind).toBe('away');
        expect(read(409, body).kind).toMatch(/^(away|elsewhere)$/);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('asking a witness', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  async function serve(listener: RequestListener): Promise<string> {
    server = createServer(listener);
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const SOON = { milliseconds: 300 };
  const timed = async (url: string) => {
    const from = performance.now();
    return [await ask(url, 'body', SOON), performance.now() - from] as const;
  };

  it('posts the body as it is, and gives back what comes', async () => {
    const url = await serve((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part) => {
        body += part;
      });
      request.on('end', () => response.writeHead(409).end(`${request.method} ${request.url} ${body}`));
    });
    const answer = await ask(`${url}/prefix`, 'old 0\n— ü', { milliseconds: 5_000 });
    expect(answer).toEqual({ status: 409, body: Buffer.from('POST /prefix/add-checkpoint old 0\n— ü') });
  });

  it.each<[string, RequestListener]>([
    ['who never answers', () => {}],
    ['who never comes to an end', (_, response) => void response.writeHead(200).write('a')],
    [
      'who says it drop by drop',
      (_, response) => {
        const drip = setInterval(() => response.write('a'), 20);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ])('waits no longer than it may for one %s', async (_, listener) => {
    const [answer, took] = await timed(await serve(listener));
    expect(answer).toBe('TimeoutError');
    expect(took).toBeLessThan(3_000);
  });

  it('takes no more than it may', async () => {
    let sent = 0;
    const url = await serve((_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write('a'.repeat(10_000))) sent += 10_000;
      };
      response.on('drain', pour);
      pour();
    });
    expect(await ask(url, 'body', { milliseconds: 20_000 })).toBe('RangeError');
    expect(sent).toBeLessThan(50_000_000);
  });

  it('does not go where it is sent', async () => {
    let visited = false;
    const url = await serve((request, response) => {
      visited ||= request.url === '/elsewhere';
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect(typeof (await ask(url, 'body', SOON))).toBe('string');
    expect(visited).toBe(false);
  });

  it('says of what kind the failure is, and nothing that the other side said', async () => {
    expect(await ask('http://127.0.0.1:9', 'body', SOON)).toMatch(/^[A-Za-z_]+$/);
    const url = await serve((request) => void request.socket.end('HTTP/1.1 secret\r\n\r\n'));
    expect(await ask(url, 'body', SOON)).toMatch(/^(?!.*secret)[A-Za-z_]+$/);
  });
});
