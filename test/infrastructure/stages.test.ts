import { describe, expect, test } from 'vitest';
import { formatVerifierKey, type SignatureType } from '../../core/log/key.ts';
import { parseStage, type StageConfig, type StageInput } from '../../lib/config.ts';
import { dev } from '../../lib/stages/dev.ts';
import { loadStage, STAGES } from '../../lib/stages/index.ts';
import { buildSystem } from '../../lib/system.ts';
import { signerOf } from '../core/log/keys.ts';
import { newApp, templatesIn, templatesOf } from './synthesized.ts';

describe('the configuration of a stage', () => {
  test.each(Object.keys(STAGES))('%s is complete and right', (name) => {
    expect(loadStage(name)).toMatchObject({ stage: name, identity: { rolesClaim: 'roles' } });
  });

  test.each(['qa', '', 'toString', '__proto__'])(
    'there is no stage "%s", and the error says what there is',
    (name) => {
      expect(() => loadStage(name)).toThrow(/unknown stage ".*choose one with -c stage=NAME of dev, prod/);
    },
  );

  test.each([
    ['an unknown setting', { ...dev, replicas: 2 }, 'replicas'],
    ['a name too long for the stacks', { ...dev, stage: 'a-very-long-stage-name' }, 'stage'],
    ['an account that is none', { ...dev, account: '1234' }, 'account'],
    ['an issuer without TLS', { ...dev, identity: { ...dev.identity, issuer: 'http://x.org' } }, 'issuer'],
    ['a log retention that CloudWatch does not know', { ...dev, logRetentionDays: 15 }, 'logRetentionDays'],
    ['anybody as deployment role', { ...dev, deploymentRole: '*' }, 'deploymentRole'],
    ['concurrency for no function', { ...dev, reservedConcurrency: { nothing: 1 } }, 'reservedConcurrency'],
    [
      'fewer calls of investigate than a trace is spread over',
      { ...dev, reservedConcurrency: { investigate: 3 } },
      'workers',
    ],
    [
      'a rate under what the firewall takes',
      { ...dev, firewall: { ...dev.firewall, requestsPerToken: 5 } },
      'requestsPerToken',
    ],
  ])('%s is refused by name', (_, input, fault) => {
    expect(() => parseStage(input)).toThrow(new RegExp(`the stage configuration is wrong[^]*${fault}`));
  });
});

describe('the stacks of a stage', () => {
  test('are named after it, and depend on each other one way', () => {
    expect([...templatesOf('dev').keys()].sort()).toEqual([
      'Amanat-dev-Api',
      'Amanat-dev-Archive',
      'Amanat-dev-Ledger',
      'Amanat-dev-Log',
      'Amanat-dev-Notices',
      'Amanat-dev-Watch',
    ]);
  });

  test('go where the stage says, under the protection that it says', () => {
    const app = newApp();
    buildSystem(
      app,
      parseStage({ ...dev, account: '123456789012', region: 'eu-central-1', terminationProtection: true }),
    );
    for (const stack of app.synth().stacks)
      expect(stack).toMatchObject({
        environment: { account: '123456789012', region: 'eu-central-1' },
        terminationProtection: true,
      });
  });

  test('may keep the archive in another account, which lets in the writers of this one and nobody else', () => {
    const app = newApp();
    const archive = { ...dev.archive, account: '999999999999' };
    buildSystem(app, parseStage({ ...dev, account: '123456789012', region: 'eu-central-1', archive }));
    const stack = app.synth().getStackByName('Amanat-dev-Archive');
    expect(stack.environment.account).toBe('999999999999');
    const template = JSON.stringify(stack.template);
    for (const path of ['ledger-writer', 'archive-writer'])
      expect(template).toContain(`:iam::123456789012:role/amanat/dev/${path}/*`);
    expect(() => parseStage({ ...dev, archive })).toThrow(/needs the account of the stage/);
  });

  test('may name keys that the log signed with before, of its own name and kind', () => {
    const keyOf = (name: string, type: SignatureType) => formatVerifierKey(signerOf(name, type).key);
    const withKeys = (...formerKeys: string[]) =>
      parseStage({ ...dev, log: { ...dev.log, formerKeys } }).log.formerKeys;
    const own = keyOf(dev.log.origin, 'note');
    expect(withKeys(own)).toEqual([own]);
    expect(parseStage(dev).log.formerKeys).toEqual([]);
    for (const other of [
      keyOf('another.example/log', 'note'),
      keyOf(dev.log.origin, 'cosignature'),
      own.slice(1),
    ])
      expect(() => withKeys(own, other)).toThrow(/must be verifier keys/);
  });

  test('go over to other keys that sign, and keep those of before for whoever still uses them', () => {
    const former = formatVerifierKey(signerOf(dev.log.origin, 'note').key);
    const rotated = (formerKeys: string[]) =>
      parseStage({
        ...dev,
        log: { ...dev.log, keyGeneration: 2, formerKeys },
        notices: { ...dev.notices, keyGeneration: 3 },
      });
    expect(() => rotated([])).toThrow(/must name the key of before/);
    const templatesFor = (config: StageConfig) => {
      const app = newApp();
      buildSystem(app, config);
      return templatesIn(app);
    };
    const [before, after] = [parseStage(dev), rotated([former])].map(templatesFor);
    const exportsOf = (templates: typeof before) =>
      Object.values(templates?.get('Amanat-dev-Ledger')?.Outputs ?? {}).flatMap(
        ({ Export }) => Export?.Name ?? [],
      );
    // CloudFormation refuses to take away what another stack imports, and with it the whole deployment.
    expect(exportsOf(after)).toEqual(expect.arrayContaining(exportsOf(before)));
    const resources = Object.entries(after?.get('Amanat-dev-Ledger')?.Resources ?? {});
    const others = JSON.stringify([...(after ?? [])].filter(([name]) => name !== 'Amanat-dev-Ledger'));
    for (const [signs, generations] of [
      ['Signs the checkpoints', 2],
      ['Signs the notices', 3],
    ] as const) {
      const keys = resources.filter(([, { Properties }]) =>
        String(Properties?.['Description']).startsWith(signs),
      );
      expect(keys.map(([, { DeletionPolicy }]) => DeletionPolicy)).toEqual(
        Array.from({ length: generations }, () => 'Retain'),
      );
      expect(keys.map(([id]) => others.includes(`${id}Arn`))).toEqual(
        keys.map((_, n) => n === generations - 1),
      );
    }
  });

  test('may bind agencies to sign what an agency appends, and nothing else', () => {
    const mandatory = (...kinds: string[]) =>
      parseStage({ ...dev, signatures: { mandatory: kinds } } as StageInput).signatures.mandatory;
    expect(parseStage(dev).signatures.mandatory).toEqual([]);
    expect(mandatory('transfer-acknowledged')).toEqual(['transfer-acknowledged']);
    for (const other of ['incident-opened', 'trace-run', 'no-such-kind'])
      expect(() => mandatory('transfer-acknowledged', other)).toThrow(/signatures/);
  });

  test('hold all state in one: what is retained whatever the stage stands in Ledger', () => {
    const stateful = [...templatesOf('dev')].filter(([, { Resources }]) =>
      Object.values(Resources).some(({ Type }) => Type === 'AWS::DynamoDB::Table'),
    );
    expect(stateful.map(([name]) => name)).toEqual(['Amanat-dev-Ledger']);
  });
});
