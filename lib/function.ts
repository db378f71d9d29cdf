import type { Construct } from 'constructs';
import { BundledFunction, type BundledFunctionProps } from './bundled-function.ts';
import type { FunctionName } from './config.ts';
import { accessEnvironment, grantAccess, type Reach, rolePathOf } from './function-access.ts';
import { serviceName } from './metrics.ts';

export interface AmanatFunctionProps
  extends Pick<BundledFunctionProps, 'timeout' | 'memory' | 'environment' | 'besideBundle'>,
    Reach {
  /** Names the file under `lambdas/` that exports `handler`. */
  readonly name: FunctionName;
}

/** A function of the system: with the defaults of all, and the tables and keys that it may use and no others. */
export class AmanatFunction extends BundledFunction {
  constructor(scope: Construct, id: string, props: AmanatFunctionProps) {
    const { config, name } = props;
    const reservedConcurrency = config.reservedConcurrency[name];
    super(scope, id, {
      ...props,
      service: serviceName(config),
      rolePath: rolePathOf(name, config),
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
      environment: { ...accessEnvironment(name, props), ...props.environment },
    });
    grantAccess(name, this.role, props);
  }
}
