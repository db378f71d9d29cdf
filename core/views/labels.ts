import { CANONICAL_FIELDS, type CanonicalField } from '../model/vocabulary.ts';

/** What a field holds, in words that need no glossary. */
export const FIELD_LABELS: Record<CanonicalField, string> = {
  msisdn: 'phone number',
  cnic: 'national identity number',
  imsi: 'SIM card number (IMSI)',
  imei: 'device number (IMEI)',
  iccid: 'SIM card number (ICCID)',
  name: 'name',
  'father-name': 'father’s name',
  'mother-name': 'mother’s name',
  address: 'address',
  'birth-date': 'date of birth',
  gender: 'gender',
  email: 'e-mail address',
  'family-tree': 'family relations',
  photo: 'photograph',
  'fingerprint-biometric': 'fingerprints',
  'passport-number': 'passport number',
  ntn: 'tax number',
  'bank-account': 'bank account',
  income: 'income',
  household: 'household',
  'activation-date': 'date of activation of the SIM',
  'sim-status': 'state of the SIM',
  operator: 'phone operator',
  tariff: 'tariff',
  'cell-location': 'location of the phone',
  'call-detail': 'calls and messages: with whom and when',
  'travel-history': 'travel',
  'vehicle-registration': 'vehicle registration',
  property: 'property',
  employment: 'employment',
  'health-record': 'health',
  other: 'other data',
};

/** The fields by their labels, in the order of those. */
export const LABELLED_FIELDS = [...CANONICAL_FIELDS].sort((a, b) =>
  FIELD_LABELS[a].localeCompare(FIELD_LABELS[b], 'en'),
);

const PROVINCES: Readonly<Record<string, string>> = {
  'PK-PB': 'Punjab',
  'PK-SD': 'Sindh',
  'PK-KP': 'Khyber Pakhtunkhwa',
  'PK-BA': 'Balochistan',
  'PK-IS': 'Islamabad',
  'PK-GB': 'Gilgit-Baltistan',
  'PK-JK': 'Azad Jammu and Kashmir',
};
const countries = new Intl.DisplayNames('en', { type: 'region' });

export const areaLabel = (area: string): string => PROVINCES[area] ?? countries.of(area) ?? area;

/** The term of a vocabulary's IRI in words: `…#LegalObligation` is a legal obligation. */
export function termLabel(iri: string): string {
  const words = (iri.split('#')[1] ?? iri).replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
