import { createHash } from 'node:crypto';

/** Of the page of the public register: the reader's own fonts, one column, readable on a phone and on paper. */
export const STYLE = `
:root { color-scheme: light; --ink: #1d2529; --soft: #4d5b61; --line: #c9d2cf; --accent: #0b5d4a; --pale: #f3f6f5; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 0 1rem 3rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 2rem 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.05rem; margin: 0; }
a { color: var(--accent); }
a:focus-visible, input:focus-visible, select:focus-visible, button:focus-visible, section:focus-visible { outline: 3px solid #b35c00; outline-offset: 2px; }
.skip { position: absolute; left: -100rem; background: #fff; padding: .5rem; }
.skip:focus { left: 1rem; top: .5rem; }
.soft { color: var(--soft); }
form { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); gap: .9rem 1rem; background: var(--pale); border: 1px solid var(--line); padding: 1rem; }
form p { margin: 0; }
label { display: block; font-weight: 600; }
input, select { width: 100%; min-height: 2.75rem; font: inherit; color: inherit; padding: .4rem .5rem; border: 1px solid #6b7a80; border-radius: 3px; background: #fff; }
.go { align-self: end; display: flex; gap: 1rem; align-items: center; }
button { min-height: 2.75rem; font: inherit; font-weight: 600; color: #fff; background: var(--accent); border: 0; border-radius: 3px; padding: .5rem 1.4rem; cursor: pointer; }
.alert { border-left: 4px solid #a3261b; background: #fbefee; padding: .6rem .8rem; }
ol { list-style: none; margin: 0; padding: 0; }
article { border: 1px solid var(--line); border-top: 3px solid var(--accent); padding: .9rem 1rem; margin-bottom: 1rem; break-inside: avoid; }
article > p { margin: .15rem 0 .6rem; }
dl { display: grid; grid-template-columns: 9rem 1fr; gap: .2rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; }
.overdue { color: #a3261b; font-weight: 600; }
code { font-size: .85em; }
table { border-collapse: collapse; width: 100%; max-width: 44rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid var(--line); }
thead th, td { overflow-wrap: normal; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
nav ul { display: flex; gap: 1.5rem; list-style: none; padding: 0; }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } h1 { font-size: 1.4rem; } }
@media print { form, nav, .skip { display: none; } body { max-width: none; padding: 0; font-size: 10pt; } }
`;

/** Nothing from elsewhere, no script at all, and the form goes nowhere but here. */
export const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');
