// Report style: how the page looks, on a screen in light and dark and on paper.
// The colours are told apart by people who see red and green alike (after Okabe and Ito).
#pragma once

namespace ks::bench {

constexpr const char* page_style = R"(
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2127;--soft:#5d6670;--rule:#dfe3e7;
--tint:#f5f7f9;--good:#0a6b4a;--bad:#a8330a;--other:#a9b2bb;--inside:#fff;
--c0:#0b62a4;--c1:#b9500b;--c2:#0a7a58;--c3:#a4477f;--c4:#7d6408;--c5:#5d6670}
@media (prefers-color-scheme:dark){:root{--paper:#14181c;--ink:#e4e8ec;--soft:#9aa4ae;
--rule:#2d343b;--tint:#1b2026;--good:#4fcf9f;--bad:#ff9a6b;--other:#59636d;--inside:#14181c;
--c0:#62b5f2;--c1:#f29a55;--c2:#43c79a;--c3:#e59cc6;--c4:#d9bc4d;--c5:#9aa4ae}}
*{box-sizing:border-box}
body{margin:0 auto;padding:3rem 1.5rem 4rem;max-width:56rem;background:var(--paper);
color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",
"Liberation Sans",sans-serif}
h1{font-size:2rem;line-height:1.2;letter-spacing:-.02em;margin:0 0 .3rem}
h2{font-size:1.3rem;letter-spacing:-.01em;margin:3.2rem 0 .3rem}
h3{font-size:1rem;margin:1.8rem 0 .4rem}
p{margin:.2rem 0 .9rem;max-width:44rem}.soft{color:var(--soft)}
code{font:.88em/1.5 ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace}
pre{background:var(--tint);padding:.7rem 1rem;border-radius:6px;white-space:pre-wrap;
overflow-wrap:anywhere}
.tiles{display:flex;flex-wrap:wrap;gap:1rem;margin:1.6rem 0}
.tile{flex:1 1 9rem;border-top:2px solid var(--c0);padding:.5rem 0}
.tile b{display:block;font-size:1.75rem;line-height:1.25;letter-spacing:-.02em;
font-variant-numeric:tabular-nums}.tile span{color:var(--soft);font-size:.88rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{padding:.32rem .6rem;border-bottom:1px solid var(--rule);text-align:left;
vertical-align:top}
th{font-weight:600;color:var(--soft);border-bottom-color:var(--soft)}
th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child{padding-right:0}
.n{text-align:right;white-space:nowrap}.note{display:block;color:var(--soft);font-size:.92em}
.good,.bad{font-weight:600;white-space:nowrap}.good{color:var(--good)}.bad{color:var(--bad)}
figure{margin:1rem 0 1.4rem}figcaption{color:var(--soft);font-size:.88rem}
svg{display:block;width:100%;height:auto;margin:.4rem 0;font-size:12px}
svg text{fill:var(--ink);font-variant-numeric:tabular-nums}svg .tick{fill:var(--soft);
font-size:11px}svg .strong{font-weight:700}svg .inside{fill:var(--inside);font-size:11px}
svg .grid{stroke:var(--rule)}svg .axis{stroke:var(--soft)}
svg .curve{fill:none;stroke-width:1.6}svg .leader{fill:none;stroke:var(--rule)}
svg .first{stroke:var(--c0);stroke-width:3}svg .whisker{stroke:var(--soft)}
svg .other{fill:var(--other)}
.fill.c0{fill:var(--c0)}.fill.c1{fill:var(--c1)}.fill.c2{fill:var(--c2)}.fill.c3{fill:var(--c3)}
.fill.c4{fill:var(--c4)}.fill.c5{fill:var(--c5)}
.curve.c0{stroke:var(--c0)}.curve.c1{stroke:var(--c1)}.curve.c2{stroke:var(--c2)}
.curve.c3{stroke:var(--c3)}.curve.c4{stroke:var(--c4)}.curve.c5{stroke:var(--c5)}
@page{size:A4;margin:16mm 14mm}
@media print{:root{color-scheme:light}body{padding:0;max-width:none;font-size:10pt}
h2,h3{break-after:avoid}figure,tr,.tile{break-inside:avoid}.wide{overflow:visible}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)";

} // namespace ks::bench
