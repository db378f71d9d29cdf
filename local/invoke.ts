import { relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { isLocked } from './data/lock.ts';
import { readRunning } from './data/running.ts';
import { Fault } from './fault.ts';
import { LOCAL_CREDENTIALS } from './tables.ts';
import { REGION } from './template/resolve.ts';

/** Which system an operator's command is for: the one that runs on a data folder, or a function in AWS. */
export interface Where {
  readonly data: string;
  readonly function: string | undefined;
}

/** The options by which a command is told. */
export const WHERE = {
  data: { type: 'string', default: resolve(import.meta.dirname, '../.amanat') },
  function: { type: 'string' },
} as const;

/** A call that waits for another which is at work: the lease of the views alone lasts for a quarter of a minute. */
const ATTEMPTS = 60;

/**
 * A function to be called as often as it takes; a call that fails is made again for a minute.
 * @param name of the function on this machine
 * @throws {Fault} when no system runs on the data folder
 */
export async function functionAt(
  { data, function: deployed }: Where,
  name: string,
): Promise<(event: object) => Promise<unknown>> {
  const client = deployed === undefined ? await localClient(data) : new LambdaClient({});
  return (event) => invoke(client, deployed ?? name, event);
}

async function localClient(dataFolder: string): Promise<LambdaClient> {
  const running = isLocked(resolve(dataFolder)) ? await readRunning(resolve(dataFolder)) : undefined;
  if (!running)
    throw new Fault(
      `no system runs on ${relative(process.cwd(), dataFolder) || dataFolder}: start one with \`npm start\``,
    );
  return new LambdaClient({ endpoint: running.lambda, region: REGION, credentials: LOCAL_CREDENTIALS });
}

async function invoke(client: LambdaClient, name: string, event: object): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }),
    );
    if (FunctionError === undefined) return JSON.parse(Buffer.from(Payload ?? []).toString('utf8'));
    if (attempt === ATTEMPTS) throw new Fault('the function keeps failing: see its log');
    await sleep(1_000);
  }
}
