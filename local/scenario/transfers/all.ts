import { INVESTIGATIONS } from './investigations.ts';
import { LOOKALIKES } from './lookalikes.ts';
import { REGISTRY } from './registry.ts';
import { REVENUE } from './revenue.ts';
import type { ScenarioTransfer } from './shapes.ts';
import { STATISTICS_AND_DISASTER } from './statistics-and-disaster.ts';
import { THE_CASE } from './the-case.ts';
import { WELFARE } from './welfare.ts';

/** Every hand-over of the scenario, in the order in which they took place. */
export const TRANSFERS: readonly ScenarioTransfer[] = [
  ...THE_CASE,
  ...LOOKALIKES,
  ...INVESTIGATIONS,
  ...REVENUE,
  ...WELFARE,
  ...REGISTRY,
  ...STATISTICS_AND_DISASTER,
].sort((a, b) => a.record.handedOver.latest.localeCompare(b.record.handedOver.latest));
