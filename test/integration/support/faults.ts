import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';

/**
 * What can befall a call to a table. `…-before`: it never reached the table. `…-after`: it was done, and its answer
 * was lost. `late`: it is given up as lost, and lands when {@link Faults.landLate} says. `partial`: a batch is done by
 * half. `dead`: the process is gone, from this call on until {@link Faults.revive}.
 */
export const FAULTS = [
  'timeout-before',
  'timeout-after',
  'reset-before',
  'reset-after',
  'throttled',
  'conflict',
  'partial',
] as const;
export type FaultKind = (typeof FAULTS)[number] | 'late' | 'dead' | 'slow';

/** A call to a table or to another service, by the name of its command. */
export interface Call {
  readonly command: string;
  readonly input: object;
}
/** What is to befall the call with this number, the first since the plan was made being 0; or what to make of it. */
export type Plan = (number: number, call: Call) => FaultKind | Meddling | undefined;
export type Meddling = (proceed: Proceed) => Promise<Outcome>;

/** Makes the call, with another input where one is given. */
type Proceed = (input?: object) => Promise<Outcome>;
interface Outcome {
  readonly output: object;
}

/** What a process that was killed says no more: it is nobody's to catch but the test's. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** Stands between the functions and the SDK, and lets the calls meet with faults. */
export class Faults {
  /** The calls since the plan was made. */
  calls: Call[] = [];
  #plan: Plan | undefined;
  #dead = false;
  #late: (() => Promise<unknown>)[] = [];

  /** `attempt` meets each attempt of the SDK, which then tries again by itself; `call` meets the whole call. */
  static install(client: DynamoDBClient, where: 'call' | 'attempt' = 'call'): Faults {
    return new Faults().alsoIn(client, where);
  }

  /** Lets calls to another service meet with faults too, counted with the others. */
  alsoIn(
    other: DynamoDBClient | KMSClient | LambdaClient | S3Client,
    where: 'call' | 'attempt' = 'call',
  ): Faults {
    // What a middleware sees of a command is the same in every client.
    const client = other as DynamoDBClient;
    if (where === 'call')
      client.middlewareStack.add(
        (next, { commandName }) =>
          async (args) =>
            (await this.meet({ command: String(commandName), input: args.input }, (input) =>
              next({ ...args, input: (input ?? args.input) as typeof args.input }),
            )) as Awaited<ReturnType<typeof next>>,
        { step: 'initialize', name: 'faults', override: true },
      );
    else
      client.middlewareStack.add(
        (next, { commandName }) =>
          async (args) =>
            (await this.meet({ command: String(commandName), input: args.input }, () =>
              next(args),
            )) as Awaited<ReturnType<typeof next>>,
        // Nearest to the wire that still is within the SDK's own retries.
        { step: 'finalizeRequest', priority: 'low', name: 'faults-of-attempts', override: true },
      );
    return this;
  }

  /** Whether the process was killed. */
  get isDead(): boolean {
    return this.#dead;
  }

  plan(plan: Plan | undefined): void {
    this.calls = [];
    this.#plan = plan;
    this.#dead = false;
  }

  /** Kills the process at the call with this number, before it is made. */
  killAt(number: number): void {
    this.plan((n) => (n === number ? 'dead' : undefined));
  }

  /** A new process: nothing befalls its calls. */
  revive(): void {
    this.plan(undefined);
  }

  /** Lets the calls land that were given up; whatever they come to, nobody hears of it. */
  async landLate(): Promise<void> {
    const late = this.#late.splice(0);
    for (const land of late) await land().catch(() => undefined);
  }

  /** What befalls a call. Calls to a table come here by themselves, those to another service by the test. */
  async meet(call: Call, next: (input?: object) => Promise<{ output: object }>): Promise<{ output: object }> {
    if (this.#dead) throw new Killed('the process is gone');
    const number = this.calls.push(call) - 1;
    const kind = this.#plan?.(number, call);
    if (typeof kind === 'function') return kind(next);
    switch (kind) {
      case undefined:
        return next();
      case 'slow':
        await new Promise((done) => setTimeout(done, 5 * Math.random()));
        return next();
      case 'dead':
        this.#dead = true;
        throw new Killed(`the process was killed at call ${number}, ${call.command}`);
      case 'late':
        this.#late.push(next);
        throw fault('TimeoutError');
      case 'timeout-before':
        throw fault('TimeoutError');
      case 'timeout-after':
        await next();
        throw fault('TimeoutError');
      case 'reset-before':
        throw fault('Error', { code: 'ECONNRESET' });
      case 'reset-after':
        await next();
        throw fault('Error', { code: 'ECONNRESET' });
      case 'throttled':
        throw fault('ThrottlingException');
      case 'conflict':
        throw conflict(call);
      case 'partial':
        return partial(call, next);
    }
  }
}

const fault = (name: string, more: object = {}): Error =>
  Object.assign(new Error(`injected: ${name}`), { name, ...more });

/** A transaction is cancelled over a conflict; a single write is told of it by an error of its own. */
function conflict({ command, input }: Call): Error {
  if (command !== 'ExecuteTransactionCommand') return fault('TransactionConflictException');
  const { TransactStatements = [] } = input as { TransactStatements?: unknown[] };
  const CancellationReasons = TransactStatements.map((_, n) => ({
    Code: n === 0 ? 'TransactionConflict' : 'None',
  }));
  return fault('TransactionCanceledException', { CancellationReasons });
}

/** Does the first half of a batch and says so; of what is no batch it does all. */
async function partial({ command, input }: Call, next: Proceed): Promise<Outcome> {
  if (command === 'BatchExecuteStatementCommand') {
    const { Statements } = input as { Statements: unknown[] };
    const half = Math.floor(Statements.length / 2);
    const done = half > 0 ? (await next({ ...input, Statements: Statements.slice(0, half) })).output : {};
    const { Responses = [] } = done as { Responses?: unknown[] };
    const turnedAway = Statements.slice(half).map(() => ({
      Error: { Code: 'ThrottlingError', Message: 'injected' },
    }));
    return { output: { ...done, Responses: [...Responses, ...turnedAway] } };
  }
  if (command === 'BatchGetItemCommand' || command === 'BatchWriteItemCommand') {
    const [[table, asked] = ['', []]] = Object.entries((input as { RequestItems: object }).RequestItems);
    const { Keys = asked, ...rest } = asked as { Keys?: unknown[] };
    const all = Keys as unknown[];
    const half = Math.floor(all.length / 2);
    const wrap = (some: unknown[]) => ({
      [table]: command === 'BatchGetItemCommand' ? { ...rest, Keys: some } : some,
    });
    const done = half > 0 ? (await next({ ...input, RequestItems: wrap(all.slice(0, half)) })).output : {};
    const left = command === 'BatchGetItemCommand' ? 'UnprocessedKeys' : 'UnprocessedItems';
    return { output: { ...done, [left]: wrap(all.slice(half)) } };
  }
  return next();
}
