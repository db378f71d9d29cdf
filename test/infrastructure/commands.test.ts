import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS } from '../../lib/config.ts';
import { TABLE_ACCESS } from '../../lib/table-access.ts';
import { PROJECT } from './synthesized.ts';

/** The action that DynamoDB wants for a command; statements of PartiQL here are all `INSERT`. */
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
};

/** Part of every client, and never sent unless endpoint discovery is turned on. */
const OF_THE_CLIENT = 'DescribeEndpoints';

/** The commands of DynamoDB, or of another client, that are left in a function's bundle once esbuild has dropped what is not reached. */
async function commandsIn(name: string, client = 'dynamodb'): Promise<string[]> {
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
    .filter(([file]) => file.includes(`/client-${client}/`))
    .flatMap(([file]) => /\/commands\/(\w+)Command\.js$/.exec(file)?.[1] ?? [])
    .filter((command) => command !== OF_THE_CLIENT)
    .sort();
}

describe('what a function can send to DynamoDB, it may; and it holds nothing that it could not send', () => {
  test.each(FUNCTIONS)('%s', async (name) => {
    const commands = await commandsIn(name);
    expect(commands.filter((command) => !(command in ACTION_OF))).toEqual([]);
    const { ledger = [], intake = [], views = [] } = TABLE_ACCESS[name];
    expect([...new Set(commands.map((command) => ACTION_OF[command]))].sort()).toEqual(
      [...new Set([...ledger, ...intake, ...views])].sort(),
    );
  });

  test('the witness, which signs besides', async () => {
    expect(await commandsIn('witness')).toEqual(['GetItem', 'PutItem']);
    expect(await commandsIn('witness', 'kms')).toEqual(['GetPublicKey', 'Sign']);
    for (const client of ['s3', 'lambda']) expect(await commandsIn('witness', client)).toEqual([]);
  });
});
