import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { Problem } from '../../core/problem.ts';
import type { StageConfig } from '../config.ts';

export interface FirewallProps {
  readonly config: StageConfig;
  readonly api: RestApi;
}

const TOO_MANY = new Problem('too-many-requests');

/**
 * Keeps from the API what AWS knows to be hostile, and whoever asks too often: see
 * docs/decisions/infra-throttling-by-client.md.
 */
export class Firewall extends Construct {
  readonly acl: CfnWebACL;

  constructor(scope: Construct, id: string, props: FirewallProps) {
    super(scope, id);
    const { config, api } = props;

    this.acl = new CfnWebACL(this, 'Acl', {
      name: `amanat-${config.stage}`,
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visibility(`amanat-${config.stage}`),
      customResponseBodies: {
        tooMany: { contentType: 'APPLICATION_JSON', content: JSON.stringify(TOO_MANY.toDocument()) },
      },
      // The most that a firewall before API Gateway can look into; bodies have up to 256 KB.
      associationConfig: { requestBody: { API_GATEWAY: { defaultSizeInspectionLimit: 'KB_64' } } },
      rules: inOrder([
        limit('TokenRate', config.firewall.requestsPerToken, {
          aggregateKeyType: 'CUSTOM_KEYS',
          customKeys: [
            { header: { name: 'authorization', textTransformations: [{ priority: 0, type: 'NONE' }] } },
          ],
        }),
        limit('AddressRate', config.firewall.requestsPerAddress, { aggregateKeyType: 'IP' }),
        managed('AWSManagedRulesAmazonIpReputationList'),
        managed('AWSManagedRulesKnownBadInputsRuleSet'),
        managed('AWSManagedRulesCommonRuleSet', [
          // Bodies over 8 KB are ordinary here; the functions refuse those over 256 KB.
          'SizeRestrictions_BODY',
          // Callers are programs, and not all of them name themselves.
          'NoUserAgent_HEADER',
        ]),
      ]),
    });
    new CfnWebACLAssociation(this, 'Association', {
      resourceArn: api.deploymentStage.stageArn,
      webAclArn: this.acl.attrArn,
    });
    this.logRefusals(config);
  }

  /** What was refused, and nothing else, without tokens and query strings. */
  private logRefusals(config: StageConfig): void {
    const logs = new LogGroup(this, 'Logs', {
      // The firewall writes only to groups of this prefix.
      logGroupName: `aws-waf-logs-amanat-${config.stage}`,
      retention: config.logRetentionDays,
      removalPolicy: config.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const arn = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: logs.logGroupName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: this.acl.attrArn,
      logDestinationConfigs: [arn],
      redactedFields: [{ singleHeader: { Name: 'authorization' } }, { queryString: {} }],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [{ ActionCondition: { Action: 'BLOCK' } }],
          },
        ],
      },
    });
  }
}

type Rule = Omit<CfnWebACL.RuleProperty, 'priority'>;

const inOrder = (rules: readonly Rule[]): CfnWebACL.RuleProperty[] =>
  rules.map((rule, priority) => ({ ...rule, priority }));

const visibility = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  // Samples would hold whole headers.
  sampledRequestsEnabled: false,
});

/** Answers 429 to whatever comes more often than `requests` in five minutes under one key. */
function limit(
  name: string,
  requests: number,
  key: Pick<CfnWebACL.RateBasedStatementProperty, 'aggregateKeyType' | 'customKeys'>,
): Rule {
  return {
    name,
    statement: { rateBasedStatement: { limit: requests, evaluationWindowSec: 300, ...key } },
    action: {
      block: {
        customResponse: {
          responseCode: TOO_MANY.status,
          customResponseBodyKey: 'tooMany',
          responseHeaders: [{ name: 'Retry-After', value: '60' }],
        },
      },
    },
    visibilityConfig: visibility(name),
  };
}

/** A rule group of AWS, of which some rules only count. */
function managed(name: string, counting: readonly string[] = []): Rule {
  return {
    name,
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ruleActionOverrides: counting.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
    overrideAction: { none: {} },
    visibilityConfig: visibility(name),
  };
}
