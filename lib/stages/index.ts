import { parseStage, type StageConfig, type StageInput } from '../config.ts';
import { stageNamed } from '../deployment.ts';
import { dev } from './dev.ts';
import { prod } from './prod.ts';

export const STAGES: Readonly<Record<string, StageInput>> = { dev, prod };

/** The configuration of a stage by name. @throws Error when there is none, or when it is wrong */
export const loadStage = (name: string): StageConfig => parseStage(stageNamed(STAGES, name, 'lib/stages'));
