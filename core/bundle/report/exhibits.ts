import { type Html, html } from '../../html.ts';
import type { Sha256 } from '../../model/scalars.ts';
import { type CaseFile, sha256Of } from '../case-file.ts';
import { answerFile } from '../layout.ts';
import { code, grouped, table, traceName, transferName } from './words.ts';

/** Something that an investigation has, or that it was compared with, by its digest. */
export interface Exhibit {
  readonly number: string;
  readonly what: string;
  readonly sha256: Sha256;
  /** Where it is kept, as far as the ledger knows. */
  readonly where: string;
}

/**
 * The exhibits of a case, numbered in the order of the traces: `L` what leaked, `S` keyed samples of it, `A` answers,
 * `F` files of fingerprints. What several traces name is one exhibit.
 */
export function exhibitsOf(file: CaseFile): Exhibit[] {
  const { traces } = file;
  const leaked = traces.flatMap(({ run: { description } }, at) => [
    ...(description.files ?? []).map(({ sha256, rows }) => ({
      sha256,
      what: `a leaked file${rows === undefined ? '' : ` of ${grouped(rows)} rows`}, as described for ${traceName(at)}`,
    })),
    ...(description.devices
      ? [
          {
            sha256: description.devices.fileSha256,
            what: `the file in which planted records and marks were looked for, ${traceName(at)}`,
          },
        ]
      : []),
  ]);
  const samples = traces.flatMap(({ run: { description } }, at) =>
    description.sample
      ? [
          {
            sha256: description.sample.sha256,
            what: `keyed values of the leaked rows, compared in ${traceName(at)}`,
          },
        ]
      : [],
  );
  const answers = traces.map(({ run }, at) => ({
    sha256: run.answerSha256,
    what: `the answer of ${traceName(at)}`,
    where: `${answerFile(run.traceId)} in this bundle`,
  }));
  const files = traces.flatMap(({ answer: { content } }) => [
    ...(content?.transfers ?? []).map(({ fileSha256, transferId }) => ({
      sha256: fileSha256,
      what: `fingerprints of a hand-over: ${transferName(file, transferId)}`,
    })),
    ...(content?.frames ?? []).map(({ fileSha256, holder, stateOf }) => ({
      sha256: fileSha256,
      what: `fingerprints of the master data of ${holder} of ${stateOf}`,
    })),
  ]);
  return [
    ...numbered('L', leaked, 'with the investigation'),
    ...numbered(
      'S',
      samples,
      'made of the leaked rows under the providers’ keys; dropped by the ledger after some days',
    ),
    ...numbered('A', answers, ''),
    ...numbered('F', files, 'beside the ledger'),
  ];
}

type Unnumbered = Pick<Exhibit, 'what' | 'sha256'> & { readonly where?: string };

function numbered(letter: string, items: readonly Unnumbered[], kept: string): Exhibit[] {
  const bySha256 = new Map<Sha256, Unnumbered>();
  for (const item of items) if (!bySha256.has(item.sha256)) bySha256.set(item.sha256, item);
  return [...bySha256.values()].map(({ what, sha256, where = kept }, at) => ({
    number: `${letter}${at + 1}`,
    what,
    sha256,
    where,
  }));
}

/** Part 2. */
export function exhibitsPart(file: CaseFile): Html {
  const total = file.entries.length;
  return html`<p>Each is told by its SHA-256. The ledger has none of the leaked rows, and no personal data.</p>
${table(
  ['No.', 'What', 'SHA-256', 'Kept'],
  exhibitsOf(file).map(({ number, what, sha256, where }) => [number, what, code(sha256), where]),
)}
<p>Besides, ${grouped(total)} entries of the ledger: part 10 lists them with the SHA-256 of each.</p>`;
}

/** The SHA-256 of an entry's exact bytes; its leaf in the log is another hash. */
export const entrySha256 = ({ bytes }: { readonly bytes: Uint8Array }): Sha256 => sha256Of(bytes);
