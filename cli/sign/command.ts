import { Command, Option } from 'commander';
import { ALGORITHMS, type Algorithm, keyIdOf } from '../../core/http-signature/keys.ts';
import { agencyIn, newSigningKey, readSigningKey, registrationOf } from './keys.ts';
import { runSign, type SignOptions } from './run.ts';

/** `amanat signing-key`. */
export const signingKeyCommand = (): Command =>
  new Command('signing-key')
    .summary('make a key that your agency signs with')
    .addCommand(
      new Command('new')
        .summary('make a key file that only you can read, and print what registers it')
        .description(
          'Makes a private key (PKCS #8, PEM), and prints the body of POST /v1/agencies/{agency}/events that ' +
            'registers its public part. Whoever has the file signs as your agency.',
        )
        .argument('<file>', 'to be made; it must not be there yet')
        .requiredOption('--agency <id>', 'the agency that is to sign with it')
        .addOption(new Option('--algorithm <name>').choices(ALGORITHMS).default('ed25519'))
        .action((file: string, { agency, algorithm }: { agency: string; algorithm: Algorithm }) => {
          const id = agencyIn(agency);
          process.stdout.write(`${JSON.stringify(registrationOf(newSigningKey(file, algorithm), id))}\n`);
        }),
    )
    .addCommand(
      new Command('registration')
        .summary('print what registers a key that you have')
        .argument('<file>', 'the private key')
        .requiredOption('--agency <id>', 'the agency that is to sign with it')
        .action((file: string, { agency }: { agency: string }) => {
          process.stdout.write(`${JSON.stringify(registrationOf(readSigningKey(file), agencyIn(agency)))}\n`);
        }),
    )
    .addCommand(
      new Command('id')
        .summary('print the id of a key that you have')
        .argument('<file>', 'the private key')
        .action((file: string) => {
          process.stdout.write(`${keyIdOf(readSigningKey(file))}\n`);
        }),
    );

/** `amanat sign`. */
export const signCommand = (): Command =>
  new Command('sign')
    .summary('sign what your agency is about to append')
    .description(
      'Writes the body as it has to be sent, in canonical JSON, and prints the headers to send with it (RFC 9421), ' +
        'for curl -H @headers --data-binary @body. Send it within five minutes, to the very address that is signed.',
    )
    .argument('<path>', 'where it is to be posted: /v1/transfers, /v1/transfers/{transferId}/events, …')
    .argument('<file>', 'the record or event (JSON)')
    .requiredOption('--sign-key <file>', 'your private key (see "amanat signing-key")')
    .addOption(new Option('--url <url>', 'where the API stands').env('AMANAT_URL'))
    .option('--idempotency-key <key>', 'chosen once for what is to be recorded; a new one unless given')
    .requiredOption('-o, --out <file>', 'the body as it has to be sent')
    .action((path: string, file: string, options: SignOptions) => runSign(path, file, options));
