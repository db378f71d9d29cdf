/**
 * The process of one execution environment: loads the bundle that would be deployed, unmodified, and runs its handler
 * for one event at a time. It ends with whoever started it.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Context } from 'aws-lambda';
import type { Ended, FunctionError, Invoke, Told } from './messages.ts';

type Handler = (event: unknown, context: Context) => unknown;

const environment = (name: string): string => process.env[name] ?? '';

// Ctrl-C reaches every process of the terminal; the parent tells us when it is our turn, by letting go of the channel.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));

overhear();
const loading = load();
loading.then(
  () => tell({ loaded: true }),
  () => tell({ loaded: false }),
);
process.on('message', (message: Invoke) => {
  void run(message).then(tell);
});

function tell(told: Told): void {
  process.send?.(told);
}

/**
 * Tells of what is written in CloudWatch's embedded metric format, as Lambda would. All output goes to its file as it
 * is, past whoever started us, so that nobody waits for anybody else to read it.
 */
function overhear(): void {
  const write = process.stdout.write.bind(process.stdout) as (...chunk: unknown[]) => boolean;
  process.stdout.write = (...chunk: unknown[]) => {
    const [text] = chunk;
    if (typeof text === 'string' && text.includes('"_aws"')) tell({ metrics: text });
    return write(...chunk);
  };
}

async function run({ requestId, event, deadline, traceId }: Invoke): Promise<Ended> {
  process.env['_X_AMZN_TRACE_ID'] = traceId;
  try {
    const handler = await loading;
    const answer = await handler(JSON.parse(event), contextOf(requestId, deadline));
    return { requestId, answer: JSON.stringify(answer ?? null) };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return { requestId, error: functionError(error) };
  }
}

async function load(): Promise<Handler> {
  const [file = '', name = ''] = environment('_HANDLER').split('.');
  const folder = environment('LAMBDA_TASK_ROOT');
  for (const extension of ['.mjs', '.js', '.cjs']) {
    const url = pathToFileURL(join(folder, file + extension)).href;
    const module: Record<string, unknown> | undefined = await import(url).catch((error: unknown) => {
      if (isMissing(error, url)) return undefined;
      throw error;
    });
    if (module === undefined) continue;
    const handler = module[name];
    if (typeof handler !== 'function') throw new TypeError(`${file}${extension} exports no function ${name}`);
    return handler as Handler;
  }
  throw new TypeError(`${folder} holds no module ${file}`);
}

const isMissing = (error: unknown, url: string): boolean =>
  error instanceof Error &&
  (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' &&
  (error as { url?: string }).url === url;

function contextOf(awsRequestId: string, deadline: number): Context {
  const functionName = environment('AWS_LAMBDA_FUNCTION_NAME');
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: environment('AWS_LAMBDA_FUNCTION_VERSION'),
    invokedFunctionArn: environment('AMANAT_FUNCTION_ARN'),
    memoryLimitInMB: environment('AWS_LAMBDA_FUNCTION_MEMORY_SIZE'),
    awsRequestId,
    logGroupName: environment('AWS_LAMBDA_LOG_GROUP_NAME'),
    logStreamName: environment('AWS_LAMBDA_LOG_STREAM_NAME'),
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}

const functionError = (error: unknown): FunctionError =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message }
    : { errorType: typeof error, errorMessage: String(error) };
