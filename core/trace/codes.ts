/** Whether a finding speaks for the transfer, against it, or only has to be known. */
export const BEARINGS = ['for', 'against', 'neutral'] as const;
export type Bearing = (typeof BEARINGS)[number];

interface Meaning {
  readonly bearing: Bearing;
  /** What one such finding adds to the points that order candidates (record, history) or sets (set). */
  readonly points: number;
  /** Rules the transfer out as a source of what was described. */
  readonly excludes?: true;
  readonly means: string;
}

/** Findings from the record of the hand-over and the description of the leak. Their sum ranks all candidates. */
export const RECORD_EVIDENCE = {
  'file-digest-equal': {
    bearing: 'for',
    points: 1000,
    means:
      'A leaked file is byte for byte a file of this hand-over. Nothing excludes such a transfer: what would, is shown against it.',
  },

  'field-covered': {
    bearing: 'for',
    points: 10,
    means: 'The leaked field was handed over in the clear. Points for each field.',
  },
  'field-missing': {
    bearing: 'against',
    points: -5,
    means: 'The leaked field was not handed over. Points for each field.',
  },
  'field-altered': {
    bearing: 'against',
    points: -5,
    means:
      'The leaked field was handed over only masked, tokenised, derived or aggregated, which does not give the clear value. Points for each field.',
  },
  'nothing-in-the-clear': {
    bearing: 'against',
    points: -30,
    means:
      'Leaked fields were handed over, but each of them only altered: clear values would have had to be found out.',
  },
  'fields-unknown': {
    bearing: 'neutral',
    points: 0,
    means:
      'The record does not say which fields were handed over: it may hold all or none of the leaked ones.',
  },
  'no-leaked-field': {
    bearing: 'against',
    points: -50,
    excludes: true,
    means: 'The fields handed over are known, and no leaked field is among them in any form.',
  },

  'handed-over-after-leak': {
    bearing: 'against',
    points: -50,
    excludes: true,
    means: 'Handed over after the leak was first seen.',
  },
  'snapshot-after-leak': {
    bearing: 'against',
    points: -50,
    excludes: true,
    means: 'The data shows a state of its source that came after the leak was first seen.',
  },
  'hand-over-may-be-after-leak': {
    bearing: 'against',
    points: -3,
    means: 'The hand-over is dated by a range that goes on after the leak was first seen.',
  },
  'newest-fact-after-snapshot': {
    bearing: 'against',
    points: -50,
    excludes: true,
    means: 'The leak shows a fact from after the last day that this copy can show.',
  },
  'newest-fact-after-record': {
    bearing: 'against',
    points: -20,
    means:
      'The leak shows a fact from after the last day that the record gives, but the access may have gone on after it.',
  },
  'later-facts-absent': {
    bearing: 'against',
    points: -15,
    means:
      'The whole snapshot is later than the last day whose facts the leak shows. A selection of old records would look the same, so this does not exclude.',
  },
  'snapshot-fits': {
    bearing: 'for',
    points: 10,
    means: 'The snapshot shares at least a day with the vintage of the leak.',
  },

  'area-disjoint': {
    bearing: 'against',
    points: -50,
    excludes: true,
    means: 'The data covers none of the areas that the people in the leak live in.',
  },
  'area-covered': { bearing: 'for', points: 5, means: 'The data covers every area of the leak.' },
  'area-partly-covered': {
    bearing: 'against',
    points: -5,
    means: 'The data covers some of the areas of the leak, not all.',
  },

  'rows-equal': {
    bearing: 'for',
    points: 30,
    means: 'The leak has exactly as many rows as the hand-over.',
  },
  'file-rows-equal': {
    bearing: 'for',
    points: 20,
    means: 'A leaked file has exactly as many rows as a file of the hand-over.',
  },
  'rows-fewer': {
    bearing: 'against',
    points: -5,
    means: 'Fewer rows were handed over than the leak holds.',
  },

  'headers-equal': {
    bearing: 'for',
    points: 40,
    means: 'The same column names in the same order, as written.',
  },
  'headers-reordered': {
    bearing: 'for',
    points: 20,
    means: 'The same column names in another order.',
  },
  'headers-shared': {
    bearing: 'for',
    points: 5,
    means: 'At least half of the leaked column names are among those handed over.',
  },
  'headers-differ': {
    bearing: 'against',
    points: -3,
    means:
      'Fewer than half of the leaked column names are among those handed over; a copy may have been renamed.',
  },
  'delimiter-same': { bearing: 'for', points: 1, means: 'The same delimiter.' },
  'delimiter-differs': {
    bearing: 'against',
    points: -1,
    means: 'Another delimiter; a copy may have been reformatted.',
  },
  'encoding-same': { bearing: 'for', points: 1, means: 'The same character encoding.' },
  'encoding-differs': {
    bearing: 'against',
    points: -1,
    means: 'Another character encoding; a copy may have been reformatted.',
  },
  'id-style-same': {
    bearing: 'for',
    points: 3,
    means: 'An identifier is spelled the same way. Points for each field.',
  },
  'id-style-differs': {
    bearing: 'against',
    points: -2,
    means: 'An identifier is spelled another way; a copy may have been reformatted. Points for each field.',
  },

  'access-bulk': { bearing: 'for', points: 2, means: 'The recipient got the data as a whole.' },
  'access-per-query': {
    bearing: 'against',
    points: -5,
    means:
      'The recipient could ask or look, but got no copy as a whole: answers would have had to be collected, which is a rival explanation of its own.',
  },
  unencrypted: {
    bearing: 'for',
    points: 2,
    means: 'The data was handed over without encryption, so others could have taken a copy on the way.',
  },
  'recorded-later': {
    bearing: 'neutral',
    points: 0,
    means:
      'The record was made after the fact, declared by the recipient or inferred: a weaker record of what was handed over.',
  },
  'not-recorded': {
    bearing: 'neutral',
    points: 0,
    means: 'The record lacks parts that the leak could have been compared with.',
  },
} as const satisfies Record<string, Meaning>;
export type RecordCode = keyof typeof RECORD_EVIDENCE;

