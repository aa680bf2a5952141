// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Foretide authors

#include "validation/report/assets.h"

namespace foretide::validation {

std::string_view report_style()
{
    return R"css(
:root{color-scheme:light dark;--page:#fff;--soft:#f5f6f8;--text:#1d242c;--muted:#5a6672;--rule:#d9dee4;--grid:#eceff2;
--accent:#0b5a8f;--warn-page:#fdf3e6;--warn-rule:#c96a00;--truth:#1d242c;--warm:#8a94a0;--window:#009e73;
--s0:#0072b2;--s1:#d55e00;--s2:#009e73;--s3:#b5679a;--s4:#d28e00;--s5:#3d9fd6}
@media (prefers-color-scheme:dark){:root{--page:#14181d;--soft:#1c2229;--text:#e4e8ec;--muted:#9aa6b2;--rule:#353e48;
--grid:#252c34;--accent:#7cc0ee;--warn-page:#33260f;--warn-rule:#e69f00;--truth:#f2f4f6;--warm:#6d7884;--window:#2bc79a;
--s0:#4f9fe0;--s1:#f0763a;--s2:#2bc79a;--s3:#e0a0c6;--s4:#e8b040;--s5:#8fd3f4}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",
"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
main,.top,.foot{max-width:1060px;margin:0 auto;padding:0 24px}
.top{padding-top:36px}
h1{font-size:26px;line-height:1.25;font-weight:600;margin:0 0 4px;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:18px;font-weight:600;margin:44px 0 10px;padding-bottom:6px;border-bottom:1px solid var(--rule)}
h3{font-size:15px;font-weight:600;margin:22px 0 6px}
p{margin:8px 0;max-width:78ch}
.subtitle{color:var(--muted);margin:0;overflow-wrap:anywhere}
.notice{margin:18px 0 0;padding:8px 14px;border-left:3px solid var(--muted);background:var(--soft);color:var(--muted);font-size:13px;max-width:none}
.warning{margin:16px 0 0;padding:12px 16px;border:1px solid var(--warn-rule);border-left-width:5px;background:var(--warn-page);max-width:none}
.warning strong{display:block}
dl.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:10px 28px;margin:18px 0 0}
dl.facts dt{font-size:12px;color:var(--muted)}
dl.facts dd{margin:0;overflow-wrap:anywhere}
dl.glossary{display:grid;grid-template-columns:minmax(130px,auto) 1fr;gap:6px 20px;margin:8px 0}
dl.glossary dt{font-weight:600}
dl.glossary dd{margin:0;max-width:78ch}
.scroll{overflow-x:auto}
.scroll+.scroll{margin-top:18px}
#traces .scroll+.scroll,.pair .scroll+.scroll{margin-top:0}
table{border-collapse:collapse;font-size:13.5px;width:100%}
caption{text-align:left;color:var(--muted);font-size:13px;padding:0 0 6px}
th,td{padding:5px 10px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--grid)}
th{font-weight:600;vertical-align:bottom;white-space:normal;line-height:1.3;border-bottom:1px solid var(--rule)}
th .unit{display:block;font-weight:400;color:var(--muted);font-size:12px}
td.text,th.text{text-align:left}
td.wrap{white-space:normal;overflow-wrap:anywhere}
tbody.group tr:first-child td{border-top:1px solid var(--rule)}
tbody.group tr:last-child td{border-bottom:0}
td.best{font-weight:700}
td .ci{color:var(--muted);font-size:12px}
tr.reference td{color:var(--muted)}
.meter{display:inline-block;width:70px;height:7px;margin-right:8px;background:var(--grid);vertical-align:middle}
.meter i{display:block;height:7px;background:var(--s0)}
tr.reference .meter i{background:var(--warm)}
figure{margin:14px 0 0}
figcaption{color:var(--muted);font-size:13px;margin-top:6px;max-width:92ch}
svg.plot{display:block;width:100%;min-width:620px;height:auto}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:20px}
.pair svg.plot{min-width:300px}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;fill:var(--muted);font-variant-numeric:tabular-nums}
svg text.label{fill:var(--text)}
svg text.note{font-size:11px;paint-order:stroke;stroke:var(--page);stroke-width:3px;stroke-linejoin:round}
.grid{stroke:var(--grid)}.axis{stroke:var(--muted)}
.mark{stroke:var(--muted);stroke-dasharray:3 3}
.deadline{stroke:var(--s1);stroke-width:1.5}
.warm-up{fill:var(--warm);opacity:.16}
.view{fill:var(--accent);opacity:.16;stroke:var(--accent)}
.gate-window{fill:var(--window);opacity:.18}
.band{fill:var(--c,var(--muted));stroke:none;opacity:.16}
.line{fill:none;stroke:var(--c,var(--muted));stroke-width:1.6;stroke-linejoin:round}
.dot{fill:var(--c)}.bar{fill:var(--c);opacity:.85}
.truth{--c:var(--truth);stroke-width:2.4;opacity:.8}.thin{stroke-width:1}
.s0{--c:var(--s0)}.s1{--c:var(--s1)}.s2{--c:var(--s2)}.s3{--c:var(--s3)}.s4{--c:var(--s4)}.s5{--c:var(--s5)}
.line.d1{stroke-dasharray:7 3}.line.d2{stroke-dasharray:2 2.5}
.cursor{stroke:var(--text);stroke-width:1;opacity:.5}
.swatch{width:26px;height:8px;margin-right:6px;vertical-align:middle;flex:none}
.key{display:inline-flex;align-items:center}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 20px;margin:8px 0;padding:0;font-size:13.5px}
.legend .off{opacity:.5}
.panel summary{cursor:pointer;font-size:13.5px;padding:4px 0;color:var(--muted)}
.panel-title{font-size:13.5px;margin-top:10px}
.controls{display:flex;flex-wrap:wrap;gap:8px 18px;align-items:center;margin:8px 0;font-size:13.5px}
.controls select,.controls button{font:inherit;color:inherit;background:var(--soft);border:1px solid var(--rule);border-radius:4px;padding:3px 9px}
.controls button{cursor:pointer;margin-right:4px}
.controls output{color:var(--muted)}
#traces{outline-offset:4px}
html:not(.js) .js-only{display:none}
html.js #fig-trace,html.js #fig-difference{cursor:grab;touch-action:pan-y}
html.js #fig-overview{cursor:crosshair;touch-action:pan-y}
#readout{position:absolute;z-index:2;pointer-events:none;background:var(--page);border:1px solid var(--rule);border-radius:4px;
padding:6px 10px;font-size:12.5px;line-height:1.45;box-shadow:0 2px 8px rgb(0 0 0/.14)}
#readout div{display:flex;align-items:center;white-space:nowrap}
pre.command{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);padding:8px 14px;font-size:13px}
details.more>summary{cursor:pointer;color:var(--accent);margin:8px 0}
.foot{margin-top:48px;padding-top:14px;padding-bottom:40px;color:var(--muted);font-size:13px}
.foot p{max-width:none}
@media (max-width:760px){main,.top,.foot{padding-left:14px;padding-right:14px}.pair{grid-template-columns:1fr}
dl.glossary{grid-template-columns:1fr}dl.glossary dd{margin-bottom:8px}}
@media print{:root{color-scheme:light;--page:#fff;--soft:#f5f6f8;--text:#1d242c;--muted:#4a5560;--rule:#c9d0d7;--grid:#e6e9ed;
--warn-page:#fff;--truth:#1d242c;--s0:#0072b2;--s1:#d55e00;--s2:#009e73;--s3:#b5679a;--s4:#d28e00;--s5:#3d9fd6}
body{font-size:11px}main,.top,.foot{max-width:none;padding:0}.controls,#readout{display:none!important}
.legend input{display:none}figure,tr,dl.facts{break-inside:avoid}h2{break-after:avoid}svg.plot{min-width:0}.scroll{overflow:visible}
table{font-size:10px}th,td{padding:3px 5px}}
)css";
}

