import { formatReceipt } from '../log/receipt.ts';
import { type CaseFile, caseOf, sha256Of } from './case-file.ts';
import { caseUco } from './case-uco.ts';
import { type Files, inOrder } from './container.ts';
import type { Grounds } from './grounds.ts';
import { formatKeys } from './keys.ts';
import { answerFile, entryFile, FILES, FORMAT, receiptFile } from './layout.ts';
import { mispEvent } from './misp.ts';
import { readme } from './readme.ts';
import { reportOf } from './report/report.ts';

/**
 * All files of a bundle. The same grounds and verifier give the same bytes, wherever and whenever: no clock is read, no
 * locale, no order of anything that has none.
 * @param verifier the script that verifies it, which goes in with the rest
 * @throws BundleFault as {@link caseOf} does
 */
export function composeBundle(grounds: Grounds, verifier: Uint8Array): { files: Files; file: CaseFile } {
  const file = caseOf(grounds);
  const grounded = groundFiles(grounds);
  const derived = new Map<string, Uint8Array>([
    [FILES.report, text(reportOf(file))],
    [FILES.misp, json(mispEvent(file))],
    [FILES.case, json(caseUco(file))],
    [FILES.readme, text(readme(file, sha256Of(verifier)))],
    [FILES.verifier, verifier],
  ]);
  const files = inOrder([...grounded, ...derived]);
  return { file, files: inOrder([...files, [FILES.manifest, json(manifestOf(file, files, grounded))]]) };
}

const text = (content: string): Uint8Array => Buffer.from(content);
const json = (value: unknown): Uint8Array => text(`${JSON.stringify(value, null, 2)}\n`);

/** What everything else follows from. */
function groundFiles({ checkpoint, keys, entries, answers }: Grounds): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>([
    [FILES.checkpoint, text(checkpoint)],
    [FILES.keys, text(formatKeys(keys))],
  ]);
  for (const { index, entry, bytes, proof } of entries) {
    files.set(entryFile(index, entry.entryId), bytes);
    files.set(receiptFile(index, entry.entryId), text(formatReceipt({ index, proof, checkpoint })));
  }
  for (const [traceId, bytes] of answers) files.set(answerFile(traceId), bytes);
  return files;
}

function manifestOf(
  { incident, checkpoint, keys }: CaseFile,
  files: Files,
  grounded: ReadonlyMap<string, unknown>,
) {
  return {
    format: FORMAT,
    incidentId: incident.incidentId,
    caseReference: incident.incident.caseReference,
    log: {
      origin: checkpoint.origin,
      size: checkpoint.size,
      root: Buffer.from(checkpoint.root).toString('base64'),
      key: keys.log,
      witnesses: keys.witnesses,
    },
    files: [...files].map(([name, bytes]) => ({
      name,
      bytes: bytes.length,
      sha256: sha256Of(bytes),
      is: name === FILES.verifier ? 'verifier' : grounded.has(name) ? 'grounds' : 'derived',
    })),
  };
}
