import type { KeyObject } from 'node:crypto';
import { serializeDictionary } from 'structured-headers';
import { SignatureError } from './error.ts';
import { type MessageSignature, type SignatureInput, signatureInput } from './input.ts';
import { algorithmOf, keyIdOf, signBytes, verifyBytes } from './keys.ts';

/** The value of a component of the message at hand; `undefined` for one that it does not have. */
export type ComponentValue = (component: string) => string | undefined;

/**
 * What is signed (RFC 9421 §2.5).
 * @throws SignatureError when the message lacks a component, or it could be taken for more than one line
 */
export function signatureBase({ components, text }: SignatureInput, componentOf: ComponentValue): Uint8Array {
  const lines = components.map((component) => {
    const value = componentOf(component);
    if (value === undefined)
      throw new SignatureError('Signature-Input', 'covers a component that the message does not have');
    if (/[\r\n]/.test(value)) throw new SignatureError('Signature-Input', 'covers a value of several lines');
    return `"${component}": ${value}\n`;
  });
  return new TextEncoder().encode(`${lines.join('')}"@signature-params": ${text}`);
}

/**
 * The values of a request's components: the derived ones of RFC 9421 §2.2 that a request has without a query's
 * parameters, and its fields.
 * @param headers by name, each with one value
 */
export function requestComponents(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
): ComponentValue {
  const target = new URL(url);
  const values = new Map([
    ...Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()] as const),
    ['@method', method],
    ['@target-uri', target.href],
    // URL writes the host in lower case, and leaves out the port that is the scheme's own: so does §2.2.3.
    ['@authority', target.host],
    ['@scheme', target.protocol.slice(0, -1)],
    ['@path', target.pathname],
    ['@query', target.search === '' ? '?' : target.search],
  ]);
  return (component) => values.get(component);
}

/** How a message is to be signed. */
export interface Signing {
  readonly components: readonly string[];
  /** When, in milliseconds since 1970. */
  readonly now: number;
  readonly tag: string;
}

/** Signs a message. @throws SignatureError, TypeError */
export function signMessage(
  key: KeyObject,
  { components, now, tag }: Signing,
  componentOf: ComponentValue,
): MessageSignature {
  const alg = algorithmOf(key);
  const input = signatureInput(components, {
    created: Math.floor(now / 1000),
    keyid: keyIdOf(key),
    ...(alg && { alg }),
    tag,
  });
  return { input, signature: signBytes(key, signatureBase(input, componentOf)) };
}

/** The headers that a message is sent with, for one signature under a label. */
export const signatureHeaders = (label: string, { input, signature }: MessageSignature) => ({
  'Signature-Input': `${label}=${input.text}`,
  Signature: serializeDictionary({ [label]: [Uint8Array.from(signature), new Map()] }),
});

/**
 * Whether a signature of a message is by this key. An algorithm that it names must be the key's.
 * @throws SignatureError as {@link signatureBase}
 */
export const isSignedBy = (
  key: KeyObject,
  { input, signature }: MessageSignature,
  componentOf: ComponentValue,
): boolean =>
  (input.parameters.alg ?? algorithmOf(key)) === algorithmOf(key) &&
  verifyBytes(key, signatureBase(input, componentOf), signature);
