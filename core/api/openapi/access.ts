import type * as z from 'zod';
import type { AccessList } from '../answers.ts';
import { IDS } from './ids.ts';

const auditor = { sub: 'inspector-3', roles: ['auditor' as const] };
const correlationId = '0c4f7f7e-3f0a-4a3e-9a55-6c1f2f6f7a10';

/** A search under a case that is in an entry, an agency that was refused, and a read that waits for its entry. */
export const accessExample: z.input<typeof AccessList> = {
  items: [
    {
      accessId: 'ac-5d0e9c1b7a3f48e6b2c4d6e8f0a1b3c5',
      at: '2026-01-16T09:01:13.004Z',
      principal: auditor,
      operation: 'getTransfer',
      status: 200,
      incidentId: IDS.incident,
      params: { transferId: IDS.transfer },
      correlationId,
    },
    {
      accessId: 'ac-7c1f3e5a9b2d4086a4c6e8f0b1d3f5a7',
      at: '2026-01-16T08:44:51.310Z',
      principal: { sub: 'intake-job', agency: 'hill-it-board', roles: [] },
      operation: 'listIncidents',
      status: 403,
      correlationId,
      entryId: 'a0b2c4d6e8f01325476980abcdef1234',
    },
    {
      accessId: 'ac-1a3c5e7092b44d6f8a0c2e4f6b8d9e01',
      at: '2026-01-16T08:31:02.775Z',
      principal: auditor,
      operation: 'listTransfers',
      status: 200,
      incidentId: IDS.incident,
      query: { field: ['cnic', 'address'], match: 'all', area: 'PK-PB', limit: 50 },
      correlationId,
      entryId: 'a0b2c4d6e8f01325476980abcdef1234',
    },
  ],
  reflects: { size: 4217 },
};
