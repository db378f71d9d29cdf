import {
  BatchGetItemCommand,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import 'aws-sdk-client-mock-vitest/extend';
import { describe, expect, it } from 'vitest';
import { AppendAnswer } from '../../core/api/answers.ts';
import type { Operation } from '../../core/api/routes.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { entryIdOf } from '../../core/model/entry.ts';
import {
  agencyBody,
  agreementBody,
  coverageBody,
  incidentBody,
  PROVIDER,
  RECIPIENT,
  transferBody,
} from '../support/transfers.ts';
import { LEDGER, VIEWS } from './environment.ts';
import { AUDITOR, type Claims, type Sent, STEWARD } from './events.ts';
import { ask, inserted, key, provider, recipient, tables } from './recording.ts';

describe('what goes out to the tables', () => {
  it('for a transfer is consistent reads, then one INSERT', async () => {
    const { status } = await ask('recordTransfer', provider, { body: transferBody() });
    expect(status).toBe(201);
    const entryId = entryIdOf(`agency:${PROVIDER}`, 'key-1');
    expect(tables.mock).toHaveReceivedCommandTimes(ExecuteStatementCommand, 1);
    expect(tables.mock).toHaveReceivedCommandWith(ExecuteStatementCommand, {
      Statement: `INSERT INTO "${LEDGER}" VALUE {'pk': ?, 'sk': ?, 'kind': ?, 'at': ?, 'intake': ?, 'body': ?, 'leaf': ?, 'request': ?, 'seal': ?}`,
      Parameters: expect.arrayContaining([
        { S: `ENTRY#${entryId}` },
        { S: 'ENTRY' },
        { S: 'transfer-recorded' },
      ]),
    });
    expect(inserted()).toHaveLength(1);
  });

  it('for an event is consistent reads, then one transaction of the entry and its place in the history', async () => {
    const transferId = JSON.parse(
      (await ask('recordTransfer', provider, { body: transferBody() })).body,
    ).transferId;
    tables.mock.resetHistory();
    const { status } = await ask('recordTransferEvent', recipient, {
      params: { transferId },
      body: { kind: 'transfer-acknowledged', body: { occurredOn: '2024-03-12', storedAt: 'Vault 3' } },
    });
    expect(status).toBe(201);
    expect(inserted()).toHaveLength(1);
    const entryId = entryIdOf(`agency:${RECIPIENT}`, 'key-1');
    expect(tables.mock).toHaveReceivedCommandWith(ExecuteTransactionCommand, {
      TransactStatements: [
        expect.objectContaining({ Parameters: expect.arrayContaining([{ S: `ENTRY#${entryId}` }]) }),
        {
          Statement: `INSERT INTO "${LEDGER}" VALUE {'pk': ?, 'sk': ?, 'entryId': ?}`,
          Parameters: [{ S: `STREAM#transfer#${transferId}` }, { S: '000001' }, { S: entryId }],
        },
      ],
    });
    expect(tables.mock).toHaveReceivedCommand(QueryCommand);
    for (const { args } of tables.mock.commandCalls(QueryCommand))
      expect(args[0].input).toMatchObject({ TableName: LEDGER, ConsistentRead: true });
    for (const { args } of tables.mock.commandCalls(BatchGetItemCommand))
      expect(args[0].input.RequestItems?.[LEDGER]).toMatchObject({ ConsistentRead: true });
  });

  it('never touches the views', async () => {
    await ask('recordTransfer', provider, { body: transferBody() });
    await ask('openIncident', AUDITOR, { body: incidentBody() });
    for (const { args } of tables.mock.calls())
      expect(JSON.stringify(args[0].input)).not.toContain(`"${VIEWS}"`);
  });

  it('for a repetition is nothing more', async () => {
    const first = await ask('recordTransfer', provider, { body: transferBody() });
    const before = tables.items(LEDGER).length;
    const second = await ask('recordTransfer', provider, { body: transferBody() });
    expect(second.body).toBe(first.body);
    expect(tables.items(LEDGER)).toHaveLength(before);
  });

  it('for what is refused is no insert at all', async () => {
    await ask('recordTransfer', recipient, { body: transferBody() });
    await ask('recordTransfer', provider, { body: transferBody({ dataset: undefined }) });
    await ask('registerAgency', STEWARD, { body: agencyBody({ name: 'Again' }), ...key('again') });
    expect(inserted()).toEqual([]);
  });
});

describe('the answer', () => {
  it.each<[Operation, Claims, Sent, RegExp]>([
    ['recordTransfer', provider, { body: transferBody() }, /^\/v1\/transfers\/tr-[0-9a-f]{32}$/],
    ['registerAgency', STEWARD, { body: agencyBody({ agencyId: 'new-one' }) }, /^\/v1\/agencies\/new-one$/],
    [
      'registerAgreement',
      STEWARD,
      { body: agreementBody({ agreementId: 'agr-new' }) },
      /^\/v1\/agreements\/agr-new$/,
    ],
    ['openIncident', AUDITOR, { body: incidentBody() }, /^\/v1\/incidents\/in-[0-9a-f]{32}$/],
    ['declareCoverage', provider, { body: coverageBody() }, /^\/v1\/entries\/[0-9a-f]{32}$/],
  ])('to %s is canonical, and says where the thing now is', async (operation, who, sent, location) => {
    const { status, body, headers } = await ask(operation, who, sent);
    expect(status, body).toBe(201);
    expect(AppendAnswer.safeParse(JSON.parse(body)).error).toBeUndefined();
    expect(body).toBe(canonicalJson(JSON.parse(body)));
    expect(headers['location']).toMatch(location);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-correlation-id': 'request-0001',
    });
  });

  it('is the same whether the body came as text or as base64', async () => {
    const body = JSON.stringify(transferBody());
    const plain = await ask('recordTransfer', provider, { body });
    const encoded = await ask('recordTransfer', provider, {
      body: Buffer.from(body).toString('base64'),
      base64: true,
    });
    expect(encoded.body).toBe(plain.body);
  });
});
