import * as z from 'zod';
import { AgencyId, text } from './scalars.ts';

/** What a token may let its bearer be, besides an agency. */
export const STAFF_ROLES = ['auditor', 'steward', 'operator', 'custodian'] as const;
export type StaffRole = (typeof STAFF_ROLES)[number];

/** `agency` stands for "some agency", whichever its id. */
export const ROLES = ['agency', ...STAFF_ROLES] as const;
export type Role = (typeof ROLES)[number];

/** Who speaks, as the verified token says. `sub` is a client or staff reference of the issuer, never a person's id. */
export const Principal = z
  .strictObject({
    sub: text(120),
    agency: AgencyId.optional(),
    roles: z.array(z.enum(STAFF_ROLES)).max(STAFF_ROLES.length),
  })
  .meta({ id: 'Principal', description: 'Who spoke, as the verified token said' });
export type Principal = z.infer<typeof Principal>;

/** The ledger itself, which speaks for nobody. */
export const LEDGER = { sub: 'amanat', roles: [] } satisfies Principal;

export const rolesOf = (principal: Principal): readonly Role[] =>
  principal.agency === undefined ? principal.roles : ['agency', ...principal.roles];

export const hasRole = (principal: Principal, role: Role): boolean => rolesOf(principal).includes(role);

/** The namespace of a principal's idempotency keys: its agency, or itself where it speaks for none. */
export const submitterOf = (principal: Principal): string =>
  principal.agency === undefined ? `staff:${principal.sub}` : `agency:${principal.agency}`;
