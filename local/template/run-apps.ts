/**
 * Runs the CDK apps in one process, since loading CDK takes half of their time: `node run-apps.ts FOLDER` makes one
 * cloud assembly for each app, in a folder of its name.
 */
import { join } from 'node:path';
import { APPS } from './synthesize.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new TypeError('run-apps.ts needs a folder');
for (const app of APPS) {
  // Read when the app is made; what is in it is written when this process has nothing else to do.
  process.env['CDK_OUTDIR'] = join(folder, app);
  await import(`../../bin/${app}.ts`);
}
