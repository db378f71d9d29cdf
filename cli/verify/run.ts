import { UsageError } from '../failure.ts';
import { type Progress, startProgress } from '../progress.ts';
import { concluded } from './conclude.ts';
import { plain } from './finding.ts';
import { verifyOffline } from './offline.ts';
import type { PartyOptions } from './party.ts';
import { renderLog, renderReceipt } from './report.ts';
import { LogSession, type OnlineOptions } from './session.ts';

export interface VerifyOptions extends OnlineOptions, PartyOptions {
  readonly receipt?: string;
  readonly entry?: string;
}

/** `amanat verify`. Answers the exit code. @throws UsageError when it cannot start */
export const runVerify = (options: VerifyOptions): Promise<number> =>
  concluded(async (signal) => {
    const { receipt, entry } = options;
    if (receipt === undefined && entry === undefined) {
      if (options.agencyKey !== undefined)
        throw new UsageError('--agency-key is for a receipt: a whole log has the keys of its agencies');
      return verifyOnline(options, signal);
    }
    if (receipt === undefined || entry === undefined)
      throw new UsageError('to verify offline give both: --receipt and --entry');
    if (options.state !== undefined) throw new UsageError('--state is for a whole log, not for a receipt');
    const { verified, party } = verifyOffline({ ...options, receipt, entry });
    process.stdout.write(renderReceipt(verified, party));
    return 0;
  });

async function verifyOnline(options: OnlineOptions, signal: AbortSignal): Promise<number> {
  let progress: Progress<'entries'> | undefined;
  const session = await LogSession.open(options, {
    signal,
    note,
    onProgress: (verified, of) => {
      progress ??= startProgress({ entries: of });
      progress.update('entries', verified);
    },
  });
  try {
    const checkpoint = await session.goOn();
    session.keep();
    progress?.stop();
    const { kept, readsEntries, signed } = session;
    process.stdout.write(
      renderLog(checkpoint, { kept, entries: readsEntries, signed, keeps: options.state !== undefined }),
    );
    return 0;
  } finally {
    progress?.stop();
  }
}

export const note = (line: string): void => {
  process.stderr.write(`amanat: note: ${plain(line)}\n`);
};
