import type * as z from 'zod';
import { SignatureError } from '../http-signature/error.ts';
import { keyIdOf } from '../http-signature/keys.ts';
import { SIGNING_EVENTS, type SigningEventKind } from '../lifecycle/signing.ts';
import type { Entry } from '../model/entry.ts';
import { hasRole } from '../model/principal.ts';
import type { AgencyId, Instant } from '../model/scalars.ts';
import { keyObjectOf, type PublicKey } from '../model/signing.ts';
import { checkSignature, isAppended, keyNamedBy, signedEntry } from './check.ts';
import { SigningPolicies } from './policy.ts';
import { GRACE_MS } from './profile.ts';
import { isPossessed } from './proof.ts';

interface Key {
  readonly key: PublicKey;
  readonly version: number;
}

/** Something said in an agency's history. */
interface Said {
  readonly version: number;
  readonly recordedAt: Instant;
}

/** What the log has so far of how an agency signs. */
interface Party {
  readonly keys: Map<string, Key>;
  readonly revoked: Map<string, Said>;
  signing: (Said & { readonly required: boolean }) | undefined;
}

/**
 * The signatures of a log, checked as it is read from its first entry on: each against the keys that the log has before
 * it. Keys are kept, entries are not.
 */
export class PartyCheck {
  readonly #parties = new Map<AgencyId, Party>();
  readonly #policies = new SigningPolicies();
  #signed = 0;

  /** How many entries are signed by their agencies. */
  get signed(): number {
    return this.#signed;
  }

  /**
   * Checks the next entry.
   * @throws SignatureError when its signature is not good, or there is none though the agency signs all that it appends,
   *   or the ledger had said that agencies sign such entries
   */
  take(entry: Entry): void {
    if (entry.signature) this.#checkSigned(entry);
    else this.#checkUnsigned(entry);
    if (entry.stream === 'agency') this.#takeEvent(entry);
    if (entry.kind === 'signing-policy-declared') this.#policies.take(entry);
  }

  #checkUnsigned({ kind, principal: { agency }, recordedAt }: Entry): void {
    if (agency === undefined || !isAppended(kind)) return;
    if (this.#signsAll(agency, recordedAt))
      throw new SignatureError(
        'Signature',
        `is missing, and ${agency} had said that it signs all that it appends`,
      );
    if (this.#policies.demands(kind, recordedAt))
      throw new SignatureError('Signature', `is missing, and the ledger had said that ${kind} is signed`);
  }

  #checkSigned(entry: Entry): void {
    const signed = signedEntry(entry);
    if (!signed) return;
    const { agency, signature, append } = signed;
    const party = this.#parties.get(agency);
    const keyId = keyNamedBy(signature);
    const known = party?.keys.get(keyId);
    if (!known) throw new SignatureError('Signature-Input', `names a key that ${agency} had not registered`);
    const revoked = party?.revoked.get(keyId);
    if (revoked && isLater(entry.recordedAt, revoked))
      throw new SignatureError('Signature-Input', `names a key that ${agency} had revoked`);
    checkSignature(known.key, signature, append, entry.recordedAt);
    this.#signed += 1;
  }

  #signsAll(agency: AgencyId, at: Instant): boolean {
    const signing = this.#parties.get(agency)?.signing;
    return signing?.required === true && isLater(at, signing);
  }

  #takeEvent(entry: Entry): void {
    const agencyId = entry.subject as AgencyId;
    const party = this.#partyOf(agencyId);
    const said = { version: entry.version, recordedAt: entry.recordedAt };
    switch (entry.kind) {
      case 'agency-key-registered': {
        const { key, proof } = bodyOf(entry.kind, entry);
        if (!isPossessed(agencyId, key, proof))
          throw new SignatureError(
            'Signature',
            'does not prove that the agency has the key that it registers',
          );
        checkChanged(entry, party);
        party.keys.set(keyIdOf(keyObjectOf(key)), { key, version: entry.version });
        return;
      }
      case 'agency-key-revoked':
        checkChanged(entry, party);
        party.revoked.set(bodyOf(entry.kind, entry).keyId, said);
        return;
      case 'agency-signing-changed': {
        checkChanged(entry, party);
        const { required } = bodyOf(entry.kind, entry);
        // The log need not have the events of a history in their order.
        if (entry.version > (party.signing?.version ?? -1)) party.signing = { ...said, required };
      }
    }
  }

  #partyOf(agency: AgencyId): Party {
    const party = this.#parties.get(agency) ?? { keys: new Map(), revoked: new Map(), signing: undefined };
    this.#parties.set(agency, party);
    return party;
  }
}

function bodyOf<K extends SigningEventKind>(kind: K, { body }: Entry): z.output<(typeof SIGNING_EVENTS)[K]> {
  const { data } = SIGNING_EVENTS[kind].safeParse(body);
  if (data === undefined) throw new SignatureError('Signature', `cannot be judged: this is no ${kind}`);
  return data as z.output<(typeof SIGNING_EVENTS)[K]>;
}

const isLater = (at: Instant, { recordedAt }: Said): boolean =>
  Date.parse(at) > Date.parse(recordedAt) + GRACE_MS;

/** An agency that has a key changes nothing about its keys without one; a steward may. */
function checkChanged({ signature, principal, version }: Entry, { keys, revoked }: Party): void {
  if (signature || hasRole(principal, 'steward')) return;
  for (const [keyId, key] of keys)
    if (key.version < version && !((revoked.get(keyId)?.version ?? version) < version))
      throw new SignatureError('Signature', 'is missing, where an agency that has a key changed its keys');
}
