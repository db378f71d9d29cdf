import { ExecuteStatementCommand } from '@aws-sdk/client-dynamodb';
import 'aws-sdk-client-mock-vitest/extend';
import { describe, expect, it } from 'vitest';
import { LineAnswer } from '../../core/api/answers.ts';
import { entryIdOf } from '../../core/model/entry.ts';
import { PROBLEMS, type ProblemSlug } from '../../core/problem.ts';
import { agencyBody, PROVIDER, transferBody } from '../support/transfers.ts';
import type { Sent } from './events.ts';
import { ask, inserted, key, output, provider, SECRET, tables } from './recording.ts';

describe('lines', () => {
  const post = async (lines: readonly unknown[], sent: Sent = {}, who = provider) => {
    const body = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
    const answer = await ask('recordEntries', who, { body, ...sent });
    const answers =
      answer.status === 200
        ? answer.body
            .trimEnd()
            .split('\n')
            .map((line) => LineAnswer.parse(JSON.parse(line)))
        : [];
    return { ...answer, answers };
  };
  const transferLine = (idempotencyKey?: string, overrides = {}) => ({
    ...(idempotencyKey && { idempotencyKey }),
    kind: 'transfer-recorded',
    body: transferBody(overrides),
  });

  it('are answered one by one, in their order and by their number', async () => {
    const { answers } = await post([
      transferLine('a'),
      '',
      `{"${SECRET}`,
      transferLine('b', { dataset: SECRET }),
      { kind: 'x' },
      transferLine('a'),
    ]);
    expect(answers.map(({ line, status }) => [line, status])).toEqual([
      [1, 201],
      [3, 400],
      [4, 400],
      [5, 400],
      [6, 201],
    ]);
    expect(answers[4]?.answer).toEqual(answers[0]?.answer);
    expect(answers[2]?.problem?.errors).toEqual([
      { pointer: '/body/dataset', detail: expect.not.stringContaining(SECRET) },
    ]);
    expect(JSON.stringify(answers) + output.text()).not.toContain(SECRET);
  });

  it('take a key from the request and their number where they have none of their own', async () => {
    const lines = [transferLine(), transferLine()];
    const { answers } = await post(lines, key('batch'));
    expect(answers.map(({ answer }) => answer?.entryId)).toEqual([
      entryIdOf(`agency:${PROVIDER}`, 'batch/1'),
      entryIdOf(`agency:${PROVIDER}`, 'batch/2'),
    ]);
    expect((await post(lines)).answers.map(({ status }) => status)).toEqual([400, 400]);
    expect((await post([transferLine('own')], key('batch'))).answers[0]?.answer?.entryId).toBe(
      entryIdOf(`agency:${PROVIDER}`, 'own'),
    );
  });

  it('that open something are the same whatever subject they name: there is none yet', async () => {
    const named = { ...transferLine('a'), subject: 'tr-00000000000000000000000000000000' };
    const { answers } = await post([transferLine('a'), named, { ...named, idempotencyKey: 'b' }]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(answers[1]?.answer).toEqual(answers[0]?.answer);
  });

  it.each<[string, ProblemSlug, string, Sent]>([
    ['none', 'invalid-request', ' \n \n', {}],
    ['more than a hundred', 'invalid-request', 'x\n'.repeat(101), {}],
    ['too many bytes', 'body-too-large', 'x'.repeat(256 * 1024 + 1), {}],
    [
      'JSON by their type',
      'unsupported-media-type',
      '{}',
      { headers: { 'content-type': 'application/json' } },
    ],
  ])('%s: refused as a whole', async (_, slug, body, sent) => {
    const answer = await ask('recordEntries', provider, { body, ...sent });
    expect(JSON.parse(answer.body)).toMatchObject({ type: `https://amanat.dev/problems/${slug}` });
    expect(inserted()).toEqual([]);
  });

  it('that meet with an error of ours say so to the log, too', async () => {
    tables.mock
      .on(ExecuteStatementCommand)
      .rejects(Object.assign(new Error(SECRET), { name: 'AccessDeniedException' }));
    const { answers } = await post([transferLine('a')]);
    expect(answers[0]?.problem).toEqual({
      type: 'https://amanat.dev/problems/internal-error',
      title: PROBLEMS['internal-error'].title,
      status: 500,
      correlationId: 'request-0001',
    });
    expect(output.lines().at(-1)).toMatchObject({
      level: 'ERROR',
      message: 'internal-error',
      line: 1,
      error: { name: 'AccessDeniedException' },
    });
    expect(output.text()).not.toContain(SECRET);
  });

  it('of what no line may append are refused one by one', async () => {
    const { answers } = await post([
      { idempotencyKey: 'a', kind: 'trace-run', subject: 'in-x', body: {} },
      { idempotencyKey: 'b', kind: 'agency-registered', body: agencyBody({ agencyId: 'mine' }) },
      { idempotencyKey: 'c', kind: 'holding-attested', body: { occurredOn: '2024-06-01', held: true } },
      { idempotencyKey: 'd', kind: 'transfer-recorded', subject: 'tr-x', body: transferBody(), more: 1 },
    ]);
    expect(answers.map(({ problem }) => problem?.type.split('/').at(-1))).toEqual([
      'invalid-request',
      'forbidden',
      'not-found',
      'invalid-request',
    ]);
  });
});
