/** What the issuer uses of `oidc-provider`, which comes without types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';
  import type { JWK } from 'jose';

  export interface ClientMetadata {
    readonly client_id: string;
    readonly grant_types: readonly string[];
    readonly response_types: readonly string[];
    readonly redirect_uris: readonly string[];
    readonly token_endpoint_auth_method: string;
    readonly token_endpoint_auth_signing_alg: string;
    readonly id_token_signed_response_alg: string;
    readonly jwks: { readonly keys: readonly JWK[] };
  }

  /** Where the provider keeps what it must remember; one instance a kind of thing. */
  export interface Adapter {
    upsert(id: string, payload: Record<string, unknown>, expiresIn?: number): Promise<void>;
    find(id: string): Promise<ClientMetadata | Record<string, unknown> | undefined>;
    findByUid(uid: string): Promise<undefined>;
    findByUserCode(userCode: string): Promise<undefined>;
    consume(id: string): Promise<void>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grantId: string): Promise<void>;
  }

  export interface Configuration {
    readonly adapter: (kind: string) => Adapter;
    readonly jwks: { readonly keys: readonly JWK[] };
    readonly clientAuthMethods: readonly string[];
    readonly responseTypes: readonly string[];
    readonly scopes: readonly string[];
    readonly routes: Readonly<Record<string, string>>;
    readonly ttl: Readonly<Record<string, number>>;
    readonly cookies: { readonly keys: readonly string[] };
    readonly enabledJWA: Readonly<Record<string, readonly string[]>>;
    readonly features: Readonly<Record<string, unknown>>;
    readonly extraTokenClaims: (
      context: unknown,
      token: { readonly clientId: string },
    ) => Promise<Record<string, unknown>>;
  }

  export const errors: { readonly InvalidTarget: new () => Error };

  export default class Provider {
    constructor(issuer: string, configuration: Configuration);
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    on(event: 'server_error', listener: (context: unknown, error: Error) => void): this;
  }
}
