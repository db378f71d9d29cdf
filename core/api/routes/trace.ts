import * as z from 'zod';
import { MOST_SAMPLE_BYTES } from '../../fingerprint/sample.ts';
import { LeakDescription } from '../../model/incident.ts';
import { FrameId, IncidentId, Sha256, TraceId } from '../../model/scalars.ts';
import { SubjectQuestion } from '../../model/subject.ts';
import { TraceAnswer, TracePending } from '../../trace/answer.ts';
import { SubjectAnswer } from '../../trace/subject/answer.ts';
import { UploadTicket } from '../answers.ts';
import type { Described } from './described.ts';
import { incidentPath, transferPath } from './paths.ts';

/** S3 takes no more in one piece. */
const MOST_FILE_BYTES = 5 * 2 ** 30;
const FileToBring = z
  .strictObject({ bytes: z.int().min(1).max(MOST_FILE_BYTES) })
  .meta({ id: 'FileToBring', description: 'How long the file is of which the record has the digest' });
const SampleToBring = z
  .strictObject({ sha256: Sha256, bytes: z.int().min(1).max(MOST_SAMPLE_BYTES) })
  .meta({ id: 'SampleToBring', description: 'The digest and length of a keyed sample' });

/** Tracing a leak, and the files that it takes: served by `lambdas/trace.ts`. */
export const TRACE_ROUTES = {
  requestFingerprintUpload: {
    method: 'POST',
    path: '/v1/transfers/{transferId}/fingerprint-upload',
    summary: 'Ask where to bring the fingerprint file of a transfer',
    servedBy: 'trace',
    params: transferPath,
    body: FileToBring,
    answer: UploadTicket,
  },
  requestFrameUpload: {
    method: 'POST',
    path: '/v1/frames/{frameId}/fingerprint-upload',
    summary: 'Ask where to bring the fingerprint file of a frame',
    servedBy: 'trace',
    params: z.strictObject({ frameId: FrameId }),
    body: FileToBring,
    answer: UploadTicket,
  },
  requestSampleUpload: {
    method: 'POST',
    path: '/v1/incidents/{incidentId}/sample-upload',
    summary: 'Ask where to bring the keyed sample of a leak',
    servedBy: 'trace',
    params: incidentPath,
    body: SampleToBring,
    answer: UploadTicket,
  },
  runTrace: {
    method: 'POST',
    path: '/v1/incidents/{incidentId}/traces',
    summary: 'Ask which transfers could explain a leak',
    servedBy: 'trace',
    params: incidentPath,
    body: LeakDescription,
    append: true,
    answer: TraceAnswer,
    pending: TracePending,
  },
  getTrace: {
    method: 'GET',
    path: '/v1/incidents/{incidentId}/traces/{traceId}',
    summary: 'The answer of a trace, as it was given',
    servedBy: 'trace',
    params: z.strictObject({ incidentId: IncidentId, traceId: TraceId }),
    answer: TraceAnswer,
    pending: TracePending,
  },
  askSubject: {
    method: 'POST',
    path: '/v1/subject-requests',
    summary: 'Ask which transfers held one person',
    servedBy: 'trace',
    body: SubjectQuestion,
    append: true,
    answer: SubjectAnswer,
  },
} as const satisfies Record<string, Described>;
