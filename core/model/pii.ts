/** What kind of identifier of a person a text seems to hold. */
export type PersonalDataKind = 'CNIC' | 'MSISDN' | 'IMEI' | 'IMSI';

/** What people write between the groups of a number: blanks, dashes of all lengths, dots, slashes, brackets. */
const SEP = '[\\s\\p{Pd}\\p{Pc}\u2212./\\\\|()·•]{0,3}';
const alone = (pattern: string, flags = '') => new RegExp(`(?<!\\d)(?:${pattern})(?!\\d)`, `u${flags}`);

/** National id: 13 digits, written `#####-#######-#`. No checksum is published, so any 13 digits count. */
const CNIC = alone(`\\d{5}${SEP}\\d{7}${SEP}\\d`);
/** Mobile number: E.164 `+923…` and its spellings `0092…`, `92…`, `0…` and bare `3…`. */
const MSISDN = alone(
  `(?:(?:\\+|00)?92${SEP}(?:\\(?0\\)?)?${SEP}|0)?3(?:[0-247]\\d|3[0-79]|55|64)${SEP}\\d{3}${SEP}\\d{4}`,
);
const IMSI = alone(`410${SEP}\\d{2}${SEP}\\d{10}`);
/** Type allocation code, serial number and check digit, together or in the groups in which devices show them. */
const IMEI = alone(`\\d{2}${SEP}\\d{4}${SEP}\\d{2}${SEP}\\d{6}${SEP}\\d`, 'g');

/**
 * Digests, and ids made of digests or at random: 24 and more hex digits, or a UUID. One in a hundred of those would
 * hold a run of digits that looks like somebody's number.
 */
const HEX_NAME =
  /(?<![\p{L}\p{N}])(?=[0-9-]{0,127}[a-f])(?:[0-9a-f]{24,128}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![\p{L}\p{N}])/giu;

/**
 * The identifiers of persons that a free text seems to hold: national id, mobile number, IMSI (`410…`, 15 digits) and
 * IMEI (15 digits with a right Luhn digit). Digits of any script count, and what cannot be seen does not. It errs
 * towards finding: a text wrongly held back can be reworded, a number let in stays for good.
 */
export function personalDataIn(text: string): readonly PersonalDataKind[] {
  if (!/\p{N}/u.test(text)) return [];
  const visible = text.normalize('NFKC').replace(/[\p{Cf}\p{M}]/gu, '');
  const plain = asciiDigits(visible).replace(HEX_NAME, '#');
  const found: PersonalDataKind[] = [];
  if (CNIC.test(plain)) found.push('CNIC');
  if (MSISDN.test(plain)) found.push('MSISDN');
  if (IMSI.test(plain)) found.push('IMSI');
  if (plain.match(IMEI)?.some((match) => hasLuhnDigit(match.replace(/\D/g, '')))) found.push('IMEI');
  return found;
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
