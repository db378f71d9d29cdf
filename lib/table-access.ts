import { Stack } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { FunctionName } from './config.ts';
import { INTAKE_INDEX, type LedgerStack } from './ledger-stack.ts';

const READ = ['GetItem', 'Query', 'BatchGetItem'] as const;
/** A PartiQL transaction needs no action besides that of its statements. */
const INSERT = ['PartiQLInsert', ...READ] as const;

interface Access {
  readonly ledger?: readonly string[];
  /** Of the ledger's index {@link INTAKE_INDEX}. */
  readonly intake?: readonly string[];
  readonly views?: readonly string[];
}

/** Every action on a table that a function holds: there are no others. */
export const TABLE_ACCESS: Readonly<Record<FunctionName, Access>> = {
  authorize: {},
  record: { ledger: INSERT },
  query: { ledger: READ, views: READ },
  trace: { ledger: INSERT, views: READ },
  site: { ledger: ['GetItem'], views: ['GetItem'] },
  sequence: { ledger: INSERT },
  sweep: { ledger: INSERT, intake: ['Query'] },
  project: { ledger: READ, views: [...READ, 'Scan', 'PutItem', 'UpdateItem', 'BatchWriteItem'] },
};

export const insertsIntoLedger = (name: FunctionName): boolean =>
  TABLE_ACCESS[name].ledger?.includes('PartiQLInsert') ?? false;

/** Where a function finds the tables that it may use. */
export function tableEnvironment(name: FunctionName, tables: LedgerStack): Record<string, string> {
  const { ledger, views } = TABLE_ACCESS[name];
  return {
    ...(ledger === undefined ? {} : { LEDGER_TABLE: tables.ledger.tableName }),
    ...(views === undefined ? {} : { VIEWS_TABLE: tables.views.tableName }),
  };
}

/** Gives a function's role what {@link TABLE_ACCESS} says, and the use of the key that goes with it. */
export function grantTables(name: FunctionName, role: IRole, tables: LedgerStack): void {
  const { ledger, intake, views } = TABLE_ACCESS[name];
  allow(role, 'ReachLedger', ledger, tables.ledger.tableArn);
  allow(role, 'ReachIntake', intake, `${tables.ledger.tableArn}/index/${INTAKE_INDEX}`);
  allow(role, 'ReachViews', views, tables.views.tableArn);
  const actions = [...(ledger ?? []), ...(views ?? [])];
  if (actions.length > 0) grantKey(role, tables, actions.some(isWrite));
}

const isWrite = (action: string): boolean => !(READ as readonly string[]).includes(action);

function allow(role: IRole, sid: string, actions: readonly string[] | undefined, resource: string): void {
  if (actions === undefined) return;
  role.addToPrincipalPolicy(
    new PolicyStatement({
      sid,
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [resource],
    }),
  );
}

/** DynamoDB uses the key in the name of whoever calls it; nobody may use it but through DynamoDB. */
function grantKey(role: IRole, tables: LedgerStack, write: boolean): void {
  role.addToPrincipalPolicy(
    new PolicyStatement({
      sid: 'UseKeyThroughDynamoDB',
      actions: [
        'kms:Decrypt',
        'kms:DescribeKey',
        ...(write
          ? [
              'kms:Encrypt',
              'kms:GenerateDataKey',
              'kms:GenerateDataKeyWithoutPlaintext',
              'kms:ReEncryptFrom',
              'kms:ReEncryptTo',
            ]
          : []),
      ],
      resources: [tables.key.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': `dynamodb.${Stack.of(tables).region}.amazonaws.com` },
      },
    }),
  );
}
