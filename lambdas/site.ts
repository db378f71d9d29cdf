import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { openApiDocument } from '../core/api/openapi/document.ts';
import { Problem } from '../core/problem.ts';
import { header } from './http/request.ts';
import { serve } from './http/serve.ts';
import { asset } from './site/assets.ts';
import { PAGE, PAGE_POLICY } from './site/page.ts';
import { listPublicRegister } from './site/register.ts';
import { publicRegisterCsv } from './site/register-csv.ts';
import { publicRegisterPage } from './site/register-page.ts';
import { StaticText } from './site/text.ts';
import { attributeKey, dynamo, tableName } from './store/client.ts';

const FOR_MINUTES = 'public, max-age=300';

const page = new StaticText(PAGE, {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': PAGE_POLICY,
  'referrer-policy': 'no-referrer',
  'cache-control': FOR_MINUTES,
});

const documents = new Map<string, StaticText>();
const MOST_ADDRESSES = 10;

/** The OpenAPI document for the address under which it was asked for. */
function openApi(event: APIGatewayProxyEvent): StaticText {
  const serverUrl = addressOf(event);
  const known = documents.get(serverUrl);
  if (known) return known;
  const issuer = process.env['ISSUER'];
  const document = openApiDocument({ serverUrl, ...(issuer && { issuer }) });
  const made = new StaticText(JSON.stringify(document), {
    'content-type': 'application/json',
    'cache-control': FOR_MINUTES,
  });
  if (documents.size < MOST_ADDRESSES) documents.set(serverUrl, made);
  return made;
}

/** Where the API stands, as its caller sees it: with the stage, or the base path of a domain of its own. */
function addressOf(event: APIGatewayProxyEvent): string {
  const { domainName = '', path } = event.requestContext;
  if (!/^[\w.:[\]-]+$/.test(domainName)) return '/';
  const scheme = header(event, 'x-forwarded-proto') === 'http' ? 'http' : 'https';
  return `${scheme}://${domainName}${path.slice(0, -event.resource.length)}`;
}

/** Any key will do: whether there is such an item does not matter. */
const PROBE = attributeKey({ pk: 'HEALTH', sk: 'HEALTH' });

async function tablesAnswer(): Promise<void> {
  const tables = [tableName('LEDGER_TABLE'), tableName('VIEWS_TABLE')];
  const probes = tables.map((table) => dynamo.send(new GetItemCommand({ TableName: table, Key: PROBE })));
  const outcomes = await Promise.allSettled(probes);
  if (outcomes.some(({ status }) => status === 'rejected'))
    throw new Problem('try-again', 'the tables do not answer');
}

/** What anyone may ask for: of the API itself, and of the hand-overs what the public may know. */
export const handler = serve({
  listPublicRegister,
  publicRegisterCsv,
  publicRegisterPage,
  openapi: ({ event }) => openApi(event).answer(event),
  docs: ({ event }) => page.answer(event),
  docsAsset: async ({ params, event }) => (await asset(params.asset)).answer(event),
  healthz: async () => {
    await tablesAnswer();
    return { status: 'ok' as const };
  },
});
