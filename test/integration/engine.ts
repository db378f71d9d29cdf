import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEngine } from '../../local/engine/dynamodb-local.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the DynamoDB Local of this run listens. */
    dynamodbEndpoint: string;
  }
}

/** One DynamoDB Local in memory for all integration tests; each file makes tables of its own in it (`tables.ts`). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'amanat-engine-'));
  const engine = await startEngine({ folder, onDisk: false });
  project.provide('dynamodbEndpoint', engine.endpoint);
  return async () => {
    await engine.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
