import { randomBytes, randomUUID } from 'node:crypto';
import { ApiFailure, ApiProblem } from '../../core/api/client.ts';
import { text } from '../../core/model/scalars.ts';
import type { SubjectQuestion } from '../../core/model/subject.ts';
import type { SubjectAnswer } from '../../core/trace/subject/answer.ts';
import { UsageError } from '../failure.ts';
import { aligned } from '../table.ts';
import { type ApiOptions, clientOf, save } from '../trace/api.ts';
import { type RingOptions, ringsOf } from '../trace/rings.ts';
import { keyed, readPerson } from './person.ts';

export interface SubjectOptions extends ApiOptions, RingOptions {
  readonly case: string;
  readonly person?: string;
  readonly out: string;
}

/** `amanat subject`. @throws UsageError when it cannot be asked, or is refused */
export async function runSubject(options: SubjectOptions): Promise<void> {
  const caseReference = text(120).safeParse(options.case);
  if (!caseReference.success)
    throw new UsageError('--case takes a reference of up to 120 characters, and nothing that is a person’s');
  const client = clientOf(options);
  const rings = await ringsOf(options);
  const person = await readPerson(options.person);
  const question: SubjectQuestion = {
    caseReference: caseReference.data,
    salt: randomBytes(32).toString('hex'),
    keyrings: rings.map((keys) => keyed(person, keys)),
  };
  // Kept first: the ledger has its digest only, and without it nobody could show whom an answer is about.
  save(`${options.out}.question.json`, `${JSON.stringify(question, null, 2)}\n`);
  const idempotencyKey = `subject/${randomUUID()}`;
  const answer = await client.call('askSubject', { body: question, idempotencyKey }).catch(refused);
  save(`${options.out}.json`, `${JSON.stringify(answer, null, 2)}\n`);
  process.stdout.write(told(answer));
  process.stderr.write(`${options.out}.json, ${options.out}.question.json\n`);
}

function refused(error: unknown): never {
  if (error instanceof ApiFailure) throw new UsageError(error.message);
  if (error instanceof ApiProblem) throw new UsageError(`the ledger refuses: ${error.message}`);
  throw error;
}

function told({ summary, transfers, unknown, entryId }: SubjectAnswer): string {
  const rows = transfers
    .filter(({ answer }) => answer === 'possible')
    .map(({ transferId, recipient, handedOver, dataset, held }) => [
      transferId,
      recipient,
      handedOver.earliest,
      dataset.title,
      held.join(', '),
    ]);
  const why = [...Map.groupBy(unknown, ({ detail }) => detail)].map(
    ([detail, items]) => `  ${items.length} unknown: ${detail}\n`,
  );
  return [
    `${summary.join('\n')}\n`,
    rows.length === 0 ? '' : `${aligned(rows)}\n`,
    ...why,
    `recorded: entry ${entryId}\n`,
  ].join('');
}
