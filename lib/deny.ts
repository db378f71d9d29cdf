import { Aws } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/**
 * A statement of a resource policy that denies to every principal, or to every one but the roles that `exceptArn`, or
 * one of them, matches. The resource is "this one" when left out: a table or a key cannot name itself in its own policy.
 */
export function deny(
  sid: string,
  actions: readonly string[],
  exceptArn?: string | readonly string[],
  resources: readonly string[] = ['*'],
): PolicyStatement {
  return new PolicyStatement({
    sid,
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: [...actions],
    resources: [...resources],
    ...(exceptArn === undefined ? {} : { conditions: { ArnNotLike: { 'aws:PrincipalArn': exceptArn } } }),
  });
}

/** The start of the ARN of any role of an account, that of the stack when left out; the path and the name follow. */
export const rolesOfAccount = (account: string = Aws.ACCOUNT_ID) =>
  `arn:${Aws.PARTITION}:iam::${account}:role`;
