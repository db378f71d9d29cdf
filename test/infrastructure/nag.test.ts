import { App, Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { loadStage, STAGES } from '../../lib/stages/index.ts';
import { buildSystem } from '../../lib/system.ts';
import { newApp } from './synthesized.ts';

const findings = (app: App) =>
  new AwsSolutionsChecks(app)
    .validateScope(app)
    .violations.map(({ ruleName, violatingResources }) => [
      ruleName,
      violatingResources.map(({ resourceLogicalId }) => resourceLogicalId),
    ]);

/** Every acknowledgement: the construct, what is acknowledged, and why. */
const acknowledgements = (scope: IConstruct): { path: string; id: string; reason: string }[] =>
  scope.node.findAll().flatMap((construct) =>
    construct.node.metadata
      .filter(({ type }) => type === 'aws:cdk:acknowledged-rules')
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ path: construct.node.path, id, reason })),
  );

describe.each(Object.keys(STAGES))('cdk-nag on stage %s', (stage) => {
  const app = newApp();
  buildSystem(app, loadStage(stage));

  test('finds nothing that is not acknowledged', () => {
    expect(findings(app)).toEqual([]);
  });

  test('is told a reason wherever something is', () => {
    const found = acknowledgements(app);
    expect(found.length).toBeGreaterThan(10);
    for (const { reason } of found) expect(reason).toMatch(/^\S.{25,}\.$/);
  });

  test('is told of nothing but these rules', () => {
    const rules = new Set(acknowledgements(app).map(({ id }) => id.replace(/^.*::(?=AwsSolutions-)/, '')));
    expect([...rules].sort()).toEqual([
      'AwsSolutions-APIG2',
      'AwsSolutions-APIG4',
      'AwsSolutions-COG4',
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      'AwsSolutions-IAM5[Resource::*]',
      `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::amanat-${stage}-archive/*]`,
      `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::amanat-${stage}-fingerprints/*]`,
      'AwsSolutions-S1',
      'AwsSolutions-SQS3',
    ]);
  });
});

test('cdk-nag does find what is wrong', () => {
  const app = new App();
  new Queue(new Stack(app, 'Bare'), 'Queue');
  expect(findings(app).map(([rule]) => rule)).toEqual(['AwsSolutions-SQS3', 'AwsSolutions-SQS4']);
});
