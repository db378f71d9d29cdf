import { relative } from 'node:path';
import type { System } from './system.ts';
import { line, styled } from './terminal.ts';

/** Something to look at: what it shows, and a command to paste. */
export interface Highlight {
  readonly title: string;
  readonly curl: string;
}

/** Says where everything is and what to try, in commands that can be pasted as they stand. */
export function printGuide(
  { url, issuer, logFolder }: System,
  dataFolder: string,
  highlights: readonly Highlight[],
): void {
  const here = (path: string) => relative(process.cwd(), path) || '.';
  // The default folder needs no mention.
  const data = here(dataFolder) === '.amanat' ? '' : ` --data ${shellWord(dataFolder)}`;
  line();
  line(styled('bold', 'Where things are'));
  line(`  API      ${styled('cyan', url)}`);
  line(`  Docs     ${styled('cyan', `${url}/docs`)}`);
  line(`  Issuer   ${styled('cyan', issuer)}`);
  line(`  Data     ${here(dataFolder)}   logs in ${here(logFolder)}`);
  line();
  line(`${styled('bold', 'Who you are')}   ${styled('dim', 'paste this first; tokens last 12 hours')}`);
  line(`  export AMANAT=${url}`);
  line(`  export AUDITOR=$(npm run -s token --${data} --role auditor)`);
  line(`  export STEWARD=$(npm run -s token --${data} --role steward)`);
  line(`  ${styled('dim', `# an agency: npm run -s token --${data} --agency ID`)}`);
  line();
  line(styled('bold', 'What to look at'));
  for (const { title, curl } of highlights.length > 0 ? highlights : STARTING_POINTS) {
    line(`  ${styled('dim', `# ${title}`)}`);
    line(`  ${curl}`);
    line();
  }
}

const STARTING_POINTS: readonly Highlight[] = [
  { title: 'Is it well?', curl: 'curl -s "$AMANAT/healthz"' },
  {
    title: 'Register an agency',
    curl: `curl -s -X POST "$AMANAT/v1/agencies" -H "Authorization: Bearer $STEWARD" -H 'Content-Type: application/json' -H 'Idempotency-Key: first-agency-1' -d '{"agencyId":"it-board","name":"IT Board","kind":"government"}'`,
  },
  {
    title: 'Who ever received national ids with addresses?',
    curl: 'curl -s "$AMANAT/v1/transfers?field=cnic,address" -H "Authorization: Bearer $AUDITOR"',
  },
];

const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
