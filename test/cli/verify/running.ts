import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { UsageError } from '../../../cli/failure.ts';
import { runVerify, type VerifyOptions } from '../../../cli/verify/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'amanat-verify-'));
let files = 0;

/** A path of a file that no other test has. */
export const newPath = (name = 'file'): string => join(folder, `${files++}-${name}`);
export function newFile(content: string | Uint8Array, name?: string): string {
  const path = newPath(name);
  writeFileSync(path, content);
  return path;
}

export interface Ended {
  readonly code: number;
  /** The last line on stdout. */
  readonly line: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Captures what is written while a command of this process runs. */
export async function captured(run: () => Promise<number>): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      written[name] += String(chunk);
      return true;
    }),
  );
  const restore = () => spies.forEach((spy) => void spy.mockRestore());
  onTestFinished(restore);
  try {
    const code = await run().catch((error: unknown) => {
      if (!(error instanceof UsageError)) throw error;
      written.stderr += `amanat: ${error.message}\n`;
      return 2;
    });
    return { code, ...written, line: written.stdout.trimEnd().split('\n').at(-1) ?? '' };
  } finally {
    restore();
  }
}

/** Runs `amanat verify` in this process. */
export const verify = (options: Partial<VerifyOptions>): Promise<Ended> =>
  captured(() => runVerify({ parallel: 3, timeout: 10, ...options }));
