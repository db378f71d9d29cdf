import { createHash } from 'node:crypto';
import type { RecordedRequest } from '../api/data-requests.ts';
import { SignatureError } from '../http-signature/error.ts';
import { fold } from '../lifecycle/fold.ts';
import { evolveIncident, type IncidentState, type TraceRun } from '../lifecycle/incident.ts';
import type { TransferState } from '../lifecycle/transfer.ts';
import { evolveTransfer } from '../lifecycle/transfer-events.ts';
import { type Checkpoint, parseCheckpoint } from '../log/checkpoint.ts';
import { cosignatureTime } from '../log/cosignature.ts';
import { parseVerifierKey } from '../log/key.ts';
import { parseNote } from '../log/note.ts';
import type { StreamName } from '../model/entry.ts';
import type { Sha256 } from '../model/scalars.ts';
import { PartyCheck } from '../signing/parties.ts';
import { TraceAnswer } from '../trace/answer.ts';
import { dataRequestOf } from '../views/data-requests.ts';
import {
  type AgencyView,
  type AgreementView,
  agencyOf,
  agreementOf,
  type DeclarationView,
  declarationOf,
  type FrameView,
  frameOf,
} from '../views/registers.ts';
import { BundleFault } from './fault.ts';
import type { BundleKeys, Grounds, ProvedEntry } from './grounds.ts';
import { answerFile, entryFile } from './layout.ts';
import { type Named, namedBy, registeredFor, reliedOn } from './relied-on.ts';

/** A trace of a case: what was asked, and what was answered. */
export interface CaseTrace {
  readonly run: TraceRun;
  readonly answer: TraceAnswer;
}

/** What the grounds of a bundle add up to, as of its checkpoint. */
export interface CaseFile {
  readonly checkpoint: Checkpoint;
  readonly keys: BundleKeys;
  /** When each witness cosigned, in seconds since 1970, in the order of `keys`. */
  readonly cosignedAt: readonly number[];
  readonly entries: readonly ProvedEntry[];
  readonly incident: IncidentState;
  /** In the order in which they were run. */
  readonly traces: readonly CaseTrace[];
  readonly transfers: ReadonlyMap<string, TransferState>;
  readonly agencies: ReadonlyMap<string, AgencyView>;
  readonly agreements: ReadonlyMap<string, AgreementView>;
  /** Those that its transfers answer. */
  readonly requests: ReadonlyMap<string, RecordedRequest>;
  readonly declarations: readonly DeclarationView[];
  readonly frames: ReadonlyMap<string, FrameView>;
}

export const sha256Of = (bytes: Uint8Array): Sha256 =>
  createHash('sha256').update(bytes).digest('hex') as Sha256;

/** Entries by what they are about, each history oldest first. */
export function historiesIn<T extends ProvedEntry | Omit<ProvedEntry, 'proof'>>(
  entries: readonly T[],
): Map<StreamName, Map<string, T[]>> {
  const streams = new Map<StreamName, Map<string, T[]>>();
  for (const each of entries) {
    const { stream, subject } = each.entry;
    const subjects = streams.get(stream) ?? new Map<string, T[]>();
    streams.set(stream, subjects.set(subject, [...(subjects.get(subject) ?? []), each]));
  }
  for (const subjects of streams.values())
    for (const history of subjects.values()) history.sort((a, b) => a.entry.version - b.entry.version);
  return streams;
}

/**
 * Reads a case out of the grounds of a bundle, whose proofs were verified.
 * @throws BundleFault when an answer is not the one that the log has, when something that the case rests on is not
 *   there, or when something is that it does not rest on
 */
