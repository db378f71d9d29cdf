import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseStart, parseToken } from '../../local/options.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

describe('the options of npm start', () => {
  beforeEach(() => void vi.stubEnv('INIT_CWD', '/somewhere'));
  afterEach(() => void vi.unstubAllEnvs());

  it('have defaults', () => {
    expect(parseStart([])).toEqual({
      port: 8080,
      dataFolder: resolve(PROJECT, '.amanat'),
      fresh: false,
      scenario: true,
    });
  });

  it('are taken as given, folders from where npm was called', () => {
    expect(parseStart(['--port', '0', '--data', 'd', '--fresh', '--no-scenario'])).toEqual({
      port: 0,
      dataFolder: '/somewhere/d',
      fresh: true,
      scenario: false,
    });
    expect(parseStart(['--data=/abs'])).toMatchObject({ dataFolder: '/abs' });
    expect(parseStart(['--help'])).toBe('help');
  });

  it.each([['--port', 'x'], ['--port', '70000'], ['--port', '-1'], ['--unknown'], ['stray'], ['--port']])(
    'that make no sense are refused: %s %s',
    (...args) => {
      expect(() => parseStart(args.filter((arg) => arg !== undefined))).toThrow(
        expect.objectContaining({ name: 'Fault' }),
      );
    },
  );
});

describe('the options of npm run token', () => {
  it('say for whom', () => {
    expect(parseToken(['--role', 'steward', '--agency', 'it-board', '--name', 'x', '--data', '/d'])).toEqual({
      dataFolder: '/d',
      identity: { roles: ['steward'], agency: 'it-board', name: 'x' },
    });
    expect(parseToken(['--role', 'steward', '--role', 'operator'])).toMatchObject({
      identity: { roles: ['steward', 'operator'] },
    });
    expect(parseToken(['-h'])).toBe('help');
  });
});
