import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPERATIONS, type Operation, route } from '../../core/api/routes.ts';
import { Contract, type OpenApi, type Received, sendRaw } from './support/contract.ts';
import {
  askEverything,
  recordExamples,
  SPEAKERS,
  untilProjected,
  type World,
} from './support/contract-world.ts';
import { type Request, requests } from './support/request-arbitrary.ts';
import { type RunningSystem, startSystem } from './support/system.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const LANES = 4;
const REQUESTS_PER_LANE = 200;

let system: RunningSystem;
let contract: Contract;
let world: World;

beforeAll(async () => {
  process.stdout.write(`fuzz seed ${SEED}; FUZZ_SEED=${SEED} sends the same again\n`);
  system = await startSystem();
  contract = new Contract((await (await fetch(`${system.url}/openapi.json`)).json()) as OpenApi);
});
afterAll(() => system?.stop());

/** The operation that serves a method and path, with fixed parts before parameters. */
function operationAt(method: string, path: string): Operation | undefined {
  const matching = OPERATIONS.filter((name) => {
    const pattern = route(name)
      .path.replace(/[.]/g, '\\.')
      .replace(/\{\w+\}/g, '[^/]+')
      .replace(/\{\w+\+\}/g, '.+');
    return route(name).method === method && new RegExp(`^${pattern}$`).test(path);
  });
  const fixed = (name: Operation) => route(name).path.replace(/\{\w+\+?\}/g, '').length;
  return matching.sort((a, b) => fixed(b) - fixed(a))[0];
}

describe('what the document shows', () => {
  const succeeded = new Set<Operation>();
  const faults: string[] = [];

  /** A `fetch` that judges every answer on its way to the client. */
  const judging: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const { pathname } = new URL(String(input));
    const operation = operationAt(init?.method ?? 'GET', pathname);
    if (operation === undefined) throw new TypeError(`no operation at ${pathname}`);
    const target = route(operation);
    const text = await response.clone().text();
    const answer = { status: response.status, headers: Object.fromEntries(response.headers), text };
    for (const fault of contract.faultsOf(target.method, target.path, answer))
      faults.push(`${operation}: ${fault}: ${response.status} ${text.slice(0, 300)}`);
    if (response.ok) succeeded.add(operation);
    return response;
  };

  test('is accepted as it stands, every example of it, and answered as declared', async () => {
    world = await recordExamples(system, judging);
    await untilProjected(world);
    await askEverything(world);
    expect(faults).toEqual([]);
    expect(OPERATIONS.filter((name) => !succeeded.has(name))).toEqual([]);
  });
});

describe('no request makes an answer that the document does not foresee', () => {
  /** How often each operation answered what. */
  const counts = new Map<Operation, Map<number, number>>();

  async function send({ operation, speaker, ...sent }: Request): Promise<Received> {
    const token = speaker === 'forger' ? 'forged' : speaker && (await system.token(SPEAKERS[speaker]));
    const headers = { ...sent.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
    const answer = await sendRaw(system.url, { ...sent, headers });
    const statuses = counts.get(operation) ?? new Map<number, number>();
    counts.set(operation, statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1));
    return answer;
  }

  async function faultsAfter(request: Request): Promise<string[]> {
    const answer = await send(request);
    const { method, path } = route(request.operation);
    const faults = contract.faultsOf(method, path, answer);
    if (answer.status >= 500) faults.push(`status ${answer.status}`);
    return faults.map(
      (fault) => `${fault}: ${described(request)} → ${answer.status} ${answer.text.slice(0, 500)}`,
    );
  }

  const described = ({ speaker, method, path, headers, body }: Request) =>
    `${speaker ?? 'nobody'} ${method} ${path.slice(0, 300)} ${JSON.stringify(headers)} ${String(body).slice(0, 500)}`;

  test('of any operation, well meant or not', async () => {
    // Side by side, each with requests of its own, so that one that fails can be made smaller by itself.
    const lane = (n: number) =>
      fc.assert(
        fc.asyncProperty(requests(contract, world), async (request) => {
          expect(await faultsAfter(request)).toEqual([]);
        }),
        { seed: SEED + n, numRuns: REQUESTS_PER_LANE },
      );
    await Promise.all(Array.from({ length: LANES }, (_, n) => lane(n)));
    const all = [...counts.values()].flatMap((statuses) => [...statuses]);
    const sum = (those: typeof all) => those.reduce((total, [, count]) => total + count, 0);
    const succeeded = sum(all.filter(([status]) => status < 400));
    process.stdout.write(`fuzz sent ${sum(all)} requests, ${succeeded} of them were granted\n`);
    // They are of use: no operation is left out, and enough of them get past the first check.
    expect(OPERATIONS.filter((name) => !counts.has(name))).toEqual([]);
    expect(succeeded / sum(all)).toBeGreaterThan(0.2);
  });

  test('of no operation at all', async () => {
    const segment = fc.constantFrom(
      'v1',
      'transfers',
      'entries',
      'docs',
      'events',
      'x',
      '..',
      '%2e',
      '%00',
      'a b',
      '{id}',
    );
    const path = fc
      .array(segment, { minLength: 1, maxLength: 5 })
      .map((segments) => `/${segments.join('/').replaceAll(' ', '%20')}`);
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');
    await fc.assert(
      fc.asyncProperty(method, path, async (verb, address) => {
        fc.pre(operationAt(verb, address) === undefined);
        const answer = await sendRaw(system.url, { method: verb, path: address, headers: {} });
        expect({ verb, address, status: answer.status, faults: contract.problemFaults(answer) }).toEqual({
          verb,
          address,
          status: expect.toSatisfy((status) => [400, 401, 403, 404, 405].includes(status as number)),
          faults: [],
        });
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});
