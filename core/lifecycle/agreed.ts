import type { Flag } from '../model/entry.ts';
import type { AgencyId, AgreementId, Day } from '../model/scalars.ts';
import { areaHolds } from '../model/vocabulary.ts';
import { type AgreementState, agreementVersion } from './registry.ts';

/** What is said to rest on an agreement, and where in its record that is said. What is not known departs from nothing. */
export interface Resting {
  readonly agreement: { readonly id: AgreementId; readonly version: number };
  readonly provider: AgencyId;
  readonly recipient: AgencyId;
  readonly period: { readonly earliest: Day; readonly latest: Day };
  readonly fields: readonly string[];
  readonly purposes: readonly string[];
  readonly areas: readonly string[];
  readonly pointers: { readonly period: string; readonly areas: string };
}

/**
 * Where something departs from the agreement that it is said to rest on.
 * @param fault is told what makes it rest on no agreement at all
 */
export function departures(
  { agreement, provider, recipient, period, fields, purposes, areas, pointers }: Resting,
  state: AgreementState | undefined,
  fault: (pointer: string, detail: string) => void,
): Flag[] {
  if (!state) {
    fault('/agreement/id', 'is no registered agreement');
    return [];
  }
  const terms = agreementVersion(state, agreement.version);
  if (!terms) {
    fault('/agreement/version', 'is no version of this agreement');
    return [];
  }
  if (terms.provider !== provider || terms.recipient !== recipient)
    fault('/agreement/id', 'is an agreement between other agencies');

  const flags: Flag[] = [];
  if (period.earliest < terms.validFrom || period.latest > terms.validUntil)
    flags.push({ code: 'outside-agreement-date', pointer: pointers.period });
  if (state.retired && period.latest > state.retired.on)
    flags.push({ code: 'agreement-retired', pointer: pointers.period });
  const agreed = { fields: new Set<string>(terms.fields), purposes: new Set<string>(terms.purposes) };
  fields.forEach((field, i) => {
    if (!agreed.fields.has(field)) flags.push({ code: 'outside-agreement-fields', pointer: `/fields/${i}` });
  });
  purposes.forEach((purpose, i) => {
    if (!agreed.purposes.has(purpose))
      flags.push({ code: 'outside-agreement-purpose', pointer: `/purposes/${i}` });
  });
  areas.forEach((area, i) => {
    if (!terms.areas.some((each) => areaHolds(each, area)))
      flags.push({ code: 'outside-agreement-area', pointer: `${pointers.areas}/${i}` });
  });
  return flags;
}
