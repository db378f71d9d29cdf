import type { EntryId, TraceId } from '../model/scalars.ts';

/** Raised when a bundle of the same grounds would have other files, or the grounds other names. */
export const FORMAT = 'amanat-bundle/1';

/** The files of a bundle that there is one of. */
export const FILES = {
  readme: 'README.txt',
  report: 'report.html',
  checkpoint: 'checkpoint',
  keys: 'keys.txt',
  manifest: 'manifest.json',
  misp: 'misp.json',
  case: 'case-uco.jsonld',
  verifier: 'verify.mjs',
} as const;

/** Zeros before a place keep files in the order of the log, up to a billion entries. */
const PLACE_DIGITS = 9;

const entryStem = (index: number, entryId: EntryId): string =>
  `entries/${String(index).padStart(PLACE_DIGITS, '0')}-${entryId}`;
/** The exact bytes of an entry. */
export const entryFile = (index: number, entryId: EntryId): string => `${entryStem(index, entryId)}.json`;
/** Its receipt (C2SP tlog-proof). */
export const receiptFile = (index: number, entryId: EntryId): string =>
  `${entryStem(index, entryId)}.tlog-proof`;
/** The exact bytes of what a trace answered. */
export const answerFile = (traceId: TraceId): string => `traces/${traceId}.json`;

export const isEntryFile = (name: string): boolean => /^entries\/[^/]+\.json$/.test(name);
export const receiptOf = (file: string): string => file.replace(/\.json$/, '.tlog-proof');
export const traceIdIn = (name: string): string | undefined => /^traces\/([^/]+)\.json$/.exec(name)?.[1];
