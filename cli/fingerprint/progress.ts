import { SingleBar } from 'cli-progress';

/** Shows how far a command is. */
export interface Progress {
  /** @param done of the total. @param counted rows or keys so far */
  update(done: number, counted: number): void;
  stop(): void;
}

const LINE_EVERY_MS = 5_000;

/** What is done, how much of it there is, and what is counted on the way. */
export interface Shown {
  readonly what: string;
  readonly total: number;
  readonly unit: 'rows' | 'keys' | 'files';
}

/** A bar with rate and time left on a terminal; elsewhere a plain line now and then. */
export function startProgress(
  { what, total, unit }: Shown,
  stream: NodeJS.WriteStream = process.stderr,
): Progress {
  const started = performance.now();
  const rate = (counted: number) =>
    Math.round((counted * 1000) / Math.max(1, performance.now() - started)).toLocaleString('en');
  const told = (counted: number) => `${counted.toLocaleString('en')} ${unit}, ${rate(counted)} a second`;
  return stream.isTTY ? bar(what, total, told, stream) : lines(what, total, told, stream);
}

type Told = (counted: number) => string;

function bar(what: string, total: number, told: Told, stream: NodeJS.WriteStream): Progress {
  const shown = new SingleBar({
    format: `${what.padEnd(8)} {bar} {percentage}% · {told} · {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    stream,
    hideCursor: true,
    // Ctrl-C is the command's own: it leaves nothing half-written.
    gracefulExit: false,
  });
  shown.start(total, 0, { told: '–' });
  return {
    update: (done, counted) => shown.update(done, { told: told(counted) }),
    stop: () => shown.stop(),
  };
}

function lines(what: string, total: number, told: Told, stream: NodeJS.WriteStream): Progress {
  let last = performance.now();
  return {
    update: (done, counted) => {
      const now = performance.now();
      if (now - last < LINE_EVERY_MS) return;
      last = now;
      stream.write(`${what}: ${Math.floor((100 * done) / Math.max(1, total))} %, ${told(counted)}\n`);
    },
    stop: () => undefined,
  };
}
