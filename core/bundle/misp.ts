import type { CaseFile } from './case-file.ts';
import { uuidOf } from './ids.ts';
import { exhibitsOf } from './report/exhibits.ts';

/** Of a MISP event: who may see it, here nobody but its organisation, and how far the analysis has come. */
const OWN_ORGANISATION = '0';
const UNDEFINED_THREAT = '4';
const ANALYSIS = { ongoing: '1', completed: '2' } as const;

/** The object template "report" of MISP, and the version of it that is meant. */
const REPORT_TEMPLATE = {
  name: 'report',
  uuid: '70a68471-df22-4e3f-aa1a-5a3be19f82df',
  version: '8',
} as const;

interface Attribute {
  readonly type: 'sha256' | 'text' | 'comment';
  readonly category: 'External analysis' | 'Internal reference' | 'Other';
  readonly value: string;
  readonly comment?: string;
  readonly to_ids?: boolean;
  readonly object_relation?: string;
}

/**
 * The case as an event in MISP core format 2.4 (draft-dulaunoy-misp-core-format): a report, the digests of what leaked,
 * by which a copy is told again, and what the traces came to. It is shared with nobody, and marked TLP:AMBER+STRICT.
 */
export function mispEvent(file: CaseFile) {
  const { incident, traces, checkpoint, entries } = file;
  const { caseReference, title, authority, discoveredOn } = incident.incident;
  const eventUuid = uuidOf('misp-event', incident.incidentId);
  const recordedAt = entries.map(({ entry }) => entry.recordedAt).reduce((a, b) => (a > b ? a : b));
  const timestamp = String(Math.floor(Date.parse(recordedAt) / 1_000));
  const organisation = { id: '0', name: authority, uuid: uuidOf('organisation', authority) };
  const made = (attribute: Attribute, at: number, within: string) => ({
    uuid: uuidOf('misp-attribute', `${incident.incidentId}/${within}/${at}`),
    timestamp,
    distribution: OWN_ORGANISATION,
    comment: '',
    to_ids: false,
    ...attribute,
  });
  const attributes = attributesOf(file).map((each, at) => made(each, at, 'event'));
  const summaries = traces.flatMap(({ answer }) => [...(answer.content?.summary ?? []), ...answer.summary]);
  const report: Attribute[] = [
    text('Internal reference', 'case-number', caseReference),
    text('Other', 'title', title),
    text('Other', 'type', 'Incident'),
    text(
      'Other',
      'summary',
      [`As of the first ${checkpoint.size} entries of ${checkpoint.origin}.`, ...summaries].join('\n'),
    ),
  ];
  return {
    Event: {
      id: '0',
      org_id: '0',
      orgc_id: '0',
      uuid: eventUuid,
      info: `${title} (${caseReference})`,
      date: discoveredOn,
      timestamp,
      publish_timestamp: '0',
      published: false,
      threat_level_id: UNDEFINED_THREAT,
      analysis: incident.closed ? ANALYSIS.completed : ANALYSIS.ongoing,
      distribution: OWN_ORGANISATION,
      sharing_group_id: '0',
      locked: false,
      proposal_email_lock: false,
      attribute_count: String(attributes.length),
      Org: organisation,
      Orgc: organisation,
      Tag: [{ name: 'tlp:amber+strict', colour: '#FFC000', exportable: true }],
      Attribute: attributes,
      ShadowAttribute: [],
      RelatedEvent: [],
      Object: [
        {
          uuid: uuidOf('misp-object', incident.incidentId),
          name: REPORT_TEMPLATE.name,
          'meta-category': 'misc',
          template_uuid: REPORT_TEMPLATE.uuid,
          template_version: REPORT_TEMPLATE.version,
          description: 'What a data-sharing ledger holds on the case',
          timestamp,
          distribution: OWN_ORGANISATION,
          comment: 'Consistent with, never proved to be the source',
          Attribute: report.map((each, at) => made(each, at, 'report')),
        },
      ],
    },
  };
}

const text = (category: Attribute['category'], relation: string, value: string): Attribute => ({
  type: 'text',
  category,
  object_relation: relation,
  value,
});

function attributesOf(file: CaseFile): Attribute[] {
  const leaked = exhibitsOf(file).filter(({ number }) => /^[LS]/.test(number));
  return [
    ...leaked.map(({ number, what, sha256 }) => ({
      type: 'sha256' as const,
      category: 'External analysis' as const,
      value: sha256,
      comment: `${number}: ${what}`,
      // Only a file that leaked is met again; a keyed sample is nobody's but the investigation's.
      to_ids: number.startsWith('L'),
    })),
    ...file.incident.findings.map(({ finding }) => ({
      type: 'comment' as const,
      category: 'Internal reference' as const,
      value: finding.finding,
      comment: `recorded by the investigation, ${finding.occurredOn}`,
    })),
  ];
}
