import type { Entry, StreamName } from '../model/entry.ts';
import type { IncidentId, TransferId } from '../model/scalars.ts';
import type { TransferRecord } from '../model/transfer.ts';
import type { TraceAnswer, TraceEvidence } from '../trace/answer.ts';

/** What the answers of traces, and the findings of an investigation, name. */
export interface Named {
  readonly incidentId: IncidentId;
  readonly transfers: ReadonlySet<string>;
  readonly frames: ReadonlySet<string>;
  /** Single entries that evidence rests on. */
  readonly entries: ReadonlySet<string>;
  /** Those whose coverage is spoken of. */
  readonly providers: ReadonlySet<string>;
}

/** @param findings the transfers that findings of the incident name */
export function namedBy(
  incidentId: IncidentId,
  answers: readonly TraceAnswer[],
  findings: readonly TransferId[],
): Named {
  const all = <T>(of: (answer: TraceAnswer) => readonly T[]) => answers.flatMap(of);
  const devices = all(({ devices }) => (devices ? [...devices.canaries, ...devices.marks] : []));
  return {
    incidentId,
    transfers: new Set([
      ...findings,
      ...all(({ candidates }) => candidates.items.map(({ transfer }) => transfer.transferId)),
      ...all(({ sets }) => sets.listed.flatMap(({ members }) => members.map((each) => each.transferId))),
      ...all(({ excluded }) => excluded.items.map(({ transferId }) => transferId)),
      ...all(({ content }) => content?.transfers.map(({ transferId }) => transferId) ?? []),
      ...devices.map(({ transferId }) => transferId),
    ]),
    frames: new Set(all(({ content }) => content?.frames.map(({ frameId }) => frameId) ?? [])),
    entries: new Set(all(entriesIn)),
    providers: new Set(all(({ coverage }) => coverage.providers.map(({ provider }) => provider))),
  };
}

function entriesIn({ candidates, sets, excluded, coverage }: TraceAnswer): string[] {
  const rests: readonly Pick<TraceEvidence, 'restsOn'>[] = [
    ...candidates.items.flatMap(({ evidence }) => evidence),
    ...sets.listed.flatMap(({ joint }) => joint),
    ...excluded.items.flatMap(({ reasons }) => reasons),
  ];
  return [
    ...rests.flatMap(({ restsOn }) => restsOn.entries ?? []),
    ...coverage.providers.flatMap(({ declarations }) => declarations.map(({ entryId }) => entryId)),
  ];
}

/**
 * Whether an entry may be relied on, as far as its own stream says: whoever reads a log keeps these, and of registers
 * and requests, which are small, all.
 */
export function mayBeRelied({ stream, subject, entryId }: Entry, named: Named): boolean {
  if (named.entries.has(entryId)) return true;
  if (stream === 'incident') return subject === named.incidentId;
  if (stream === 'transfer') return named.transfers.has(subject);
  if (stream === 'frame') return named.frames.has(subject);
  return stream === 'request' || REGISTERS.has(stream);
}

/**
 * The agencies, agreements and requests that the transfers among some entries, and the answers, speak of; and the agencies that
 * appended any of it, whose keys their signatures are verified with.
 */
export function registeredFor(
  entries: readonly { readonly entry: Entry }[],
  { providers, entries: ids }: Named,
) {
  const recorded = entries.flatMap(({ entry: { kind, body, flags } }) =>
    kind === 'transfer-recorded' ? [{ record: body as unknown as TransferRecord, flags }] : [],
  );
  // A record may name one that was never registered, and is flagged for it.
  const agreements = new Set<string>(
    recorded.flatMap(({ record: { agreement }, flags }) =>
      agreement && !flags.some(({ code }) => code === 'agreement-unknown') ? [agreement.id] : [],
    ),
  );
  const requests = new Set<string>(recorded.flatMap(({ record: { requestId } }) => requestId ?? []));
  const spokenOf = new Set<string>([
    ...providers,
    ...recorded.flatMap(({ record: { provider, recipient } }) => [provider.agencyId, recipient.agencyId]),
  ]);
  const isOfUse = ({ stream, subject, entryId, body }: Entry) =>
    ids.has(entryId) ||
    (stream === 'agreement' && agreements.has(subject)) ||
    (stream === 'coverage' && spokenOf.has(String(body['provider']))) ||
    (stream === 'request' ? requests.has(subject) : !REGISTERS.has(stream));
  const appenders = entries.flatMap(({ entry }) => (isOfUse(entry) ? (entry.principal.agency ?? []) : []));
  return { agreements, requests, spokenOf, parties: new Set<string>([...spokenOf, ...appenders]) };
}

/** Of these all entries are kept, since they are few; what had to be signed, in every bundle. */
const REGISTERS: ReadonlySet<StreamName> = new Set(['agency', 'agreement', 'coverage', 'policy']);

/**
 * Of the entries that may be, those that are relied on: the whole history of the incident and of each transfer that is
 * named, of the agencies, agreements and requests in these, the declarations of the providers, what evidence names by
 * itself, and what the ledger said has to be signed.
 */
export function reliedOn<T extends { readonly entry: Entry }>(kept: readonly T[], named: Named): T[] {
  const mayBe = kept.filter(({ entry }) => mayBeRelied(entry, named));
  const { parties, agreements, requests, spokenOf } = registeredFor(mayBe, named);
  return mayBe.filter(({ entry: { stream, subject, entryId, body } }) => {
    if (named.entries.has(entryId)) return true;
    if (stream === 'agency') return parties.has(subject);
    if (stream === 'agreement') return agreements.has(subject);
    if (stream === 'request') return requests.has(subject);
    return stream !== 'coverage' || spokenOf.has(String(body['provider']));
  });
}
