import { styleText } from 'node:util';
import type { VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import { writeBase64 } from '../../core/log/strict.ts';
import { aligned } from '../table.ts';
import { checkpointRows } from '../verify/checkpoint-rows.ts';
import { plain } from '../verify/finding.ts';
import { type Extent, extentRows } from '../verify/report.ts';
import type { Compared, Difference } from './compare.ts';

/** What an audit found, as `--json` writes it. No value of a record is repeated. */
export interface AuditReport {
  readonly amanatAudit: 1;
  readonly url: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly log: { readonly origin: string; readonly size: number; readonly root: string };
  readonly views: readonly (Omit<Compared, 'differences'> &
    Readonly<Record<'missing' | 'unknown' | 'differ', number>>)[];
  readonly differences: readonly Difference[];
  readonly same: boolean;
}

export function reportOf(
  checkpoint: VerifiedCheckpoint,
  compared: readonly Compared[],
  about: Pick<AuditReport, 'url' | 'startedAt' | 'seconds'>,
): AuditReport {
  const { origin, size, root } = checkpoint;
  const differences = compared.flatMap((one) => one.differences);
  return {
    amanatAudit: 1,
    ...about,
    log: { origin, size, root: writeBase64(root) },
    views: compared.map(({ differences: own, ...counts }) => ({
      ...counts,
      missing: own.filter(({ what }) => what === 'missing').length,
      unknown: own.filter(({ what }) => what === 'unknown').length,
      differ: own.filter(({ what }) => what !== 'missing' && what !== 'unknown').length,
    })),
    differences,
    same: differences.length === 0,
  };
}

const HEAD = ['', 'in the log', 'answered', 'missing', 'not in the log', 'differ'];

/** The report for a person: what was verified, a table, each difference, and the one line at the end. */
export function renderReport(report: AuditReport, checkpoint: VerifiedCheckpoint, extent: Extent): string {
  const { views, differences, same, log } = report;
  const rows = views.map(({ view, inLog, answered, missing, unknown, differ }) => [
    view,
    ...[inLog, answered, missing, unknown, differ].map(String),
  ]);
  const colour = same ? 'green' : 'red';
  const sections = [
    aligned([...checkpointRows(checkpoint), ...extentRows(log.size, extent)].map((row) => row.map(plain))),
    aligned([HEAD, ...rows], [1, 2, 3, 4, 5]),
    differences.length === 0 ? '' : aligned(differenceRows(differences)),
    styleText(colour, verdict(report), { stream: process.stdout }),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

export function verdict({ same, differences, log }: AuditReport): string {
  if (same) return `OK what the API answers is what the ${log.size} entries of ${plain(log.origin)} say`;
  const [first] = differences;
  const count = differences.length === 1 ? 'one difference' : `${differences.length} differences`;
  return `FAILED views: ${count} between what the API answers and what the log says, the first in ${first?.view}`;
}

const MOST_SHOWN = 50;
const MOST_PATHS = 6;

function differenceRows(differences: readonly Difference[]): string[][] {
  const rows = differences
    .slice(0, MOST_SHOWN)
    .map(({ view, id, entryId, index, what, paths = [] }) => [
      view,
      plain(id),
      entryId === undefined ? '' : `entry ${entryId} at ${index}`,
      WORDS[what] ?? what,
      plain(pathsOf(paths)),
    ]);
  const more = differences.length - rows.length;
  return more > 0 ? [...rows, ['', `and ${more} more, which --json has`, '', '', '']] : rows;
}

const WORDS: Readonly<Record<string, string>> = {
  missing: 'is missing',
  unknown: 'is not in the log',
  differs: 'differs',
  twice: 'is there twice',
  behind: 'are behind the log',
  ahead: 'are ahead of the log',
};

function pathsOf(paths: readonly string[]): string {
  const more = paths.length - MOST_PATHS;
  return `${paths.slice(0, MOST_PATHS).join(' ')}${more > 0 ? ` and ${more} more` : ''}`;
}
