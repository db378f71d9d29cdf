import type { TransferFacts } from '../index/facts.ts';
import { fold } from '../lifecycle/fold.ts';
import { lifecycleOn, standingOf, type Told, type TransferState } from '../lifecycle/transfer.ts';
import { evolveTransfer } from '../lifecycle/transfer-events.ts';
import { NOTHING_UPSTREAM } from '../lifecycle/upstream.ts';
import { type Entry, entryIdWithin } from '../model/entry.ts';
import type { Day, TransferId } from '../model/scalars.ts';
import type { TraceEvidence } from './answer.ts';
import { evidence, firstOf, MOST_ENTRIES, plural } from './finding.ts';
import { BOUNDS } from './method.ts';
import { exclusionsOf, type Screening } from './screen.ts';

/** The whole history of a transfer, oldest first. */
export type History = readonly { readonly entry: Entry }[];

/** A transfer with its state on the day on which the leak was first seen, and with all that is known of it now. */
export interface Holding {
  readonly then: TransferState;
  readonly now: TransferState;
  readonly history: History;
}

/** @throws TypeError for a history that does not begin with the record of the transfer */
export function holdingOn(history: History, day: Day): Holding {
  const [opening] = history;
  if (opening?.entry.kind !== 'transfer-recorded')
    throw new TypeError('the history of a transfer begins with its record');
  const then = fold(
    history.filter(({ entry }) => entry.version === 0 || (entry.body['occurredOn'] as Day) <= day),
    evolveTransfer,
  );
  const now = fold(history, evolveTransfer);
  if (!then || !now) throw new TypeError('a history cannot be empty');
  return { then, now, history };
}

/**
 * The evidence of a transfer's history. What became of the data is taken as of the day on which the leak was first
 * seen; what is known about the record itself (acknowledged, disputed, replaced), as of now.
 */
export function historyEvidence(
  screening: Screening,
  facts: TransferFacts,
  holding: Holding,
): TraceEvidence[] {
  const { seenOn } = screening.question.leak;
  return [
    ...holdingEvidence(holding, seenOn),
    ...attestationEvidence(holding.then),
    ...acceptanceEvidence(holding),
    ...onwardEvidence(screening, facts),
    ...testEvidence(holding.now),
  ];
}

const by = (...told: (Told | undefined)[]) => {
  const entries = told.flatMap((one) => one?.entryId ?? []);
  return entries.length > 0 ? { entries } : {};
};

function holdingEvidence({ then, history }: Holding, seenOn: Day): TraceEvidence[] {
  const { certified, verified, rejected } = then;
  const found: TraceEvidence[] = [];
  if (verified)
    found.push(
      evidence('destruction-verified', {
        detail: `Destroyed on ${certified?.occurredOn ?? verified.occurredOn}, verified on ${verified.occurredOn}. A copy taken before that would still exist.`,
        restsOn: by(certified, verified),
      }),
    );
  else if (certified)
    found.push(
      evidence('destruction-certified', {
        detail: `The recipient certified the destruction on ${certified.occurredOn}; by ${seenOn} nobody had verified it. A copy taken before that would still exist.`,
        restsOn: by(certified),
      }),
    );
  else found.push(notDestroyed(then, seenOn));
  if (certified) found.push(...leftovers(certified, history));
  if (rejected)
    found.push(
      evidence('destruction-rejected', {
        detail: `The provider rejected a certificate of destruction on ${rejected.occurredOn}.`,
        restsOn: by(rejected),
      }),
    );
  return found;
}

function notDestroyed(then: TransferState, seenOn: Day): TraceEvidence {
  const standing = standingOf(then, NOTHING_UPSTREAM);
  const restsOn = { record: ['/retention'], ...by(then.recalled) };
  if (lifecycleOn(standing, seenOn) === 'overdue')
    return evidence('retention-ended', {
      detail: `Was to be gone by ${standing.dueOn}${then.recalled?.dueBy === standing.dueOn ? ', when it was recalled' : ''}; by ${seenOn} no destruction had been certified.`,
      restsOn,
    });
  if (standing.marks.includes('held'))
    return evidence('still-held', {
      detail: `A legal hold kept the recipient from disposing of it on ${seenOn}.`,
      restsOn: by(...then.holds.slice(0, MOST_ENTRIES)),
    });
  return standing.dueOn === undefined
    ? evidence('retention-unknown', {
        detail: `The record states no day by which it was to be gone, and by ${seenOn} no destruction had been certified.`,
        restsOn: { record: ['/lacking'] },
      })
    : evidence('still-held', {
        detail: `The recipient was to hold it until ${standing.dueOn}, and by ${seenOn} no destruction had been certified.`,
        restsOn,
      });
}

function leftovers(certified: Told, history: History): TraceEvidence[] {
  const body = history.find(({ entry }) => entry.entryId === certified.entryId)?.entry.body;
  const left = [
    body?.['backups'] === 'expire-later' ? 'backups that expire later' : '',
    body?.['backups'] === 'unknown' ? 'perhaps backups' : '',
    body?.['derivatives'] === 'kept' ? 'derived data that was kept' : '',
    body?.['derivatives'] === 'unknown' ? 'perhaps derived data' : '',
  ].filter((part) => part !== '');
  if (left.length === 0) return [];
  return [
    evidence('destruction-incomplete', {
      detail: `By its own certificate the destruction left ${firstOf(left)}.`,
      restsOn: by(certified),
    }),
  ];
}

