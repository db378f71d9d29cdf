import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FunctionSpec } from '../template/functions.ts';
import { REGION } from '../template/resolve.ts';
import type { Ended, FunctionError, Invoke, Told } from './messages.ts';

/** How an invocation went. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'error'; readonly error: FunctionError }
  | { readonly kind: 'timeout' }
  /** The process ended before the handler answered. */
  | { readonly kind: 'crash' };

export interface Surroundings {
  /** What every function sees besides its own variables: where the engine is, credentials. */
  readonly variables: Readonly<Record<string, string>>;
  /** Where each function's output is kept, one file a function. */
  readonly logFolder: string;
  /** Where compiled code is kept, so that the next process loads faster. */
  readonly cacheFolder: string;
  /** Told of output that holds metrics, line by line or several lines at once. */
  readonly onMetrics?: (output: string) => void;
  /** Told of each event that a function is about to be given, and which process is. */
  readonly onInvoke?: (spec: FunctionSpec, environment: Environment) => void;
  /** Told of each event that a function was at, and for how long. */
  readonly onInvoked?: (spec: FunctionSpec, ms: number) => void;
}

/**
 * One execution environment of a function: a process of its own that serves one event at a time, and is thrown away
 * after a crash or a timeout.
 */
export class Environment {
  readonly #spec: FunctionSpec;
  readonly #child: ChildProcess;
  readonly #onMetrics: Surroundings['onMetrics'];
  readonly #loaded = Promise.withResolvers<void>();
  #settle: ((outcome: Outcome) => void) | undefined;
  #alive = true;
  /** A bundle that did not load fails one event with its reason; then the process is of no more use. */
  #broken = false;

  constructor(spec: FunctionSpec, surroundings: Surroundings) {
    this.#spec = spec;
    this.#onMetrics = surroundings.onMetrics;
    this.#child = startProcess(spec, surroundings);
    this.#child.on('message', (message: Told) => this.#told(message));
    this.#child.once('exit', () => this.#lost());
    this.#child.once('error', () => this.#lost());
  }

  /** False once its process has ended or is about to. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Whether it is at an event. */
  get busy(): boolean {
    return this.#settle !== undefined;
  }

  /** Settled when it can take an event, or never will. */
  get loaded(): Promise<void> {
    return this.#loaded.promise;
  }

  /** Runs the handler. Call it again only when the outcome is there. */
  invoke(event: string, traceId: string): Promise<Outcome> {
    const { timeoutMs } = this.#spec;
    const invoke: Invoke = { requestId: randomUUID(), event, traceId, deadline: Date.now() + timeoutMs };
    return new Promise<Outcome>((settle) => {
      if (!this.#alive) return settle({ kind: 'crash' });
      const timer = setTimeout(() => {
        this.#finish({ kind: 'timeout' });
        this.kill();
      }, timeoutMs);
      this.#settle = (outcome) => {
        clearTimeout(timer);
        settle(outcome);
      };
      this.#child.send(invoke, (error) => {
        if (error) this.#lost();
      });
    });
  }

  /** Lets the process end by itself, when it has nothing more to do. */
  release(): void {
    this.#alive = false;
    if (this.#child.connected) this.#child.disconnect();
  }

  kill(): void {
    this.#alive = false;
    this.#child.kill('SIGKILL');
  }

  /** Stops its process where it stands, for so long; the event at hand may take longer by it than it may. */
  freeze(ms: number): void {
    this.#child.kill('SIGSTOP');
    setTimeout(() => this.#child.kill('SIGCONT'), ms).unref();
  }

  #told(message: Told): void {
    if ('loaded' in message) {
      this.#broken = !message.loaded;
      this.#loaded.resolve();
    } else if ('metrics' in message) {
      this.#onMetrics?.(message.metrics);
    } else {
      if (this.#broken) this.release();
      this.#ended(message);
    }
  }

  #ended(message: Ended): void {
    this.#finish(
      'error' in message
        ? { kind: 'error', error: message.error }
        : { kind: 'answer', answer: JSON.parse(message.answer) },
    );
  }

  #lost(): void {
    this.#alive = false;
    this.#loaded.resolve();
    this.#finish({ kind: 'crash' });
  }

  #finish(outcome: Outcome): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(outcome);
  }
}

function startProcess(spec: FunctionSpec, { variables, logFolder, cacheFolder }: Surroundings): ChildProcess {
  mkdirSync(logFolder, { recursive: true });
  const log = openSync(join(logFolder, `${spec.label}.log`), 'a', 0o600);
  try {
    return fork(fileURLToPath(new URL('./runtime.ts', import.meta.url)), [], {
      cwd: spec.codeFolder,
      stdio: ['ignore', log, log, 'ipc'],
      execArgv: [],
      env: {
        // No more of our own environment than a process needs to run at all.
        PATH: process.env['PATH'],
        TMPDIR: process.env['TMPDIR'],
        NODE_COMPILE_CACHE: cacheFolder,
        TZ: 'UTC',
        LANG: 'en_US.UTF-8',
        AWS_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_FUNCTION_NAME: spec.name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
        AWS_LAMBDA_LOG_STREAM_NAME: `[$LATEST]${randomUUID().replaceAll('-', '')}`,
        AMANAT_FUNCTION_ARN: spec.arn,
        LAMBDA_TASK_ROOT: spec.codeFolder,
        _HANDLER: spec.handler,
        ...spec.environment,
        ...variables,
      },
    });
  } finally {
    closeSync(log);
  }
}
