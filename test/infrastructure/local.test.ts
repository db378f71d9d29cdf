import { describe, expect, test } from 'vitest';
import { OPERATIONS, route } from '../../core/api/routes.ts';
import { FUNCTIONS } from '../../lib/config.ts';
import { loadStage, STAGES } from '../../lib/stages/index.ts';
import { buildSystem } from '../../lib/system.ts';
import { buildWitness } from '../../lib/witness/build.ts';
import { loadWitness, WITNESS_STAGES } from '../../lib/witness/stages/index.ts';
import { readDeployment } from '../../local/template/deployment.ts';
import type { TableInput } from '../../local/template/tables.ts';
import { TABLE_SHAPES } from '../integration/tables.ts';
import { newApp } from './synthesized.ts';

describe.each(Object.keys(STAGES))('the local system reads the templates of %s', async (stage) => {
  const app = newApp();
  buildSystem(app, loadStage(stage));
  const deployment = await readDeployment(app.synth().directory);

  test('with all functions, under the names of their files', () => {
    expect(deployment.functions.map(({ label }) => label).sort()).toEqual([...FUNCTIONS].sort());
  });

  test('with the tables that the integration tests make', () => {
    const byIndex = Map.groupBy(
      deployment.tables,
      ({ GlobalSecondaryIndexes }) => GlobalSecondaryIndexes?.[0]?.IndexName ?? 'none',
    );
    for (const [name, index] of [
      ['ledger', 'intake'],
      ['views', 'none'],
      ['notices', 'pending'],
    ] as const) {
      const [only, ...others] = byIndex.get(index) ?? [];
      expect(others).toEqual([]);
      const { TableName, DeletionProtectionEnabled, AttributeDefinitions, ...shape } = only as TableInput;
      const { AttributeDefinitions: expected, ...rest } = TABLE_SHAPES[name];
      expect(shape).toEqual(rest);
      expect(new Set(AttributeDefinitions)).toEqual(new Set(expected));
    }
  });

  test('with every route, behind the authorizer unless it is for anyone', () => {
    const label = new Map(deployment.functions.map(({ arn, label }) => [arn, label]));
    const read = deployment.api.methods.map(({ httpMethod, path, functionArn, authorizer }) => [
      `${httpMethod} ${path}`,
      label.get(functionArn),
      authorizer === undefined,
    ]);
    const declared = OPERATIONS.map(route).map(({ method, path, servedBy, who }) => [
      `${method} ${path}`,
      servedBy,
      who === 'anyone',
    ]);
    expect(read.sort()).toEqual(declared.sort());
  });

  test('with the readers of the stream and the clock', () => {
    const ledger = deployment.tables.find((table) => table.StreamSpecification)?.TableName;
    const named = deployment.streamMappings.map(({ functionArn, tableName }) => [
      deployment.functions.find(({ arn, name }) => [arn, name].includes(functionArn))?.label,
      tableName,
    ]);
    expect(named.sort()).toEqual([
      ['project', ledger],
      ['sequence', ledger],
    ]);
    const clocks = deployment.schedules.map(({ functionArn, expression }) => [
      deployment.functions.find(({ arn }) => arn === functionArn)?.label,
      expression,
    ]);
    expect(clocks.sort()).toEqual([
      ['archive', 'rate(1 minute)'],
      ['cosign', 'rate(1 minute)'],
      ['inspect', 'cron(17 1 * * ? *)'],
      ['notify', 'rate(1 minute)'],
      ['remind', 'cron(17 0 * * ? *)'],
      ['sweep', 'rate(1 minute)'],
    ]);
  });

  test('with the keys and the bucket that are in the environment of whoever uses them', () => {
    const specOf = new Map(deployment.keys.map(({ arn, keySpec }) => [arn, keySpec]));
    const named = (variable: string) => [
      ...new Set(deployment.functions.flatMap(({ environment }) => environment[variable] ?? [])),
    ];
    expect(named('SIGNING_KEY').map((arn) => specOf.get(arn))).toEqual(['ECC_NIST_EDWARDS25519']);
    for (const name of ['SEAL_KEY', 'ACCESS_KEY'])
      expect(named(name).map((arn) => specOf.get(arn))).toEqual(['HMAC_256']);
    expect([...named('ARCHIVE_BUCKET'), ...named('FINGERPRINT_BUCKET')].sort()).toEqual(
      [...deployment.buckets].sort(),
    );
  });

  test('with the names of the tables in the environment of whoever uses them', () => {
    const names = deployment.tables.map(({ TableName }) => TableName);
    const record = deployment.functions.find(({ label }) => label === 'record');
    expect(names).toContain(record?.environment['LEDGER_TABLE']);
    for (const { environment } of deployment.functions)
      for (const name of ['LEDGER_TABLE', 'VIEWS_TABLE', 'NOTICES_TABLE'])
        if (environment[name] !== undefined) expect(names).toContain(environment[name]);
  });
});

describe.each(Object.keys(WITNESS_STAGES))('the local system reads the witness of %s', async (stage) => {
  const app = newApp();
  buildWitness(app, loadWitness(stage));
  const { functions, tables, keys, api } = await readDeployment(app.synth().directory);

  test('with its function, its table and its key, named in its environment', () => {
    expect(functions.map(({ label }) => label)).toEqual(['witness']);
    expect(functions[0]?.environment).toMatchObject({
      WITNESS_TABLE: tables[0]?.TableName,
      SIGNING_KEY: keys[0]?.arn,
    });
    expect(keys.map(({ keySpec }) => keySpec)).toEqual(['ECC_NIST_EDWARDS25519']);
  });

  test('with what the protocol asks for, and its key', () => {
    const read = api.methods.map(({ httpMethod, path }) => `${httpMethod} ${path}`);
    expect(read.sort()).toEqual(['GET /vkey', 'POST /add-checkpoint']);
  });
});