function attestationEvidence({ attested }: TransferState): TraceEvidence[] {
  if (!attested) return [];
  return [
    evidence(attested.held ? 'attested-held' : 'attested-not-held', {
      detail: `On ${attested.occurredOn} the recipient attested that it ${attested.held ? 'holds' : 'does not hold'} the data.`,
      restsOn: by(attested),
    }),
  ];
}

/** The recipient's word on the record, and whether the record still stands. */
function acceptanceEvidence({ now, history }: Holding): TraceEvidence[] {
  const { acknowledged, disputed, supersededBy, record } = now;
  const found: TraceEvidence[] = [];
  if (disputed)
    found.push(
      evidence(disputed.reason === 'not-received' ? 'disputed-not-received' : 'disputed', {
        detail: `The recipient disputed the record on ${disputed.occurredOn} (${disputed.reason}).`,
        restsOn: by(disputed),
      }),
    );
  if (acknowledged)
    found.push(
      evidence(acknowledged.agrees ? 'acknowledged' : 'acknowledged-differs', {
        detail: acknowledged.agrees
          ? `The recipient acknowledged it on ${acknowledged.occurredOn}.`
          : `The recipient acknowledged it on ${acknowledged.occurredOn}, with other digests or rows than the provider recorded.`,
        restsOn: by(acknowledged),
      }),
    );
  else if (!disputed)
    found.push(
      evidence('not-acknowledged', {
        detail: `${record.recipient.agencyId} has not acknowledged it: only the record says that it took place.`,
        restsOn: { record: ['/recipient'] },
      }),
    );
  if (supersededBy)
    found.push(
      evidence('superseded', {
        detail: `The record was found wrong and is replaced by ${supersededBy}, which is to be read instead.`,
        restsOn: {
          entries: [
            ...history.flatMap(({ entry }) => (entry.kind === 'record-superseded' ? [entry.entryId] : [])),
            entryIdWithin(supersededBy),
          ],
        },
      }),
    );
  return found;
}

function onwardEvidence(
  { question, onward, candidateOrigins }: Screening,
  facts: TransferFacts,
): TraceEvidence[] {
  const found: TraceEvidence[] = [];
  const { transfers, more } = downstreamOf(facts.transferId, onward);
  if (transfers.length > 0) {
    const candidates = transfers.filter((each) => exclusionsOf(question, each).length === 0);
    const recipients = [...new Set(candidates.map(({ recipient }) => recipient))];
    found.push(
      evidence('passed-on', {
        detail: [
          `Data of it was passed on by ${more ? 'more than ' : ''}${plural(transfers.length, 'recorded hand-over', 'recorded hand-overs')},`,
          candidates.length === 0
            ? 'none of which could explain the leak.'
            : `${candidates.length} of which could explain the leak too: to ${firstOf(recipients)}.`,
        ].join(' '),
        restsOn: {
          entries: [...candidates, ...transfers.filter((each) => !candidates.includes(each))]
            .slice(0, MOST_ENTRIES)
            .map(({ transferId }) => entryIdWithin(transferId)),
        },
      }),
    );
  }
  const origins = (facts.origins ?? []).filter((id) => candidateOrigins.has(id));
  if (origins.length > 0)
    found.push(
      evidence('origin-is-candidate', {
        detail: `It was made of ${plural(origins.length, 'hand-over that is a candidate', 'hand-overs that are candidates')} too: what it holds, was held there before.`,
        restsOn: {
          record: ['/originTransferIds'],
          entries: origins.slice(0, MOST_ENTRIES).map(entryIdWithin),
        },
      }),
    );
  return found;
}

/** The recorded transfers that a transfer's data went on to, step by step, as far as the bound. */
function downstreamOf(id: TransferId, onward: Screening['onward']) {
  const seen = new Set<TransferId>([id]);
  const transfers: TransferFacts[] = [];
  const open = [id];
  for (const origin of open)
    for (const next of onward.get(origin) ?? []) {
      if (seen.has(next.transferId)) continue;
      if (transfers.length === BOUNDS.downstream) return { transfers, more: true };
      seen.add(next.transferId);
      transfers.push(next);
      open.push(next.transferId);
    }
  return { transfers, more: false };
}

/** What could be tested with the rows of the leak at hand. */
function testEvidence({ record: { fingerprint, canaries } }: TransferState): TraceEvidence[] {
  const found: TraceEvidence[] = [];
  if (fingerprint)
    found.push(
      evidence('fingerprint-available', {
        detail: `Fingerprints of ${fingerprint.rows} rows exist: the rows of the leak can be tested against them.`,
        restsOn: { record: ['/fingerprint'] },
      }),
    );
  if (canaries)
    found.push(
      evidence('canaries-planted', {
        detail: `${plural(canaries.count, 'record was', 'records were')} planted: look for them in the leak.`,
        restsOn: { record: ['/canaries'] },
      }),
    );
  return found;
}
