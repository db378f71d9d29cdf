import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import { SignatureInputText } from '../../model/signing.ts';
import { APPEND_TAG, COVERED } from '../../signing/profile.ts';
import { OPERATIONS, route } from '../routes.ts';
import { operationObject, TAGS } from './operations.ts';
import { PROBLEM_RESPONSES } from './problems.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;

export interface OpenApiOptions {
  /** Where the API stands, without a slash at the end; the place of the document when left out. */
  readonly serverUrl?: string;
  /** The OIDC issuer whose tokens are taken. */
  readonly issuer?: string;
}

/** The OpenAPI 3.1 document of the API, made from the route table and its schemas. */
export function openApiDocument({ serverUrl = '/', issuer }: OpenApiOptions = {}): OpenApiDocument {
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'Amanat',
      version: '1.0.0',
      summary: 'A ledger of which personal data was handed to which agency',
      description: INTRODUCTION,
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: serverUrl }],
    tags: Object.values(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ token: [] }],
    paths: paths(),
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: `An access token of the OpenID Connect issuer${issuer ? ` <${issuer}>` : ''}. Its roles say who speaks: \`agency:<id>\`, \`auditor\`, \`steward\`, \`operator\`, \`custodian\`.`,
        },
      },
      parameters: {
        IdempotencyKey: {
          name: 'Idempotency-Key',
          in: 'header',
          required: true,
          description:
            'One key for each thing to be recorded, however often it is sent. The same key with the same body gets the first answer again; with another body, 422.',
          schema: { $ref: '#/components/schemas/IdempotencyKey' },
        },
        KeyOfLines: {
          name: 'Idempotency-Key',
          in: 'header',
          description:
            'The key of the lines that have none of their own, each with its number after a slash.',
          schema: { $ref: '#/components/schemas/IdempotencyKey' },
        },
        ...Object.fromEntries(SIGNATURE_HEADERS.map((header) => [header.name.replaceAll('-', ''), header])),
        Prefer: {
          name: 'Prefer',
          in: 'header',
          description:
            '`wait=N`: be answered only when the receipts of what is appended exist, or after so many seconds, 20 at most (RFC 7240). What is appended is recorded either way.',
          schema: { type: 'string', pattern: '^wait=[0-9]{1,4}$' },
          example: 'wait=10',
        },
        Incident: {
          name: 'Amanat-Incident',
          in: 'header',
          description:
            'The incident for which an auditor asks, open or closed; it is recorded with the read. Some deployments want it of auditors who search and read transfers and entries, and answer 403 `case-required` without.',
          schema: { $ref: '#/components/schemas/IncidentId' },
        },
      },
      headers: {
        CorrelationId: {
          description:
            "Quote this when asking about a request. It is the request's own `X-Correlation-Id` where that is 8 to 64 letters, digits, dashes and underscores.",
          required: true,
          schema: { type: 'string', minLength: 1, maxLength: 64 },
        },
        RetryAfter: {
          description: 'How many seconds to wait before the request is sent again, where that is known',
          schema: { type: 'integer', minimum: 0 },
        },
        ETag: {
          description: 'Names this state of what was sent, for `If-None-Match`',
          required: true,
          schema: { type: 'string' },
        },
        PreferenceApplied: {
          description: 'Given where `Prefer: wait=N` was asked for and the receipts exist',
          schema: { type: 'string' },
        },
        Receipt: {
          description: 'The path of the receipt that the entry has or will have, as a link (RFC 8288)',
          required: true,
          schema: { type: 'string' },
        },
        Next: {
          description: 'Where the file goes on, as a link (RFC 8288) with `rel="next"`; none where it is all',
          schema: { type: 'string' },
        },
        Location: {
          description: 'The path of what was recorded',
          required: true,
          schema: { type: 'string', format: 'uri-reference' },
        },
      },
      responses: PROBLEM_RESPONSES,
    },
  });
}

/** By which an agency signs an append: all three, or none. */
const SIGNATURE_HEADERS = [
  {
    name: 'Content-Digest',
    in: 'header',
    description:
      'With a signature: the SHA-256 of the body, which is then canonical JSON (RFC 9530, RFC 8785).',
    schema: { type: 'string', pattern: '^sha-256=:[A-Za-z0-9+/]{43}=:$' },
    example: 'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:',
  },
  {
    name: 'Signature-Input',
    in: 'header',
    description: `What the agency signs the append over (RFC 9421): just ${COVERED.join(', ')}, with \`created\`, \`keyid\` and the tag \`${APPEND_TAG}\`.`,
    schema: { type: 'string', maxLength: 1_000 },
    example: `sig=${SignatureInputText.meta()?.examples?.[0]}`,
  },
  {
    name: 'Signature',
    in: 'header',
    description: 'The signature itself, under the same label (RFC 9421).',
    schema: { type: 'string', maxLength: 1_000 },
    example: `sig=:${'A'.repeat(86)}==:`,
  },
] as const;

function paths(): ZodOpenApiPathsObject {
  const objects: ZodOpenApiPathsObject = {};
  for (const operation of OPERATIONS) {
    const { path, method } = route(operation);
    // OpenAPI knows no parameter that takes in slashes: to it, they are a part of the value.
    const written = path.replace('+}', '}');
    objects[written] = { ...objects[written], [method.toLowerCase()]: operationObject(operation) };
  }
  return objects;
}

const INTRODUCTION = `
Amanat records **which personal data was handed to which agency**, for which purpose, which fields, and until when;
and, when a leak turns up, answers which of those hand-overs could have been its source. It never holds the data itself.

### Appending
Nothing is ever changed or deleted: to correct a record, append another. Every append needs an \`Idempotency-Key\`. A
request that got no answer, or 429, 503 or 504, may be sent again as it was, and doubles nothing.

### Signing
An agency may register a public key, and sign what it appends with HTTP Message Signatures (RFC 9421). The signature is
kept in the entry, and verified by whoever verifies the log. For some kinds a ledger may demand it, and for all an agency
may demand it of itself.

### No personal data
Text that seems to hold a national id (CNIC), a mobile number, an IMEI or an IMSI is refused. The problem names the place
and the kind, never the value.

### Problems
Every error is a problem document (RFC 9457). Its \`type\` is stable; \`errors\` names each fault with a JSON pointer.

### Pages
A list that goes on has a \`nextCursor\`: send it as \`cursor\` with the same query. Each list says in \`reflects\` how much
of the log it has taken in.
`.trim();
