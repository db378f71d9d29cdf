/** What kind of identifier of a person a text seems to hold. */
export type PersonalDataKind = 'CNIC' | 'MSISDN' | 'IMEI' | 'IMSI';

const SEP = '[\\s./_-]{0,3}';
const alone = (pattern: string, flags = '') => new RegExp(`(?<!\\d)(?:${pattern})(?!\\d)`, flags);

/** National id: 13 digits, written `#####-#######-#`. No checksum is published, so any 13 digits count. */
const CNIC = alone(`\\d{5}${SEP}\\d{7}${SEP}\\d`);
/** Mobile number: E.164 `+923…` and its spellings `0092…`, `92…`, `0…` and bare `3…`. */
const MSISDN = alone(
  `(?:(?:\\+|00)?92${SEP}(?:\\(?0\\)?)?${SEP}|0)?3(?:[0-247]\\d|3[0-79]|55|64)${SEP}\\d{3}${SEP}\\d{4}`,
);
const FIFTEEN_DIGITS = alone(`\\d{15}|\\d{2}${SEP}\\d{6}${SEP}\\d{6}${SEP}\\d`, 'g');

/**
 * The identifiers of persons that a free text seems to hold: national id, mobile number, IMSI (`410…`, 15 digits) and
 * IMEI (15 digits with a right Luhn digit). Digits of any script count. It errs towards finding: a text wrongly
 * held back can be reworded, a number let in stays for good.
 */
export function personalDataIn(text: string): readonly PersonalDataKind[] {
  const plain = asciiDigits(text.normalize('NFKC').replace(/\p{Cf}/gu, ''));
  const found = new Set<PersonalDataKind>();
  if (CNIC.test(plain)) found.add('CNIC');
  if (MSISDN.test(plain)) found.add('MSISDN');
  for (const [match] of plain.matchAll(FIFTEEN_DIGITS)) {
    const number = match.replace(/\D/g, '');
    if (number.startsWith('410')) found.add('IMSI');
    if (hasLuhnDigit(number)) found.add('IMEI');
  }
  return [...found];
}

/** Decimal digits of every script (Arabic-Indic, Extended Arabic-Indic, …) as ASCII. */
function asciiDigits(text: string): string {
  return text.replace(/[^\P{Nd}0-9]/gu, (digit) => {
    // The ten digits of a script stand together in Unicode; count back to its zero.
    const code = digit.codePointAt(0) ?? 0;
    let zero = code;
    while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
    return String(code - zero);
  });
}

/** ISO/IEC 7812-1 annex B. */
function hasLuhnDigit(number: string): boolean {
  let sum = 0;
  for (let place = 0; place < number.length; place++) {
    const digit = Number(number.charAt(number.length - 1 - place));
    const weighted = place % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
