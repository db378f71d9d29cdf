import { type Client, createClient } from '../../core/api/client.ts';
import { openCheckpoint, type VerifiedCheckpoint } from '../../core/log/checkpoint.ts';
import { formatVerifierKey, parseVerifierKey } from '../../core/log/key.ts';
import { formatNote } from '../../core/log/note.ts';
import type { Policy } from '../../core/log/policy.ts';
import { UsageError } from '../failure.ts';
import { EntryCheck, type VerifiedEntry } from './entries.ts';
import { Finding } from './finding.ts';
import { keysIn, policyFrom, type TrustOptions } from './keys.ts';
import { VerifiedLog } from './log.ts';
import { readCheckpoint, readLogKey, readStretch, type ShownByApi } from './remote.ts';
import { type Kept, readState, writeState } from './state.ts';

export interface OnlineOptions extends TrustOptions {
  readonly url?: string;
  readonly token?: string;
  readonly state?: string;
  /** The incident for which the log is read. */
  readonly case?: string;
  /** Parts of the log that are read at once. */
  readonly parallel: number;
  /** Seconds that a request may take. */
  readonly timeout: number;
}

interface Hooks {
  /** Told of entries in the order of the log, once they are verified. */
  readonly onEntries?: (entries: readonly VerifiedEntry[]) => void;
  /** Told how many leaves are verified. */
  readonly onProgress?: (verified: number, of: number) => void;
  /** Told, in a line for a person, of what is taken on trust. */
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A log that is read over the API and verified as it is read. */
export class LogSession {
  readonly client: Client;
  readonly policy: Policy;
  readonly kept: Kept | undefined;
  readonly #options: OnlineOptions;
  readonly #hooks: Hooks;
  readonly #log: VerifiedLog<ShownByApi>;
  readonly #check = new EntryCheck();
  #checkpoint: VerifiedCheckpoint | undefined;

  private constructor(
    client: Client,
    policy: Policy,
    kept: Kept | undefined,
    options: OnlineOptions,
    hooks: Hooks,
  ) {
    this.client = client;
    this.policy = policy;
    this.kept = kept;
    this.#options = options;
    this.#hooks = hooks;
    this.#log = new VerifiedLog({
      read: (stretch) => readStretch(stretch, { client, signal: hooks.signal, entries: this.readsEntries }),
      parallel: options.parallel,
      kept,
      onStretch: ({ first, end }, { places = [] }, entries) => {
        // Checked whoever listens: an optional call would not look at its arguments.
        const verified = entries && this.#check.check(first, entries, places);
        if (verified) hooks.onEntries?.(verified);
        hooks.onProgress?.(end, this.#checkpoint?.size ?? end);
      },
    });
  }

  /** @throws UsageError; Finding, ApiFailure and ApiProblem when the log has to be asked for its key, and fails to answer */
  static async open(options: OnlineOptions, hooks: Hooks): Promise<LogSession> {
    const client = clientFor(options);
    const kept = options.state === undefined ? undefined : readState(options.state);
    const policy = policyFrom(await logKeys(client, kept, options, hooks), options);
    if (kept && policy.logs.every(({ name }) => name !== kept.origin))
      throw new UsageError(`${options.state} is of another log, ${kept.origin}: name another file`);
    if (options.state !== undefined && !kept)
      hooks.note(
        `nothing is kept in ${options.state} yet: this first time the log is trusted to be the one it was`,
      );
    return new LogSession(client, policy, kept, options, hooks);
  }

  get readsEntries(): boolean {
    return this.#options.token !== undefined;
  }

  /** Entries so far that are signed by their agencies. */
  get signed(): number {
    return this.#check.signed;
  }

  /** Leaves verified so far. */
  get size(): number {
    return this.#log.size;
  }

  /** The newest that was verified. */
  get checkpoint(): VerifiedCheckpoint {
    if (!this.#checkpoint) throw new Error('no checkpoint has been verified yet');
    return this.#checkpoint;
  }

  /** Verifies up to the newest checkpoint that the log shows. @throws Finding, LogError, ApiFailure, ApiProblem */
  async goOn(): Promise<VerifiedCheckpoint> {
    return this.goOnTo(await readCheckpoint(this.client, this.#hooks.signal));
  }

  /** Verifies up to this checkpoint, which may be hostile. @throws as {@link goOn} does */
  async goOnTo(text: string): Promise<VerifiedCheckpoint> {
    const checkpoint = openCheckpoint(text, this.policy);
    this.#checkpoint = checkpoint;
    await this.#log.goOnTo(checkpoint);
    return checkpoint;
  }

  /** Keeps what is verified for the next time, if that was asked for. @throws UsageError */
  keep(): void {
    const { state } = this.#options;
    if (state === undefined || !this.#checkpoint) return;
    const { logs } = this.policy;
    writeState(state, {
      keys: logs.map(formatVerifierKey),
      checkpoint: formatNote(this.#checkpoint.note),
      verifiedAt: new Date().toISOString(),
    });
  }
}

/** @throws UsageError */
function clientFor({ url, token, timeout, case: incidentId }: OnlineOptions): Client {
  if (!url) throw new UsageError('say what to verify: --receipt and --entry, or --url');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError('--url must be an http or https address');
  return createClient({
    url,
    timeoutMs: timeout * 1_000,
    ...(incidentId !== undefined && { incidentId }),
    ...(token !== undefined && { token: () => token }),
  });
}

/** The keys asked for; else those of the last time; else what the log itself shows. */
async function logKeys(
  client: Client,
  kept: Kept | undefined,
  { key }: OnlineOptions,
  { note, signal }: Hooks,
): Promise<readonly string[]> {
  if (key !== undefined) return keysIn(key);
  if (kept) return kept.keys;
  const shown = await readLogKey(client, signal);
  if (parseVerifierKey(shown).type !== 'note')
    throw new Finding('format', 'what the log shows as its key is none of a log');
  note(`the key is the one that the log itself shows; compare it with one from elsewhere: ${shown}`);
  return [shown];
}
