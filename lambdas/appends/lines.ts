import type { LineAnswer } from '../../core/api/answers.ts';
import { AppendLine, MAX_APPEND_LINES } from '../../core/api/appends.ts';
import { problemOf } from '../../core/api/faults.ts';
import { canonicalJson } from '../../core/canonical.ts';
import type { Instant } from '../../core/model/scalars.ts';
import { Problem } from '../../core/problem.ts';
import { correlationIdOf, header, parseJson, type Request, readBody } from '../http/request.ts';
import { Answer, refusal } from '../http/serve.ts';
import { apiAddressed, readSignature, refusedSignature } from '../http/signature.ts';
import { preferenceApplied } from '../log/wait.ts';
import { inParallel } from '../store/client.ts';
import { append } from './append.ts';

const NDJSON = 'application/x-ndjson';
const LANES = 8;

interface Line {
  readonly number: number;
  readonly text: string;
}

/**
 * Appends up to 100 lines, each answered by itself in the order of the lines. One line's fault stops no other. Lines
 * that record transfers run side by side; any other waits for those before it, so that a transfer may follow the
 * registration of its agencies.
 * @throws Problem only for what concerns the whole body; nothing has been appended then
 */
export async function appendLines(request: Request, now: () => Instant): Promise<Answer> {
  const lines = readBody(request.event, NDJSON)
    .split('\n')
    .map((text, i): Line => ({ number: i + 1, text }))
    .filter(({ text }) => text.trim() !== '');
  if (lines.length === 0) throw new Problem('invalid-request', 'the body has no lines');
  if (lines.length > MAX_APPEND_LINES)
    throw new Problem('invalid-request', `the body has more than ${MAX_APPEND_LINES} lines`);

  // A signature over many lines would be in none of their entries.
  if (readSignature(request.event, request.route.path) !== undefined)
    throw refusedSignature({
      header: 'Signature',
      detail: 'lines are signed one by one, by their own signature',
    });
  const batchKey = header(request.event, 'idempotency-key');
  const answers = new Map<number, LineAnswer>();
  for (const group of inGroups(lines))
    await inParallel(group, LANES, async (line) => {
      answers.set(line.number, await answerLine(request, line, batchKey, now));
    });
  const body = lines.map(({ number }) => `${canonicalJson(answers.get(number))}\n`).join('');
  const accepted = [...answers.values()].flatMap(({ answer }) => answer?.entryId ?? []);
  return new Answer(200, body, {
    'content-type': NDJSON,
    ...(await preferenceApplied(request.event, accepted)),
  });
}

/** Runs of lines that may be appended side by side. */
function inGroups(lines: readonly Line[]): Line[][] {
  const groups: Line[][] = [];
  let open: Line[] | undefined;
  for (const line of lines) {
    if (!/"kind"\s*:\s*"transfer-recorded"/.test(line.text)) {
      groups.push([line]);
      open = undefined;
    } else if (open) open.push(line);
    else {
      open = [line];
      groups.push(open);
    }
  }
  return groups;
}

async function answerLine(
  { principal, event }: Request,
  { number, text }: Line,
  batchKey: string | undefined,
  now: () => Instant,
): Promise<LineAnswer> {
  try {
    const parsed = AppendLine.safeParse(withKey(parseJson(text), batchKey, number));
    if (!parsed.success) throw problemOf(parsed.error, 'body');
    const { signature, ...line } = parsed.data;
    const answer = await append(
      principal,
      {
        ...line,
        bodyPath: ['body'],
        signature: signature && { ...signature, api: apiAddressed(event, '/v1/entries'), of: 'line' },
      },
      now(),
    );
    return { line: number, status: 201, answer };
  } catch (error) {
    const problem = refusal(event, error, { line: number });
    return { line: number, status: problem.status, problem: answerable(problem, correlationIdOf(event)) };
  }
}

/** A line without a key of its own gets one from the request's `Idempotency-Key` and its number. */
function withKey(line: unknown, batchKey: string | undefined, number: number): unknown {
  if (batchKey === undefined || typeof line !== 'object' || line === null) return line;
  return { idempotencyKey: `${batchKey}/${number}`, ...line };
}

function answerable(problem: Problem, correlationId: string): NonNullable<LineAnswer['problem']> {
  const { errors, ...document } = problem.toDocument(correlationId);
  return errors ? { ...document, errors: errors.map((fault) => ({ ...fault })) } : document;
}
