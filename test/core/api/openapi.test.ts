import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { APPEND_KINDS } from '../../../core/api/appends.ts';
import { ANSWER_EXAMPLES } from '../../../core/api/openapi/answers.ts';
import { openApiDocument } from '../../../core/api/openapi/document.ts';
import { REQUEST_EXAMPLES } from '../../../core/api/openapi/requests.ts';
import { OPERATIONS, type Operation, type Route, route } from '../../../core/api/routes.ts';
import { PROBLEMS } from '../../../core/problem.ts';

const document = openApiDocument({ serverUrl: 'https://ledger.example/prod' });

/** A part of the document, by its path. */
const at = (...path: string[]): unknown =>
  path.reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], document);
const operationOf = (operation: Operation) => {
  const { path, method } = route(operation);
  return at('paths', path.replace('+}', '}'), method.toLowerCase()) as {
    operationId: string;
    security: unknown[];
    parameters?: { $ref?: string; name?: string }[];
    responses: Record<string, { $ref?: string; headers?: Record<string, unknown> }>;
  };
};
const having = (predicate: (target: Route) => unknown) => OPERATIONS.filter((name) => predicate(route(name)));

/** Every object in the document with its path, examples left out: they are data, not schemas. */
function* objectsIn(value: unknown, path = ''): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Record<string, unknown>];
  for (const [key, part] of Object.entries(value))
    if (!['examples', 'example', 'default', 'enum'].includes(key)) yield* objectsIn(part, `${path}/${key}`);
}
const objects = [...objectsIn(document)];

test('passes the strict rules of the linter', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openapi-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'openapi.json');
  const lint = (content: unknown) =>
    writeFile(file, JSON.stringify(content)).then(() =>
      promisify(execFile)(
        'node_modules/.bin/redocly',
        ['lint', '--config', '.redocly.yaml', '--format', 'stylish', file],
        // An empty home and no notices: nothing is asked of the network.
        {
          env: {
            PATH: process.env['PATH'],
            HOME: folder,
            REDOCLY_TELEMETRY: 'off',
            REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
          },
        },
      ),
    );
  await expect(lint(document)).resolves.toBeDefined();
  const spoilt = structuredClone(document);
  delete spoilt.paths?.['/v1/transfers']?.post?.responses?.['201'];
  await expect(lint(spoilt)).rejects.toThrow();
}, 60_000);

describe('operations', () => {
  test('are those of the route table', () => {
    const documented = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.sort()).toEqual(
      OPERATIONS.map((name) => `${route(name).method} ${route(name).path.replace('+}', '}')}`).sort(),
    );
    for (const name of OPERATIONS) expect(operationOf(name).operationId).toBe(name);
  });

  test('ask for a token unless they are for anyone', () => {
    for (const name of OPERATIONS) {
      const { security, responses } = operationOf(name);
      const open = route(name).who === 'anyone';
      expect([name, security]).toEqual([name, open ? [] : [{ token: [] }]]);
      expect([name, '401' in responses, '403' in responses]).toEqual([name, !open, !open]);
    }
  });

  test('that append, and no others, need a key, answer 201 and say where', () => {
    const KEY = '#/components/parameters/IdempotencyKey';
    const withKey = OPERATIONS.filter((name) =>
      operationOf(name).parameters?.some(({ $ref }) => $ref === KEY),
    );
    expect(withKey).toEqual(having(({ append }) => append));
    expect(at('components', 'parameters', 'IdempotencyKey', 'required')).toBe(true);
    for (const name of withKey) {
      const { responses } = operationOf(name);
      const granted = Object.keys(responses).filter((status) => status < '300');
      expect(granted).toEqual(route(name).pending ? ['201', '202'] : ['201']);
      expect(responses['201']?.headers).toHaveProperty('location');
    }
  });

  test('that may go on later, and no others, answer 202 and say where', () => {
    for (const name of OPERATIONS) {
      const later = operationOf(name).responses['202'];
      expect([name, later !== undefined]).toEqual([name, route(name).pending !== undefined]);
      if (later)
        expect(Object.keys(later.headers ?? {})).toEqual(['x-correlation-id', 'location', 'retry-after']);
    }
  });

  test('name their parameters as their schemas do', () => {
    for (const name of OPERATIONS) {
      const { params, query } = route(name);
      const named = (operationOf(name).parameters ?? []).flatMap((parameter) => parameter.name ?? []);
      expect(named.sort()).toEqual(
        [...Object.keys(params?.shape ?? {}), ...Object.keys(query?.shape ?? {})].sort(),
      );
    }
  });
});

