import { EVIDENCE, EVIDENCE_CODES } from './codes.ts';

export const METHOD_NAME = 'tracing-by-description';
/** Raised whenever the same question over the same ledger could be answered otherwise. */
export const METHOD_VERSION = 1;

/**
 * What an answer holds at most. They keep any answer under 1.5 MB, and a trace of 100,000 transfers well under a
 * second; whatever is cut off is counted.
 */
export const BOUNDS = {
  /** Candidates shown with their evidence. */
  candidates: 120,
  /** Of these, kept free for members of the sets listed, whatever their rank. */
  membersOfSets: 80,
  /** Excluded transfers listed with their reasons. */
  excluded: 80,
  /** Kinds of sets listed, each standing for all sets that combine the same fields. */
  patterns: 100,
  /** Groups of equal coverage that the listed kinds of sets refer to. */
  groups: 200,
  /** Concrete sets listed, and members of all of them together. */
  sets: 100,
  memberships: 300,
  /** Steps of the search for irredundant covers, and covers found, after which it stops and is labelled incomplete. */
  searchSteps: 1_000_000,
  searchCovers: 10_000,
  /** Providers listed in the coverage, and gaps and declarations of each. */
  providers: 50,
  gaps: 12,
  declarations: 10,
  /** Transfers counted downstream of a candidate. */
  downstream: 100,
} as const;

export const RULES = [
  'Points add up by the table of evidence. They order what is shown; they are no probability, and no measure of how much more likely one transfer is than another.',
  'Candidates are ranked by the points of what their records say. Candidates of equal rank are ordered by the points of their history, then by their place in the ledger.',
  'A transfer is excluded only where its record contradicts the description. What a record does not say excludes nothing.',
  'A leaked file that equals a recorded file byte for byte overrides every exclusion: the record is then in question, not the file.',
  'The vintage is taken to hold for the leak as one. A transfer excluded as older than the newest fact could still have given an older part of a compiled leak: see the counts for each field, and describe such a part by itself to ask about it.',
  'A transfer covers a leaked field when it gave it in the clear (transform identity). A field given only masked, tokenised, derived or aggregated is not covered.',
  'A transfer whose fields are not recorded is in no set. It could hold all or none of the leaked fields, and stays a candidate.',
  'A set is irredundant when its transfers together cover all coverable leaked fields and each of them gives a field that no other of the set gives. A transfer that covers all of them is a set of one.',
  'Transfers that cover the same leaked fields form a group and stand for each other in a set. Sets are searched over groups, smallest first; a pattern of groups stands for as many sets as the product of the sizes of its groups.',
  'Sets are ordered by size, then by the points of their members and of their joint evidence. Sets listed are the best of each pattern by the points of their members, and those that one recipient received, taken from the patterns in turn.',
] as const;

/** The method as an answer states it, with the whole table of evidence. */
export const methodStatement = () => ({
  name: METHOD_NAME,
  version: METHOD_VERSION,
  rules: [...RULES],
  bounds: { ...BOUNDS },
  evidence: EVIDENCE_CODES.map((code) => {
    const { bearing, points, means, ...rest } = EVIDENCE[code];
    return { code, bearing, points, excludes: 'excludes' in rest, means };
  }),
});
