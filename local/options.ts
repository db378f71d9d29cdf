import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Fault } from './fault.ts';
import type { Identity } from './issuer/identity.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const DATA_FOLDER = '.amanat';

export const START_USAGE = `npm start -- [--port N] [--data DIR] [--fresh] [--no-scenario]

  --port N        of the API on 127.0.0.1; 8080 unless told, 0 for any that is free
  --data DIR      the folder that holds all state; ${DATA_FOLDER} of the project unless told
  --fresh         throw away what the folder holds, keys included, and start anew
  --no-scenario   do not record the worked scenario`;

export const TOKEN_USAGE = `npm run -s token -- [--data DIR] [--role auditor|steward|operator|custodian] [--agency ID] [--name NAME]

  Prints a bearer token for the system that runs on the data folder. A role and an agency may stand together;
  --role may stand more than once; a name tells two of a kind apart, as \`--role auditor --name second\`.`;

export interface StartOptions {
  readonly port: number;
  readonly dataFolder: string;
  readonly fresh: boolean;
  readonly scenario: boolean;
}

/** @throws {Fault} on an option that there is not */
export function parseStart(args: readonly string[]): StartOptions | 'help' {
  const values = parse(args, {
    port: { type: 'string', default: '8080' },
    data: { type: 'string' },
    fresh: { type: 'boolean', default: false },
    scenario: { type: 'boolean', default: true },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) return 'help';
  const port = Number(values.port);
  if (!/^\d{1,5}$/.test(values.port) || port > 65_535) throw new Fault(`${values.port} is no port`);
  return {
    port,
    dataFolder: dataFolderOf(values.data),
    fresh: values.fresh,
    scenario: values.scenario,
  };
}

/** @throws {Fault} on an option that there is not */
export function parseToken(args: readonly string[]): { dataFolder: string; identity: Identity } | 'help' {
  const values = parse(args, {
    data: { type: 'string' },
    role: { type: 'string', multiple: true },
    agency: { type: 'string' },
    name: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) return 'help';
  const { role: roles, agency, name } = values;
  return {
    dataFolder: dataFolderOf(values.data),
    identity: {
      ...(roles !== undefined && { roles }),
      ...(agency !== undefined && { agency }),
      ...(name !== undefined && { name }),
    },
  };
}

/** npm runs scripts in the project's folder; a path given to one is meant from where the caller stands. */
const dataFolderOf = (given: string | undefined): string =>
  given === undefined
    ? resolve(PROJECT, DATA_FOLDER)
    : resolve(process.env['INIT_CWD'] ?? process.cwd(), given);

type OptionsConfig = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

function parse<const T extends OptionsConfig>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args, options, allowNegative: true, strict: true }).values;
  } catch (error) {
    throw new Fault(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}
