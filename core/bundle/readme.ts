import type { Sha256 } from '../model/scalars.ts';
import type { CaseFile } from './case-file.ts';
import { FILES } from './layout.ts';

/** What whoever is handed a bundle reads first: what is in it, and how to find out whether it is genuine. */
export function readme({ incident, checkpoint, keys, entries, traces }: CaseFile, verifier: Sha256): string {
  const { caseReference, title, authority } = incident.incident;
  const witness = keys.witnesses.length > 0 ? ' --witness witness.vkey' : '';
  const contents = [
    [FILES.report, 'the report, for screen and paper'],
    [
      'entries/',
      `what the report rests on: ${entries.length} entries, their exact bytes, each with its receipt`,
    ],
    ['traces/', `what traces of the leak answered, their exact bytes (${traces.length})`],
    [FILES.checkpoint, `the signed head of the log${witness && ', with the cosignatures of witnesses'}`],
    [FILES.keys, 'whose signatures these are'],
    [FILES.misp, 'the case as a MISP event'],
    [FILES.case, 'the case in CASE and UCO (JSON-LD)'],
    [FILES.manifest, 'every other file with its SHA-256'],
    [FILES.verifier, 'verifies all of this without a network; needs Node 20 or later'],
  ] as const;
  return `${title}
Case ${caseReference}, ${authority}
Incident ${incident.incidentId}

This is what a data-sharing ledger says of this case, by the first ${checkpoint.size} entries of its log,
${checkpoint.origin}.

${contents.map(([name, is]) => `  ${name.padEnd(17)}${is}\n`).join('')}
Is it genuine?

  node ${FILES.verifier} case.zip --key log.vkey${witness}

(or, of the unpacked folder, "." in place of case.zip). The last line says OK, or FAILED and which file is wrong. It
verifies the signature of the log under the key, each entry by its proof to the signed head, and each answer by the
digest that the log has of it; then it makes everything else anew from those and compares it byte by byte. A
signature says nothing under a key that came with it: take log.vkey from the authority that runs the log, not from
${FILES.keys}. For the same reason take the verifier from the release of Amanat rather than from here, or compare:

  SHA-256 of ${FILES.verifier}: ${verifier}

What this cannot show: that nothing was left out which came later in the history of a hand-over, or of this incident,
and still before entry ${checkpoint.size}, nor a declaration of coverage of which no trace tells. Whoever has an auditor's token makes the same bundle again, and has the same bytes or
not:

  amanat bundle --incident ${incident.incidentId} --size ${checkpoint.size}${witness} --key log.vkey -o again.zip

The entries say who claimed what, and when. The report says which hand-overs the leak is consistent with; it proves
of none that it was the source.
`;
}
