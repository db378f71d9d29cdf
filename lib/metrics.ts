import type { StageConfig } from './config.ts';

/** The namespace of the metrics that functions write. */
export const METRICS_NAMESPACE = 'Amanat';

/**
 * By every function that reads what no system of this kind has written: stream records of the ledger that are no insert,
 * rows that contradict each other, findings of `inspect`. There is no innocent reason for one.
 */
export const TAMPERING_METRIC = 'LedgerTampering';

/** By `sweep`: entries that it found unsequenced, whose doorbell was lost. */
export const SWEPT_METRIC = 'EntriesSwept';

/** By `cosign`, of each of its runs: new cosignatures, and witnesses that gave none though asked. */
export const COLLECTED_METRIC = 'CosignaturesCollected';
export const AWAY_METRIC = 'WitnessAway';

/** By `cosign`: how many entries the newest checkpoint with its quorum is behind the newest there is. */
export const LAG_METRIC = 'WitnessLag';

/** By `archive`: entries in the bundles that it put together, and in those that it could have and did not yet. */
export const ARCHIVED_METRIC = 'EntriesArchived';
export const ARCHIVE_LAG_METRIC = 'ArchiveLag';

/** By `notify`: notices that a webhook did not take for days, or will never. */
export const UNDELIVERED_METRIC = 'NoticesGivenUp';

/** The `service` of a stage's metrics and log lines, which keeps the stages of one account apart. */
export const serviceName = (config: StageConfig): string => `amanat-${config.stage}`;
