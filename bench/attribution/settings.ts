import type { Setting } from './population.ts';

/** A country in which the model was developed, and one of another kind, to see whether it holds there. */
export const SETTINGS: Record<string, Setting> = {
  development: {
    name: 'dev',
    subscribers: 300_000,
    days: 2_190,
    churn: { calm: 0.015, restless: 0.06, restlessShare: 0.15 },
    growth: 0.003,
    recycled: 0.5,
    handedOn: 0.05,
    frames: { every: 30, first: 0 },
    provinces: [0.5, 0.23, 0.15, 0.06, 0.03, 0.02, 0.01],
    operators: [0.38, 0.27, 0.2, 0.15],
  },
  other: {
    name: 'other',
    subscribers: 200_000,
    days: 1_825,
    churn: { calm: 0.01, restless: 0.12, restlessShare: 0.25 },
    growth: 0.008,
    recycled: 0.8,
    handedOn: 0.1,
    frames: { every: 31, first: 11 },
    provinces: [0.34, 0.28, 0.2, 0.08, 0.05, 0.03, 0.02],
    operators: [0.55, 0.25, 0.2],
  },
};
