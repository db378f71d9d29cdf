import { join } from 'node:path';
import { NOTICES_FILE } from './events/bus.ts';
import type { System } from './system.ts';
import { fromHere, line, styled } from './terminal.ts';

/** Something to look at: what it shows, and a command to paste. */
export interface Highlight {
  readonly title: string;
  readonly curl: string;
}

/** The variables that the guide has its reader set, by the options of `npm run token` that fill them. */
const VARIABLES: Readonly<Record<string, string>> = {
  '--role auditor': 'AUDITOR',
  '--role steward': 'STEWARD',
};

/** How a pasted command comes by a token: a variable that was set before, else a call of `npm run token`. */
export function bearerFor(dataFolder: string): (tokenOptions: string) => string {
  return (tokenOptions) => {
    const variable = VARIABLES[tokenOptions];
    return variable === undefined ? tokenCall(dataFolder, tokenOptions) : `$${variable}`;
  };
}

/** Says where everything is and what to try, in commands that can be pasted as they stand. */
export function printGuide(
  { url, issuer, witness, logFolder }: System,
  dataFolder: string,
  highlights: readonly Highlight[],
): void {
  line();
  line(styled('bold', 'Where things are'));
  line(`  API      ${styled('cyan', url)}`);
  line(`  Docs     ${styled('cyan', `${url}/docs`)}`);
  line(`  Register ${styled('cyan', `${url}/register`)}`);
  line(`  Issuer   ${styled('cyan', issuer)}`);
  line(`  Log      ${styled('cyan', `${url}/log/checkpoint`)}`);
  line(`  Witness  ${styled('cyan', witness)}`);
  line(`  Data     ${fromHere(dataFolder)}   logs in ${fromHere(logFolder)}`);
  line(
    `  Notices  ${fromHere(join(dataFolder, NOTICES_FILE))}   of what is owed; they are shown here as they come`,
  );
  line();
  line(`${styled('bold', 'Who you are')}   ${styled('dim', 'paste this first; tokens last 12 hours')}`);
  for (const [tokenOptions, variable] of Object.entries(VARIABLES))
    line(`  export ${variable}=${tokenCall(dataFolder, tokenOptions)}`);
  line();
  line(styled('bold', 'What to look at'));
  for (const { title, curl } of highlights.length > 0 ? highlights : startingPoints(url)) {
    line(`  ${styled('dim', `# ${title}`)}`);
    line(`  ${curl}`);
    line();
  }
}

const startingPoints = (url: string): readonly Highlight[] => [
  { title: 'Is it well?', curl: `curl -s '${url}/healthz'` },
  {
    title: 'Register an agency',
    curl: `curl -s -X POST '${url}/v1/agencies' -H "Authorization: Bearer $STEWARD" -H 'Content-Type: application/json' -H 'Idempotency-Key: first-agency-1' -d '{"agencyId":"it-board","name":"IT Board","kind":"government"}'`,
  },
  {
    title: 'Who ever received national ids with addresses?',
    curl: `curl -s '${url}/v1/transfers?field=cnic,address' -H "Authorization: Bearer $AUDITOR"`,
  },
];

/** The default folder needs no mention. */
function tokenCall(dataFolder: string, tokenOptions: string): string {
  const data = fromHere(dataFolder) === '.amanat' ? '' : ` --data ${shellWord(dataFolder)}`;
  return `$(npm run -s token --${data} ${tokenOptions})`;
}

const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
