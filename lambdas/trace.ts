import { recordedRead } from './access/recording.ts';
import { serve } from './http/serve.ts';
import { getTrace, runTrace } from './traces/run.ts';
import { askSubject } from './traces/subject.ts';
import { requestFingerprintUpload, requestFrameUpload, requestSampleUpload } from './traces/uploads.ts';

/** Tracing: what could explain a leak and who held a person, asked and recorded; and what traces are made of. */
export const handler = serve(
  {
    runTrace,
    getTrace,
    requestFingerprintUpload,
    requestFrameUpload,
    requestSampleUpload,
    askSubject,
  },
  recordedRead,
);
