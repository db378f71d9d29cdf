import * as z from 'zod';
import { AgencyId, Count, distinct, Instant, Sha256, text } from './scalars.ts';

/**
 * A reference frame: the fingerprints of all that an agency itself held at a time. What `POST /v1/frames` takes, and
 * `amanat frame` prints.
 */
export const FrameRecord = z
  .strictObject({
    holder: AgencyId.describe('Whose master data it is'),
    extractedAt: Instant.describe('The state that it shows'),
    sha256: Sha256.describe('Commits to the fingerprint file'),
    rows: Count,
    fieldSets: distinct(text(80), 40),
    epoch: text(20),
  })
  .meta({ id: 'FrameRecord', description: 'The fingerprints of master data at a time' });
export type FrameRecord = z.infer<typeof FrameRecord>;
