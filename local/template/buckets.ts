import type { App } from './resolve.ts';

/** The names of an app's buckets. */
export const bucketsOf = (app: App): string[] =>
  app.resources('AWS::S3::Bucket').map(({ id, stack }) => String(stack.resolve({ Ref: id })));
