import type { KeyObject } from 'node:crypto';
import { APPEND_KINDS, type AppendKindName } from '../../../core/api/appends.ts';
import {
  type Condition,
  PERMISSIONS,
  type Permission,
  type Permitted,
} from '../../../core/api/permissions.ts';
import { OPERATIONS, type Operation, route } from '../../../core/api/routes.ts';
import type { Role, StaffRole } from '../../../core/model/principal.ts';
import { signAppend } from '../../../core/signing/request.ts';
import { signed } from '../../support/signing.ts';
import { PROVIDER, RECIPIENT, THIRD_PARTY } from '../../support/transfers.ts';
import { type Answered, API, type Speaker, type World } from '../world.ts';

/** How agencies stand to the transfer in question: its parties, one whose data it came from, one to whom it went on, and another. */
export const AGENCIES = {
  provider: PROVIDER,
  recipient: RECIPIENT,
  upstream: 'upper-registry',
  downstream: 'valley-clinic',
  stranger: THIRD_PARTY,
} as const;
export type Standing = keyof typeof AGENCIES;

/** Everybody who might ask. `nobody` has no token at all. */
export interface Asker {
  readonly name: string;
  readonly agency?: Standing;
  readonly roles: readonly StaffRole[];
  readonly token: boolean;
}
const asker = (agency: Standing | undefined, ...roles: StaffRole[]): Asker => ({
  name: [agency, ...roles].filter(Boolean).join(' + ') || 'without a role',
  ...(agency && { agency }),
  roles,
  token: true,
});
export const ASKERS: readonly Asker[] = [
  { name: 'nobody', roles: [], token: false },
  asker(undefined),
  ...(['auditor', 'steward', 'operator', 'custodian'] as const).map((role) => asker(undefined, role)),
  ...(Object.keys(AGENCIES) as Standing[]).map((agency) => asker(agency)),
  asker('provider', 'auditor'),
  asker('recipient', 'operator', 'custodian'),
  asker('stranger', 'auditor'),
  asker('stranger', 'steward'),
  asker(undefined, 'auditor', 'steward', 'operator', 'custodian'),
  asker('recipient', 'auditor', 'steward', 'operator', 'custodian'),
];

/** What the authorizer would hand on; nothing where nobody was vouched for. */
export const speakerOf = ({ name, agency, roles, token }: Asker): Speaker => ({
  sub: token ? `client-${name.replaceAll(' ', '')}` : '',
  agency: agency ? AGENCIES[agency] : '',
  roles: roles.join(','),
});

/** Something that one line of the table is about. */
export interface Case<Subject = unknown> {
  readonly what: Permitted;
  readonly name: string;
  /** Which agencies meet a condition here, and whether the record is made after the fact. */
  readonly met: Partial<Record<Condition, readonly Standing[]>>;
  readonly late?: boolean;
  /** To whom it is not even there: a role that may read it sees all, or the agency is a party to it. */
  readonly hidden?: (who: Asker) => boolean;
  /** Something in the state in which it can be done; done once, it cannot be done again. */
  readonly prepare: () => Promise<Subject>;
  readonly ask: (who: Speaker, subject: Subject) => Promise<Answered>;
  /** What whoever may is answered. */
  readonly granted: Outcome;
}
/** A status, and the problem where it is one. */
export type Outcome = readonly [status: number, problem?: string];

/** By what the table may let somebody through: his roles, an agency being one. */
const rolesOf = ({ agency, roles }: Asker): Role[] => [...(agency ? (['agency'] as const) : []), ...roles];

/** What the table says, worked out apart from the code that decides by it. */
export function expected({ what, met, late, hidden, granted }: Case, who: Asker): Outcome {
  const row: Permission = PERMISSIONS[what];
  if (row === 'anyone') return granted;
  if (!who.token) return [401, 'unauthenticated'];
  const named = rolesOf(who).filter((role) => row[role]);
  if (named.length === 0) return [403, 'forbidden'];
  const holds = (role: Role, condition: Condition): boolean => {
    if (condition === 'always') return true;
    if (condition === 'after the fact') return late === true;
    return role === 'agency' && who.agency !== undefined && (met[condition] ?? []).includes(who.agency);
  };
  if (named.some((role) => row[role]?.some((condition) => holds(role, condition)))) return granted;
  return hidden?.(who) ? [404, 'not-found'] : [403, 'forbidden'];
}

/** The same of a read for which a case is named: whoever reads no incidents names none. */
export function expectedUnderCase(each: Case, who: Asker): Outcome {
  const row: Permission = PERMISSIONS[each.what];
  const isLetIn = who.token && row !== 'anyone' && rolesOf(who).some((role) => row[role]);
  return isLetIn && !who.roles.includes('auditor') ? [400, 'invalid-request'] : expected(each, who);
}

export const outcomeOf = ({ status, json }: Answered): Outcome =>
  status < 400 ? [status] : [status, slugOf(json?.['type'])];
const slugOf = (type: unknown) => String(type).split('/').at(-1) ?? '';

/** The two ways in which a kind of entry is appended: by the route of its own, and as a line among others. */
export const WAYS = ['a request', 'a line'] as const;
export type Way = (typeof WAYS)[number];

export async function appendBy(
  way: Way,
  world: World,
  who: Speaker,
  { kind, subject, body, key }: { kind: AppendKindName; subject?: string; body: unknown; key?: KeyObject },
): Promise<Answered> {
  const idempotencyKey = crypto.randomUUID();
  const append = { kind, subject, body, idempotencyKey, api: API };
  if (way === 'a request') {
    const operation = operationFor(kind);
    const parameter = /\{(\w+)\}/.exec(route(operation).path)?.[1];
    return world.ask(operation, who, {
      ...(parameter && subject && { params: { [parameter]: subject } }),
      body: APPEND_KINDS[kind].opens ? body : { kind, body },
      ...(key && { ...signed(key, append), key: idempotencyKey }),
    });
  }
  const line = {
    idempotencyKey,
    kind,
    ...(subject && { subject }),
    body,
    ...(key && { signature: signAppend(key, append, Date.now()) }),
  };
  const answered = await world.ask('recordEntries', who, { body: `${JSON.stringify(line)}\n` });
  if (answered.status !== 200) return answered;
  const told = answered.json[0] as unknown as { status: number; problem?: Answered['json'] };
  return { ...answered, status: told.status, json: told.problem ?? {} };
}

const operationFor = (kind: AppendKindName): Operation => {
  const found = OPERATIONS.find((name) => name !== 'recordEntries' && route(name).appends?.includes(kind));
  if (!found) throw new Error(`${kind} has no route of its own`);
  return found;
};
