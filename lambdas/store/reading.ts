import { Problem } from '../../core/problem.ts';
import { forgetFacts } from './blocks.ts';
import { type Meta, readMeta } from './views.ts';

/**
 * Answers from the views as `meta` describes them. A rebuild may begin while they are read, and then what was read is
 * half an answer, which is worse than a late one.
 * @throws Problem `try-again` while the views are being rebuilt, or when that began or ended meanwhile
 */
export async function fromViews<T>(read: (meta: Meta) => Promise<T>): Promise<T> {
  const meta = await readMeta();
  const answer = await read(meta);
  // Views that reflect nothing hold nothing that could have gone.
  if (meta.size === 0) return answer;
  const { cursorKey } = await readMeta();
  // Each rebuild makes the key anew.
  if (Buffer.compare(cursorKey, meta.cursorKey) === 0) return answer;
  forgetFacts();
  throw new Problem('try-again', 'the views were rebuilt from the ledger meanwhile');
}
