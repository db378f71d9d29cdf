import { Html } from '../../html.ts';

/** For screen and paper; the report loads nothing from anywhere. */
export const STYLE = new Html(`
:root{color-scheme:light;--ink:#1d2733;--soft:#5a6775;--line:#d5dbe1;--bar:#27689e;--frame:#8a5a00}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);max-width:60rem;margin:2rem auto;padding:0 1.5rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .3rem}h2{font-size:1.2rem;margin:2.2rem 0 .5rem;border-bottom:2px solid var(--line);padding-bottom:.2rem}
h3{font-size:1rem;margin:1.2rem 0 .2rem}p{margin:.4rem 0}.soft,figcaption{color:var(--soft);font-size:.88rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem;margin:1rem 0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.5rem 0}th,td{text-align:left;padding:.3rem .5rem;border-bottom:1px solid var(--line);vertical-align:top}
thead th{border-bottom:2px solid var(--line);font-weight:600}tbody th{font-weight:500}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
code{font:.86em ui-monospace,monospace;overflow-wrap:anywhere}
ul{margin:.3rem 0;padding-left:1.3rem}li{margin:.15rem 0}
.for::marker{content:"+ ";color:#1b7145;font-weight:700}.against::marker{content:"\\2212  ";color:#a4262c;font-weight:700}.neutral::marker{content:"\\00b7  "}
figure{margin:1rem 0}svg{width:100%;height:auto;display:block}
svg text{font:12.5px system-ui,sans-serif;fill:var(--ink)}svg .label,svg .tick{text-anchor:end}svg .start{text-anchor:start}svg .tick{fill:var(--soft);font-size:11.5px}
.estimate{fill:#f3dfb8}.less{fill:#a4262c;fill-opacity:.55}.track{fill:#eef1f4}.bar{fill:var(--bar);fill-opacity:.75}.whisker,.curve{fill:none;stroke:var(--ink);stroke-width:1.5}.curve{stroke:var(--frame)}.grid{stroke:var(--line)}
circle.transfer{fill:var(--bar)}circle.frame{fill:#fff;stroke:var(--frame);stroke-width:2}
.shade1{background:#eaf2f9}.shade2{background:#d3e4f2}.shade3{background:#b5d2ea}.shade4{background:#93bde0}.shade5{background:#74a9d6}
.note{border-left:4px solid var(--bar);padding:.1rem 0 .1rem 1rem;margin:1rem 0}
@media print{body{margin:0;max-width:none;padding:0;font-size:10.5pt}h2{break-after:avoid}tr,figure,section.candidate{break-inside:avoid}*{print-color-adjust:exact}}
@page{margin:18mm}
`);
