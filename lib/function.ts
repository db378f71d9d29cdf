import type { Construct } from 'constructs';
import { BundledFunction, type BundledFunctionProps } from './bundled-function.ts';
import type { FunctionName, StageConfig } from './config.ts';
import { ledgerWriterPath } from './ledger-policy.ts';
import type { LedgerStack } from './ledger-stack.ts';
import { serviceName } from './metrics.ts';
import { grantTables, insertsIntoLedger, tableEnvironment } from './table-access.ts';

export interface AmanatFunctionProps
  extends Pick<BundledFunctionProps, 'timeout' | 'memory' | 'environment' | 'besideBundle'> {
  readonly config: StageConfig;
  /** Names the file under `lambdas/` that exports `handler`. */
  readonly name: FunctionName;
  readonly tables: LedgerStack;
}

/** A function of the system: with the defaults of all, and the tables that it may use and no others. */
export class AmanatFunction extends BundledFunction {
  constructor(scope: Construct, id: string, props: AmanatFunctionProps) {
    const { config, name, tables } = props;
    const reservedConcurrency = config.reservedConcurrency[name];
    super(scope, id, {
      ...props,
      service: serviceName(config),
      rolePath: insertsIntoLedger(name) ? ledgerWriterPath(config) : `/amanat/${config.stage}/`,
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
      environment: { ...tableEnvironment(name, tables), ...props.environment },
    });
    grantTables(name, this.role, tables);
  }
}
