import { App } from 'aws-cdk-lib';
import { loadStage } from '../lib/stages/index.ts';
import { buildSystem } from '../lib/system.ts';

const app = new App();
buildSystem(app, loadStage(String(app.node.tryGetContext('stage') ?? 'dev')));
