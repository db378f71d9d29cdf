import type { RequestOf } from '../../core/api/client.ts';

type AgencyInput = RequestOf<'registerAgency'>['body'];

/** Who takes part in the scenario. All of them, and all that they do here, are invented. */
export const AGENCIES = [
  { agencyId: 'telecom-authority', name: 'Telecom Authority', kind: 'regulator', area: 'PK' },
  { agencyId: 'citizen-registry', name: 'Citizen Registry', kind: 'government', area: 'PK' },
  { agencyId: 'it-board-punjab', name: 'Provincial IT Board, Punjab', kind: 'government', area: 'PK-PB' },
  { agencyId: 'it-board-sindh', name: 'Provincial IT Board, Sindh', kind: 'government', area: 'PK-SD' },
  {
    agencyId: 'income-support-programme',
    name: 'Income Support Programme',
    kind: 'social-protection',
    area: 'PK',
  },
  { agencyId: 'investigation-agency', name: 'Investigation Agency', kind: 'law-enforcement', area: 'PK' },
  { agencyId: 'revenue-authority', name: 'Revenue Authority', kind: 'government', area: 'PK' },
  {
    agencyId: 'excise-department-sindh',
    name: 'Excise Department, Sindh',
    kind: 'government',
    area: 'PK-SD',
  },
  { agencyId: 'statistics-bureau', name: 'Statistics Bureau', kind: 'statistics', area: 'PK' },
  { agencyId: 'disaster-authority', name: 'Disaster Authority', kind: 'government', area: 'PK' },
  { agencyId: 'health-department-punjab', name: 'Health Department, Punjab', kind: 'health', area: 'PK-PB' },
  { agencyId: 'health-department-kp', name: 'Health Department, KP', kind: 'health', area: 'PK-KP' },
  { agencyId: 'election-office', name: 'Election Office', kind: 'government', area: 'PK' },
  { agencyId: 'bank-regulator', name: 'Bank Regulator', kind: 'regulator', area: 'PK' },
  {
    agencyId: 'identity-verification-contractor',
    name: 'Identity Verification Contractor',
    kind: 'private',
    holdsOwnData: false,
  },
  { agencyId: 'research-institute', name: 'Institute for Social Research', kind: 'research' },
] as const satisfies readonly AgencyInput[];

export type ScenarioAgency = (typeof AGENCIES)[number]['agencyId'];
