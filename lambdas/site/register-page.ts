import { PublicQuery } from '../../core/api/public-register.ts';
import type { ROUTES } from '../../core/api/routes.ts';
import { Problem } from '../../core/problem.ts';
import type { Request } from '../http/request.ts';
import type { Answer } from '../http/serve.ts';
import { FOR_A_MINUTE, readRegister } from './register.ts';
import { registerPage, type Sought } from './register-html.ts';
import { POLICY } from './register-style.ts';
import { StaticText } from './text.ts';

type Asked = Request<(typeof ROUTES)['publicRegisterPage']>;

const ON_A_PAGE = 25;

/** What the form calls each of its parts. */
const LABELS = {
  recipient: 'who received it',
  provider: 'who gave it',
  field: 'what it held',
  year: 'the year',
  q: 'the words of the title',
  validAt: 'the day',
} as const satisfies Record<keyof Sought, string>;

/**
 * The register as a page. A form sends also what was left blank, and people mistype: what cannot be understood is named
 * on the page, never repeated, and all is shown instead. A cursor that is out of date leads back to the first page.
 */
export async function publicRegisterPage({ query, event }: Asked): Promise<Answer> {
  const { cursor, ...sent } = withoutBlanks(query);
  const { data, error } = PublicQuery.safeParse({
    ...sent,
    ...(sent.field && { field: [sent.field] }),
    limit: ON_A_PAGE,
  });
  const wrong = new Set(error?.issues.flatMap(({ path }) => LABELS[path[0] as keyof Sought] ?? []));
  const asked = data ?? { limit: ON_A_PAGE };
  const { register, names } = await firstPageInstead(asked, data && cursor);
  const page = registerPage(data ? sent : {}, register, names, [...wrong]);
  return new StaticText(page, HEADERS).answer(event);
}

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'cache-control': FOR_A_MINUTE,
};

const withoutBlanks = (query: Asked['query']): Asked['query'] =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value?.trim()));

async function firstPageInstead(asked: PublicQuery, cursor: string | undefined) {
  try {
    return await readRegister({ ...asked, cursor });
  } catch (error) {
    if (error instanceof Problem && error.slug === 'cursor-refused') return readRegister(asked);
    throw error;
  }
}
