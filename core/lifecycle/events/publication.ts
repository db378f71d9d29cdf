import { MOST_SUPPRESSED, suppression } from '../../model/publication.ts';
import { addDuration } from '../../model/scalars.ts';
import { told } from '../transfer.ts';
import { conflict, event, invalid, noFlags, notBefore, occurredOn, reason } from './definition.ts';

/** Whether the public register shows a transfer. */
export const PUBLICATION_EVENTS = {
  'publication-suppressed': event({
    summary: 'The law keeps it out of the public register until a day; said anew, until another day',
    shape: { occurredOn, ...suppression },
    decide: (_state, body) => {
      if (body.until <= body.occurredOn) invalid('/until', 'must be after occurredOn');
      if (body.until > addDuration(body.occurredOn, MOST_SUPPRESSED))
        invalid('/until', 'must be at most two years after occurredOn');
      return noFlags;
    },
    evolve: (state, { basis, authority, until }, entry) => ({
      ...state,
      suppressed: { ...told(entry), basis, authority, until },
    }),
  }),

  'publication-restored': event({
    summary: 'What kept it out of the public register is no more',
    shape: { occurredOn, reason },
    decide: ({ suppressed }, body) => {
      if (!suppressed) return conflict('the publication of this transfer is not suppressed');
      notBefore(suppressed, body, 'it was suppressed');
      return noFlags;
    },
    evolve: ({ suppressed: _ended, ...state }) => state,
  }),
} as const;
