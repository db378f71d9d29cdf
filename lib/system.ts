import { type App, type StackProps, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ApiStack } from './api-stack.ts';
import { ArchiveStack } from './archive-stack.ts';
import type { StageConfig } from './config.ts';
import { LedgerStack } from './ledger-stack.ts';
import { LogStack } from './log-stack.ts';
import { NoticeStack } from './notice-stack.ts';
import { WatchStack } from './watch-stack.ts';

/**
 * The stacks of one stage. What holds state stands apart from what can be deployed anew at any time:
 * `Ledger`, `Archive` ← `Notices` ← `Log`, `Api` ← `Watch`.
 */
export function buildSystem(app: App, config: StageConfig): void {
  const { stage, account, region, terminationProtection } = config;
  const common = {
    config,
    terminationProtection,
    env: { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) },
  } satisfies StackProps & { config: StageConfig };
  const name = (part: string) => `Amanat-${stage}-${part}`;

  const tables = new LedgerStack(app, name('Ledger'), {
    ...common,
    description: 'The insert-only ledger, the views made from it, and their key',
  });
  const archive = new ArchiveStack(app, name('Archive'), {
    ...common,
    env: { ...common.env, ...(config.archive.account && { account: config.archive.account }) },
    description: 'What was published, under Object Lock',
  });
  const notices = new NoticeStack(app, name('Notices'), {
    ...common,
    tables,
    description: 'Tells agencies what they owe',
  });
  const log = new LogStack(app, name('Log'), {
    ...common,
    tables,
    notices,
    description: 'Puts accepted entries into the log and the log into the views',
  });
  log.addStackDependency(archive);
  const api = new ApiStack(app, name('Api'), {
    ...common,
    tables,
    description: 'The API that agencies and auditors talk to',
  });
  new WatchStack(app, name('Watch'), {
    ...common,
    tables,
    log,
    notices,
    api,
    description: 'Alarms and a dashboard',
  });

  Tags.of(app).add('application', 'amanat');
  Tags.of(app).add('stage', stage);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
}
