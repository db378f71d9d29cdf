import { styleText } from 'node:util';
import type { VerifiedBundle } from '../../core/bundle/verify.ts';
import { checkpointRows } from '../verify/checkpoint-rows.ts';
import { plain } from '../verify/finding.ts';

/** The longest name of a row, and two blanks. */
const NAME_WIDTH = 13;

/** What was verified of a bundle, for a person: aligned rows, and the one line at the end. */
export function renderBundle(
  { checkpoint, file, files }: VerifiedBundle,
  about: { readonly path: string; readonly sha256?: string | undefined; readonly verifier: string },
): string {
  const { incident, keys, entries, traces } = file;
  const trusted = new Set(checkpoint.cosignatures.map(({ key }) => key.name));
  const others = keys.witnesses.filter((key) => !trusted.has(key.split('+')[0] ?? ''));
  const rows = [
    ...checkpointRows(checkpoint),
    ...others.map((key) => ['not vouched', `${key}, a witness of whom no key was given here`]),
    ['case', `${incident.incident.caseReference}: ${incident.incident.title}`],
    ['incident', incident.incidentId],
    ['entries', `${entries.length}, each at its place in the log`],
    ['traces', `${traces.length}, each answer as its entry has the digest`],
    ['files', `${files.size}, all that follows from these, to the byte`],
    ['verifier', `SHA-256 ${about.verifier}`],
    ...(about.sha256 === undefined ? [] : [['bundle', `SHA-256 ${about.sha256}`]]),
  ];
  const said = `OK ${plain(about.path)} is what the first ${checkpoint.size} entries of ${plain(checkpoint.origin)} say of this case`;
  const lines = rows.map(([name = '', value = '']) => `  ${name.padEnd(NAME_WIDTH)}${plain(value)}`);
  return `${lines.join('\n')}\n${styleText('green', said, { stream: process.stdout })}\n`;
}
