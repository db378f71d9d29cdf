import { contentExample } from '../../../core/api/openapi/content.ts';
import { dataRequest } from '../../../core/api/openapi/data-requests.ts';
import { IDS } from '../../../core/api/openapi/ids.ts';
import { fullTransfer } from '../../../core/api/openapi/records.ts';
import { traceExample } from '../../../core/api/openapi/trace.ts';
import { sha256Of } from '../../../core/bundle/case-file.ts';
import type { Grounds, LoggedEntry, ProvedEntry } from '../../../core/bundle/grounds.ts';
import { bundledCheckpoint } from '../../../core/bundle/keys.ts';
import { namedBy, reliedOn } from '../../../core/bundle/relied-on.ts';
import { canonicalBytes } from '../../../core/canonical.ts';
import { signCheckpoint } from '../../../core/log/checkpoint.ts';
import { formatVerifierKey } from '../../../core/log/key.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '../../../core/log/merkle.ts';
import { cosignText, formatNote, parseNote } from '../../../core/log/note.ts';
import { policyOf } from '../../../core/log/policy.ts';
import { proveInclusion } from '../../../core/log/prove.ts';
import { tileHashReader } from '../../../core/log/tile-reader.ts';
import { appendTiles, EMPTY_TILE_EDGE } from '../../../core/log/tiles.ts';
import { Entry, entryIdOf, traceIdOf } from '../../../core/model/entry.ts';
import { LeakDescription } from '../../../core/model/incident.ts';
import type { EntryId, IncidentId, TraceId, TransferId } from '../../../core/model/scalars.ts';
import { TransferRecord } from '../../../core/model/transfer.ts';
import { TraceAnswer } from '../../../core/trace/answer.ts';
import { agencyBody, agreementBody, aSha256, coverageBody, incidentBody } from '../../support/transfers.ts';
import { signerOf } from '../log/keys.ts';

export const LOG = signerOf('log.example/amanat');
export const WITNESSES = ['w2', 'w1'].map((name) => signerOf(`witness.example/${name}`, 'cosignature'));
export const LOG_KEY = formatVerifierKey(LOG.key);
export const WITNESS_KEYS = WITNESSES.map(({ key }) => formatVerifierKey(key));
const COSIGNED_AT = 1_790_000_000;

/** Stands for the script: what it is made of is of no matter to the rest. */
export const VERIFIER = Buffer.from('// verifies\n');

const leak = LeakDescription.parse(traceExample().asked);
/** Compared by rows, and by what is known besides; asked twice, the second time by the description alone. */
const ANSWERS = [
  { entryId: IDS.traceEntry as EntryId, answer: traceExample(contentExample()) },
  { entryId: entryIdOf('staff:auditor', 'second'), answer: traceExample() },
].map(({ entryId, answer }) => {
  const traceId = traceIdOf(entryId);
  const whole = TraceAnswer.parse({ ...answer, traceId });
  return { entryId, traceId, bytes: canonicalBytes(whole) };
});

type Written = Pick<Entry, 'kind' | 'stream' | 'subject' | 'version' | 'body'> & { readonly id?: string };

let days = 0;
const entry = ({ id, ...rest }: Written): Entry => {
  const at = new Date(Date.UTC(2026, 0, 15) + days++ * 3_600_000).toISOString();
  const entryId = id ?? entryIdOf('staff:steward', `${rest.kind}/${rest.subject}/${rest.version}`);
  const flags: Entry['flags'] = [];
  return Entry.parse({
    amanat: 1,
    entryId,
    flags,
    recordedAt: at,
    principal: { sub: 'auditor', roles: ['auditor'] },
    ...rest,
  });
};
const agency = (agencyId: string, name: string): Written => ({
  kind: 'agency-registered',
  stream: 'agency',
  subject: agencyId,
  version: 0,
  body: agencyBody({ agencyId, name }),
});
const transfer = (id: string, record: object): Written => ({
  id,
  kind: 'transfer-recorded',
  stream: 'transfer',
  subject: `tr-${id}`,
  version: 0,
  body: TransferRecord.parse({ ...fullTransfer, ...record }) as never,
});
const ofTransfer = (subject: string, version: number, kind: string, body: object): Written => ({
  kind,
  stream: 'transfer',
  subject,
  version,
  body: body as never,
});
const ofRequest = (subject: string, version: number, kind: string, body: object, id?: string): Written => ({
  ...(id !== undefined && { id }),
  ...{ kind, stream: 'request', subject, version, body: body as never },
});
const ofIncident = (version: number, kind: string, body: object, id?: string): Written => ({
  ...(id !== undefined && { id }),
  kind,
  stream: 'incident',
  subject: IDS.incident,
  version,
  body: body as never,
});
const traceRun = (version: number, { entryId, bytes }: (typeof ANSWERS)[number]): Written =>
  ofIncident(
    version,
    'trace-run',
    {
      caseReference: 'case-2026-17',
      description: leak,
      answerSha256: sha256Of(bytes),
      reflects: { size: 2 },
    },
    entryId,
  );

/** The finding names somebody's text with what HTML and a terminal would take for theirs. */
export const FINDING = 'Rows of <b>both</b> & "more"';

