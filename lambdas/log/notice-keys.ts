import type * as z from 'zod';
import type { NoticeKeys } from '../../core/api/answers.ts';
import { keyIdOf } from '../../core/http-signature/keys.ts';
import type { KeyId } from '../../core/model/signing.ts';
import { Answer } from '../http/serve.ts';
import { noticeKey } from '../store/notice-key.ts';

/** What agencies verify notices by. */
export async function getNoticeKeys(): Promise<Answer> {
  const key = await noticeKey();
  const { x = '' } = key.export({ format: 'jwk' });
  const kid = keyIdOf(key) as KeyId;
  const set: z.infer<typeof NoticeKeys> = { keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig' }] };
  return new Answer(200, JSON.stringify(set), {
    'content-type': 'application/json',
    'cache-control': 'public, max-age=300',
  });
}
