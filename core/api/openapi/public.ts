import type * as z from 'zod';
import { legalBases, purposes } from '../../model/vocabulary.ts';
import { termLabel } from '../../views/labels.ts';
import type { PublicRegister } from '../public-register.ts';
import { IDS } from './ids.ts';

const term = (iri: string) => ({ iri, label: termLabel(iri) });
const authority = { agencyId: 'numbering-authority', name: 'Numbering Authority' };

/** What anyone is told of the hand-over of the other examples. */
export const publicRegister: z.input<typeof PublicRegister> = {
  items: [
    {
      transferId: IDS.transfer,
      provider: authority,
      recipient: { agencyId: 'hill-it-board', name: 'Hill IT Board' },
      title: 'Register of subscribers, district extract',
      about: 'prepaid subscribers',
      fields: ['msisdn', 'cnic', 'address'],
      people: 3_900_000,
      records: 4_100_000,
      areas: ['PK-PB'],
      purposes: [term(purposes.welfareEligibility)],
      legalBases: [term(legalBases.officialAuthority)],
      agreement: 'agr-2024-03',
      handedOver: { from: '2024-03', to: '2024-03' },
      keptUntil: '2025-06-30',
      state: 'kept',
    },
  ],
  suppressed: [{ provider: authority, basis: 'criminal-investigation', count: 2 }],
  reflects: { size: 1_204 },
};
