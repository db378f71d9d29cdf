import { describe, expect, test } from 'vitest';
import { OPERATIONS, route } from '../../core/api/routes.ts';
import { FUNCTIONS } from '../../lib/config.ts';
import { loadStage, STAGES } from '../../lib/stages/index.ts';
import { buildSystem } from '../../lib/system.ts';
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
    const byHavingStream = Map.groupBy(deployment.tables, (table) =>
      table.StreamSpecification ? 'ledger' : 'views',
    );
    for (const name of ['ledger', 'views'] as const) {
      const [only, ...others] = byHavingStream.get(name) ?? [];
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
    expect(deployment.schedules.map(({ expression }) => expression)).toEqual(['rate(1 minute)']);
  });

  test('with the names of the tables in the environment of whoever uses them', () => {
    const names = deployment.tables.map(({ TableName }) => TableName);
    const record = deployment.functions.find(({ label }) => label === 'record');
    expect(names).toContain(record?.environment['LEDGER_TABLE']);
    for (const { environment } of deployment.functions)
      for (const name of ['LEDGER_TABLE', 'VIEWS_TABLE'])
        if (environment[name] !== undefined) expect(names).toContain(environment[name]);
  });
});
