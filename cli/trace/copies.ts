import type { Client } from '../../core/api/client.ts';
import type { EpochKeys } from '../../core/fingerprint/keys.ts';
import type { Marked } from './devices.ts';

/** The marked copies that the ledger has of the providers of some keys, each once, as far as these keys made them. */
export async function markedCopies(client: Client, rings: readonly EpochKeys[]): Promise<Marked[]> {
  const copies = new Map<string, Marked>();
  for (const provider of new Set(rings.map((keys) => keys.provider)))
    for await (const { marking } of client.items('listTransfers', { query: { provider, limit: 200 } })) {
      const keys = marking && rings.find(({ keyCheck }) => keyCheck === marking.keyCheck);
      if (keys) copies.set(marking.label, { marking, keys });
    }
  return [...copies.values()];
}
