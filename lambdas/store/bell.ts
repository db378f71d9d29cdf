import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';

export const lambda = new LambdaClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 500, requestTimeout: 2_000, throwOnRequestTimeout: true },
});

/**
 * Tells another function that there is something to do, and waits for nothing. False when it could not be told. What
 * looks by itself each minute loses time by that and nothing else; for what does not, whoever rang has to ring again.
 */
export async function ring(
  variable: 'COSIGN_FUNCTION' | 'INVESTIGATE_FUNCTION' | 'NOTIFY_FUNCTION' | 'AWS_LAMBDA_FUNCTION_NAME',
  event: object = {},
): Promise<boolean> {
  try {
    await lambda.send(
      new InvokeCommand({
        FunctionName: process.env[variable] ?? '',
        InvocationType: 'Event',
        Payload: JSON.stringify(event),
      }),
    );
    return true;
  } catch {
    return false;
  }
}
