import * as z from 'zod';
import { AgencyId, AgreementId, IncidentId, RequestId, TransferId } from '../../model/scalars.ts';

/** Paths that lead to one thing by its id. */
export const transferPath = z.strictObject({ transferId: TransferId });
export const requestPath = z.strictObject({ requestId: RequestId });
export const agencyPath = z.strictObject({ agencyId: AgencyId });
export const agreementPath = z.strictObject({ agreementId: AgreementId });
export const incidentPath = z.strictObject({ incidentId: IncidentId });
