import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { StageConfig } from './config.ts';
import { deny, rolesOfAccount } from './deny.ts';

/**
 * What nobody may do to the ledger table, whatever their own policies allow. An item is written by PartiQL `INSERT`
 * or not at all: `PutItem` overwrites, and no condition key of IAM can make a write conditional. The table is not
 * deleted, time-to-live would delete items without any principal doing it, and the policy itself is not taken off.
 */
export const NEVER_ON_LEDGER = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:PartiQLUpdate',
  'dynamodb:PartiQLDelete',
  'dynamodb:DeleteTable',
  'dynamodb:UpdateTimeToLive',
  'dynamodb:DeleteResourcePolicy',
] as const;

/**
 * What would undo the guarantees (deletion protection, key, stream, replicas, recovery, this policy) but what a
 * deployment must be able to do: only CloudFormation's role may.
 */
export const BY_DEPLOYMENT_ONLY = [
  'dynamodb:UpdateTable',
  'dynamodb:UpdateContinuousBackups',
  'dynamodb:PutResourcePolicy',
] as const;

/** The IAM path of the roles that may insert into the ledger table; no other role is under it. */
export const ledgerWriterPath = (config: StageConfig): string => `/amanat/${config.stage}/ledger-writer/`;

/** Of the roles that may insert rows of reads into the ledger table, and no others. */
export const accessWriterPath = (config: StageConfig): string => `/amanat/${config.stage}/access-writer/`;

/** The partition keys of the rows of reads. */
const ROWS_OF_READS = 'ACCESS#*';

/** Of an insert: that each of its keys is known, and that of a read. */
export const ROWS_OF_READS_ONLY = {
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ROWS_OF_READS },
  // Of no keys at all the first would be true.
  Null: { 'dynamodb:LeadingKeys': 'false' },
} as const;

/** Of the roles that may put into the archive, and not insert into the ledger. */
export const archiveWriterPath = (config: StageConfig): string => `/amanat/${config.stage}/archive-writer/`;
/** The IAM path of the role that checks seals, and writes nothing; no other role is under it. */
export const inspectorPath = (config: StageConfig): string => `/amanat/${config.stage}/inspector/`;

/** Of the role that signs notices; no other role is under it. */
export const notifierPath = (config: StageConfig): string => `/amanat/${config.stage}/notifier/`;

/** The statements of the ledger table's resource policy. They deny, and allow nothing. */
export function ledgerStatements(config: StageConfig): PolicyStatement[] {
  return [
    deny('NothingButInserts', NEVER_ON_LEDGER),
    deny('SettingsByDeploymentOnly', BY_DEPLOYMENT_ONLY, deploymentRoleArn(config)),
    deny(
      'InsertsByWritersOnly',
      ['dynamodb:PartiQLInsert'],
      [writerRoles(config), accessWriterRoles(config)],
    ),
    denyOtherRows('NothingButReadsByThoseWhoAnswer', accessWriterRoles(config)),
  ];
}

/** Denies roles every insert that is no row of a read, whatever their own policies allow. */
function denyOtherRows(sid: string, roles: string): PolicyStatement {
  const statement = deny(sid, ['dynamodb:PartiQLInsert']);
  statement.addConditions({
    ArnLike: { 'aws:PrincipalArn': roles },
    'ForAnyValue:StringNotLike': { 'dynamodb:LeadingKeys': ROWS_OF_READS },
  });
  return statement;
}

/** Denies actions to everybody but the roles that may insert into the ledger: administrators included. */
export const writersOnly = (sid: string, actions: readonly string[], config: StageConfig): PolicyStatement =>
  deny(sid, actions, writerRoles(config));

/**
 * The roles under {@link ledgerWriterPath}, as a pattern of ARNs; by the number of their account where the stage names
 * it, since the archive may stand in another.
 */
export const writerRoles = (config: StageConfig): string => rolesUnder(ledgerWriterPath(config), config);

/** The roles that may put into the archive: those that publish the log, and those that only copy it. */
export const archiveWriterRoles = (config: StageConfig): string[] => [
  writerRoles(config),
  rolesUnder(archiveWriterPath(config), config),
];

const rolesUnder = (path: string, config: StageConfig): string => `${rolesOfAccount(config.account)}${path}*`;

/** The roles that record reads. */
export const accessWriterRoles = (config: StageConfig): string =>
  rolesUnder(accessWriterPath(config), config);

/** The role that checks seals, and holds all against all. */
export const inspectorRoles = (config: StageConfig): string => rolesUnder(inspectorPath(config), config);

/** The role that signs notices. */
export const notifierRoles = (config: StageConfig): string => rolesUnder(notifierPath(config), config);

/** The denials in the policy of a key without which the ledger is lost, as surely as if it were deleted. */
export function keyStatements(config: StageConfig): PolicyStatement[] {
  return [
    deny('KeyIsNeverLost', ['kms:ScheduleKeyDeletion', 'kms:DisableKey']),
    deny('KeyPolicyByDeploymentOnly', ['kms:PutKeyPolicy'], deploymentRoleArn(config)),
  ];
}

export const deploymentRoleArn = (config: StageConfig): string =>
  `${rolesOfAccount(config.account)}/${config.deploymentRole}`;
