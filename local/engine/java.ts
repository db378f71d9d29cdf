import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Fault } from '../fault.ts';

const OLDEST = 17;
const HOW =
  'Install it with `apt install openjdk-17-jre-headless`, `brew install openjdk@17` or from https://adoptium.net, and put `java` on the PATH or set JAVA_HOME.';

/**
 * The command that starts Java 17 or later: of JAVA_HOME where that is set, else of the PATH.
 * @throws {Fault} when there is none, or an older one.
 */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const home = env['JAVA_HOME'];
  const command = home ? join(home, 'bin', 'java') : 'java';
  let output: string;
  try {
    const { stdout, stderr } = await promisify(execFile)(command, ['-version'], { env });
    output = stdout + stderr;
  } catch {
    throw new Fault(
      `Amazon's DynamoDB Local needs Java ${OLDEST} or later, and ${home ? `JAVA_HOME (${home}) has none` : 'there is none'}. ${HOW}`,
    );
  }
  const version = majorVersion(output);
  if (version !== undefined && version < OLDEST)
    throw new Fault(
      `Amazon's DynamoDB Local needs Java ${OLDEST} or later, and \`${command}\` is Java ${version}. ${HOW}`,
    );
  return command;
}

/** The major version that `java -version` tells: `17.0.15` and `21-ea` as they say, `1.8.0_392` as 8. */
export function majorVersion(output: string): number | undefined {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(output) ?? [];
  if (first === undefined) return undefined;
  return first === '1' && second !== undefined ? Number(second) : Number(first);
}
