import { ACCOUNT, type PhysicalOf, REGION, type Resource } from './resolve.ts';

const ARN_SERVICES: Readonly<Record<string, (id: string) => string>> = {
  'AWS::Lambda::Function': (id) => `lambda:${REGION}:${ACCOUNT}:function:${id}`,
  'AWS::DynamoDB::Table': (id) => `dynamodb:${REGION}:${ACCOUNT}:table/${id}`,
  'AWS::DynamoDB::GlobalTable': (id) => `dynamodb:${REGION}:${ACCOUNT}:table/${id}`,
  'AWS::SQS::Queue': (id) => `sqs:${REGION}:${ACCOUNT}:${id}`,
  'AWS::SNS::Topic': (id) => `sns:${REGION}:${ACCOUNT}:${id}`,
  'AWS::KMS::Key': (id) => `kms:${REGION}:${ACCOUNT}:key/${id}`,
  'AWS::Events::EventBus': (id) => `events:${REGION}:${ACCOUNT}:event-bus/${id}`,
  'AWS::IAM::Role': (id) => `iam::${ACCOUNT}:role/${id}`,
  'AWS::S3::Bucket': (id) => `s3:::${id}`,
  'AWS::Logs::LogGroup': (id) => `logs:${REGION}:${ACCOUNT}:log-group:${id}:*`,
};

/** Where a resource's own name stands among its properties. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::Events::EventBus': 'Name',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::S3::Bucket': 'BucketName',
};

/**
 * Names and ARNs as AWS would give them, but the same at each start. What nothing local stands for (an alarm topic)
 * gets some too, so that whatever names it resolves.
 */
export const physicalOf: PhysicalOf = (logicalId, resource, stack) => {
  const name = ownName(resource, stack) ?? givenName(logicalId, resource, stack);
  const arn = `arn:aws:${ARN_SERVICES[resource.Type]?.(name) ?? `local:${REGION}:${ACCOUNT}:${name}`}`;
  return {
    ref: resource.Type === 'AWS::SNS::Topic' ? arn : name,
    attribute: (attribute) => {
      if (attribute === 'Arn' || attribute === 'TopicArn') return arn;
      if (attribute === 'StreamArn') return `${arn}/stream/local`;
      return `${name}.${attribute}`;
    },
  };
};

/**
 * What a whole account shares goes by its stack's name too, as CloudFormation has it: a logical id is of one stack
 * alone, and two apps run here. The rest is only ever named within its stack.
 */
function givenName(logicalId: string, { Type }: Resource, stack: Parameters<PhysicalOf>[2]): string {
  if (ARN_SERVICES[Type] === undefined) return logicalId;
  const name = `${stack.name}-${logicalId}`;
  return Type === 'AWS::S3::Bucket' ? name.toLowerCase() : name;
}

function ownName(resource: Resource, stack: Parameters<PhysicalOf>[2]): string | undefined {
  const property = NAME_PROPERTIES[resource.Type];
  const value = property === undefined ? undefined : resource.Properties?.[property];
  const resolved = value === undefined ? undefined : stack.resolve(value);
  return typeof resolved === 'string' && resolved !== '' ? resolved : undefined;
}
