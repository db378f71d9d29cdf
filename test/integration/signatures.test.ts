import { chmodSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runAudit } from '../../cli/audit/run.ts';
import { runVerify } from '../../cli/verify/run.ts';
import { type ClientOptions, createClient } from '../../core/api/client.ts';
import { OPERATIONS, route } from '../../core/api/routes.ts';
import { keyIdOf } from '../../core/http-signature/keys.ts';
import { amanat } from '../cli/amanat.ts';
import { captured, newFile, newPath } from '../cli/verify/running.ts';
import { event } from '../core/lifecycle/specs.ts';
import { newKey, publicKeyOf } from '../support/signing.ts';
import { PROVIDER, RECIPIENT, transferBody } from '../support/transfers.ts';
import { checkHistories, readLedger } from './support/ledger.ts';
import { type ServedWorld, serveWorld } from './support/served-world.ts';
import { API, AUDITOR, agency, createWorld, registerExamples, type Speaker, type World } from './world.ts';

let world: World;
let served: ServedWorld;
beforeAll(async () => {
  world = await createWorld();
  await registerExamples(world);
  served = await serveWorld(world, AUDITOR);
});
afterAll(() => {
  served.close();
  world.tables.client.destroy();
});

/** The API as one agency reaches it, in this process. */
const fetchAs =
  (who: Speaker): typeof fetch =>
  async (input, init) => {
    const { pathname } = new URL(String(input));
    const headers = Object.fromEntries(new Headers(init?.headers));
    const found = OPERATIONS.find(
      (name) => route(name).method === init?.method && patternOf(route(name).path).test(pathname),
    );
    if (!found) return new Response(null, { status: 404 });
    const params = { ...patternOf(route(found).path).exec(pathname)?.groups };
    const key = headers['idempotency-key'];
    const answer = await world.ask(found, who, { params, headers, body: init?.body, ...(key && { key }) });
    return new Response(answer.text, { status: answer.status, headers: answer.headers });
  };
const patternOf = (path: string) => new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);

const clientOf = (who: string, options: Partial<ClientOptions> = {}) =>
  createClient({
    url: `https://${API}`,
    token: () => 'token',
    fetch: fetchAs(agency(who)),
    attempts: 1,
    ...options,
  });

