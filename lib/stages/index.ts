import { parseStage, type StageConfig, type StageInput } from '../config.ts';
import { dev } from './dev.ts';
import { prod } from './prod.ts';

export const STAGES: Readonly<Record<string, StageInput>> = { dev, prod };

/** The configuration of a stage by name. @throws Error when there is none, or when it is wrong */
export function loadStage(name: string): StageConfig {
  const input = Object.hasOwn(STAGES, name) ? STAGES[name] : undefined;
  if (input === undefined)
    throw new Error(
      `unknown stage "${name}": choose one with -c stage=NAME of ${Object.keys(STAGES).join(', ')}, or add lib/stages/${name}.ts and name it in lib/stages/index.ts`,
    );
  return parseStage(input);
}
