import { request as httpRequest } from 'node:http';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export interface Sent {
  readonly method: string;
  /** As it goes over the wire, its query included: nothing tidies it up on the way. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Sends a request as it is, which `fetch` would not: it resolves dots and refuses bodies of GET. */
export const sendRaw = (url: string, { method, path, headers, body }: Sent): Promise<Received> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const outgoing = httpRequest(
      { hostname, port, method, path, headers: { ...length, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });

interface MediaType {
  readonly schema: unknown;
}
interface ResponseObject {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, { readonly $ref?: string; readonly required?: boolean }>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}
export interface OpenApi {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { responses: Record<string, ResponseObject> }>>>
  >;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const escaped = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** Judges answers by an OpenAPI document. */
export class Contract {
  readonly #document: OpenApi;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(document: OpenApi) {
    this.#document = document;
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(document, 'openapi');
  }

  /** A part of the document, by its reference. */
  resolve(reference: string): unknown {
    return reference
      .replace(/^#\//, '')
      .split('/')
      .map((key) => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], this.#document);
  }

  /** What is wrong with an answer of an operation; empty when it is as the document says. */
  faultsOf(method: string, route: string, answer: Received): string[] {
    const path = documented(route);
    const declared = this.#document.paths[path]?.[method.toLowerCase()]?.responses[answer.status];
    if (!declared) return [`status ${answer.status} is not declared`];
    const place =
      declared.$ref ?? `#/paths/${escaped(path)}/${method.toLowerCase()}/responses/${answer.status}`;
    const { headers = {}, content = {} } = this.resolve(place) as ResponseObject;
    return [...this.#headerFaults(headers, answer), ...this.#bodyFaults(place, content, answer)];
  }

  /** What is wrong with an answer where there is no operation: it must be a problem all the same. */
  problemFaults(answer: Received): string[] {
    return this.#valueFaults('openapi#/components/schemas/Problem', answer.text, (problem) =>
      (problem as { status?: number }).status === answer.status ? [] : ['the problem has another status'],
    );
  }

  #headerFaults(declared: NonNullable<ResponseObject['headers']>, answer: Received): string[] {
    return Object.entries(declared).flatMap(([name, header]) => {
      const resolved =
        header.$ref === undefined ? header : (this.resolve(header.$ref) as { required?: boolean });
      return resolved.required && answer.headers[name] === undefined ? [`no header ${name}`] : [];
    });
  }

  #bodyFaults(place: string, content: NonNullable<ResponseObject['content']>, answer: Received): string[] {
    if (Object.keys(content).length === 0) return answer.text === '' ? [] : ['there is a body'];
    const type = String(answer.headers['content-type'] ?? '').split(';')[0] ?? '';
    if (!content[type]) return [`the media type ${type} is not declared`];
    const schema = `openapi${place}/content/${escaped(type)}/schema`;
    if (type === 'application/x-ndjson') {
      const lines = answer.text.split('\n').filter((line) => line !== '');
      return this.#valueFaults(schema, `[${lines.join(',')}]`);
    }
    return type.endsWith('json')
      ? this.#valueFaults(schema, answer.text)
      : this.#valueFaults(schema, JSON.stringify(answer.text));
  }

  #valueFaults(schema: string, json: string, more: (value: unknown) => string[] = () => []): string[] {
    const validate = this.#ajv.getSchema(schema.replaceAll('{', '%7B').replaceAll('}', '%7D'));
    if (!validate) throw new TypeError(`the document has no ${schema}`);
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch {
      return ['the body is no JSON'];
    }
    if (validate(value)) return more(value);
    return (validate.errors ?? []).map(
      ({ instancePath, message }) => `${instancePath || 'the body'} ${message}`,
    );
  }
}

/** A route's path as the document has it, which knows no parameter that takes in slashes. */
export const documented = (path: string): string => path.replace('+}', '}');
