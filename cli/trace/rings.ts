import { type Command, Option } from 'commander';
import type { EpochKeys } from '../../core/fingerprint/keys.ts';
import { UsageError } from '../failure.ts';
import { openKeys } from '../fingerprint/keys.ts';
import { several } from '../fingerprint/options.ts';

/** The keys of several providers and epochs, of one secret or of several. */
export interface RingOptions {
  readonly keys: readonly string[];
  readonly keyFile?: string;
  readonly kmsKey?: string;
}

export const withRingOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--keys <provider/epoch[=file]>',
        'compare with what was made with these keys; may be repeated',
      )
        .argParser(several)
        .default([], ''),
    )
    .addOption(new Option('--key-file <file>', 'the secret of --keys that name none').env('AMANAT_KEY_FILE'))
    .addOption(new Option('--kms-key <arn>', 'the same, in KMS').env('AMANAT_KMS_KEY'));

/** The keys of each `provider/epoch[=file]`. @throws UsageError */
export async function ringsOf({ keys, keyFile, kmsKey }: RingOptions): Promise<EpochKeys[]> {
  if (keys.length === 0)
    throw new UsageError('say whose keys to compare with: --keys provider/epoch, as the transfers have them');
  const rings: EpochKeys[] = [];
  for (const text of keys) {
    const [, provider, epoch, file] = /^([^/=]+)\/([^/=]+)(?:=(.+))?$/.exec(text) ?? [];
    if (provider === undefined || epoch === undefined)
      throw new UsageError(`--keys takes provider/epoch or provider/epoch=file, not ${text}`);
    const at =
      file === undefined ? { ...(keyFile && { keyFile }), ...(kmsKey && { kmsKey }) } : { keyFile: file };
    rings.push(await openKeys({ ...at, provider, epoch }));
  }
  return rings;
}
