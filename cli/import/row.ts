import { canonicalJson, type Json } from '../../core/canonical.ts';
import { personalDataIn } from '../../core/model/pii.ts';
import { type Fault, jsonPointer } from '../../core/problem.ts';
import type { CsvRow, Table } from './csv.ts';
import { readDate } from './dates.ts';
import {
  LINE_PLACEHOLDER,
  type Mapping,
  PLACEHOLDER,
  placeholders,
  type Take,
  Taken,
  type Value,
} from './mapping.ts';
import { folded, shorten, slugWithin } from './text.ts';

/** What was done to a value on its way in, and where it stands now. */
export interface Remark {
  readonly line: number;
  readonly pointer: string;
}

/** Longest id that `as: "slug"` makes when no `shorten` says so: that of a dataset. */
const SLUG_LENGTH = 80;
/** What stands in a template for a blank cell. */
const NOT_STATED = 'not stated';

/**
 * One row while it is read by a mapping: what could not be read, and what was changed, gathers in it. Faults say
 * where and what, never the value: a cell that does not fit may hold anything.
 */
export class Row {
  readonly line: number;
  readonly faults: Fault[] = [];
  readonly shortened: Remark[] = [];
  readonly withheld: Remark[] = [];
  readonly #cells: ReadonlyMap<string, string>;
  readonly #mapping: Mapping;

  constructor(row: CsvRow, columns: Table['columns'], mapping: Mapping, blanks: ReadonlySet<string>) {
    this.line = row.line;
    this.#mapping = mapping;
    this.#cells = new Map(
      columns.map((column, i) => {
        const cell = row.cells[i] ?? '';
        return [column, blanks.has(folded(cell)) ? '' : cell];
      }),
    );
  }

  fault(path: readonly PropertyKey[], detail: string): undefined {
    this.faults.push({ pointer: jsonPointer(path), detail });
  }

  /** A tidied cell, or '' where the row is silent. */
  cell(column: string): string {
    return column === LINE_PLACEHOLDER ? String(this.line) : (this.#cells.get(column) ?? '');
  }

  /** What a value of the mapping amounts to in this row; undefined where the row is silent or the value is at fault. */
  read(value: Value, path: readonly PropertyKey[]): Json | undefined {
    if (value instanceof Taken) return this.#take(value.take, path);
    if (Array.isArray(value)) {
      const items = value.flatMap((item: Value, i) => this.read(item, [...path, i]) ?? []);
      return items.length === 0 ? undefined : items;
    }
    if (typeof value !== 'object') return value as string | number | boolean;
    const members = Object.entries(value).map(
      ([key, member]) => [key, member, this.read(member, [...path, key])] as const,
    );
    // Constants alone do not make a part of which the row says nothing: {"rows": <blank>, "exact": true}.
    const silent =
      members.some(([, member]) => takes(member)) &&
      !members.some(([, member, read]) => takes(member) && read !== undefined);
    if (silent) return undefined;
    return Object.fromEntries(members.flatMap(([key, , read]) => (read === undefined ? [] : [[key, read]])));
  }

  /** {@link Row.read} for a value that must be a text. */
  readText(value: Value, path: readonly PropertyKey[]): string | undefined {
    const read = this.read(value, path);
    if (read === undefined || typeof read === 'string') return read;
    return this.fault(path, 'must be a text');
  }

  #take(take: Take, path: readonly PropertyKey[]): Json | undefined {
    const text = this.#source(take, path);
    if (take.split === undefined) return this.#convert(take, text, path);
    const parts = take.split.reduce((all, separator) => all.flatMap((part) => part.split(separator)), [text]);
    const items = parts
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .flatMap((part) => this.#convert(take, part, path) ?? []);
    const distinct = [...new Map(items.map((item) => [canonicalJson(item), item])).values()];
    return distinct.length === 0 ? undefined : distinct;
  }

  #source(take: Take, path: readonly PropertyKey[]): string {
    if (take.template === undefined) return this.cell(take.column ?? '');
    const columns = placeholders(take.template).filter((column) => column !== LINE_PLACEHOLDER);
    if (columns.length > 0 && columns.every((column) => this.cell(column) === '')) return '';
    return take.template.replace(PLACEHOLDER, (_, column: string) =>
      this.#guarded(this.cell(column) || NOT_STATED, path),
    );
  }

  #convert(take: Take, text: string, path: readonly PropertyKey[]): Json | undefined {
    const mapped = take.map?.get(folded(text));
    if (mapped !== undefined) return mapped ?? undefined;
    if (text === '') return undefined;
    if (take.map && take.default !== undefined) return take.default ?? undefined;
    if (take.map && take.unmapped !== 'keep')
      return take.unmapped === 'absent' ? undefined : this.fault(path, `${named(take)} is not in the map`);
    switch (take.as) {
      case 'day':
        return this.#day(take, text, path);
      case 'integer':
        return this.#integer(take, text, path);
      case 'slug':
        return slugWithin(text, take.shorten ?? SLUG_LENGTH);
      case 'text':
        return this.#text(take, text, path);
    }
  }

  #text(take: Take, text: string, path: readonly PropertyKey[]): string {
    const short = take.shorten === undefined ? text : shorten(text, take.shorten);
    if (short !== text) this.shortened.push({ line: this.line, pointer: jsonPointer(path) });
    return this.#guarded(short, path);
  }

  /** Where the mapping says so, a text that seems to hold personal data is not taken over, and the record says why. */
  #guarded(text: string, path: readonly PropertyKey[]): string {
    if (this.#mapping.onPersonalData === 'refuse') return text;
    const kinds = personalDataIn(text);
    if (kinds.length === 0) return text;
    this.withheld.push({ line: this.line, pointer: jsonPointer(path) });
    return `[withheld on import: seems to hold personal data (${kinds.join(', ')})]`;
  }

  #integer(take: Take, text: string, path: readonly PropertyKey[]): number | undefined {
    const whole = /^\d+$|^\d{1,3}(?:[,' ]\d{3})+$/.test(text) ? Number(text.replace(/\D/g, '')) : Number.NaN;
    return Number.isSafeInteger(whole) ? whole : this.fault(path, `${named(take)} is no whole number`);
  }

  #day(take: Take, text: string, path: readonly PropertyKey[]): string | undefined {
    const { patterns, pivot = 1950 } = this.#mapping.dates;
    const range = readDate(text, take.dates ?? patterns, pivot);
    if (range === 'unreadable') return this.fault(path, `${named(take)} fits none of the date patterns`);
    if (range === 'ambiguous') return this.fault(path, `${named(take)} can be read as more than one date`);
    if (take.end === undefined && range.first !== range.last)
      return this.fault(
        path,
        `${named(take)} is no single day, and the mapping does not say which end is meant`,
      );
    return take.end === 'last' ? range.last : range.first;
  }
}

const named = ({ column }: Take) => (column === undefined ? 'the value' : `the value of column "${column}"`);

const takes = (value: Value): boolean =>
  value instanceof Taken || (typeof value === 'object' && Object.values(value).some(takes));
