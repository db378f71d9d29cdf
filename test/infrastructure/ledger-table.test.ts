import { describe, expect, test } from 'vitest';
import { FUNCTIONS } from '../../lib/config.ts';
import { STAGES } from '../../lib/stages/index.ts';
import { HARMLESS, READS, SETTINGS, WRITES } from './dynamodb-actions.ts';
import {
  ADMINISTRATOR,
  DEPLOYMENT,
  FOREIGN_ADMINISTRATOR,
  type Principal,
  policyOf,
  roleOf,
  rolesOf,
  verdict,
} from './principals.ts';
import { ACCOUNT, type Placed, synthesized } from './synthesized.ts';

const OVERWRITES = WRITES.filter((action) => action !== 'PartiQLInsert');
const INSERTING: readonly string[] = [
  'record',
  'trace',
  'investigate',
  'sequence',
  'sweep',
  'cosign',
  'restore',
];
/** What answers reads records them, under such keys, and inserts nothing else. */
const ANSWERING: readonly string[] = ['query', 'log'];
const KEY_OF_READS = 'ACCESS#2026-01-16T08#3';

describe.each(Object.keys(STAGES))('the ledger table of stage %s', (stage) => {
  const system = synthesized(stage);
  const ledger = system.one('AWS::DynamoDB::Table', 'Ledger');
  const key = system.one('AWS::KMS::Key', 'Key');
  const policy = policyOf(ledger.properties, 'ResourcePolicy', 'PolicyDocument');
  const may = (principal: Principal, action: string, pk = `ENTRY#${'0'.repeat(32)}`) =>
    verdict(principal, `dynamodb:${action}`, system.attribute(ledger), policy, {
      'dynamodb:LeadingKeys': [pk],
    });

  const ALMIGHTY_ANSWERER = {
    ...ADMINISTRATOR,
    arn: `arn:aws:iam::${ACCOUNT}:role/amanat/${stage}/access-writer/Almighty`,
  };

  describe('is insert-only', () => {
    const everybody: [string, Principal][] = [
      ...rolesOf(system),
      ['an administrator of the account', ADMINISTRATOR],
      ['the deployment role', DEPLOYMENT],
      ['an administrator of another account', FOREIGN_ADMINISTRATOR],
      ['the root user', { ...ADMINISTRATOR, arn: `arn:aws:iam::${ACCOUNT}:root` }],
      ['a user', { ...ADMINISTRATOR, arn: `arn:aws:iam::${ACCOUNT}:user/someone` }],
      [
        'an almighty role under the path of the writers',
        { ...ADMINISTRATOR, arn: `arn:aws:iam::${ACCOUNT}:role/amanat/${stage}/ledger-writer/Almighty` },
      ],
      ['an almighty role under the path of those who answer', ALMIGHTY_ANSWERER],
    ];

    test.each(everybody)('%s may not overwrite or delete', async (_, principal) => {
      for (const action of OVERWRITES) expect(await may(principal, action)).toBe('ExplicitlyDenied');
    });

    test.each(everybody)(
      '%s may not delete the table, its policy, or items by time',
      async (_, principal) => {
        for (const action of ['DeleteTable', 'DeleteResourcePolicy', 'UpdateTimeToLive'])
          expect(await may(principal, action)).toBe('ExplicitlyDenied');
      },
    );

    test('and would not be without its policy: the administrator could do all of it', async () => {
      for (const action of [...OVERWRITES, ...SETTINGS])
        expect(await verdict(ADMINISTRATOR, `dynamodb:${action}`, system.attribute(ledger))).toBe('Allowed');
    });

    test('exactly the intended functions insert', async () => {
      for (const name of FUNCTIONS)
        expect([name, await may(roleOf(system, name), 'PartiQLInsert')]).toEqual([
          name,
          INSERTING.includes(name) ? 'Allowed' : 'ExplicitlyDenied',
        ]);
    });

    test('what answers reads inserts the rows of these, and nothing else, whatever it may do otherwise', async () => {
      for (const name of FUNCTIONS)
        expect([name, await may(roleOf(system, name), 'PartiQLInsert', KEY_OF_READS)]).toEqual([
          name,
          [...INSERTING, ...ANSWERING].includes(name) ? 'Allowed' : 'ExplicitlyDenied',
        ]);
      expect(await may(ALMIGHTY_ANSWERER, 'PartiQLInsert', KEY_OF_READS)).toBe('Allowed');
      for (const pk of ['LOG', 'TILE#0#0', 'ENTRY#ACCESS#', 'access#2026', 'STREAM#access#2026-01-16T08'])
        expect(await may(ALMIGHTY_ANSWERER, 'PartiQLInsert', pk)).toBe('ExplicitlyDenied');
    });

    test('nobody else inserts, whatever he may do otherwise', async () => {
      for (const principal of [ADMINISTRATOR, DEPLOYMENT])
        expect(await may(principal, 'PartiQLInsert')).toBe('ExplicitlyDenied');
      expect(await may(FOREIGN_ADMINISTRATOR, 'PartiQLInsert')).toBe('ExplicitlyDenied');
    });

    test('its settings are changed by deployments only', async () => {
      for (const action of ['UpdateTable', 'UpdateContinuousBackups', 'PutResourcePolicy']) {
        expect(await may(ADMINISTRATOR, action)).toBe('ExplicitlyDenied');
        expect(await may(DEPLOYMENT, action)).toBe('Allowed');
        for (const name of FUNCTIONS) expect(await may(roleOf(system, name), action)).not.toBe('Allowed');
      }
    });

    test('the policy allows nobody anything, and leaves reads and backups to identity policies', async () => {
      const statements = (policy as unknown as { Statement: { Effect: string }[] }).Statement;
      expect(statements.map(({ Effect }) => Effect)).toEqual(statements.map(() => 'Deny'));
      for (const action of [...READS, ...HARMLESS]) {
        expect([action, await may(ADMINISTRATOR, action)]).toEqual([action, 'Allowed']);
        expect(await may({ ...ADMINISTRATOR, policies: [] }, action)).toBe('ImplicitlyDenied');
      }
    });

    test('the roles under the path of the writers are those of the functions that insert', () => {
      const writers = [...rolesOf(system).values()].filter(({ arn }) => arn.includes('/ledger-writer/'));
      expect(writers.map(({ arn }) => arn).sort()).toEqual(
        INSERTING.map((name) => roleOf(system, name).arn).sort(),
      );
      const answering = [...rolesOf(system).values()].filter(({ arn }) => arn.includes('/access-writer/'));
      expect(answering.map(({ arn }) => arn).sort()).toEqual(
        ANSWERING.map((name) => roleOf(system, name).arn).sort(),
      );
    });
  });

  test('outlives its stack, and cannot be deleted by mistake', () => {
    expect(ledger).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      properties: { DeletionProtectionEnabled: true },
    });
  });

  test('can be brought back to any second of the last five weeks', () => {
    expect(ledger.properties['PointInTimeRecoverySpecification']).toEqual({
      PointInTimeRecoveryEnabled: true,
      RecoveryPeriodInDays: 35,
    });
  });

  test('has the keys, the index and the stream that the functions count on', () => {
    expect(ledger.properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'intake',
          KeySchema: [
            { AttributeName: 'intake', KeyType: 'HASH' },
            { AttributeName: 'at', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    expect(ledger.properties['AttributeDefinitions']).toEqual(
      ['pk', 'sk', 'intake', 'at'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    );
    expect(ledger.properties['TimeToLiveSpecification']).toBeUndefined();
  });

  test('is encrypted with a key of its own that rotates and stays', async () => {
    expect(ledger.properties['SSESpecification']).toEqual({
      SSEEnabled: true,
      SSEType: 'KMS',
      KMSMasterKeyId: system.attribute(key),
    });
    expect(key).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      properties: { EnableKeyRotation: true, PendingWindowInDays: 30 },
    });
    const mayWithKey = (principal: Principal, action: string) =>
      verdict(principal, `kms:${action}`, system.attribute(key), policyOf(key.properties, 'KeyPolicy'));
    for (const action of ['ScheduleKeyDeletion', 'DisableKey'])
      for (const principal of [ADMINISTRATOR, DEPLOYMENT])
        expect(await mayWithKey(principal, action)).toBe('ExplicitlyDenied');
    expect(await mayWithKey(ADMINISTRATOR, 'PutKeyPolicy')).toBe('ExplicitlyDenied');
    expect(await mayWithKey(DEPLOYMENT, 'PutKeyPolicy')).toBe('Allowed');
  });
});

