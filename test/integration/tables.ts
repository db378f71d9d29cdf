import { randomBytes } from 'node:crypto';
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';
import { ACCESS_KEY, endpoints, NOTICE_KEY, SEAL_KEY, SIGNING_KEY } from './endpoints.ts';

const KEYS = {
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
} as const satisfies Partial<CreateTableCommandInput>;

const PK_AND_SK = [
  { AttributeName: 'pk', AttributeType: 'S' },
  { AttributeName: 'sk', AttributeType: 'S' },
] as const;

/** The tables as `lib/` declares them, as far as the local engine knows what that means. */
export const TABLE_SHAPES = {
  ledger: {
    ...KEYS,
    KeySchema: [...KEYS.KeySchema],
    AttributeDefinitions: [
      ...PK_AND_SK,
      { AttributeName: 'intake', AttributeType: 'S' },
      { AttributeName: 'at', AttributeType: 'S' },
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
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  },
  views: { ...KEYS, KeySchema: [...KEYS.KeySchema], AttributeDefinitions: [...PK_AND_SK] },
  notices: {
    ...KEYS,
    KeySchema: [...KEYS.KeySchema],
    AttributeDefinitions: [
      ...PK_AND_SK,
      { AttributeName: 'pending', AttributeType: 'S' },
      { AttributeName: 'next', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'pending',
        KeySchema: [
          { AttributeName: 'pending', KeyType: 'HASH' },
          { AttributeName: 'next', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  },
  heads: {
    KeySchema: [{ AttributeName: 'origin', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'origin', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
  },
} satisfies Record<string, Omit<CreateTableCommandInput, 'TableName'>>;

/** What the SDK needs to find the engine. The key may hold letters and digits only. */
export const ENGINE_CREDENTIALS = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
} as const;

export interface Tables {
  readonly ledger: string;
  readonly views: string;
  readonly notices: string;
  /** The environment that a function would have: names of tables, keys and the archive, and where all of it is. */
  readonly env: Readonly<Record<string, string>>;
  readonly endpoint: string;
  /** A client of the engine; `destroy` it when done. */
  readonly client: DynamoDBClient;
  /** Where the objects of the archive are as files. */
  readonly archiveFolder: string;
}

export interface StreamedTables extends Tables {
  /** The stream of the ledger table, for `@aws-sdk/client-dynamodb-streams`. */
  readonly ledgerStreamArn: string;
}

/**
 * A ledger, a views table and one of notices of one's own in the engine of this run. Call it in `beforeAll` or within a test: the
 * names are new each time, so files and tests never meet.
 *
 * Without a stream: the engine goes through all streams there are at each write, and with the hundreds that a run of
 * tests makes it is soon busy with nothing else.
 * @param endpoint of an engine; that of this run of tests when left out
 */
export async function createTables(endpoint = inject('dynamodbEndpoint')): Promise<Tables> {
  const { StreamSpecification: _, ...ledger } = TABLE_SHAPES.ledger;
  return (await tablesWith(endpoint, ledger)).tables;
}

/** {@link createTables} with the stream that the ledger has. */
export async function createStreamedTables(): Promise<StreamedTables> {
  const { tables, ledgerStreamArn } = await tablesWith(inject('dynamodbEndpoint'), TABLE_SHAPES.ledger);
  if (ledgerStreamArn === undefined) throw new Error(`table ${tables.ledger} came up without a stream`);
  return { ...tables, ledgerStreamArn };
}

async function tablesWith(endpoint: string, ledgerShape: Omit<CreateTableCommandInput, 'TableName'>) {
  const client = clientOf(endpoint);
  const run = randomBytes(6).toString('hex');
  const [ledger, views, notices] = [`ledger-${run}`, `views-${run}`, `notices-${run}`];
  const [made] = await Promise.all([
    client.send(new CreateTableCommand({ TableName: ledger, ...ledgerShape })),
    client.send(new CreateTableCommand({ TableName: views, ...TABLE_SHAPES.views })),
    client.send(new CreateTableCommand({ TableName: notices, ...TABLE_SHAPES.notices })),
  ]);
  const { kms, s3, newBucket, folderOf } = await endpoints();
  const archive = newBucket();
  const env = {
    ...ENGINE_CREDENTIALS,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_KMS: kms.url,
    AWS_ENDPOINT_URL_S3: s3.url,
    // Nobody listens: a bell that is not heard costs a minute and nothing else.
    AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:9',
    LEDGER_TABLE: ledger,
    VIEWS_TABLE: views,
    NOTICES_TABLE: notices,
    NOTICE_BUS: 'bus',
    NOTICE_KEY: NOTICE_KEY.arn,
    WEBHOOK_NETWORK: 'loopback',
    STAGE: 'test',
    ARCHIVE_BUCKET: archive,
    FINGERPRINT_BUCKET: newBucket(),
    TRACING: JSON.stringify({
      minimumRows: 50,
      tracesPerDay: 3,
      subjectsPerDay: 2,
      requestSeconds: 20,
      workers: 1,
    }),
    SIGNING_KEY: SIGNING_KEY.arn,
    SEAL_KEY: SEAL_KEY.arn,
    ACCESS_KEY: ACCESS_KEY.arn,
    ACCESS: JSON.stringify({ caseRequired: false }),
    LOG_ORIGIN: 'amanat.example.org/log',
    FORMER_KEYS: '[]',
    SIGNATURES: JSON.stringify({ mandatory: [] }),
    WITNESSING: JSON.stringify({ witnesses: [], quorum: 0, holdSeconds: 0 }),
  };
  const tables: Tables = { ledger, views, notices, env, endpoint, client, archiveFolder: folderOf(archive) };
  return { tables, ledgerStreamArn: made.TableDescription?.LatestStreamArn };
}

/** A witness's table of one's own, and the environment that says where it is. */
export async function createHeads(): Promise<Pick<Tables, 'client' | 'env'> & { readonly heads: string }> {
  const endpoint = inject('dynamodbEndpoint');
  const client = clientOf(endpoint);
  const heads = `heads-${randomBytes(6).toString('hex')}`;
  await client.send(new CreateTableCommand({ TableName: heads, ...TABLE_SHAPES.heads }));
  const env = { ...ENGINE_CREDENTIALS, AWS_ENDPOINT_URL_DYNAMODB: endpoint, WITNESS_TABLE: heads };
  return { heads, client, env };
}

const clientOf = (endpoint: string) =>
  new DynamoDBClient({
    endpoint,
    region: ENGINE_CREDENTIALS.AWS_REGION,
    credentials: {
      accessKeyId: ENGINE_CREDENTIALS.AWS_ACCESS_KEY_ID,
      secretAccessKey: ENGINE_CREDENTIALS.AWS_SECRET_ACCESS_KEY,
    },
  });
