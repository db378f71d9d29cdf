import type { Speaker, World } from '../integration/world.ts';

/** Asks for a ticket and uses it; answers the status of the put. @throws {Error} when there is no ticket */
export async function uploaded(
  world: World,
  operation: 'requestFingerprintUpload' | 'requestFrameUpload' | 'requestSampleUpload',
  who: Speaker,
  params: Record<string, string>,
  bytes: Uint8Array,
  body: object = {},
): Promise<number> {
  const asked = await world.ask(operation, who, { params, body: { bytes: bytes.length, ...body } });
  if (asked.status !== 200) throw new Error(`${operation} was answered ${asked.status}: ${asked.text}`);
  const { url, headers } = asked.json as unknown as { url: string; headers: Record<string, string> };
  return (await fetch(url, { method: 'PUT', headers, body: Uint8Array.from(bytes) })).status;
}
