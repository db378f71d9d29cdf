import { STATUS_CODES } from 'node:http';
import type { GatewayResponseSpec } from '../template/api.ts';

/** The answers that API Gateway gives by itself, by its own names, with what they are unless the template says else. */
const TYPES = {
  ACCESS_DENIED: { status: 403, message: 'User is not authorized to access this resource' },
  AUTHORIZER_CONFIGURATION_ERROR: { status: 500, message: 'Internal server error' },
  AUTHORIZER_FAILURE: { status: 500, message: 'Internal server error' },
  BAD_REQUEST_PARAMETERS: { status: 400, message: 'Bad request' },
  INTEGRATION_FAILURE: { status: 504, message: 'Internal server error' },
  INTEGRATION_TIMEOUT: { status: 504, message: 'Endpoint request timed out' },
  MISSING_AUTHENTICATION_TOKEN: { status: 403, message: 'Missing Authentication Token' },
  REQUEST_TOO_LARGE: { status: 413, message: 'Request Too Long' },
  THROTTLED: { status: 429, message: 'Too Many Requests' },
  UNAUTHORIZED: { status: 401, message: 'Unauthorized' },
  DEFAULT_4XX: { status: 400, message: 'Bad Request' },
  DEFAULT_5XX: { status: 502, message: 'Internal server error' },
} as const;
export type ResponseType = keyof typeof TYPES;

/** An answer ready to be sent. */
export interface Reply {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

const PLAIN: GatewayResponseSpec = {
  parameters: {},
  templates: { 'application/json': '{"message":$context.error.messageString}' },
};

/**
 * Renders an answer of the gateway's own by the API's `AWS::ApiGateway::GatewayResponse` of that type, else by its
 * default for the class of status, else as API Gateway does without any.
 * @param more a status or message more particular than the type's
 */
export function gatewayReply(
  specs: ReadonlyMap<string, GatewayResponseSpec>,
  type: ResponseType,
  context: Readonly<Record<string, string>>,
  more: { readonly status?: number; readonly message?: string } = {},
): Reply {
  const inherent = more.status ?? TYPES[type].status;
  const fallback = inherent < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
  const spec = specs.get(type) ?? specs.get(fallback) ?? PLAIN;
  const [contentType, template] =
    Object.entries(spec.templates).find(([name]) => name === 'application/json') ??
    Object.entries(spec.templates)[0] ??
    Object.entries(PLAIN.templates)[0] ??
    [];
  const message = more.message ?? TYPES[type].message;
  const values = {
    ...context,
    'error.message': message,
    'error.responseType': type,
  };
  const headers = new Map([['content-type', contentType ?? 'application/json']]);
  for (const [name, value] of Object.entries(spec.parameters)) {
    const header = /^gatewayresponse\.header\.(.+)$/.exec(name)?.[1];
    if (header !== undefined) headers.set(header.toLowerCase(), parameter(value, values));
  }
  return {
    status: spec.statusCode ?? inherent,
    headers: [...headers],
    body: Buffer.from(fill(template ?? '', values, message)),
  };
}

/** `'literal'`, or the name of a value of the context. */
function parameter(value: string, values: Readonly<Record<string, string>>): string {
  const literal = /^'(.*)'$/s.exec(value)?.[1];
  return literal ?? values[value.replace(/^context\./, '')] ?? '';
}

/** Puts values for `$context.…`. What came from a sender cannot end the string that it is put into. */
function fill(template: string, values: Readonly<Record<string, string>>, message: string): string {
  return template.replace(/\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)/g, (_, name: string) =>
    name === 'error.messageString'
      ? JSON.stringify(message)
      : JSON.stringify(values[name] ?? '').slice(1, -1),
  );
}

/** An answer as bytes on the wire, for when there is no request to answer by. */
export function rawReply({ status, headers, body }: Reply): Buffer {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${body.length}`,
    'connection: close',
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}
