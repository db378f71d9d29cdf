import { describe, expect, it } from 'vitest';
import { Access, type Asked, accessOf, hourOf, startOf } from '../../../core/model/access.ts';
import type { IncidentId, Instant } from '../../../core/model/scalars.ts';

const asked: Asked = {
  accessId: `ac-${'1'.repeat(32)}`,
  at: '2026-01-16T08:12:30.400Z' as Instant,
  principal: { sub: 'inspector-3', roles: ['auditor'] },
  operation: 'listTransfers',
  status: 200,
  correlationId: 'b0b5a3c2-11d7-4a43-9c0c-5f2f7b9a6f10',
};

describe('what is kept of a read', () => {
  it('is who asked what, by its names, and which case it was for', () => {
    const incidentId = `in-${'2'.repeat(32)}` as IncidentId;
    const query = { field: ['cnic', 'address'], match: 'all', limit: 50, recipient: undefined };
    expect(accessOf({ ...asked, incidentId, query })).toEqual({
      ...asked,
      incidentId,
      query: { field: ['cnic', 'address'], match: 'all', limit: 50 },
    });
  });

  it('says of a further page that it is one, and not where it begins', () => {
    const read = accessOf({ ...asked, query: { limit: 50, cursor: 'b3BhcXVl' } });
    expect(read).toMatchObject({ query: { limit: 50 }, continued: true });
    expect(JSON.stringify(read)).not.toContain('b3BhcXVl');
  });

  it.each([
    ['a parameter of the path', { params: { bundle: '35202-1234567-1' } }, 'bundle'],
    ['a filter', { query: { q: 'letter of 0300 1234567' } }, 'q'],
    ['one of several values', { query: { field: ['cnic', '+923001234567'] } }, 'field'],
  ])('leaves out %s that looks like a number of somebody', (_, part, name) => {
    const read = accessOf({ ...asked, ...part });
    expect(read.withheld).toEqual([name]);
    expect(JSON.stringify(read)).not.toMatch(/1234567/);
    expect(Access.parse(read)).toEqual(read);
  });

  it('is filed under its hour', () => {
    expect(hourOf(asked.at)).toBe('2026-01-16T08');
    expect(hourOf(startOf('2026-01-16T08'))).toBe('2026-01-16T08');
  });
});
