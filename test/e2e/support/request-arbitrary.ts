import fc from 'fast-check';
import { ANSWER_EXAMPLES } from '../../../core/api/openapi/answers.ts';
import type { Examples } from '../../../core/api/openapi/examples.ts';
import { REQUEST_EXAMPLES } from '../../../core/api/openapi/requests.ts';
import { OPERATIONS, type Operation, type Route, route } from '../../../core/api/routes.ts';
import { type Contract, documented, type Sent } from './contract.ts';
import { SPEAKERS, type Speaker, type World } from './contract-world.ts';
import { oddities, type Schema, spoilt, valuesOf } from './schema-arbitrary.ts';

/** A request of an operation, and who sends it; `undefined` is nobody. */
export interface Request extends Sent {
  readonly operation: Operation;
  readonly speaker: Speaker | 'forger' | undefined;
}

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}
interface OperationObject {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

/** Requests of every operation: as the document wants them, nearly so, and with ill intent. */
export function requests(contract: Contract, world: World): fc.Arbitrary<Request> {
  return fc.constantFrom(...OPERATIONS).chain((operation) => requestsOf(operation, contract, world));
}

export function requestsOf(operation: Operation, contract: Contract, world: World): fc.Arbitrary<Request> {
  const target = route(operation);
  const reference = `#/paths/${documented(target.path).replaceAll('/', '~1')}/${target.method.toLowerCase()}`;
  const described = contract.resolve(reference) as OperationObject;
  const parameters = (described.parameters ?? []).map((parameter) =>
    parameter.$ref === undefined ? parameter : (contract.resolve(parameter.$ref) as Parameter),
  );
  const resolve = (name: string) => contract.resolve(name) as Schema;

  // Of what goes wrong, one thing at a time: a request that is wrong all over is refused for the first.
  const wrong = fc.constantFrom(undefined, undefined, 'speaker', 'path', 'query', 'headers', 'body', 'body');
  return wrong
    .chain((part) =>
      fc.record({
        speaker: part === 'speaker' ? anybody : speakers(target),
        path: paths(target, world, part === 'path'),
        query: part === 'query' ? wrongQueries(parameters, resolve) : queries(parameters, resolve),
        headers: headersOf(target, part === 'headers'),
        body: bodies(operation, target, described, resolve, world, part === 'body'),
      }),
    )
    .map(({ speaker, path, query, headers, body }) => ({
      operation,
      speaker,
      method: target.method,
      path: query === '' ? path : `${path}?${query}`,
      headers,
      ...(body !== undefined && { body }),
    }));
}

const NAMES = Object.keys(SPEAKERS) as Speaker[];
const anybody = fc.constantFrom<Request['speaker']>(...NAMES, 'forger', undefined);

/** Somebody who may call it. */
function speakers({ who }: Route): fc.Arbitrary<Request['speaker']> {
  if (who === 'anyone') return anybody;
  const able = NAMES.filter((name) => {
    const speaker: { roles?: readonly string[]; agency?: string } = SPEAKERS[name];
    return who.some((role) =>
      role === 'agency' ? speaker.agency !== undefined : speaker.roles?.includes(role),
    );
  });
  return fc.constantFrom(...able);
}

const hostileWords = fc.oneof(
  fc.constantFrom(
    '%',
    '%zz',
    '%00',
    '%2e%2e%2f',
    '..',
    '%ff',
    'a%0d%0ab',
    '-',
    '~',
    "'",
    '*',
    'x'.repeat(3000),
  ),
  fc.string({ unit: 'grapheme', minLength: 1 }).map(encode),
);

/** Lone halves of characters cannot be encoded, and cannot be sent either. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/^\.+$/, '%2e');
}

function paths({ path }: Route, { known }: World, wrong: boolean): fc.Arbitrary<string> {
  const names = [...documented(path).matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const values = names.map((name) =>
    wrong
      ? fc.oneof(fc.constantFrom(...Object.values(known).flat()).map(encode), hostileWords)
      : fc.constantFrom(...(known[name] ?? ['none'])).map(encode),
  );
  return fc
    .tuple(...values)
    .map((chosen) =>
      names.reduce((whole, name, i) => whole.replace(`{${name}}`, () => chosen[i] ?? ''), documented(path)),
    );
}

/** Any of the parameters that are declared; no cursor, since only the API makes those. */
function queries(parameters: readonly Parameter[], resolve: (name: string) => Schema): fc.Arbitrary<string> {
  const pairs = inQuery(parameters).map(({ name, schema }) => {
    const right = valuesOf(schema, resolve).map((value) =>
      (Array.isArray(value) ? value : [value]).map((one) => `${name}=${encode(String(one))}`).join('&'),
    );
    return fc.oneof({ weight: 3, arbitrary: fc.constant('') }, { weight: 1, arbitrary: right });
  });
  return fc.tuple(...pairs).map((parts) => parts.filter((part) => part !== '').join('&'));
}

const inQuery = (parameters: readonly Parameter[]) =>
  parameters.filter((parameter) => parameter.in === 'query' && parameter.name !== 'cursor');

/** The same and something else: a value that is none, a name that is none, or one that stands twice. */
function wrongQueries(
  parameters: readonly Parameter[],
  resolve: (name: string) => Schema,
): fc.Arbitrary<string> {
  const name = fc.constantFrom('cursor', 'x', ...inQuery(parameters).map((parameter) => parameter.name));
  const strange = fc.oneof(
    fc.tuple(name, hostileWords).map((pair) => pair.join('=')),
    fc.tuple(hostileWords, hostileWords).map((pair) => pair.join('=')),
    name.map((twice) => `${twice}=1&${twice}=2`),
    hostileWords,
  );
  return fc
    .tuple(queries(parameters, resolve), strange)
    .map((parts) => parts.filter((part) => part !== '').join('&'));
}

const visible = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
});

