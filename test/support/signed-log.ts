import type { KeyObject } from 'node:crypto';
import { APPEND_KINDS, type AppendKindName } from '../../core/api/appends.ts';
import { canonicalBytes } from '../../core/canonical.ts';
import { type Entry, entryIdOf, transferIdOf } from '../../core/model/entry.ts';
import { LEDGER, type StaffRole } from '../../core/model/principal.ts';
import type { AgencyId, Instant } from '../../core/model/scalars.ts';
import { SIGNING_POLICY } from '../../core/signing/policy.ts';
import { signAppend } from '../../core/signing/request.ts';
import { keyRegistration, keyRevocation } from './signing.ts';
import { transferBody } from './transfers.ts';

export const SIGNER = 'numbering-authority' as AgencyId;
const API = 'api.example.org/prod';
const FIRST = Date.parse('2026-11-01T10:00:00.000Z');

/** Entries of a log in which an agency signs, each a minute after the one before unless told. */
export class SignedLog {
  readonly entries: Entry[] = [];
  #version = 1;
  #now = FIRST;

  get bytes(): Uint8Array[] {
    return this.entries.map((entry) => canonicalBytes(entry));
  }

  /** Adds an entry of the agency, or of a steward; signed where a key is given. */
  add(
    kind: AppendKindName,
    body: Record<string, unknown>,
    { key, steward = false, minutes = 1 }: { key?: KeyObject; steward?: boolean; minutes?: number } = {},
  ): Entry {
    this.#now += minutes * 60_000;
    const idempotencyKey = `key-${this.entries.length}`;
    const agency = steward ? undefined : SIGNER;
    const entryId = entryIdOf(agency ? `agency:${agency}` : 'staff:steward', idempotencyKey);
    const { stream, opens } = APPEND_KINDS[kind];
    const subject = opens ? transferIdOf(entryId) : SIGNER;
    const append = { kind, subject: opens ? undefined : subject, body, idempotencyKey, api: API };
    const entry: Entry = {
      amanat: 1,
      entryId,
      kind,
      stream,
      subject,
      version: opens ? 0 : this.#version++,
      recordedAt: new Date(this.#now).toISOString() as Instant,
      principal: {
        sub: 'client',
        ...(agency && { agency }),
        roles: steward ? (['steward'] satisfies StaffRole[]) : [],
      },
      flags: [],
      body,
      ...(key && { signature: { ...signAppend(key, append, this.#now), api: API, idempotencyKey } }),
    };
    this.entries.push(entry);
    return entry;
  }

  /** Adds what the ledger says that agencies have to sign. */
  demand(mandatory: readonly AppendKindName[], { minutes = 1 } = {}): Entry {
    this.#now += minutes * 60_000;
    const version = this.entries.filter(({ stream }) => stream === 'policy').length;
    const entry: Entry = {
      amanat: 1,
      entryId: entryIdOf('policy', `${SIGNING_POLICY}/${version}`),
      kind: 'signing-policy-declared',
      stream: 'policy',
      subject: SIGNING_POLICY,
      version,
      recordedAt: new Date(this.#now).toISOString() as Instant,
      principal: LEDGER,
      flags: [],
      body: { mandatory },
    };
    this.entries.push(entry);
    return entry;
  }

  transfer = (how?: Parameters<SignedLog['add']>[2]) => this.add('transfer-recorded', transferBody(), how);
  register = (key: KeyObject, how?: Parameters<SignedLog['add']>[2]) =>
    this.add('agency-key-registered', keyRegistration(SIGNER, key), how);
  revoke = (key: KeyObject, how?: Parameters<SignedLog['add']>[2]) =>
    this.add('agency-key-revoked', keyRevocation(key), how);
  require = (required: boolean, how?: Parameters<SignedLog['add']>[2]) =>
    this.add('agency-signing-changed', { occurredOn: '2026-11-01', required, reason: 'Decided' }, how);
}