/**
 * Findings from the history of the holding, and from what stands beside it. They only order candidates whose records
 * weigh the same: a leak is seen long after the copy was made, so the state on that day says little about the copy.
 */
export const HISTORY_EVIDENCE = {
  'destruction-verified': {
    bearing: 'against',
    points: -3,
    means: 'The destruction had been verified by the provider. A copy made before it would be untouched.',
  },
  'destruction-certified': {
    bearing: 'against',
    points: -2,
    means: 'The recipient had certified the destruction, and nobody had verified it.',
  },
  'destruction-incomplete': {
    bearing: 'for',
    points: 1,
    means: 'By its own certificate the destruction left, or may have left, backups or derived copies.',
  },
  'destruction-rejected': {
    bearing: 'for',
    points: 1,
    means: 'The provider had rejected the certificate of destruction.',
  },
  'retention-ended': {
    bearing: 'for',
    points: 2,
    means: 'The holding was to be gone when the leak was first seen, and no destruction had been certified.',
  },
  'still-held': {
    bearing: 'for',
    points: 1,
    means: 'The recipient was to hold the data on the day on which the leak was first seen.',
  },
  'retention-unknown': {
    bearing: 'neutral',
    points: 0,
    means: 'The record states no end of the holding, and no destruction had been certified.',
  },
  'attested-held': {
    bearing: 'for',
    points: 1,
    means: 'The recipient had attested that it holds the data.',
  },
  'attested-not-held': {
    bearing: 'against',
    points: -1,
    means: 'The recipient had attested that it does not hold the data.',
  },
  acknowledged: { bearing: 'for', points: 1, means: 'The recipient acknowledged that it got the data.' },
  'acknowledged-differs': {
    bearing: 'neutral',
    points: 0,
    means:
      'The recipient acknowledged other digests or rows than the provider recorded: what arrived is not certain.',
  },
  'not-acknowledged': {
    bearing: 'neutral',
    points: 0,
    means: 'The recipient has not acknowledged the hand-over: only the recorder says that it took place.',
  },
  disputed: { bearing: 'against', points: -1, means: 'The recipient disputes the record.' },
  'disputed-not-received': {
    bearing: 'against',
    points: -4,
    means: 'The recipient disputes that it got the data.',
  },
  superseded: {
    bearing: 'against',
    points: -5,
    means: 'The record was found wrong and replaced by another one, which is to be read instead.',
  },
  'passed-on': {
    bearing: 'neutral',
    points: 0,
    means: 'The recipient passed data of this hand-over on: those who got it could have leaked it as well.',
  },
  'origin-is-candidate': {
    bearing: 'neutral',
    points: 0,
    means: 'The data came from another hand-over that is a candidate too.',
  },
  'fingerprint-available': {
    bearing: 'neutral',
    points: 0,
    means: 'Keyed fingerprints of the rows exist: leaked rows can be tested against this hand-over.',
  },
  'canaries-planted': {
    bearing: 'neutral',
    points: 0,
    means: 'Planted records exist: finding one in the leak would name this hand-over.',
  },
} as const satisfies Record<string, Meaning>;
export type HistoryCode = keyof typeof HISTORY_EVIDENCE;

