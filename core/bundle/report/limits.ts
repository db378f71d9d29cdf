/** What a bundle cannot show, whatever is in it. */
export const DISCLAIMERS = [
  'A hand-over is consistent with a leak, or it is not. That it is consistent does not make it the source: the provider’s own copy of the same extract, and whatever came of either, is of the same content.',
  'The ledger holds claims: who said what of a hand-over, and when. It proves that they were said and are unchanged, and not that they are true.',
  'A record that was made after the fact rests on what could be found then. It says so, and what it lacks is not filled in.',
  'A ratio says how many times more probable the rows are if a hand-over contributed than if it did not. It is not the probability that it did: that also depends on what is known besides.',
  'What is not recorded cannot be named. Where no declaration covers a period, silence of the ledger means nothing.',
  'The entries in this bundle are proved to be in the log. That the last of a history is the last that the log had then, and that nobody declared coverage of which no trace tells, is not shown by them: whoever may read the log makes this bundle again, and has the same bytes or not.',
] as const;
