import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { APPEND_KINDS } from '../../../core/api/appends.ts';
import {
  demandAbout,
  limitedTo,
  may,
  PERMISSIONS,
  type Permission,
  type Permitted,
  partiesFor,
  rolesThatMay,
} from '../../../core/api/permissions.ts';
import { OPERATIONS, route } from '../../../core/api/routes.ts';
import { ROLES, type StaffRole } from '../../../core/model/principal.ts';
import { PROVIDER, RECIPIENT, THIRD_PARTY } from '../../support/transfers.ts';
import { refusalOf } from '../lifecycle/specs.ts';

const WHAT = Object.keys(PERMISSIONS) as Permitted[];
const speaker = (agency?: typeof PROVIDER, ...roles: StaffRole[]) => ({
  sub: 'somebody',
  roles,
  ...(agency && { agency }),
});
const parties = { provider: PROVIDER, recipient: RECIPIENT };

test('there is a line for each kind of entry and each other operation, and for nothing else', () => {
  const asking = OPERATIONS.filter((name) => !route(name).appends);
  expect(WHAT.toSorted()).toEqual([...Object.keys(APPEND_KINDS), ...asking].sort());
});

test('the document has the same table', () => {
  const cell = (permission: Permission, role: (typeof ROLES)[number]) =>
    permission === 'anyone' ? 'always' : (permission[role]?.join(', or ') ?? '');
  const table = WHAT.map((what) =>
    [`\`${what}\``, ...ROLES.map((role) => cell(PERMISSIONS[what], role)), withoutToken(what)].join(' | '),
  );
  const text = readFileSync(new URL('../../../docs/permissions.md', import.meta.url), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(table.map((row) => `| ${row} |`));
});
const withoutToken = (what: Permitted) => (PERMISSIONS[what] === 'anyone' ? 'always' : '');

describe('a role', () => {
  it('is what a condition is asked of: an agency’s own is nothing to a member of staff', () => {
    expect(may('getTransfer', speaker(undefined, 'steward'), {})).toBe(false);
    expect(may('transfer-acknowledged', speaker(undefined, 'auditor'), parties)).toBe(false);
    expect(may('transfer-acknowledged', speaker(RECIPIENT), parties)).toBe(true);
    expect(may('transfer-acknowledged', speaker(PROVIDER), parties)).toBe(false);
  });

  it('is named in which somebody may', () => {
    const late = { ...parties, assertion: 'retrospective' } as const;
    expect(rolesThatMay('transfer-recorded', speaker(PROVIDER, 'steward'), late)).toEqual([
      'agency',
      'steward',
    ]);
    expect(rolesThatMay('transfer-recorded', speaker(THIRD_PARTY, 'steward'), late)).toEqual(['steward']);
    expect(rolesThatMay('transfer-recorded', speaker(undefined, 'steward'), parties)).toEqual([]);
  });

  it('limits what is shown to an agency’s own, unless another role sees all', () => {
    expect(limitedTo('listTransfers', speaker(PROVIDER))).toBe(PROVIDER);
    expect(limitedTo('listTransfers', speaker(PROVIDER, 'auditor'))).toBeUndefined();
    expect(refusalOf(() => limitedTo('listTransfers', speaker(undefined, 'steward'))).slug).toBe('forbidden');
  });
});

describe('a refusal about a transfer', () => {
  const refused = (who: ReturnType<typeof speaker>) =>
    refusalOf(() => demandAbout(parties, 'recall-issued', who)).slug;

  it('tells the other party that it may not, and whoever may not read it nothing', () => {
    expect(demandAbout(parties, 'recall-issued', speaker(PROVIDER))).toBeUndefined();
    expect(refused(speaker(RECIPIENT))).toBe('forbidden');
    expect(refused(speaker(THIRD_PARTY, 'auditor'))).toBe('forbidden');
    expect(refused(speaker(THIRD_PARTY))).toBe('not-found');
  });
});

test('the usual party of an event comes first', () => {
  expect(partiesFor('retention-reviewed')).toEqual(['recipient', 'provider']);
  expect(partiesFor('legal-hold-set')).toEqual(['provider', 'recipient']);
  expect(partiesFor('dispute-answered')).toEqual(['provider']);
});
