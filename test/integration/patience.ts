import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Longer than anything takes that ends at all. */
const PATIENCE_MS = 60_000;

/**
 * How long a function waits for the table is for a table that is somewhere else, with as many machines as it needs. An
 * engine on a busy machine of two cores may take longer, and what is tested against it is not how fast it is.
 */
const { prototype } = new DynamoDBClient({ region: 'us-east-1' }).config.requestHandler.constructor as {
  prototype: { handle(request: unknown, options?: object): unknown };
};
const { handle } = prototype;
prototype.handle = function patient(request, options) {
  return handle.call(this, request, { ...options, requestTimeout: PATIENCE_MS });
};
