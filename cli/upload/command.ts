import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { ApiFailure, ApiProblem, createClient } from '../../core/api/client.ts';
import { errorCode, UsageError } from '../failure.ts';
import { put } from '../trace/upload.ts';

interface UploadOptions {
  readonly transfer?: string;
  readonly frame?: string;
  readonly url?: string;
  readonly token?: string;
}

/** `amanat upload`. @param exit told the exit code of a run that took place */
export const uploadCommand = (exit: (code: number) => void): Command =>
  new Command('upload')
    .summary('bring a fingerprint file to where leaks are compared with it')
    .description(
      'Once the transfer or frame is recorded: the file must be the one that the record commits to. Bringing it again changes nothing.',
    )
    .argument('<file>', 'what "amanat fingerprint" or "amanat frame" wrote')
    .option('--transfer <id>', 'the transfer whose file it is')
    .option('--frame <id>', 'or the frame')
    .addOption(new Option('--url <url>', 'where the API stands').env('AMANAT_URL'))
    .addOption(
      new Option('--token <token>', 'the provider’s bearer token, or a steward’s').env('AMANAT_TOKEN'),
    )
    .action(async (file: string, options: UploadOptions) => {
      await upload(file, options);
      exit(0);
    });

async function upload(file: string, { transfer, frame, url, token }: UploadOptions): Promise<void> {
  if (!url || !URL.canParse(url)) throw new UsageError('say where the API stands: --url or AMANAT_URL');
  if (!token) throw new UsageError('give a bearer token: AMANAT_TOKEN or --token');
  const bytes = readWhole(file);
  const client = createClient({ url, token: () => token });
  const body = { bytes: bytes.length };
  try {
    const ticket =
      transfer !== undefined
        ? await client.call('requestFingerprintUpload', { params: { transferId: transfer }, body })
        : frame !== undefined
          ? await client.call('requestFrameUpload', { params: { frameId: frame }, body })
          : undefined;
    if (!ticket) throw new UsageError('say whose file it is: --transfer or --frame');
    // S3 refuses what is not as recorded, but sends all of it first.
    const recorded = ticket.headers?.['x-amz-checksum-sha256'];
    if (recorded !== undefined && recorded !== hash('sha256', bytes, 'base64'))
      throw new UsageError(`${file} is not the file that the record commits to`);
    if (!ticket.stored) await put(ticket, bytes);
    process.stdout.write(ticket.stored ? 'there already\n' : `brought: ${bytes.length} bytes\n`);
  } catch (error) {
    if (error instanceof ApiFailure || error instanceof ApiProblem)
      throw new UsageError(`the ledger refuses: ${error.message}`);
    throw error;
  }
}

function readWhole(path: string): Buffer<ArrayBuffer> {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${errorCode(error)}`);
  }
}
