import type * as z from 'zod';
import { factsOf, type TransferFacts } from '../../index/facts.ts';
import type { Entry } from '../../model/entry.ts';
import { LeakDescription } from '../../model/incident.ts';
import type { Day, EntryId, IncidentId, Instant, TraceId, TransferId } from '../../model/scalars.ts';
import { TransferRecord } from '../../model/transfer.ts';
import type { TraceAnswer } from '../../trace/answer.ts';
import { answerTrace } from '../../trace/conclude.ts';
import type { ContentAnswer } from '../../trace/sample/answer.ts';
import { screen } from '../../trace/screen.ts';
import type { SubjectAnswer } from '../../trace/subject/answer.ts';
import { concludeSubject } from '../../trace/subject/conclude.ts';
import { IDS } from './ids.ts';
import { fullTransfer, incident, leak, person } from './records.ts';

/** A ledger of two transfers, of which neither covers the leak and both together do. */
const RECORDED: readonly [EntryId, Instant, z.input<typeof TransferRecord>][] = [
  [
    IDS.transferEntry as EntryId,
    '2024-03-10T11:05:42.118Z' as Instant,
    { ...fullTransfer, fields: fullTransfer.fields?.filter(({ canonical }) => canonical !== 'address') },
  ],
  [
    IDS.onwardEntry as EntryId,
    '2024-05-02T10:00:12.300Z' as Instant,
    {
      ...fullTransfer,
      recipient: { agencyId: 'harbour-income-support' },
      dataset: { id: 'household-survey', title: 'Survey of households' },
      fields: [
        { name: 'CNIC', canonical: 'cnic', sensitivity: 'personal', transform: 'identity' },
        { name: 'ADDRESS', canonical: 'address', sensitivity: 'personal', transform: 'identity' },
      ],
      format: { headers: ['CNIC', 'ADDRESS'], delimiter: ';' },
      handedOver: { earliest: '2024-05-02', latest: '2024-05-02' },
    },
  ],
];

const ENTRIES = RECORDED.map(
  ([entryId, recordedAt, record]): Entry => ({
    amanat: 1,
    entryId,
    kind: 'transfer-recorded',
    stream: 'transfer',
    subject: `tr-${entryId}`,
    version: 0,
    recordedAt,
    principal: { sub: 'register-gateway', roles: [] },
    flags: [],
    body: TransferRecord.parse(record),
  }),
);

/** What the trace itself answers to the example of a leak: an example that cannot be out of date. */
export function traceExample(content?: ContentAnswer): z.input<typeof TraceAnswer> {
  return answerTrace(screen(LeakDescription.parse(leak), [ENTRIES.map(factsOf)]), {
    traceId: IDS.trace as TraceId,
    incidentId: IDS.incident as IncidentId,
    caseReference: incident.caseReference,
    size: ENTRIES.length,
    histories: new Map(ENTRIES.map((entry) => [entry.subject as TransferId, [{ entry }]])),
    declarations: [],
    content,
  });
}

/** What is answered of the person of the example, of whom the file of the first transfer knows. */
export function subjectExample(): z.input<typeof SubjectAnswer> {
  const [first, second] = ENTRIES.map(factsOf) as [TransferFacts, TransferFacts];
  return concludeSubject({
    entryId: IDS.eventEntry as EntryId,
    caseReference: person.caseReference,
    size: ENTRIES.length,
    outcomes: [
      {
        facts: first,
        outcome: {
          stateOf: '2024-02-29' as Day,
          unread: 214,
          tested: ['msisdn', 'cnic', 'msisdn+cnic'],
          held: ['msisdn', 'cnic', 'msisdn+cnic'],
        },
      },
      { facts: second, outcome: 'file-absent' },
    ],
  });
}
