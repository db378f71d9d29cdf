import type { TransferState } from '../lifecycle/transfer.ts';
import type { TransferId } from '../model/scalars.ts';
import type { CaseFile, CaseTrace } from './case-file.ts';
import { uuidOf } from './ids.ts';
import { type Exhibit, exhibitsOf } from './report/exhibits.ts';
import { agencyName, traceName, transferName } from './report/words.ts';

const UCO = 'https://ontology.unifiedcyberontology.org/uco';
const CASE = 'https://ontology.caseontology.org/case';
/** CASE 1 with UCO 1, whose terms these are; their IRIs are the same in all versions of it. */
const CONTEXT = {
  kb: 'https://amanat.dev/kb/',
  'case-investigation': `${CASE}/investigation/`,
  'case-vocabulary': `${CASE}/vocabulary/`,
  'uco-action': `${UCO}/action/`,
  'uco-core': `${UCO}/core/`,
  'uco-identity': `${UCO}/identity/`,
  'uco-observable': `${UCO}/observable/`,
  'uco-types': `${UCO}/types/`,
  'uco-vocabulary': `${UCO}/vocabulary/`,
  xsd: 'http://www.w3.org/2001/XMLSchema#',
} as const;

type Node = Readonly<Record<string, unknown>> & { readonly '@id': string; readonly '@type': string };

/** UCO asks that nodes have names, which end in a UUID. */
const idOf = (kind: string, id: string): string => `kb:${kind}-${uuidOf(kind, id)}`;
const ref = (id: string) => ({ '@id': id });
const typed = (type: string, value: string) => ({ '@type': type, '@value': value });
const dateTime = (value: string) => typed('xsd:dateTime', value);

/** The case in CASE and UCO, as JSON-LD: investigation, exhibits, traces, hand-overs, and what is said for and against each. */
export function caseUco(file: CaseFile) {
  const { incident, traces } = file;
  const exhibits = exhibitsOf(file);
  const nodes: Node[] = [
    authorization(file),
    ...organisations(file),
    ...exhibits.flatMap(exhibitNodes),
    ...traces.flatMap((trace, at) => traceNodes(file, trace, at, exhibits)),
    ...[...handOvers(file)].map(([id, state]) => handOver(file, id, state)),
  ];
  const investigation: Node = {
    '@id': idOf('investigation', incident.incidentId),
    '@type': 'case-investigation:Investigation',
    'uco-core:name': incident.incident.title,
    ...(incident.incident.summary && { 'uco-core:description': incident.incident.summary }),
    'uco-core:createdBy': ref(authorityId(file)),
    'uco-core:objectCreatedTime': dateTime(incident.recordedAt),
    'case-investigation:focus': 'Leak of personal data',
    'case-investigation:investigationForm': typed('case-vocabulary:InvestigationFormVocab', 'incident'),
    'case-investigation:investigationStatus': incident.closed ? 'closed' : 'open',
    'case-investigation:relevantAuthorization': ref(authorizationId(file)),
    'uco-core:object': nodes
      .filter((node) => !/Facet$|^uco-types:/.test(node['@type']))
      .map((node) => ref(node['@id'])),
  };
  return { '@context': CONTEXT, '@graph': [investigation, ...nodes] };
}

const authorizationId = ({ incident }: CaseFile) => idOf('authorization', incident.incidentId);
const authorization = (file: CaseFile): Node => ({
  '@id': authorizationId(file),
  '@type': 'case-investigation:Authorization',
  'uco-core:name': file.incident.incident.authority,
  'case-investigation:authorizationType': 'case reference',
  'case-investigation:authorizationIdentifier': file.incident.incident.caseReference,
});

const organisationId = (id: string) => idOf('organization', id);
const authorityId = ({ incident }: CaseFile) => organisationId(`authority/${incident.incident.authority}`);

function organisations(file: CaseFile): Node[] {
  const named = (id: string, name: string): Node => ({
    '@id': id,
    '@type': 'uco-identity:Organization',
    'uco-core:name': name,
  });
  const parties = new Set(
    [...handOvers(file).values()].flatMap(({ record }) => [
      record.provider.agencyId,
      record.recipient.agencyId,
    ]),
  );
  return [
    named(authorityId(file), file.incident.incident.authority),
    ...[...parties].sort().map((id) => named(organisationId(id), agencyName(file, id))),
  ];
}

const observableId = ({ sha256 }: Exhibit) => idOf('file', sha256);