/** A log with a case in it, and with what has nothing to do with it. */
export const EXAMPLE: readonly Entry[] = [
  agency('numbering-authority', 'Numbering Authority'),
  agency('hill-it-board', 'Hill IT Board'),
  agency('harbour-income-support', 'Harbour Income Support'),
  agency('lake-statistics', 'Lake Statistics'),
  {
    kind: 'agreement-registered',
    stream: 'agreement',
    subject: 'agr-2024-03',
    version: 0,
    body: agreementBody(),
  } as Written,
  {
    kind: 'coverage-declared',
    stream: 'coverage',
    subject: `cv-${entryIdOf('staff:steward', 'coverage')}`,
    id: entryIdOf('staff:steward', 'coverage'),
    version: 0,
    body: coverageBody(),
  } as Written,
  ofRequest(IDS.request, 0, 'data-requested', dataRequest, IDS.requestEntry),
  ofRequest(IDS.request, 1, 'request-granted', {
    occurredOn: '2024-02-26',
    until: '2024-06-30',
    fields: ['msisdn', 'cnic', 'address'],
    approver: 'director-data',
  }),
  ofRequest(`rq-${entryIdOf('staff:steward', 'other')}`, 0, 'data-requested', {
    ...dataRequest,
    recipient: 'lake-statistics',
  }),
  transfer(IDS.transferEntry, {}),
  transfer(IDS.onwardEntry, {
    recipient: { agencyId: 'harbour-income-support' },
    dataset: { id: 'household-survey', title: 'Survey of households' },
    handedOver: { earliest: '2024-05-02', latest: '2024-05-02' },
  }),
  transfer(entryIdOf('agency:numbering-authority', 'another'), {
    recipient: { agencyId: 'lake-statistics' },
    dataset: { id: 'other', title: 'Of no matter here' },
  }),
  {
    id: IDS.eventEntry,
    kind: 'frame-recorded',
    stream: 'frame',
    subject: `fr-${IDS.eventEntry}`,
    version: 0,
    body: {
      holder: 'numbering-authority',
      extractedAt: '2024-03-01T00:00:00.000Z',
      sha256: '9a'.repeat(32),
      rows: 4_118_902,
      fieldSets: ['msisdn+cnic'],
      epoch: '2024',
    },
  } as Written,
  ofTransfer(IDS.transfer, 1, 'legal-hold-set', {
    occurredOn: '2026-01-16',
    reference: 'case-2026-17',
    reason: 'The leak is investigated',
    downstream: true,
  }),
  ofIncident(0, 'incident-opened', incidentBody(), IDS.incidentEntry),
  ofIncident(1, 'trace-approved', {
    occurredOn: '2026-01-16',
    sampleSha256: aSha256('sample'),
    reason: 'Rows seized',
  }),
  traceRun(2, ANSWERS[0] as never),
  traceRun(3, ANSWERS[1] as never),
  ofIncident(4, 'finding-recorded', {
    occurredOn: '2026-01-17',
    finding: FINDING,
    transferIds: [IDS.transfer],
  }),
  ofIncident(5, 'incident-closed', { occurredOn: '2026-02-01', outcome: 'Handed to the prosecutor' }),
  ...['late-a', 'late-b'].map((id) => agency(id, id)),
].map(entry);

/** How large the log was when its last entry of the case had come in. */
export const SIZE = EXAMPLE.length - 2;

interface Choices {
  readonly size?: number;
  readonly entries?: readonly Entry[];
  readonly signer?: typeof LOG;
  readonly witnesses?: typeof WITNESSES;
  /** Witnesses that the bundle is made with. */
  readonly named?: readonly string[];
}

/** The grounds of a bundle of the example's incident, as the command line gathers them from a log. */
export async function exampleGrounds({
  size = SIZE,
  entries = EXAMPLE,
  signer = LOG,
  witnesses = WITNESSES,
  named = WITNESS_KEYS,
}: Choices = {}): Promise<Grounds> {
  const logged = entries
    .slice(0, size)
    .map((each, index): LoggedEntry => ({ index, entry: each, bytes: canonicalBytes(each) }));
  const { frontier, levels } = appendLeaves(
    EMPTY_FRONTIER,
    logged.map(({ bytes }) => leafHash(bytes)),
  );
  const { tiles, edge } = appendTiles(EMPTY_TILE_EDGE, levels);
  const read = tileHashReader(size, ({ level, index }) =>
    Promise.resolve(
      tiles.find((tile) => tile.level === level && tile.index === index)?.bytes ??
        edge.partials[level] ??
        new Uint8Array(),
    ),
  );
  const { text, signatures } = parseNote(
    await signCheckpoint({ origin: signer.key.name, size, root: rootOf(frontier) }, signer),
  );
  const cosignatures = await Promise.all(witnesses.map((each) => cosignText(text, each, COSIGNED_AT)));
  const note = formatNote({ text, signatures: [...signatures, ...cosignatures] });
  const { text: checkpoint, keys } = bundledCheckpoint(
    note,
    policyOf([formatVerifierKey(signer.key)], named, named.length),
  );
  const run = new Set<string>(logged.map(({ entry: { entryId } }) => entryId));
  const answered = ANSWERS.filter(({ entryId }) => run.has(entryId));
  const found = logged.flatMap(({ entry: { kind, body } }) =>
    kind === 'finding-recorded' ? (body['transferIds'] as TransferId[]) : [],
  );
  const parsed = answered.map(({ bytes }) => TraceAnswer.parse(JSON.parse(Buffer.from(bytes).toString())));
  const relied = reliedOn(logged, namedBy(IDS.incident as IncidentId, parsed, found));
  const proved = relied.map(
    async (each): Promise<ProvedEntry> => ({ ...each, proof: await proveInclusion(each.index, size, read) }),
  );
  return {
    checkpoint,
    keys,
    entries: await Promise.all(proved),
    answers: new Map(answered.map(({ traceId, bytes }) => [traceId as TraceId, bytes])),
  };
}

export const TRUST = { policy: policyOf([LOG_KEY], WITNESS_KEYS, 2), verifier: VERIFIER };
