import type * as z from 'zod';
import type { Principal } from '../../model/principal.ts';
import type { TransferDetail } from '../transfer-detail.ts';
import type { Examples } from './examples.ts';
import { IDS } from './ids.ts';
import { fullTransfer } from './records.ts';

type Detail = z.input<typeof TransferDetail>;

/** A transfer as it is told by itself: in the middle of its life, and after it. */
export function detailExamples(told: {
  readonly principal: z.input<typeof Principal>;
  readonly recordedAt: string;
  readonly acknowledgedAt: string;
  readonly knownAt: string;
}): Examples<Detail> {
  const { principal, recordedAt, acknowledgedAt, knownAt } = told;
  const detail: Detail = {
    transferId: IDS.transfer,
    entryId: IDS.transferEntry,
    recordedAt,
    principal,
    record: fullTransfer,
    flags: [],
    eventFlags: [],
    validAt: '2024-06-01',
    knownAt,
    state: 'acknowledged',
    marks: [],
    retentionEnd: '2025-06-30',
    acknowledged: {
      occurredOn: '2024-03-11',
      recordedAt: acknowledgedAt,
      entryId: IDS.eventEntry,
      agrees: true,
    },
    holds: [],
    corrections: [],
    confirmed: [],
  };

  const destroyed: Detail = {
    ...detail,
    validAt: '2025-07-15',
    state: 'certified',
    marks: ['incomplete'],
    certified: {
      occurredOn: '2025-06-28',
      recordedAt: '2025-06-30T07:02:51.006Z',
      entryId: '7d793037a0760186574b0282f2f435e7',
      scope: 'logical',
      remains: [],
    },
    downstream: { open: [IDS.onward], more: false },
  };
  return {
    answer: { summary: 'As it stood on 1 June 2024', value: detail },
    destroyed: {
      summary: 'Destroyed by the recipient, while what it had handed on is still there',
      value: destroyed,
    },
  };
}
