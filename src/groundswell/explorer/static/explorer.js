const se = (l) => l.kind === "from" ? 1 : "at" in l ? l.at : l.start;
function Z(l) {
  return {
    params: Object.fromEntries(l.params.map((e) => [e.name, e.value])),
    table: { ...l.population.table },
    seed: l.seed,
    steps: l.steps,
    step: 0,
    view: 0,
    twin: null,
    mode: "world",
    person: -1,
    speed: 1
  };
}
function ae(l, e) {
  const t = new URLSearchParams();
  for (const s of l.params) e.params[s.name] !== s.value && t.set(`p.${s.name}`, String(e.params[s.name]));
  for (const [s, i] of Object.entries(e.table)) s !== "seed" && JSON.stringify(i) !== JSON.stringify(l.population.table[s]) && t.set(`n.${s}`, String(i));
  if (e.seed !== l.seed && t.set("seed", e.seed), e.steps !== l.steps && t.set("steps", String(e.steps)), e.step && t.set("step", String(e.step)), e.view && t.set("view", l.views[e.view].name), e.twin) {
    const s = e.twin, i = s.kind === "from" ? [s.value] : s.kind === "pulse" ? [s.amount, s.at] : s.kind === "seed" ? [s.share, s.at] : [s.kind === "set" ? s.value : s.most, s.start, s.end ?? ""];
    t.set("twin", [s.kind, s.name, ...i].join(":")), e.mode !== "both" && t.set("mode", e.mode);
  }
  return e.person >= 0 && t.set("person", String(e.person)), t.toString();
}
const j = (l) => l !== void 0 && l !== "" && Number.isFinite(Number(l)) ? Number(l) : null;
function oe(l, e) {
  const t = Z(l), s = [];
  for (const [i, o] of new URLSearchParams(e.replace(/^#/, ""))) {
    const r = j(o), [h, ...n] = i.split("."), a = n.join(".");
    if (h === "p" && r !== null) {
      const c = l.params.find((f) => f.name === a);
      if (c && S(c, r)) {
        t.params[a] = r;
        continue;
      }
    } else if (h === "n" && a in t.table && a !== "network" && a !== "seed" && r !== null && r >= 0) {
      t.table[a] = r;
      continue;
    } else if (i === "seed" && /^\d{1,18}$/.test(o)) {
      t.seed = o;
      continue;
    } else if (i === "steps" && r !== null && r >= 1 && r <= 1e5) {
      t.steps = Math.round(r);
      continue;
    } else if (i === "step" && r !== null && r >= 0) {
      t.step = Math.round(r);
      continue;
    } else if (i === "view") {
      const c = l.views.findIndex((f) => f.name === o);
      if (c >= 0) {
        t.view = c;
        continue;
      }
    } else if (i === "person" && r !== null && r >= 0) {
      t.person = Math.round(r);
      continue;
    } else if (i === "mode" && ["world", "twin", "both", "difference"].includes(o)) {
      t.mode = o;
      continue;
    } else if (i === "twin") {
      const c = Se(l, o);
      if (c) {
        t.twin = c, t.mode === "world" && !e.includes("mode=") && (t.mode = "both");
        continue;
      }
    }
    s.push(i);
  }
  return t.step = Math.min(t.step, t.steps), { shown: t, ignored: s };
}
function S(l, e) {
  return (l.low === null || (l.lowOpen ? e > l.low : e >= l.low)) && (l.high === null || (l.highOpen ? e < l.high : e <= l.high));
}
function Se(l, e) {
  const [t, s, i, o, r] = e.split(":"), h = j(i), n = j(o), a = j(r), c = l.params.find((f) => f.name === s);
  return t === "from" && c && !c.fixed && h !== null && S(c, h) ? { kind: t, name: s, value: h } : h === null || n === null || n < 1 ? null : t === "pulse" && l.shocks.some((f) => f.name === s) && h >= 0 ? { kind: t, name: s, amount: h, at: n } : t === "seed" && l.states.some((f) => f.name === s && f.kind === "bool") && h >= 0 && h <= 1 ? { kind: t, name: s, share: h, at: n } : t === "set" && c && !c.early && S(c, h) ? { kind: t, name: s, value: h, start: n, end: a } : t === "cap" && l.societies.some((f) => f.name === s) ? { kind: t, name: s, most: h, start: n, end: a } : null;
}
const Oe = "11px system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif";
function I(l) {
  if (!Number.isFinite(l)) return "none";
  const e = Math.abs(l);
  return e >= 1e6 || e > 0 && e < 1e-3 ? l.toExponential(1) : e >= 1e3 ? Math.round(l).toLocaleString("en") : String(Number(l.toPrecision(3)));
}
function le(l, e, t) {
  const s = e - l || 1, i = s / t, o = 10 ** Math.floor(Math.log10(i)), r = [1, 2, 5, 10].map((n) => n * o).find((n) => s / n <= t) ?? 10 * o, h = [];
  for (let n = Math.ceil(l / r - 1e-9); n * r <= e + 1e-9 * s; n++) h.push(Number((n * r).toPrecision(12)));
  return h;
}
class C {
  constructor(e, t, s) {
    this.canvas = e, this.seek = t, this.changed = s, this.context = e.getContext("2d");
    let i = !1;
    const o = (r) => Math.max(0, Math.min(this.steps, Math.round((r.offsetX - this.left) / Math.max(1, e.clientWidth - this.left - 6) * this.steps)));
    e.addEventListener("pointerdown", (r) => {
      i = !0, e.setPointerCapture(r.pointerId), this.seek(o(r));
    }), e.addEventListener("pointermove", (r) => {
      this.hover = o(r), i ? this.seek(this.hover) : this.changed();
    }), e.addEventListener("pointerup", () => {
      i = !1;
    }), e.addEventListener("pointerleave", () => {
      this.hover = -1, this.changed();
    });
  }
  context;
  series = [];
  steps = 1;
  at = 0;
  marks = [];
  zero = !1;
  // a line at zero, for effects
  labels = null;
  // of the steps, where these are not numbers
  hover = -1;
  domain = [0, 1];
  left = 40;
  draw() {
    const e = this.context, t = this.canvas, s = Math.min(devicePixelRatio || 1, 2), i = t.clientWidth, o = t.clientHeight;
    if (!i) return;
    (t.width !== Math.round(i * s) || t.height !== Math.round(o * s)) && (t.width = Math.round(i * s), t.height = Math.round(o * s));
    const r = getComputedStyle(t), h = (b) => r.getPropertyValue(`--${b}`).trim();
    e.setTransform(s, 0, 0, s, 0, 0), e.clearRect(0, 0, i, o);
    let n = 1 / 0, a = -1 / 0;
    const c = (b) => {
      Number.isFinite(b) && (b < n && (n = b), b > a && (a = b));
    };
    for (const b of this.series) {
      for (let M = 0; M <= b.upto && M < b.values.length; M++) c(b.values[M]);
      b.band && (b.band.low.forEach(c), b.band.high.forEach(c));
    }
    n === 1 / 0 && (n = 0, a = 1), this.zero ? c(0) : n >= 0 && n < 0.6 * a && (n = 0), a <= n && (a = n + (Math.abs(n) || 1) * 0.1, n === 0 && (a = 1));
    const f = this.series.reduce((b, M) => M.points ? M.values.reduce(($, E) => E > $ ? E : $, b) : b, -1 / 0);
    f > 0 && (a = Math.min(a, 2.5 * f));
    const g = (a - n) * 0.08;
    this.domain = [n === 0 ? 0 : n - g, a + g];
    const [u, m] = this.domain, p = 6, w = o - 18, y = i - this.left - 6, v = (b) => this.left + b / this.steps * y, k = (b) => w - (b - u) / (m - u) * (w - p);
    e.font = Oe, e.textBaseline = "middle";
    for (const b of le(u, m, o > 120 ? 4 : 3))
      e.strokeStyle = h("grid"), e.lineWidth = 1, e.beginPath(), e.moveTo(this.left, k(b)), e.lineTo(i - 6, k(b)), e.stroke(), e.fillStyle = h("muted"), e.textAlign = "right", e.fillText(I(b), this.left - 6, k(b));
    e.textAlign = "center", e.textBaseline = "alphabetic", e.fillStyle = h("muted");
    for (const b of le(0, this.steps, this.labels ? Math.max(1, Math.floor(y / 110)) : 5)) Number.isInteger(b) && v(b) < i - (this.labels ? 30 : 12) && (e.textAlign = this.labels && !b ? "left" : "center", e.fillText(this.labels?.[b] ?? String(b), v(b), o - 4));
    for (const b of this.marks)
      e.fillStyle = b.colour, e.globalAlpha = 0.13, b.until !== null && b.until > b.at + 1 && e.fillRect(v(b.at), p, v(Math.min(b.until, this.steps)) - v(b.at), w - p), e.globalAlpha = 0.9, e.strokeStyle = b.colour, e.lineWidth = 1.5, e.setLineDash([2, 3]), e.beginPath(), e.moveTo(v(b.at), p), e.lineTo(v(b.at), w), e.stroke(), e.setLineDash([]), e.globalAlpha = 1;
    this.zero && (e.strokeStyle = h("faint"), e.lineWidth = 1, e.beginPath(), e.moveTo(this.left, k(0)), e.lineTo(i - 6, k(0)), e.stroke()), e.save(), e.beginPath(), e.rect(this.left, p - 4, y + 6, w - p + 8), e.clip();
    for (const b of this.series)
      if (b.band) {
        e.fillStyle = b.colour, e.globalAlpha = 0.16, e.beginPath(), b.band.low.forEach((M, $) => $ ? e.lineTo(v($), k(M)) : e.moveTo(v($), k(M)));
        for (let M = b.band.high.length - 1; M >= 0; M--) e.lineTo(v(M), k(b.band.high[M]));
        e.fill(), e.globalAlpha = 0.75, e.strokeStyle = b.colour, e.lineWidth = 1, e.setLineDash([4, 3]), e.beginPath(), b.band.mid.forEach((M, $) => $ ? e.lineTo(v($), k(M)) : e.moveTo(v($), k(M))), e.stroke(), e.setLineDash([]), e.globalAlpha = 1;
      }
    for (const b of this.series) {
      if (e.strokeStyle = e.fillStyle = b.colour, e.lineWidth = 2, e.lineJoin = "round", e.setLineDash(b.dash ?? []), b.points) {
        for (let $ = 0; $ < b.values.length; $++) Number.isFinite(b.values[$]) && (e.beginPath(), e.arc(v($), k(b.values[$]), 2.2, 0, 7), e.fill());
        continue;
      }
      e.beginPath();
      let M = !1;
      for (let $ = 0; $ <= Math.min(b.upto, b.values.length - 1); $++) {
        if (!Number.isFinite(b.values[$])) {
          M = !1;
          continue;
        }
        M ? e.lineTo(v($), k(b.values[$])) : e.moveTo(v($), k(b.values[$])), M = !0;
      }
      e.stroke(), e.setLineDash([]);
    }
    e.restore();
    const x = this.hover >= 0 ? this.hover : this.at;
    e.strokeStyle = h("ink"), e.globalAlpha = 0.55, e.lineWidth = 1, e.beginPath(), e.moveTo(v(x), p), e.lineTo(v(x), w), e.stroke(), e.globalAlpha = 1;
    for (const b of this.series) !b.points && x <= b.upto && Number.isFinite(b.values[x]) && (e.fillStyle = b.colour, e.beginPath(), e.arc(v(x), k(b.values[x]), 3.2, 0, 7), e.fill(), e.strokeStyle = h("paper"), e.lineWidth = 1.2, e.stroke());
  }
}
function q(l, e, t, s, i) {
  if (l.length < 3) return null;
  const o = () => new Float64Array(s + 1), r = { low: o(), mid: o(), high: o() }, h = new Float64Array(l.length);
  for (let n = 0; n <= s; n++) {
    l.forEach((c, f) => {
      h[f] = c[n * t + e] - (i ? i[f][n * t + e] : 0);
    }), h.sort();
    const a = (c) => {
      const f = c * (h.length - 1), g = Math.floor(f);
      return h[g] + (f - g) * ((h[g + 1] ?? h[g]) - h[g]);
    };
    r.low[n] = a(0.1), r.mid[n] = a(0.5), r.high[n] = a(0.9);
  }
  return r;
}
function d(l, e = {}, ...t) {
  const s = document.createElement(l);
  for (const [o, r] of Object.entries(e))
    r == null || r === !1 || (o.startsWith("on") ? s.addEventListener(o.slice(2), r) : o in s && o !== "list" && o !== "role" && !o.startsWith("aria") ? s[o] = r : s.setAttribute(o, r === !0 ? "" : String(r)));
  const i = (o) => {
    Array.isArray(o) ? o.forEach(i) : o != null && o !== !1 && s.append(o);
  };
  return t.forEach(i), s;
}
let Te = 0;
const U = (l) => `${l}-${++Te}`, A = (l) => l.replace(/_/g, " "), O = (l) => l ? l[0].toUpperCase() + l.slice(1) + (/[.!?…]$/.test(l) ? "" : ".") : "", Fe = { exact: "exactly as it is", noisy: "with noise", counts: "as counts of reports", events: "as events, of which a share is reported" };
class Pe {
  constructor(e, t, s, i) {
    this.beside = e, this.meta = t, this.style = s;
    const o = e.dates.length - 1, r = Object.keys(e.series).map((h) => {
      const n = d("canvas", { role: "img" }), a = d("p", { className: "note" }), c = d("span", { className: "now" }), f = new C(n, (g) => i(e.first + g * e.every), () => this.draw());
      return f.steps = Math.max(o, 1), f.labels = e.dates, this.charts.push({ chart: f, name: h, note: a, now: c }), d("figure", { className: "plot record" }, d("div", { className: "head" }, d("span", {}, d("b", {}, A(h)), d("span", { className: "unit" }, " in the record")), c), n, a);
    });
    this.element = d("section", { "aria-label": "The record" }, d("h2", {}, `The record: ${e.source}`), r);
  }
  charts = [];
  members = [];
  bands = [];
  of = -1;
  // members that the bands are of
  element;
  forget() {
    this.members = [], this.of = -1, this.draw();
  }
  add(e) {
    this.members.push(e);
  }
  at(e) {
    for (const { chart: t } of this.charts) t.at = Math.max(0, Math.min(t.steps, Math.floor((e - this.beside.first) / this.beside.every)));
    this.draw();
  }
  draw() {
    const e = this.style(), t = e.getPropertyValue("--ink"), s = e.getPropertyValue("--account-1"), i = this.beside.dates.length;
    this.of !== this.members.length && (this.of = this.members.length, this.bands = this.charts.map((o, r) => q(this.members.map((h) => h[r]), 0, 1, i - 1))), this.charts.forEach(({ chart: o, name: r, note: h, now: n }, a) => {
      const c = Float64Array.from(this.beside.series[r], (w) => w ?? NaN), f = this.bands[a];
      o.series = [{ name: r, colour: s, values: new Float64Array(), upto: -1, band: f }, { name: "record", colour: t, values: c, upto: i - 1, band: null, points: !0 }], o.draw();
      const g = o.hover >= 0 ? Math.min(o.hover, i - 1) : Math.min(o.at, i - 1);
      n.textContent = `${this.beside.dates[g]}: ${Number.isFinite(c[g]) ? I(c[g]) : "not watched"}${f ? ` (${I(f.low[g])} to ${I(f.high[g])})` : ""}`;
      const u = [...c].filter(Number.isFinite).length, m = f ? [...c].filter((w, y) => Number.isFinite(w) && (w < f.low[y] || w > f.high[y])).length : 0, p = this.beside.posterior.length ? "each with a draw from the fit's posterior (a slider that you move holds its parameter in all of them)" : "at the values of the sliders";
      h.textContent = f ? `Points: the record. Band: 10% to 90% of ${this.members.length} simulated worlds, ${p}, each reported once, ${Fe[this.beside.reporting.series[r].form]}. ${m} of ${u} watched periods lie outside; of a record that this theory made, about a fifth would.` : `Points: the record. ${this.meta.engine.kind === "none" || this.meta.engine.kind === "recorded" ? "This page has no ensemble to compare it with." : "Simulating …"}`, o.canvas.setAttribute("aria-label", `${A(r)} in the record and in simulated records. ${h.textContent}`);
    });
  }
}
function D(l, e, t, s) {
  const i = U("select"), o = d("select", { id: i, onchange: (r) => s(r.target.selectedIndex) }, e.map((r) => d("option", {}, r)));
  return o.selectedIndex = Math.max(0, t), d("span", { className: "choice" }, d("label", { htmlFor: i, className: "note" }, l), o);
}
function K(l, e, t, s, i, o, r = (h) => h) {
  const h = U("d"), n = d("output", { htmlFor: h }, I(e)), a = d("input", { id: h, type: "range", min: String(t), max: String(s), step: String(i), oninput: (c) => {
    const f = Number(c.target.value);
    n.textContent = I(r(f)), o(f);
  } });
  return a.value = String(e), d("div", { className: "lever" }, d("div", { className: "top" }, d("label", { htmlFor: h }, l), n), a);
}
function W(l, e, t, s, i) {
  const o = U("f"), r = d("input", { id: o, type: "number", className: "value", step: "any", value: String(e), disabled: t });
  return r.addEventListener("change", () => {
    const h = r.value.trim() === "" ? "a number" : s(Number(r.value));
    h ? (r.setAttribute("aria-invalid", "true"), i(`${l} = ${r.value || "nothing"}; expected ${h}.`)) : (r.removeAttribute("aria-invalid"), i(""));
  }), d("div", { className: "lever" }, d("div", { className: "top" }, d("label", { htmlFor: o }, l), r));
}
const Be = Math.PI * (3 - Math.sqrt(5));
function ee(l, e, t, s, i, o) {
  const r = l.length;
  for (let h = 0; h < r; h++) {
    const n = s * Math.sqrt((h + 0.5) / r), a = h * Be;
    i[l[h]] = e + n * Math.cos(a), o[l[h]] = t + n * Math.sin(a);
  }
}
function Ue(l) {
  const e = l.reduce((u, m) => u + m, 0), t = l.map((u, m) => m).sort((u, m) => l[m] - l[u]), s = l.map((u) => ({ x: 0, y: 0, r: Math.sqrt(u / e) })), i = [];
  for (const u of t) {
    const m = s[u];
    let p = 1 / 0, w = 0, y = 0;
    const v = 0.04 * Math.min(1, m.r * 4), k = (x, b) => i.every((M) => Math.hypot(M.x - x, M.y - b) >= M.r + m.r + v);
    if (!i.length) p = 0;
    else for (const x of i) for (let b = 0; b < 48; b++) {
      const M = b / 48 * 2 * Math.PI, $ = x.r + m.r + v + 1e-6, E = x.x + $ * Math.cos(M), F = x.y + $ * Math.sin(M), re = Math.hypot(E, F) + m.r;
      re < p && k(E, F) && (p = re, w = E, y = F);
    }
    m.x = w, m.y = y, i.push(m);
  }
  const o = (u, m) => Math.max(...s.map((p) => m * u(p) + p.r)) * m, r = o((u) => u.x, -1), h = o((u) => u.x, 1), n = o((u) => u.y, -1), a = o((u) => u.y, 1), c = 0.98 / Math.max(h - r, a - n), f = (r + h) / 2, g = (n + a) / 2;
  return s.map((u) => ({ x: 0.5 + (u.x - f) * c, y: 0.5 + (u.y - g) * c, r: u.r * c }));
}
function be(l, e) {
  const t = new Set(l), s = [], i = e.indptr, o = e.indices, r = (h) => i[h + 1] - i[h];
  for (const h of [...l].sort((n, a) => r(a) - r(n) || n - a)) {
    if (!t.has(h)) continue;
    t.delete(h);
    let n = s.push(h) - 1;
    for (; n < s.length; ) {
      const a = s[n++];
      for (let c = i[a]; c < i[a + 1]; c++) t.delete(o[c]) && s.push(o[c]);
    }
  }
  return s;
}
function Le(l, e, t) {
  const s = t.people, i = new Float32Array(s), o = new Float32Array(s), r = e.network;
  if (l.places && t.places && (l.places.of === "region" ? t.places.length / 2 > t.region.reduce((c, f) => Math.max(c, f), 0) : t.places.length === 2 * s)) return Re(l.places, t);
  if (e.rows && e.columns && e.rows * e.columns === s) {
    const c = Math.max(e.rows, e.columns), f = 1 / c, g = (1 - e.columns * f) / 2, u = (1 - e.rows * f) / 2;
    for (let m = 0; m < s; m++)
      i[m] = g + (m % e.columns + 0.5) * f, o[m] = u + (Math.floor(m / e.columns) + 0.5) * f;
    return { x: i, y: o, radius: f / 2, square: !0, caption: `${e.rows} by ${e.columns} ${l.population.grid ? "sites" : "people"}, edges joined${e.rewiring ? `, ${100 * e.rewiring}% of the ties reassigned` : ""}` };
  }
  if (r === "watts_strogatz" || r === "ring") {
    const c = Math.max(1, Math.min(24, Math.round(Math.sqrt(s / 12)))), f = s < 60 ? 0.44 : 0.3, g = 0.485;
    for (let m = 0; m < s; m++) {
      const p = m / s * 2 * Math.PI - Math.PI / 2, w = c === 1 ? g : f + (g - f) * (m % c) / (c - 1);
      i[m] = 0.5 + w * Math.cos(p), o[m] = 0.5 + w * Math.sin(p);
    }
    const u = Math.PI * (g * g - f * f);
    return { x: i, y: o, radius: Math.min(0.02, 0.45 * Math.sqrt(u / s)), square: !1, caption: "neighbours are next to each other on the circle" };
  }
  let h = "everyone sees everyone";
  if (t.labels) {
    const c = /* @__PURE__ */ new Map();
    t.labels.forEach((m, p) => {
      const w = c.get(m);
      w ? w.push(p) : c.set(m, [p]);
    });
    let f = [...c.values()];
    f.length > 400 && (f = ze(f));
    const g = Ue(f.map((m) => m.length));
    f.forEach((m, p) => ee(t.indptr ? be(m, t) : m, g[p].x, g[p].y, g[p].r, i, o));
    const u = g.reduce((m, p) => m + p.r * p.r, 0) * Math.PI;
    return h = f.length > 1 ? `${f.length} communities; those tied to one another are close together` : "one web of ties; those with most ties in the middle", { x: i, y: o, radius: Math.min(0.02, 0.42 * Math.sqrt(u / s)), square: !1, caption: h };
  }
  const n = Array.from({ length: s }, (c, f) => f), a = t.sortKey;
  return a && !t.indptr ? (n.sort((c, f) => a[c] - a[f] || c - f), h = `everyone sees everyone; lowest ${l.traits[0].name.replace(/_/g, " ")} in the middle`) : t.indptr && (h = "a web of ties"), ee(n, 0.5, 0.5, 0.485, i, o), { x: i, y: o, radius: Math.min(0.02, 0.42 * Math.sqrt(Math.PI * 0.485 * 0.485 / s)), square: !1, caption: h };
}
function Re(l, e) {
  const t = e.people, s = new Float32Array(t), i = new Float32Array(t), o = e.places, r = /* @__PURE__ */ new Map();
  for (let a = 0; a < t; a++) {
    const c = l.of === "region" ? e.region[a] : a, f = `${o[2 * c].toFixed(4)},${o[2 * c + 1].toFixed(4)}`, g = r.get(f);
    g ? g.push(a) : r.set(f, [a]);
  }
  const h = [...r.values()].map((a) => {
    const c = l.of === "region" ? e.region[a[0]] : a[0];
    return { members: a, x: o[2 * c], y: o[2 * c + 1] };
  });
  let n = Math.sqrt(0.12 / t);
  h.length < 1500 && h.forEach((a, c) => h.slice(c + 1).forEach((f) => {
    n = Math.min(n, Math.max(Math.hypot(a.x - f.x, a.y - f.y) / (Math.sqrt(a.members.length) + Math.sqrt(f.members.length)), 4e-3 / Math.sqrt(Math.max(a.members.length, f.members.length))));
  }));
  for (const a of h) ee(e.indptr ? be(a.members, e) : a.members, a.x, a.y, n * Math.sqrt(a.members.length) * (a.members.length > 1 ? 0.96 : 0), s, i);
  return { x: s, y: i, radius: Math.max(16e-4, Math.min(0.012, 0.45 * n)), square: !1, map: l, caption: `${h.length.toLocaleString("en")} places (${l.source}), north at the top; ${h.length < t ? "those of one place are arranged around it" : "each person where they are"}; outlines: Natural Earth` };
}
function ze(l) {
  return l.sort((e, t) => t.length - e.length), [...l.slice(0, 200), l.slice(200).flat()];
}
const he = { u8: Uint8Array, i8: Int8Array, i16: Int16Array, i32: Int32Array, u32: Uint32Array, f64: Float64Array, i64: BigInt64Array, u64: BigUint64Array }, ce = 262144, G = 1 << 20;
class P {
  constructor(e, t, s, i = []) {
    this.args = t, this.errors = i;
    const o = s + 63 & -64;
    this.top = o + ce + 64, this.memory = new WebAssembly.Memory({ initial: Math.ceil((this.top + G) / 65536) + 1 }), this.held = this.memory.buffer, this.heap = this.take(G), this.heapEnd = this.heap + G;
    const r = {
      __linear_memory: this.memory,
      __stack_pointer: new WebAssembly.Global({ value: "i32", mutable: !0 }, o + ce),
      __indirect_function_table: new WebAssembly.Table({ initial: 64, element: "anyfunc" }),
      sqrt: Math.sqrt,
      floor: Math.floor,
      ceil: Math.ceil,
      trunc: Math.trunc,
      fabs: Math.abs,
      pow: Math.pow,
      exp: Math.exp,
      expm1: Math.expm1,
      log: Math.log,
      log1p: Math.log1p,
      log2: Math.log2,
      log10: Math.log10,
      sin: Math.sin,
      cos: Math.cos,
      tan: Math.tan,
      asin: Math.asin,
      acos: Math.acos,
      atan: Math.atan,
      atan2: Math.atan2,
      sinh: Math.sinh,
      cosh: Math.cosh,
      tanh: Math.tanh,
      cbrt: Math.cbrt,
      hypot: Math.hypot,
      exp2: (n) => 2 ** n,
      fmod: (n, a) => n % a,
      erf: (n) => 1 - fe(n),
      erfc: fe,
      rint: (n) => {
        const a = Math.round(n);
        return Math.abs(a - n) === 0.5 && a % 2 ? a - 1 : a;
      },
      memset: (n, a, c) => (this.bytes().fill(a, n, n + c), n),
      memcpy: (n, a, c) => (this.bytes().copyWithin(n, a, a + c), n),
      memmove: (n, a, c) => (this.bytes().copyWithin(n, a, a + c), n),
      NRT_MemInfo_alloc_aligned: (n) => this.info(Number(n)),
      NRT_MemInfo_alloc_safe_aligned: (n) => this.info(Number(n)),
      NRT_MemInfo_alloc: (n) => this.info(Number(n)),
      NRT_MemInfo_new_varsize_dtor: (n) => this.info(Number(n)),
      NRT_MemInfo_new_varsize: (n) => this.info(Number(n)),
      NRT_MemInfo_varsize_alloc: (n, a) => this.fresh(n, Number(a)),
      NRT_MemInfo_varsize_realloc: (n, a) => this.fresh(n, Number(a), !0),
      NRT_MemInfo_varsize_free: () => {
      },
      NRT_Allocate: (n) => this.allocate(Number(n)),
      NRT_MemInfo_call_dtor: () => {
      },
      NRT_Free: () => {
      },
      NRT_incref: () => {
      },
      NRT_decref: () => {
      }
    }, h = {};
    for (const { name: n } of WebAssembly.Module.imports(e)) {
      if (!(n in r)) throw new Error(`the page has no ${n}`);
      h[n] = r[n];
    }
    this.exports = new WebAssembly.Instance(e, { env: h }).exports;
  }
  memory;
  regions = {};
  views = {};
  held;
  top;
  heap = 0;
  heapEnd = 0;
  heapAt = 0;
  exports = {};
  bytes() {
    return new Uint8Array(this.memory.buffer);
  }
  ensure(e) {
    const t = this.memory.buffer.byteLength;
    e > t && this.memory.grow(Math.ceil((e - t) / 65536));
  }
  take(e) {
    const t = this.top;
    return this.top = t + e + 63 & -64, this.ensure(this.top), t;
  }
  /** Memory for one call: nothing that a kernel makes outlives it. */
  allocate(e) {
    const t = e + 63 & -64;
    if (this.heapAt + t > this.heapEnd) {
      const i = Math.max(t, 2 * (this.heapEnd - this.heap));
      this.heap = this.heapAt = this.take(i), this.heapEnd = this.heap + i;
    }
    const s = this.heapAt;
    return this.heapAt += t, s;
  }
  info(e) {
    const t = this.allocate(e + 64), s = new DataView(this.memory.buffer);
    return s.setBigInt64(t, 1n, !0), s.setInt32(t + 8, 0, !0), s.setInt32(t + 12, 0, !0), s.setInt32(t + 16, t + 64, !0), s.setBigInt64(t + 24, BigInt(e), !0), t;
  }
  fresh(e, t, s = !1) {
    const i = this.allocate(t), o = new DataView(this.memory.buffer), r = o.getInt32(e + 16, !0), h = Number(o.getBigInt64(e + 24, !0));
    return s && this.bytes().copyWithin(i, r, r + Math.min(h, t)), o.setInt32(e + 16, i, !0), o.setBigInt64(e + 24, BigInt(t), !0), i;
  }
  /** Make an array in memory; `item` is the size of one element where it is a record. */
  array(e, t, s, i) {
    const o = s.reduce((n, a) => n * a, 1), r = he[t].BYTES_PER_ELEMENT, h = this.take(Math.max(o * (i ?? r), 8));
    return this.regions[e] = { kind: t, at: h, length: o * (i ?? r) / r, shape: s, item: i ?? r }, this.held = null, this.view(e);
  }
  /** An array as it is now; views are recreated where the memory has grown. */
  view(e) {
    this.held !== this.memory.buffer && (this.views = {}, this.held = this.memory.buffer);
    const t = this.regions[e];
    return this.views[e] ??= new he[t.kind](this.memory.buffer, t.at, t.length);
  }
  /** A function with its arrays in place; what is left to pass is its numbers, by name. */
  bind(e) {
    const t = this.exports[e], s = [0, 0], i = [], o = this.take(64);
    s[0] = o, s[1] = o + 32;
    for (const r of this.args[e])
      if (r.kind === "array") {
        const h = this.regions[r.name];
        if (!h) throw new Error(`${e} takes ${r.name}, which the page does not know`);
        const n = [];
        let a = h.item;
        for (let c = h.shape.length - 1; c >= 0; c--)
          n[c] = a, a *= h.shape[c];
        s.push(0, 0, BigInt(h.shape.reduce((c, f) => c * f, 1)), BigInt(h.item), h.at, ...h.shape.map(BigInt), ...n.map(BigInt));
      } else r.kind === "record" ? s.push(this.regions[r.name].at) : (i.push([r.name, s.length, r.kind === "i64"]), s.push(r.kind === "i64" ? 0n : 0));
    return (r = {}) => {
      for (const [n, a, c] of i) n in r && (s[a] = c ? BigInt(r[n]) : Number(r[n]));
      this.heapAt = this.heap;
      const h = t(...s);
      if (h !== 0) throw new Error(this.raised(o + 32) ?? `the theory's ${e} ended with an error (code ${h})`);
    };
  }
  /** What a function raised: its number stands where Numba had left a pickle. */
  raised(e) {
    const t = new DataView(this.memory.buffer), s = t.getUint32(e, !0), i = s ? this.errors[t.getUint32(t.getUint32(s, !0), !0)] : void 0;
    return i ? `${i.file}:${i.line}: ${i.error}` : null;
  }
}
function fe(l) {
  const e = Math.abs(l);
  let t;
  if (e < 2.5) {
    let s = e, i = e;
    for (let o = 1; Math.abs(s) > 1e-17 * i && o < 200; o++)
      s *= -e * e / o, i += s / (2 * o + 1);
    t = 1 - 2 / Math.sqrt(Math.PI) * i;
  } else {
    let s = 0;
    for (let i = 60; i > 0; i--) s = i / 2 / (e + s);
    t = Math.exp(-e * e) / Math.sqrt(Math.PI) / (e + s);
  }
  return l < 0 ? 2 - t : t;
}
const me = [1779033703, 3144134277, 1013904242, 2773480762, 1359893119, 2600822924, 528734635, 1541459225], je = [
  "0123456789abcdef",
  "ea489fd61c02b753",
  "b8c052fdae367194",
  "7931dcbe265a40f8",
  "905724afe1bc683d",
  "2c6a0b834d75fe19",
  "c51fed4a0763928b",
  "db7ec13950f4862a",
  "6fe9b308c2d714a5",
  "a2847615fb9e3cd0"
].map((l) => [...l].map((e) => parseInt(e, 16))), L = (l, e) => (l >>> e | l << 32 - e) >>> 0;
function qe(l, e) {
  const t = me.slice();
  t[0] = (t[0] ^ 16842752 ^ e) >>> 0;
  const s = Math.max(1, Math.ceil(l.length / 64));
  for (let i = 0; i < s; i++) {
    const o = new Uint8Array(64);
    o.set(l.subarray(i * 64, i * 64 + 64));
    const r = new Uint32Array(o.buffer), h = i === s - 1, n = h ? l.length : (i + 1) * 64, a = [...t, ...me];
    a[12] = (a[12] ^ n) >>> 0, h && (a[14] = ~a[14] >>> 0);
    const c = (f, g, u, m, p, w) => {
      a[f] = a[f] + a[g] + p >>> 0, a[m] = L(a[m] ^ a[f], 16), a[u] = a[u] + a[m] >>> 0, a[g] = L(a[g] ^ a[u], 12), a[f] = a[f] + a[g] + w >>> 0, a[m] = L(a[m] ^ a[f], 8), a[u] = a[u] + a[m] >>> 0, a[g] = L(a[g] ^ a[u], 7);
    };
    for (const f of je)
      c(0, 4, 8, 12, r[f[0]], r[f[1]]), c(1, 5, 9, 13, r[f[2]], r[f[3]]), c(2, 6, 10, 14, r[f[4]], r[f[5]]), c(3, 7, 11, 15, r[f[6]], r[f[7]]), c(0, 5, 10, 15, r[f[8]], r[f[9]]), c(1, 6, 11, 12, r[f[10]], r[f[11]]), c(2, 7, 8, 13, r[f[12]], r[f[13]]), c(3, 4, 9, 14, r[f[14]], r[f[15]]);
    for (let f = 0; f < 8; f++) t[f] = (t[f] ^ a[f] ^ a[f + 8]) >>> 0;
  }
  return new Uint8Array(new Uint32Array(t).buffer).slice(0, e);
}
function ye(l, ...e) {
  const t = [String(l), ...e.map((s) => `${typeof s == "number" ? "int" : "str"}:${s}`)].join("");
  return new DataView(qe(new TextEncoder().encode(t), 8).buffer).getBigUint64(0, !0);
}
const T = (l, e) => typeof l == "string" ? e[l] : l;
function V(l, e, t, s) {
  const i = new Int32Array(t);
  for (let a = 0; a < t; a++) {
    i[a] += l[a + 1] - l[a];
    for (let c = l[a]; c < l[a + 1]; c++) i[e[c]]++;
  }
  const o = new Int32Array(t + 1);
  for (let a = 0; a < t; a++) o[a + 1] = o[a] + i[a];
  const r = new Int32Array(o[t]), h = o.slice(0, t), n = () => {
    for (let a = 0; a < t; a++) for (let c = l[a]; c < l[a + 1]; c++) r[h[a]++] = e[c];
  };
  s !== "upper" && n();
  for (let a = 0; a < t; a++) for (let c = l[a]; c < l[a + 1]; c++) r[h[e[c]]++] = a;
  if (s === "upper" && n(), s === "any") for (let a = 0; a < t; a++) r.subarray(o[a], o[a + 1]).sort();
  return [o, r];
}
function We(l, e) {
  const t = new Uint8Array(l);
  let s = 0;
  const i = () => {
    let h = 0, n = 0;
    for (; ; ) {
      const a = t[s++];
      if (h |= (a & 127) << n, a < 128) return h;
      n += 7;
    }
  }, o = new Int32Array(e + 1), r = [];
  for (let h = 0; h < e; h++) {
    const n = i();
    let a = h;
    for (let c = 0; c < n; c++)
      a += i(), r.push(a);
    o[h + 1] = r.length;
  }
  return V(o, Int32Array.from(r), e, "upper");
}
function Ce(l, e) {
  if (e.sizes) return e.sizes;
  const t = e.communities;
  return Array.from({ length: t }, (s, i) => Math.floor(l / t) + (i < l % t ? 1 : 0));
}
function J(l, e, t, s, i, o, r) {
  const h = t.reduce((w, y) => w + y, 0);
  let n = 0;
  t.forEach((w, y) => {
    n += s[y] * w * (w - 1) / 2 + i * w * (h - w) / 2;
  });
  const a = Math.ceil(n + 8 * Math.sqrt(n)) + 16, c = new P(l, e.engine.networks.arguments, e.engine.networks.dataEnd), f = c.array("end", "i64", [t.length]);
  let g = 0;
  t.forEach((w, y) => {
    g += w, f[y] = BigInt(g);
  }), c.array("within", "f64", [t.length]).set(s), c.array("counts", "i64", [h]), c.array("heads", "i32", [a]), c.array("out", "i64", [1]), c.bind("draw_pairs")({ seed: r, stream_within: o[0], stream_between: o[1], low: 0, high: h, between: i });
  const u = Number(c.view("out")[0]), m = c.view("counts");
  if (u > a) throw new Error("more ties were drawn than there is room for");
  const p = new Int32Array(h + 1);
  for (let w = 0; w < h; w++) p[w + 1] = p[w] + Number(m[w]);
  return V(p, c.view("heads").slice(0, u), h, "upper");
}
function De(l, e) {
  const t = new Int32Array(l * e);
  for (let s = 0; s < l; s++) for (let i = 0; i < e; i++) {
    const o = s + i + 1;
    t[s * e + i] = o < l ? o : o - l;
  }
  return t;
}
function Ve(l, e, t, s) {
  const i = new Int32Array(l * e + 1), o = [];
  for (let r = 0; r < l; r++) for (let h = 0; h < e; h++) {
    const n = [];
    for (let a = -t; a <= t; a++) for (let c = -t; c <= t; c++) {
      if (!a && !c) continue;
      let f = r + a, g = h + c;
      if (s)
        f = (f + l) % l, g = (g + e) % e;
      else if (f < 0 || f >= l || g < 0 || g >= e) continue;
      n.push(f * e + g);
    }
    n.sort((a, c) => a - c);
    for (const a of n) o.push(a);
    i[r * e + h + 1] = o.length;
  }
  return [i, Int32Array.from(o)];
}
const ve = /* @__PURE__ */ new Set(["well_mixed", "erdos_renyi", "planted_partition", "village", "watts_strogatz", "barabasi_albert", "ring", "moore", "grid"]);
function Ke(l, e, t, s) {
  const i = l.meta, o = t.network, r = t.rows ?? 0, h = t.columns ?? 0, n = t.rows ? r * h : t.people, a = { people: n, regions: 1, region: new Int32Array(n), indptr: null, indices: null, rows: r, columns: h, grid: o === "grid", seed: s };
  if (!i.population.made)
    return l.arrays.region && (a.region = new Int32Array(l.arrays.region), a.regions = i.population.regions), l.arrays.ties ? [a.indptr, a.indices] = We(l.arrays.ties, n) : l.arrays.indptr && (a.indptr = new Int32Array(l.arrays.indptr), a.indices = new Int32Array(l.arrays.indices)), a;
  const c = i.population.streams, f = (u) => {
    [a.indptr, a.indices] = u;
  }, g = (u) => {
    let m = 0;
    u.forEach((p, w) => {
      a.region.fill(w, m, m + p), m += p;
    }), a.regions = u.length;
  };
  if (o === "erdos_renyi") f(J(e, i, [n], [t.mean_degree / Math.max(n - 1, 1)], 0, [c.pairs, c.between], s));
  else if (o === "planted_partition") {
    const u = Ce(n, t), m = (1 - t.mix) * t.mean_degree, p = u.reduce((y, v) => y + v * (n - v), 0), w = t.mix > 0 ? t.mix * t.mean_degree * n / p : 0;
    f(J(e, i, u, u.map((y) => m / Math.max(y - 1, 1)), w, [c.within, c.between], s)), g(u);
  } else if (o === "village") {
    const u = [];
    for (let m = 0; m < n; m += t.village_size) u.push(Math.min(t.village_size, n - m));
    f(J(e, i, u, u.map(() => 1), t.far, [c.clique, c.far], s)), g(u);
  } else if (o === "watts_strogatz" || o === "ring") {
    const u = t.neighbours / 2;
    let m = De(n, u);
    if (o === "watts_strogatz" && t.rewiring > 0) {
      const p = new P(e, i.engine.networks.arguments, i.engine.networks.dataEnd);
      p.array("own", "i32", [n, u]).set(m), p.bind("small_world")({ seed: s, stream_moves: c.moves, stream_places: c.places, rewiring: t.rewiring }), m = p.view("own").slice();
    }
    f(V(Int32Array.from({ length: n + 1 }, (p, w) => w * u), m, n, "any"));
  } else if (o === "barabasi_albert") {
    const u = t.ties_per_newcomer, m = new P(e, i.engine.networks.arguments, i.engine.networks.dataEnd), p = m.array("start", "i64", [n + 1]);
    for (let y = 0; y < n; y++) p[y + 1] = p[y] + BigInt(Math.min(y, u));
    const w = Int32Array.from(p, Number);
    m.array("heads", "i32", [w[n]]), m.bind("grow")({ seed: s, stream: c.preference, m: u }), f(V(w, m.view("heads").slice(), n, "lower"));
  } else o === "moore" && f(Ve(r, h, t.radius ?? 1, t.torus ?? !0));
  return a;
}
class ke {
  constructor(e, t) {
    this.program = e, this.people = t, e.array("out", "f64", [t]), this.fillOf = e.bind("fill"), this.normalsOf = e.bind("normals"), this.expsOf = e.bind("exps");
  }
  fillOf;
  normalsOf;
  expsOf;
  uniforms(e, t, s) {
    return this.fillOf({ seed: e, stream: BigInt(t), step: s }), this.program.view("out");
  }
  /** Who acts out of a share; in the array of the last draw. */
  normals() {
    return this.normalsOf(), this.program.view("out");
  }
  exps() {
    return this.expsOf(), this.program.view("out");
  }
}
function ue(l, e) {
  if (!e) return;
  const t = new BigInt64Array(l.buffer, l.byteOffset, l.length);
  for (let s = 0; s < e.length; s++) e[s] && (t[s] += BigInt(e[s]));
}
function Ge(l, e) {
  return e.seed === BigInt(l.population.table.seed ?? "0") && e.people === l.population.people;
}
function Me(l, e, t, s, i) {
  return xe(l, e, t, s.seed, Ge(l.meta, s), i);
}
function xe(l, e, t, s, i, o) {
  const { meta: r, arrays: h } = l, n = e.people, a = t.args.every((p) => typeof p != "string" || o[p] === r.params.find((w) => w.name === p).value), c = (p) => i && h[p] ? new Int16Array(h[p]) : null, [f, g] = t.args.map((p) => T(p, o)), u = h[`trait.${t.name}`];
  if (u && i && a) return new Float64Array(u);
  if (t.kind === "Ranked" || t.kind === "Listed" || t.kind === "measured") throw new Error(`the trait ${t.name} comes with the people of this page`);
  const m = e.uniforms(s, t.stream, 0);
  switch (t.kind) {
    case "Fixed":
      return new Float64Array(n).fill(f);
    case "Uniform":
      return Float64Array.from(m, (p) => f + (g - f) * p);
    case "Bernoulli":
      return Float64Array.from(m, (p) => p < f ? 1 : 0);
    case "Normal":
    case "LogNormal": {
      const p = e.normals();
      ue(p, c(`units.${t.name}`));
      for (let y = 0; y < n; y++) p[y] = f + g * p[y];
      if (t.kind === "Normal") return p.slice();
      const w = e.exps();
      return a && ue(w, c(`exp.${t.name}`)), w.slice();
    }
    case "Beta": {
      const p = new Float64Array(h[`quantiles.${t.name}`]), w = p.length - 1;
      return Float64Array.from(m, (y) => {
        const v = Math.acos(1 - 2 * y) / Math.PI * w, k = Math.min(Math.floor(v), w - 1), x = (1 - Math.cos(k / w * Math.PI)) / 2, b = (1 - Math.cos((k + 1) / w * Math.PI)) / 2;
        return p[k] + (y - x) / (b - x) * (p[k + 1] - p[k]);
      });
    }
  }
  throw new Error(`the page cannot draw the trait ${t.name} from ${t.kind}`);
}
function Je(l) {
  const e = Math.round(l);
  return Math.abs(e - l) === 0.5 && e % 2 ? e - 1 : e;
}
function $e(l, e, t, s, i, o) {
  const r = l.meta, h = r.states[t], n = e.people, a = T(h.initial.of, s);
  if (h.initial.kind === "drawn") {
    const u = i === ye(BigInt(r.seed), "world", 0) && n === r.population.people, m = xe(l, e, { name: h.name, stream: h.stream, ...h.initial.drawn }, i, u, s);
    for (let p = 0; p < n; p++) o[p] = m[p];
    return;
  }
  if (h.initial.kind === "number") {
    for (let u = 0; u < n; u++) o[u] = a;
    return;
  }
  if (h.initial.kind === "share") {
    if (!(a >= 0 && a <= 1)) throw new Error(`${h.name} starts true for the share ${a}; expected a share in [0, 1]`);
    const u = e.uniforms(i, h.stream, 0);
    for (let m = 0; m < n; m++) o[m] = u[m] < a ? 1 : 0;
    return;
  }
  const c = Je(a);
  if (!(c >= 0)) throw new Error(`${h.name} starts true for ${c} people; expected a number from 0`);
  if (c > n) throw new Error(`${h.name} starts true for ${c} people, and there are ${n}`);
  for (let u = 0; u < n; u++) o[u] = 0;
  if (!c) return;
  const f = e.uniforms(i, h.stream, 0), g = Array.from({ length: n }, (u, m) => m).sort((u, m) => f[u] - f[m]);
  for (let u = 0; u < c; u++) o[g[u]] = 1;
}
function te(l, e, t) {
  const { recorded: s } = l.engine;
  return s?.param === e ? s.values[Ae(s.values, t)] : t;
}
function Ae(l, e) {
  let t = 0;
  return l.forEach((s, i) => {
    Math.abs(s - e) < Math.abs(l[t] - e) && (t = i);
  }), t;
}
function Ye(l) {
  const { recorded: e } = l.engine;
  return e ? e.values.length > 1 ? [{ kind: "from", label: "another recorded value from the start", names: [e.param] }] : [] : [
    { kind: "pulse", label: l.shocks.some((t) => t.harm) ? "an act (a shock)" : "a shock", names: l.shocks.map((t) => t.name) },
    { kind: "from", label: "a parameter moved from the start", names: l.params.filter((t) => !t.fixed).map((t) => t.name) },
    { kind: "set", label: "a parameter held for a while (0 closes a channel)", names: l.params.filter((t) => !t.early && !t.fixed).map((t) => t.name) },
    { kind: "cap", label: "a variable of society capped", names: l.societies.map((t) => t.name) },
    { kind: "seed", label: "people set in motion", names: l.states.filter((t) => t.kind === "bool").map((t) => t.name) }
  ].filter((t) => t.names.length).map((t) => ({ ...t, names: [...t.names] }));
}
function Y(l, e, t, s) {
  const i = Math.max(1, Math.round(e / 3)), o = l.params.find((n) => n.name === s), { recorded: r } = l.engine;
  if (t === "from" && r) {
    const { values: n } = r, a = Ae(n, o.value);
    return { kind: t, name: s, value: n[a + 1 < n.length ? a + 1 : Math.max(a - 1, 0)] };
  }
  if (t === "from") {
    const n = o.value ? Number((1.25 * o.value).toPrecision(3)) : o.from + 0.25 * (o.to - o.from);
    return { kind: t, name: s, value: S(o, n) ? n : o.from };
  }
  if (t === "pulse") return { kind: t, name: s, amount: 1, at: i };
  if (t === "seed") return { kind: t, name: s, share: 0.05, at: i };
  if (t === "cap") return { kind: t, name: s, most: 0, start: i, end: null };
  const h = o && S(o, 0) && o.value !== 0 ? 0 : o.to;
  return { kind: "set", name: s, value: h, start: i, end: null };
}
function He(l) {
  const e = l.s, t = Ye(l.meta);
  if (!t.length) return [d("h2", {}, "Twins"), d("p", { className: "note" }, "This page offers no interventions on this theory.")];
  const s = (m = !0) => {
    m && l.build(), l.run();
  }, i = d("button", { type: "button", "aria-pressed": String(!!e.twin), onclick: () => {
    if (e.twin)
      e.twin = null, e.mode = "world";
    else {
      const m = t[0];
      e.twin = Y(l.meta, e.steps, m.kind, m.names[0]), e.mode = "both";
    }
    s();
  } }, e.twin ? "Twin on" : "Add a twin"), o = [d("h2", {}, "Twins"), d("p", { className: "note" }, "A second world with the same people and the same luck that differs in one thing."), d("div", { className: "row transport" }, i)], r = e.twin;
  if (!r) return o;
  const h = t.find((m) => m.kind === r.kind);
  o.push(d("div", { className: "row" }, D("What", t.map((m) => m.label), t.indexOf(h), (m) => {
    e.twin = Y(l.meta, e.steps, t[m].kind, t[m].names[0]), s();
  }))), o.push(d("div", { className: "row" }, D("Which", h.names.map(A), h.names.indexOf(r.name), (m) => {
    e.twin = Y(l.meta, e.steps, r.kind, h.names[m]), s();
  })));
  const n = l.meta.params.find((m) => m.name === r.name), a = r.kind === "pulse" ? { label: "amount", value: r.amount, from: 0, to: 5, set: (m) => {
    r.amount = m;
  } } : r.kind === "seed" ? { label: "share of people", value: r.share, from: 0, to: 1, set: (m) => {
    r.share = m;
  } } : r.kind === "cap" ? { label: "at most", value: r.most, from: 0, to: 1, set: (m) => {
    r.most = m;
  } } : { label: r.kind === "from" ? "in the twin" : "held at", value: r.value, from: n.from, to: n.to, set: (m) => {
    r.value = m;
  } }, c = e.steps;
  o.push(K(a.label, a.value, a.from, a.to, (a.to - a.from) / 100, (m) => {
    (r.kind === "set" || r.kind === "from") && !S(n, m) || (a.set(te(l.meta, r.name, m)), l.soon());
  }, (m) => te(l.meta, r.name, m)));
  const f = se(r);
  r.kind !== "from" && o.push(K("at" in r ? "at step" : "from step", f, 1, c, 1, (m) => {
    "at" in r ? r.at = m : (r.start = m, r.end !== null && r.end < m && (r.end = m)), l.soon(), l.plots();
  })), r.kind !== "from" && !("at" in r) && o.push(K("until step (the last: for good)", r.end ?? c + 1, 1, c + 1, 1, (m) => {
    r.end = m > c ? null : Math.max(m, r.start), l.soon(), l.plots();
  }));
  const g = l.meta.shocks.find((m) => m.name === r.name), u = g?.meaning ?? n?.meaning ?? l.meta.societies.find((m) => m.name === r.name)?.meaning ?? l.meta.states.find((m) => m.name === r.name)?.meaning;
  return u && o.push(d("p", { className: "note" }, O(u), g?.harm ? " This is violence: it enters as a shock from outside, is never optimised, and its harm is shown beside its effect." : "")), o;
}
function H(l) {
  const e = l.el.effects, t = l.s.twin;
  if (!e) return;
  if (e.hidden = !t, !t) return e.replaceChildren();
  const s = l.meta.observables.length, i = se(t), o = l.s.steps, r = !l.hasEnsemble(), h = r && l.values.twin && l.upto >= o, { world: n, twin: a } = h ? { world: [l.values.world], twin: [l.values.twin] } : l.members, c = (m, p) => {
    let w = 0;
    for (let y = i; y <= o; y++) w += m[y * s + p];
    return w / Math.max(1, o - i + 1);
  }, f = (m) => {
    const p = l.meta.observables[m], w = a.map((k, x) => c(k, m) - c(n[x], m)).sort((k, x) => k - x), y = (k) => w[Math.round(k * (w.length - 1))], v = h ? R(w[0]) : w.length >= 3 ? `${R(y(0.5))} (${R(y(0.1))} to ${R(y(0.9))})` : "simulating …";
    return d("tr", {}, d("th", { scope: "row" }, A(p.name), p.harm ? d("span", { className: "harm-tag" }, "harm") : null), d("td", { className: "figure" }, v));
  }, g = l.meta.observables.map((m, p) => ({ o: m, k: p })).filter(({ o: m }) => m.harm).map(({ k: m }) => m), u = l.meta.observables.map((m, p) => p).filter((m) => !g.includes(m)).slice(0, 3);
  e.replaceChildren(
    d(
      "table",
      {},
      d("caption", {}, `Twin minus world, mean of steps ${i} to ${o}: ${r ? "of the pair that is drawn only" : `median of ${a.length || l.worlds()} pairs (10% to 90%)`}. An effect within this theory, at these values.`),
      d("thead", {}, d("tr", {}, d("th", { scope: "col" }, "observable"), d("th", { scope: "col", className: "figure" }, "effect"))),
      d("tbody", {}, u.slice(0, 1).map(f), g.map(f), u.slice(1).map(f))
    ),
    g.length ? "" : d("p", { className: "note" }, "This theory records no harm: it does not show what a change costs people.")
  );
}
const R = (l) => (l > 0 ? "+" : "") + I(l), z = 14;
function Xe(l) {
  const e = l.meta, t = l.s, s = e.params, i = s.filter((n) => t.params[n.name] !== n.value);
  l.el.reset = d("button", { type: "button", className: "quiet", disabled: !i.length, onclick: () => {
    for (const n of s) t.params[n.name] = n.value;
    l.build(), l.run();
  } }, "reset to the source's values");
  const o = s.map((n) => Qe(l, n)), r = o.slice(0, z), h = o.slice(z);
  return d(
    "section",
    { className: "levers", "aria-label": "What can be moved" },
    d("section", { className: "twin" }, He(l)),
    d(
      "section",
      {},
      d("h2", {}, "Parameters ", l.el.reset),
      d("div", { className: "levers-grid" }, r),
      h.length ? d("details", { open: h.some((n, a) => t.params[s[a + z].name] !== s[a + z].value) }, d("summary", { className: "note" }, `${h.length} more parameters`), d("div", { className: "levers-grid" }, h)) : null
    ),
    d("section", {}, d("h2", {}, "People and luck"), Ze(l))
  );
}
function Qe(l, e) {
  const t = l.s, s = U("p"), i = e.to - e.from, o = e.whole ? 1 : i > 0 ? 10 ** Math.floor(Math.log10(i / 200)) : 0.01, r = d("label", { htmlFor: s, title: e.source ? `Source: ${e.source}` : "" }, A(e.name)), h = e.fixed !== "" && !l.options.base, n = d("input", { id: s, type: "range", min: String(e.from), max: String(e.to), step: String(o), disabled: h, "aria-describedby": `${s}m` }), a = d("input", { type: "number", className: "value", step: "any", value: String(t.params[e.name]), disabled: h, "aria-label": `${A(e.name)}, value` });
  n.value = String(t.params[e.name]);
  const c = () => {
    r.className = t.params[e.name] !== e.value ? "moved" : "", l.el.reset && (l.el.reset.disabled = l.meta.params.every((g) => t.params[g.name] === g.value));
  }, f = (g, u) => {
    if (!Number.isFinite(g) || !S(e, g)) {
      a.setAttribute("aria-invalid", "true"), l.say(`${A(e.name)} = ${a.value}; expected a number in ${e.support}.`);
      return;
    }
    a.removeAttribute("aria-invalid"), g = te(l.meta, e.name, g), t.params[e.name] = g, u !== n && (n.value = String(g)), u !== a && (a.value = String(Number(g.toPrecision(6)))), c(), e.fixed ? l.renew() : l.soon();
  };
  return n.addEventListener("input", () => {
    let g = Number(n.value);
    S(e, g) || (g += g <= e.from ? o / 10 : -o / 10), f(g, n);
  }), a.addEventListener("change", () => f(Number(a.value), a)), n.addEventListener("dblclick", () => f(e.value, r)), c(), d(
    "div",
    { className: `lever${h ? " fixed" : ""}` },
    d("div", { className: "top" }, r, a),
    n,
    d(
      "details",
      {},
      d("summary", { id: `${s}m` }, O(e.meaning || "no meaning is stated"), h ? " Fixed in this page." : ""),
      d("p", {}, e.unit ? `In ${e.unit}. ` : "", `${e.support === "any" ? "Any number" : `Support ${e.support}`}; ${I(e.value)} ${e.value === e.default ? "by default" : "in the source's setting"}. Source: ${e.source}.`, h ? ` Fixed in this page, because ${e.fixed}.` : "")
    )
  );
}
function Ze(l) {
  const e = (n) => l.say(n), t = l.s, s = t.table, i = [], o = l.meta.population.made && ve.has(s.network) || !!l.options.base, r = !l.meta.traits.every((n) => !["measured", "Listed", "Ranked"].includes(n.kind)) || l.meta.engine.fields.some((n) => n.from === "data"), h = l.options.base ? !0 : o && !r;
  if (l.meta.engine.kind !== "flow") {
    i.push(d("p", { className: "note" }, `Network: ${A(s.network)}. `, h ? "" : "The people of this page come with it; the luck can be redrawn."));
    for (const n of ["people", "rows", "columns", "mean_degree", "neighbours", "rewiring", "ties_per_newcomer", "mix", "communities", "village_size", "far", "radius"])
      n in s && i.push(W(A(n), s[n], !h, (a) => {
        const c = n === "rewiring" || n === "mix" || n === "far";
        if (c ? a < 0 || a > 1 : n === "mean_degree" ? a < 0 : !Number.isInteger(a) || a < 1 || n === "neighbours" && a % 2 === 1) return c ? "a share from 0 to 1" : n === "neighbours" ? "an even number" : n === "mean_degree" ? "a number from 0" : "a whole number from 1";
        const g = n === "people" ? a : s.rows ? n === "rows" ? a * s.columns : n === "columns" ? a * s.rows : s.rows * s.columns : s.people;
        return g > 1e6 ? "at most 1,000,000 people in a page; groundswell simulate takes more" : n === "mean_degree" && a > g - 1 ? `at most ${g - 1}` : (s[n] = a, l.options.base ? l.renew() : l.run(!0), "");
      }, e));
  }
  return i.push(W("seed", Number(t.seed), !1, (n) => !Number.isInteger(n) || n < 0 || n > Number.MAX_SAFE_INTEGER ? "a whole number from 0" : (t.seed = String(n), l.options.base && !l.meta.population.made ? l.renew() : l.run(!0), ""), e), W("steps", t.steps, !1, (n) => !Number.isInteger(n) || n < 1 || n > 2e4 ? "a whole number from 1 to 20,000" : (t.steps = n, t.step = Math.min(t.step, n), l.build(), l.run(), ""), e)), i.push(d("p", { className: "note" }, "The same as ", d("code", {}, `groundswell simulate ${l.meta.theory.name} --seed ${t.seed}`), ", world 0; the band is made of its other worlds.")), i;
}
class et {
  constructor(e) {
    this.app = e;
  }
  element = d("div", { className: "life" });
  chart = null;
  now = d("dl", { className: "facts" });
  show() {
    const e = this.app.s, t = this.app.life?.person === e.person ? this.app.life : null, s = this.app.people?.people ?? this.app.meta.population.people, o = [W(`${this.app.meta.population.grid ? "site" : "person"}, 0 to ${s - 1}`, Math.max(e.person, 0), !1, (r) => !Number.isInteger(r) || r < 0 || r >= s ? `a whole number from 0 to ${s - 1}` : (this.app.watch(r), ""), (r) => this.app.say(r))];
    if (this.chart = null, e.person < 0) o.push(d("p", { className: "note" }, "Click someone in the picture, or give their number."));
    else if (!t) o.push(d("p", { className: "note" }, "…"));
    else {
      const r = t.traits.map(([n, a]) => [A(n), I(a)]);
      r.push(["ties", t.degree.toLocaleString("en") + (t.ties.length ? `: ${t.ties.slice(0, 12).join(", ")}${t.ties.length > 12 ? " …" : ""}` : "")]);
      const h = d("canvas", { role: "img", "aria-label": `The life of person ${t.person}` });
      this.chart = new C(h, (n) => this.app.go(n), () => this.draw()), this.now = d("dl", { className: "facts" }), o.push(
        d("dl", { className: "facts" }, r.map(([n, a]) => [d("dt", {}, n), d("dd", {}, a)])),
        t.names.length ? h : "",
        this.now,
        d("button", { type: "button", className: "quiet", onclick: () => {
          e.person = -1, this.app.life = null, this.app.build(), this.app.paint(!0), this.app.save();
        } }, "follow nobody")
      );
    }
    this.element.replaceChildren(...o), this.chart && this.draw();
  }
  draw() {
    const e = this.app.life, t = this.chart;
    if (!e || !t) return;
    const s = getComputedStyle(this.app.root), i = Math.max(0, e.names.indexOf(this.app.meta.views[this.app.s.view]?.of[0] ?? ""));
    t.steps = this.app.s.steps, t.at = this.app.s.step, t.series = e.names.length ? [{ name: e.names[i], colour: s.getPropertyValue("--account-1"), values: e.world[i], upto: this.app.s.steps, band: null }] : [], e.twin && t.series.push({ name: "twin", colour: s.getPropertyValue("--account-2"), values: e.twin[i], upto: this.app.s.steps, band: null, dash: [6, 3] }), t.draw();
    const o = (r, h) => this.app.meta.states.find((n) => n.name === r)?.kind === "bool" ? h ? "yes" : "no" : I(h);
    this.now.replaceChildren(...e.names.flatMap((r, h) => [d("dt", {}, `${A(r)} at step ${this.app.s.step}`), d("dd", {}, o(r, e.world[h][this.app.s.step]) + (e.twin ? `, twin ${o(r, e.twin[h][this.app.s.step])}` : ""))]));
  }
}
const de = 6;
class tt {
  constructor(e) {
    this.app = e;
  }
  charts = [];
  all = !1;
  record = null;
  recordOf = 0;
  draw() {
    const e = getComputedStyle(this.app.root), t = e.getPropertyValue("--account-1"), s = e.getPropertyValue("--account-2"), i = e.getPropertyValue("--contradicted"), o = this.app.meta.observables.length, { world: r, twin: h } = this.app.values, n = this.app.s.steps, a = this.app.s.twin && this.app.s.twin.kind !== "from" ? [{ at: se(this.app.s.twin), until: "end" in this.app.s.twin ? this.app.s.twin.end : null, colour: s }] : [];
    for (const { chart: c, effect: f, k: g, now: u } of this.charts) {
      const m = (k) => Float64Array.from({ length: n + 1 }, (x, b) => k[b * o + g]), p = m(r), w = h ? m(h) : null;
      c.steps = n, c.at = this.app.s.step, c.marks = a, c.series = [{ name: "world", colour: t, values: p, upto: this.app.upto, band: this.app.bands.world[g] ?? null }], w && c.series.push({ name: "twin", colour: s, values: w, upto: this.app.upto, band: this.app.bands.twin[g] ?? null, dash: [6, 3] }), this.record && this.recordOf === g && c.series.push({ name: "record", colour: e.getPropertyValue("--ink"), values: this.record, upto: n, band: null, points: !0 }), c.draw(), f && (f.steps = n, f.at = this.app.s.step, f.marks = a, f.zero = !0, f.series = w ? [{ name: "effect", colour: this.app.meta.observables[g].harm ? i : s, values: w.map((k, x) => k - p[x]), upto: this.app.upto, band: this.app.bands.effect[g] ?? null }] : [], f.draw());
      const y = Math.min(c.hover >= 0 ? c.hover : this.app.s.step, Math.max(this.app.upto, 0)), v = (k, x) => {
        const b = d("span", {}, I(k[y]));
        return b.style.setProperty("--role", `var(--${x})`), b;
      };
      u.replaceChildren(v(p, "account-1"), ...w ? [v(w, "account-2")] : []), c.canvas.setAttribute("aria-label", `${A(this.app.meta.observables[g].name)} over ${n} steps; at step ${y} it is ${I(p[y])}${w ? `, in the twin ${I(w[y])}` : ""}`);
    }
  }
  panel(e, t, s) {
    this.charts = [];
    const i = this.app.meta.observables.map((f, g) => ({ o: f, k: g })), o = [...i.filter(({ o: f }, g) => g === 0 || f.harm), ...i.filter(({ o: f }, g) => g > 0 && !f.harm)], r = this.all || o.length <= de ? o : o.slice(0, de - 1), h = ({ o: f, k: g }) => {
      const u = () => this.app.plots(), m = (v) => {
        this.app.play(!1), this.app.go(v);
      }, p = d("span", { className: "now" }), w = d("canvas", { role: "img" }), y = this.app.s.twin ? d("canvas", { role: "img", "aria-label": `${A(f.name)}: twin minus world` }) : null;
      return this.charts.push({ chart: new C(w, m, u), effect: y ? new C(y, m, u) : null, k: g, now: p }), y && (y.style.height = "4.75rem"), d(
        "figure",
        { className: "plot" },
        d("div", { className: "head" }, d("span", {}, d("b", {}, A(f.name)), f.harm ? d("span", { className: "harm-tag" }, "harm") : null, f.unit ? d("span", { className: "unit" }, ` ${f.unit}`) : null), p),
        w,
        y ? d("p", { className: "unit" }, "effect: twin minus world") : null,
        y,
        d("figcaption", { className: f.meaning && f.meaning !== A(f.name) ? "" : "hidden" }, f.meaning ? O(f.meaning) : A(f.name))
      );
    }, n = this.app.meta.beside, a = this.app.meta.engine.kind === "flow" ? null : d("section", { className: "one" }, d("h2", {}, this.app.meta.population.grid ? "One site" : "One person"), s), c = this.app.s.person >= 0;
    return d(
      "section",
      { className: "plots", "aria-label": "Observables" },
      c ? a : null,
      e,
      t,
      r.map(h),
      r.length < o.length ? d("button", { type: "button", onclick: () => {
        this.all = !0, this.app.build();
      } }, `Show ${o.length - r.length} more`) : null,
      this.app.hasEnsemble() ? d("p", { className: "note" }, `Line: the world drawn. Band: 10% to 90% of ${this.app.worlds()} worlds with ${n?.posterior.length ? "parameters from the posterior, and " : ""}luck${this.app.meta.population.made ? " and people" : ""} of their own; dashes: their median. Click or drag in a plot to go to a step.`) : null,
      d(
        "div",
        { className: "transport" },
        d("button", { type: "button", onclick: () => this.download() }, "Download CSV"),
        n ? null : this.recordInput()
      ),
      c ? null : a
    );
  }
  recordInput() {
    const e = U("file");
    return d("span", {}, d("label", { htmlFor: e, className: "note" }, "A record next to it (CSV: step, value) "), d("input", { id: e, type: "file", accept: ".csv,.txt,.tsv", onchange: async (t) => {
      const s = t.target.files[0];
      if (!s) return;
      const i = (await s.text()).split(/\r?\n/).map((c) => c.split(/[,;\t]/)), o = new Float64Array(this.app.s.steps + 1).fill(NaN);
      let r = 0, h = 0;
      for (const [c, f] of i) {
        if (c === void 0 || c.trim() === "") continue;
        const g = Number(c), u = Number(f);
        f !== void 0 && f.trim() !== "" && Number.isInteger(g) && g >= 0 && g <= this.app.s.steps && Number.isFinite(u) ? (o[g] = u, r++) : h++;
      }
      if (!r) return this.app.say(`${s.name} has no row of a step from 0 to ${this.app.s.steps} and a number; expected two columns: step, value.`);
      this.record = o;
      const n = s.name.replace(/\.\w+$/, ""), a = this.app.meta.observables.findIndex((c) => c.name === n);
      this.recordOf = a >= 0 ? a : 0, this.app.say(`${r} steps of ${s.name} are drawn as points over ${A(this.app.meta.observables[this.recordOf].name)}${h ? `; ${h} rows were left out (a heading, or no such step)` : ""}. The file stays on this machine.`), this.app.plots();
    } }));
  }
  download() {
    const e = this.app.meta.observables.map((h) => h.name), t = e.length, { world: s, twin: i } = this.app.values, o = [["world", "step", ...e].join(",")];
    for (const [h, n] of [["world", s], ["twin", i]]) if (n) for (let a = 0; a <= Math.max(this.app.upto, 0); a++) o.push([h, a, ...n.subarray(a * t, (a + 1) * t)].join(","));
    const r = d("a", { href: URL.createObjectURL(new Blob([o.join(`
`) + `
`], { type: "text/csv" })), download: `${this.app.meta.theory.name}.csv` });
    r.click(), URL.revokeObjectURL(r.href);
  }
}
class st {
  constructor(e) {
    this.canvas = e, this.context = e.getContext("2d", { alpha: !1 });
  }
  context;
  image;
  pixels;
  stamp = [];
  // offsets of the pixels of a person
  at;
  drawn;
  layout = null;
  size = 0;
  paper = 0;
  marked = -1;
  ties = [];
  setPaper(e) {
    if (this.paper = e, this.layout) return this.resize(!0);
    this.context.fillStyle = `rgb(${e & 255} ${e >> 8 & 255} ${e >> 16 & 255})`, this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }
  setLayout(e) {
    this.layout = e, this.resize(!0);
  }
  /** Follow the size of the element on the screen, in real pixels. */
  resize(e = !1) {
    const t = Math.max(120, Math.round(this.canvas.clientWidth * Math.min(devicePixelRatio || 1, 2)));
    if (!this.layout || t === this.size && !e) return;
    this.size = t, this.canvas.width = this.canvas.height = t, this.image = this.context.createImageData(t, t), this.pixels = new Uint32Array(this.image.data.buffer), this.background();
    const { x: s, y: i, radius: o, square: r } = this.layout, h = s.length, n = Math.max(0.5, o * t * (r ? 1 : 0.92)), a = Math.ceil(n), c = r ? Math.max(1, Math.floor(2 * n) - (n > 3 ? 1 : 0)) : 0;
    if (this.stamp = [], r) for (let g = 0; g < c; g++) for (let u = 0; u < c; u++) this.stamp.push((g - (c >> 1)) * t + u - (c >> 1));
    else for (let g = -a; g <= a; g++) for (let u = -a; u <= a; u++) g * g + u * u <= n * n + 0.7 * n && this.stamp.push(g * t + u);
    this.stamp.length || (this.stamp = [0]), this.at = new Int32Array(h);
    const f = r ? 0 : a + 1;
    for (let g = 0; g < h; g++) {
      const u = Math.max(f, Math.min(t - 1 - f, Math.round(s[g] * t))), m = Math.max(f, Math.min(t - 1 - f, Math.round(i[g] * t)));
      this.at[g] = m * t + u;
    }
    this.drawn = new Int16Array(h).fill(-1), this.context.putImageData(this.image, 0, 0);
  }
  /** Paper, or the outlines of a map. */
  background() {
    this.pixels.fill(this.paper);
    const e = this.layout?.map;
    if (!e) return;
    const t = document.createElement("canvas"), s = t.getContext("2d"), i = this.size / 1e3, o = getComputedStyle(this.canvas);
    t.width = t.height = this.size;
    const r = (h) => {
      for (let n = 0; n < h.length; n += 2) s[n ? "lineTo" : "moveTo"](h[n] * i, h[n + 1] * i);
    };
    s.fillStyle = o.getPropertyValue("--wash"), s.fillRect(0, 0, this.size, this.size), s.beginPath(), e.land.forEach((h) => {
      r(h), s.closePath();
    }), s.fillStyle = o.getPropertyValue("--paper"), s.fill(), s.strokeStyle = o.getPropertyValue("--faint"), s.lineWidth = Math.max(1, i), s.stroke(), s.beginPath(), e.borders.forEach(r), s.setLineDash([4 * i + 2, 3 * i + 1]), s.stroke(), this.pixels.set(new Uint32Array(s.getImageData(0, 0, this.size, this.size).data.buffer));
  }
  show(e, t) {
    if (!this.layout || e.length !== this.drawn.length) return;
    const { drawn: s, at: i, stamp: o, pixels: r } = this, h = r.length;
    for (let n = 0; n < e.length; n++) {
      if (s[n] === e[n]) continue;
      s[n] = e[n];
      const a = t[e[n]], c = i[n];
      for (let f = 0; f < o.length; f++) {
        const g = c + o[f];
        g >= 0 && g < h && (r[g] = a);
      }
    }
    this.context.putImageData(this.image, 0, 0), this.overlay();
  }
  /** Redraw everything with the next frame. */
  forget() {
    this.drawn && (this.drawn.fill(-1), this.background());
  }
  mark(e, t) {
    this.marked = e, this.ties = t.slice(0, 400);
  }
  overlay() {
    const e = this.layout, t = this.context, s = this.marked;
    if (!e || s < 0 || s >= e.x.length) return;
    const i = this.size, o = getComputedStyle(this.canvas).getPropertyValue("--ink").trim() || "#000";
    t.strokeStyle = o, t.globalAlpha = 0.45, t.lineWidth = Math.max(1, i / 700), t.beginPath();
    for (const r of this.ties)
      t.moveTo(e.x[s] * i, e.y[s] * i), t.lineTo(e.x[r] * i, e.y[r] * i);
    t.stroke(), t.globalAlpha = 1, t.lineWidth = Math.max(2, i / 300), t.beginPath(), t.arc(e.x[s] * i, e.y[s] * i, Math.max(e.radius * i * 1.8, i / 90), 0, 2 * Math.PI), t.stroke();
  }
  /** The person nearest to a point of the element. */
  person(e) {
    if (!this.layout) return -1;
    const { x: t, y: s } = this.layout, i = e.offsetX / this.canvas.clientWidth, o = e.offsetY / this.canvas.clientHeight;
    let r = -1, h = 0.05 * 0.05;
    for (let n = 0; n < t.length; n++) {
      const a = (t[n] - i) ** 2 + (s[n] - o) ** 2;
      a < h && (h = a, r = n);
    }
    return r;
  }
}
function nt(l) {
  const e = /^#([0-9a-f]{6})$/i.exec(l.trim());
  if (e) {
    const s = parseInt(e[1], 16);
    return [s >> 16, s >> 8 & 255, s & 255];
  }
  const t = l.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0];
  return [t[0], t[1], t[2]];
}
const N = ([l, e, t]) => (255 << 24 | t << 16 | e << 8 | l) >>> 0, X = (l, e, t) => [0, 1, 2].map((s) => Math.round(Math.sqrt((1 - t) * l[s] ** 2 + t * e[s] ** 2))), _ = (l) => `rgb(${l.join(" ")})`;
function pe(l, e, t, s, i, o, r) {
  const h = (p) => nt(l.getPropertyValue(`--${p}`)), n = h("paper"), a = h("person"), c = h("account-1"), f = h("account-2"), g = h("muted"), u = new Uint32Array(256).fill(N(n)), m = (p) => Math.abs(p) >= 1e3 || p && Math.abs(p) < 0.01 ? p.toExponential(1) : String(Number(p.toPrecision(3)));
  if (s === "difference") {
    if (e === "float") {
      for (let w = 0; w < 256; w++) u[w] = N(w < 128 ? X(a, c, (128 - w) / 128) : X(a, f, (w - 128) / 127));
      return { paper: N(n), palette: u, legend: [{ label: `more ${r[0]}`, colour: _(c) }, { label: "alike", colour: _(a) }, { label: `more ${r[1]}`, colour: _(f) }] };
    }
    const p = e === "bool" ? [["in neither", a], [`only ${r[0]}`, c], [`only ${r[1]}`, f], ["in both", g]] : [["alike", a], ["different", f]];
    return p.forEach(([, w], y) => {
      u[y] = N(w);
    }), { paper: N(n), palette: u, legend: p.map(([w, y]) => ({ label: w, colour: _(y) })) };
  }
  if (e === "bool")
    return u[0] = N(a), u[1] = N(c), { paper: N(n), palette: u, legend: [{ label: t[0], colour: _(c) }, { label: `not ${t[0]}`, colour: _(a) }] };
  if (e === "float") {
    for (let p = 0; p < 256; p++) u[p] = N(X(a, c, p / 255));
    return { paper: N(n), palette: u, legend: [{ label: `${m(i)} to ${m(o)}`, colour: _(a), shape: "ramp", to: _(c) }] };
  }
  if (e === "boards") {
    const p = [h("site"), f, c, h("account-3"), h("account-4"), h("undetermined")];
    return u[0] = N(h("wash")), t.forEach((w, y) => {
      u[y + 1] = N(p[y % p.length]);
    }), { paper: N(n), palette: u, legend: t.map((w, y) => ({ label: w, colour: _(p[y % p.length]) })) };
  }
  for (let p = 1; p < 13; p++) {
    const w = (p - 1) * 30 * Math.PI / 180;
    u[p] = N([0, 1, 2].map((y) => Math.round(150 + 68 * Math.cos(w - y * 2 * Math.PI / 3))));
  }
  return { paper: N(n), palette: u, legend: [{ label: "one colour: the same in everything (twelve colours: people may match by chance)", colour: _(h("muted")) }] };
}
function it(l, e, t, s) {
  if (l === "bool") for (let i = 0; i < e.length; i++) s[i] = e[i] ? t[i] ? 3 : 1 : t[i] ? 2 : 0;
  else if (l === "float") for (let i = 0; i < e.length; i++) s[i] = 128 + (t[i] - e[i] >> 1);
  else for (let i = 0; i < e.length; i++) s[i] = e[i] === t[i] ? 0 : 1;
  return s;
}
const rt = /(#.*$)|("""[\s\S]*?"""|'[^'\n]*'|"[^"\n]*")|\b(def|if|else|elif|for|in|while|return|and|or|not|is|None|True|False|continue|break)\b|\b(me|seen|here|society|people|p|luck|tally|rate|ties|grid)(?=\.)/gm;
function at(l, e) {
  const t = l.split(`
`).map((s, i) => {
    const o = d("span", { "data-line": String(e + i) });
    let r = 0;
    for (const h of s.matchAll(rt))
      o.append(s.slice(r, h.index)), o.append(d("span", { className: h[1] ? "comment" : h[2] ? "text" : h[3] ? "word" : "root" }, h[0])), r = h.index + h[0].length;
    return o.append(s.slice(r) + `
`), o;
  });
  return d("pre", { tabIndex: 0 }, d("code", {}, t));
}
function ot(l) {
  return d("div", {}, d(
    "section",
    {},
    d("h2", {}, l.form === "rule" ? "The rule, as it runs" : l.form === "flow" ? "The equations, as they run" : "One step, as it runs"),
    l.equations ? d("p", { className: "equations" }, l.equations.trim()) : null,
    l.rules.map((e) => d("figure", {}, d("figcaption", {}, `${e.name}${e.file ? `, ${e.file}, line ${e.line}` : ""}`), at(e.text, e.line)))
  ));
}
function lt(l) {
  const e = (t, s) => s.length ? d("section", {}, d("h2", {}, t), d("ul", { className: "plain" }, s.map((i) => d("li", {}, i)))) : null;
  return d(
    "div",
    {},
    e("Where this departs from its source", l.deviations),
    e("What it cannot do", l.limits),
    d("section", {}, d("h2", {}, "Keys"), d("p", { className: "note" }, d("kbd", {}, "space"), " play or pause, ", d("kbd", {}, "←"), " ", d("kbd", {}, "→"), " one step, ", d("kbd", {}, "Home"), " ", d("kbd", {}, "End"), " first and last, ", d("kbd", {}, "t"), " twin, ", d("kbd", {}, "d"), " next way of drawing twins, ", d("kbd", {}, "c"), " next colouring, ", d("kbd", {}, "r"), " reset."))
  );
}
const ht = 24, ct = 60;
class ft {
  constructor(e, t, s) {
    this.root = e, this.packed = t, this.options = s, this.meta = t.meta;
    const { shown: i, ignored: o } = s.address ? oe(this.meta, location.hash) : { shown: Z(this.meta), ignored: [] };
    this.s = i, e.classList.add("gs"), this.main = this.start(this.packed), this.behind = this.start(this.packed), this.build(), o.length && this.say(`The address asks for ${o.join(", ")}, which this theory does not have or does not allow; the rest is shown.`), this.run(!0), !matchMedia("(prefers-reduced-motion: reduce)").matches && !this.s.step && this.play(!0), requestAnimationFrame((h) => this.tick(h)), matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour(), { signal: this.ended.signal }), new ResizeObserver(() => {
      this.stages.forEach((h) => h.resize()), this.paint(!0);
    }).observe(this.root), s.address && addEventListener("hashchange", () => {
      location.hash.replace(/^#/, "") !== ae(this.meta, this.s) && (this.s = oe(this.meta, location.hash).shown, this.build(), this.run(!0));
    });
  }
  meta;
  s;
  main;
  behind;
  id = 0;
  values = { world: new Float64Array(), twin: null };
  upto = -1;
  members = { world: [], twin: [] };
  bands = { world: [], twin: [], effect: [] };
  frames = null;
  asked = -1;
  people = null;
  layout = null;
  stages = [];
  palette = null;
  playing = !1;
  clock = 0;
  life = null;
  waiting = 0;
  plotted = new tt(this);
  one = new et(this);
  el = {};
  beside = null;
  lost = 0;
  ended = new AbortController();
  // a notebook puts pages away
  counted = { frames: 0, since: 0 };
  start(e) {
    const t = this.options.worker();
    return t.onmessage = (s) => this.hear(s.data), t.onerror = (s) => this.fail(s.message || "the worker could not be started"), t.postMessage({ type: "load", packed: e, base: this.options.base }), t;
  }
  // -- simulating ------------------------------------------------------------------------------------------------
  settings() {
    const e = this.s;
    return { table: e.table, params: e.params, seed: e.seed, steps: e.steps, interventions: e.twin && e.twin.kind !== "from" ? [e.twin] : [], other: e.twin?.kind === "from" ? { [e.twin.name]: e.twin.value } : {}, twin: !!e.twin, view: e.view, watch: e.person, moved: this.meta.params.filter((t) => e.params[t.name] !== t.value).map((t) => t.name) };
  }
  /** Run again from the start; the picture stays until the new run reaches its step. */
  run(e = !1) {
    this.error(null);
    const t = ++this.id, s = this.meta, i = s.observables.length, o = (this.s.steps + 1) * i;
    this.values = { world: new Float64Array(o), twin: this.s.twin ? new Float64Array(o) : null }, this.upto = -1, this.members = { world: [], twin: [] }, this.bands = { world: [], twin: [], effect: [] }, this.asked = -1, this.lost = 0, this.beside?.forget(), e && (this.life = null), this.main.postMessage({ type: "run", id: t, settings: this.settings() }), this.behind.postMessage({ type: "stop" }), this.ask(), this.save(), this.options.onChange?.(this.s);
  }
  /** Run soon: while a slider is dragged, only its last position counts. */
  soon() {
    clearTimeout(this.waiting), this.waiting = window.setTimeout(() => this.run(), 30);
  }
  hear(e) {
    if (e.type !== "ready" && !("id" in e && e.id !== this.id))
      if (e.type === "people")
        this.people = e.people, this.layout = Le(this.meta, this.s.table, e.people), this.stages.forEach((t) => t.setLayout(this.layout)), this.el.caption && (this.el.caption.textContent = this.pictureCaption()), this.paint(!0);
      else if (e.type === "progress") {
        const t = this.meta.observables.length;
        this.values.world.set(e.world, e.from * t), e.twin && this.values.twin?.set(e.twin, e.from * t), this.upto = e.to, this.ask(), this.plots();
      } else e.type === "frame" ? (this.frames = e.shown, this.paint(), this.ask()) : e.type === "life" ? (this.life = e.life, this.one.show(), this.paint(!0)) : e.type === "member" ? (this.members.world.push(e.world), e.twin && this.members.twin.push(e.twin), e.reported && this.beside?.add(e.reported), (e.count < 6 || e.count % 4 === 0) && this.summarise()) : e.type === "done" ? (this.hasEnsemble() || H(this), this.members.world.length ? this.summarise() : this.hasEnsemble() && this.upto >= this.s.steps && !this.lost && this.behind.postMessage({ type: "ensemble", id: this.id, settings: this.settings(), worlds: this.worlds() }), this.root.dataset.done = String(this.id)) : e.type === "lost" ? this.lost++ || this.say(`Some worlds of the band could not be simulated, the first because ${e.message}. The band shows the others.`) : e.type === "failed" && this.fail(e.message);
  }
  /** A flow has no luck: only a record's reporting, or a posterior, makes its worlds differ. */
  hasEnsemble() {
    return !["none", "recorded"].includes(this.meta.engine.kind) && (this.meta.engine.kind !== "flow" || !!this.meta.beside);
  }
  worlds() {
    return this.meta.beside ? ct : ht;
  }
  summarise() {
    const e = this.meta.observables.length, t = this.s.steps, { world: s, twin: i } = this.members;
    this.meta.observables.forEach((o, r) => {
      this.bands.world[r] = q(s, r, e, t), this.bands.twin[r] = i.length ? q(i, r, e, t) : null, this.bands.effect[r] = i.length ? q(i, r, e, t, s) : null;
    }), this.plots(), H(this), this.beside?.draw();
  }
  ask() {
    const e = Math.min(this.s.step, Math.max(this.upto, 0));
    this.asked === e || this.upto < 0 || (this.asked = e, this.main.postMessage({ type: "frame", id: this.id, step: e }));
  }
  fail(e) {
    this.play(!1);
    const t = /\.py:(\d+)/.exec(e);
    this.error(e, t ? Number(t[1]) : null);
  }
  error(e, t = null) {
    const s = this.el.error;
    s.hidden = e === null, this.root.querySelectorAll("pre .fault").forEach((o) => o.classList.remove("fault"));
    const i = t === null ? null : this.root.querySelector(`pre [data-line="${t}"]`);
    i?.classList.add("fault"), s.replaceChildren(...e === null ? [] : [
      `This setting could not be simulated: ${e.replace(/\.$/, "")}. The picture ends there. Change a value, or reset, to continue. `,
      ...i ? [d("button", { type: "button", className: "quiet", onclick: () => i.scrollIntoView({ block: "center" }) }, `show line ${t}`)] : []
    ]);
  }
  // -- moving ----------------------------------------------------------------------------------------------------
  tick(e) {
    if (!this.ended.signal.aborted) {
      if (this.playing) {
        const t = this.s.speed * Math.max(4, Math.min(60, this.s.steps / 12));
        this.clock += Math.min(0.1, (e - this.counted.since) / 1e3) * t;
        const s = Math.floor(this.clock);
        if (s && this.upto >= 0) {
          this.clock -= s;
          const i = Math.min(this.s.step + s, this.s.steps);
          i <= this.upto && this.go(i, !1), this.s.step >= this.s.steps && this.play(!1);
        }
      }
      this.counted.since = e, requestAnimationFrame((t) => this.tick(t));
    }
  }
  play(e) {
    e && this.s.step >= this.s.steps && this.go(0, !1), this.playing = e, this.clock = 0;
    const t = this.el.play;
    t.textContent = e ? "Pause" : "Play", t.setAttribute("aria-label", e ? "Pause" : "Play"), e || (this.save(), this.announce());
  }
  go(e, t = !0) {
    this.s.step = Math.max(0, Math.min(this.s.steps, e)), this.el.time.value = String(this.s.step), this.el.time.setAttribute("aria-valuetext", `step ${this.s.step} of ${this.s.steps}`), this.el.at.textContent = this.when(), this.ask(), this.plots(), this.beside?.at(this.s.step), t && (this.save(), this.announce());
  }
  when() {
    const e = this.meta.theory.timeStep.split(/[:,;(]/)[0].trim();
    return `${e && e.length <= 28 ? e : "step"} ${this.s.step} of ${this.s.steps}`;
  }
  announce() {
    const e = this.meta.observables.length, t = Math.min(this.s.step, Math.max(this.upto, 0)), s = this.meta.observables.slice(0, 4).map((i, o) => `${A(i.name)} ${I(this.values.world[t * e + o])}${this.values.twin ? `, twin ${I(this.values.twin[t * e + o])}` : ""}`);
    this.el.live.textContent = `Step ${t}: ${s.join("; ")}.`;
  }
  say(e) {
    this.el.live.textContent = e, this.el.said.textContent = e, this.el.said.hidden = !e;
  }
  save() {
    if (!this.options.address) return;
    const e = ae(this.meta, this.s), t = location.hash.replace(/^#/, "");
    e !== t && history.replaceState(null, "", e ? `#${e}` : location.pathname + location.search);
  }
  // -- drawing ---------------------------------------------------------------------------------------------------
  recolour() {
    const e = getComputedStyle(this.root), t = this.meta.views[this.s.view], s = t ? t.of.map(A) : [], i = this.frames?.low ?? 0, o = this.frames?.high ?? 1, r = ["in the world", "in the twin"];
    this.palette = {
      world: pe(e, t?.kind ?? "bool", t?.kind === "boards" ? s : [t?.label ?? ""], "world", i, o, r),
      difference: pe(e, t?.kind ?? "bool", s, "difference", i, o, r)
    }, this.stages.forEach((n) => {
      n.setPaper(this.palette.world.paper), n.forget();
    });
    const h = this.s.mode === "difference" && this.s.twin ? this.palette.difference.legend : this.palette.world.legend;
    this.el.legend?.replaceChildren(...h.map((n) => {
      const a = d("i", {});
      return a.style.background = n.shape ? `linear-gradient(90deg, ${n.colour}, ${n.to})` : n.colour, n.shape && (a.className = "ramp"), d("li", {}, a, n.label);
    })), this.paint(!0), this.plots();
  }
  range = [NaN, NaN];
  scratch = new Uint8Array();
  paint(e = !1) {
    const t = this.frames;
    if (!t || !this.palette || !this.stages.length || !this.layout) return;
    const s = this.meta.views[this.s.view];
    if (s?.kind === "float" && (this.range[0] !== t.low || this.range[1] !== t.high)) {
      this.range = [t.low, t.high], this.recolour();
      return;
    }
    e && this.stages.forEach((o) => o.forget()), this.stages.forEach((o) => o.mark(this.s.person, this.life?.person === this.s.person ? this.life.ties : []));
    const { mode: i } = this.s;
    !t.twin || i === "world" ? this.stages[0].show(t.world, this.palette.world.palette) : i === "twin" ? this.stages[0].show(t.twin, this.palette.world.palette) : i === "difference" ? (this.scratch.length !== t.world.length && (this.scratch = new Uint8Array(t.world.length)), this.stages[0].show(it(s.kind, t.world, t.twin, this.scratch), this.palette.difference.palette)) : (this.stages[0].show(t.world, this.palette.world.palette), this.stages[1]?.show(t.twin, this.palette.world.palette)), this.counted.frames++, this.root.dataset.frames = String(this.counted.frames), this.root.dataset.step = String(t.step), this.stages.forEach((o, r) => o.canvas.setAttribute("aria-label", this.spoken(t, r)));
  }
  spoken(e, t) {
    const s = this.meta.views[this.s.view], i = t === 1 || this.s.mode === "twin" ? e.twin : e.world;
    if (s?.kind !== "bool" || !i) return `The people at step ${e.step}, coloured by ${s?.label ?? "nothing"}`;
    let o = 0;
    for (const r of i) o += r;
    return `${i.length.toLocaleString("en")} people at step ${e.step}: ${o.toLocaleString("en")} ${s.label}`;
  }
  drawn = !1;
  plots() {
    this.drawn || (this.drawn = !0, requestAnimationFrame(() => {
      this.drawn = !1, this.plotted.draw(), this.one.draw();
    }));
  }
  // -- building --------------------------------------------------------------------------------------------------
  build() {
    const e = this.meta.theory;
    this.el.live = d("p", { className: "hidden", role: "status", "aria-live": "polite" }), this.el.said = d("p", { className: "note", hidden: !0 }), this.el.error = d("p", { className: "error", role: "alert", hidden: !0 });
    const t = this.meta.engine, s = this.meta.traits.some((r) => ["Normal", "LogNormal", "Beta"].includes(r.kind)), i = t.kind === "none" ? `Python simulates this theory for the page, because ${t.why.replace(/\.+$/, "")}.` : t.kind === "recorded" ? `These histories were recorded, because ${t.why.replace(/\.+$/, "")}.` : t.exact ? "Your browser runs the theory's own compiled rule: the numbers are those of Groundswell's other engines, byte for byte." + (s ? " People redrawn in the page have traits that agree with Python's to about fifteen digits." : "") : `Your browser runs the theory's own compiled rule, with its own ${t.approximate.join(", ")}: last digits may differ from Groundswell's other engines, and histories may diverge from them.`, o = d(
      "div",
      { className: "inside" },
      d("a", { className: "skip", href: "#play", onclick: (r) => {
        r.preventDefault(), this.el.play.focus();
      } }, "To the controls"),
      d(
        "header",
        {},
        d("p", { className: "over" }, `Groundswell ${this.meta.version}: a theory, moving`),
        d("h1", {}, e.title),
        O(e.summary) === O(e.title) ? null : d("p", { className: "lead" }, O(e.summary)),
        d("p", { className: "note" }, `${O(e.source)} `, d("span", {}, i)),
        this.meta.note ? d("p", { className: "note" }, d("b", {}, this.meta.note)) : null,
        this.el.said,
        this.el.error,
        this.el.live
      ),
      d(
        "main",
        {},
        d("div", { className: "room" }, this.picture(), this.plotsPanel(), Xe(this)),
        d("div", { className: "below" }, ot(e), lt(e))
      )
    );
    this.root.replaceChildren(o), this.stages = [...o.querySelectorAll("canvas.stage")].map((r) => this.stage(r)), this.layout && this.stages.forEach((r) => r.setLayout(this.layout)), this.recolour(), H(this), this.beside?.at(this.s.step), this.one.show(), this.root.dataset.keys || (this.root.dataset.keys = "yes", this.root.addEventListener("keydown", (r) => this.key(r)), document.addEventListener("keydown", (r) => {
      r.target === document.body && this.key(r);
    }, { signal: this.ended.signal }));
  }
  stage(e) {
    const t = new st(e);
    return e.addEventListener("click", (s) => {
      const i = t.person(s);
      i >= 0 && this.watch(i);
    }), t;
  }
  pictureCaption() {
    if (!this.layout || !this.people) return "";
    const e = this.meta.population.grid ? "sites" : "people";
    return `${this.people.people.toLocaleString("en")} ${e}: ${this.layout.caption}. Click one to follow them.${this.s.twin ? " World and twin have the same people and the same luck." : ""}`;
  }
  picture() {
    const e = this.meta, t = this.s, s = !!t.twin && t.mode === "both", i = (a, c) => {
      const f = d("h2", {}, a);
      return f.style.setProperty("--role", `var(--${c})`), d("figure", {}, t.twin ? f : null, d("canvas", { className: "stage", role: "img", tabIndex: 0 }));
    }, o = e.engine.kind === "flow";
    this.el.legend = d("ul", { className: "legend" }), this.el.caption = d("p", { className: "note" }, this.pictureCaption());
    const r = e.views.length > 1 ? D("Colour by", e.views.map((a) => a.label + (a.meaning && a.meaning !== a.label ? `: ${a.meaning}` : "")), t.view, (a) => {
      t.view = a, this.frames = null, this.build(), this.run();
    }) : null, h = [["both", "Side by side"], ["difference", "Difference"], ["world", "World"], ["twin", "Twin"]], n = t.mode === "difference" ? "Where world and twin differ" : t.mode === "twin" ? "Twin" : "World";
    return this.el.play = d("button", { id: "play", className: "main", type: "button", onclick: () => this.play(!this.playing) }, "Play"), this.el.time = d("input", { type: "range", className: "time", min: 0, max: String(t.steps), value: String(t.step), "aria-label": "Step", oninput: (a) => {
      this.play(!1), this.go(Number(a.target.value));
    } }), this.el.time.value = String(t.step), this.el.at = d("output", {}, this.when()), d(
      "section",
      { className: "picture", "aria-label": "Picture" },
      o ? this.flowNote() : d(
        "div",
        { className: `pictures${s ? " two" : ""}` },
        s ? [i("World", "account-1"), i("Twin", "account-2")] : i(n, t.mode === "twin" ? "account-2" : "account-1")
      ),
      o ? null : this.el.legend,
      o ? null : this.el.caption,
      d(
        "div",
        { className: "transport" },
        this.el.play,
        d(
          "span",
          { className: "group" },
          d("button", { type: "button", "aria-label": "Back one step", title: "Back one step (←)", onclick: () => {
            this.play(!1), this.go(t.step - 1);
          } }, "‹"),
          d("button", { type: "button", "aria-label": "Forward one step", title: "Forward one step (→)", onclick: () => {
            this.play(!1), this.go(t.step + 1);
          } }, "›")
        ),
        this.el.time,
        this.el.at,
        D("Speed", ["¼×", "½×", "1×", "2×", "4×"], [0.25, 0.5, 1, 2, 4].indexOf(t.speed), (a) => {
          t.speed = [0.25, 0.5, 1, 2, 4][a];
        })
      ),
      d(
        "div",
        { className: "transport" },
        r,
        t.twin && !o ? d("span", { className: "group", role: "group", "aria-label": "What is drawn" }, h.map(([a, c]) => d("button", { type: "button", "aria-pressed": String(t.mode === a), onclick: () => {
          t.mode = a, this.build(), this.paint(!0), this.save();
        } }, c))) : null
      )
    );
  }
  plotsPanel() {
    const e = this.meta.beside;
    return this.el.effects = d("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "Effect and harm" }), this.beside = e ? new Pe(e, this.meta, () => getComputedStyle(this.root), (t) => {
      this.play(!1), this.go(t);
    }) : null, this.plotted.panel(this.el.effects, this.beside?.element ?? null, this.one.element);
  }
  flowNote() {
    return d("p", { className: "note" }, "This theory is about society as a whole and has no people: its variables are drawn over time, alongside.");
  }
  /** Data that only Python can make: the server sends it again. */
  async renew() {
    const e = this.s, t = Object.fromEntries(this.meta.params.filter((n) => e.params[n.name] !== n.value).map((n) => [n.name, e.params[n.name]])), { seed: s, ...i } = e.table, o = await fetch(`${this.options.base}bundle`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ table: i, params: t, seed: e.seed, steps: e.steps }) }).catch(() => null);
    if (!o) return this.fail("the server of this page has ended; start groundswell explore again");
    if (!o.ok) return this.fail(await o.text());
    const r = await o.json();
    this.packed = r;
    const h = this.meta;
    this.meta = { ...r.meta, params: r.meta.params.map((n) => ({ ...n, value: h.params.find((a) => a.name === n.name).value })) }, this.meta.population.table = { ...r.meta.population.table }, e.table = { ...r.meta.population.table };
    for (const n of [this.main, this.behind]) n.postMessage({ type: "load", packed: r, base: this.options.base });
    this.run(!0);
  }
  // -- one person ------------------------------------------------------------------------------------------------
  watch(e) {
    const t = this.s.person < 0;
    this.s.person = e, this.life = null, t ? this.build() : this.one.show(), this.run(), this.paint(!0);
  }
  key(e) {
    const t = e.target, s = this.s;
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || /^(INPUT|SELECT|TEXTAREA)$/.test(t.tagName) || e.key === " " && /^(BUTTON|SUMMARY|A)$/.test(t.tagName)) return;
    const i = {
      " ": () => this.play(!this.playing),
      ArrowLeft: () => {
        this.play(!1), this.go(s.step - 1);
      },
      ArrowRight: () => {
        this.play(!1), this.go(s.step + 1);
      },
      Home: () => {
        this.play(!1), this.go(0);
      },
      End: () => {
        this.play(!1), this.go(s.steps);
      },
      t: () => {
        this.root.querySelector(".twin button")?.click(), this.root.querySelector(".twin button")?.focus();
      },
      d: () => {
        const o = ["both", "difference", "world", "twin"];
        s.twin && (s.mode = o[(o.indexOf(s.mode) + 1) % 4], this.build(), this.paint(!0), this.save());
      },
      c: () => {
        this.meta.views.length > 1 && (s.view = (s.view + 1) % this.meta.views.length, this.frames = null, this.build(), this.run());
      },
      r: () => {
        const o = Z(this.meta);
        Object.assign(s, o), this.build(), this.run(!0);
      }
    };
    e.key in i && (e.preventDefault(), i[e.key](), t !== document.body && !t.isConnected && !this.root.contains(this.root.getRootNode().activeElement) && this.el.play.focus({ preventScroll: !0 }));
  }
  /** What a notebook reads and writes. */
  get state() {
    return this.s;
  }
  set(e) {
    Object.assign(this.s.params, e), this.build(), this.run();
  }
  close() {
    this.ended.abort(), clearTimeout(this.waiting), this.main.terminate(), this.behind.terminate();
  }
}
const Ne = '(function(){"use strict";const J={u8:Uint8Array,i8:Int8Array,i16:Int16Array,i32:Int32Array,u32:Uint32Array,f64:Float64Array,i64:BigInt64Array,u64:BigUint64Array},H=262144,z=1<<20;class N{constructor(e,t,n,r=[]){this.args=t,this.errors=r;const l=n+63&-64;this.top=l+H+64,this.memory=new WebAssembly.Memory({initial:Math.ceil((this.top+z)/65536)+1}),this.held=this.memory.buffer,this.heap=this.take(z),this.heapEnd=this.heap+z;const c={__linear_memory:this.memory,__stack_pointer:new WebAssembly.Global({value:"i32",mutable:!0},l+H),__indirect_function_table:new WebAssembly.Table({initial:64,element:"anyfunc"}),sqrt:Math.sqrt,floor:Math.floor,ceil:Math.ceil,trunc:Math.trunc,fabs:Math.abs,pow:Math.pow,exp:Math.exp,expm1:Math.expm1,log:Math.log,log1p:Math.log1p,log2:Math.log2,log10:Math.log10,sin:Math.sin,cos:Math.cos,tan:Math.tan,asin:Math.asin,acos:Math.acos,atan:Math.atan,atan2:Math.atan2,sinh:Math.sinh,cosh:Math.cosh,tanh:Math.tanh,cbrt:Math.cbrt,hypot:Math.hypot,exp2:i=>2**i,fmod:(i,s)=>i%s,erf:i=>1-Y(i),erfc:Y,rint:i=>{const s=Math.round(i);return Math.abs(s-i)===.5&&s%2?s-1:s},memset:(i,s,a)=>(this.bytes().fill(s,i,i+a),i),memcpy:(i,s,a)=>(this.bytes().copyWithin(i,s,s+a),i),memmove:(i,s,a)=>(this.bytes().copyWithin(i,s,s+a),i),NRT_MemInfo_alloc_aligned:i=>this.info(Number(i)),NRT_MemInfo_alloc_safe_aligned:i=>this.info(Number(i)),NRT_MemInfo_alloc:i=>this.info(Number(i)),NRT_MemInfo_new_varsize_dtor:i=>this.info(Number(i)),NRT_MemInfo_new_varsize:i=>this.info(Number(i)),NRT_MemInfo_varsize_alloc:(i,s)=>this.fresh(i,Number(s)),NRT_MemInfo_varsize_realloc:(i,s)=>this.fresh(i,Number(s),!0),NRT_MemInfo_varsize_free:()=>{},NRT_Allocate:i=>this.allocate(Number(i)),NRT_MemInfo_call_dtor:()=>{},NRT_Free:()=>{},NRT_incref:()=>{},NRT_decref:()=>{}},h={};for(const{name:i}of WebAssembly.Module.imports(e)){if(!(i in c))throw new Error(`the page has no ${i}`);h[i]=c[i]}this.exports=new WebAssembly.Instance(e,{env:h}).exports}memory;regions={};views={};held;top;heap=0;heapEnd=0;heapAt=0;exports={};bytes(){return new Uint8Array(this.memory.buffer)}ensure(e){const t=this.memory.buffer.byteLength;e>t&&this.memory.grow(Math.ceil((e-t)/65536))}take(e){const t=this.top;return this.top=t+e+63&-64,this.ensure(this.top),t}allocate(e){const t=e+63&-64;if(this.heapAt+t>this.heapEnd){const r=Math.max(t,2*(this.heapEnd-this.heap));this.heap=this.heapAt=this.take(r),this.heapEnd=this.heap+r}const n=this.heapAt;return this.heapAt+=t,n}info(e){const t=this.allocate(e+64),n=new DataView(this.memory.buffer);return n.setBigInt64(t,1n,!0),n.setInt32(t+8,0,!0),n.setInt32(t+12,0,!0),n.setInt32(t+16,t+64,!0),n.setBigInt64(t+24,BigInt(e),!0),t}fresh(e,t,n=!1){const r=this.allocate(t),l=new DataView(this.memory.buffer),c=l.getInt32(e+16,!0),h=Number(l.getBigInt64(e+24,!0));return n&&this.bytes().copyWithin(r,c,c+Math.min(h,t)),l.setInt32(e+16,r,!0),l.setBigInt64(e+24,BigInt(t),!0),r}array(e,t,n,r){const l=n.reduce((i,s)=>i*s,1),c=J[t].BYTES_PER_ELEMENT,h=this.take(Math.max(l*(r??c),8));return this.regions[e]={kind:t,at:h,length:l*(r??c)/c,shape:n,item:r??c},this.held=null,this.view(e)}view(e){this.held!==this.memory.buffer&&(this.views={},this.held=this.memory.buffer);const t=this.regions[e];return this.views[e]??=new J[t.kind](this.memory.buffer,t.at,t.length)}bind(e){const t=this.exports[e],n=[0,0],r=[],l=this.take(64);n[0]=l,n[1]=l+32;for(const c of this.args[e])if(c.kind==="array"){const h=this.regions[c.name];if(!h)throw new Error(`${e} takes ${c.name}, which the page does not know`);const i=[];let s=h.item;for(let a=h.shape.length-1;a>=0;a--)i[a]=s,s*=h.shape[a];n.push(0,0,BigInt(h.shape.reduce((a,p)=>a*p,1)),BigInt(h.item),h.at,...h.shape.map(BigInt),...i.map(BigInt))}else c.kind==="record"?n.push(this.regions[c.name].at):(r.push([c.name,n.length,c.kind==="i64"]),n.push(c.kind==="i64"?0n:0));return(c={})=>{for(const[i,s,a]of r)i in c&&(n[s]=a?BigInt(c[i]):Number(c[i]));this.heapAt=this.heap;const h=t(...n);if(h!==0)throw new Error(this.raised(l+32)??`the theory\'s ${e} ended with an error (code ${h})`)}}raised(e){const t=new DataView(this.memory.buffer),n=t.getUint32(e,!0),r=n?this.errors[t.getUint32(t.getUint32(n,!0),!0)]:void 0;return r?`${r.file}:${r.line}: ${r.error}`:null}}function Y(o){const e=Math.abs(o);let t;if(e<2.5){let n=e,r=e;for(let l=1;Math.abs(n)>1e-17*r&&l<200;l++)n*=-e*e/l,r+=n/(2*l+1);t=1-2/Math.sqrt(Math.PI)*r}else{let n=0;for(let r=60;r>0;r--)n=r/2/(e+n);t=Math.exp(-e*e)/Math.sqrt(Math.PI)/(e+n)}return o<0?2-t:t}const Q=[1779033703,3144134277,1013904242,2773480762,1359893119,2600822924,528734635,1541459225],pe=["0123456789abcdef","ea489fd61c02b753","b8c052fdae367194","7931dcbe265a40f8","905724afe1bc683d","2c6a0b834d75fe19","c51fed4a0763928b","db7ec13950f4862a","6fe9b308c2d714a5","a2847615fb9e3cd0"].map(o=>[...o].map(e=>parseInt(e,16))),U=(o,e)=>(o>>>e|o<<32-e)>>>0;function de(o,e){const t=Q.slice();t[0]=(t[0]^16842752^e)>>>0;const n=Math.max(1,Math.ceil(o.length/64));for(let r=0;r<n;r++){const l=new Uint8Array(64);l.set(o.subarray(r*64,r*64+64));const c=new Uint32Array(l.buffer),h=r===n-1,i=h?o.length:(r+1)*64,s=[...t,...Q];s[12]=(s[12]^i)>>>0,h&&(s[14]=~s[14]>>>0);const a=(p,w,f,m,u,d)=>{s[p]=s[p]+s[w]+u>>>0,s[m]=U(s[m]^s[p],16),s[f]=s[f]+s[m]>>>0,s[w]=U(s[w]^s[f],12),s[p]=s[p]+s[w]+d>>>0,s[m]=U(s[m]^s[p],8),s[f]=s[f]+s[m]>>>0,s[w]=U(s[w]^s[f],7)};for(const p of pe)a(0,4,8,12,c[p[0]],c[p[1]]),a(1,5,9,13,c[p[2]],c[p[3]]),a(2,6,10,14,c[p[4]],c[p[5]]),a(3,7,11,15,c[p[6]],c[p[7]]),a(0,5,10,15,c[p[8]],c[p[9]]),a(1,6,11,12,c[p[10]],c[p[11]]),a(2,7,8,13,c[p[12]],c[p[13]]),a(3,4,9,14,c[p[14]],c[p[15]]);for(let p=0;p<8;p++)t[p]=(t[p]^s[p]^s[p+8])>>>0}return new Uint8Array(new Uint32Array(t).buffer).slice(0,e)}function R(o,...e){const t=[String(o),...e.map(n=>`${typeof n=="number"?"int":"str"}:${n}`)].join("");return new DataView(de(new TextEncoder().encode(t),8).buffer).getBigUint64(0,!0)}const B=(o,e)=>typeof o=="string"?e[o]:o;function S(o,e,t,n){const r=new Int32Array(t);for(let s=0;s<t;s++){r[s]+=o[s+1]-o[s];for(let a=o[s];a<o[s+1];a++)r[e[a]]++}const l=new Int32Array(t+1);for(let s=0;s<t;s++)l[s+1]=l[s]+r[s];const c=new Int32Array(l[t]),h=l.slice(0,t),i=()=>{for(let s=0;s<t;s++)for(let a=o[s];a<o[s+1];a++)c[h[s]++]=e[a]};n!=="upper"&&i();for(let s=0;s<t;s++)for(let a=o[s];a<o[s+1];a++)c[h[e[a]]++]=s;if(n==="upper"&&i(),n==="any")for(let s=0;s<t;s++)c.subarray(l[s],l[s+1]).sort();return[l,c]}function we(o,e){const t=new Uint8Array(o);let n=0;const r=()=>{let h=0,i=0;for(;;){const s=t[n++];if(h|=(s&127)<<i,s<128)return h;i+=7}},l=new Int32Array(e+1),c=[];for(let h=0;h<e;h++){const i=r();let s=h;for(let a=0;a<i;a++)s+=r(),c.push(s);l[h+1]=c.length}return S(l,Int32Array.from(c),e,"upper")}function ge(o,e){if(e.sizes)return e.sizes;const t=e.communities;return Array.from({length:t},(n,r)=>Math.floor(o/t)+(r<o%t?1:0))}function P(o,e,t,n,r,l,c){const h=t.reduce((d,b)=>d+b,0);let i=0;t.forEach((d,b)=>{i+=n[b]*d*(d-1)/2+r*d*(h-d)/2});const s=Math.ceil(i+8*Math.sqrt(i))+16,a=new N(o,e.engine.networks.arguments,e.engine.networks.dataEnd),p=a.array("end","i64",[t.length]);let w=0;t.forEach((d,b)=>{w+=d,p[b]=BigInt(w)}),a.array("within","f64",[t.length]).set(n),a.array("counts","i64",[h]),a.array("heads","i32",[s]),a.array("out","i64",[1]),a.bind("draw_pairs")({seed:c,stream_within:l[0],stream_between:l[1],low:0,high:h,between:r});const f=Number(a.view("out")[0]),m=a.view("counts");if(f>s)throw new Error("more ties were drawn than there is room for");const u=new Int32Array(h+1);for(let d=0;d<h;d++)u[d+1]=u[d]+Number(m[d]);return S(u,a.view("heads").slice(0,f),h,"upper")}function ye(o,e){const t=new Int32Array(o*e);for(let n=0;n<o;n++)for(let r=0;r<e;r++){const l=n+r+1;t[n*e+r]=l<o?l:l-o}return t}function be(o,e,t,n){const r=new Int32Array(o*e+1),l=[];for(let c=0;c<o;c++)for(let h=0;h<e;h++){const i=[];for(let s=-t;s<=t;s++)for(let a=-t;a<=t;a++){if(!s&&!a)continue;let p=c+s,w=h+a;if(n)p=(p+o)%o,w=(w+e)%e;else if(p<0||p>=o||w<0||w>=e)continue;i.push(p*e+w)}i.sort((s,a)=>s-a);for(const s of i)l.push(s);r[c*e+h+1]=l.length}return[r,Int32Array.from(l)]}function X(o,e,t,n){const r=o.meta,l=t.network,c=t.rows??0,h=t.columns??0,i=t.rows?c*h:t.people,s={people:i,regions:1,region:new Int32Array(i),indptr:null,indices:null,rows:c,columns:h,grid:l==="grid",seed:n};if(!r.population.made)return o.arrays.region&&(s.region=new Int32Array(o.arrays.region),s.regions=r.population.regions),o.arrays.ties?[s.indptr,s.indices]=we(o.arrays.ties,i):o.arrays.indptr&&(s.indptr=new Int32Array(o.arrays.indptr),s.indices=new Int32Array(o.arrays.indices)),s;const a=r.population.streams,p=f=>{[s.indptr,s.indices]=f},w=f=>{let m=0;f.forEach((u,d)=>{s.region.fill(d,m,m+u),m+=u}),s.regions=f.length};if(l==="erdos_renyi")p(P(e,r,[i],[t.mean_degree/Math.max(i-1,1)],0,[a.pairs,a.between],n));else if(l==="planted_partition"){const f=ge(i,t),m=(1-t.mix)*t.mean_degree,u=f.reduce((b,y)=>b+y*(i-y),0),d=t.mix>0?t.mix*t.mean_degree*i/u:0;p(P(e,r,f,f.map(b=>m/Math.max(b-1,1)),d,[a.within,a.between],n)),w(f)}else if(l==="village"){const f=[];for(let m=0;m<i;m+=t.village_size)f.push(Math.min(t.village_size,i-m));p(P(e,r,f,f.map(()=>1),t.far,[a.clique,a.far],n)),w(f)}else if(l==="watts_strogatz"||l==="ring"){const f=t.neighbours/2;let m=ye(i,f);if(l==="watts_strogatz"&&t.rewiring>0){const u=new N(e,r.engine.networks.arguments,r.engine.networks.dataEnd);u.array("own","i32",[i,f]).set(m),u.bind("small_world")({seed:n,stream_moves:a.moves,stream_places:a.places,rewiring:t.rewiring}),m=u.view("own").slice()}p(S(Int32Array.from({length:i+1},(u,d)=>d*f),m,i,"any"))}else if(l==="barabasi_albert"){const f=t.ties_per_newcomer,m=new N(e,r.engine.networks.arguments,r.engine.networks.dataEnd),u=m.array("start","i64",[i+1]);for(let b=0;b<i;b++)u[b+1]=u[b]+BigInt(Math.min(b,f));const d=Int32Array.from(u,Number);m.array("heads","i32",[d[i]]),m.bind("grow")({seed:n,stream:a.preference,m:f}),p(S(d,m.view("heads").slice(),i,"lower"))}else l==="moore"&&p(be(c,h,t.radius??1,t.torus??!0));return s}class Z{constructor(e,t){this.program=e,this.people=t,e.array("out","f64",[t]),this.fillOf=e.bind("fill"),this.normalsOf=e.bind("normals"),this.expsOf=e.bind("exps")}fillOf;normalsOf;expsOf;uniforms(e,t,n){return this.fillOf({seed:e,stream:BigInt(t),step:n}),this.program.view("out")}normals(){return this.normalsOf(),this.program.view("out")}exps(){return this.expsOf(),this.program.view("out")}}function ee(o,e){if(!e)return;const t=new BigInt64Array(o.buffer,o.byteOffset,o.length);for(let n=0;n<e.length;n++)e[n]&&(t[n]+=BigInt(e[n]))}function ve(o,e){return e.seed===BigInt(o.population.table.seed??"0")&&e.people===o.population.people}function te(o,e,t,n,r){return ne(o,e,t,n.seed,ve(o.meta,n),r)}function ne(o,e,t,n,r,l){const{meta:c,arrays:h}=o,i=e.people,s=t.args.every(u=>typeof u!="string"||l[u]===c.params.find(d=>d.name===u).value),a=u=>r&&h[u]?new Int16Array(h[u]):null,[p,w]=t.args.map(u=>B(u,l)),f=h[`trait.${t.name}`];if(f&&r&&s)return new Float64Array(f);if(t.kind==="Ranked"||t.kind==="Listed"||t.kind==="measured")throw new Error(`the trait ${t.name} comes with the people of this page`);const m=e.uniforms(n,t.stream,0);switch(t.kind){case"Fixed":return new Float64Array(i).fill(p);case"Uniform":return Float64Array.from(m,u=>p+(w-p)*u);case"Bernoulli":return Float64Array.from(m,u=>u<p?1:0);case"Normal":case"LogNormal":{const u=e.normals();ee(u,a(`units.${t.name}`));for(let b=0;b<i;b++)u[b]=p+w*u[b];if(t.kind==="Normal")return u.slice();const d=e.exps();return s&&ee(d,a(`exp.${t.name}`)),d.slice()}case"Beta":{const u=new Float64Array(h[`quantiles.${t.name}`]),d=u.length-1;return Float64Array.from(m,b=>{const y=Math.acos(1-2*b)/Math.PI*d,M=Math.min(Math.floor(y),d-1),v=(1-Math.cos(M/d*Math.PI))/2,g=(1-Math.cos((M+1)/d*Math.PI))/2;return u[M]+(b-v)/(g-v)*(u[M+1]-u[M])})}}throw new Error(`the page cannot draw the trait ${t.name} from ${t.kind}`)}function Me(o){const e=Math.round(o);return Math.abs(e-o)===.5&&e%2?e-1:e}function se(o,e,t,n,r,l){const c=o.meta,h=c.states[t],i=e.people,s=B(h.initial.of,n);if(h.initial.kind==="drawn"){const f=r===R(BigInt(c.seed),"world",0)&&i===c.population.people,m=ne(o,e,{name:h.name,stream:h.stream,...h.initial.drawn},r,f,n);for(let u=0;u<i;u++)l[u]=m[u];return}if(h.initial.kind==="number"){for(let f=0;f<i;f++)l[f]=s;return}if(h.initial.kind==="share"){if(!(s>=0&&s<=1))throw new Error(`${h.name} starts true for the share ${s}; expected a share in [0, 1]`);const f=e.uniforms(r,h.stream,0);for(let m=0;m<i;m++)l[m]=f[m]<s?1:0;return}const a=Me(s);if(!(a>=0))throw new Error(`${h.name} starts true for ${a} people; expected a number from 0`);if(a>i)throw new Error(`${h.name} starts true for ${a} people, and there are ${i}`);for(let f=0;f<i;f++)l[f]=0;if(!a)return;const p=e.uniforms(r,h.stream,0),w=Array.from({length:i},(f,m)=>m).sort((f,m)=>p[f]-p[m]);for(let f=0;f<a;f++)l[w[f]]=1}const q=256,ke=.5;function re(o){const e=new Set;for(const t of o)t.kind==="pulse"||t.kind==="seed"?e.add(t.at):(e.add(t.start),t.end&&e.add(t.end));return e}function W(o,e,t){const n={};for(const r of o)r.kind==="set"&&(n[r.name]=t[r.name]);for(const r of o)r.kind==="set"&&r.start<=e&&(r.end===null||e<r.end)&&(n[r.name]=r.value);return n}const D=(o,e)=>e>=o.start&&(o.end===null||e<o.end);class Ae{constructor(e,t,n,r,l,c){this.people=n,this.params=r,this.seed=l,this.interventions=c;const h=this.meta=e.meta,i=h.engine.layout,s=this.n=n.people;this.turns=h.engine.kind==="turns",this.mixed=n.indptr===null,this.times=re(c);const a=this.program=new N(t,h.engine.arguments,h.engine.dataEnd,h.engine.errors);this.start=new Z(a,s);const p=this.blocks=Math.ceil(s/q),w=n.regions,f=!this.turns;a.array("key0","u64",[1])[0]=l&0xffffffffn,a.array("key1","u64",[1])[0]=l>>32n,a.array("bools","u8",[i.bools.length,s,1]),a.array("floats","f64",[i.floats.length,s,1]),a.array("traits","f64",[i.traits.length,s]),a.array("region","i32",[s]).set(n.region),a.array("degree","i32",[s]);const m=i.seenBools.length+i.seenFloats.length>0;if(a.array("counts","i32",[i.seenBools.length,f&&!this.mixed&&m?s:0,1]),a.array("means","f64",[i.seenFloats.length,f?s:0,1]),a.array("deltas","i8",[i.seenBools.length,f?s:0,1]),a.array("table","f64",[Object.keys(i.table).length,1]),a.array("here","f64",[i.regionals.length,w,1]),a.array("flags","u8",[s]),a.array("dirty","u8",[s]).fill(1),a.array("parts","f64",[p,i.sums.length,1]),a.array("changes","i64",[p,i.bools.length,1]),a.array("totals","i64",[i.bools.length,1]),this.turns&&(a.array("indptr","i64",[this.mixed?1:s+1]),a.array("indices","i32",[this.mixed?0:n.indices.length]),this.mixed||(a.view("indptr").set(BigInt64Array.from(n.indptr,BigInt)),a.view("indices").set(n.indices)),a.array("running","f64",[i.seenFloats.length,1]),a.array("queue","i32",[1,s]),a.array("handed","f64",[i.tallies.length,s,1])),a.array("bad","u8",[h.engine.guards.length,1]),this.mixed)a.view("degree").fill(Math.max(s-1,0));else for(let y=0;y<s;y++)a.view("degree")[y]=n.indptr[y+1]-n.indptr[y];for(const y of["person","society","region"])y in h.engine.arguments&&(this.call[y]=a.bind(y));i.traits.forEach((y,M)=>{const v=te(e,this.start,h.traits.find(g=>g.name===y),n,r);a.view("traits").set(v,M*s)});const u=a.view("table"),d=a.view("here");for(const[y,M]of Object.entries(r))u[i.table[`p.${y}`]]=M;for(const y of h.societies)u[i.table[`society.${y.name}`]]=B(y.initial,r);for(const y of h.tallies)u[i.table[`people.${y.name}`]]=B(y.initial,r);for(const y of h.regionals)d.fill(B(y.initial,r),i.regionals.indexOf(y.name)*w,(i.regionals.indexOf(y.name)+1)*w);h.states.forEach((y,M)=>{const v=y.kind==="bool",g=(v?i.bools:i.floats).indexOf(y.name),k=new Float64Array(s);se(e,this.start,M,r,l,k),a.view(v?"bools":"floats").set(k,g*s)}),this.recount(),i.bools.forEach((y,M)=>{u[i.table[`people.${y}`]]=Number(a.view("totals")[M])/s});const b=i.sums.map(y=>i.floats.includes(y)?this.summed("floats",i.floats.indexOf(y)):0);i.sums.forEach((y,M)=>{i.floats.includes(y)&&(u[i.table[`people.${y}`]]=b[M]/s)}),this.sizes=new Float64Array(w);for(const y of n.region)this.sizes[y]++;for(let y=0;y<w;y++)this.sizes[y]=Math.max(this.sizes[y],1)}step=0;program;meta;start;call={};fresh=!0;flipped=0;n;blocks;mixed;turns;times;sizes;recount(){const{n:e}=this,t=this.program.view("bools"),n=this.program.view("totals");for(let r=0;r<n.length;r++){let l=0;for(let c=r*e;c<(r+1)*e;c++)l+=t[c];n[r]=BigInt(l)}}summed(e,t){const n=this.program.view(e),{n:r}=this;let l=0;for(let c=0;c<r;c+=q){let h=0;for(let i=c;i<Math.min(c+q,r);i++)h+=n[t*r+i];l+=h}return l}apply(e){let t=!1;const n=this.program,r=n.view("table"),l=this.meta.engine.layout,{n:c}=this;for(const[h,i]of Object.entries(W(this.interventions,e,this.params))){const s=l.table[`p.${h}`];r[s]!==i&&(r[s]=i,t=!0)}for(const h of this.interventions)if(h.kind==="pulse"&&h.at===e&&(r[l.table[`society.${h.name}`]]+=h.amount,t=!0),h.kind==="seed"&&h.at===e){const i=l.bools.indexOf(h.name),s=this.meta.states.find(f=>f.name===h.name),a=this.start.uniforms(this.seed,s.seeded,e),p=n.view("bools");for(let f=0;f<c;f++)a[f]<h.share&&(p[i*c+f]=1);let w=0;for(let f=0;f<c;f++)w+=p[i*c+f];n.view("totals")[i]=BigInt(w),n.view("table")[l.table[`people.${h.name}`]]=w/c,this.fresh=t=!0}return t}see(){const e=this.program,t=this.meta.engine.layout,{n}=this,r=e.view("bools"),l=e.view("floats"),c=e.view("means");if(this.mixed){t.seenFloats.forEach((f,m)=>{const u=t.floats.indexOf(f),d=this.summed("floats",u);for(let b=0;b<n;b++)c[m*n+b]=n>1?(d-l[u*n+b])/(n-1):l[u*n+b]});return}const h=this.people.indptr,i=this.people.indices;if(t.seenFloats.forEach((f,m)=>{const u=t.floats.indexOf(f)*n;for(let d=0;d<n;d++){let b=0;for(let y=h[d],M=h[d+1];y<M;y++)b+=l[u+i[y]];c[m*n+d]=h[d+1]>h[d]?b/(h[d+1]-h[d]):l[u+d]}}),!t.seenBools.length)return;const s=e.view("counts"),a=e.view("dirty"),p=e.view("flags"),w=e.view("deltas");if(this.fresh||this.flipped>ke*n||this.meta.population.directed)t.seenBools.forEach((f,m)=>{const u=t.bools.indexOf(f)*n;for(let d=0;d<n;d++){let b=0;for(let y=h[d],M=h[d+1];y<M;y++)b+=r[u+i[y]];s[m*n+d]=b}}),a.fill(1),this.fresh=!1;else if(this.flipped){for(let f=0;f<n;f++)if(p[f]){a[f]=1;for(let m=h[f],u=h[f+1];m<u;m++){const d=i[m];a[d]=1;for(let b=0;b<t.seenBools.length;b++)s[b*n+d]+=w[b*n+f]}}}}macro(e){const t=this.program,n=this.meta.engine.layout,r=t.view("table"),l=this.people.regions;r[n.table["society.step"]]=e,this.call.society?.({step:e,regions:l});for(const s of this.interventions)if(s.kind==="cap"&&D(s,e)){const a=n.table[`society.${s.name}`];r[a]=Math.min(r[a],s.most)}if(!this.call.region)return;const c=t.view("here"),h=this.people.region,{n:i}=this;for(const s of n.regionalPeople){const a=n.bools.includes(s),p=t.view(a?"bools":"floats"),w=(a?n.bools:n.floats).indexOf(s)*i,f=new Float64Array(l),m=n.regionals.indexOf(`people.${s}`)*l;for(let u=0;u<i;u++)f[h[u]]+=p[w+u];for(let u=0;u<l;u++)c[m+u]=f[u]/this.sizes[u]}this.call.region({step:e,regions:l})}advance(){const e=++this.step,t=this.program,n=this.meta,r=n.engine.layout,{n:l}=this;for(const M of n.shocks)t.view("table")[r.table[`society.${M.name}`]]=0;const c=this.times.has(e)?this.apply(e):!1;if(this.turns){this.turn(e),this.check();return}this.see(),this.macro(e);const h=t.view("dirty"),i=t.view("flags"),s=!this.mixed&&r.seenBools.length>0;if(!r.luckless||c||!s&&this.flipped)h.fill(1);else if(e>1&&!h.includes(1))return i.fill(0),this.flipped=0,this.check();i.fill(0),t.view("parts").fill(0),t.view("changes").fill(0n),this.call.person({first:0,last:this.blocks,people:l,worlds:1,step:e,mixed:this.mixed?1:0});const a=t.view("flags");let p=0;for(let M=0;M<l;M++)p+=a[M];this.flipped=p;const w=t.view("table"),f=t.view("totals"),m=t.view("changes"),u=t.view("parts"),d=this.blocks,b=r.bools.length,y=r.sums.length;r.bools.forEach((M,v)=>{for(let g=0;g<d;g++)f[v]+=m[g*b+v];w[r.table[`people.${M}`]]=Number(f[v])/l}),r.sums.forEach((M,v)=>{let g=0;for(let k=0;k<d;k++)g+=u[k*y+v];w[r.table[`people.${M}`]]=g/l}),this.check()}check(){const e=this.program.view("bad").indexOf(1);if(e>=0)throw new Error(this.meta.engine.guards[e])}turn(e){const t=this.program,n=this.meta.engine.layout,{n:r}=this;this.macro(e);const l=t.view("running");n.seenFloats.forEach((i,s)=>{l[s]=this.summed("floats",n.floats.indexOf(i))}),this.call.person({first:0,last:1,people:r,step:e,mixed:this.mixed?1:0});const c=t.view("table"),h=t.view("totals");n.bools.forEach((i,s)=>{c[n.table[`people.${i}`]]=Number(h[s])/r});for(const i of n.sums){const s=n.floats.includes(i)?this.summed("floats",n.floats.indexOf(i)):this.summed("handed",n.tallies.indexOf(i));c[n.table[`people.${i}`]]=s/r}}observe(e,t){const n=this.program.view("table"),r=this.meta.engine.layout.table;this.meta.observables.forEach((l,c)=>{e[t+c]=n[r[l.of]]})}column(e){const t=this.meta.engine.layout,{n}=this;for(const[r,l]of[["bools",t.bools],["floats",t.floats],["traits",t.traits]]){const c=l.indexOf(e);if(c>=0)return this.program.view(r).subarray(c*n,(c+1)*n)}return null}}const ie={bool:"u8",uint8:"u8",int8:"i8",int16:"i16",int32:"i32",uint32:"u32",int64:"i64",uint64:"u64",float64:"f64"},xe=64;class Ie{constructor(e,t,n,r,l,c,h){this.people=n,this.params=r,this.seed=l,this.interventions=c;const i=this.meta=e.meta,s=n.people,a=this.program=new N(t,i.engine.arguments,i.engine.dataEnd,i.engine.errors);this.start=new Z(a,s);for(const m of i.engine.fields){const u=!(m.dtype in ie),d=u?Number(m.dtype):void 0,b=a.array(`people.${m.name}`,u?"u8":ie[m.dtype],m.from==="data"?m.shape:[s],d);m.from==="region"?b.set(n.region):m.from==="data"&&new Uint8Array(a.memory.buffer,a.regions[`people.${m.name}`].at).set(new Uint8Array(e.arrays[`array.${m.name}`]))}for(const m of i.traits)a.view(`people.${m.name}`).set(te(e,this.start,m,n,r));i.states.forEach((m,u)=>{const d=new Float64Array(s);se(e,this.start,u,r,l,d),a.view(`people.${m.name}`).set(d)}),this.fields=[...i.societies.map(m=>m.name),...i.shocks.map(m=>m.name),"step"];const p=a.array("society","f64",[this.fields.length]);for(const m of i.societies)p[this.fields.indexOf(m.name)]=B(m.initial,r);a.array("p","f64",[Math.max(i.params.length,1)]).set(i.params.map(m=>r[m.name])),a.array("ties.indptr","i64",[s+1]),n.indptr&&a.view("ties.indptr").set(BigInt64Array.from(n.indptr,BigInt)),a.array("ties.indices","i32",[n.indices?.length??0]),n.indices&&a.view("ties.indices").set(n.indices);const w=i.observables.length;a.array("values","f64",[h+2,w]),a.array("totals","f64",[0,s]),this.call.run=a.bind("run"),a.regions.values={...a.regions.values,shape:[w],length:w},this.call.start=a.bind("start"),this.call.observe=a.bind("observe"),a.regions.values={...a.regions.values,shape:[h+2,w],length:(h+2)*w};const f={"grid.rows":n.grid?n.rows:0,"grid.columns":n.grid?n.columns:0,seed:l};this.call.start(f),this.call.run({...f,first:1,last:1}),this.capped=c.some(m=>m.kind==="cap"),this.changes=re(c)}step=0;program;meta;call={};changes;capped;fields;start;society(e,t){const n=this.program.view("society"),r=this.fields.indexOf(e);return t!==void 0&&(n[r]=t),n[r]}cap(e){for(const t of this.interventions)t.kind==="cap"&&D(t,e)&&this.society(t.name,Math.min(this.society(t.name),t.most))}intervene(e){const t=this.program,n=this.meta;for(const c of n.shocks)this.society(c.name,0);const r=W(this.interventions,e,this.params),l=t.view("p");n.params.forEach((c,h)=>{c.name in r&&(l[h]=r[c.name])});for(const c of this.interventions)if(c.kind==="pulse"&&c.at===e&&this.society(c.name,this.society(c.name)+c.amount),c.kind==="seed"&&c.at===e){const h=n.states.find(a=>a.name===c.name),i=this.start.uniforms(this.seed,h.seeded,e),s=t.view(`people.${c.name}`);for(let a=0;a<i.length;a++)i[a]<c.share&&(s[a]=1)}this.cap(e)}advance(){const e=++this.step;if((e===1||this.changes.has(e)||this.changes.has(e-1)||(this.capped||(e-1)%xe===0))&&this.intervene(e),this.call.run({first:e,last:e+1}),!this.capped)return;this.cap(e);const t=this.program.view("values"),n=this.meta.observables.length,r=t.slice(0,n);this.call.observe(),t.copyWithin(e*n,0,n),t.set(r,0)}observe(e,t){const n=this.meta.observables.length,r=this.program.view("values");for(let l=0;l<n;l++)e[t+l]=r[this.step*n+l]}column(e){return`people.${e}`in this.program.regions?this.program.view(`people.${e}`):null}}class _e{constructor(e,t,n,r,l,c){this.people=n,this.params=r,this.interventions=l;const h=this.meta=e.meta,i=h.societies,s=this.program=new N(t,h.engine.arguments,h.engine.dataEnd,h.engine.errors);s.array("y","f64",[i.length]).set(i.map(a=>B(a.initial,r))),s.array("shock","f64",[h.shocks.length]),s.array("p","f64",[h.params.length]).set(h.params.map(a=>r[a.name])),s.array("values","f64",[c+2,i.length]),this.run=s.bind("run"),this.pulses=new Float64Array(h.shocks.length)}step=0;program;run;pulses;meta;advance(){const e=++this.step,t=this.meta,n=this.program;for(const[l,c]of Object.entries(W(this.interventions,e,this.params)))n.view("p")[t.params.findIndex(h=>h.name===l)]=c;const r=n.view("shock");r.fill(0),this.pulses.fill(0);for(const l of this.interventions)if(l.kind==="pulse"&&l.at===e){const c=t.shocks.findIndex(h=>h.name===l.name);r[c]+=l.amount,this.pulses[c]+=l.amount}this.run({first:e,last:e+1,substeps:t.engine.substeps});for(const l of this.interventions)if(l.kind==="cap"&&D(l,e)){const c=t.societies.findIndex(i=>i.name===l.name),h=n.view("y");h[c]=Math.min(h[c],l.most)}}observe(e,t){const n=this.program.view("y"),r=this.meta;r.observables.forEach((l,c)=>{const h=l.of.replace("society.",""),i=r.societies.findIndex(s=>s.name===h);e[t+c]=i>=0?n[i]:this.pulses[r.shocks.findIndex(s=>s.name===h)]})}column(){return null}}function Ee(o,e,t,n,r,l,c){switch(o.meta.engine.kind){case"process":return new Ie(o,e,t,n,r,l,c);case"flow":return new _e(o,e,t,n,l,c);default:return new Ae(o,e,t,n,r,l)}}async function $e(o){const e=Uint8Array.from(atob(o),n=>n.charCodeAt(0)),t=new Blob([e]).stream().pipeThrough(new DecompressionStream("deflate-raw"));return await new Response(t).arrayBuffer()}async function Oe(o){const e={};return await Promise.all(Object.entries(o.arrays).map(async([t,n])=>{e[t]=await $e(n)})),{meta:o.meta,arrays:e}}const F=(o,e,t)=>Math.min(Math.max(o,e),t);class oe{s;constructor(e,t){let n=2166136261^e;for(const r of t)n=Math.imul(n^r.charCodeAt(0),16777619);this.s=Uint32Array.from([n,Math.imul(n,2654435761),e,1]);for(let r=0;r<16;r++)this.uniform()}uniform(){const e=this.s,t=e[0]+e[1]+e[3]>>>0;return e[3]++,e[0]=e[1]^e[1]>>>9,e[1]=e[2]+(e[2]<<3),e[2]=(e[2]<<21|e[2]>>>11)+t,(t+.5)/4294967296}normal(){return Math.sqrt(-2*Math.log(this.uniform()))*Math.cos(2*Math.PI*this.uniform())}gamma(e){if(e<1)return this.gamma(e+1)*this.uniform()**(1/e);const t=e-1/3,n=1/Math.sqrt(9*t);for(;;){const r=this.normal(),l=(1+n*r)**3;if(l>0&&Math.log(this.uniform())<.5*r*r+t-t*l+t*Math.log(l))return t*l}}poisson(e){if(e>12){const n=Math.floor(.875*e),r=this.gamma(n);return r>e?this.binomial(n-1,e/r):n+this.poisson(e-r)}let t=-1;for(let n=e;n>=0;t++)n+=Math.log(this.uniform());return t}binomial(e,t){if(e<=0||t<=0)return 0;if(t>=1)return e;if(e>24){const r=1+Math.floor(e/2),l=this.gamma(r),c=this.gamma(e+1-r),h=l/(l+c);return h<=t?r+this.binomial(e-r,(t-h)/(1-h)):this.binomial(r-1,t/h)}let n=0;for(let r=0;r<e;r++)this.uniform()<t&&n++;return n}}function Be(o,e){const t=o.length,n=new Float64Array(t+1);let r=0;for(let s=0;s<t;s++)n[s+1]=n[s]+o[s],r+=Math.abs(o[s])/t;const l=Math.max(r,1e-12),c=Float64Array.from({length:t},(s,a)=>{const p=Math.min(a+e,t),w=Math.max(a-e,0),f=(n[p]-n[a])/Math.max(p-a,1),m=a>w?(n[a]-n[w])/Math.max(a-w,1):f;return Math.log(Math.max(f,0)+.01*l)-Math.log(Math.max(m,0)+.01*l)}),h=c.reduce((s,a)=>s+a,0)/t,i=Math.sqrt(c.reduce((s,a)=>s+(a-h)**2,0)/t);return c.map(s=>(s-h)/(i>1e-12?i:1))}function Ne(o,e,t,n){const r=new Float64Array(t);for(let l=1;l<=(o.coverage?.jumps??0);l++){const c=e(`coverage.when${l}`)??.5,h=e(`coverage.jump${l}`)??o.coverage.size;for(let i=0;i<t;i++)(i+.5)/t<c&&(r[i]-=h)}if(o.effort){const l=e("effort.life")??o.effort.life,c=e("effort.sd")??o.effort.sd,h=.5**(1/Math.max(l,1e-9)),i=new oe(n,"effort");let s=0;for(let a=0;a<t;a++)s=a?h*s+Math.sqrt(1-h*h)*i.normal():i.normal(),r[a]+=c*s-c*c/2}return r.map(Math.exp)}function Fe(o,e,t,n,r,l){const c=e.series[o],h=t[o],i=h.length;if(c.form==="exact")return h.slice();const s=g=>n(`${o}.${g}`)??c.middle[g]??0,a=s("flow"),p=s("scale"),w=c.form!=="noisy",f=h.map((g,k)=>h[F(k-c.shift,0,i-1)]),m=f.map((g,k)=>(1-a)*g+a*Math.max(k?g-f[k-1]:0,0));let u=c.shared?r:r.map(()=>1);if(c.tide&&w){const g=Be(t[c.tide.by],c.tide.span).map(A=>Math.exp(F(s("tide")*A,-20,20))),k=g.reduce((A,$)=>A+$,0)/i;u=u.map((A,$)=>A*g[$]/k)}const d=new oe(l,o),b=s("zeros"),y=s("noise"),M=c.middle.dispersion===null?null:Math.max(s("dispersion"),1e-6);let v=m.map((g,k)=>{if(c.form==="noisy")return p*g*u[k]*Math.exp(y*d.normal());if(c.form==="events")return d.binomial(Math.round(g),F(p*u[k],0,1));let A=F(p*Math.max(g,0)*u[k],0,1e9);return M!==null&&(A*=d.gamma(M)/M),d.poisson(Math.min(A,1e12))}).map(g=>d.uniform()<b?0:g);if(c.date_block&&w){const g=F(s("date_share"),0,1),k=v.slice();v.forEach((A,$)=>{const O=d.binomial(A,g);k[$]-=O,k[$-$%c.date_block]+=O}),v=k}return c.digits&&(v=v.map(g=>{if(!g)return 0;const k=10**(Math.floor(Math.log10(Math.max(Math.abs(g),1e-300)))-c.digits+1);return Math.round(g/k)*k})),v}function Ue(o,e,t,n){const r=Object.values(e)[0].length,l=Ne(o,t,r,n);return Object.fromEntries(Object.keys(o.series).map(c=>[c,Fe(c,o,e,t,l,n)]))}function ae(o,e,t){const n=e?new Float64Array(e):new Float64Array,r=o.names.length?n.length/o.names.length:0;return l=>{const c=o.names.indexOf(l);return c<0||!r?void 0:n[c*r+t%r]}}function Se(o,e,t,n,r,l){const c=o.dates.length,h=t.length,i=Object.fromEntries(Object.keys(o.series).map(a=>{const p=t.indexOf(a);return[a,Float64Array.from({length:c},(w,f)=>{let m=0;for(let u=0;u<o.every;u++)m+=n[Math.min(o.first+f*o.every+u,r)*h+p];return m/o.every})]})),s=Ue(o.reporting,i,e,l);return Object.keys(o.series).map(a=>s[a])}class Te{constructor(e){this.bundle=e,this.module=new WebAssembly.Module(e.arrays.wasm),this.networks=e.arrays.networks?new WebAssembly.Module(e.arrays.networks):null}module;networks;kept=null;people(e,t){const n=JSON.stringify([e,String(t)]);return this.kept?.[0]!==n&&(this.kept=[n,X(this.bundle,this.networks,e,t)]),this.kept[1]}world(e){return Ee(this.bundle,this.module,this.people(e.table,e.peopleSeed),e.params,e.seed,e.interventions,e.steps)}}function je(o,e){const t=o.length-1,n=Int32Array.from({length:t},(c,h)=>h),r=new Int32Array(t),l=new Int32Array(t).fill(-1);for(let c=0,h=0;c<8;c++){let i=0;for(let s=0;s<t;s++,h++){const a=s*7919%t;let p=n[a],w=0;for(let f=o[a];f<o[a+1];f++){const m=n[e[f]];l[m]!==h&&(l[m]=h,r[m]=0),(++r[m]>w||r[m]===w&&m<p)&&(w=r[m],p=m)}w&&p!==n[a]&&(n[a]=p,i++)}if(i<t/100)break}return n}function le(o,e){let t=0;return o.forEach((n,r)=>{Math.abs(n-e)<Math.abs(o[t]-e)&&(t=r)}),t}class ze{constructor(e,t,n,r,l){this.bundle=e,this.base=t,this.post=n,this.keep=r,this.film=l}async run(e,t,n){const r=this.bundle.meta,l=r.observables.length,{post:c}=this;if(r.engine.kind==="recorded")return this.play(e,t);const h=Object.fromEntries(r.params.filter(v=>t.params[v.name]!==v.value).map(v=>[v.name,t.params[v.name]])),i=performance.now(),s=await fetch(`${this.base}run`,{method:"POST",headers:{"content-type":"application/json"},body:JSON.stringify({params:h,table:t.table,seed:t.seed,steps:t.steps,view:t.view,interventions:t.twin?t.interventions:null,other:t.other})});if(!s.ok)throw new Error(await s.text());const a=s.body.getReader();let p=new Uint8Array(0),w=0;const f=async v=>{for(;p.length-w<v;){const{done:g,value:k}=await a.read();if(g)throw new Error(new TextDecoder().decode(p.subarray(w))||"the stream ended early");const A=new Uint8Array(p.length-w+k.length);A.set(p.subarray(w)),A.set(k,p.length-w),p=A,w=0}return w+=v,p.slice(w-v,w)},m=new DataView((await f(20)).buffer),u=m.getUint32(0,!0),d=[m.getFloat64(4,!0),m.getFloat64(12,!0)],b=Array.from({length:t.twin?2:1},()=>this.film(u,t.steps)),y={id:e,settings:t,a:b[0],b:b[1]??null,done:-1,waiting:null,bounds:d};this.keep(y);const M=this.people(e,t,u);for(let v=0;v<=t.steps;v++){const g=[];for(const k of b){if((await f(1))[0]!==1)throw new Error(new TextDecoder().decode(await f(new DataView((await f(4)).buffer).getUint32(0,!0))));g.push(new Float64Array((await f(8*l)).buffer)),k.add(await f(u))}if(!n()){await a.cancel();return}y.done=v,c({type:"progress",id:e,from:v,to:v,world:g[0],twin:g[1]??null})}this.life(y,M,d),c({type:"done",id:e,milliseconds:performance.now()-i})}play(e,t){const n=this.bundle.meta.engine.recorded,{people:r,steps:l,param:c,values:h}=n,i=this.bundle.meta.observables.length,s=le(h,t.params[c]??h[0]),a=t.twin?le(h,t.other[c]??h[0]):-1,[p,w]=n.bounds[s],f=b=>{const y=new Uint8Array(this.bundle.arrays[`frames.${b}`]),M=this.film(r,l),v=new Uint8Array(r),[g,k]=n.bounds[b],A=b===s||g===p&&k===w,$=O=>Math.max(0,Math.min(255,255*(g+O/255*(k-g)-p)/(w-p)));for(let O=0;O<=l;O++){for(let j=0;j<r;j++)v[j]^=y[O*r+j];M.add(A?v.slice():v.map($))}return M},m=b=>new Float64Array(this.bundle.arrays[`values.${b}`]).slice(0,(l+1)*i),u={id:e,settings:t,a:f(s),b:a<0?null:f(a),done:l,waiting:null,bounds:[p,w]};this.keep(u);const d=this.people(e,t,r);this.post({type:"progress",id:e,from:0,to:l,world:m(s),twin:a<0?null:m(a)}),this.life(u,d,u.bounds),this.post({type:"done",id:e,milliseconds:0})}people(e,t,n){const{region:r,indptr:l,indices:c}=X(this.bundle,null,{network:t.table.network,people:n},0n),h=r.length===n,i=this.trait(0),s={people:n,region:h?r:new Int32Array(n),indptr:h?l:null,indices:h?c:null,sortKey:i?.length===n?i:null,labels:null,places:this.bundle.arrays.places?new Float32Array(this.bundle.arrays.places.slice(0)):null};return this.post({type:"people",id:e,people:s}),s}trait(e){const t=this.bundle.meta.traits[e],n=t&&this.bundle.arrays[`trait.${t.name}`];return n?new Float64Array(n.slice(0)):null}life(e,t,[n,r]){const l=e.settings.watch,c=this.bundle.meta.views[e.settings.view],h=Array.from({length:e.settings.steps+1},(u,d)=>d);if(l<0||l>=t.people)return;const i=c?.kind==="bool"||c?.kind==="float",s=u=>[Float64Array.from(h,d=>c.kind==="bool"?u.frame(d)[l]:n+u.frame(d)[l]/255*(r-n))],{indptr:a,indices:p}=t,w=a?[...p.subarray(a[l],a[l+1])]:[],f=this.bundle.meta.traits.map((u,d)=>[u.name,this.trait(d)?.[l]]).filter(u=>u[1]!==void 0),m={person:l,names:i?[c.of[0]]:[],world:i?s(e.a):[],twin:i&&e.b?s(e.b):null,ties:w,degree:a?w.length:t.people-1,traits:f};this.post({type:"life",id:e.id,life:m})}}const Re=256<<20,ce=6;let x,T=null,he="",_=0;const I=(o,e=[])=>self.postMessage(o,e),L=()=>new Promise(o=>{const e=new MessageChannel;e.port1.onmessage=()=>o(),e.port2.postMessage(0)});function Pe(o,e,t,n){const r=o.meta.views[t],l=n.length;if(!r)return;if(r.kind==="boards"){const{rows:h,columns:i}=e.people,s=r.reach;n.fill(0),r.of.forEach((a,p)=>{const w=e.column(a),f=e.program.regions[`people.${a}`].shape;for(let m=0;m<h;m++)for(let u=0;u<i;u++){const d=u+s;w[((d>>4)+1)*f[1]+m+s]>>>(d&15)&1&&(n[m*i+u]=p+1)}});return}const c=e.column(r.of[0]);if(c){if(r.kind==="kinds"){const h=c.length/l;for(let i=0;i<l;i++){let s=2166136261;for(let a=0;a<h;a++)s=Math.imul(s^Number(c[i*h+a])+17,16777619)>>>0;n[i]=1+((s^s>>>13)>>>0)%12}return}for(let h=0;h<l;h++)n[h]=Number(c[h])}}class V{constructor(e,t,n){this.people=e,this.floats=n,this.stride=Math.max(1,Math.ceil(e*(t+1)*(n?4:1)/Re))}frames=[];stride;low=1/0;high=-1/0;keep(e,t,n){if(t%this.stride)return;const r=this.floats?new Float32Array(this.people):new Uint8Array(this.people);Pe(x,e,n,r),this.add(r)}add(e){if(this.floats)for(const t of e)t<this.low&&(this.low=t),t>this.high&&(this.high=t);this.frames.push(e)}frame(e){return this.frames[Math.min(Math.floor(e/this.stride),this.frames.length-1)]}}let E=null;function qe(o,e){const t=BigInt(o.seed);return{peopleSeed:R(t,"people",e),seed:R(t,"world",e)}}function C(o,e,t){const n=qe(o,e);x.meta.population.made||(n.peopleSeed=BigInt(x.meta.population.table.seed));const r=x.meta.beside?.pulses??[],l={...We(o,e),...t?o.other:{}};return T.world({table:o.table,params:l,...n,steps:o.steps,interventions:t?[...r,...o.interventions]:r})}function We(o,e){const t=x.meta.beside;if(!t||!e)return o.params;const n=ae(t,x.arrays.drawn,e);return{...o.params,...Object.fromEntries(t.posterior.filter(r=>!o.moved.includes(r)).map(r=>[r,n(r)]))}}function fe(o,e,t){if(o instanceof Uint8Array)return o.slice();const n=new Uint8Array(o.length),r=t>e?255/(t-e):0;for(let l=0;l<o.length;l++)n[l]=Math.max(0,Math.min(255,(o[l]-e)*r));return n}function me(o,e){const t=!(o.a.frame(0)instanceof Uint8Array),n=t?Math.min(o.a.low,o.b?.low??1/0):o.bounds?.[0]??0,r=t?Math.max(o.a.high,o.b?.high??-1/0):o.bounds?.[1]??1,l=fe(o.a.frame(e),n,r),c=o.b?fe(o.b.frame(e),n,r):null;I({type:"frame",id:o.id,shown:{step:e,world:l,twin:c,low:n,high:r}},c?[l.buffer,c.buffer]:[l.buffer])}function De(o,e){const t=x.meta.traits[0],n=t?e.column(t.name):null;return{people:o.people,region:o.region.slice(),indptr:o.indptr?.slice()??null,indices:o.indices?.slice()??null,sortKey:n?Float64Array.from(n):null,places:x.arrays.places?new Float32Array(x.arrays.places.slice(0)):null,labels:o.regions>1?o.region.slice():o.indptr&&o.people<=5e4?je(o.indptr,o.indices):null}}let K="";async function Le(o,e){const t=x.meta,n=t.observables.length,r=performance.now();if(!T)return new ze(x,he,I,g=>{E=g},(g,k)=>new V(g,k,!1)).run(o,e,()=>_===o);const l=C(e,0,!1),c=e.twin?C(e,0,!0):null,h=l.people.people,i=JSON.stringify([e.table,e.seed]);if(i!==K){K=i;const g=De(l.people,l);I({type:"people",id:o,people:g})}const s=t.views[e.view]?.kind==="float",a=E={id:o,settings:e,a:new V(h,e.steps,s),b:c?new V(h,e.steps,s):null,done:0,waiting:E?.waiting??null},p=t.engine.kind==="flow"?[]:[...t.states.map(g=>g.name)],w=e.watch>=0&&e.watch<h?e.watch:-1,f=w<0?null:{person:w,names:p,world:p.map(()=>new Float64Array(e.steps+1)),twin:c?p.map(()=>new Float64Array(e.steps+1)):null,ties:l.people.indptr?[...l.people.indices.subarray(l.people.indptr[w],l.people.indptr[w+1])]:[],degree:l.people.indptr?l.people.indptr[w+1]-l.people.indptr[w]:l.people.grid?0:h-1,traits:t.traits.map(g=>[g.name,Number(l.column(g.name)?.[w]??NaN)])},m=g=>{a.a.keep(l,g,e.view),c&&a.b.keep(c,g,e.view),f&&p.forEach((k,A)=>{f.world[A][g]=Number(l.column(k)[w]),c&&(f.twin[A][g]=Number(c.column(k)[w]))})};let u=0,d=[],b=[];const y=g=>{g<u||(I({type:"progress",id:o,from:u,to:g,world:Float64Array.from(d),twin:c?Float64Array.from(b):null}),u=g+1,d=[],b=[],a.waiting!==null&&a.waiting<=g&&(me(a,a.waiting),a.waiting=null))},M=()=>{const g=new Array(n);l.observe(g,0),d.push(...g),c&&(c.observe(g,0),b.push(...g))};m(0),M(),y(0);let v=performance.now();for(let g=1;g<=e.steps;g++){try{G(l,""),c&&G(c," of the twin")}catch(k){throw y(g-1),k}if(m(g),M(),a.done=g,performance.now()-v>ce||g===e.steps){if(y(g),await L(),_!==o)return;v=performance.now()}}f&&I({type:"life",id:o,life:f}),I({type:"done",id:o,milliseconds:performance.now()-r})}function G(o,e){try{o.advance()}catch(t){throw new Error(`at step ${o.step}${e}, ${t instanceof Error?t.message:t}`)}}async function Ve(o,e,t){if(!T)return;const n=x.meta.observables.length,{beside:r,observables:l}=x.meta,c=l.map(h=>h.name);for(let h=1;h<=t;h++){const i=[];try{for(const a of e.twin?[!1,!0]:[!1]){const p=C(e,h,a),w=new Float64Array((e.steps+1)*n);p.observe(w,0);let f=performance.now();for(let m=1;m<=e.steps;m++)if(G(p,a?" of a twin":""),p.observe(w,m*n),performance.now()-f>ce){if(await L(),_!==o)return;f=performance.now()}i.push(w)}const s=r?Se(r,ae(r,x.arrays.drawn,h),c,i[0],e.steps,h):null;I({type:"member",id:o,world:i[0],twin:i[1]??null,count:h,reported:s})}catch(s){I({type:"lost",id:o,message:s instanceof Error?s.message:String(s)})}if(await L(),_!==o)return}I({type:"done",id:o,milliseconds:0})}let ue=Promise.resolve();async function Ce(o,e){x=await Oe(o),he=e,K="",T=x.arrays.wasm?new Te(x):null,I({type:"ready"})}self.onmessage=async({data:o})=>{try{if(o.type==="load")_=0,await(ue=Ce(o.packed,o.base));else if(o.type==="run"||o.type==="ensemble"){if(_=o.id,await ue,_!==o.id)return;await(o.type==="run"?Le(o.id,o.settings):Ve(o.id,o.settings,o.worlds))}else o.type==="frame"?E&&E.id===o.id&&E.done>=o.step?me(E,o.step):E&&(E.waiting=o.step):_=0}catch(e){I({type:"failed",id:_,message:e instanceof Error?e.message:String(e)})}}})();\n', ge = typeof self < "u" && self.Blob && new Blob(["(self.URL || self.webkitURL).revokeObjectURL(self.location.href);", Ne], { type: "text/javascript;charset=utf-8" });
function mt(l) {
  let e;
  try {
    if (e = ge && (self.URL || self.webkitURL).createObjectURL(ge), !e) throw "";
    const t = new Worker(e, {
      name: l?.name
    });
    return t.addEventListener("error", () => {
      (self.URL || self.webkitURL).revokeObjectURL(e);
    }), t;
  } catch {
    return new Worker(
      "data:text/javascript;charset=utf-8," + encodeURIComponent(Ne),
      {
        name: l?.name
      }
    );
  }
}
const Q = 256, ut = 0.5;
function Ie(l) {
  const e = /* @__PURE__ */ new Set();
  for (const t of l)
    t.kind === "pulse" || t.kind === "seed" ? e.add(t.at) : (e.add(t.start), t.end && e.add(t.end));
  return e;
}
function ne(l, e, t) {
  const s = {};
  for (const i of l) i.kind === "set" && (s[i.name] = t[i.name]);
  for (const i of l) i.kind === "set" && i.start <= e && (i.end === null || e < i.end) && (s[i.name] = i.value);
  return s;
}
const ie = (l, e) => e >= l.start && (l.end === null || e < l.end);
class dt {
  constructor(e, t, s, i, o, r) {
    this.people = s, this.params = i, this.seed = o, this.interventions = r;
    const h = this.meta = e.meta, n = h.engine.layout, a = this.n = s.people;
    this.turns = h.engine.kind === "turns", this.mixed = s.indptr === null, this.times = Ie(r);
    const c = this.program = new P(t, h.engine.arguments, h.engine.dataEnd, h.engine.errors);
    this.start = new ke(c, a);
    const f = this.blocks = Math.ceil(a / Q), g = s.regions, u = !this.turns;
    c.array("key0", "u64", [1])[0] = o & 0xffffffffn, c.array("key1", "u64", [1])[0] = o >> 32n, c.array("bools", "u8", [n.bools.length, a, 1]), c.array("floats", "f64", [n.floats.length, a, 1]), c.array("traits", "f64", [n.traits.length, a]), c.array("region", "i32", [a]).set(s.region), c.array("degree", "i32", [a]);
    const m = n.seenBools.length + n.seenFloats.length > 0;
    if (c.array("counts", "i32", [n.seenBools.length, u && !this.mixed && m ? a : 0, 1]), c.array("means", "f64", [n.seenFloats.length, u ? a : 0, 1]), c.array("deltas", "i8", [n.seenBools.length, u ? a : 0, 1]), c.array("table", "f64", [Object.keys(n.table).length, 1]), c.array("here", "f64", [n.regionals.length, g, 1]), c.array("flags", "u8", [a]), c.array("dirty", "u8", [a]).fill(1), c.array("parts", "f64", [f, n.sums.length, 1]), c.array("changes", "i64", [f, n.bools.length, 1]), c.array("totals", "i64", [n.bools.length, 1]), this.turns && (c.array("indptr", "i64", [this.mixed ? 1 : a + 1]), c.array("indices", "i32", [this.mixed ? 0 : s.indices.length]), this.mixed || (c.view("indptr").set(BigInt64Array.from(s.indptr, BigInt)), c.view("indices").set(s.indices)), c.array("running", "f64", [n.seenFloats.length, 1]), c.array("queue", "i32", [1, a]), c.array("handed", "f64", [n.tallies.length, a, 1])), c.array("bad", "u8", [h.engine.guards.length, 1]), this.mixed) c.view("degree").fill(Math.max(a - 1, 0));
    else for (let v = 0; v < a; v++) c.view("degree")[v] = s.indptr[v + 1] - s.indptr[v];
    for (const v of ["person", "society", "region"]) v in h.engine.arguments && (this.call[v] = c.bind(v));
    n.traits.forEach((v, k) => {
      const x = Me(e, this.start, h.traits.find((b) => b.name === v), s, i);
      c.view("traits").set(x, k * a);
    });
    const p = c.view("table"), w = c.view("here");
    for (const [v, k] of Object.entries(i)) p[n.table[`p.${v}`]] = k;
    for (const v of h.societies) p[n.table[`society.${v.name}`]] = T(v.initial, i);
    for (const v of h.tallies) p[n.table[`people.${v.name}`]] = T(v.initial, i);
    for (const v of h.regionals) w.fill(T(v.initial, i), n.regionals.indexOf(v.name) * g, (n.regionals.indexOf(v.name) + 1) * g);
    h.states.forEach((v, k) => {
      const x = v.kind === "bool", b = (x ? n.bools : n.floats).indexOf(v.name), M = new Float64Array(a);
      $e(e, this.start, k, i, o, M), c.view(x ? "bools" : "floats").set(M, b * a);
    }), this.recount(), n.bools.forEach((v, k) => {
      p[n.table[`people.${v}`]] = Number(c.view("totals")[k]) / a;
    });
    const y = n.sums.map((v) => n.floats.includes(v) ? this.summed("floats", n.floats.indexOf(v)) : 0);
    n.sums.forEach((v, k) => {
      n.floats.includes(v) && (p[n.table[`people.${v}`]] = y[k] / a);
    }), this.sizes = new Float64Array(g);
    for (const v of s.region) this.sizes[v]++;
    for (let v = 0; v < g; v++) this.sizes[v] = Math.max(this.sizes[v], 1);
  }
  step = 0;
  program;
  meta;
  start;
  call = {};
  fresh = !0;
  flipped = 0;
  n;
  blocks;
  mixed;
  turns;
  times;
  sizes;
  recount() {
    const { n: e } = this, t = this.program.view("bools"), s = this.program.view("totals");
    for (let i = 0; i < s.length; i++) {
      let o = 0;
      for (let r = i * e; r < (i + 1) * e; r++) o += t[r];
      s[i] = BigInt(o);
    }
  }
  /** A sum within blocks in order, then over blocks in order. */
  summed(e, t) {
    const s = this.program.view(e), { n: i } = this;
    let o = 0;
    for (let r = 0; r < i; r += Q) {
      let h = 0;
      for (let n = r; n < Math.min(r + Q, i); n++) h += s[t * i + n];
      o += h;
    }
    return o;
  }
  apply(e) {
    let t = !1;
    const s = this.program, i = s.view("table"), o = this.meta.engine.layout, { n: r } = this;
    for (const [h, n] of Object.entries(ne(this.interventions, e, this.params))) {
      const a = o.table[`p.${h}`];
      i[a] !== n && (i[a] = n, t = !0);
    }
    for (const h of this.interventions)
      if (h.kind === "pulse" && h.at === e && (i[o.table[`society.${h.name}`]] += h.amount, t = !0), h.kind === "seed" && h.at === e) {
        const n = o.bools.indexOf(h.name), a = this.meta.states.find((u) => u.name === h.name), c = this.start.uniforms(this.seed, a.seeded, e), f = s.view("bools");
        for (let u = 0; u < r; u++) c[u] < h.share && (f[n * r + u] = 1);
        let g = 0;
        for (let u = 0; u < r; u++) g += f[n * r + u];
        s.view("totals")[n] = BigInt(g), s.view("table")[o.table[`people.${h.name}`]] = g / r, this.fresh = t = !0;
      }
    return t;
  }
  see() {
    const e = this.program, t = this.meta.engine.layout, { n: s } = this, i = e.view("bools"), o = e.view("floats"), r = e.view("means");
    if (this.mixed) {
      t.seenFloats.forEach((u, m) => {
        const p = t.floats.indexOf(u), w = this.summed("floats", p);
        for (let y = 0; y < s; y++) r[m * s + y] = s > 1 ? (w - o[p * s + y]) / (s - 1) : o[p * s + y];
      });
      return;
    }
    const h = this.people.indptr, n = this.people.indices;
    if (t.seenFloats.forEach((u, m) => {
      const p = t.floats.indexOf(u) * s;
      for (let w = 0; w < s; w++) {
        let y = 0;
        for (let v = h[w], k = h[w + 1]; v < k; v++) y += o[p + n[v]];
        r[m * s + w] = h[w + 1] > h[w] ? y / (h[w + 1] - h[w]) : o[p + w];
      }
    }), !t.seenBools.length) return;
    const a = e.view("counts"), c = e.view("dirty"), f = e.view("flags"), g = e.view("deltas");
    if (this.fresh || this.flipped > ut * s || this.meta.population.directed)
      t.seenBools.forEach((u, m) => {
        const p = t.bools.indexOf(u) * s;
        for (let w = 0; w < s; w++) {
          let y = 0;
          for (let v = h[w], k = h[w + 1]; v < k; v++) y += i[p + n[v]];
          a[m * s + w] = y;
        }
      }), c.fill(1), this.fresh = !1;
    else if (this.flipped) {
      for (let u = 0; u < s; u++) if (f[u]) {
        c[u] = 1;
        for (let m = h[u], p = h[u + 1]; m < p; m++) {
          const w = n[m];
          c[w] = 1;
          for (let y = 0; y < t.seenBools.length; y++) a[y * s + w] += g[y * s + u];
        }
      }
    }
  }
  macro(e) {
    const t = this.program, s = this.meta.engine.layout, i = t.view("table"), o = this.people.regions;
    i[s.table["society.step"]] = e, this.call.society?.({ step: e, regions: o });
    for (const a of this.interventions) if (a.kind === "cap" && ie(a, e)) {
      const c = s.table[`society.${a.name}`];
      i[c] = Math.min(i[c], a.most);
    }
    if (!this.call.region) return;
    const r = t.view("here"), h = this.people.region, { n } = this;
    for (const a of s.regionalPeople) {
      const c = s.bools.includes(a), f = t.view(c ? "bools" : "floats"), g = (c ? s.bools : s.floats).indexOf(a) * n, u = new Float64Array(o), m = s.regionals.indexOf(`people.${a}`) * o;
      for (let p = 0; p < n; p++) u[h[p]] += f[g + p];
      for (let p = 0; p < o; p++) r[m + p] = u[p] / this.sizes[p];
    }
    this.call.region({ step: e, regions: o });
  }
  advance() {
    const e = ++this.step, t = this.program, s = this.meta, i = s.engine.layout, { n: o } = this;
    for (const k of s.shocks) t.view("table")[i.table[`society.${k.name}`]] = 0;
    const r = this.times.has(e) ? this.apply(e) : !1;
    if (this.turns) {
      this.turn(e), this.check();
      return;
    }
    this.see(), this.macro(e);
    const h = t.view("dirty"), n = t.view("flags"), a = !this.mixed && i.seenBools.length > 0;
    if (!i.luckless || r || !a && this.flipped) h.fill(1);
    else if (e > 1 && !h.includes(1))
      return n.fill(0), this.flipped = 0, this.check();
    n.fill(0), t.view("parts").fill(0), t.view("changes").fill(0n), this.call.person({ first: 0, last: this.blocks, people: o, worlds: 1, step: e, mixed: this.mixed ? 1 : 0 });
    const c = t.view("flags");
    let f = 0;
    for (let k = 0; k < o; k++) f += c[k];
    this.flipped = f;
    const g = t.view("table"), u = t.view("totals"), m = t.view("changes"), p = t.view("parts"), w = this.blocks, y = i.bools.length, v = i.sums.length;
    i.bools.forEach((k, x) => {
      for (let b = 0; b < w; b++) u[x] += m[b * y + x];
      g[i.table[`people.${k}`]] = Number(u[x]) / o;
    }), i.sums.forEach((k, x) => {
      let b = 0;
      for (let M = 0; M < w; M++) b += p[M * v + x];
      g[i.table[`people.${k}`]] = b / o;
    }), this.check();
  }
  /** A guard that does not hold ends the world, with the line of the rule that it watches. */
  check() {
    const e = this.program.view("bad").indexOf(1);
    if (e >= 0) throw new Error(this.meta.engine.guards[e]);
  }
  turn(e) {
    const t = this.program, s = this.meta.engine.layout, { n: i } = this;
    this.macro(e);
    const o = t.view("running");
    s.seenFloats.forEach((n, a) => {
      o[a] = this.summed("floats", s.floats.indexOf(n));
    }), this.call.person({ first: 0, last: 1, people: i, step: e, mixed: this.mixed ? 1 : 0 });
    const r = t.view("table"), h = t.view("totals");
    s.bools.forEach((n, a) => {
      r[s.table[`people.${n}`]] = Number(h[a]) / i;
    });
    for (const n of s.sums) {
      const a = s.floats.includes(n) ? this.summed("floats", s.floats.indexOf(n)) : this.summed("handed", s.tallies.indexOf(n));
      r[s.table[`people.${n}`]] = a / i;
    }
  }
  observe(e, t) {
    const s = this.program.view("table"), i = this.meta.engine.layout.table;
    this.meta.observables.forEach((o, r) => {
      e[t + r] = s[i[o.of]];
    });
  }
  column(e) {
    const t = this.meta.engine.layout, { n: s } = this;
    for (const [i, o] of [["bools", t.bools], ["floats", t.floats], ["traits", t.traits]]) {
      const r = o.indexOf(e);
      if (r >= 0) return this.program.view(i).subarray(r * s, (r + 1) * s);
    }
    return null;
  }
}
const we = { bool: "u8", uint8: "u8", int8: "i8", int16: "i16", int32: "i32", uint32: "u32", int64: "i64", uint64: "u64", float64: "f64" }, pt = 64;
class gt {
  constructor(e, t, s, i, o, r, h) {
    this.people = s, this.params = i, this.seed = o, this.interventions = r;
    const n = this.meta = e.meta, a = s.people, c = this.program = new P(t, n.engine.arguments, n.engine.dataEnd, n.engine.errors);
    this.start = new ke(c, a);
    for (const m of n.engine.fields) {
      const p = !(m.dtype in we), w = p ? Number(m.dtype) : void 0, y = c.array(`people.${m.name}`, p ? "u8" : we[m.dtype], m.from === "data" ? m.shape : [a], w);
      m.from === "region" ? y.set(s.region) : m.from === "data" && new Uint8Array(c.memory.buffer, c.regions[`people.${m.name}`].at).set(new Uint8Array(e.arrays[`array.${m.name}`]));
    }
    for (const m of n.traits) c.view(`people.${m.name}`).set(Me(e, this.start, m, s, i));
    n.states.forEach((m, p) => {
      const w = new Float64Array(a);
      $e(e, this.start, p, i, o, w), c.view(`people.${m.name}`).set(w);
    }), this.fields = [...n.societies.map((m) => m.name), ...n.shocks.map((m) => m.name), "step"];
    const f = c.array("society", "f64", [this.fields.length]);
    for (const m of n.societies) f[this.fields.indexOf(m.name)] = T(m.initial, i);
    c.array("p", "f64", [Math.max(n.params.length, 1)]).set(n.params.map((m) => i[m.name])), c.array("ties.indptr", "i64", [a + 1]), s.indptr && c.view("ties.indptr").set(BigInt64Array.from(s.indptr, BigInt)), c.array("ties.indices", "i32", [s.indices?.length ?? 0]), s.indices && c.view("ties.indices").set(s.indices);
    const g = n.observables.length;
    c.array("values", "f64", [h + 2, g]), c.array("totals", "f64", [0, a]), this.call.run = c.bind("run"), c.regions.values = { ...c.regions.values, shape: [g], length: g }, this.call.start = c.bind("start"), this.call.observe = c.bind("observe"), c.regions.values = { ...c.regions.values, shape: [h + 2, g], length: (h + 2) * g };
    const u = { "grid.rows": s.grid ? s.rows : 0, "grid.columns": s.grid ? s.columns : 0, seed: o };
    this.call.start(u), this.call.run({ ...u, first: 1, last: 1 }), this.capped = r.some((m) => m.kind === "cap"), this.changes = Ie(r);
  }
  step = 0;
  program;
  meta;
  call = {};
  changes;
  capped;
  fields;
  start;
  society(e, t) {
    const s = this.program.view("society"), i = this.fields.indexOf(e);
    return t !== void 0 && (s[i] = t), s[i];
  }
  cap(e) {
    for (const t of this.interventions) t.kind === "cap" && ie(t, e) && this.society(t.name, Math.min(this.society(t.name), t.most));
  }
  intervene(e) {
    const t = this.program, s = this.meta;
    for (const r of s.shocks) this.society(r.name, 0);
    const i = ne(this.interventions, e, this.params), o = t.view("p");
    s.params.forEach((r, h) => {
      r.name in i && (o[h] = i[r.name]);
    });
    for (const r of this.interventions)
      if (r.kind === "pulse" && r.at === e && this.society(r.name, this.society(r.name) + r.amount), r.kind === "seed" && r.at === e) {
        const h = s.states.find((c) => c.name === r.name), n = this.start.uniforms(this.seed, h.seeded, e), a = t.view(`people.${r.name}`);
        for (let c = 0; c < n.length; c++) n[c] < r.share && (a[c] = 1);
      }
    this.cap(e);
  }
  advance() {
    const e = ++this.step;
    if ((e === 1 || this.changes.has(e) || this.changes.has(e - 1) || (this.capped || (e - 1) % pt === 0)) && this.intervene(e), this.call.run({ first: e, last: e + 1 }), !this.capped) return;
    this.cap(e);
    const t = this.program.view("values"), s = this.meta.observables.length, i = t.slice(0, s);
    this.call.observe(), t.copyWithin(e * s, 0, s), t.set(i, 0);
  }
  observe(e, t) {
    const s = this.meta.observables.length, i = this.program.view("values");
    for (let o = 0; o < s; o++) e[t + o] = i[this.step * s + o];
  }
  column(e) {
    return `people.${e}` in this.program.regions ? this.program.view(`people.${e}`) : null;
  }
}
class wt {
  constructor(e, t, s, i, o, r) {
    this.people = s, this.params = i, this.interventions = o;
    const h = this.meta = e.meta, n = h.societies, a = this.program = new P(t, h.engine.arguments, h.engine.dataEnd, h.engine.errors);
    a.array("y", "f64", [n.length]).set(n.map((c) => T(c.initial, i))), a.array("shock", "f64", [h.shocks.length]), a.array("p", "f64", [h.params.length]).set(h.params.map((c) => i[c.name])), a.array("values", "f64", [r + 2, n.length]), this.run = a.bind("run"), this.pulses = new Float64Array(h.shocks.length);
  }
  step = 0;
  program;
  run;
  pulses;
  meta;
  advance() {
    const e = ++this.step, t = this.meta, s = this.program;
    for (const [o, r] of Object.entries(ne(this.interventions, e, this.params))) s.view("p")[t.params.findIndex((h) => h.name === o)] = r;
    const i = s.view("shock");
    i.fill(0), this.pulses.fill(0);
    for (const o of this.interventions) if (o.kind === "pulse" && o.at === e) {
      const r = t.shocks.findIndex((h) => h.name === o.name);
      i[r] += o.amount, this.pulses[r] += o.amount;
    }
    this.run({ first: e, last: e + 1, substeps: t.engine.substeps });
    for (const o of this.interventions) if (o.kind === "cap" && ie(o, e)) {
      const r = t.societies.findIndex((n) => n.name === o.name), h = s.view("y");
      h[r] = Math.min(h[r], o.most);
    }
  }
  observe(e, t) {
    const s = this.program.view("y"), i = this.meta;
    i.observables.forEach((o, r) => {
      const h = o.of.replace("society.", ""), n = i.societies.findIndex((a) => a.name === h);
      e[t + r] = n >= 0 ? s[n] : this.pulses[i.shocks.findIndex((a) => a.name === h)];
    });
  }
  column() {
    return null;
  }
}
function bt(l, e, t, s, i, o, r) {
  switch (l.meta.engine.kind) {
    case "process":
      return new gt(l, e, t, s, i, o, r);
    case "flow":
      return new wt(l, e, t, s, o, r);
    default:
      return new dt(l, e, t, s, i, o);
  }
}
async function yt(l) {
  const e = Uint8Array.from(atob(l), (s) => s.charCodeAt(0)), t = new Blob([e]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return await new Response(t).arrayBuffer();
}
async function vt(l) {
  const e = {};
  return await Promise.all(Object.entries(l.arrays).map(async ([t, s]) => {
    e[t] = await yt(s);
  })), { meta: l.meta, arrays: e };
}
const B = (l, e, t) => Math.min(Math.max(l, e), t);
class Ee {
  s;
  constructor(e, t) {
    let s = 2166136261 ^ e;
    for (const i of t) s = Math.imul(s ^ i.charCodeAt(0), 16777619);
    this.s = Uint32Array.from([s, Math.imul(s, 2654435761), e, 1]);
    for (let i = 0; i < 16; i++) this.uniform();
  }
  uniform() {
    const e = this.s, t = e[0] + e[1] + e[3] >>> 0;
    return e[3]++, e[0] = e[1] ^ e[1] >>> 9, e[1] = e[2] + (e[2] << 3), e[2] = (e[2] << 21 | e[2] >>> 11) + t, (t + 0.5) / 4294967296;
  }
  normal() {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
  /** Marsaglia & Tsang 2000. */
  gamma(e) {
    if (e < 1) return this.gamma(e + 1) * this.uniform() ** (1 / e);
    const t = e - 1 / 3, s = 1 / Math.sqrt(9 * t);
    for (; ; ) {
      const i = this.normal(), o = (1 + s * i) ** 3;
      if (o > 0 && Math.log(this.uniform()) < 0.5 * i * i + t - t * o + t * Math.log(o)) return t * o;
    }
  }
  /** Through gammas down to a small mean (Ahrens & Dieter 1974), then by waiting times. */
  poisson(e) {
    if (e > 12) {
      const s = Math.floor(0.875 * e), i = this.gamma(s);
      return i > e ? this.binomial(s - 1, e / i) : s + this.poisson(e - i);
    }
    let t = -1;
    for (let s = e; s >= 0; t++) s += Math.log(this.uniform());
    return t;
  }
  /** Halved through the middle of uniform numbers, a ratio of gammas, until few are left. */
  binomial(e, t) {
    if (e <= 0 || t <= 0) return 0;
    if (t >= 1) return e;
    if (e > 24) {
      const i = 1 + Math.floor(e / 2), o = this.gamma(i), r = this.gamma(e + 1 - i), h = o / (o + r);
      return h <= t ? i + this.binomial(e - i, (t - h) / (1 - h)) : this.binomial(i - 1, t / h);
    }
    let s = 0;
    for (let i = 0; i < e; i++) this.uniform() < t && s++;
    return s;
  }
}
function kt(l, e) {
  const t = l.length, s = new Float64Array(t + 1);
  let i = 0;
  for (let a = 0; a < t; a++)
    s[a + 1] = s[a] + l[a], i += Math.abs(l[a]) / t;
  const o = Math.max(i, 1e-12), r = Float64Array.from({ length: t }, (a, c) => {
    const f = Math.min(c + e, t), g = Math.max(c - e, 0), u = (s[f] - s[c]) / Math.max(f - c, 1), m = c > g ? (s[c] - s[g]) / Math.max(c - g, 1) : u;
    return Math.log(Math.max(u, 0) + 0.01 * o) - Math.log(Math.max(m, 0) + 0.01 * o);
  }), h = r.reduce((a, c) => a + c, 0) / t, n = Math.sqrt(r.reduce((a, c) => a + (c - h) ** 2, 0) / t);
  return r.map((a) => (a - h) / (n > 1e-12 ? n : 1));
}
function Mt(l, e, t, s) {
  const i = new Float64Array(t);
  for (let o = 1; o <= (l.coverage?.jumps ?? 0); o++) {
    const r = e(`coverage.when${o}`) ?? 0.5, h = e(`coverage.jump${o}`) ?? l.coverage.size;
    for (let n = 0; n < t; n++) (n + 0.5) / t < r && (i[n] -= h);
  }
  if (l.effort) {
    const o = e("effort.life") ?? l.effort.life, r = e("effort.sd") ?? l.effort.sd, h = 0.5 ** (1 / Math.max(o, 1e-9)), n = new Ee(s, "effort");
    let a = 0;
    for (let c = 0; c < t; c++)
      a = c ? h * a + Math.sqrt(1 - h * h) * n.normal() : n.normal(), i[c] += r * a - r * r / 2;
  }
  return i.map(Math.exp);
}
function xt(l, e, t, s, i, o) {
  const r = e.series[l], h = t[l], n = h.length;
  if (r.form === "exact") return h.slice();
  const a = (b) => s(`${l}.${b}`) ?? r.middle[b] ?? 0, c = a("flow"), f = a("scale"), g = r.form !== "noisy", u = h.map((b, M) => h[B(M - r.shift, 0, n - 1)]), m = u.map((b, M) => (1 - c) * b + c * Math.max(M ? b - u[M - 1] : 0, 0));
  let p = r.shared ? i : i.map(() => 1);
  if (r.tide && g) {
    const b = kt(t[r.tide.by], r.tide.span).map(($) => Math.exp(B(a("tide") * $, -20, 20))), M = b.reduce(($, E) => $ + E, 0) / n;
    p = p.map(($, E) => $ * b[E] / M);
  }
  const w = new Ee(o, l), y = a("zeros"), v = a("noise"), k = r.middle.dispersion === null ? null : Math.max(a("dispersion"), 1e-6);
  let x = m.map((b, M) => {
    if (r.form === "noisy") return f * b * p[M] * Math.exp(v * w.normal());
    if (r.form === "events") return w.binomial(Math.round(b), B(f * p[M], 0, 1));
    let $ = B(f * Math.max(b, 0) * p[M], 0, 1e9);
    return k !== null && ($ *= w.gamma(k) / k), w.poisson(Math.min($, 1e12));
  }).map((b) => w.uniform() < y ? 0 : b);
  if (r.date_block && g) {
    const b = B(a("date_share"), 0, 1), M = x.slice();
    x.forEach(($, E) => {
      const F = w.binomial($, b);
      M[E] -= F, M[E - E % r.date_block] += F;
    }), x = M;
  }
  return r.digits && (x = x.map((b) => {
    if (!b) return 0;
    const M = 10 ** (Math.floor(Math.log10(Math.max(Math.abs(b), 1e-300))) - r.digits + 1);
    return Math.round(b / M) * M;
  })), x;
}
function $t(l, e, t, s) {
  const i = Object.values(e)[0].length, o = Mt(l, t, i, s);
  return Object.fromEntries(Object.keys(l.series).map((r) => [r, xt(r, l, e, t, o, s)]));
}
class At {
  constructor(e) {
    this.bundle = e, this.module = new WebAssembly.Module(e.arrays.wasm), this.networks = e.arrays.networks ? new WebAssembly.Module(e.arrays.networks) : null;
  }
  module;
  networks;
  kept = null;
  people(e, t) {
    const s = JSON.stringify([e, String(t)]);
    return this.kept?.[0] !== s && (this.kept = [s, Ke(this.bundle, this.networks, e, t)]), this.kept[1];
  }
  world(e) {
    return bt(this.bundle, this.module, this.people(e.table, e.peopleSeed), e.params, e.seed, e.interventions, e.steps);
  }
}
const Nt = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ Object.defineProperty({
  __proto__: null,
  Engine: At,
  MADE: ve,
  deriveSeed: ye,
  report: $t,
  unpack: vt
}, Symbol.toStringTag, { value: "Module" }));
function _e(l, e, t = {}) {
  return typeof WebAssembly > "u" || typeof DecompressionStream > "u" ? (l.textContent = "This page needs a browser with WebAssembly and DecompressionStream: Chrome or Edge from 103, Firefox from 113, Safari from 16.4.", null) : new ft(l, e, { base: "", address: !0, worker: () => new mt(), ...t });
}
function It({ model: l, el: e }) {
  const t = document.createElement("div");
  e.append(t), t.addEventListener("keydown", (o) => {
    !o.ctrlKey && !o.metaKey && !o.altKey && o.key !== "Escape" && !(o.shiftKey && o.key === "Enter") && o.stopPropagation();
  });
  const s = _e(t, JSON.parse(l.get("bundle")), {
    address: !1,
    onChange: (o) => {
      l.set("params", { ...o.params }), l.set("seed", Number(o.seed)), l.save_changes();
    }
  }), i = () => {
    const o = l.get("params");
    s && Object.entries(o).some(([r, h]) => s.state.params[r] !== h) && s.set(o);
  };
  return l.on("change:params", i), () => {
    l.off("change:params", i), s?.close();
  };
}
const Et = { render: It };
globalThis.groundswellExplorer = { mount: _e, engine: Nt };
export {
  Et as default,
  Nt as engine,
  _e as mount
};
