import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { NoticeBoard } from '../../local/events/board.ts';
import { keepEvents, NOTICES_FILE } from '../../local/events/bus.ts';
import { type BusEvent, startEvents } from '../../local/events/server.ts';
import type { Loopback } from '../../local/loopback.ts';

const TOPIC = 'arn:aws:sns:us-east-1:000000000000:of-the-board';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:dead';

describe('an event bus on this machine', () => {
  let folder: string;
  let server: Loopback;
  let client: EventBridgeClient;
  const told: [BusEvent, readonly string[]][] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amanat-events-'));
    server = await startEvents({
      buses: ['ours', 'other'],
      rules: [
        { busName: 'ours', pattern: { detail: { obliged: ['it-board'] } }, targets: [TOPIC] },
        { busName: 'ours', pattern: { 'detail-type': ['Given up'] }, targets: [QUEUE, TOPIC] },
        { busName: 'other', pattern: { source: ['amanat'] }, targets: [QUEUE] },
      ],
      take: keepEvents(folder, (event, topics) => told.push([event, topics])),
    });
    client = new EventBridgeClient({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const put = (obliged: string, more: object = {}) =>
    client.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: 'ours',
            Source: 'amanat',
            DetailType: 'Obligation notice',
            Detail: JSON.stringify({ obliged }),
            Time: new Date('2026-01-02T03:04:05.678Z'),
            ...more,
          },
        ],
      }),
    );
  const kept = async (file: string) =>
    (await readFile(join(folder, file), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));

  it('keeps what it takes, and hands it on by its rules', async () => {
    expect(await put('it-board')).toMatchObject({ FailedEntryCount: 0 });
    expect(await put('nobody')).toMatchObject({ FailedEntryCount: 0 });
    expect(await put('it-board', { DetailType: 'Given up' })).toMatchObject({ FailedEntryCount: 0 });
    expect(told.map(([, topics]) => topics)).toEqual([['of-the-board'], [], ['of-the-board']]);
    const all = await kept(NOTICES_FILE);
    expect(all).toEqual(told.map(([event]) => event));
    expect(all[0]).toMatchObject({
      source: 'amanat',
      'detail-type': 'Obligation notice',
      time: '2026-01-02T03:04:05.678Z',
      detail: { obliged: 'it-board' },
    });
    expect(await kept('failures/dead.ndjson')).toEqual([all[2]]);
  });

  it('says what it does not take', async () => {
    const before = told.length;
    expect(await put('it-board', { EventBusName: 'none' })).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: 'ResourceNotFoundException' }],
    });
    await expect(put('it-board', { Detail: 'no JSON' })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    expect(told).toHaveLength(before);
  });
});

describe('notices in the terminal', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const id = (n: number) => n.toString(16).padStart(32, '0');
  const event = (n: number, stage = 'overdue'): BusEvent => ({
    id: String(n),
    source: 'amanat',
    'detail-type': 'Obligation notice',
    account: '000000000000',
    region: 'us-east-1',
    time: '2026-01-02T03:04:05.678Z',
    detail: {
      noticeId: `nt-${id(n)}`,
      transferId: `tr-${id(n)}`,
      kind: 'destroy',
      obliged: 'it-board',
      dueOn: '2025-12-31',
      since: '2025-01-01',
      why: 'The retention ends, and no destruction is certified.',
      cause: id(n),
      stage,
      ...(stage === 'overdue' ? { on: '2026-01-01' } : { by: id(n) }),
    },
  });
  const shown = () => {
    const lines: string[] = [];
    const board = new NoticeBoard('here', (text) => lines.push(text));
    return { board, lines };
  };

  it('have a line each when they are few', () => {
    const { board, lines } = shown();
    board.open();
    board.take(event(1), ['its-topic']);
    board.take(event(2, 'ended'), []);
    vi.advanceTimersByTime(2_000);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/overdue +destroy +2025-12-31 it-board +tr-0+1 by its topic/);
    expect(lines[1]).toMatch(/ended +destroy +2025-12-31 it-board +tr-0+2$/);
  });

  it('are counted when they are many, and are not shown before it is time', () => {
    const { board, lines } = shown();
    for (let n = 0; n < 20; n++) board.take(event(n, n < 5 ? 'arisen' : 'overdue'), []);
    vi.advanceTimersByTime(60_000);
    expect(lines).toEqual([]);
    board.open();
    vi.advanceTimersByTime(2_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/20 notices: 5 arisen, 15 overdue +all in here$/);
  });

  it('leave out what is no notice', () => {
    const { board, lines } = shown();
    board.open();
    board.take({ ...event(1), detail: { something: 'else' } }, []);
    vi.advanceTimersByTime(2_000);
    expect(lines).toEqual([]);
  });
});
