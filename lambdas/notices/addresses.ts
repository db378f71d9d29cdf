import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import * as z from 'zod';
import { environment } from '../environment.ts';

/** An address that nobody is to be told at: of this machine, a private network, or nothing in particular. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/** `loopback` where all of the system runs on one machine. */
const Network = z.enum(['public', 'loopback']);

/** Whether an address may be told. One of IPv4 that is written as one of IPv6 is that of IPv4. */
export function isAllowed(address: string): boolean {
  const range = ipaddr.process(address).range();
  return (
    range === 'unicast' ||
    (range === 'loopback' && Network.parse(environment('WEBHOOK_NETWORK')) === 'loopback')
  );
}

/**
 * Looks a host up, and fails where any of its addresses is not allowed. The connection goes to what was looked up here,
 * so that no second answer of its name server can lead elsewhere.
 */
export const guardedLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const [first] = addresses ?? [];
    if (error || !first) return done(error ?? new AddressRefused(), []);
    if (!addresses.every(({ address }) => isAllowed(address))) return done(new AddressRefused(), []);
    if (options.all) return done(null, addresses);
    done(null, first.address, first.family);
  });
};
