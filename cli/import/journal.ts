import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { decodeJwt } from 'jose';
import * as z from 'zod';
import type { AppendAnswer } from '../../core/api/answers.ts';
import { canonicalBytes } from '../../core/canonical.ts';
import { submitterOf } from '../../core/model/principal.ts';
import { UsageError } from '../failure.ts';

const Header = z.strictObject({
  amanatImport: z.literal(1),
  url: z.string(),
  fileSha256: z.string(),
  submitter: z.string(),
});
const Line = z.strictObject({
  key: z.string(),
  digest: z.string(),
  entryId: z.string(),
  recordedAt: z.string(),
});
type Line = z.infer<typeof Line>;

/** One append that an earlier run saw answered. */
export type Noted = Line;

interface Request {
  readonly key: string;
  readonly body: unknown;
}

/**
 * What has been recorded so far, in a file that a later run reads (`--state`). It only saves time: without it every
 * row is sent again and gets its first answer. So nothing is synced, a line that a crash cut off is passed over, and
 * a run first has the ledger confirm what the file says.
 */
export class Journal {
  readonly #path: string;
  readonly #url: string;
  readonly #fileSha256: string;
  readonly #noted: Map<string, Line>;
  #started: boolean;

  /**
   * @param token the bearer token of this run
   * @throws UsageError when the file is of another import, or was begun by a principal whose keys are other keys
   */
  constructor(path: string, { url, fileSha256, token }: { url: string; fileSha256: string; token: string }) {
    this.#path = path;
    this.#url = url.replace(/\/+$/, '');
    this.#fileSha256 = fileSha256;
    const [first = '', ...lines] = openText(path).split('\n');
    this.#started = first !== '';
    if (this.#started) this.#check(first, token);
    this.#noted = new Map(lines.flatMap(readLine).map((line) => [line.key, line]));
  }

  #check(first: string, token: string): void {
    const header = Header.safeParse(parseJson(first)).data;
    if (!header) throw new UsageError(`${this.#path} is no state file of an import: name another`);
    if (header.url !== this.#url || header.fileSha256 !== this.#fileSha256)
      throw new UsageError(`${this.#path} is the state of another import: name another file`);
    if (!speaksAs(token, header.submitter))
      throw new UsageError(
        `this import was begun by another principal, under whose name its rows stand in the ledger; ` +
          `going on with this token would record every row a second time`,
      );
  }

  /** What an earlier run was answered for this very request. */
  find({ key, body }: Request): Noted | undefined {
    const line = this.#noted.get(key);
    return line?.digest === digestOf(body) ? line : undefined;
  }

  /** Writes down answers as they arrive, so that a run that is killed leaves them behind. */
  note(answers: readonly { readonly request: Request; readonly answer: AppendAnswer }[]): void {
    const [first] = answers;
    if (first === undefined) return;
    if (!this.#started) {
      const submitter = submitterOf(first.answer.principal);
      const header = { amanatImport: 1, url: this.#url, fileSha256: this.#fileSha256, submitter };
      writeFileSync(this.#path, `${JSON.stringify(header)}\n`);
      this.#started = true;
    }
    const lines = answers.map(({ request: { key, body }, answer: { entryId, recordedAt } }): Line => {
      const line = { key, digest: digestOf(body), entryId, recordedAt };
      this.#noted.set(key, line);
      return line;
    });
    // The line break in front ends a line that a crash cut off.
    appendFileSync(this.#path, lines.map((line) => `\n${JSON.stringify(line)}`).join(''));
  }

  /** Forgets everything: the ledger is not the one that the file tells of. */
  reset(): void {
    this.#noted.clear();
    truncateSync(this.#path);
    this.#started = false;
  }
}

/** The text of a file that can also be written; '' of one that was not there. @throws UsageError */
function openText(path: string): string {
  try {
    appendFileSync(path, '', { mode: 0o600 });
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(
      `cannot use ${path} for the state: ${error instanceof Error ? error.message : error}`,
    );
  }
}

const digestOf = (body: unknown) =>
  createHash('sha256').update(canonicalBytes(body)).digest('hex').slice(0, 32);

function readLine(text: string): Line[] {
  const { data } = Line.safeParse(parseJson(text));
  return data ? [data] : [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a token submits under that name. One that cannot be read here is given the benefit of the doubt. */
function speaksAs(token: string, submitter: string): boolean {
  let claims: Record<string, unknown>;
  try {
    claims = decodeJwt(token);
  } catch {
    return true;
  }
  if (submitter.startsWith('agency:'))
    return Object.values(claims).some((claim) => Array.isArray(claim) && claim.includes(submitter));
  return submitter === `staff:${String(claims['sub'])}`;
}
