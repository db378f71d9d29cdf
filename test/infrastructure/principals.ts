import { runSimulation } from '@cloud-copilot/iam-simulate';
import { ACCOUNT, type Json, type Placed, type Properties, type Synthesized } from './synthesized.ts';

/** Who may be tried: an Arn, and what its own policies say. */
export interface Principal {
  readonly arn: string;
  readonly policies: readonly { readonly name: string; readonly policy: Json }[];
}

export type Verdict = 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';

const everything = (name: string) => ({
  name,
  policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
});

export const ADMINISTRATOR: Principal = {
  arn: `arn:aws:iam::${ACCOUNT}:role/Administrator`,
  policies: [everything('AdministratorAccess')],
};

/** As powerful as an administrator, and the one that CloudFormation deploys with. */
export const DEPLOYMENT: Principal = {
  arn: `arn:aws:iam::${ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-${ACCOUNT}-eu-central-1`,
  policies: [everything('AdministratorAccess')],
};

export const FOREIGN_ADMINISTRATOR: Principal = {
  arn: 'arn:aws:iam::999999999999:role/Administrator',
  policies: [everything('AdministratorAccess')],
};

/** AWS's own policy for API Gateway's logs: nothing but logs. */
const PUSH_TO_LOGS = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }],
};

/** Every role of the system, by stack and logical id, with all policies that the templates attach to it. */
export function rolesOf(system: Synthesized): Map<string, Principal> {
  return new Map(
    system.all('AWS::IAM::Role').map((role) => [
      `${role.stack}/${role.id}`,
      {
        arn: system.attribute(role),
        policies: [...inline(role), ...attached(system, role), ...managed(role)],
      },
    ]),
  );
}

/** The role of the function of that name. */
export function roleOf(system: Synthesized, name: string): Principal {
  const handler = functionOf(system, name);
  const role = [...rolesOf(system).values()].find(({ arn }) => arn === handler.properties['Role']);
  if (role === undefined) throw new Error(`${name} has no role of the system`);
  return role;
}

export const functionOf = (system: Synthesized, name: string): Placed =>
  system.one('AWS::Lambda::Function', `${name.charAt(0).toUpperCase()}${name.slice(1)}Function`);

function inline({ properties }: Placed) {
  return ((properties['Policies'] ?? []) as { PolicyName: string; PolicyDocument: Json }[]).map(
    ({ PolicyName, PolicyDocument }) => ({ name: PolicyName, policy: PolicyDocument }),
  );
}

function attached(system: Synthesized, { stack, id }: Placed) {
  return ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
    .flatMap((type) => system.all(type))
    .filter(({ properties }) => (properties['Roles'] as string[]).includes(`${stack}-${id}`))
    .map((policy) => ({ name: policy.id, policy: policy.properties['PolicyDocument'] ?? null }));
}

function managed({ id, properties }: Placed) {
  return ((properties['ManagedPolicyArns'] ?? []) as string[]).map((arn) => {
    if (!arn.endsWith(':aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs'))
      throw new Error(`${id} has the managed policy ${arn}, of which these tests know nothing`);
    return { name: arn, policy: PUSH_TO_LOGS };
  });
}

/** What IAM would say to a principal that does something to a resource with that resource policy. */
export async function verdict(
  principal: Principal,
  action: string,
  resource: string,
  resourcePolicy?: Json,
  context: Readonly<Record<string, string | string[]>> = {},
): Promise<Verdict> {
  const result = await runSimulation(
    {
      request: {
        principal: principal.arn,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { 'aws:PrincipalArn': principal.arn, ...context },
      },
      identityPolicies: principal.policies.map(({ name, policy }) => ({ name, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
    },
    {},
  );
  if (result.resultType === 'error')
    throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors)}`);
  return result.overallResult as Verdict;
}

/** The statements of a policy as it stands in a resource's properties. */
export const policyOf = (properties: Properties, ...path: readonly string[]): Json =>
  path.reduce<Json>((value, key) => (value as Properties)[key] ?? null, properties);
