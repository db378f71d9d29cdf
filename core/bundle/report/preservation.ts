import { type Html, html, NOTHING } from '../../html.ts';
import type { TransferState } from '../../lifecycle/transfer.ts';
import type { TransferId } from '../../model/scalars.ts';
import type { CaseFile } from '../case-file.ts';
import { agencyName, list, table, transferName } from './words.ts';

/** Part 9: what has to be kept so that the case can still be decided, by whom, as of the entries of this bundle. */
export function preservationPart(file: CaseFile): Html {
  const actions = preserved(file);
  return html`<h3>With those who hold, or held, what leaked</h3>
<p>Every hand-over that the leak is consistent with, those that the rows support first.</p>
${table(
  ['Hand-over', 'Holder', 'As it stands', 'To do'],
  actions.map(({ id, state, stands, todo }) => [
    html`${transferName(file, id)}<br><code class="soft">${id}</code>`,
    agencyName(file, state.record.recipient.agencyId),
    stands,
    todo,
  ]),
)}
<h3>With everybody</h3>${list(general(file))}
${actions.length === 0 ? html`<p>No hand-over is consistent with the leak.</p>` : NOTHING}`;
}

interface Preserved {
  readonly id: TransferId;
  readonly state: TransferState;
  readonly stands: string;
  readonly todo: string;
}

function preserved({ traces, transfers, incident }: CaseFile): Preserved[] {
  const credible = traces.flatMap(({ answer: { content } }) =>
    (content?.attributions ?? []).flatMap(({ credibleSet }) => credibleSet),
  );
  const found = incident.findings.flatMap(({ finding }) => finding.transferIds ?? []);
  const candidates = traces.flatMap(({ answer }) =>
    answer.candidates.items.map(({ transfer }) => transfer.transferId),
  );
  return [...new Set([...credible, ...found, ...candidates])].flatMap((id) => {
    const state = transfers.get(id);
    return state ? [{ id, state, ...actionOn(state) }] : [];
  });
}

/** What is to be done about a holding: the first that fits. */
export function actionOn(state: TransferState): { readonly stands: string; readonly todo: string } {
  const { certified, verified, holds, retentionEnd, recalled, supersededBy, withdrawn, record } = state;
  if (withdrawn)
    return { stands: 'withdrawn: nothing was handed over', todo: 'Nothing, unless that is doubted' };
  if (supersededBy)
    return {
      stands: `its record was replaced by ${supersededBy}`,
      todo: 'See the record that took its place',
    };
  if (certified && certified.remains.length === 0)
    return {
      stands: `destruction certified on ${certified.occurredOn}${verified ? `, verified on ${verified.occurredOn}` : ', not verified'}`,
      todo: 'Keep the certificate, the records of the tools used, and who performed it; ask whether copies were made before',
    };
  const rest = certified ? `destroyed but for ${certified.remains.join(' and ')}` : undefined;
  const [hold] = holds;
  if (hold)
    return {
      stands: `${rest ? `${rest}; ` : ''}under legal hold since ${hold.occurredOn} (${hold.reference})`,
      todo: 'Keep the hold until the case is closed',
    };
  const end =
    retentionEnd === undefined ? 'no end of retention is recorded' : `end of retention ${retentionEnd}`;
  const logs =
    record.access === undefined || record.access === 'bulk'
      ? ''
      : ` Keep the provider’s log of queries: access was by ${record.access}.`;
  return {
    stands: [rest, recalled && `recalled, due by ${recalled.dueBy}`, end].filter(Boolean).join('; '),
    todo: `Set a legal hold (legal-hold-set) before anything is destroyed.${logs}`,
  };
}

function general({ traces }: CaseFile): string[] {
  const keys = new Set(
    traces.flatMap(({ answer: { content } }) =>
      (content?.sample.keys ?? []).map(({ provider, epoch }) => `${provider}/${epoch}`),
    ),
  );
  return [
    'The investigation: the leaked files and rows, unaltered, under the digests of part 2; the sample is made again from them.',
    ...(keys.size > 0
      ? [
          `The custodians of keys: the secrets of ${[...keys].sort().join(', ')}. Without them nothing that was weighed can be weighed again.`,
        ]
      : []),
    'The providers: lists of planted records and what the marks were made with, of each hand-over named here.',
    'Whoever runs the ledger: the fingerprint files of part 2, the archive of the log, and the log’s keys.',
    'Recipients: logs of access to what they received, and of where it went on to, from the day of hand-over to the day on which the leak was seen.',
  ];
}
