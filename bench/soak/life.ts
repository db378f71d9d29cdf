import {
  addDays,
  type Day,
  dayOf,
  type EntryId,
  type Instant,
  type TransferId,
} from '../../core/model/scalars.ts';
import { aSha256 } from '../../test/support/transfers.ts';

/** The agencies between which data is handed over; whoever gives some is not who gets it. */
export const AGENCIES = [
  'soak-register',
  'soak-board',
  'soak-support',
  'soak-research',
  'soak-health',
] as const;
export type Agency = (typeof AGENCIES)[number];

/**
 * What whoever drives a transfer knows of it, from the answers that it got. Kept by hand, and on purpose not by what
 * the ledger folds its entries with: it is what the ledger's answers are held against in the end.
 */
export interface Life {
  readonly transferId: TransferId;
  readonly provider: Agency;
  readonly recipient: Agency;
  readonly onwardAllowed: boolean;
  /** Whether it was handed on from another: that one then is left alone, but for what changes nothing beneath. */
  readonly parent: Life | undefined;
  hasChildren: boolean;
  retentionUntil: Day;
  acknowledged: boolean;
  dispute: 'none' | 'open' | 'answered';
  recall: { readonly dueBy: Day; answered: boolean } | undefined;
  certified: boolean;
  verified: boolean;
  readonly holds: Set<string>;
  /** Issued, and not confirmed. */
  readonly corrections: Set<string>;
  /** Everything that is acknowledged to be recorded of it. */
  readonly entries: EntryId[];
}

/** One thing that may happen next. */
export interface Step {
  readonly kind: string;
  readonly by: 'provider' | 'recipient';
  readonly body: Record<string, unknown>;
  /** What it changes, once it is recorded. */
  readonly effect: (life: Life) => void;
}

export const today = (): Day => dayOf(new Date().toISOString() as Instant);
let names = 0;
const name = (what: string) => `${what}-${names++}`;
export const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T;

/** A hand-over of today, perhaps of what its provider got by another. */
export function record(parent?: Life) {
  const provider = parent?.recipient ?? pick(AGENCIES);
  const recipient = pick(AGENCIES.filter((agency) => agency !== provider && agency !== parent?.provider));
  const onwardAllowed = parent === undefined && Math.random() < 0.3;
  const retentionUntil = addDays(today(), 30 + Math.floor(Math.random() * (parent ? 1 : 700)));
  const body = {
    provider: { agencyId: provider },
    recipient: { agencyId: recipient },
    custodians: [{ role: 'receiver', staffRef: 'staff-0042' }],
    exception: { reason: 'No agreement is needed for what nobody gets', approver: 'Director' },
    purposes: ['https://w3id.org/dpv#PublicPolicyMaking'],
    legalBases: ['https://w3id.org/dpv#PublicInterest'],
    dataset: { id: pick(['register', 'extract', 'sample']), title: 'Records that nobody has' },
    ...(parent && { originTransferIds: [parent.transferId] }),
    fields: [
      { name: 'MSISDN', canonical: 'msisdn', sensitivity: 'personal', transform: 'identity' },
      ...(parent
        ? []
        : [{ name: 'CNIC', canonical: 'cnic', sensitivity: 'personal', transform: 'identity' }]),
    ],
    coverage: { areas: [pick(['PK-PB', 'PK-SD', 'PK-KP'])], subjects: 'nobody' },
    snapshot: { from: today(), to: today() },
    volume: { rows: 1_000, exact: true },
    manifest: [{ file: 'records.csv', rows: 1_000, bytes: 40_000, sha256: aSha256(name('file')) }],
    handedOver: { earliest: today(), latest: today() },
    method: 'sftp',
    encryption: 'transport-and-at-rest',
    access: 'bulk',
    retention: { until: retentionUntil },
    disposal: 'erase',
    onward: { allowed: onwardAllowed },
    assertion: 'contemporaneous',
  };
  const live = (transferId: TransferId, entryId: EntryId): Life => ({
    transferId,
    provider,
    recipient,
    onwardAllowed,
    parent,
    hasChildren: false,
    retentionUntil,
    acknowledged: false,
    dispute: 'none',
    recall: undefined,
    certified: false,
    verified: false,
    holds: new Set(),
    corrections: new Set(),
    entries: [entryId],
  });
  return { provider, body, live };
}

/** What may happen to a transfer as it is, or `undefined` when nothing may any more. */
export function nextStep(life: Life): Step | undefined {
  if (life.verified) return undefined;
  const possible = STEPS.flatMap((step) => step(life) ?? []);
  return possible.length === 0 ? undefined : pick(possible);
}

const occurredOn = () => ({ occurredOn: today() });

/** Of a destruction that leaves nothing behind. */
export const certificate = () => ({
  ...occurredOn(),
  scope: 'logical',
  method: 'purge',
  tool: 'crypto-erase',
  performer: 'ops',
  verifier: 'audit',
  backups: 'none-existed',
  derivatives: 'none-existed',
});

