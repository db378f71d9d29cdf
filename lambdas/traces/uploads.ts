import type { UploadTicket } from '../../core/api/answers.ts';
import { demandAbout, partiesOf } from '../../core/api/permissions.ts';
import type { ROUTES } from '../../core/api/routes.ts';
import { entryIdWithin } from '../../core/model/entry.ts';
import type { FrameRecord } from '../../core/model/frame.ts';
import type { Sha256 } from '../../core/model/scalars.ts';
import type { TransferRecord } from '../../core/model/transfer.ts';
import { Problem } from '../../core/problem.ts';
import { goOnWithIncident } from '../appends/rules.ts';
import type { Request } from '../http/request.ts';
import { readEntry } from '../store/entries.ts';
import { type Shelf, sizeOf, ticketFor } from '../store/fingerprints.ts';

type Asked<O extends keyof typeof ROUTES> = Request<(typeof ROUTES)[O]>;

/** Where the provider of a transfer brings the file that its record commits to. */
export async function requestFingerprintUpload({
  principal,
  params,
  body,
}: Asked<'requestFingerprintUpload'>): Promise<UploadTicket> {
  const stored = await readEntry(entryIdWithin(params.transferId));
  const record =
    stored?.entry.kind === 'transfer-recorded' ? (stored.entry.body as TransferRecord) : undefined;
  if (!record) throw new Problem('not-found');
  demandAbout(partiesOf(record), 'requestFingerprintUpload', principal);
  if (!record.fingerprint)
    throw new Problem('conflict', 'the record of this transfer commits to no fingerprints');
  return ticket('files', record.fingerprint.sha256, body.bytes);
}

export async function requestFrameUpload({
  params,
  body,
}: Asked<'requestFrameUpload'>): Promise<UploadTicket> {
  const stored = await readEntry(entryIdWithin(params.frameId));
  if (stored?.entry.kind !== 'frame-recorded') throw new Problem('not-found');
  return ticket('files', (stored.entry.body as FrameRecord).sha256, body.bytes);
}

export async function requestSampleUpload({
  params,
  body,
}: Asked<'requestSampleUpload'>): Promise<UploadTicket> {
  await goOnWithIncident(params.incidentId);
  return ticket('samples', body.sha256, body.bytes);
}

async function ticket(shelf: Shelf, sha256: Sha256, bytes: number): Promise<UploadTicket> {
  if ((await sizeOf(shelf, sha256)) !== undefined) return { stored: true };
  const { url, headers, expiresAt } = await ticketFor(shelf, sha256, bytes, new Date());
  return { stored: false, url, headers: { ...headers }, expiresAt };
}
