import { type Command, Option } from 'commander';
import { type Client, createClient } from '../../core/api/client.ts';
import { UsageError } from '../failure.ts';
import { WholeFile } from '../fingerprint/output.ts';

export interface ApiOptions {
  readonly url?: string;
  readonly token?: string;
}

/** @param whose the bearer of the token */
export const withApiOptions = (command: Command, whose: string): Command =>
  command
    .addOption(new Option('--url <url>', 'where the API stands').env('AMANAT_URL'))
    .addOption(new Option('--token <token>', `${whose} bearer token`).env('AMANAT_TOKEN'));

/** @throws UsageError */
export function clientOf({ url, token }: ApiOptions): Client {
  if (!url || !URL.canParse(url)) throw new UsageError('say where the API stands: --url or AMANAT_URL');
  if (!token) throw new UsageError('give a bearer token: AMANAT_TOKEN or --token');
  return createClient({ url, token: () => token });
}

/** Writes an answer where its owner alone can read it. */
export function save(path: string, text: string): void {
  const file = new WholeFile(path, 0o600);
  try {
    file.write(Buffer.from(text));
    file.keep();
  } finally {
    file.close();
  }
}
