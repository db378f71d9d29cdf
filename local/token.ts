/** `npm run -s token`: prints a bearer token for the system that runs on a data folder, and nothing else. */
import { isLocked } from './data/lock.ts';
import { readRunning } from './data/running.ts';
import { Fault } from './fault.ts';
import { loadKeys } from './issuer/keys.ts';
import { requestToken } from './issuer/token.ts';
import { parseToken, TOKEN_USAGE } from './options.ts';
import { fromHere } from './terminal.ts';

async function main(): Promise<string> {
  const options = parseToken(process.argv.slice(2));
  if (options === 'help') return TOKEN_USAGE;
  const { dataFolder, identity } = options;
  const running = isLocked(dataFolder) ? await readRunning(dataFolder) : undefined;
  const keys = running && (await loadKeys(dataFolder));
  if (running === undefined || keys === undefined)
    throw new Fault(
      `no system runs on ${fromHere(dataFolder)}: start one with \`npm start\`, or say where it keeps its data with --data DIR`,
    );
  return requestToken(running.issuer, running.audience, keys, identity);
}

try {
  process.stdout.write(`${await main()}\n`);
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
