import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS } from '../../lib/config.ts';
import { FUNCTION_ACCESS } from '../../lib/function-access.ts';
import { PROJECT } from './synthesized.ts';

/** The action that a service wants for a command; statements of PartiQL here are all `INSERT`. */
const ACTION_OF: Readonly<Record<string, string>> = {
  BatchGetItem: 'BatchGetItem',
  BatchWriteItem: 'BatchWriteItem',
  GetItem: 'GetItem',
  PutItem: 'PutItem',
  Query: 'Query',
  Scan: 'Scan',
  UpdateItem: 'UpdateItem',
  ExecuteStatement: 'PartiQLInsert',
  BatchExecuteStatement: 'PartiQLInsert',
  ExecuteTransaction: 'PartiQLInsert',
  GenerateMac: 'GenerateMac',
  GetPublicKey: 'GetPublicKey',
  Sign: 'Sign',
  GetObject: 'GetObject',
  // What is not there, S3 tells only to who may list; to others it may be there and forbidden.
  HeadObject: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  PutObject: 'PutObject',
};

/** Part of clients, and never sent unless endpoint discovery is turned on, or a directory bucket is meant. */
const OF_THE_CLIENTS = ['DescribeEndpoints', 'CreateSession'];

/** The commands of some clients that are left in a function's bundle once esbuild has dropped what is not reached. */
async function commandsIn(name: string, clients = ['dynamodb', 'kms', 's3']): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(PROJECT, 'lambdas', `${name}.ts`)],
    absWorkingDir: PROJECT,
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    logLevel: 'silent',
  });
  return Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .filter(([file]) => clients.some((client) => file.includes(`/client-${client}/`)))
    .flatMap(([file]) => /\/commands\/(\w+)Command\.js$/.exec(file)?.[1] ?? [])
    .filter((command) => !OF_THE_CLIENTS.includes(command))
    .sort();
}

describe('what a function can send to tables, keys and archive, it may; and it holds nothing that it could not send', () => {
  test.each(FUNCTIONS)('%s', async (name) => {
    const commands = await commandsIn(name);
    expect(commands.filter((command) => !(command in ACTION_OF))).toEqual([]);
    const access = FUNCTION_ACCESS[name];
    expect([...new Set(commands.map((command) => ACTION_OF[command]))].sort()).toEqual(
      [...new Set(Object.values(access).flat())].sort(),
    );
  });

  test('the witness, which signs besides', async () => {
    expect(await commandsIn('witness', ['dynamodb'])).toEqual(['GetItem', 'PutItem']);
    expect(await commandsIn('witness', ['kms'])).toEqual(['GetPublicKey', 'Sign']);
    expect(await commandsIn('witness', ['s3', 'lambda'])).toEqual([]);
  });
});
