import { recordedRead } from './access/recording.ts';
import { serve } from './http/serve.ts';
import { listAccess } from './queries/access-log.ts';
import { getDataRequest, listDataRequests } from './queries/data-requests.ts';
import { getLineage } from './queries/lineage.ts';
import { listObligations } from './queries/obligations.ts';
import {
  getAgency,
  getAgreement,
  getCoverage,
  getIncident,
  listAgencies,
  listAgreements,
  listFrames,
  listIncidents,
} from './queries/registers.ts';
import { getEntry, getHistory, getTransfer, listTransfers } from './queries/transfers.ts';

/** Everything that is asked of the ledger and its views, and changes nothing. */
export const handler = serve(
  {
    listTransfers,
    getTransfer,
    getHistory,
    getLineage,
    getEntry,
    listDataRequests,
    getDataRequest,
    listAgencies,
    getAgency,
    listAgreements,
    getAgreement,
    listFrames,
    listObligations,
    getCoverage,
    listIncidents,
    getIncident,
    listAccess,
  },
  recordedRead,
);
