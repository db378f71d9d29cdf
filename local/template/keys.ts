import { textOr } from './read.ts';
import type { App } from './resolve.ts';

/** The kinds of KMS keys that there are here: one that signs, and one that authenticates. */
export const KEY_SPECS = ['ECC_NIST_EDWARDS25519', 'HMAC_256'] as const;
export type KeySpec = (typeof KEY_SPECS)[number];

export interface KmsKey {
  readonly id: string;
  readonly arn: string;
  readonly keySpec: KeySpec;
}

/**
 * The KMS keys of an app that its functions use themselves. Those that encrypt for other services are left out, since
 * nothing is encrypted here.
 */
export function keysOf(app: App): KmsKey[] {
  return app.resources('AWS::KMS::Key').flatMap(({ id, stack, properties }) => {
    const spec = textOr(properties, 'KeySpec', 'SYMMETRIC_DEFAULT');
    if (spec === 'SYMMETRIC_DEFAULT') return [];
    const keySpec = KEY_SPECS.find((known) => known === spec);
    if (keySpec === undefined)
      throw new TypeError(`${stack.name} has a key ${id} of spec ${spec}, which is not known here`);
    return [
      {
        id: String(stack.resolve({ Ref: id })),
        arn: String(stack.resolve({ 'Fn::GetAtt': [id, 'Arn'] })),
        keySpec,
      },
    ];
  });
}
