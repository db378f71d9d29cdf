import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** A critical line that a function wrote. */
const Alarm = z.looseObject({ level: z.literal('CRITICAL'), message: z.string() });
export interface Alarm {
  /** The function, by the name of its file. */
  readonly by: string;
  readonly message: string;
}

/** What functions have written since some moment. */
export interface Heard {
  readonly alarms: readonly Alarm[];
  /** The functions that wrote the metric of the tamper alarm. */
  readonly metered: ReadonlySet<string>;
}

/** How long each log was at some moment. */
export type Mark = ReadonlyMap<string, number>;

/** The logs of a system's functions, one file each. */
export class Logs {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async mark(): Promise<Mark> {
    const mark = new Map<string, number>();
    for (const name of await readdir(this.#folder))
      mark.set(name, (await stat(join(this.#folder, name))).size);
    return mark;
  }

  async since(mark: Mark): Promise<Heard> {
    const alarms: Alarm[] = [];
    const metered = new Set<string>();
    for (const name of await readdir(this.#folder)) {
      const by = name.replace(/\.log$/, '');
      for (const line of (await this.#read(name, mark.get(name) ?? 0)).split('\n').filter(isJson)) {
        const value: unknown = JSON.parse(line);
        const alarm = Alarm.safeParse(value);
        if (alarm.success) alarms.push({ by, message: alarm.data.message });
        else if (line.includes('"LedgerTampering"')) metered.add(by);
      }
    }
    return { alarms, metered };
  }

  async #read(name: string, from: number): Promise<string> {
    const file = await open(join(this.#folder, name));
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(Math.max(0, size - from));
      await file.read(buffer, 0, buffer.length, from);
      return buffer.toString('utf8');
    } finally {
      await file.close();
    }
  }
}

/** Functions write JSON; what Node itself writes, and a line that is not finished yet, is passed over. */
function isJson(line: string): boolean {
  return line.startsWith('{') && line.endsWith('}');
}
