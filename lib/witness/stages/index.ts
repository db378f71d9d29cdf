import { stageNamed } from '../../deployment.ts';
import { parseWitness, type WitnessConfig, type WitnessInput } from '../config.ts';
import { dev } from './dev.ts';
import { prod } from './prod.ts';

export const WITNESS_STAGES: Readonly<Record<string, WitnessInput>> = { dev, prod };

/** The configuration of a witness by its stage. @throws Error when there is none, or when it is wrong */
export const loadWitness = (name: string): WitnessConfig =>
  parseWitness(stageNamed(WITNESS_STAGES, name, 'lib/witness/stages'));