/** A file, by its digest, and the record that makes it an exhibit. */
function exhibitNodes(exhibit: Exhibit): Node[] {
  const { number, what, sha256 } = exhibit;
  const [facet, digest] = [idOf('content', sha256), idOf('hash', sha256)];
  return [
    {
      '@id': observableId(exhibit),
      '@type': 'uco-observable:File',
      'uco-core:description': what,
      'uco-core:hasFacet': ref(facet),
    },
    { '@id': facet, '@type': 'uco-observable:ContentDataFacet', 'uco-observable:hash': ref(digest) },
    {
      '@id': digest,
      '@type': 'uco-types:Hash',
      'uco-types:hashMethod': typed('uco-vocabulary:HashNameVocab', 'SHA256'),
      'uco-types:hashValue': typed('xsd:hexBinary', sha256),
    },
    {
      '@id': idOf('provenance', sha256),
      '@type': 'case-investigation:ProvenanceRecord',
      'uco-core:name': what,
      'case-investigation:exhibitNumber': number,
      'uco-core:object': ref(observableId(exhibit)),
    },
  ];
}

/** A trace: what was asked with, what came of it, and what it says of each hand-over. */
function traceNodes(
  file: CaseFile,
  { run, answer }: CaseTrace,
  at: number,
  exhibits: readonly Exhibit[],
): Node[] {
  const { description, answerSha256 } = run;
  const asked = new Set([
    ...(description.files ?? []).map(({ sha256 }) => sha256),
    ...(description.sample ? [description.sample.sha256] : []),
  ]);
  const objects = exhibits.filter(({ sha256 }) => asked.has(sha256));
  const performer = idOf('identity', run.principal.sub);
  const action: Node = {
    '@id': idOf('trace', run.traceId),
    '@type': 'case-investigation:InvestigativeAction',
    'uco-core:name': `${traceName(at)}: ${answer.method.name} ${answer.method.version}`,
    'uco-action:performer': ref(performer),
    'uco-action:startTime': dateTime(run.recordedAt),
    ...(objects.length > 0 && { 'uco-action:object': objects.map((each) => ref(observableId(each))) }),
    'uco-action:result': [ref(idOf('provenance', answerSha256)), ref(idOf('file', answerSha256))],
  };
  const annotations = answer.candidates.items.map(({ transfer, evidence }): Node => {
    const weighed = (answer.content?.attributions ?? []).flatMap(({ ranking }) =>
      ranking.filter(({ transferId }) => transferId === transfer.transferId),
    );
    return {
      '@id': idOf('annotation', `${run.traceId}/${transfer.transferId}`),
      '@type': 'uco-core:Annotation',
      'uco-core:object': [ref(idOf('hand-over', transfer.transferId)), ref(idOf('trace', run.traceId))],
      'uco-core:statement': [
        ...weighed.flatMap((each) => [
          each.sentence,
          ...each.for.map((text) => `for: ${text}`),
          ...each.against.map((text) => `against: ${text}`),
        ]),
        ...evidence.map(({ bearing, detail }) => `${bearing}: ${detail}`),
      ],
    };
  });
  const identity: Node = {
    '@id': performer,
    '@type': 'uco-identity:Identity',
    'uco-core:name': run.principal.sub,
  };
  return [action, ...(isFirstOf(file, run.principal.sub, at) ? [identity] : []), ...annotations];
}

/** A node is in the graph once. */
const isFirstOf = ({ traces }: CaseFile, sub: string, at: number): boolean =>
  traces.findIndex(({ run }) => run.principal.sub === sub) === at;

/** Those that the leak is consistent with. */
function handOvers({ traces, transfers }: CaseFile): Map<TransferId, TransferState> {
  const ids = traces.flatMap(({ answer }) =>
    answer.candidates.items.map(({ transfer }) => transfer.transferId),
  );
  return new Map(
    [...new Set(ids)].flatMap((id) => {
      const state = transfers.get(id);
      return state ? [[id, state] as const] : [];
    }),
  );
}

function handOver(file: CaseFile, id: TransferId, { record, recorded }: TransferState): Node {
  const { provider, recipient, handedOver } = record;
  return {
    '@id': idOf('hand-over', id),
    '@type': 'uco-action:Action',
    'uco-core:name': transferName(file, id),
    'uco-core:description': `Transfer ${id}, entry ${recorded.entryId} of the ledger`,
    'uco-core:objectCreatedTime': dateTime(recorded.recordedAt),
    'uco-action:performer': ref(organisationId(provider.agencyId)),
    'uco-action:participant': ref(organisationId(recipient.agencyId)),
    'uco-action:startTime': dateTime(`${handedOver.earliest}T00:00:00Z`),
    'uco-action:endTime': dateTime(`${handedOver.latest}T23:59:59Z`),
  };
}
