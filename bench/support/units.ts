import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

/**
 * The size of an item by DynamoDB's rule: the UTF-8 bytes of each attribute's name and value, numbers by their
 * digits ("DynamoDB item sizes and formats" in the developer guide). The local engine reports no consumed capacity
 * for PartiQL, so units are counted from this.
 */
export const itemBytes = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.B !== undefined) return value.B.length;
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.NS !== undefined) return value.NS.reduce((sum, n) => sum + numberBytes(n), 0);
  if (value.L !== undefined) return value.L.reduce((sum, one) => sum + 1 + valueBytes(one), 3);
  if (value.M !== undefined) return 3 + itemBytes(value.M);
  throw new TypeError('an attribute of a type that no table here uses');
}

const numberBytes = (digits: string) => Math.ceil(digits.replace(/^-?0*|[.-]/g, '').length / 2) + 1;

/** Write units of a put: one for each kilobyte begun. */
export const writeUnits = (bytes: number): number => Math.ceil(bytes / 1_024);

/** Bytes of an entry's item in the index `intake`, which projects keys only; each such item costs 100 bytes to store. */
export const intakeBytes = (item: Item): number => {
  const { pk, sk, intake, at } = item;
  return pk && sk && intake && at ? itemBytes({ pk, sk, intake, at }) : 0;
};

interface Statement {
  readonly Statement: string;
  readonly Parameters?: readonly Item[string][];
}

/** The items that a request to PartiQL inserts, by its text and parameters; none where it is another request. */
export function insertedItems(input: object): Item[] {
  const statements =
    'Statements' in input
      ? (input.Statements as Statement[])
      : 'Statement' in input
        ? [input as Statement]
        : [];
  return statements.map(({ Statement: text, Parameters = [] }) => {
    const names = [...text.matchAll(/'(\w+)': \?/g)].map(([, name]) => name ?? '');
    return Object.fromEntries(names.map((name, i) => [name, Parameters[i] ?? { NULL: true }]));
  });
}
