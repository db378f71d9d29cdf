import type { FunctionSpec } from '../template/functions.ts';

/** What of a deployed environment stands for something else here. */
export interface Overrides {
  /** Of the tokens. */
  readonly issuer: string;
}

/** A function whose environment names the places of this machine. All else in it stays as deployed. */
export function overridden(spec: FunctionSpec, { issuer }: Overrides): FunctionSpec {
  const { ISSUER, JWKS_URI: _theirs, ...others } = spec.environment;
  return ISSUER === undefined ? spec : { ...spec, environment: { ...others, ISSUER: issuer } };
}