std::string_view report_script()
{
    return R"js(
(() => {
'use strict';
const source = document.getElementById('report-data');
const overview = document.getElementById('fig-overview');
const figures = {trace: document.getElementById('fig-trace'), difference: document.getElementById('fig-difference')};
if (!source || !overview || !figures.trace || !figures.difference) return;
const data = JSON.parse(source.textContent);
document.documentElement.classList.add('js');
window.addEventListener('beforeprint', () => document.querySelectorAll('details.more').forEach(d => { d.open = true; }));

// --- series: see encode_series()
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const valueOf = new Map([...alphabet].map((c, i) => [c, i]));
function decode(text, step) {
  const out = [];
  let running = 0;
  for (let i = 0; i < text.length;) {
    if (text[i] === '.') { out.push(NaN); i++; continue; }
    let bits = 0, weight = 1, v;
    do { v = valueOf.get(text[i++]); bits += (v % 32) * weight; weight *= 32; } while (v >= 32);
    running += bits % 2 ? -(bits + 1) / 2 : bits / 2;
    out.push(running * step);
  }
  return Float64Array.from(out);
}
const cache = new Map();
function decoded(text, step) {
  if (!cache.has(text)) cache.set(text, decode(text, step));
  return cache.get(text);
}
const time = decode(data.time, data.time_step);
const measured = c => decoded(data.measured[c], data.length_step);

function firstAtOrAfter(t, x) {
  let lo = 0, hi = t.length;
  while (lo < hi) { const mid = (lo + hi) >> 1; if (t[mid] < x) lo = mid + 1; else hi = mid; }
  return lo;
}
function valueAt(t, y, x) {
  const k = firstAtOrAfter(t, x);
  if (k < t.length && t[k] - x < 0.0015) return y[k];
  if (k > 0 && x - t[k - 1] < 0.0015) return y[k - 1];
  if (k === 0 || k === t.length || t[k] - t[k - 1] > data.gap) return NaN;
  const share = (x - t[k - 1]) / (t[k] - t[k - 1]);
  return (1 - share) * y[k - 1] + share * y[k];
}

// --- state
const boxes = [...document.querySelectorAll('#legend input')];
const labels = boxes.map(b => b.closest('label').textContent);
const classOf = a => 's' + a % 6 + ' d' + Math.floor(a / 6) % 3;
const state = {lo: data.view[0], hi: data.view[1], coordinate: 0, horizon: data.horizon};
const coordinatePick = document.getElementById('pick-coordinate');
const horizonPick = document.getElementById('pick-horizon');
[...coordinatePick.options].slice(data.measured.length).forEach(o => o.remove());

function shownSeries() {
  return data.series.filter(s => s.horizon === state.horizon && boxes[s.algorithm].checked).map(s => ({
    algorithm: s.algorithm, t: decoded(data.targets[s.targets], data.time_step),
    y: decoded(s.values[state.coordinate], data.length_step),
    half: decoded(s.half_widths[state.coordinate], data.length_step)}));
}

// --- drawing into the static plots
const frameOf = svg => ({left: +svg.dataset.left, right: +svg.dataset.right, top: +svg.dataset.top, bottom: +svg.dataset.bottom});
function ticks(lo, hi, wanted) {
  const rough = (hi - lo) / Math.max(1, wanted), decade = 10 ** Math.floor(Math.log10(rough)), lead = rough / decade;
  const step = decade * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
  const out = [];
  for (let k = Math.ceil(lo / step - 1e-9); k * step <= hi + 1e-9 * step; k++) out.push(k * step);
  return {values: out, decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9))};
}
function draw(svg, lo, hi, lines, include, withBackground) {
  const f = frameOf(svg);
  let bottom = include, top = include;
  for (const line of lines) {
    for (let k = firstAtOrAfter(line.t, lo); k < line.t.length && line.t[k] <= hi; k++) {
      const v = line.y[k];
      if (!Number.isFinite(v)) continue;
      const half = line.half && Number.isFinite(line.half[k]) ? line.half[k] : 0;
      bottom = bottom === null ? v - half : Math.min(bottom, v - half);
      top = top === null ? v + half : Math.max(top, v + half);
    }
  }
  if (bottom === null) { bottom = 0; top = 1; }
  const air = top > bottom ? 0.06 * (top - bottom) : Math.max(0.5, 1e-3 * Math.abs(top));
  bottom -= air; top += air;
  const px = t => f.left + (t - lo) / (hi - lo) * (f.right - f.left);
  const py = v => f.bottom - (v - bottom) / (top - bottom) * (f.bottom - f.top);
  const n = v => v.toFixed(1);

  let axes = '';
  const ty = ticks(bottom, top, Math.max(3, Math.floor((f.bottom - f.top) / 42)));
  for (const v of ty.values) {
    axes += `<line class="grid" x1="${f.left}" x2="${f.right}" y1="${n(py(v))}" y2="${n(py(v))}"/>` +
      `<text class="tick" x="${f.left - 7}" y="${n(py(v) + 4)}" text-anchor="end">${v.toFixed(ty.decimals).replace(/^-(0\.?0*)$/, '$1')}</text>`;
  }
  const tx = ticks(lo, hi, Math.max(2, Math.floor((f.right - f.left) / 85)));
  for (const t of tx.values) {
    axes += `<line class="axis" x1="${n(px(t))}" x2="${n(px(t))}" y1="${f.bottom}" y2="${f.bottom + 4}"/>` +
      `<text class="tick" x="${n(px(t))}" y="${f.bottom + 17}" text-anchor="middle">${t.toFixed(tx.decimals)}</text>`;
  }
  axes += `<line class="axis" x1="${f.left}" x2="${f.right}" y1="${f.bottom}" y2="${f.bottom}"/>`;
  svg.querySelector('.axes').innerHTML = axes;

  if (withBackground) {
    let background = '';
    for (const [from, to] of data.warm_up) {
      const a = Math.max(from, lo), b = Math.min(to, hi);
      if (a < b) background += `<rect class="warm-up" x="${n(px(a))}" y="${f.top}" width="${n(px(b) - px(a))}" height="${f.bottom - f.top}"/>`;
    }
    for (const [t] of data.marks) {
      if (t >= lo && t <= hi) background += `<line class="mark" x1="${n(px(t))}" x2="${n(px(t))}" y1="${f.top}" y2="${f.bottom}"/>`;
    }
    svg.querySelector('.background').innerHTML = background;
  }

  let paths = '';
  const clipped = v => n(Math.max(f.top - 4000, Math.min(f.bottom + 4000, py(v))));
  for (const line of lines.filter(l => l.half && l.half.length)) {
    let d = '', begin = -1;
    const from = firstAtOrAfter(line.t, lo), to = firstAtOrAfter(line.t, hi);
    for (let k = from; k <= to; k++) {
      const usable = k < to && Number.isFinite(line.half[k]) && Number.isFinite(line.y[k]);
      if (begin >= 0 && (!usable || line.t[k] - line.t[k - 1] > data.gap)) {
        for (let i = begin; i < k; i++) d += (i === begin ? 'M' : 'L') + n(px(line.t[i])) + ' ' + clipped(line.y[i] + line.half[i]);
        for (let i = k - 1; i >= begin; i--) d += 'L' + n(px(line.t[i])) + ' ' + clipped(line.y[i] - line.half[i]);
        d += 'Z';
        begin = -1;
      }
      if (usable && begin < 0) begin = k;
    }
    if (d) paths += `<path class="band ${line.css}" d="${d}"/>`;
  }
  for (const line of lines) {
    let d = '', pen = false, last = -Infinity;
    const from = Math.max(0, firstAtOrAfter(line.t, lo) - 1);
    for (let k = from; k < line.t.length; k++) {
      const t = line.t[k], v = line.y[k];
      if (!Number.isFinite(v) || t - last > data.gap) pen = false;
      if (Number.isFinite(v)) {
        const y = Math.max(f.top - 4000, Math.min(f.bottom + 4000, py(v)));
        d += (pen ? 'L' : 'M') + n(px(t)) + ' ' + n(y);
        pen = true;
      }
      last = t;
      if (t > hi) break;
    }
    if (d) paths += `<path class="line ${line.css}" d="${d}"/>`;
  }
  svg.querySelector('.data').innerHTML = paths;
  Object.assign(svg.dataset, {x0: lo, x1: hi, y0: bottom, y1: top});
}
function setYLabel(svg, text) { svg.querySelector('.y-label').textContent = text; }

function redraw(overviewToo) {
  const {lo, hi, coordinate} = state;
  const name = coordinatePick.options[coordinate].text;
  const truth = {t: time, y: measured(coordinate), css: 'truth'};
  const shown = shownSeries();
  draw(figures.trace, lo, hi, [truth, ...shown.map(s => ({...s, css: classOf(s.algorithm)}))], null, true);
  setYLabel(figures.trace, name + ' [mm]');
  draw(figures.difference, lo, hi, shown.map(s => ({
    t: s.t, css: classOf(s.algorithm),
    y: s.y.map((v, k) => s.t[k] < lo - 1 || s.t[k] > hi + 1 ? NaN : v - valueAt(time, truth.y, s.t[k]))})), 0, true);
  if (overviewToo) {
    draw(overview, data.range[0], data.range[1], [{...truth, css: 'truth thin'}], null, false);
    setYLabel(overview, name + ' [mm]');
  }
  const f = frameOf(overview), scale = (f.right - f.left) / (data.range[1] - data.range[0]);
  const view = overview.querySelector('.view');
  view.setAttribute('x', f.left + (lo - data.range[0]) * scale);
  view.setAttribute('width', Math.max(2, (hi - lo) * scale));
  boxes.forEach(b => b.closest('li').classList.toggle('off', !b.checked));
  document.getElementById('shown-horizon').textContent = horizonPick.selectedOptions[0].text.replace(' s', '');
  document.getElementById('stretch').textContent = lo.toFixed(1) + '–' + hi.toFixed(1) + ' s';
}
function setView(lo, hi) {
  const whole = data.range[1] - data.range[0];
  const length = Math.min(whole, Math.max(Math.min(2, whole), hi - lo));
  const start = Math.min(Math.max((lo + hi - length) / 2, data.range[0]), data.range[1] - length);
  state.lo = start;
  state.hi = start + length;
  redraw(false);
}
const pan = share => { const d = share * (state.hi - state.lo); setView(state.lo + d, state.hi + d); };
function zoom(factor) {
  const middle = (state.lo + state.hi) / 2, half = factor * (state.hi - state.lo) / 2;
  setView(middle - half, middle + half);
}

// --- controls
coordinatePick.addEventListener('change', () => { state.coordinate = +coordinatePick.value; redraw(true); });
horizonPick.addEventListener('change', () => { state.horizon = +horizonPick.value; redraw(false); });
boxes.forEach(b => b.addEventListener('change', () => redraw(false)));
document.querySelectorAll('#controls button').forEach(b => b.addEventListener('click', () => {
  if (b.dataset.move) pan(0.5 * b.dataset.move);
  else if (b.dataset.zoom) zoom(+b.dataset.zoom);
  else setView(data.view[0], data.view[1]);
}));
document.getElementById('traces').addEventListener('keydown', e => {
  const act = {ArrowLeft: () => pan(-0.25), ArrowRight: () => pan(0.25), '+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2)}[e.key];
  if (act && !e.ctrlKey && !e.metaKey && !e.altKey) { act(); e.preventDefault(); }
});

const timeAt = (svg, e) => {
  const f = frameOf(svg), box = svg.getBoundingClientRect();
  const x = (e.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
  return +svg.dataset.x0 + (x - f.left) / (f.right - f.left) * (svg.dataset.x1 - svg.dataset.x0);
};
let drag = null;
overview.addEventListener('pointerdown', e => { drag = {from: timeAt(overview, e)}; overview.setPointerCapture(e.pointerId); e.preventDefault(); });
overview.addEventListener('pointermove', e => {
  if (!drag) return;
  const now = timeAt(overview, e);
  if (Math.abs(now - drag.from) > 0.01 * (data.range[1] - data.range[0])) {
    drag.moved = true;
    setView(Math.min(now, drag.from), Math.max(now, drag.from));
  }
});
overview.addEventListener('pointerup', e => {
  if (drag && !drag.moved) { const half = (state.hi - state.lo) / 2, t = timeAt(overview, e); setView(t - half, t + half); }
  drag = null;
});
overview.addEventListener('pointercancel', () => { drag = null; });

// --- read-out under the pointer
const readout = document.createElement('div');
readout.id = 'readout';
readout.hidden = true;
document.body.append(readout);
const svgNamespace = overview.namespaceURI;
function row(css, text) {
  const div = document.createElement('div');
  if (css) {
    const svg = document.createElementNS(svgNamespace, 'svg'), path = document.createElementNS(svgNamespace, 'path');
    svg.setAttribute('class', 'swatch');
    svg.setAttribute('viewBox', '0 0 26 8');
    path.setAttribute('class', 'line ' + css);
    path.setAttribute('d', 'M0 4L26 4');
    svg.append(path);
    div.append(svg);
  }
  div.append(text);
  return div;
}
const mm = v => Number.isFinite(v) ? v.toFixed(2).replace('-', '−') + ' mm' : 'not known';
function hideReadout() {
  readout.hidden = true;
  document.querySelectorAll('.cursor').forEach(c => c.remove());
}
function showReadout(svg, e) {
  const t = timeAt(svg, e);
  if (t < state.lo || t > state.hi) { hideReadout(); return; }
  const truth = valueAt(time, measured(state.coordinate), t);
  const rows = [row('', t.toFixed(2) + ' s'), row('truth', 'measured ' + mm(truth))];
  for (const s of shownSeries()) {
    const v = valueAt(s.t, s.y, t);
    const off = Number.isFinite(v - truth) ? ' (' + (v >= truth ? '+' : '−') + Math.abs(v - truth).toFixed(2) + ')' : '';
    const half = s.half.length ? valueAt(s.t, s.half, t) : NaN;
    const interval = Number.isFinite(half) ? ' ± ' + half.toFixed(2) : '';
    rows.push(row(classOf(s.algorithm), labels[s.algorithm] + ' ' + mm(v) + interval + off));
  }
  readout.replaceChildren(...rows);
  readout.hidden = false;
  const left = e.pageX + 16 + readout.offsetWidth > document.documentElement.clientWidth + window.scrollX ?
    e.pageX - 16 - readout.offsetWidth : e.pageX + 16;
  readout.style.left = Math.max(window.scrollX, left) + 'px';
  readout.style.top = e.pageY + 14 + 'px';
  for (const figure of Object.values(figures)) {
    const f = frameOf(figure), x = f.left + (t - state.lo) / (state.hi - state.lo) * (f.right - f.left);
    let cursor = figure.querySelector('.cursor');
    if (!cursor) {
      cursor = document.createElementNS(svgNamespace, 'line');
      cursor.setAttribute('class', 'cursor');
      cursor.setAttribute('y1', f.top);
      cursor.setAttribute('y2', f.bottom);
      figure.append(cursor);
    }
    cursor.setAttribute('x1', x);
    cursor.setAttribute('x2', x);
  }
}
for (const figure of Object.values(figures)) {
  let held = null;
  figure.addEventListener('pointerdown', e => { held = {x: e.clientX, lo: state.lo, hi: state.hi}; figure.setPointerCapture(e.pointerId); hideReadout(); });
  figure.addEventListener('pointermove', e => {
    if (!held) { showReadout(figure, e); return; }
    const f = frameOf(figure), inner = (f.right - f.left) * figure.getBoundingClientRect().width / figure.viewBox.baseVal.width;
    const d = (held.x - e.clientX) / inner * (held.hi - held.lo);
    setView(held.lo + d, held.hi + d);
  });
  for (const end of ['pointerup', 'pointercancel']) figure.addEventListener(end, () => { held = null; });
  figure.addEventListener('pointerleave', hideReadout);
}
redraw(false);
})();
)js";
}

}  // namespace foretide::validation
