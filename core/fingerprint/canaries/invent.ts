import type { FingerprintField } from '../sets.ts';
import type { Canary } from './list.ts';

/** Digits that nobody has, from the first to the last: numbers with their country code, ids with 13 digits. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** What records are invented of. */
export interface Invention {
  readonly msisdn: readonly Range[];
  readonly cnic: readonly Range[];
  /** A whole number from 0 to below its argument, that nobody can foresee. */
  readonly random: (below: number) => number;
}

export const sizeOf = (ranges: readonly Range[]): number =>
  ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);

/** Records of these fields, each with a number and an id that no other has. There must be as many of them. */
export function invent(count: number, fields: readonly FingerprintField[], invention: Invention): Canary[] {
  const { random } = invention;
  const numbers = drawn(count, invention.msisdn, random);
  const ids = drawn(count, invention.cnic, random);
  return Array.from({ length: count }, (_, at) => {
    const cnic = String(ids[at] ?? 0).padStart(13, '0');
    // The last digit of an id is odd for men, even for women.
    const female = ids.length > 0 ? Number(cnic.at(-1)) % 2 === 0 : random(2) === 0;
    const family = pick(FAMILY, random);
    const all: Required<Canary> = {
      msisdn: String(numbers[at] ?? ''),
      cnic,
      name: `${pick(female ? WOMEN : MEN, random)} ${family}`,
      'father-name': `${pick(MEN, random)} ${family}`,
      address: address(ids.length > 0 ? cnic.charAt(0) : '', random),
    };
    return Object.fromEntries(fields.map((field) => [field, all[field]]));
  });
}

/** Different values from the ranges, none where there is no range. */
function drawn(count: number, ranges: readonly Range[], random: Invention['random']): number[] {
  const size = sizeOf(ranges);
  if (size === 0) return [];
  // Floyd's sampling: each draw is new, however full the range gets.
  const places = new Set<number>();
  for (let most = size - count; most < size; most++) {
    const place = random(most + 1);
    places.add(places.has(place) ? most : place);
  }
  return [...places].map((place) => valueAt(ranges, place));
}

function valueAt(ranges: readonly Range[], place: number): number {
  let left = place;
  for (const { first, last } of ranges) {
    const size = last - first + 1;
    if (left < size) return first + left;
    left -= size;
  }
  throw new RangeError('a place beyond the ranges');
}

const pick = (items: readonly string[], random: Invention['random']): string =>
  items[random(items.length)] ?? '';

function address(province: string, random: Invention['random']): string {
  const place = pick(PLACES[province] ?? Object.values(PLACES).flat(), random);
  return `House ${1 + random(400)}, Street ${1 + random(60)}, ${place}`;
}

const MEN =
  'Aamir Adnan Asif Bilal Faisal Farhan Ghulam Habib Hamza Haris Imran Irfan Junaid Kamran Khalid Majid Naveed Nasir Omar Rashid Saad Saleem Shahid Tariq Usman Waqas Yasir Zahid Zubair'.split(
    ' ',
  );
const WOMEN =
  'Aisha Amina Asma Bushra Farah Farzana Fatima Hina Iqra Javeria Kiran Lubna Maryam Mehwish Nadia Naila Nazia Rabia Rukhsana Saba Sadia Saima Samina Sidra Sumaira Tahira Uzma Zainab'.split(
    ' ',
  );
const FAMILY =
  'Abbasi Ahmed Akhtar Ali Anwar Aslam Awan Baig Bhatti Butt Chaudhry Gill Gondal Hashmi Hussain Iqbal Javed Kazmi Khan Latif Mahmood Malik Mirza Mughal Qureshi Rana Raza Shah Siddiqui Yousaf'.split(
    ' ',
  );

/** Parts of towns by the first digit of the id. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  '1': ['Hayatabad, Peshawar', 'Gulbahar, Peshawar', 'Mandian, Abbottabad', 'Saidu Sharif, Swat'],
  '2': ['Parachinar, Kurram', 'Khar, Bajaur'],
  '3': [
    'Johar Town, Lahore',
    'Samanabad, Lahore',
    'Peoples Colony, Faisalabad',
    'Satellite Town, Rawalpindi',
    'Shah Rukn-e-Alam, Multan',
  ],
  '4': [
    'Gulshan-e-Iqbal, Karachi',
    'North Nazimabad, Karachi',
    'Latifabad, Hyderabad',
    'Shikarpur Road, Sukkur',
  ],
  '5': ['Satellite Town, Quetta', 'Jinnah Town, Quetta', 'Khuzdar City, Khuzdar'],
  '6': ['G-9, Islamabad', 'I-10, Islamabad', 'F-11, Islamabad'],
  '7': ['Jutial, Gilgit', 'Skardu City, Skardu'],
};
