/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | readonly Html[];

/** HTML of a template: whatever is put in is text, and escaped, unless it is HTML by type. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(strings.reduce((all, string, at) => all + shown(parts[at - 1] ?? '') + string));

const shown = (part: Part): string =>
  part instanceof Html ? part.text : isList(part) ? part.map(({ text }) => text).join('') : escaped(part);

const isList = (part: Part): part is readonly Html[] => Array.isArray(part);

const escaped = (value: string | number): string =>
  String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

export const NOTHING = new Html('');
