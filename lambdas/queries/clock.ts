import { type Day, dayOf, type Instant } from '../../core/model/scalars.ts';

export const now = (): Instant => new Date().toISOString() as Instant;
export const today = (): Day => dayOf(now());
