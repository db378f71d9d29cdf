import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { adapters } from './adapter.ts';
import { rolesOf } from './identity.ts';
import { ALGORITHM, type Keys, publicHalf } from './keys.ts';

/** As long as a working day, so that what was pasted in the morning still works. */
const TOKEN_SECONDS = 12 * 3600;

export interface Issuer {
  /** `http://127.0.0.1:PORT`, the `iss` of its tokens. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

export interface IssuerOptions {
  readonly keys: Keys;
  /** The only audience that it issues tokens for. */
  readonly audience: string;
  /** The claim that holds an identity's roles and agency. */
  readonly rolesClaim: string;
  /** The port to have again, so that tokens from before a restart stay good; another when it is taken. */
  readonly port?: number | undefined;
}

/** Starts an OpenID Connect issuer on the loopback interface, for clients that speak for themselves. */
export async function startIssuer(options: IssuerOptions): Promise<Issuer> {
  const server = createServer();
  const port = await listen(server, options.port ?? 0).catch(() => listen(server, 0));
  const url = `http://127.0.0.1:${port}`;
  const handle = (await provider(url, options)).callback();
  server.on('request', (request, response) => void handle(request, response));
  return {
    url,
    port,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function provider(url: string, { keys, audience, rolesClaim }: IssuerOptions) {
  // Loaded late: it takes a third of a second, in which Java is already starting.
  const { default: Provider, errors } = await import('oidc-provider');
  return new Provider(url, {
    adapter: adapters(publicHalf(keys.clients)),
    jwks: { keys: [keys.issuer] },
    clientAuthMethods: ['private_key_jwt'],
    responseTypes: [],
    scopes: [],
    // Where most issuers have it, and the authorizer looks.
    routes: { jwks: '/.well-known/jwks.json' },
    ttl: { ClientCredentials: TOKEN_SECONDS },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    enabledJWA: { clientAuthSigningAlgValues: [ALGORITHM] },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: (_context: unknown, resource: string) => {
          if (resource !== audience) throw new errors.InvalidTarget();
          return {
            scope: '',
            audience,
            accessTokenTTL: TOKEN_SECONDS,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: ALGORITHM } },
          };
        },
      },
    },
    extraTokenClaims: async (_context, token) => ({ [rolesClaim]: rolesOf(token.clientId) ?? [] }),
  });
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', fail);
      done((server.address() as AddressInfo).port);
    });
  });
}
