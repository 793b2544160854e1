"""The page round the sections: style for screen, dark screen and paper."""

from collections.abc import Sequence

from napari_dinobloom.storage.report.html import Html, text

STYLE = """
:root{color-scheme:light dark;--ink:#1d2430;--soft:#5b6675;--line:#dbe0e7;--ground:#fff;
--panel:#f5f7fa;--accent:#7a2e8e;--warn-ground:#fff6dd;--warn-line:#e0b13c;--sheet:#fff;
--ring:transparent}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#a0abba;--line:#353e4b;
--ground:#14181f;--panel:#1c222b;--accent:#d39be3;--warn-ground:#332a12;
--warn-line:#8d7020;--sheet:#e9edf2;
--ring:#ffffff55}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
main{max-width:1120px;margin:0 auto;padding:32px 28px 64px}
h1{font-size:30px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em;
overflow-wrap:anywhere}
h2{font-size:20px;margin:48px 0 12px;padding-top:14px;border-top:1px solid var(--line)}
h3{font-size:15px;margin:0 0 8px}
p{margin:8px 0;max-width:76ch}
.soft,.remark{color:var(--soft)}
.remark{font-size:13px}
.notice{margin:18px 0 0;padding:10px 14px;background:var(--warn-ground);
border:1px solid var(--warn-line);border-radius:6px;max-width:none}
nav{margin:14px 0 0;font-size:14px}
nav a{color:var(--accent);text-decoration:none;margin-right:16px;white-space:nowrap}
nav a:hover{text-decoration:underline}
.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:24px 0 0}
.tile{flex:1 1 130px;background:var(--panel);border-radius:8px;padding:12px 16px}
.tile b{display:block;font-size:26px;line-height:1.2;font-weight:600;
font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:13px}
.wide{overflow-x:auto;margin:10px 0}
table{border-collapse:collapse;font-size:14px;min-width:40%}
caption{text-align:left;font-weight:600;padding:0 0 6px}
th,td{padding:6px 14px 6px 0;text-align:left;vertical-align:top;
border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600;font-size:13px;white-space:nowrap}
th.number{text-align:right}
td:first-child{white-space:nowrap}
#slides td,#slides th{padding-right:.6em}
#slides th,#slides td:not(.number){white-space:normal;overflow-wrap:anywhere}
#slides td:not(.number){min-width:5em}#slides td:first-child{min-width:8em}
#slides th.number{min-width:5.8em}
td.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td code{font-size:12px;overflow-wrap:anywhere}
.swatch{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:7px;
vertical-align:-1px;box-shadow:0 0 0 1px var(--ring);
print-color-adjust:exact;-webkit-print-color-adjust:exact}
.badge{display:inline-block;border:1px solid var(--warn-line);
background:var(--warn-ground);
border-radius:4px;padding:0 6px;font-size:12px;line-height:18px;white-space:nowrap}
.cards{display:grid;gap:20px;
grid-template-columns:repeat(auto-fill,minmax(480px,1fr))}
@media (max-width:560px){.cards,.overviews{grid-template-columns:1fr}}
.card{background:var(--panel);border-radius:8px;padding:16px 18px;break-inside:avoid;
min-width:0}
.card table{width:100%}
.card td,.card th{padding-right:10px}
.bar{position:relative;width:100%;min-width:110px;height:14px;margin-top:4px;
background:linear-gradient(var(--line),var(--line)) 0 50%/100% 1px no-repeat}
.bar i,.bar b{position:absolute;top:2px;height:10px;border-radius:2px;
print-color-adjust:exact;-webkit-print-color-adjust:exact}
.bar b{top:6px;height:2px;background:var(--ink);border-radius:0}
.maps{display:grid;grid-template-columns:repeat(auto-fill,minmax(400px,1fr));gap:20px}
.map img{width:100%;display:block;background:var(--sheet);border-radius:6px}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;margin-top:8px}
.legend span span{color:var(--soft)}
.examples{margin:0 0 20px;display:grid;
grid-template-columns:190px 1fr;gap:14px 18px;align-items:center}
@media (max-width:640px){.examples{grid-template-columns:1fr}}
.examples img{max-width:100%;height:auto;background:var(--sheet);border-radius:4px;
display:block}
.overviews{display:grid;gap:24px;
grid-template-columns:repeat(auto-fill,minmax(480px,1fr))}
.overview{margin:0;break-inside:avoid;min-width:0}
.overview img{max-width:100%;height:auto;display:block;border-radius:6px}
figcaption{font-size:13px;color:var(--soft);margin-top:6px;overflow-wrap:anywhere}
footer{margin-top:56px;padding-top:14px;border-top:1px solid var(--line);
color:var(--soft);font-size:13px}
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--ground:#fff;--panel:#fff;
--accent:#000;--warn-ground:#fff;--warn-line:#888}
body{font-size:11px}main{max-width:none;padding:0}nav{display:none}
#slides table{font-size:9px}#slides th,#slides .badge{font-size:8px}
#slides th.number{min-width:6.1em}
h2{margin-top:24px;break-after:avoid}.card,.tile{border:1px solid var(--line)}
.cards,.maps,.overviews{grid-template-columns:1fr 1fr}.wide{overflow:visible}
tr,.map,.overview{break-inside:avoid}@page{margin:14mm}}
"""

NOTICE = (
    "Research use only. Not a medical device: not for diagnosis, treatment or any "
    "decision about a patient. Cells were found and sorted by a program; a qualified "
    "person has to look at the smear itself."
)


def page(
    title: str, subtitle: str, contents: Sequence[tuple[str, str]], body: str, foot: str
) -> str:
    """The whole document.

    Parameters
    ----------
    contents
        Name and title of each section, for the line of links.
    body
        Markup of the sections.
    """
    links = "".join(f'<a href="#{name}">{text(words)}</a>' for name, words in contents)
    return Html(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="generator" content="napari-dinobloom">'
        f"<title>{text(title)}</title><style>{STYLE}</style></head><body><main>"
        f'<header><h1>{text(title)}</h1><p class="soft">{text(subtitle)}</p>'
        f'<p class="notice" role="note">{text(NOTICE)}</p>'
        f"<nav>{links}</nav></header>{body}<footer>{text(foot)}</footer>"
        "</main></body></html>\n"
    )
