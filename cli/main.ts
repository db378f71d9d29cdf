import { amanat } from './amanat.ts';

process.exitCode = await amanat(process.argv.slice(2));
