/** The fields that rows are told by, in the order in which field sets name them. */
export const FINGERPRINT_FIELDS = ['msisdn', 'cnic', 'name', 'father-name', 'address'] as const;
export type FingerprintField = (typeof FINGERPRINT_FIELDS)[number];

/**
 * What is fingerprinted together, and the byte by which its messages begin: see `messages.ts`. A set is never given
 * another tag, and a tag never another set.
 *
 * No name or address stands alone: whoever holds the key could look up every name of a dictionary.
 */
export const FIELD_SET_TAGS = {
  msisdn: 1,
  cnic: 2,
  'msisdn+cnic': 3,
  'msisdn+name': 4,
  'cnic+name': 5,
  'msisdn+address': 6,
  'cnic+address': 7,
  'name+address': 8,
  'name+father-name+address': 9,
} as const satisfies Record<string, number>;

export const FIELD_SETS = Object.keys(FIELD_SET_TAGS) as [FieldSet, ...FieldSet[]];
export type FieldSet = keyof typeof FIELD_SET_TAGS;

/** The fields of a set, in its order. */
export const fieldsOf = (set: FieldSet): FingerprintField[] => set.split('+') as FingerprintField[];

/**
 * The sets that are made unless others are asked for: the ids, both together, and each text with an id. Texts go
 * without an id only where there is none.
 */
export function usualSets(fields: readonly FingerprintField[]): FieldSet[] {
  const has = new Set<string>(fields);
  const possible = FIELD_SETS.filter((set) => fieldsOf(set).every((field) => has.has(field)));
  const id = has.has('cnic') ? 'cnic' : 'msisdn';
  return possible.filter((set) => {
    const [first, ...texts] = fieldsOf(set);
    if (texts.length === 0 || set === 'msisdn+cnic') return true;
    return has.has(id) ? first === id : true;
  });
}
