import { sha256Of } from '../../core/bundle/case-file.ts';
import { composeBundle } from '../../core/bundle/compose.ts';
import { zipOf } from '../../core/bundle/container.ts';
import { BundleFault } from '../../core/bundle/fault.ts';
import type { Grounds } from '../../core/bundle/grounds.ts';
import { bundledCheckpoint } from '../../core/bundle/keys.ts';
import { verifyZip } from '../../core/bundle/verify.ts';
import type { Policy } from '../../core/log/policy.ts';
import { IncidentId } from '../../core/model/scalars.ts';
import { UsageError } from '../failure.ts';
import { WholeFile } from '../fingerprint/output.ts';
import { Stages } from '../progress.ts';
import { concluded } from '../verify/conclude.ts';
import { Finding } from '../verify/finding.ts';
import { note } from '../verify/run.ts';
import { LogSession, type OnlineOptions } from '../verify/session.ts';
import { buildVerifier } from './build-verifier.ts';
import { cosignedCheckpoint, KeptEntries, proved, tellIncident } from './gather.ts';
import { renderBundle } from './render.ts';

export interface MakeOptions extends OnlineOptions {
  readonly incident: string;
  readonly out: string;
  readonly size?: number;
  /** Seconds that cosignatures may take to come in. */
  readonly wait: number;
}

/**
 * `amanat bundle --incident`. Reads the whole log up to the checkpoint, so that nothing is missing that it has of the
 * case, and makes the bundle of that. Answers the exit code.
 * @throws UsageError when it cannot start
 */
export const makeBundle = (options: MakeOptions): Promise<number> =>
  concluded(async (signal) => {
    const incident = IncidentId.safeParse(options.incident);
    if (!incident.success) throw new UsageError('--incident takes in- and 32 hex digits');
    if (!options.token) throw new UsageError('give an auditor’s bearer token: AMANAT_TOKEN or --token');
    if (options.quorum !== undefined)
      throw new UsageError(
        '--quorum is for verifying: a bundle has the cosignatures of all that --witness names',
      );
    const { grounds, policy } = await gathered(options, incident.data, signal);
    const verifier = await buildVerifier();
    const zip = zipped(() => zipOf(composeBundle(grounds, verifier).files));
    // As whoever is handed it will: what does not verify is not handed out.
    const verified = verifyZip(zip, { policy, verifier });
    save(options.out, zip);
    const about = { path: options.out, sha256: sha256Of(zip), verifier: sha256Of(verifier) };
    process.stdout.write(renderBundle(verified, about));
    return 0;
  });

/** What the log has of the case, and the answers that the API keeps. */
async function gathered(
  options: MakeOptions,
  incidentId: IncidentId,
  signal: AbortSignal,
): Promise<{ grounds: Grounds; policy: Policy }> {
  const progress = new Stages();
  try {
    let kept: KeptEntries | undefined;
    const session = await LogSession.open(
      // What is read is read for the incident itself, unless told otherwise.
      { case: incidentId, ...options },
      {
        signal,
        note,
        onEntries: (entries) => kept?.add(entries),
        onProgress: (done, of) => progress.show('entries', done, of),
      },
    );
    const { client, policy } = session;
    const of = {
      ...(options.size !== undefined && { size: options.size }),
      waitMs: options.wait * 1_000,
      signal,
    };
    const text = await cosignedCheckpoint(client, policy, of);
    const told = await tellIncident(client, incidentId, signal);
    kept = new KeptEntries(told.named);
    const checkpoint = await session.goOnTo(text);
    session.keep();

    const { entries, answers } = kept.asOfLog(told);
    const later = told.answers.size - answers.size;
    if (later > 0) note(`${later} traces of the incident are later than size ${checkpoint.size}`);
    const onProgress = (done: number, total: number) => progress.show('proofs', done, total);
    const proofs = await proved(entries, checkpoint, { client, signal, onProgress });
    const { text: bundled, keys } = bundledCheckpoint(text, policy);
    return { grounds: { checkpoint: bundled, keys, answers, entries: proofs }, policy };
  } finally {
    progress.stop();
  }
}

/** What the API tells of the incident, and what the log has of it, may not add up; or be more than a bundle can hold. */
function zipped(make: () => Uint8Array): Uint8Array {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    if (!(error instanceof BundleFault)) throw error;
    throw new Finding('views', `what the API tells of the case is not what the log has: ${error.message}`);
  }
}

/** Where its owner alone can read it. */
function save(path: string, zip: Uint8Array): void {
  const file = new WholeFile(path, 0o600);
  try {
    file.write(zip);
    file.keep();
  } finally {
    file.close();
  }
}
