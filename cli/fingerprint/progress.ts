import { SingleBar } from 'cli-progress';

/** Shows how far a command is in a file. */
export interface Progress {
  /** @param read of the bytes of the file. @param rows that were read so far */
  update(read: number, rows: number): void;
  stop(): void;
}

const LINE_EVERY_MS = 5_000;

/** A bar with rate and time left on a terminal; elsewhere a plain line now and then. */
export function startProgress(
  what: string,
  bytes: number,
  stream: NodeJS.WriteStream = process.stderr,
): Progress {
  const started = performance.now();
  const rate = (rows: number) =>
    Math.round((rows * 1000) / Math.max(1, performance.now() - started)).toLocaleString('en');
  return stream.isTTY ? bar(what, bytes, rate, stream) : lines(what, bytes, rate, stream);
}

type Rate = (rows: number) => string;

function bar(what: string, bytes: number, rate: Rate, stream: NodeJS.WriteStream): Progress {
  const shown = new SingleBar({
    format: `${what} {bar} {percentage}% · {rows} rows · {rate} rows/s · {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    stream,
    hideCursor: true,
    // Ctrl-C is the command's own: it leaves nothing half-written.
    gracefulExit: false,
  });
  shown.start(bytes, 0, { rows: 0, rate: '–' });
  return {
    update: (read, rows) => shown.update(read, { rows: rows.toLocaleString('en'), rate: rate(rows) }),
    stop: () => shown.stop(),
  };
}

function lines(what: string, bytes: number, rate: Rate, stream: NodeJS.WriteStream): Progress {
  let last = performance.now();
  return {
    update: (read, rows) => {
      const now = performance.now();
      if (now - last < LINE_EVERY_MS) return;
      last = now;
      const share = Math.floor((100 * read) / Math.max(1, bytes));
      stream.write(`${what}: ${share} %, ${rows.toLocaleString('en')} rows, ${rate(rows)} rows/s\n`);
    },
    stop: () => undefined,
  };
}
