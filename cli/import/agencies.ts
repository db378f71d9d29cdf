import type { KnownAgency } from './mapping.ts';
import { folded, slugWithDigest, slugWithin } from './text.ts';

/** Longest agency id. */
const ID_LENGTH = 40;

/** An agency as a register names it. */
export interface NamedAgency {
  readonly agencyId: string;
  readonly name: string;
  /** Whether the mapping gives its id, rather than the import making one from its name. */
  readonly idGiven: boolean;
  /** What the mapping says of it, whatever its rows say. */
  readonly known: Omit<KnownAgency, 'sameAs' | 'agencyId' | 'name'>;
}

/**
 * The agencies of one import, each with its id. Spellings that differ in case, blanks or width are one agency; names
 * that differ otherwise are two, unless the mapping says that they are the same. Ids are slugs of the names, given in
 * the order of the file: where two names have one slug the first keeps it, and the other gets a digest to its own.
 */
export class AgencyDirectory {
  readonly #known: ReadonlyMap<string, KnownAgency>;
  readonly #agencies = new Map<string, NamedAgency>();
  readonly #taken: Set<string>;

  constructor(known: Readonly<Record<string, KnownAgency>>) {
    this.#known = new Map(Object.entries(known).map(([spelled, entry]) => [folded(spelled), entry]));
    this.#taken = new Set(Object.values(known).flatMap(({ agencyId }) => agencyId ?? []));
  }

  /** The agency of that name; the first question about a name settles its id. */
  find(name: string): NamedAgency {
    const entry = this.#known.get(folded(name));
    if (entry?.sameAs !== undefined) return this.find(entry.sameAs);
    const key = folded(name);
    const found = this.#agencies.get(key);
    if (found) return found;
    const agency = this.#named(entry?.name ?? name, entry);
    this.#agencies.set(key, agency);
    return agency;
  }

  #named(name: string, entry: KnownAgency = {}): NamedAgency {
    const { sameAs: _same, agencyId, name: _name, ...known } = entry;
    if (agencyId !== undefined) return { agencyId, name, idGiven: true, known };
    const plain = slugWithin(name, ID_LENGTH);
    const id = this.#taken.has(plain) ? slugWithDigest(name, ID_LENGTH) : plain;
    this.#taken.add(id);
    return { agencyId: id, name, idGiven: false, known };
  }
}