/** What changes nothing beneath comes first; of a transfer that was handed on from there is no more than that. */
const STEPS: readonly ((life: Life) => Step | undefined)[] = [
  () => ({
    kind: 'holding-attested',
    by: 'recipient',
    body: { ...occurredOn(), held: true },
    effect: () => undefined,
  }),
  ({ acknowledged, dispute }) =>
    acknowledged && dispute === 'none'
      ? undefined
      : {
          kind: 'transfer-acknowledged',
          by: 'recipient',
          body: { ...occurredOn(), rows: 1_000, storedAt: 'Vault 3' },
          effect: (life) => Object.assign(life, { acknowledged: true, dispute: 'none' }),
        },
  ...[
    ({ dispute }: Life): Step | undefined =>
      dispute === 'open'
        ? undefined
        : {
            kind: 'transfer-disputed',
            by: 'recipient',
            body: { ...occurredOn(), reason: 'rows-differ' },
            effect: (life) => Object.assign(life, { dispute: 'open' }),
          },
    ({ dispute }: Life): Step | undefined =>
      dispute !== 'open'
        ? undefined
        : {
            kind: 'dispute-answered',
            by: 'provider',
            body: { ...occurredOn(), answer: 'explained', text: 'Counted without the heading' },
            effect: (life) => Object.assign(life, { dispute: 'answered' }),
          },
    ({ certified, parent, retentionUntil }: Life): Step | undefined => {
      const until = addDays(retentionUntil, 30);
      return certified || parent
        ? undefined
        : {
            kind: 'retention-extended',
            by: 'provider',
            body: { ...occurredOn(), from: retentionUntil, until, approver: 'Director', reason: 'An appeal' },
            effect: (life) => Object.assign(life, { retentionUntil: until }),
          };
    },
    ({ holds }: Life): Step | undefined => {
      const [reference] = holds;
      return reference !== undefined
        ? {
            kind: 'legal-hold-lifted',
            by: 'provider',
            body: { ...occurredOn(), reference, reason: 'The court has decided' },
            effect: (life) => life.holds.delete(reference),
          }
        : hold(name('hold'));
    },
    ({ recall }: Life): Step | undefined => {
      const dueBy = addDays(today(), 10);
      return recall
        ? undefined
        : {
            kind: 'recall-issued',
            by: 'provider',
            body: { ...occurredOn(), dueBy, reason: 'Sent to the wrong office' },
            effect: (life) => Object.assign(life, { recall: { dueBy, answered: false } }),
          };
    },
    ({ recall }: Life): Step | undefined =>
      !recall || recall.answered
        ? undefined
        : {
            kind: 'recall-answered',
            by: 'recipient',
            body: { ...occurredOn(), answer: 'complying' },
            effect: (life) => Object.assign(life.recall ?? {}, { answered: true }),
          },
    (): Step => {
      const correctionId = name('correction');
      return {
        kind: 'correction-issued',
        by: 'provider',
        body: { ...occurredOn(), correctionId, fields: ['msisdn'], reason: 'Numbers of two months mixed up' },
        effect: (life) => life.corrections.add(correctionId),
      };
    },
    ({ corrections }: Life): Step | undefined => {
      const [correctionId] = corrections;
      return correctionId === undefined
        ? undefined
        : {
            kind: 'correction-confirmed',
            by: 'recipient',
            body: { ...occurredOn(), correctionId },
            effect: (life) => life.corrections.delete(correctionId),
          };
    },
    ({ certified, holds }: Life): Step | undefined =>
      certified || holds.size > 0
        ? undefined
        : {
            kind: 'destruction-certified',
            by: 'recipient',
            body: certificate(),
            effect: (life) => Object.assign(life, { certified: true }),
          },
    ({ certified }: Life): Step | undefined =>
      certified
        ? {
            kind: 'destruction-verified',
            by: 'provider',
            body: { ...occurredOn(), verifier: 'audit', how: 'on site' },
            effect: (life) => Object.assign(life, { verified: true }),
          }
        : undefined,
    ({ certified }: Life): Step | undefined =>
      certified
        ? {
            kind: 'destruction-rejected',
            by: 'provider',
            body: { ...occurredOn(), verifier: 'audit', reason: 'The log of the tool is missing' },
            effect: (life) => Object.assign(life, { certified: false }),
          }
        : undefined,
  ].map((step) => (life: Life) => (life.hasChildren ? undefined : step(life))),
];

/** Of two with one reference that are set at the same time, one is refused. */
export const hold = (reference: string): Step => ({
  kind: 'legal-hold-set',
  by: 'provider',
  body: { ...occurredOn(), reference, reason: 'Proceedings of a court' },
  effect: (life) => life.holds.add(reference),
});

/** What is owed under a transfer, each as `kind agency day`; sorted. */
export function owed(life: Life): string[] {
  const { provider, recipient, recall, certified, verified, dispute, acknowledged } = life;
  const list: string[] = [];
  const inThirtyDays = addDays(today(), 30);
  if (dispute === 'open') list.push(`resolve-dispute ${provider} ${inThirtyDays}`);
  else if (!certified && (dispute === 'answered' || !acknowledged))
    list.push(`acknowledge ${recipient} ${inThirtyDays}`);
  // What is gone needs no correction.
  if (!certified)
    for (const _ of life.corrections) list.push(`confirm-correction ${recipient} ${inThirtyDays}`);
  if (recall && !recall.answered && !certified) list.push(`answer-recall ${recipient} ${recall.dueBy}`);
  if (!certified && life.holds.size === 0) {
    const end = recall && recall.dueBy < life.retentionUntil ? recall.dueBy : life.retentionUntil;
    list.push(`destroy ${recipient} ${end}`);
  }
  if (certified && !verified) list.push(`verify-destruction ${provider} ${inThirtyDays}`);
  return list.sort();
}
