import { ExecuteStatementCommand, ExecuteTransactionCommand } from '@aws-sdk/client-dynamodb';
import 'aws-sdk-client-mock-vitest/extend';
import { describe, expect, it } from 'vitest';
import { ProblemAnswer } from '../../core/api/answers.ts';
import type { Operation } from '../../core/api/routes.ts';
import { PROBLEMS, type ProblemSlug } from '../../core/problem.ts';
import { agencyBody, aTransferId, PROVIDER, transferBody } from '../support/transfers.ts';
import { LEDGER } from './environment.ts';
import { AUDITOR, type Claims, eventOf, type Sent, STEWARD } from './events.ts';
import { ask, inserted, key, output, provider, recipient, SECRET, send, tables } from './recording.ts';

describe('a refusal', () => {
  const tooLarge = transferBody({
    evidence: Array.from({ length: 20 }, () => ({
      kind: 'letter',
      description: '\u{1F512}'.repeat(250),
      reference: '\u{1F512}'.repeat(100),
    })),
    fields: Array.from({ length: 200 }, (_, n) => ({
      name: `${'\u{1F512}'.repeat(35)}${n}`,
      canonical: 'msisdn',
      sensitivity: 'personal',
      transform: 'identity',
    })),
  });
  it.each<[ProblemSlug, string, Operation, Claims | undefined, Sent]>([
    ['malformed-json', 'no JSON', 'recordTransfer', provider, { body: `{"${SECRET}` }],
    [
      'malformed-json',
      'no UTF-8',
      'recordTransfer',
      provider,
      { body: Buffer.from([0x22, 0xff, 0x22]).toString('base64'), base64: true },
    ],
    ['malformed-json', 'nothing', 'recordTransfer', provider, {}],
    [
      'invalid-request',
      'a wrong type',
      'recordTransfer',
      provider,
      { body: transferBody({ dataset: SECRET }) },
    ],
    [
      'invalid-request',
      'an unknown property',
      'recordTransfer',
      provider,
      { body: transferBody({ [`${SECRET} x`]: 1 }) },
    ],
    ['invalid-request', 'a list', 'recordTransfer', provider, { body: [SECRET] }],
    [
      'invalid-request',
      'an unknown parameter',
      'recordTransfer',
      provider,
      { body: transferBody(), query: { [`${SECRET}!`]: ['1'] } },
    ],
    [
      'invalid-request',
      'a key with blanks',
      'recordTransfer',
      provider,
      { body: transferBody(), ...key(`${SECRET} x`) },
    ],
    [
      'invalid-request',
      'an endless key',
      'recordTransfer',
      provider,
      { body: transferBody(), ...key('k'.repeat(201)) },
    ],
    [
      'invalid-request',
      'an unknown kind of event',
      'recordTransferEvent',
      recipient,
      { params: { transferId: aTransferId() }, body: { kind: SECRET, body: {} } },
    ],
    ['unauthenticated', 'nobody', 'recordTransfer', undefined, { body: transferBody() }],
    [
      'unauthenticated',
      'a principal without a subject',
      'recordTransfer',
      { ...provider, sub: '' },
      { body: transferBody() },
    ],
    ['forbidden', 'another role', 'recordTransfer', AUDITOR, { body: transferBody() }],
    ['forbidden', 'another agency', 'recordTransfer', recipient, { body: transferBody() }],
    [
      'not-found',
      'a path that fits no id',
      'recordTransferEvent',
      recipient,
      {
        params: { transferId: SECRET },
        body: { kind: 'holding-attested', body: { occurredOn: '2024-06-01', held: true } },
      },
    ],
    [
      'not-found',
      'an unknown transfer',
      'recordTransferEvent',
      recipient,
      {
        params: { transferId: aTransferId(SECRET) },
        body: { kind: 'holding-attested', body: { occurredOn: '2024-06-01', held: true } },
      },
    ],
    ['not-found', 'an unknown route', 'recordTransfer', provider, { resource: '/v1/elsewhere' }],
    ['not-found', 'another method', 'recordTransfer', provider, { method: 'DELETE' }],
    [
      'conflict',
      'what exists',
      'registerAgency',
      STEWARD,
      { body: agencyBody({ name: SECRET }), ...key('other') },
    ],
    [
      'body-too-large',
      '256 KB and a byte',
      'recordTransfer',
      provider,
      { body: `"${SECRET.padEnd(256 * 1024 - 1, 'x')}"` },
    ],
    [
      'unsupported-media-type',
      'a form',
      'recordTransfer',
      provider,
      {
        body: SECRET,
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'idempotency-key': 'k' },
      },
    ],
    [
      'invalid-record',
      'a rule',
      'recordTransfer',
      provider,
      {
        body: transferBody({
          purposeText: SECRET,
          handedOver: { earliest: '2026-01-01', latest: '2999-01-01' },
          retention: { until: '2999-12-31' },
        }),
      },
    ],
    [
      'personal-data-refused',
      'a national id',
      'recordTransfer',
      provider,
      { body: transferBody({ purposeText: `${SECRET} 35202-1234567-1` }) },
    ],
    [
      'idempotency-key-reused',
      'another body',
      'registerAgency',
      STEWARD,
      { body: agencyBody({ name: SECRET }), ...key(PROVIDER) },
    ],
    [
      'entry-too-large',
      'more than 60 KB',
      'recordTransfer',
      provider,
      { body: { ...tooLarge, purposeText: SECRET } },
    ],
  ])(
    '%s for %s is a problem of its type, and repeats nothing of the request',
    async (slug, _, operation, who, sent) => {
      const { status, body, headers } = await ask(operation, who, sent);
      const problem = ProblemAnswer.parse(JSON.parse(body));
      expect([problem.type, problem.status, status], body).toEqual([
        `https://amanat.dev/problems/${slug}`,
        PROBLEMS[slug].status,
        PROBLEMS[slug].status,
      ]);
      expect(headers['content-type']).toBe('application/problem+json');
      expect(headers['x-correlation-id']).toBe('request-0001');
      expect(problem.correlationId).toBe('request-0001');
      for (const text of [body, output.text(), JSON.stringify(headers)]) {
        expect(text).not.toContain(SECRET);
        expect(text).not.toContain('1234567');
      }
      expect(inserted()).toEqual([]);
      const [line] = output.lines().slice(-1);
      expect(line).toMatchObject({ message: slug, correlationId: 'request-0001', level: 'INFO' });
    },
  );

  it('for a missing Idempotency-Key says so', async () => {
    const event = eventOf('recordTransfer', provider, { body: transferBody() });
    delete event.headers['idempotency-key'];
    const { statusCode, body } = await send(event);
    expect([statusCode, JSON.parse(body).type]).toEqual([
      400,
      'https://amanat.dev/problems/idempotency-key-missing',
    ]);
  });

  it('takes a client’s correlation id if it is short and plain', async () => {
    const asked = async (id: string) =>
      (await ask('recordTransfer', AUDITOR, { body: {}, headers: { 'X-Correlation-Id': id } })).headers[
        'x-correlation-id'
      ];
    expect(await asked('client-id_0001')).toBe('client-id_0001');
    for (const id of [
      'short',
      'x'.repeat(65),
      'with blank inside',
      'a\nb-forged-line',
      '<script>alert(1)</script>',
      'ünicode-id',
    ])
      expect(await asked(id)).toBe('request-0001');
  });
});

