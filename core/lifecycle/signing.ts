import * as z from 'zod';
import { keyIdOf } from '../http-signature/keys.ts';
import type { Entry } from '../model/entry.ts';
import { type AgencyId, Day, EntryId, Instant, text } from '../model/scalars.ts';
import { KeyId, keyObjectOf, PublicKey, SignatureValue } from '../model/signing.ts';
import { type Fault, Problem } from '../problem.ts';
import { isPossessed } from '../signing/proof.ts';

/** What an agency has recorded of its keys. */
export const SIGNING_EVENTS = {
  'agency-key-registered': z
    .strictObject({
      occurredOn: Day,
      key: PublicKey,
      proof: SignatureValue.describe(
        'By that very key, over `amanat/agency-key/v1`, the agency’s id and the key’s id, each with a line feed behind it',
      ),
    })
    .describe('A key that the agency signs with from now on'),
  'agency-key-revoked': z
    .strictObject({
      occurredOn: Day,
      keyId: KeyId,
      reason: text(500),
      suspectFrom: Day.optional().describe(
        'From when on somebody else may have had the key. What was accepted before the revocation stays signed; this is told beside it',
      ),
    })
    .describe('A key with which nothing more is signed'),
  'agency-signing-changed': z
    .strictObject({ occurredOn: Day, required: z.boolean(), reason: text(500) })
    .describe('Whether the agency signs whatever it appends, so that nothing counts as its own without'),
} as const;
export type SigningEventKind = keyof typeof SIGNING_EVENTS;
type BodyOf<K extends SigningEventKind> = z.infer<(typeof SIGNING_EVENTS)[K]>;

export const AgencyKey = z
  .strictObject({
    keyId: KeyId,
    key: PublicKey,
    registeredBy: EntryId,
    from: Instant.describe('When its registration was recorded; it counts once that is in the log'),
    until: Instant.optional().describe('When its revocation was recorded'),
    suspectFrom: Day.optional(),
  })
  .meta({ id: 'AgencyKey', description: 'A key that an agency signs with, or has' });
export type AgencyKey = z.infer<typeof AgencyKey>;

/** How an agency signs. */
export const Signing = z
  .strictObject({
    required: z.boolean().describe('Whether nothing is taken from the agency that it has not signed'),
    decidedBy: EntryId.optional().describe('The entry that says so; absent before there is one'),
    keys: z.array(AgencyKey).describe('In the order of their registration, revoked ones too'),
  })
  .meta({ id: 'Signing', description: 'How an agency signs what it appends' });
export type Signing = z.infer<typeof Signing>;

const NOTHING: Signing = { required: false, keys: [] };
/** So many that nobody who rotates his keys gets there, and few enough to be read with every append. */
const MOST_KEYS = 100;

const isValid = ({ until }: AgencyKey) => until === undefined;

export const isSigningEvent = (kind: string): kind is SigningEventKind => Object.hasOwn(SIGNING_EVENTS, kind);

/** Who records an event on an agency's keys. */
export interface Recorder {
  /** A steward does so for an agency that cannot; else it is the agency itself. */
  readonly steward: boolean;
  /** Whether the append is signed with a valid key of the agency. */
  readonly signed: boolean;
}

/**
 * Whether an event on an agency's keys may be recorded.
 * @throws Problem `signature-missing` when the agency has a valid key and did not sign with one: whoever has stolen its
 *   token could else give it another key; `conflict`, `invalid-record`
 */
export function decideSigningEvent(
  agencyId: AgencyId,
  signing: Signing = NOTHING,
  kind: SigningEventKind,
  body: unknown,
  { steward, signed }: Recorder,
): void {
  if (!steward && !signed && signing.keys.some(isValid))
    throw new Problem('signature-missing', 'an agency that has a key signs what it does with its keys');
  switch (kind) {
    case 'agency-key-registered': {
      const { key, proof } = body as BodyOf<typeof kind>;
      const keyId = keyIdOf(keyObjectOf(key));
      if (signing.keys.some((known) => known.keyId === keyId))
        throw new Problem('conflict', 'this key is registered, or was: make another');
      if (signing.keys.length >= MOST_KEYS)
        throw new Problem('conflict', `an agency has at most ${MOST_KEYS} keys`);
      if (!isPossessed(agencyId, key, proof))
        throw invalid('/proof', 'is not made with this key for this agency');
      return;
    }
    case 'agency-key-revoked': {
      const { keyId, occurredOn, suspectFrom } = body as BodyOf<typeof kind>;
      const known = signing.keys.find((key) => key.keyId === keyId);
      if (!known) throw invalid('/keyId', 'is no key of this agency');
      if (!isValid(known)) throw new Problem('conflict', 'this key is revoked');
      if (suspectFrom !== undefined && suspectFrom > occurredOn)
        throw invalid('/suspectFrom', 'must not be after occurredOn');
      return;
    }
    case 'agency-signing-changed': {
      const { required } = body as BodyOf<typeof kind>;
      if (required === signing.required) throw new Problem('conflict', 'it is so');
      if (required && !signing.keys.some(isValid))
        throw new Problem('conflict', 'the agency has no valid key to sign with');
    }
  }
}

const invalid = (pointer: string, detail: string): Problem => {
  const fault: Fault = { pointer, detail };
  return new Problem('invalid-record', undefined, [fault]);
};

export function evolveSigning(
  signing: Signing = NOTHING,
  { kind, body, entryId, recordedAt }: Entry,
): Signing {
  switch (kind as SigningEventKind) {
    case 'agency-key-registered': {
      const { key } = body as BodyOf<'agency-key-registered'>;
      const keyId = keyIdOf(keyObjectOf(key)) as KeyId;
      return { ...signing, keys: [...signing.keys, { keyId, key, registeredBy: entryId, from: recordedAt }] };
    }
    case 'agency-key-revoked': {
      const { keyId, suspectFrom } = body as BodyOf<'agency-key-revoked'>;
      const ended = { until: recordedAt, ...(suspectFrom !== undefined && { suspectFrom }) };
      return {
        ...signing,
        keys: signing.keys.map((key) => (key.keyId === keyId ? { ...key, ...ended } : key)),
      };
    }
    case 'agency-signing-changed': {
      const { required } = body as BodyOf<'agency-signing-changed'>;
      return { ...signing, required, decidedBy: entryId };
    }
  }
}
