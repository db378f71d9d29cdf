import { Html } from '../../html.ts';
import { STYLE } from '../../trace/report/style.ts';

/** Beside that of a trace's report: a cover, a table of contents, and pages that say which they are. */
export const BUNDLE_STYLE = new Html(`${STYLE.text}
header{border-bottom:3px solid var(--ink);padding-bottom:1rem}
.contents{columns:2;column-gap:2rem;list-style:none;padding:0;margin:1rem 0}.contents a{color:inherit;text-decoration:none}
.part{font-size:1.35rem;border-bottom:3px solid var(--bar)}.part b{color:var(--bar);margin-right:.5rem}
h4{font-size:1rem;margin:1rem 0 .2rem}h5{font-size:.95rem;margin:.9rem 0 .1rem}
.trace{border-left:3px solid var(--line);padding-left:1rem;margin:1rem 0}
td{overflow-wrap:break-word}th,.day,.line{white-space:nowrap}td code.soft{font-size:.72em;white-space:nowrap}tbody th{white-space:normal}.line{display:block}.fine table{font-size:.7rem}.fine td{padding:.15rem .3rem}.fine code{white-space:nowrap;font-size:.9em}.part+p{break-after:avoid}
tr{break-inside:avoid}thead{display:table-header-group}
@media print{.part{break-after:avoid}#part-5,#part-10{break-before:page}h3,h4,h5{break-after:avoid}table{break-inside:auto}li{break-inside:avoid}.trace{border-left:0;padding-left:0}}
@page{size:A4;margin:18mm 16mm 20mm;@bottom-left{content:"consistent with, never proved to be the source";font:8.5pt system-ui,sans-serif;color:#5a6775}@bottom-right{content:counter(page) " of " counter(pages);font:8.5pt system-ui,sans-serif;color:#5a6775}}
`);
