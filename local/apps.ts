import { resolve } from 'node:path';
import type { Cleanups } from './cleanups.ts';
import { readRunning } from './data/running.ts';
import type { Identity } from './issuer/identity.ts';
import { type Issuer, startIssuer } from './issuer/issuer.ts';
import { loadOrMakeKeys } from './issuer/keys.ts';
import { requestToken } from './issuer/token.ts';
import { type Deployment, readDeployment, together } from './template/deployment.ts';
import { type Assemblies, synthesize } from './template/synthesize.ts';

/** Compiled code and synthesized assemblies: follows from the sources, so it is no state of any data folder. */
export const CACHE_FOLDER = resolve(import.meta.dirname, '../node_modules/.cache/amanat');

export interface RunningApps {
  readonly assembly: Assemblies;
  readonly ledger: Deployment;
  readonly witness: Deployment;
  /** Of both. */
  readonly all: Omit<Deployment, 'api'>;
  readonly issuer: Issuer;
  /** Of the tokens. */
  readonly audience: string;
  token(this: void, as: Identity): Promise<string>;
}

/** What of the system needs no tables: the CDK apps, and an issuer of the tokens that the authorizer takes. */
export async function readApps(
  { dataFolder, onStep }: { readonly dataFolder: string; readonly onStep: (step: string) => void },
  cleanups: Cleanups,
): Promise<RunningApps> {
  const assembly = await synthesize(CACHE_FOLDER);
  onStep(assembly.cached ? 'CDK apps (unchanged)' : 'CDK apps synthesized');
  const ledger = await readDeployment(assembly.folders.amanat);
  const witness = await readDeployment(assembly.folders.witness);
  const [keys, before] = await Promise.all([loadOrMakeKeys(dataFolder), readRunning(dataFolder)]);
  const claims = claimsOf(ledger);
  const port = before && Number(new URL(before.issuer).port);
  const issuer = await startIssuer({ keys, ...claims, port });
  cleanups.add(() => issuer.stop());
  onStep('OpenID Connect issuer');
  const token = (as: Identity) => requestToken(issuer.url, claims.audience, keys, as);
  const all = together([ledger, witness]);
  return { assembly, ledger, witness, all, issuer, audience: claims.audience, token };
}

/** Whose tokens the deployed authorizer takes: its audience and claim stay, its issuer is replaced by the local one. */
function claimsOf({ functions }: Deployment): { audience: string; rolesClaim: string } {
  const environment = functions.find(({ environment }) => environment['ISSUER'] !== undefined)?.environment;
  const audience = environment?.['AUDIENCE'];
  if (audience === undefined) throw new TypeError('no function of the app has an ISSUER and an AUDIENCE');
  return { audience, rolesClaim: environment?.['ROLES_CLAIM'] ?? 'roles' };
}
