import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { loadOrMakeKeyStore } from '../../../local/kms/keys.ts';
import { startKms } from '../../../local/kms/server.ts';
import { readAll, serveLoopback } from '../../../local/loopback.ts';
import { createHeads } from '../tables.ts';

/** What stands between a witness and the log: the witness itself, if it asks for it, or something in its place. */
export type Conduct = (asked: Asked, response: ServerResponse) => Promise<void>;
export interface Asked {
  readonly body: string;
  /** What the witness says to that. */
  honest(): Promise<{ readonly status: number; readonly body: string }>;
}

export interface RunningWitness {
  readonly url: string;
  readonly vkey: string;
  /** The old sizes that it was asked from, since it was made to forget. */
  readonly askedFrom: number[];
  /** How it answers from now on; honestly when left out. */
  conduct: Conduct;
  /** Gives it an empty memory. */
  forget(): Promise<void>;
}

export const honestly: Conduct = async ({ honest }, response) => {
  const { status, body } = await honest();
  response.writeHead(status).end(body);
};

/** Witnesses as they are deployed, each in a thread with a key of its own, which cosign that log. */
export async function startWitnesses(names: readonly string[], logVkey: string) {
  const folder = await mkdtemp(join(tmpdir(), 'amanat-witnesses-'));
  const keys = names.map((_, n) => ({
    id: `w${n}`,
    arn: `arn:aws:kms:us-east-1:000000000000:key/w${n}`,
    keySpec: 'ECC_NIST_EDWARDS25519' as const,
  }));
  const kms = await startKms(await loadOrMakeKeyStore(folder, keys));
  const running = await Promise.all(
    names.map((name, n) =>
      start({
        AWS_ENDPOINT_URL_KMS: kms.url,
        WITNESS_NAME: name,
        SIGNING_KEY: keys[n]?.arn ?? '',
        LOGS: JSON.stringify([logVkey]),
      }),
    ),
  );
  const stop = async () => {
    await Promise.all([...running.map((one) => one.stop()), kms.stop()]);
    await rm(folder, { recursive: true });
  };
  return { witnesses: running.map(({ witness }) => witness), stop };
}

async function start(environment: Record<string, string>) {
  const { env, client } = await createHeads();
  client.destroy();
  const silence = { POWERTOOLS_METRICS_DISABLED: 'true', POWERTOOLS_LOG_LEVEL: 'SILENT' };
  const worker = new Worker(new URL('./witness-worker.ts', import.meta.url), {
    env: { ...process.env, ...env, ...silence, ...environment },
  });
  const [port] = (await once(worker, 'message')) as [number];
  const itself = `http://127.0.0.1:${port}`;

  const front = await serveLoopback(async (request: IncomingMessage, response: ServerResponse) => {
    const body = String(await readAll(request, 1_000_000));
    witness.askedFrom.push(Number(/^old (\d+)\n/.exec(body)?.[1]));
    await witness.conduct({ body, honest: () => post(`${itself}/add-checkpoint`, body) }, response);
  });
  const witness: RunningWitness = {
    url: front.url,
    vkey: (await (await fetch(`${itself}/vkey`)).text()).trim(),
    askedFrom: [],
    conduct: honestly,
    forget: async () => {
      const heads = await createHeads();
      heads.client.destroy();
      const changed = once(worker, 'message');
      worker.postMessage({ WITNESS_TABLE: heads.heads });
      await changed;
      witness.askedFrom.length = 0;
    },
  };
  return {
    witness,
    stop: async () => {
      await front.stop();
      await worker.terminate();
    },
  };
}

async function post(url: string, body: string) {
  const response = await fetch(url, { method: 'POST', body });
  return { status: response.status, body: await response.text() };
}
