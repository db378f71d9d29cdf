import { REJECTED } from './reasons.ts';

/** A normal form is cut, or filled up with zeros, to this many bytes of UTF-8. */
export const TEXT_BYTES = 64;

export type Abbreviations = Readonly<Record<string, string>>;

/** Words of names that are written short. Part of `fp-norm/1`: another table is another version. */
export const NAME_ABBREVIATIONS: Abbreviations = {
  MD: 'MUHAMMAD',
  MHD: 'MUHAMMAD',
  MOHD: 'MUHAMMAD',
  MUHD: 'MUHAMMAD',
  CH: 'CHAUDHRY',
  HJ: 'HAJI',
  SH: 'SHEIKH',
  SYD: 'SYED',
};

/** Words of addresses that are written short; as above. */
export const ADDRESS_ABBREVIATIONS: Abbreviations = {
  APT: 'APARTMENT',
  AVE: 'AVENUE',
  BLDG: 'BUILDING',
  BLK: 'BLOCK',
  BLVD: 'BOULEVARD',
  CLNY: 'COLONY',
  COL: 'COLONY',
  DIST: 'DISTRICT',
  DISTT: 'DISTRICT',
  FL: 'FLOOR',
  H: 'HOUSE',
  HNO: 'HOUSE NO',
  HSE: 'HOUSE',
  MOH: 'MOHALLA',
  PO: 'POST OFFICE',
  RD: 'ROAD',
  SEC: 'SECTOR',
  ST: 'STREET',
  STR: 'STREET',
  TEH: 'TEHSIL',
  VILL: 'VILLAGE',
};

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Writes the normal form of a cell's text into 64 bytes. */
export type TextNormaliser = (bytes: Uint8Array, from: number, to: number, into: Uint8Array) => number;

/**
 * Normalises names or addresses: NFKC, upper case, dots and apostrophes gone, all other punctuation a blank, one blank
 * between words, short words spelled out, cut to 64 bytes. The normaliser answers 0 or a code of {@link REJECTED}.
 *
 * Text in ASCII, which is nearly all that there is, goes byte by byte; {@link spelled} says what comes out of any.
 */
export function textNormaliser(abbreviations: Abbreviations): TextNormaliser {
  const known = new Map(
    Object.entries(abbreviations).map(([short, long]) => [codeOf(short), encoder.encode(long)]),
  );
  // Says of most words at once that they are not short for anything.
  const maybe = new Uint8Array(PROBES);
  for (const code of known.keys()) maybe[code % PROBES] = 1;

  return (bytes, from, to, into) => {
    let [end, start, code] = [0, 0, 0];
    // One past the last, where the last word ends.
    for (let at = from; at <= to; at++) {
      const byte = at === to ? BLANK : (bytes[at] as number);
      if (byte >= 0x80) return viaText(bytes, from, to, abbreviations, into);
      const kind = ASCII[byte] as number;
      if (kind === VANISHES) continue;
      if (kind !== SEPARATES) {
        if (end < TEXT_BYTES) into[end] = kind;
        end++;
        // Longer words overflow, to what is no code of a short one: see `codeOf`.
        code = end - start > LONGEST_SHORT ? NO_CODE : (code << 6) | (kind & 63);
      } else if (end > start) {
        if (code !== NO_CODE && maybe[code % PROBES] === 1) {
          const long = known.get(code);
          if (long) end = write(long, into, start);
        }
        if (end >= TEXT_BYTES && onlyAscii(bytes, at, to)) return 0;
        if (end < TEXT_BYTES) into[end] = BLANK;
        end++;
        start = end;
        code = 0;
      }
    }
    if (end === 0) return REJECTED.empty;
    // The blank after the last word.
    into.fill(0, Math.min(end - 1, TEXT_BYTES));
    return 0;
  };
}

/** The normal form of any text, before it is cut: empty where nothing is left of it. */
export function spelled(text: string, abbreviations: Abbreviations): string {
  return (
    text
      .normalize('NFKC')
      .toUpperCase()
      // Capitals may come apart again: ΐ.
      .normalize('NFKC')
      .replace(/[.'’`\p{Cf}]/gu, '')
      .replace(/[\p{P}\p{S}\p{Z}\p{Cc}]+/gu, ' ')
      .trim()
      .split(' ')
      .map((word) => (Object.hasOwn(abbreviations, word) ? abbreviations[word] : word))
      .join(' ')
  );
}

function viaText(
  bytes: Uint8Array,
  from: number,
  to: number,
  table: Abbreviations,
  into: Uint8Array,
): number {
  const text = spelled(decoder.decode(bytes.subarray(from, to)), table);
  if (text === '') return REJECTED.empty;
  into.fill(0);
  into.set(encoder.encode(text).subarray(0, TEXT_BYTES));
  return 0;
}

const BLANK = 0x20;
const VANISHES = 0;
const SEPARATES = 1;

/** For each ASCII character what becomes of it: a letter in upper case, a digit, or one of the above. */
const ASCII = Uint8Array.from({ length: 0x80 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (/[a-z0-9]/i.test(character)) return character.toUpperCase().charCodeAt(0);
  return ".'`".includes(character) ? VANISHES : SEPARATES;
});

/** Words of at most five letters are told apart by six bits of each: those of letters and digits differ, none is 0. */
const LONGEST_SHORT = 5;
const NO_CODE = -1;
const PROBES = 1021;

const codeOf = (word: string): number =>
  encoder.encode(word).reduce((code, byte) => (code << 6) | (byte & 63), 0);

/** Writes what fits, and answers where all of it would end. */
function write(long: Uint8Array, into: Uint8Array, start: number): number {
  for (let i = 0; i < long.length && start + i < TEXT_BYTES; i++) into[start + i] = long[i] as number;
  return start + long.length;
}

function onlyAscii(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((bytes[at] as number) >= 0x80) return false;
  return true;
}
