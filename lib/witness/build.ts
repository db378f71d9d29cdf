import { type App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { WitnessConfig } from './config.ts';
import { WitnessStack } from './stack.ts';

/** The one stack of a witness. */
export function buildWitness(app: App, config: WitnessConfig): void {
  const { stage, account, region, terminationProtection } = config;
  new WitnessStack(app, `Amanat-Witness-${stage}`, {
    config,
    terminationProtection,
    env: { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) },
    description: `Cosigns the checkpoints of logs as ${config.name}`,
  });
  Tags.of(app).add('application', 'amanat-witness');
  Tags.of(app).add('stage', stage);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
}
