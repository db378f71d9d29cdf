/** A thread with the object store of the local system: on the machine at hand it is a process of its own too. */
import { parentPort, workerData } from 'node:worker_threads';
import { Buckets } from '../../local/objects/buckets.ts';
import { startS3 } from '../../local/objects/server.ts';

const buckets = await Buckets.open(workerData as string, ['fingerprints']);
const { url } = await startS3(buckets, { accessKeyId: 'local', secretAccessKey: 'local' });
parentPort?.postMessage(url);
