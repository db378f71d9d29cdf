import { App } from 'aws-cdk-lib';
import { buildWitness } from '../lib/witness/build.ts';
import { loadWitness } from '../lib/witness/stages/index.ts';

const app = new App();
buildWitness(app, loadWitness(String(app.node.tryGetContext('stage') ?? 'dev')));
