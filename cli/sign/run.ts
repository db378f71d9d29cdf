import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { problemOf } from '../../core/api/faults.ts';
import { OPERATIONS, type Route, route } from '../../core/api/routes.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { KeptIdempotencyKey } from '../../core/model/scalars.ts';
import { appendHeaders } from '../../core/signing/sender.ts';
import { errorCode, readTextFile, UsageError } from '../failure.ts';
import { readSigningKey } from './keys.ts';

export interface SignOptions {
  readonly signKey: string;
  readonly url?: string;
  readonly idempotencyKey?: string;
  readonly out: string;
}

/**
 * `amanat sign`. Writes the body as it has to be sent, and prints the headers to send with it.
 * @param path of the API to which it is to be posted
 * @throws UsageError when it cannot, with each fault of the record
 */
export function runSign(path: string, file: string, options: SignOptions): void {
  const { url, out, idempotencyKey = randomUUID() } = options;
  if (!url || !URL.canParse(url)) throw new UsageError('say where the API stands: --url or AMANAT_URL');
  const named = KeptIdempotencyKey.safeParse(idempotencyKey);
  if (!named.success) throw new UsageError(`--idempotency-key ${named.error.issues[0]?.message}`);
  const body = bodyFor(path, file);
  const key = readSigningKey(options.signKey);
  const append = { url: `${url.replace(/\/+$/, '')}${path}`, body, idempotencyKey };
  const headers = Object.entries({
    'Content-Type': 'application/json',
    ...appendHeaders(key, append, Date.now()),
  });
  try {
    writeFileSync(out, body);
  } catch (error) {
    throw new UsageError(`cannot write ${out}: ${errorCode(error)}`);
  }
  process.stdout.write(headers.map(([name, value]) => `${name}: ${value}\n`).join(''));
}

/** The canonical JSON of what a file holds for a path, with the defaults of its schema. */
function bodyFor(path: string, file: string): string {
  const schema = routeOf(path)?.body;
  if (!schema) throw new UsageError(`nothing is appended at ${path}: give a path such as /v1/transfers`);
  const parsed = schema.safeParse(jsonIn(file));
  if (parsed.success) return canonicalJson(parsed.data);
  const faults = problemOf(parsed.error, 'body').faults.map(
    ({ pointer, detail }) => `  ${pointer} ${detail}`,
  );
  throw new UsageError(`${file} is no record for ${path}:\n${faults.join('\n')}`);
}

const routeOf = (path: string): Route | undefined =>
  OPERATIONS.map(route).find((target) => target.append && target.appends && pattern(target.path).test(path));

const pattern = (path: string): RegExp => new RegExp(`^${path.replace(/\{\w+\}/g, '[A-Za-z0-9.-]+')}$`);

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readTextFile(file));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file} is not JSON`);
  }
}
