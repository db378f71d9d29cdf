import { describe, expect, test } from 'vitest';
import { ON_BUCKET, ON_OBJECT } from './kms-and-s3-actions.ts';
import { ADMINISTRATOR, DEPLOYMENT, type Principal, policyOf, roleOf, verdict } from './principals.ts';
import { ACCOUNT, synthesized } from './synthesized.ts';

const system = synthesized('prod');
const bucket = system.one('AWS::S3::Bucket', 'Archive');
const arn = system.attribute(bucket);
const policy = policyOf(system.one('AWS::S3::BucketPolicy', 'Archive').properties, 'PolicyDocument');

const FREE_KEY = { 's3:if-none-match': '*' };
const may = (who: Principal, action: string, resource: string, context: Record<string, string> = FREE_KEY) =>
  verdict(who, `s3:${action}`, resource, policy, { 'aws:SecureTransport': 'true', ...context });

const ALMIGHTY: readonly [string, Principal][] = [
  ['an administrator', ADMINISTRATOR],
  ['a deployment', DEPLOYMENT],
  ...(['ledger-writer', 'archive-writer'] as const).map((path): [string, Principal] => [
    `an almighty role under ${path}`,
    { ...ADMINISTRATOR, arn: `arn:aws:iam::${ACCOUNT}:role/amanat/prod/${path}/Almighty` },
  ]),
];

describe('what is in the archive', () => {
  test.each(ALMIGHTY)('is not taken back, replaced or let go of early by %s', async (_, who) => {
    for (const action of ['DeleteBucket', 'DeleteBucketPolicy', 'PutLifecycleConfiguration'])
      expect([action, await may(who, action, arn)]).toEqual([action, 'ExplicitlyDenied']);
    for (const action of ON_OBJECT.filter((name) => !/^(Get|Put)Object$|LegalHold/.test(name)))
      expect([action, await may(who, action, `${arn}/answers/1`)]).toEqual([action, 'ExplicitlyDenied']);
    expect(await may(who, 'PutObject', `${arn}/answers/1`, {})).toBe('ExplicitlyDenied');
  });

  test('is locked for as long as the stage says, from the moment it is put', () => {
    expect(bucket.properties).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 3650 } } },
      VersioningConfiguration: { Status: 'Enabled' },
    });
  });
});

describe('only those who publish or copy the log put anything there', () => {
  test.each(ALMIGHTY.slice(0, 2))('%s does not', async (_, who) => {
    expect(await may(who, 'PutObject', `${arn}/answers/1`)).toBe('ExplicitlyDenied');
  });

  test.each(['sequence', 'sweep', 'archive'])(
    '%s does, under a free key, and changes no setting',
    async (name) => {
      const role = roleOf(system, name);
      expect(await may(role, 'PutObject', `${arn}/answers/1`)).toBe('Allowed');
      for (const action of ON_BUCKET.filter((each) => each !== 'ListBucket'))
        expect([action, await may(role, action, arn)]).not.toContain('Allowed');
    },
  );

  test('settings are the deployment’s', async () => {
    for (const action of ['PutBucketPolicy', 'PutBucketObjectLockConfiguration', 'PutBucketVersioning']) {
      expect([action, await may(DEPLOYMENT, action, arn)]).toEqual([action, 'Allowed']);
      expect([action, await may(ADMINISTRATOR, action, arn)]).toEqual([action, 'ExplicitlyDenied']);
    }
  });
});