describe('an agency that signs', () => {
  const key = newKey('P-256');
  let transferId: string;

  it('makes a key and registers it with what the command prints', async () => {
    const file = newPath('agency.pem');
    const made = await amanat(['signing-key', 'new', file, '--agency', RECIPIENT]);
    const answer = await clientOf(RECIPIENT).call('recordAgencyEvent', {
      params: { agencyId: RECIPIENT },
      body: JSON.parse(made.stdout),
      idempotencyKey: 'first-key',
    });
    expect(answer).toMatchObject({ kind: 'agency-key-registered', version: 1 });
    await world.settle();

    // The next one is registered with that, by a request that goes out with curl.
    const next = newFile(key.export({ format: 'pem', type: 'pkcs8' }));
    chmodSync(next, 0o600);
    const registration = await amanat(['signing-key', 'registration', next, '--agency', RECIPIENT]);
    const [body, path] = [newPath('signed.json'), `/v1/agencies/${RECIPIENT}/events`];
    const { code, stdout, stderr } = await amanat(
      ['sign', path, newFile(registration.stdout), '--sign-key', file, '--out', body],
      { AMANAT_URL: `https://${API}/` },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const headers = Object.fromEntries(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/: (.*)/s, 2)),
    ) as Record<string, string>;
    const sent = {
      params: { agencyId: RECIPIENT },
      body: readFileSync(body, 'utf8'),
      headers,
      key: headers['Idempotency-Key'] ?? '',
    };
    expect((await world.ask('recordAgencyEvent', agency(RECIPIENT), sent)).status).toBe(201);
    await world.settle();
  });

  it('signs a transfer, an acknowledgement and lines with the client', async () => {
    const provided = await clientOf(PROVIDER).call('recordTransfer', {
      body: transferBody() as never,
      idempotencyKey: 'handed',
    });
    transferId = String(provided.transferId);
    const client = clientOf(RECIPIENT, { signKey: key });
    const acknowledged = await client.call('recordTransferEvent', {
      params: { transferId },
      body: { kind: 'transfer-acknowledged', body: { occurredOn: '2024-03-12', storedAt: 'Vault 3' } },
      idempotencyKey: 'acknowledged',
    });
    expect(acknowledged.signedWith).toBe(keyIdOf(key));
    const [attested, faulty] = await client.call('recordEntries', {
      body: [
        {
          idempotencyKey: 'line',
          kind: 'destruction-certified',
          subject: transferId,
          body: event('destruction-certified').body as never,
        },
        { idempotencyKey: 'other', kind: 'transfer-disputed', subject: transferId, body: {} },
      ],
    });
    expect([attested?.status, attested?.answer?.signedWith, attested?.problem]).toEqual([
      201,
      keyIdOf(key),
      undefined,
    ]);
    // It is told what is wrong with it, and not that it is unsigned.
    expect(faulty?.problem?.type).toMatch(/invalid-request$/);
  });

  it('is seen with its keys', async () => {
    const { json } = await world.ask('getAgency', AUDITOR, { params: { agencyId: RECIPIENT } });
    await world.settle();
    const seen = await world.ask('getAgency', AUDITOR, { params: { agencyId: RECIPIENT } });
    expect(json['agencyId']).toBe(RECIPIENT);
    expect(seen.json['signing']).toMatchObject({
      required: false,
      keys: [{ registeredBy: expect.any(String) }, { keyId: keyIdOf(key), key: publicKeyOf(key) }],
    });
  });

  it('is vouched for by the log, and by nothing of the ledger', async () => {
    await world.settle();
    const options = { parallel: 4, timeout: 30, token: 'auditor', url: served.url };
    const verified = await captured(() => runVerify(options));
    expect([verified.code, verified.stdout]).toEqual([
      0,
      expect.stringMatching(/agencies +3 of \d+ entries signed/),
    ]);
    const audited = await captured(() => runAudit({ ...options, wait: 20, rounds: 1 }));
    expect([audited.code, audited.line]).toEqual([0, expect.stringMatching(/^OK /)]);
  });

  it('cannot deny one entry, with the receipts of that and of its key', async () => {
    const history = await world.ask('getHistory', AUDITOR, { params: { transferId } });
    const entryId = String(history.json['items']?.[1]?.['entryId']);
    const { json } = await world.ask('getAgency', AUDITOR, { params: { agencyId: RECIPIENT } });
    const registeredBy = String(json['signing']?.['keys']?.[1]?.['registeredBy']);
    const read = async (operation: 'getEntry' | 'getReceipt', id: string) =>
      newFile((await world.ask(operation, AUDITOR, { params: { entryId: id } })).bytes);
    const logKey = (await world.ask('getVerifierKey', AUDITOR)).text.trim();
    const { code, line, stdout } = await captured(async () =>
      runVerify({
        parallel: 1,
        timeout: 1,
        key: logKey,
        entry: await read('getEntry', entryId),
        receipt: await read('getReceipt', entryId),
        agencyKey: await read('getEntry', registeredBy),
        agencyKeyReceipt: await read('getReceipt', registeredBy),
      }),
    );
    expect([code, line]).toEqual([0, expect.stringMatching(`, signed by ${RECIPIENT}$`)]);
    expect(stdout).toMatch(/its key +registered by the agency itself at place \d+\n/);
  });
});

describe('what the stage demands', () => {
  const unsigned = async () =>
    (await world.ask('recordTransfer', agency(PROVIDER), { body: transferBody() })).status;
  /** What was known some seconds ago is known anew. */
  const later = () => vi.setSystemTime(Date.now() + 6_000);
  const configure = (...mandatory: string[]) => {
    process.env['SIGNATURES'] = JSON.stringify({ mandatory });
  };
  const declared = async () =>
    [...(await readLedger(world.tables.client, world.tables.ledger)).entries.values()]
      .filter(({ entry }) => entry.stream === 'policy')
      .map(({ entry }) => [entry.version, entry.body['mandatory']]);

  it('is said by the log, counts before that, and ends once the log says so', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      expect(await unsigned()).toBe(201);
      await world.settle();
      expect(await declared()).toEqual([]);

      configure('transfer-recorded');
      expect(await unsigned()).toBe(403);
      await world.settle();
      await world.settle();
      expect(await declared()).toEqual([[0, ['transfer-recorded']]]);

      // A function that has the next configuration already, while the ledger has this one.
      configure();
      later();
      expect(await unsigned()).toBe(403);
      // Declared, and not yet in the log.
      await world.settle();
      later();
      expect(await unsigned()).toBe(403);
      await world.settle();
      expect((await declared()).toSorted()).toEqual([
        [0, ['transfer-recorded']],
        [1, []],
      ]);
      later();
      expect(await unsigned()).toBe(201);
      await world.settle();

      const options = { parallel: 4, timeout: 30, token: 'auditor', url: served.url };
      expect((await captured(() => runVerify(options))).code).toBe(0);
      const audited = await captured(() => runAudit({ ...options, wait: 20, rounds: 1 }));
      expect([audited.code, audited.line]).toEqual([0, expect.stringMatching(/^OK /)]);
      checkHistories(await readLedger(world.tables.client, world.tables.ledger));
    } finally {
      configure();
      vi.useRealTimers();
    }
  });
});
