import type { ROUTES } from '../../core/api/routes.ts';
import { canonicalBytes } from '../../core/canonical.ts';
import { type Entry, entryIdOf, questionsIdOf } from '../../core/model/entry.ts';
import { submitterOf } from '../../core/model/principal.ts';
import { dayOf, type EntryId, type Sha256 } from '../../core/model/scalars.ts';
import type { SubjectAskedBody, SubjectQuestion } from '../../core/model/subject.ts';
import { Problem } from '../../core/problem.ts';
import type { NotCompared } from '../../core/trace/sample/answer.ts';
import { askedOf, askFile, concludeSubject, type HeldBy } from '../../core/trace/subject/conclude.ts';
import { sameRequest, store } from '../appends/append.ts';
import type { Request } from '../http/request.ts';
import { Answer, utf8 } from '../http/serve.ts';
import { now, today } from '../queries/clock.ts';
import { keepAnswer, readAnswer } from '../store/answers.ts';
import { inParallel } from '../store/client.ts';
import {
  newEntry,
  readEntry,
  readHistory,
  requestDigest,
  type StoredEntry,
  sha256Hex,
} from '../store/entries.ts';
import { readMeta } from '../store/views.ts';
import { allFacts } from './facts.ts';
import { withRecorded } from './files.ts';
import { tracingLimits } from './limits.ts';

/** Files that are read at the same time. */
const AT_ONCE = 8;

/**
 * Answers which transfers held a person, and records that it was asked: who, under which case and keys, and digests of
 * question and answer. The values go nowhere. As with traces the answer is kept before the entry that names it.
 */
export async function askSubject({
  principal,
  body: question,
  idempotencyKey,
}: Request<(typeof ROUTES)['askSubject']>): Promise<Answer> {
  const entryId = entryIdOf(submitterOf(principal), idempotencyKey);
  const asked = askedOf(question, sha256Hex(canonicalBytes(question)) as Sha256);
  const digest = requestDigest({ kind: 'subject-asked', subject: null, body: asked });
  const earlier = await readEntry(entryId);
  if (earlier) return given(sameRequest(earlier, digest));

  // Before anything is compared: whoever has asked enough is told nothing more.
  await nextQuestion(questionsIdOf(principal.sub, today()));
  const { answerSha256, reflects } = await answered(entryId, question);
  const body: SubjectAskedBody = { question: asked, answerSha256, reflects };
  const stored = await store(entryId, digest, async () => {
    const recordedAt = now();
    const subject = questionsIdOf(principal.sub, dayOf(recordedAt));
    const entry: Entry = {
      amanat: 1,
      entryId,
      kind: 'subject-asked',
      stream: 'question',
      subject,
      version: await nextQuestion(subject),
      flags: [],
      recordedAt,
      principal,
      body: { ...body },
    };
    return newEntry(entry);
  });
  return given(stored);
}

/** The number of the day's next question. Of two at once that are the last allowed, one finds its number taken. */
async function nextQuestion(subject: string): Promise<number> {
  const { subjectsPerDay } = tracingLimits();
  const { length } = await readHistory('question', subject);
  if (length >= subjectsPerDay)
    throw new Problem('too-many-requests', `one person asks at most ${subjectsPerDay} such questions a day`);
  return length;
}

async function answered(entryId: EntryId, question: SubjectQuestion) {
  const { size } = await readMeta();
  const facts = (await allFacts(size)).flat();
  const outcomes = new Map<string, HeldBy | NotCompared>();
  await inParallel(facts, AT_ONCE, async ({ transferId, provider, fingerprint }) => {
    if (!fingerprint) return;
    const recorded = { ...fingerprint, kind: 'transfer' as const, provider };
    outcomes.set(
      transferId,
      await withRecorded(recorded, question.keyrings, (file) => askFile(question, file)),
    );
  });
  const answer = concludeSubject({
    entryId,
    caseReference: question.caseReference,
    size,
    outcomes: facts.map((each) => ({
      facts: each,
      outcome: outcomes.get(each.transferId) ?? 'no-fingerprint',
    })),
  });
  return { answerSha256: await keepAnswer(canonicalBytes(answer)), reflects: { size } };
}

/** The answer that was given, by the entry that recorded it. */
async function given({ entry }: StoredEntry): Promise<Answer> {
  const { answerSha256 } = entry.body as unknown as SubjectAskedBody;
  return new Answer(201, utf8(await readAnswer(answerSha256)), {
    'content-type': 'application/json',
    location: `/v1/entries/${entry.entryId}`,
  });
}
