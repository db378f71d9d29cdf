import * as z from 'zod';
import { STAFF_ROLES, type StaffRole } from '../../core/model/principal.ts';
import { AgencyId } from '../../core/model/scalars.ts';
import { Fault } from '../fault.ts';

/** Whom a token is for: staff roles, an agency, or both; and a name that tells two of a kind apart. */
export interface Identity {
  readonly roles?: readonly string[];
  readonly agency?: string;
  /** `second` for another auditor than the one without a name. */
  readonly name?: string;
}

const Name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/);

/**
 * The client id of an identity at the issuer: its roles and its agency joined by `+`, as `steward+agency:it-board`,
 * and `~name` behind. It is also the subject of the identity's tokens.
 * @throws {Fault} when it is nobody, or names what is no role, agency or name
 */
export function clientIdOf({ roles = [], agency, name }: Identity): string {
  const unknown = roles.find((role) => !isStaffRole(role));
  if (unknown !== undefined) throw new Fault(`${unknown} is no role: take ${STAFF_ROLES.join(', ')}`);
  if (agency !== undefined && !AgencyId.safeParse(agency).success)
    throw new Fault(`${agency} is no agency id: lower-case letters, digits, dots and dashes`);
  if (name !== undefined && !Name.safeParse(name).success)
    throw new Fault(`${name} is no name: lower-case letters, digits and dashes`);
  const parts = [...new Set(roles), ...(agency === undefined ? [] : [`agency:${agency}`])];
  if (parts.length === 0)
    throw new Fault(`say for whom: --role ${STAFF_ROLES.join('|')}, --agency ID, or both`);
  return parts.join('+') + (name === undefined ? '' : `~${name}`);
}

/** What a client id claims: its roles and its agency; nothing when there is no such client. */
export function rolesOf(clientId: string): string[] | undefined {
  const [parts = '', name, ...others] = clientId.split('~');
  if (others.length > 0 || (name !== undefined && !Name.safeParse(name).success)) return undefined;
  const roles = parts.split('+');
  const agencies = roles.filter((role) => role.startsWith('agency:'));
  const known = roles.every(
    (role) => isStaffRole(role) || AgencyId.safeParse(/^agency:(.+)$/.exec(role)?.[1]).success,
  );
  return known && agencies.length <= 1 && new Set(roles).size === roles.length ? roles : undefined;
}

const isStaffRole = (role: string): role is StaffRole => (STAFF_ROLES as readonly string[]).includes(role);
