import * as z from 'zod';
import { AGENCY_KINDS } from '../../core/api/appends.ts';
import { type Entry, entryIdOf } from '../../core/model/entry.ts';
import { LEDGER } from '../../core/model/principal.ts';
import type { Instant } from '../../core/model/scalars.ts';
import { SIGNING_POLICY, SigningPolicyBody } from '../../core/signing/policy.ts';
import { environment } from '../environment.ts';
import { newEntry, readHistory, recordEntry } from '../store/entries.ts';
import { isInLog } from '../store/in-log.ts';
import { readSigningPolicies } from '../store/registry.ts';

const Configured = z.object({ mandatory: z.array(z.enum(AGENCY_KINDS)) });

/** The kinds that every agency has to sign, as the stage's configuration says. */
const configured = (): readonly string[] => Configured.parse(JSON.parse(environment('SIGNATURES'))).mandatory;

/**
 * Whether an agency has to sign what it appends of a kind: if the configuration says so, or the ledger has it of an
 * earlier one. What loosens counts once it is in the log, so that its reader finds it before whatever came unsigned
 * because of it; and while a new configuration comes to one function after the other, the stricter one counts.
 */
export async function isMandatory(kind: string): Promise<boolean> {
  if (configured().includes(kind)) return true;
  for (const { entry } of (await readSigningPolicies()).toReversed()) {
    if (SigningPolicyBody.parse(entry.body).mandatory.includes(kind)) return true;
    if (await isInLog(entry.entryId)) return false;
  }
  return false;
}

/**
 * Lets the log say what the configuration demands, where it says something else so far. A crash before it is inserted
 * leaves that to the next minute; of two who do it at once, one finds the version taken.
 */
export async function declareSigningPolicy(now: Instant): Promise<void> {
  const history = await readHistory('policy', SIGNING_POLICY);
  const last = history.at(-1)?.entry;
  const declared = last ? SigningPolicyBody.parse(last.body).mandatory : [];
  const mandatory = [...new Set(configured())].sort();
  if (mandatory.join() !== declared.join())
    await recordEntry(newEntry(entryOf(history.length, mandatory, now)));
}

function entryOf(version: number, mandatory: string[], recordedAt: Instant): Entry {
  const body: SigningPolicyBody = { mandatory };
  return {
    amanat: 1,
    entryId: entryIdOf('policy', `${SIGNING_POLICY}/${version}`),
    kind: 'signing-policy-declared',
    stream: 'policy',
    subject: SIGNING_POLICY,
    ...{ version, flags: [], recordedAt, principal: LEDGER },
    body,
  };
}
