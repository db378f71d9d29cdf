import * as z from 'zod';
import { may } from '../../core/api/permissions.ts';
import type { Route } from '../../core/api/routes.ts';
import type { Principal } from '../../core/model/principal.ts';
import { IncidentId } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { environment } from '../environment.ts';
import { readIncident } from '../store/registry.ts';

/** The header by which an auditor says under which incident he asks. */
export const CASE_HEADER = 'amanat-incident';

const Settings = z.object({ caseRequired: z.boolean() });
const isCaseRequired = (): boolean => Settings.parse(JSON.parse(environment('ACCESS'))).caseRequired;

/**
 * The incident under which something is read, where one is named; it may be closed, since what was found is read for a
 * court after that. Only who may read incidents names one: by the answer anybody else would learn which there are.
 * @param named the header, as it was sent
 * @throws Problem `invalid-request` when it names no incident; `case-required` where the stage wants one and none is named
 */
export async function caseOf(
  { underCase }: Pick<Route, 'underCase'>,
  principal: Principal,
  named: string | undefined,
): Promise<IncidentId | undefined> {
  const mayName = may('getIncident', principal);
  if (named === undefined) {
    if (underCase && mayName && isCaseRequired()) throw new Problem('case-required');
    return undefined;
  }
  const { data } = IncidentId.safeParse(named);
  if (data && mayName && (await readIncident(data, false))) return data;
  throw new Problem('invalid-request', undefined, [
    { header: 'Amanat-Incident', detail: 'names no incident' },
  ]);
}
