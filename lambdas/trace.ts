import { serve } from './http/serve.ts';
import { getTrace, runTrace } from './traces/run.ts';
import { requestFingerprintUpload, requestFrameUpload, requestSampleUpload } from './traces/uploads.ts';

/** Tracing: what could explain a leak, asked under an incident and recorded; and what traces are made of. */
export const handler = serve({
  runTrace,
  getTrace,
  requestFingerprintUpload,
  requestFrameUpload,
  requestSampleUpload,
});