describe('when the tables fail', () => {
  it('a fault that passes is "try again", with its cause in the log', async () => {
    tables.mock
      .on(ExecuteStatementCommand)
      .rejects(Object.assign(new Error(SECRET), { name: 'ThrottlingException' }));
    const { status, body, headers } = await ask('recordTransfer', provider, { body: transferBody() });
    expect([status, JSON.parse(body).type]).toEqual([503, 'https://amanat.dev/problems/try-again']);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(output.lines().at(-1)).toMatchObject({
      level: 'ERROR',
      message: 'try-again',
      error: { name: 'Problem', cause: 'ThrottlingException' },
    });
    expect(body + output.text()).not.toContain(SECRET);
  });

  it('any other error is a bare 500: name and place in the log, no message, no value', async () => {
    tables.mock
      .on(ExecuteStatementCommand)
      .rejects(Object.assign(new Error(`may not insert ${SECRET}`), { name: 'AccessDeniedException' }));
    const { status, body } = await ask('recordTransfer', provider, {
      body: transferBody({ purposeText: SECRET }),
    });
    expect(status).toBe(500);
    expect(JSON.parse(body)).toEqual({
      type: 'https://amanat.dev/problems/internal-error',
      title: PROBLEMS['internal-error'].title,
      status: 500,
      correlationId: 'request-0001',
    });
    const line = output.lines().at(-1);
    expect(line).toMatchObject({
      level: 'ERROR',
      message: 'internal-error',
      error: { name: 'AccessDeniedException' },
    });
    expect(line?.['error']).toHaveProperty('frames.0', expect.stringContaining('    at '));
    expect(body + output.text()).not.toContain(SECRET);
  });

  it('an item that was changed behind our back is a bare 500, and the log says which', async () => {
    const { body } = await ask('recordTransfer', provider, { body: transferBody() });
    const { entryId } = JSON.parse(body);
    const item =
      tables.items(LEDGER).find(({ pk, sk }) => pk?.S === `ENTRY#${entryId}` && sk?.S === 'ENTRY') ??
      expect.fail();
    tables.put(LEDGER, { ...item, leaf: { B: new Uint8Array(32) } });
    const answer = await ask('recordTransfer', provider, { body: transferBody() });
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain(entryId);
    expect(output.lines().at(-1)).toMatchObject({
      error: { name: 'LedgerCorrupt', item: `ENTRY#${entryId} / ENTRY` },
    });
  });

  it('gives up with "try again" when others keep taking the place in the history', async () => {
    const transferId = JSON.parse(
      (await ask('recordTransfer', provider, { body: transferBody() })).body,
    ).transferId;
    tables.mock.on(ExecuteTransactionCommand).rejects(
      Object.assign(new Error(), {
        name: 'TransactionCanceledException',
        CancellationReasons: [{ Code: 'None' }, { Code: 'DuplicateItem' }],
      }),
    );
    const { status, body } = await ask('recordTransferEvent', recipient, {
      params: { transferId },
      body: { kind: 'holding-attested', body: { occurredOn: '2024-06-01', held: true } },
    });
    expect([status, JSON.parse(body).type]).toEqual([503, 'https://amanat.dev/problems/try-again']);
  });
});
