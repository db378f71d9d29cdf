import type { IncidentId } from '../../core/model/scalars.ts';
import type { IdOf } from './story.ts';

/** Something to look at: what it shows, and a command to paste. */
export interface Highlight {
  readonly title: string;
  readonly curl: string;
}

interface Told {
  readonly url: string;
  readonly bearer: (tokenOptions: string) => string;
  readonly incidentId: IncidentId;
  readonly traceId: string;
  readonly idOf: IdOf;
}

/** What of the scenario is worth a look, in the order in which an investigator would ask. */
export function highlightsOf({ url, bearer, incidentId, traceId, idOf }: Told): Highlight[] {
  const authorized = (tokenOptions: string) => `-H "Authorization: Bearer ${bearer(tokenOptions)}"`;
  const get = (path: string) => `curl -s '${url}${path}' ${authorized('--role auditor')}`;
  const board = idOf('subscribers-for-citizen-account-2022');
  const alerts = idOf('numbers-passed-on-for-dengue-alerts-2023');
  return [
    {
      title: 'Who ever received national id and address, of Punjab, as of March 2022 or before?',
      curl: get('/v1/transfers?field=cnic,address&area=PK-PB&snapshotTo=2022-03-31'),
    },
    {
      title:
        'Which hand-overs could explain the leak? In sentences, and the best set; without the pipe, all of it',
      curl: `${get(`/v1/incidents/${incidentId}/traces/${traceId}`)} | ${SUMMARY_AND_BEST_SET}`,
    },
    {
      title: 'What is overdue: not destroyed, not answered, not verified; the longest first',
      curl: get('/v1/obligations?limit=10'),
    },
    {
      title: 'What was asked for and refused',
      curl: get('/v1/requests?state=refused'),
    },
    {
      title: 'Everything recorded about the numbers that the IT board passed on',
      curl: get(`/v1/transfers/${alerts}/history`),
    },
    { title: 'Where those came from', curl: get(`/v1/transfers/${alerts}/lineage?direction=upstream`) },
    {
      title: 'Where the extract of the IT board went on to, declared (items) or perhaps not (undeclared)',
      curl: get(`/v1/transfers/${board}/lineage?direction=downstream`),
    },
    {
      title: 'For which periods the ledger is complete, and its gaps: the spring of 2022 lies in one',
      curl: get('/v1/coverage'),
    },
    {
      title: 'What the ledger refuses: a text that seems to hold a national id',
      curl: [
        `curl -s -X POST '${url}/v1/coverage' ${authorized('--agency telecom-authority')}`,
        "-H 'Content-Type: application/json' -H 'Idempotency-Key: refused-1'",
        `-d '${JSON.stringify({
          provider: 'telecom-authority',
          from: '2022-01-01',
          to: '2022-12-31',
          basis: 'asked about 00000-0000000-0',
        })}'`,
      ].join(' '),
    },
  ];
}

/** Picks two parts of the answer with nothing but Node. */
const SUMMARY_AND_BEST_SET =
  'node -p "a=JSON.parse(fs.readFileSync(0)); JSON.stringify({summary: a.summary, best: a.sets.listed[0]}, null, 2)"';
