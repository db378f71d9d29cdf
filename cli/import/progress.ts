import { SingleBar } from 'cli-progress';

/** Shows how far an import is. */
export interface Progress {
  update(settled: number): void;
  stop(): void;
}

/** A bar with rate and time left on a terminal; elsewhere a plain line now and then. */
export function startProgress(total: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? bar(total, stream) : plainLines(total, stream);
}

function bar(total: number, stream: NodeJS.WriteStream): Progress {
  const started = performance.now();
  const shown = new SingleBar({
    format: '{bar} {percentage}% · {value} of {total} rows · {rate} rows/s · {eta_formatted} left',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    stream,
    hideCursor: true,
    // Ctrl-C is the import's own: it ends with a report.
    gracefulExit: false,
  });
  shown.start(total, 0, { rate: '–' });
  return {
    update: (settled) => shown.update(settled, { rate: rateOf(settled, started) }),
    stop: () => shown.stop(),
  };
}

const LINE_EVERY_MS = 5_000;

function plainLines(total: number, stream: NodeJS.WriteStream): Progress {
  const started = performance.now();
  let last = started;
  return {
    update: (settled) => {
      const now = performance.now();
      if (now - last < LINE_EVERY_MS && settled < total) return;
      last = now;
      stream.write(`${settled} of ${total} rows, ${rateOf(settled, started)} rows/s\n`);
    },
    stop: () => undefined,
  };
}

const rateOf = (settled: number, started: number): string =>
  Math.round((settled * 1000) / Math.max(1, performance.now() - started)).toString();