function headersOf(target: Route, wrong: boolean): fc.Arbitrary<Record<string, string>> {
  const sometimes = (arbitrary: fc.Arbitrary<string>) => fc.option(arbitrary, { nil: undefined, freq: 3 });
  const type = target.contentType ?? 'application/json';
  const types = wrong
    ? fc.constantFrom(undefined, 'text/plain', `${type}x`, 'application/json, text/html')
    : fc.constantFrom(type, `${type}; charset=utf-8`);
  const keys = wrong ? fc.constantFrom(undefined, 'two words', 'k'.repeat(300), 'ü') : fc.uuid();
  const none = fc.constant(undefined);
  return fc
    .record({
      'content-type': target.body ? types : none,
      'idempotency-key': target.append ? keys : sometimes(visible),
      'x-correlation-id': sometimes(fc.oneof(fc.uuid(), visible)),
      accept: sometimes(fc.constantFrom('*/*', 'application/json', 'text/html', 'x')),
      'if-none-match': sometimes(fc.constantFrom('*', '"x"', 'x', ',,')),
    })
    .map((all) =>
      Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => Boolean(entry[1]))),
    );
}

function bodies(
  operation: Operation,
  target: Route,
  { requestBody }: OperationObject,
  resolve: (name: string) => Schema,
  world: World,
  wrong: boolean,
): fc.Arbitrary<string | Uint8Array | undefined> {
  const [media] = Object.values(requestBody?.content ?? {});
  if (!media) return wrong ? garbage : fc.constant(undefined);
  const examples: Examples = REQUEST_EXAMPLES[operation] ?? {};
  const example = fc.constantFrom(...Object.values(examples).map(({ value }) => value));
  const right = fc.oneof(
    valuesOf(media.schema, resolve),
    example.chain((value) => partlyOther(value, media.schema, resolve)),
    example,
  );
  const spoiled = fc.oneof(
    { weight: 3, arbitrary: example.chain(spoilt) },
    { weight: 1, arbitrary: oddities },
  );
  const texts = (wrong ? spoiled : right).map((value) => withKnown(written(target, value), world));
  return wrong ? fc.oneof({ weight: 3, arbitrary: texts }, { weight: 1, arbitrary: garbage }) : texts;
}

const written = (target: Route, value: unknown): string | undefined => {
  if (target.contentType !== 'application/x-ndjson') return JSON.stringify(value);
  const lines = Array.isArray(value) ? value : [value];
  return lines.map((line) => `${JSON.stringify(line) ?? ''}\n`).join('');
};

/** An example with one or two of its properties replaced by any values that their schemas take. */
function partlyOther(
  example: unknown,
  schema: Schema,
  resolve: (name: string) => Schema,
): fc.Arbitrary<unknown> {
  const { properties } = schema.$ref === undefined ? schema : resolve(schema.$ref);
  if (!properties || typeof example !== 'object') return fc.constant(example);
  return fc
    .subarray(Object.keys(properties), {
      minLength: 1,
      maxLength: Math.min(2, Object.keys(properties).length),
    })
    .chain((names) =>
      fc.record(Object.fromEntries(names.map((name) => [name, valuesOf(properties[name] ?? {}, resolve)]))),
    )
    .map((others) => ({ ...example, ...others }));
}

/** Puts ids that exist in the place of those that stand in the examples. */
const withKnown = (text: string | undefined, { known }: World): string | undefined =>
  text
    ?.replaceAll(/tr-[0-9a-f]{32}/g, () => known['transferId']?.[0] ?? '')
    .replaceAll(/rq-[0-9a-f]{32}/g, () => known['requestId']?.[0] ?? '');

const garbage: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  fc.constantFrom(
    '',
    '{',
    '[]',
    'null',
    '"',
    '{"a":1}{"b":2}',
    '\ufeff{}',
    'NaN',
    '1e999',
    '{"a":1,"a":2}',
    '\n\n',
  ),
  fc.constant('['.repeat(20_000)),
  fc.constant(JSON.stringify({ filler: 'x'.repeat(300 * 1024) })),
  fc.constant(JSON.stringify(ANSWER_EXAMPLES.getTransfer)),
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: 'binary' }),
);
