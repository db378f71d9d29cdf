import type { RequestOf } from '../../core/api/client.ts';
import type { ScenarioAgency } from './agencies.ts';

type Declaration = RequestOf<'declareCoverage'>['body'] & { readonly provider: ScenarioAgency };

/**
 * For which periods the ledger is complete. The spring of the two hand-overs is in none of the authority's, for that
 * volume of its despatch register is missing: what is known of it was found in files, and there may be more.
 */
export const DECLARATIONS: readonly Declaration[] = [
  {
    provider: 'telecom-authority',
    from: '2019-01-01',
    to: '2021-06-30',
    basis: 'Every line of the despatch register, volumes 9 to 12, was compared with the ledger',
  },
  {
    provider: 'telecom-authority',
    from: '2022-07-01',
    to: '2023-12-31',
    scope: 'Hand-overs through the transfer server only, not discs and e-mail',
    basis: 'Log of the transfer server, which is whole from July 2022 on',
  },
  {
    provider: 'telecom-authority',
    from: '2024-01-01',
    to: '2025-12-31',
    basis: 'Since 2024 no data leaves without an entry in the ledger',
  },
  {
    provider: 'citizen-registry',
    from: '2019-07-01',
    to: '2025-12-31',
    basis: 'Register of extracts of the registry',
  },
  {
    provider: 'income-support-programme',
    from: '2024-01-01',
    to: '2025-12-31',
    basis: 'Since 2024 no data leaves without an entry in the ledger',
  },
  {
    provider: 'revenue-authority',
    from: '2023-01-01',
    to: '2025-06-30',
    scope: 'Extracts for other agencies',
    basis: 'Tickets of the data service desk',
  },
];
