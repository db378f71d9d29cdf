/** An XML element: text, or further elements by name; of a list, one each. */
export type Content = string | number | boolean | { readonly [name: string]: Content | readonly Content[] };

/** A document of one element, as S3 answers with. */
export const xmlDocument = (name: string, content: Content): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, content)}`;

function element(name: string, content: Content | readonly Content[]): string {
  if (isList(content)) return content.map((one) => element(name, one)).join('');
  const inner =
    typeof content === 'object'
      ? Object.entries(content)
          .map(([child, of]) => element(child, of))
          .join('')
      : String(content).replace(/[&<>\r]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<${name}>${inner}</${name}>`;
}

const isList = (content: Content | readonly Content[]): content is readonly Content[] =>
  Array.isArray(content);