describe('the views table', () => {
  const views = (stage: string): Placed => synthesized(stage).one('AWS::DynamoDB::Table', 'Views');

  test('is encrypted, recoverable, and has no stream', () => {
    expect(views('dev').properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    });
    expect(views('dev').properties['StreamSpecification']).toBeUndefined();
  });

  test('goes with a stage that is meant to go, and stays with one that is meant to stay', () => {
    expect(views('dev')).toMatchObject({
      DeletionPolicy: 'Delete',
      properties: { DeletionProtectionEnabled: false },
    });
    expect(views('prod')).toMatchObject({
      DeletionPolicy: 'Retain',
      properties: { DeletionProtectionEnabled: true },
    });
  });
});

describe('the table of notices', () => {
  const notices = synthesized('dev').one('AWS::DynamoDB::Table', 'Notices');

  test('is encrypted and recoverable, and outlives its stack: it cannot be made anew', () => {
    expect(notices).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      },
    });
    expect(notices.properties['TimeToLiveSpecification']).toBeUndefined();
  });
});

test('there are no other tables, and none with replicas', () => {
  const system = synthesized('dev');
  expect(system.all('AWS::DynamoDB::Table')).toHaveLength(3);
  expect(system.all('AWS::DynamoDB::GlobalTable')).toEqual([]);
});