describe('problems', () => {
  const responses = at('components', 'responses') as Record<string, Record<string, unknown>>;
  const schemas = at('components', 'schemas') as Record<
    string,
    { properties: { type: { enum: string[] }; status: { const: number } } }
  >;

  test('have the types of the catalogue, each under its status', () => {
    const listed = Object.keys(responses).flatMap((name) => {
      const { type, status } = schemas[`${name}Problem`]?.properties ?? {};
      return (type?.enum ?? []).map((uri) => [uri, status?.const]);
    });
    expect(listed.sort()).toEqual(
      Object.entries(PROBLEMS)
        // No operation answers it: it says that there is no such operation.
        .filter(([slug]) => slug !== 'method-not-allowed')
        .map(([slug, { status }]) => [`https://amanat.dev/problems/${slug}`, status])
        .sort(),
    );
  });

  test('stand under their own status', () => {
    for (const name of OPERATIONS)
      for (const [status, { $ref }] of Object.entries(operationOf(name).responses)) {
        if (status < '400') continue;
        const component = $ref?.split('/').at(-1) ?? '';
        expect([name, schemas[`${component}Problem`]?.properties.status.const]).toEqual([
          name,
          Number(status),
        ]);
      }
  });
});

describe('schemas', () => {
  test('are closed: no property that is not named', () => {
    const open = objects.filter(
      ([, schema]) =>
        schema['type'] === 'object' && schema['properties'] && schema['additionalProperties'] !== false,
    );
    expect(open.map(([path]) => path)).toEqual([]);
  });

  test('are plain: nothing is put together by allOf', () => {
    expect(objects.filter(([, schema]) => 'allOf' in schema).map(([path]) => path)).toEqual([]);
  });

  test('of events are told apart by kind, one for each kind that follows', () => {
    for (const [stream, component] of Object.entries({
      transfer: 'TransferEvent',
      agency: 'AgencyEvent',
      agreement: 'AgreementEvent',
      incident: 'IncidentEvent',
    })) {
      const kinds = Object.entries(APPEND_KINDS)
        .filter(([, kind]) => kind.stream === stream && !kind.opens)
        .map(([name]) => name);
      const mapping = at('components', 'schemas', component, 'discriminator', 'mapping') as Record<
        string,
        string
      >;
      expect(Object.keys(mapping)).toEqual(kinds);
      for (const [kind, reference] of Object.entries(mapping)) {
        const name = reference.split('/').at(-1) ?? '';
        expect(at('components', 'schemas', name, 'properties', 'kind', 'const')).toBe(kind);
        expect(at('components', 'schemas', name, 'description')).toMatch(/\w/);
      }
    }
  });

  test('all say what they are', () => {
    const silent = Object.entries(at('components', 'schemas') as Record<string, { description?: string }>)
      .filter(([, { description }]) => !description)
      .map(([name]) => name);
    expect(silent).toEqual([]);
  });
});

describe('examples', () => {
  test('stand at every body and every JSON answer', () => {
    expect(Object.keys(REQUEST_EXAMPLES).sort()).toEqual(having(({ body }) => body).sort());
    const answering = having(({ contentType = '' }) => !/html|csv|octet/.test(contentType));
    expect(Object.keys(ANSWER_EXAMPLES).sort()).toEqual(
      answering.filter((name) => name !== 'openapi').sort(),
    );
  });

  for (const name of OPERATIONS) {
    const { body, answer, contentType } = route(name);
    const whole = (schema: z.ZodType) => (contentType === 'application/x-ndjson' ? z.array(schema) : schema);
    for (const [title, { value }] of Object.entries(REQUEST_EXAMPLES[name] ?? {}))
      test(`${name}: ${title} can be sent`, () =>
        expect(() => whole(body ?? z.never()).parse(value)).not.toThrow());
    for (const [title, { value }] of Object.entries(ANSWER_EXAMPLES[name] ?? {}))
      test(`${name}: ${title} can be answered`, () => expect(() => whole(answer).parse(value)).not.toThrow());
  }

  test('show every kind of event', () => {
    const shown = Object.values(REQUEST_EXAMPLES).flatMap((examples) => Object.keys(examples));
    const following = Object.entries(APPEND_KINDS).filter(([, kind]) => !kind.opens);
    expect(shown).toEqual(expect.arrayContaining(following.map(([name]) => name)));
  });
});

test('the address and the issuer are those of the deployment', () => {
  expect(document.servers).toEqual([{ url: 'https://ledger.example/prod' }]);
  const told = JSON.stringify(
    openApiDocument({ issuer: 'https://id.example/realm' }).components?.securitySchemes,
  );
  expect(told).toContain('https://id.example/realm');
});
