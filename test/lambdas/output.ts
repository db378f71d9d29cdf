import { vi } from 'vitest';

/** Gathers all that is written to standard output and error, by whatever means, until it is asked for. */
export function captureOutput(): { text(): string; lines(): Record<string, unknown>[]; end(): void } {
  const written: string[] = [];
  const keep = (chunk: unknown) => written.push(String(chunk)) > 0;
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(keep),
    vi.spyOn(process.stderr, 'write').mockImplementation(keep),
    ...(['log', 'info', 'warn', 'error', 'debug'] as const).map((level) =>
      vi.spyOn(globalThis.console, level).mockImplementation((...parts) => {
        keep(`${parts.join(' ')}\n`);
      }),
    ),
  ];
  return {
    text: () => written.join(''),
    lines: () =>
      written
        .join('')
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    end: () => {
      for (const spy of spies) spy.mockRestore();
    },
  };
}
