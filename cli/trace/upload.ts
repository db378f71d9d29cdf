import type { Client } from '../../core/api/client.ts';
import type { IncidentId } from '../../core/model/scalars.ts';
import { UsageError } from '../failure.ts';
import type { MadeSample } from './sample.ts';

/** Brings a sample to where it is compared, unless it is there. @throws UsageError when that is refused */
export async function upload(
  client: Client,
  incidentId: IncidentId,
  { bytes, sha256 }: MadeSample,
): Promise<void> {
  const ticket = await client.call('requestSampleUpload', {
    params: { incidentId },
    body: { sha256, bytes: bytes.length },
  });
  if (!ticket.stored) await put(ticket, bytes);
}

/** Uses a ticket. 412 is somebody, or an earlier try of ours, who brought the same bytes first. */
export async function put(
  {
    url,
    headers,
  }: { readonly url?: string | undefined; readonly headers?: Record<string, string> | undefined },
  bytes: Uint8Array,
): Promise<void> {
  const answer = await fetch(url ?? '', {
    method: 'PUT',
    headers: headers ?? {},
    body: Uint8Array.from(bytes),
  }).catch(() => {
    throw new UsageError('the store does not answer: try again');
  });
  await answer.body?.cancel();
  if (!answer.ok && answer.status !== 412)
    throw new UsageError(
      `the store refuses the file (${answer.status}): it takes what the record commits to, in time`,
    );
}
