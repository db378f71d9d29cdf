import { resolve } from 'node:path';
import type { Cleanups } from './cleanups.ts';
import { readRunning } from './data/running.ts';
import type { Identity } from './issuer/identity.ts';
import { type Issuer, startIssuer } from './issuer/issuer.ts';
import { loadOrMakeKeys } from './issuer/keys.ts';
import { requestToken } from './issuer/token.ts';
import { type Deployment, readDeployment } from './template/deployment.ts';
import { type Assembly, synthesize } from './template/synthesize.ts';

/** Compiled code and synthesized assemblies: follows from the sources, so it is no state of any data folder. */
export const CACHE_FOLDER = resolve(import.meta.dirname, '../node_modules/.cache/amanat');

export interface RunningApp {
  readonly assembly: Assembly;
  readonly deployment: Deployment;
  readonly issuer: Issuer;
  /** Of the tokens. */
  readonly audience: string;
  token(this: void, as: Identity): Promise<string>;
}

/** What of the system needs no tables: the CDK app, and an issuer of the tokens that its authorizer takes. */
export async function readApp(
  { dataFolder, onStep }: { readonly dataFolder: string; readonly onStep: (step: string) => void },
  cleanups: Cleanups,
): Promise<RunningApp> {
  const assembly = await synthesize(CACHE_FOLDER);
  onStep(assembly.cached ? 'CDK app (unchanged)' : 'CDK app synthesized');
  const deployment = await readDeployment(assembly.folder);
  const [keys, before] = await Promise.all([loadOrMakeKeys(dataFolder), readRunning(dataFolder)]);
  const claims = claimsOf(deployment);
  const port = before && Number(new URL(before.issuer).port);
  const issuer = await startIssuer({ keys, ...claims, port });
  cleanups.add(() => issuer.stop());
  onStep('OpenID Connect issuer');
  const token = (as: Identity) => requestToken(issuer.url, claims.audience, keys, as);
  return { assembly, deployment, issuer, audience: claims.audience, token };
}

/** Whose tokens the deployed authorizer takes: its audience and claim stay, its issuer is replaced by the local one. */
function claimsOf({ functions }: Deployment): { audience: string; rolesClaim: string } {
  const environment = functions.find(({ environment }) => environment['ISSUER'] !== undefined)?.environment;
  const audience = environment?.['AUDIENCE'];
  if (audience === undefined) throw new TypeError('no function of the app has an ISSUER and an AUDIENCE');
  return { audience, rolesClaim: environment?.['ROLES_CLAIM'] ?? 'roles' };
}
