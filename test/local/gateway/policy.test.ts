import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allows, statementsOf } from '../../../local/gateway/policy.ts';

const stage = 'arn:aws:execute-api:us-east-1:000000000000:api/dev';
const policy = (...Statement: unknown[]) => statementsOf({ Version: '2012-10-17', Statement });
const allow = (Resource: unknown, Action: unknown = 'execute-api:Invoke') => ({
  Effect: 'Allow',
  Action,
  Resource,
});
const deny = (Resource: unknown) => ({ ...allow(Resource), Effect: 'Deny' });

describe('a policy', () => {
  it.each([
    [`${stage}/GET/v1/things`, true],
    [`${stage}/GET/v1/*`, true],
    [`${stage}/*/v1/th?ngs`, true],
    ['*', true],
    [[`${stage}/POST/v1/things`, `${stage}/GET/*things`], true],
    [`${stage}/GET/v1/thing`, false],
    [`${stage}/GET/v1/things/*`, false],
    [`${stage}/POST/*`, false],
    ['', false],
  ])('that allows %s', (resource, expected) => {
    expect(allows(policy(allow(resource)), `${stage}/GET/v1/things`)).toBe(expected);
  });

  it('allows nothing without a word, and a denial wins', () => {
    const arn = `${stage}/GET/v1/things`;
    expect(allows([], arn)).toBe(false);
    expect(allows(policy(allow('*'), deny(`${stage}/GET/*`)), arn)).toBe(false);
    expect(allows(policy(allow('*'), deny(`${stage}/POST/*`)), arn)).toBe(true);
    expect(allows(policy(allow('*', 's3:*')), arn)).toBe(false);
    expect(allows(policy(allow('*', ['s3:GetObject', 'execute-api:*'])), arn)).toBe(true);
  });

  it.each([
    ['a condition', { ...allow('*'), Condition: {} }],
    ['an exception', { Effect: 'Allow', NotAction: 'x', Resource: '*' }],
    ['no effect', { Action: 'x', Resource: '*' }],
    ['resources that are no text', allow([1])],
    ['no object', 'Allow'],
  ])('with %s is refused', (_, statement) => {
    expect(() => policy(statement)).toThrow(TypeError);
  });

  it('is as fast on hostile paths as on any other', () => {
    const began = performance.now();
    allows(policy(allow(`${stage}/${'*a'.repeat(30)}`)), `${stage}/${'a'.repeat(8000)}b`);
    expect(performance.now() - began).toBeLessThan(500);
  });

  it('matches as a regular expression of the same meaning does', async () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.') });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*', '?') });
    await fc.assert(
      fc.asyncProperty(pattern, letters, async (glob, value) => {
        const expression = glob.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(allows(policy(allow(glob)), value)).toBe(new RegExp(`^${expression}$`, 's').test(value));
      }),
    );
  });
});