/** Findings about transfers of a set in combination. Their sum, with the points of the members, orders sets of one size. */
export const SET_EVIDENCE = {
  'one-recipient': {
    bearing: 'for',
    points: 10,
    means: 'All were handed to the same agency, which could join them.',
  },
  'one-holder': {
    bearing: 'for',
    points: 8,
    means: 'One agency provided or received each of them, and received at least one: it could join them.',
  },
  'no-common-holder': {
    bearing: 'against',
    points: -3,
    means:
      'No agency but perhaps their common provider is recorded with all of them: they would have had to be brought together elsewhere.',
  },
  'one-provider': {
    bearing: 'neutral',
    points: 0,
    means: 'All come from the same provider, whose own copy holds them together: a rival explanation.',
  },
  'join-key': {
    bearing: 'for',
    points: 5,
    means: 'Identifiers that they hold in common, in the clear, allow to join their rows.',
  },
  'weak-join-key': {
    bearing: 'against',
    points: -4,
    means:
      'Without a common identifier they can be joined only by a name with another attribute: many rows would be joined wrongly.',
  },
  'no-join-key': {
    bearing: 'against',
    points: -10,
    means: 'They hold nothing in common by which their rows could be joined: a less plausible explanation.',
  },
  'members-share-no-area': {
    bearing: 'against',
    points: -10,
    means: 'Two of them cover areas without common ground: few people can be in both.',
  },
  'rows-too-few': {
    bearing: 'against',
    points: -10,
    means: 'All their rows together are fewer than the leak holds.',
  },
  'snapshots-apart': {
    bearing: 'neutral',
    points: 0,
    means:
      'They show states of different days: numbers that changed hands in between would be joined to the wrong person.',
  },
  'record-and-its-replacement': {
    bearing: 'against',
    points: -20,
    means: 'One of them is the record that replaces another of them: they are one hand-over.',
  },
} as const satisfies Record<string, Meaning>;
export type SetCode = keyof typeof SET_EVIDENCE;

export const EVIDENCE = { ...RECORD_EVIDENCE, ...HISTORY_EVIDENCE, ...SET_EVIDENCE } as const;
export type EvidenceCode = keyof typeof EVIDENCE;
export const EVIDENCE_CODES = Object.keys(EVIDENCE) as [EvidenceCode, ...EvidenceCode[]];

export const meaningOf = (code: EvidenceCode): Meaning => EVIDENCE[code];

/** The findings that exclude a transfer. */
export const EXCLUSIONS = [
  'no-leaked-field',
  'handed-over-after-leak',
  'snapshot-after-leak',
  'newest-fact-after-snapshot',
  'area-disjoint',
] as const satisfies readonly RecordCode[];
export type ExclusionCode = (typeof EXCLUSIONS)[number];
