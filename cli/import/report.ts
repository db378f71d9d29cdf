import { styleText } from 'node:util';
import type { Fault } from '../../core/problem.ts';
import { aligned } from '../table.ts';
import type { Plan, RowPair } from './plan.ts';
import type { Remark } from './row.ts';
import type { Refusal, RefusedAgency, Tally } from './tally.ts';

/**
 * What an import did, as `--report` writes it. Rows go by the line of the file on which they start, and no cell of
 * the register is repeated: what was refused may have been refused for holding personal data.
 */
export interface Report {
  readonly amanatImport: 1;
  readonly file: { readonly name: string; readonly sha256: string; readonly rows: number };
  readonly mapping: { readonly name: string; readonly sha256: string };
  readonly startedAt: string;
  readonly seconds: number;
  /** Absent in a dry run, which sends nothing. */
  readonly url?: string;
  /** Rows by what became of them; together they are the rows of the file. `valid` only in a dry run. */
  readonly counts: {
    readonly valid?: number;
    readonly recorded?: number;
    readonly alreadyThere?: number;
    readonly refused: number;
    readonly duplicates: number;
    readonly notSent?: number;
  };
  readonly agencies: {
    readonly named: number;
    readonly registered?: readonly string[];
    readonly alreadyThere?: readonly string[];
    readonly refused?: readonly RefusedAgency[];
  };
  readonly refused: readonly Refusal[];
  readonly notSent: readonly number[];
  readonly duplicates: readonly RowPair[];
  readonly sameIdentity: readonly RowPair[];
  readonly shortened: readonly Remark[];
  readonly withheld: readonly Remark[];
  readonly describedOtherwise: readonly (Remark & { readonly agencyId: string })[];
  /** Why the import ended before its last row. */
  readonly stopped?: string;
}

type Circumstances = Pick<Report, 'mapping' | 'startedAt' | 'seconds'> & { fileName: string; url: string };

/** The report of a plan, and of what came of sending it; without a tally, of a dry run. */
export function reportOf(plan: Plan, tally: Tally | undefined, about: Circumstances): Report {
  const refused = [...plan.refused, ...(tally?.refused ?? [])].sort((a, b) => a.line - b.line);
  const unsettled = tally ? plan.transfers.filter(({ line }) => !tally.isSettled(line)) : [];
  const counts = { refused: refused.length, duplicates: plan.duplicates.length };
  const { duplicates, sameIdentity, shortened, withheld, describedOtherwise } = plan;
  return {
    amanatImport: 1,
    file: { name: about.fileName, sha256: plan.fileSha256, rows: plan.rows },
    mapping: about.mapping,
    startedAt: about.startedAt,
    seconds: about.seconds,
    ...(tally ? { url: about.url } : {}),
    counts: tally
      ? {
          recorded: tally.recorded.length,
          alreadyThere: tally.alreadyThere.length,
          ...counts,
          notSent: unsettled.length,
        }
      : { valid: plan.transfers.length, ...counts },
    agencies: { named: plan.agencies.length, ...tally?.agencies },
    refused,
    notSent: unsettled.map(({ line }) => line),
    duplicates,
    sameIdentity,
    shortened,
    withheld,
    describedOtherwise,
    ...(tally?.stopped === undefined ? {} : { stopped: tally.stopped }),
  };
}

/** Whether every row of the register is in the ledger, or would be. */
export const isComplete = ({ counts, stopped }: Report): boolean =>
  counts.refused === 0 && (counts.notSent ?? 0) === 0 && stopped === undefined;

/** The report for a person: aligned, coloured where the stream takes it. Ends in a line break. */
export function renderReport(report: Report, stream: NodeJS.WritableStream = process.stdout): string {
  const bold = (text: string) => styleText('bold', text, { stream });
  const { file, url } = report;
  const title =
    url === undefined
      ? `Dry run of ${file.name}: nothing was sent`
      : `Import of ${file.name} into ${url} in ${report.seconds.toFixed(1)} s`;
  const sections = [
    [bold(title), `${file.rows} rows, SHA-256 ${file.sha256}`].join('\n'),
    aligned(countRows(report, stream)),
    section(bold('Refused'), refusalRows(report.refused)),
    section(
      bold('Agencies refused'),
      report.agencies.refused?.map(({ agencyId, why }) => [agencyId, why]),
    ),
    section(bold('To look at'), remarkRows(report)),
    report.stopped === undefined ? '' : styleText('red', `Stopped: ${report.stopped}`, { stream }),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

function countRows({ counts, agencies, url }: Report, stream: NodeJS.WritableStream): string[][] {
  const bad = (count: number | undefined) =>
    count ? styleText('red', String(count), { stream }) : String(count ?? 0);
  const rows =
    url === undefined
      ? [['valid', String(counts.valid ?? 0)]]
      : [
          ['recorded', String(counts.recorded ?? 0)],
          ['already there', String(counts.alreadyThere ?? 0)],
        ];
  rows.push(['refused', bad(counts.refused)], ['duplicates', String(counts.duplicates)]);
  if (url === undefined) return [...rows, ['agencies to register', String(agencies.named)]];
  return [
    ...rows,
    ['not sent', bad(counts.notSent)],
    ['agencies registered', String(agencies.registered?.length ?? 0)],
    ['agencies already there', String(agencies.alreadyThere?.length ?? 0)],
  ];
}

/** One row for each fault that rows have in common. */
function refusalRows(refused: readonly Refusal[]): string[][] {
  const groups = new Map<string, { fault: Fault; problem: string; lines: number[] }>();
  for (const { line, faults, problem = '' } of refused)
    for (const fault of faults) {
      const key = JSON.stringify([problem, fault.pointer, fault.detail]);
      const group = groups.get(key) ?? { fault, problem, lines: [] };
      group.lines.push(line);
      groups.set(key, group);
    }
  return [...groups.values()]
    .sort((a, b) => b.lines.length - a.lines.length)
    .map(({ fault, problem, lines }) => [
      rowCount(lines.length),
      fault.pointer || 'row',
      problem === '' ? fault.detail : `${fault.detail} (${problem})`,
      linesOf(lines),
    ]);
}

function remarkRows(report: Report): string[][] {
  const remark = (what: string, rows: readonly { line: number; pointer?: string }[]) => {
    const byPointer = Map.groupBy(rows, ({ pointer }) => pointer ?? 'row');
    return [...byPointer].map(([pointer, at]) => [
      rowCount(at.length),
      pointer,
      what,
      linesOf(at.map(({ line }) => line)),
    ]);
  };
  return [
    ...remark('repeats an earlier row: not recorded again', report.duplicates),
    ...remark(
      'has the identity of an earlier row, and says something else: recorded too',
      report.sameIdentity,
    ),
    ...remark('text shortened', report.shortened),
    ...remark('text withheld: seems to hold personal data', report.withheld),
    ...remark('agency described otherwise than before: the first row counts', report.describedOtherwise),
    ...remark(
      'not sent',
      report.notSent.map((line) => ({ line })),
    ),
  ];
}

const rowCount = (count: number) => (count === 1 ? '1 row' : `${count} rows`);

const MOST_LINES = 8;
function linesOf(lines: readonly number[]): string {
  const shown = lines.slice(0, MOST_LINES).join(', ');
  const more = lines.length - MOST_LINES;
  return `${lines.length === 1 ? 'line' : 'lines'} ${shown}${more > 0 ? `, and ${more} more` : ''}`;
}

const section = (title: string, rows: string[][] = []): string =>
  rows.length === 0 ? '' : `${title}\n${aligned(rows)}`;
