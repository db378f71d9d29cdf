import type { EntryPlaces } from '../../core/api/answers.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { SignatureError } from '../../core/http-signature/error.ts';
import { type Entry, parseEntry } from '../../core/model/entry.ts';
import { PartyCheck } from '../../core/signing/parties.ts';
import { Finding } from './finding.ts';
import { PlacesById } from './ids.ts';

/** An entry of the log that was verified. */
export interface VerifiedEntry {
  readonly entry: Entry;
  /** Its canonical JSON, as it was hashed. */
  readonly bytes: Uint8Array;
  /** Its place in the log, from 0. */
  readonly index: number;
}

/**
 * Whether the entries of a log, whose hashes are right, are what a ledger has: entries, each once, and in its index, with
 * the signatures of their agencies.
 */
export class EntryCheck {
  readonly #places = new PlacesById();
  readonly #parties = new PartyCheck();

  /** How many are signed by their agencies. */
  get signed(): number {
    return this.#parties.signed;
  }

  /**
   * @param places what the index says of just these entries
   * @throws Finding `entry`, `duplicate`, `index`, `party`
   */
  check(
    first: number,
    entries: readonly Uint8Array[],
    places: EntryPlaces['items'],
  ): readonly VerifiedEntry[] {
    if (places.length !== entries.length)
      throw new Finding(
        'index',
        `it tells of ${places.length} entries from place ${first} on, where the log has ${entries.length}`,
      );
    return entries.map((bytes, i) => {
      const index = first + i;
      const entry = readEntry(bytes, index);
      const before = this.#places.add(entry.entryId, index);
      if (before !== undefined)
        throw new Finding(
          'duplicate',
          `the entry ${entry.entryId} stands at place ${before}, and again at ${index}`,
        );
      checkPlace(entry, index, places[i]);
      this.#checkParty(entry, index);
      return { entry, bytes, index };
    });
  }

  #checkParty(entry: Entry, index: number): void {
    try {
      this.#parties.take(entry);
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
      throw new Finding('party', `the agency’s signature at place ${index} ${error.message}`);
    }
  }
}

/** Reads an entry and nothing but it: a second spelling of the same entry would have another hash. */
function readEntry(bytes: Uint8Array, index: number): Entry {
  let entry: Entry | undefined;
  try {
    entry = parseEntry(bytes);
    if (Buffer.compare(Buffer.from(canonicalJson(entry)), bytes) !== 0) entry = undefined;
  } catch {
    // Whatever is wrong with it: what it says is not repeated.
  }
  if (entry === undefined)
    throw new Finding('entry', `what stands at place ${index} is no entry in canonical JSON`);
  return entry;
}

function checkPlace(
  { entryId }: Entry,
  index: number,
  place: EntryPlaces['items'][number] | undefined,
): void {
  if (place?.entryId !== entryId)
    throw new Finding('index', `it has another entry at place ${index} than ${entryId}`);
  if (place.index === null) throw new Finding('index', `it lacks the entry ${entryId} of place ${index}`);
  if (place.index !== index)
    throw new Finding('index', `it has the entry ${entryId} of place ${index} at ${place.index}`);
}
