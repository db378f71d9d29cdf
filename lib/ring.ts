import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { AmanatFunction } from './function.ts';

/** Tells functions the name of another, which they may call without waiting for what comes of it. */
export function letRing(ringing: readonly AmanatFunction[], variable: string, rung: AmanatFunction): void {
  for (const { handler, role } of ringing) {
    handler.addEnvironment(variable, rung.handler.functionName);
    role.addToPolicy(
      new PolicyStatement({
        sid: `Ring${rung.node.id}`,
        actions: ['lambda:InvokeFunction'],
        resources: [rung.handler.functionArn],
      }),
    );
  }
}

/**
 * In a policy of its own: the function's other policies must be there before it, and this one names it. Lambda takes a
 * function that calls itself for a mistake, and stops it after some 16 calls, unless it is told.
 */
export function letCallItself(scope: Construct, { handler, role }: AmanatFunction): void {
  (handler.node.defaultChild as CfnFunction).recursiveLoop = 'Allow';
  new Policy(scope, 'GoOn', {
    roles: [role],
    statements: [
      new PolicyStatement({
        sid: 'GoOn',
        actions: ['lambda:InvokeFunction'],
        resources: [handler.functionArn],
      }),
    ],
  });
}
