import { type Html, html } from '../../html.ts';
import type { CaseFile } from '../case-file.ts';
import { FILES } from '../layout.ts';
import { entrySha256 } from './exhibits.ts';
import { code, grouped, list, table, terms } from './words.ts';

/** Part 10: what proves all of this, without a network and without trust in whoever runs the ledger. */
export function proofsPart({ checkpoint, keys, cosignedAt, entries }: CaseFile): Html {
  const cosigned = keys.witnesses.map(
    (key, i) => html`${code(key)}, ${new Date((cosignedAt[i] ?? 0) * 1_000).toISOString()}`,
  );
  return html`<p>The report follows from ${grouped(entries.length)} entries of a log, to the byte. Each is in the bundle with a receipt, which proves that it is in the log whose head is signed here. <code>${FILES.verifier}</code> verifies receipts and signatures, and makes this report anew from the entries; <code>${FILES.readme}</code> says how.</p>
${terms([
  ['Log', checkpoint.origin],
  ['Size', `${grouped(checkpoint.size)} entries`],
  ['Root', code(Buffer.from(checkpoint.root).toString('base64'))],
  ['Signed under', code(keys.log)],
  ['Cosigned by', cosigned.length > 0 ? list(cosigned) : 'no witness: none was named when this was made'],
])}
<h3>Entries</h3><p>In the bundle each is <code>entries/…</code>, named by its place and its id, beside its receipt. Where an agency has signed one, the signature is in it, and was verified with the key that the agency had registered by then.</p>
<div class="fine">${table(
    ['#Place', 'Recorded', 'Kind', 'About', 'Signed by', 'SHA-256 of the entry'],
    entries.map(({ index, entry, bytes }) => [
      index,
      entry.recordedAt.slice(0, 10),
      entry.kind,
      code(entry.subject),
      entry.signature ? (entry.principal.agency ?? '') : '',
      code(entrySha256({ bytes })),
    ]),
  )}</div>`;
}
