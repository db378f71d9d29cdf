import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FUNCTIONS, type FunctionName } from '../../lib/config.ts';
import { PROJECT, type Template, templatesOf } from './synthesized.ts';

const run = promisify(execFile);

test('synthesizing twice gives the same templates', () => {
  expect(templatesOf('dev')).toEqual(templatesOf('dev'));
});

describe('cdk synth', () => {
  let home: string;
  let out: string;

  /** As on a machine that has nothing but Node: no home, no credentials, and a network that leads nowhere. */
  const bare = () => ({
    HOME: home,
    PATH: `${join(PROJECT, 'node_modules/.bin')}:${process.env['PATH']}`,
    AWS_EC2_METADATA_DISABLED: 'true',
    HTTP_PROXY: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
  });

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'amanat-home-'));
    out = join(home, 'cdk.out');
    await run('cdk', ['synth', '--quiet', '--output', out], { cwd: PROJECT, env: bare() });
    const witness = ['--app', 'node bin/witness.ts', '--output', join(out, 'witness')];
    await run('cdk', ['synth', '--quiet', ...witness], { cwd: PROJECT, env: bare() });
  });

  afterAll(async () => {
    await rm(home, { recursive: true, force: true });
  });

  const templates = async (folder = out): Promise<Template[]> => {
    const files = (await readdir(folder)).filter((file) => file.endsWith('.template.json'));
    return Promise.all(files.map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8'))));
  };

  /** The folder that Lambda gets for a function. */
  const bundleOf = async (name: FunctionName | 'witness'): Promise<string> => {
    const id = new RegExp(`^${name.charAt(0).toUpperCase()}${name.slice(1)}Function[0-9A-F]{8}$`);
    const folder = name === 'witness' ? join(out, 'witness') : out;
    const found = (await templates(folder))
      .flatMap(({ Resources }) => Object.entries(Resources))
      .find(([logicalId, { Type }]) => id.test(logicalId) && Type === 'AWS::Lambda::Function');
    const asset = found?.[1].Metadata?.['aws:asset:path'];
    if (typeof asset !== 'string') throw new Error(`no template has the function ${name}`);
    return join(folder, asset);
  };

  test('needs no network, no credentials and no home folder', async () => {
    expect((await templates()).length).toBe(6);
    expect((await templates(join(out, 'witness'))).length).toBe(1);
  });

  test.each([...FUNCTIONS, 'witness'] as const)(
    'bundles %s so that it starts, with all that it imports, within 1.1 MB',
    async (name) => {
      const bundle = join(await bundleOf(name), 'index.mjs');
      expect((await stat(bundle)).size).toBeLessThan(1_100_000);
      const start = `const { handler } = await import(${JSON.stringify(pathToFileURL(bundle).href)}); process.stdout.write(typeof handler)`;
      const { stdout } = await run('node', ['--input-type=module', '-e', start], {
        cwd: home,
        env: {
          ...bare(),
          AWS_REGION: 'eu-central-1',
          ISSUER: 'https://issuer.example.org',
          AUDIENCE: 'https://amanat.example.org',
          LEDGER_TABLE: 'ledger',
          VIEWS_TABLE: 'views',
        },
      });
      expect(stdout).toBe('function');
    },
  );

  test('puts the script of the docs page beside the function that serves it', async () => {
    const shipped = await readFile(join(await bundleOf('site'), 'redoc.standalone.js'));
    const original = await readFile(join(PROJECT, 'node_modules/redoc/bundles/redoc.standalone.js'));
    expect(shipped.equals(original)).toBe(true);
  });

  test('says which stages there are when asked for another', async () => {
    const failing = run('cdk', ['synth', '--quiet', '--output', join(home, 'none'), '-c', 'stage=qa'], {
      cwd: PROJECT,
      env: bare(),
    });
    await expect(failing).rejects.toThrow(/unknown stage "qa": choose one with -c stage=NAME of dev, prod/);
  });
});
