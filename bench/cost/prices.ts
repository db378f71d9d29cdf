import type { Unit } from './meter.ts';

/**
 * US dollars for one unit, on demand, in us-east-1 without any free tier, as AWS had published them by November 2025.
 * They are inputs: look at the prices of the region, and change them here.
 */
export const PRICES: Readonly<Record<Unit, number>> = {
  'API requests': 3.5e-6 + 0.6e-6, // REST API, and the firewall before it
  'Lambda requests': 0.2e-6,
  'Lambda GB-seconds': 0.0000133334, // arm64
  'DynamoDB write units': 0.625e-6,
  'DynamoDB read units': 0.125e-6,
  'DynamoDB GB-months': (0.25 + 0.2) * 12, // a year of it, with point-in-time recovery
  'KMS requests': 0.03e-4,
  'KMS signatures': 0.15e-4, // asymmetric, of elliptic curves
  'EventBridge events': 1e-6,
  'S3 writes': 5e-6,
  'S3 reads': 0.4e-6,
  'CloudWatch GB': 0.5,
};

/** What stands ready costs by the month whether it is used or not. */
export const MONTHLY = { key: 1, alarm: 0.1, dashboard: 3, firewall: 5, rule: 1 } as const;
