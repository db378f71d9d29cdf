import type { JWK } from 'jose';
import type { Adapter, ClientMetadata } from 'oidc-provider';
import { rolesOf } from './identity.ts';
import { ALGORITHM } from './keys.ts';

/**
 * The issuer's memory. Clients are not registered: every identity that makes sense is one, with the same key. What
 * else it must remember, such as assertions already used, it may forget at a restart.
 */
export function adapters(clientKey: JWK): (kind: string) => Adapter {
  return (kind) => (kind === 'Client' ? new Clients(clientKey) : new Memory());
}

class Memory implements Adapter {
  readonly #items = new Map<string, { readonly payload: Record<string, unknown>; readonly until: number }>();

  async upsert(id: string, payload: Record<string, unknown>, expiresIn = 3600): Promise<void> {
    const now = Date.now();
    for (const [key, { until }] of this.#items) if (until < now) this.#items.delete(key);
    this.#items.set(id, { payload, until: now + expiresIn * 1000 });
  }

  async find(id: string): Promise<ClientMetadata | Record<string, unknown> | undefined> {
    const item = this.#items.get(id);
    return item !== undefined && item.until >= Date.now() ? item.payload : undefined;
  }

  async findByUid(): Promise<undefined> {
    return undefined;
  }

  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async consume(id: string): Promise<void> {
    const item = this.#items.get(id);
    if (item !== undefined) item.payload['consumed'] = Math.floor(Date.now() / 1000);
  }

  async destroy(id: string): Promise<void> {
    this.#items.delete(id);
  }

  async revokeByGrantId(): Promise<void> {
    // There are no grants: clients speak for themselves.
  }
}

class Clients extends Memory {
  readonly #key: JWK;

  constructor(key: JWK) {
    super();
    this.#key = key;
  }

  override async find(id: string): Promise<ClientMetadata | undefined> {
    if (rolesOf(id) === undefined) return undefined;
    return {
      client_id: id,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: ALGORITHM,
      id_token_signed_response_alg: ALGORITHM,
      jwks: { keys: [this.#key] },
    };
  }
}
