import { createPrivateKey } from 'node:crypto';
import type { RequestOf } from '../../core/api/client.ts';
import type { AgencyId } from '../../core/model/scalars.ts';
import { provePossession } from '../../core/signing/proof.ts';
import type { ScenarioAgency } from './agencies.ts';

/** The agency that signs what it appends. */
export const SIGNER: ScenarioAgency = 'health-department-punjab';

const PUBLIC = { kty: 'OKP', crv: 'Ed25519', x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs' } as const;

/** The key of the examples of RFC 9421 (B.1.4), which everybody has: good for a story, and for nothing else. */
export const SIGNER_KEY = createPrivateKey({
  format: 'jwk',
  key: { ...PUBLIC, d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU' },
});

export const KEY_REGISTRATION: RequestOf<'recordAgencyEvent'>['body'] = {
  kind: 'agency-key-registered',
  body: { occurredOn: '2026-03-30', key: PUBLIC, proof: provePossession(SIGNER as AgencyId, SIGNER_KEY) },
};