export function caseOf(grounds: Grounds): CaseFile {
  const { checkpoint, keys, entries, answers } = grounds;
  const note = parseNote(checkpoint);
  const histories = historiesIn(entries);
  const incident = incidentIn(histories.get('incident') ?? new Map());
  const traces = incident.traces.map((run) => ({ run, answer: answerOf(run, answers) }));
  for (const traceId of answers.keys())
    if (!incident.traces.some((run) => run.traceId === traceId))
      throw new BundleFault(answerFile(traceId), 'file', 'is no answer that a trace of the incident gave');
  const named = namedBy(
    incident.incidentId,
    traces.map(({ answer }) => answer),
    incident.findings.flatMap(({ finding }) => finding.transferIds ?? []),
  );
  checkEntries(entries, histories, named);
  checkSignatures(entries);

  const folded = <View>(stream: StreamName, view: (history: readonly ProvedEntry[]) => View | undefined) =>
    new Map(
      [...(histories.get(stream) ?? [])].flatMap(([subject, history]) => {
        // Single entries of other histories are there for what they say themselves.
        const state = history[0]?.entry.version === 0 ? view(history) : undefined;
        return state === undefined ? [] : [[subject, state] as const];
      }),
    );
  return {
    checkpoint: parseCheckpoint(note.text),
    keys,
    cosignedAt: keys.witnesses.map(
      (key, i) =>
        cosignatureTime(
          parseVerifierKey(key),
          note.text,
          note.signatures[i + 1]?.signature ?? new Uint8Array(),
        ) ?? 0,
    ),
    entries,
    incident,
    traces,
    transfers: folded('transfer', (history) => fold(history, evolveTransfer)),
    agencies: folded('agency', agencyOf),
    agreements: folded('agreement', agreementOf),
    requests: folded('request', dataRequestOf),
    declarations: [...folded('coverage', declarationOf).values()],
    frames: folded('frame', frameOf),
  };
}

/** A bundle is of one incident. */
function incidentIn(histories: ReadonlyMap<string, readonly ProvedEntry[]>): IncidentState {
  const [history, ...others] = histories.values();
  const state = history && fold(history, evolveIncident);
  if (!state || others.length > 0)
    throw new BundleFault('entries/', 'file', `${histories.size} incidents are in it, where one must be`);
  return state;
}

function answerOf({ traceId, answerSha256 }: TraceRun, answers: Grounds['answers']): TraceAnswer {
  const file = answerFile(traceId);
  const bytes = answers.get(traceId);
  if (bytes === undefined) throw new BundleFault(file, 'file', 'is not there: the incident has this trace');
  if (sha256Of(bytes) !== answerSha256)
    throw new BundleFault(file, 'file', 'is not what the trace answered: the log has another digest of it');
  const { success, data } = TraceAnswer.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  if (success) return data;
  throw new BundleFault(file, 'file', 'is the answer of a trace that this release cannot read');
}

/** What the case needs is looked for first: without it, more than that would seem to be there for nothing. */
function checkEntries(
  entries: readonly ProvedEntry[],
  histories: ReturnType<typeof historiesIn<ProvedEntry>>,
  named: Named,
): void {
  const ids = new Set<string>(entries.map(({ entry }) => entry.entryId));
  for (const id of named.entries) if (!ids.has(id)) throw lacks(`the entry ${id}, on which evidence rests`);
  const has = (stream: StreamName, subject: string) => histories.get(stream)?.has(subject) ?? false;
  for (const id of named.transfers)
    if (!has('transfer', id)) throw lacks(`the transfer ${id}, which an answer names`);
  for (const id of named.frames) if (!has('frame', id)) throw lacks(`the frame ${id}, which an answer names`);
  const { parties, agreements, requests } = registeredFor(entries, named);
  for (const id of parties) if (!has('agency', id)) throw lacks(`the agency ${id}`);
  for (const id of agreements) if (!has('agreement', id)) throw lacks(`the agreement ${id}`);
  for (const id of requests) if (!has('request', id)) throw lacks(`the request ${id}`);
  for (const [stream, subjects] of histories)
    for (const [subject, history] of subjects)
      if (isWhole(stream, subject, named))
        history.forEach(({ entry }, version) => {
          if (entry.version !== version) throw lacks(`version ${version} of ${stream} ${subject}`);
        });
  const relied = new Set(reliedOn(entries, named));
  for (const each of entries)
    if (!relied.has(each))
      throw new BundleFault(nameOf(each), 'file', 'is one too many: nothing in the case rests on it');
}

/**
 * The signatures of agencies, as whoever reads the whole log checks them: whoever signed an entry that is here has its
 * history here, with its keys.
 */
function checkSignatures(entries: readonly ProvedEntry[]): void {
  const parties = new PartyCheck();
  for (const each of entries)
    try {
      parties.take(each.entry);
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
      throw new BundleFault(nameOf(each), 'party', `the agency’s signature ${error.message}`);
    }
}

/** Histories that are there from their beginning, and not for one entry. */
const isWhole = (stream: StreamName, subject: string, { transfers }: Named): boolean =>
  stream === 'transfer' ? transfers.has(subject) : stream !== 'frame' && stream !== 'question';

const nameOf = ({ index, entry }: ProvedEntry): string => entryFile(index, entry.entryId);
const lacks = (what: string): BundleFault => new BundleFault('entries/', 'file', `lacks ${what}`);
