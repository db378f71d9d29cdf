import { createHash } from 'node:crypto';

/** Redoc's settings: the same grey and green as the rest of Amanat, and the fonts that the reader's machine has. */
const SETTINGS = {
  'spec-url': 'openapi.json',
  'expand-responses': '200,201',
  'hide-schema-pattern': 'true',
  'json-sample-expand-level': '3',
  'path-in-middle-panel': 'true',
  'required-props-first': 'true',
  'schema-expansion-level': '1',
  theme: JSON.stringify({
    colors: { primary: { main: '#0b5d4a' }, text: { primary: '#1d2529' } },
    typography: {
      fontFamily: 'system-ui, sans-serif',
      fontSize: '15px',
      headings: { fontFamily: 'system-ui, sans-serif', fontWeight: '600' },
      code: { fontFamily: 'ui-monospace, monospace', fontSize: '13px', wrap: true },
      links: { color: '#0b5d4a' },
    },
    sidebar: { width: '280px', backgroundColor: '#f5f7f6', textColor: '#1d2529' },
    rightPanel: { backgroundColor: '#1d2529' },
  }),
};

const STYLE = `
body { margin: 0; font-family: system-ui, sans-serif; color: #1d2529; }
noscript p { margin: 3rem auto; max-width: 40rem; padding: 0 1rem; }
`;

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

const attributes = Object.entries(SETTINGS)
  .map(([name, value]) => `${name}="${escaped(value)}"`)
  .join(' ');

/** The page to read the API on. Its addresses are relative, since a stage or a base path may stand before them. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Amanat API</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<noscript><p>This page needs JavaScript. The same is in <a href="openapi.json">openapi.json</a>.</p></noscript>
<redoc ${attributes}></redoc>
<script src="docs/redoc.standalone.js"></script>
</body>
</html>
`;

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The two styles that Redoc 2.5.4 adds: an empty one, which it fills through the object model, and its scroll bars'. */
const REDOC_STYLES = [hashOf(''), "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"];

/**
 * Nothing from elsewhere, and no script in the page. Redoc runs its search in a worker that it makes from a blob. The
 * one picture that it would fetch from its makers is refused.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src ${[hashOf(STYLE), ...REDOC_STYLES].join(' ')}`,
  "img-src 'self' data:",
  "connect-src 'self'",
  'worker-src blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
