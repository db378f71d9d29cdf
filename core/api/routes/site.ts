import * as z from 'zod';
import { PublicCsvQuery, PublicForm, PublicQuery, PublicRegister } from '../public-register.ts';
import type { Described } from './described.ts';

/** What anybody may see besides the log: served by `lambdas/site.ts`. */
export const SITE_ROUTES = {
  listPublicRegister: {
    method: 'GET',
    path: '/v1/public/register',
    summary: 'What the public may know of who received what, why and until when',
    servedBy: 'site',
    query: PublicQuery,
    answer: PublicRegister,
  },
  publicRegisterCsv: {
    method: 'GET',
    path: '/v1/public/register.csv',
    summary: 'The public register as one table, for spreadsheets',
    servedBy: 'site',
    query: PublicCsvQuery,
    answer: z.string(),
    contentType: 'text/csv; charset=utf-8',
  },
  publicRegisterPage: {
    method: 'GET',
    path: '/register',
    summary: 'The public register as a page to read and to search',
    servedBy: 'site',
    query: PublicForm,
    answer: z.string(),
    contentType: 'text/html; charset=utf-8',
  },
  openapi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This API as an OpenAPI 3.1 document',
    servedBy: 'site',
    answer: z.record(z.string(), z.unknown()),
  },
  docs: {
    method: 'GET',
    path: '/docs',
    summary: 'This API as a page to read',
    servedBy: 'site',
    answer: z.string(),
    contentType: 'text/html; charset=utf-8',
  },
  docsAsset: {
    method: 'GET',
    path: '/docs/{asset}',
    summary: 'A script or style of the page',
    servedBy: 'site',
    params: z.strictObject({
      asset: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,60}$/)
        .describe('A file of the page'),
    }),
    answer: z.string(),
    contentType: 'application/octet-stream',
  },
  healthz: {
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the API and its tables answer',
    servedBy: 'site',
    answer: z.strictObject({ status: z.literal('ok') }),
  },
} as const satisfies Record<string, Described>;
