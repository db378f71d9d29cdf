import { UsageError } from '../failure.ts';
import { Stages } from '../progress.ts';
import { concluded } from '../verify/conclude.ts';
import { FINDINGS } from '../verify/finding.ts';
import { note } from '../verify/run.ts';
import { LogSession, type OnlineOptions } from '../verify/session.ts';
import { audit } from './audit.ts';
import { Histories } from './histories.ts';
import { renderReport, reportOf } from './report.ts';

export interface AuditOptions extends OnlineOptions {
  /** Seconds that views and log may take to come to each other. */
  readonly wait: number;
  /** How often what differs is asked for before it counts. */
  readonly rounds: number;
  readonly json?: boolean;
}

const PAUSE_MS = 2_000;

/** `amanat audit`. Answers the exit code. @throws UsageError when it cannot start */
export const runAudit = (options: AuditOptions): Promise<number> =>
  concluded(async (signal) => {
    const started = Date.now();
    const { token, parallel, wait, rounds, state } = options;
    if (!token) throw new UsageError('give an auditor’s bearer token: AMANAT_TOKEN or --token');
    const histories = new Histories();
    const progress = new Stages();
    try {
      const session = await LogSession.open(options, {
        signal,
        note,
        onEntries: (entries) => histories.add(entries),
        onProgress: (verified, of) => progress.show('entries', verified, of),
      });
      await session.goOn();
      const compared = await audit({
        session,
        histories,
        signal,
        parallel,
        waitMs: wait * 1_000,
        rounds,
        pauseMs: PAUSE_MS,
        onProgress: (what, done, of) => progress.show(what, done, of),
      });
      progress.stop();
      const { checkpoint, kept, signed } = session;
      // Of the log alone: that it is whole does not hang on what is answered.
      session.keep();
      const about = { url: options.url ?? '', startedAt: new Date(started).toISOString() };
      const report = reportOf(checkpoint, compared, { ...about, seconds: (Date.now() - started) / 1_000 });
      process.stdout.write(
        options.json
          ? `${JSON.stringify(report, null, 2)}\n`
          : renderReport(report, checkpoint, { kept, entries: true, signed, keeps: state !== undefined }),
      );
      return report.same ? 0 : FINDINGS.views[0];
    } finally {
      progress.stop();
    }
  });
