import {
  type BareItem,
  type InnerList,
  type Item,
  parseDictionary,
  parseList,
  serializeInnerList,
} from 'structured-headers';
import { SignatureError } from './error.ts';
import { type Algorithm, isAlgorithm } from './keys.ts';

/** The parameters of a signature that are understood here (RFC 9421 §2.3). */
export interface SignatureParameters {
  /** When it was made, in seconds since 1970. */
  readonly created: number;
  /** When it stops to count, in seconds since 1970. */
  readonly expires?: number;
  readonly nonce?: string;
  readonly alg?: Algorithm;
  readonly keyid: string;
  /** What it was made for. */
  readonly tag?: string;
}

/** What a signature covers, and the circumstances of its making: one member of `Signature-Input`. */
export interface SignatureInput {
  /** Names of fields in lower case, and derived components (`@method`); none twice. */
  readonly components: readonly string[];
  readonly parameters: SignatureParameters;
  /** Its one spelling (RFC 9421 §2.3): the value of `@signature-params`, with the parameters in their order. */
  readonly text: string;
}

/** One signature of a message. */
export interface MessageSignature {
  readonly input: SignatureInput;
  readonly signature: Uint8Array;
}

/** What is to be signed, with the parameters in the order in which they are given. */
export function signatureInput(
  components: readonly string[],
  parameters: SignatureParameters,
): SignatureInput {
  const list: InnerList = [
    components.map((name): Item => [name, new Map()]),
    new Map(Object.entries(parameters)),
  ];
  return { components, parameters, text: serializeInnerList(list) };
}

/** Reads {@link SignatureInput.text} back. @throws SignatureError for any other spelling of it */
export function parseSignatureInput(text: string): SignatureInput {
  const [member, ...more] = structured('Signature-Input', () => parseList(text));
  if (member === undefined || more.length > 0)
    throw new SignatureError('Signature-Input', 'must be one list of components with its parameters');
  const input = inputOf(member);
  if (input.text !== text)
    throw new SignatureError('Signature-Input', 'must be in the one spelling that is signed');
  return input;
}

/**
 * The signatures of a message by their labels, unverified. Labels have no meaning of their own.
 * @param inputs the value of `Signature-Input`
 * @param signatures the value of `Signature`
 * @throws SignatureError when either cannot be read, one has a label that the other lacks, or one is of another kind
 *   than is understood here: with component parameters, or parameters beyond {@link SignatureParameters}
 */
export function readSignatures(inputs: string, signatures: string): ReadonlyMap<string, MessageSignature> {
  const members = structured('Signature-Input', () => parseDictionary(inputs));
  const values = structured('Signature', () => parseDictionary(signatures));
  if (members.size !== values.size || [...members.keys()].some((label) => !values.has(label)))
    throw new SignatureError('Signature', 'must have the same labels as Signature-Input');
  return new Map(
    [...members].map(([label, member]) => [
      label,
      { input: inputOf(member), signature: bytesOf(values.get(label)) },
    ]),
  );
}

function structured<T>(header: 'Signature-Input' | 'Signature', parse: () => T): T {
  try {
    return parse();
  } catch {
    // The parser's own message may repeat what it read.
    throw new SignatureError(header, 'is no structured field (RFC 9651) of its kind');
  }
}

function inputOf(member: Item | InnerList): SignatureInput {
  const [items, parameters] = member;
  if (!Array.isArray(items))
    throw new SignatureError('Signature-Input', 'must name the components that are covered, in brackets');
  const components = items.map(([name, more]) => {
    if (typeof name !== 'string' || !/^@?[a-z0-9_-]{1,60}$/.test(name))
      throw new SignatureError('Signature-Input', 'a component must be a name in lower case, in quotes');
    if (more.size > 0)
      throw new SignatureError('Signature-Input', 'components with parameters are not understood here');
    return name;
  });
  if (new Set(components).size !== components.length)
    throw new SignatureError('Signature-Input', 'covers a component twice');
  return {
    components,
    parameters: parametersOf(parameters),
    text: serializeInnerList([items, parameters]),
  };
}

/** What a parameter must be (RFC 9421 §2.3). */
const PARAMETERS: Readonly<Record<keyof SignatureParameters, (value: BareItem) => boolean>> = {
  created: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  expires: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  nonce: (value) => typeof value === 'string',
  alg: (value) => typeof value === 'string' && isAlgorithm(value),
  keyid: (value) => typeof value === 'string',
  tag: (value) => typeof value === 'string',
};

function parametersOf(parameters: ReadonlyMap<string, BareItem>): SignatureParameters {
  for (const [name, value] of parameters) {
    const fits = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name as keyof SignatureParameters] : undefined;
    if (!fits) throw new SignatureError('Signature-Input', 'has a parameter that is not understood here');
    if (!fits(value)) throw new SignatureError('Signature-Input', `${name} is not of its type`);
  }
  for (const name of ['created', 'keyid'])
    if (!parameters.has(name)) throw new SignatureError('Signature-Input', `lacks the parameter ${name}`);
  return Object.fromEntries(parameters) as unknown as SignatureParameters;
}

function bytesOf(member: Item | InnerList | undefined): Uint8Array {
  const value = member?.[0];
  if (!(value instanceof ArrayBuffer))
    throw new SignatureError('Signature', 'must be a byte sequence, in colons');
  return new Uint8Array(value);
}
