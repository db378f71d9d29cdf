import { ROLES, type Role } from '../model/principal.ts';
import { rolesFor } from './permissions.ts';
import type { Described } from './routes/described.ts';
import { LOG_ROUTES } from './routes/log.ts';
import { QUERY_ROUTES } from './routes/query.ts';
import { RECORD_ROUTES } from './routes/record.ts';
import { SITE_ROUTES } from './routes/site.ts';
import { TRACE_ROUTES } from './routes/trace.ts';

export type { Described, Method, ServedBy } from './routes/described.ts';

/** One operation of the API. The table of them is the source of the REST API, the local gateway, OpenAPI and the client. */
export interface Route extends Described {
  /** Who may call it at all, by the table of permissions; `anyone` needs no token. */
  readonly who: 'anyone' | readonly Role[];
}

/** All operations, by name; each stands in the file of the function that serves it. */
export const ROUTES = {
  ...RECORD_ROUTES,
  ...TRACE_ROUTES,
  ...QUERY_ROUTES,
  ...LOG_ROUTES,
  ...SITE_ROUTES,
} as const satisfies Record<string, Described>;

export type Operation = keyof typeof ROUTES;
export const OPERATIONS = Object.keys(ROUTES) as Operation[];

/** Those that append no kind of entry at their client's word: each has a line of its own among the permissions. */
type Asking = {
  [O in Operation]: (typeof ROUTES)[O] extends { appends: unknown } ? never : O;
}[Operation];

function whoMay(operation: Operation): Route['who'] {
  const { appends }: Described = ROUTES[operation];
  if (!appends) return rolesFor(operation as Asking);
  return ROLES.filter((role) => appends.some((kind) => rolesFor(kind).includes(role)));
}

const WITH_WHO = new Map(
  OPERATIONS.map((name): [Operation, Route] => [name, { ...ROUTES[name], who: whoMay(name) }]),
);
export const route = (operation: Operation): Route => WITH_WHO.get(operation) as Route;

/** Whether it is recorded who called a route: where it tells of the ledger what is not for anyone. */
export const isRecorded = ({ method, who }: Route): boolean => method === 'GET' && who !== 'anyone';
