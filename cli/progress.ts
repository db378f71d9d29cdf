import { SingleBar } from 'cli-progress';

/** Shows how far a command is, with one kind of thing after the other. */
export interface Progress<Of extends string> {
  update(this: void, of: Of, settled: number): void;
  stop(): void;
}

/** A bar with rate and time left on a terminal; elsewhere a plain line now and then. */
export function startProgress<Of extends string>(
  totals: Readonly<Record<Of, number>>,
  stream: NodeJS.WriteStream = process.stderr,
): Progress<Of> {
  let current: { of: Of; shown: Shown } | undefined;
  return {
    update: (of, settled) => {
      if (current?.of !== of) {
        current?.shown.stop();
        current = { of, shown: (stream.isTTY ? bar : plainLines)(of, settled, totals[of], stream) };
      }
      current.shown.update(settled);
    },
    stop: () => current?.shown.stop(),
  };
}

/** How far a command is with one thing after the other, whose totals it comes to know on the way. */
export class Stages {
  #of: string | undefined;
  #progress: Progress<string> | undefined;

  show(of: string, done: number, total: number): void {
    if (this.#of !== of) {
      this.#progress?.stop();
      this.#progress = startProgress({ [of]: total });
      this.#of = of;
    }
    this.#progress?.update(of, done);
  }

  stop(): void {
    this.#progress?.stop();
  }
}

interface Shown {
  update(settled: number): void;
  stop(): void;
}

function bar(of: string, from: number, total: number, stream: NodeJS.WriteStream): Shown {
  const rate = rateFrom(from);
  const shown = new SingleBar({
    format: `${of.padEnd(8)} {bar} {percentage}% · {value} of {total} · {rate}/s · {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    stream,
    hideCursor: true,
    // Ctrl-C is the command's own: it ends with a word of its own.
    gracefulExit: false,
  });
  shown.start(total, from, { rate: '–' });
  return {
    update: (settled) => shown.update(settled, { rate: rate(settled) }),
    stop: () => shown.stop(),
  };
}

const LINE_EVERY_MS = 5_000;

function plainLines(of: string, from: number, total: number, stream: NodeJS.WriteStream): Shown {
  const rate = rateFrom(from);
  let last = performance.now();
  let told = from;
  return {
    update: (settled) => {
      const now = performance.now();
      if (settled === told || (now - last < LINE_EVERY_MS && settled < total)) return;
      last = now;
      told = settled;
      stream.write(`${settled} of ${total} ${of}, ${rate(settled)}/s\n`);
    },
    stop: () => undefined,
  };
}

/** The rate from now on: what is settled by now says nothing about it. */
function rateFrom(from: number): (settled: number) => string {
  const started = performance.now();
  return (settled) =>
    Math.round(((settled - from) * 1000) / Math.max(1, performance.now() - started)).toString();
}
