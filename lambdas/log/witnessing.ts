import { Witnessing } from '../../core/log/witnessing.ts';
import { environment } from '../environment.ts';

let parsed: Witnessing | undefined;

/** The witnessing policy of the deployment. @throws ZodError when the environment does not hold one */
export function witnessing(): Witnessing {
  parsed ??= Witnessing.parse(JSON.parse(environment('WITNESSING')));
  return parsed;
}
