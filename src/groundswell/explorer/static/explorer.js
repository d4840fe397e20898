const C = (c) => c.kind === "from" ? 1 : "at" in c ? c.at : c.start;
function G(c) {
  return {
    params: Object.fromEntries(c.params.map((e) => [e.name, e.value])),
    table: { ...c.population.table },
    seed: c.seed,
    steps: c.steps,
    step: 0,
    view: 0,
    twin: null,
    mode: "world",
    person: -1,
    speed: 1
  };
}
function ee(c, e) {
  const t = new URLSearchParams();
  for (const s of c.params) e.params[s.name] !== s.value && t.set(`p.${s.name}`, String(e.params[s.name]));
  for (const [s, n] of Object.entries(e.table)) s !== "seed" && JSON.stringify(n) !== JSON.stringify(c.population.table[s]) && t.set(`n.${s}`, String(n));
  if (e.seed !== c.seed && t.set("seed", e.seed), e.steps !== c.steps && t.set("steps", String(e.steps)), e.step && t.set("step", String(e.step)), e.view && t.set("view", c.views[e.view].name), e.twin) {
    const s = e.twin, n = s.kind === "from" ? [s.value] : s.kind === "pulse" ? [s.amount, s.at] : s.kind === "seed" ? [s.share, s.at] : [s.kind === "set" ? s.value : s.most, s.start, s.end ?? ""];
    t.set("twin", [s.kind, s.name, ...n].join(":")), e.mode !== "both" && t.set("mode", e.mode);
  }
  return e.person >= 0 && t.set("person", String(e.person)), t.toString();
}
const z = (c) => c !== void 0 && c !== "" && Number.isFinite(Number(c)) ? Number(c) : null;
function te(c, e) {
  const t = G(c), s = [];
  for (const [n, l] of new URLSearchParams(e.replace(/^#/, ""))) {
    const a = z(l), [o, ...i] = n.split("."), r = i.join(".");
    if (o === "p" && a !== null) {
      const h = c.params.find((f) => f.name === r);
      if (h && S(h, a)) {
        t.params[r] = a;
        continue;
      }
    } else if (o === "n" && r in t.table && r !== "network" && r !== "seed" && a !== null && a >= 0) {
      t.table[r] = a;
      continue;
    } else if (n === "seed" && /^\d{1,18}$/.test(l)) {
      t.seed = l;
      continue;
    } else if (n === "steps" && a !== null && a >= 1 && a <= 1e5) {
      t.steps = Math.round(a);
      continue;
    } else if (n === "step" && a !== null && a >= 0) {
      t.step = Math.round(a);
      continue;
    } else if (n === "view") {
      const h = c.views.findIndex((f) => f.name === l);
      if (h >= 0) {
        t.view = h;
        continue;
      }
    } else if (n === "person" && a !== null && a >= 0) {
      t.person = Math.round(a);
      continue;
    } else if (n === "mode" && ["world", "twin", "both", "difference"].includes(l)) {
      t.mode = l;
      continue;
    } else if (n === "twin") {
      const h = xe(c, l);
      if (h) {
        t.twin = h, t.mode === "world" && !e.includes("mode=") && (t.mode = "both");
        continue;
      }
    }
    s.push(n);
  }
  return t.step = Math.min(t.step, t.steps), { shown: t, ignored: s };
}
function S(c, e) {
  return (c.low === null || (c.lowOpen ? e > c.low : e >= c.low)) && (c.high === null || (c.highOpen ? e < c.high : e <= c.high));
}
function xe(c, e) {
  const [t, s, n, l, a] = e.split(":"), o = z(n), i = z(l), r = z(a), h = c.params.find((f) => f.name === s);
  return t === "from" && h && !h.fixed && o !== null && S(h, o) ? { kind: t, name: s, value: o } : o === null || i === null || i < 1 ? null : t === "pulse" && c.shocks.some((f) => f.name === s) && o >= 0 ? { kind: t, name: s, amount: o, at: i } : t === "seed" && c.states.some((f) => f.name === s && f.kind === "bool") && o >= 0 && o <= 1 ? { kind: t, name: s, share: o, at: i } : t === "set" && h && !h.early && S(h, o) ? { kind: t, name: s, value: o, start: i, end: r } : t === "cap" && c.societies.some((f) => f.name === s) ? { kind: t, name: s, most: o, start: i, end: r } : null;
}
const $e = "11px system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif";
function I(c) {
  if (!Number.isFinite(c)) return "none";
  const e = Math.abs(c);
  return e >= 1e6 || e > 0 && e < 1e-3 ? c.toExponential(1) : e >= 1e3 ? Math.round(c).toLocaleString("en") : String(Number(c.toPrecision(3)));
}
function se(c, e, t) {
  const s = e - c || 1, n = s / t, l = 10 ** Math.floor(Math.log10(n)), a = [1, 2, 5, 10].map((i) => i * l).find((i) => s / i <= t) ?? 10 * l, o = [];
  for (let i = Math.ceil(c / a - 1e-9); i * a <= e + 1e-9 * s; i++) o.push(Number((i * a).toPrecision(12)));
  return o;
}
class j {
  constructor(e, t, s) {
    this.canvas = e, this.seek = t, this.changed = s, this.context = e.getContext("2d");
    let n = !1;
    const l = (a) => Math.max(0, Math.min(this.steps, Math.round((a.offsetX - this.left) / Math.max(1, e.clientWidth - this.left - 6) * this.steps)));
    e.addEventListener("pointerdown", (a) => {
      n = !0, e.setPointerCapture(a.pointerId), this.seek(l(a));
    }), e.addEventListener("pointermove", (a) => {
      this.hover = l(a), n ? this.seek(this.hover) : this.changed();
    }), e.addEventListener("pointerup", () => {
      n = !1;
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
    const e = this.context, t = this.canvas, s = Math.min(devicePixelRatio || 1, 2), n = t.clientWidth, l = t.clientHeight;
    if (!n) return;
    (t.width !== Math.round(n * s) || t.height !== Math.round(l * s)) && (t.width = Math.round(n * s), t.height = Math.round(l * s));
    const a = getComputedStyle(t), o = (b) => a.getPropertyValue(`--${b}`).trim();
    e.setTransform(s, 0, 0, s, 0, 0), e.clearRect(0, 0, n, l);
    let i = 1 / 0, r = -1 / 0;
    const h = (b) => {
      Number.isFinite(b) && (b < i && (i = b), b > r && (r = b));
    };
    for (const b of this.series) {
      for (let M = 0; M <= b.upto && M < b.values.length; M++) h(b.values[M]);
      b.band && (b.band.low.forEach(h), b.band.high.forEach(h));
    }
    i === 1 / 0 && (i = 0, r = 1), this.zero ? h(0) : i >= 0 && i < 0.6 * r && (i = 0), r <= i && (r = i + (Math.abs(i) || 1) * 0.1, i === 0 && (r = 1));
    const f = this.series.reduce((b, M) => M.points ? M.values.reduce(($, E) => E > $ ? E : $, b) : b, -1 / 0);
    f > 0 && (r = Math.min(r, 2.5 * f));
    const g = (r - i) * 0.08;
    this.domain = [i === 0 ? 0 : i - g, r + g];
    const [u, m] = this.domain, p = 6, w = l - 18, v = n - this.left - 6, y = (b) => this.left + b / this.steps * v, k = (b) => w - (b - u) / (m - u) * (w - p);
    e.font = $e, e.textBaseline = "middle";
    for (const b of se(u, m, l > 120 ? 4 : 3))
      e.strokeStyle = o("grid"), e.lineWidth = 1, e.beginPath(), e.moveTo(this.left, k(b)), e.lineTo(n - 6, k(b)), e.stroke(), e.fillStyle = o("muted"), e.textAlign = "right", e.fillText(I(b), this.left - 6, k(b));
    e.textAlign = "center", e.textBaseline = "alphabetic", e.fillStyle = o("muted");
    for (const b of se(0, this.steps, this.labels ? Math.max(1, Math.floor(v / 110)) : 5)) Number.isInteger(b) && y(b) < n - (this.labels ? 30 : 12) && (e.textAlign = this.labels && !b ? "left" : "center", e.fillText(this.labels?.[b] ?? String(b), y(b), l - 4));
    for (const b of this.marks)
      e.fillStyle = b.colour, e.globalAlpha = 0.13, b.until !== null && b.until > b.at + 1 && e.fillRect(y(b.at), p, y(Math.min(b.until, this.steps)) - y(b.at), w - p), e.globalAlpha = 0.9, e.strokeStyle = b.colour, e.lineWidth = 1.5, e.setLineDash([2, 3]), e.beginPath(), e.moveTo(y(b.at), p), e.lineTo(y(b.at), w), e.stroke(), e.setLineDash([]), e.globalAlpha = 1;
    this.zero && (e.strokeStyle = o("faint"), e.lineWidth = 1, e.beginPath(), e.moveTo(this.left, k(0)), e.lineTo(n - 6, k(0)), e.stroke()), e.save(), e.beginPath(), e.rect(this.left, p - 4, v + 6, w - p + 8), e.clip();
    for (const b of this.series)
      if (b.band) {
        e.fillStyle = b.colour, e.globalAlpha = 0.16, e.beginPath(), b.band.low.forEach((M, $) => $ ? e.lineTo(y($), k(M)) : e.moveTo(y($), k(M)));
        for (let M = b.band.high.length - 1; M >= 0; M--) e.lineTo(y(M), k(b.band.high[M]));
        e.fill(), e.globalAlpha = 0.75, e.strokeStyle = b.colour, e.lineWidth = 1, e.setLineDash([4, 3]), e.beginPath(), b.band.mid.forEach((M, $) => $ ? e.lineTo(y($), k(M)) : e.moveTo(y($), k(M))), e.stroke(), e.setLineDash([]), e.globalAlpha = 1;
      }
    for (const b of this.series) {
      if (e.strokeStyle = e.fillStyle = b.colour, e.lineWidth = 2, e.lineJoin = "round", e.setLineDash(b.dash ?? []), b.points) {
        for (let $ = 0; $ < b.values.length; $++) Number.isFinite(b.values[$]) && (e.beginPath(), e.arc(y($), k(b.values[$]), 2.2, 0, 7), e.fill());
        continue;
      }
      e.beginPath();
      let M = !1;
      for (let $ = 0; $ <= Math.min(b.upto, b.values.length - 1); $++) {
        if (!Number.isFinite(b.values[$])) {
          M = !1;
          continue;
        }
        M ? e.lineTo(y($), k(b.values[$])) : e.moveTo(y($), k(b.values[$])), M = !0;
      }
      e.stroke(), e.setLineDash([]);
    }
    e.restore();
    const x = this.hover >= 0 ? this.hover : this.at;
    e.strokeStyle = o("ink"), e.globalAlpha = 0.55, e.lineWidth = 1, e.beginPath(), e.moveTo(y(x), p), e.lineTo(y(x), w), e.stroke(), e.globalAlpha = 1;
    for (const b of this.series) !b.points && x <= b.upto && Number.isFinite(b.values[x]) && (e.fillStyle = b.colour, e.beginPath(), e.arc(y(x), k(b.values[x]), 3.2, 0, 7), e.fill(), e.strokeStyle = o("paper"), e.lineWidth = 1.2, e.stroke());
  }
}
function q(c, e, t, s, n) {
  if (c.length < 3) return null;
  const l = () => new Float64Array(s + 1), a = { low: l(), mid: l(), high: l() }, o = new Float64Array(c.length);
  for (let i = 0; i <= s; i++) {
    c.forEach((h, f) => {
      o[f] = h[i * t + e] - (n ? n[f][i * t + e] : 0);
    }), o.sort();
    const r = (h) => {
      const f = h * (o.length - 1), g = Math.floor(f);
      return o[g] + (f - g) * ((o[g + 1] ?? o[g]) - o[g]);
    };
    a.low[i] = r(0.1), a.mid[i] = r(0.5), a.high[i] = r(0.9);
  }
  return a;
}
function d(c, e = {}, ...t) {
  const s = document.createElement(c);
  for (const [l, a] of Object.entries(e))
    a == null || a === !1 || (l.startsWith("on") ? s.addEventListener(l.slice(2), a) : l in s && l !== "list" && l !== "role" && !l.startsWith("aria") ? s[l] = a : s.setAttribute(l, a === !0 ? "" : String(a)));
  const n = (l) => {
    Array.isArray(l) ? l.forEach(n) : l != null && l !== !1 && s.append(l);
  };
  return t.forEach(n), s;
}
let Ae = 0;
const B = (c) => `${c}-${++Ae}`, A = (c) => c.replace(/_/g, " "), O = (c) => c ? c[0].toUpperCase() + c.slice(1) + (/[.!?…]$/.test(c) ? "" : ".") : "", Ne = { exact: "exactly as it is", noisy: "with noise", counts: "as counts of reports", events: "as events, of which a share is reported" };
class Ie {
  constructor(e, t, s, n) {
    this.beside = e, this.meta = t, this.style = s;
    const l = e.dates.length - 1, a = Object.keys(e.series).map((o) => {
      const i = d("canvas", { role: "img" }), r = d("p", { className: "note" }), h = d("span", { className: "now" }), f = new j(i, (g) => n(e.first + g * e.every), () => this.draw());
      return f.steps = Math.max(l, 1), f.labels = e.dates, this.charts.push({ chart: f, name: o, note: r, now: h }), d("figure", { className: "plot record" }, d("div", { className: "head" }, d("span", {}, d("b", {}, A(o)), d("span", { className: "unit" }, " in the record")), h), i, r);
    });
    this.element = d("section", { "aria-label": "The record" }, d("h2", {}, `The record: ${e.source}`), a);
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
    const e = this.style(), t = e.getPropertyValue("--ink"), s = e.getPropertyValue("--account-1"), n = this.beside.dates.length;
    this.of !== this.members.length && (this.of = this.members.length, this.bands = this.charts.map((l, a) => q(this.members.map((o) => o[a]), 0, 1, n - 1))), this.charts.forEach(({ chart: l, name: a, note: o, now: i }, r) => {
      const h = Float64Array.from(this.beside.series[a], (w) => w ?? NaN), f = this.bands[r];
      l.series = [{ name: a, colour: s, values: new Float64Array(), upto: -1, band: f }, { name: "record", colour: t, values: h, upto: n - 1, band: null, points: !0 }], l.draw();
      const g = l.hover >= 0 ? Math.min(l.hover, n - 1) : Math.min(l.at, n - 1);
      i.textContent = `${this.beside.dates[g]}: ${Number.isFinite(h[g]) ? I(h[g]) : "not watched"}${f ? ` (${I(f.low[g])} to ${I(f.high[g])})` : ""}`;
      const u = [...h].filter(Number.isFinite).length, m = f ? [...h].filter((w, v) => Number.isFinite(w) && (w < f.low[v] || w > f.high[v])).length : 0, p = this.beside.posterior.length ? "each with a draw from the fit's posterior (a slider that you move holds its parameter in all of them)" : "at the values of the sliders";
      o.textContent = f ? `Points: the record. Band: 10% to 90% of ${this.members.length} simulated worlds, ${p}, each reported once, ${Ne[this.beside.reporting.series[a].form]}. ${m} of ${u} watched periods lie outside; of a record that this theory made, about a fifth would.` : `Points: the record. ${this.meta.engine.kind === "none" || this.meta.engine.kind === "recorded" ? "This page has no ensemble to compare it with." : "Simulating …"}`, l.canvas.setAttribute("aria-label", `${A(a)} in the record and in simulated records. ${o.textContent}`);
    });
  }
}
const ne = { u8: Uint8Array, i8: Int8Array, i16: Int16Array, i32: Int32Array, u32: Uint32Array, f64: Float64Array, i64: BigInt64Array, u64: BigUint64Array }, ie = 262144, D = 1 << 20;
class F {
  constructor(e, t, s, n = []) {
    this.args = t, this.errors = n;
    const l = s + 63 & -64;
    this.top = l + ie + 64, this.memory = new WebAssembly.Memory({ initial: Math.ceil((this.top + D) / 65536) + 1 }), this.held = this.memory.buffer, this.heap = this.take(D), this.heapEnd = this.heap + D;
    const a = {
      __linear_memory: this.memory,
      __stack_pointer: new WebAssembly.Global({ value: "i32", mutable: !0 }, l + ie),
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
      exp2: (i) => 2 ** i,
      fmod: (i, r) => i % r,
      erf: (i) => 1 - re(i),
      erfc: re,
      rint: (i) => {
        const r = Math.round(i);
        return Math.abs(r - i) === 0.5 && r % 2 ? r - 1 : r;
      },
      memset: (i, r, h) => (this.bytes().fill(r, i, i + h), i),
      memcpy: (i, r, h) => (this.bytes().copyWithin(i, r, r + h), i),
      memmove: (i, r, h) => (this.bytes().copyWithin(i, r, r + h), i),
      NRT_MemInfo_alloc_aligned: (i) => this.info(Number(i)),
      NRT_MemInfo_alloc_safe_aligned: (i) => this.info(Number(i)),
      NRT_MemInfo_alloc: (i) => this.info(Number(i)),
      NRT_MemInfo_new_varsize_dtor: (i) => this.info(Number(i)),
      NRT_MemInfo_new_varsize: (i) => this.info(Number(i)),
      NRT_MemInfo_varsize_alloc: (i, r) => this.fresh(i, Number(r)),
      NRT_MemInfo_varsize_realloc: (i, r) => this.fresh(i, Number(r), !0),
      NRT_MemInfo_varsize_free: () => {
      },
      NRT_Allocate: (i) => this.allocate(Number(i)),
      NRT_MemInfo_call_dtor: () => {
      },
      NRT_Free: () => {
      },
      NRT_incref: () => {
      },
      NRT_decref: () => {
      }
    }, o = {};
    for (const { name: i } of WebAssembly.Module.imports(e)) {
      if (!(i in a)) throw new Error(`the page has no ${i}`);
      o[i] = a[i];
    }
    this.exports = new WebAssembly.Instance(e, { env: o }).exports;
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
  /** Memory of one call: nothing that a kernel makes outlives it. */
  allocate(e) {
    const t = e + 63 & -64;
    if (this.heapAt + t > this.heapEnd) {
      const n = Math.max(t, 2 * (this.heapEnd - this.heap));
      this.heap = this.heapAt = this.take(n), this.heapEnd = this.heap + n;
    }
    const s = this.heapAt;
    return this.heapAt += t, s;
  }
  info(e) {
    const t = this.allocate(e + 64), s = new DataView(this.memory.buffer);
    return s.setBigInt64(t, 1n, !0), s.setInt32(t + 8, 0, !0), s.setInt32(t + 12, 0, !0), s.setInt32(t + 16, t + 64, !0), s.setBigInt64(t + 24, BigInt(e), !0), t;
  }
  fresh(e, t, s = !1) {
    const n = this.allocate(t), l = new DataView(this.memory.buffer), a = l.getInt32(e + 16, !0), o = Number(l.getBigInt64(e + 24, !0));
    return s && this.bytes().copyWithin(n, a, a + Math.min(o, t)), l.setInt32(e + 16, n, !0), l.setBigInt64(e + 24, BigInt(t), !0), n;
  }
  /** Make an array in memory; `item` is the size of one element where it is a record. */
  array(e, t, s, n) {
    const l = s.reduce((i, r) => i * r, 1), a = ne[t].BYTES_PER_ELEMENT, o = this.take(Math.max(l * (n ?? a), 8));
    return this.regions[e] = { kind: t, at: o, length: l * (n ?? a) / a, shape: s, item: n ?? a }, this.held = null, this.view(e);
  }
  /** An array as it is now; views are made anew where the memory has grown. */
  view(e) {
    this.held !== this.memory.buffer && (this.views = {}, this.held = this.memory.buffer);
    const t = this.regions[e];
    return this.views[e] ??= new ne[t.kind](this.memory.buffer, t.at, t.length);
  }
  /** A function with its arrays in place; what is left to pass is its numbers, by name. */
  bind(e) {
    const t = this.exports[e], s = [0, 0], n = [], l = this.take(64);
    s[0] = l, s[1] = l + 32;
    for (const a of this.args[e])
      if (a.kind === "array") {
        const o = this.regions[a.name];
        if (!o) throw new Error(`${e} takes ${a.name}, which the page does not know`);
        const i = [];
        let r = o.item;
        for (let h = o.shape.length - 1; h >= 0; h--)
          i[h] = r, r *= o.shape[h];
        s.push(0, 0, BigInt(o.shape.reduce((h, f) => h * f, 1)), BigInt(o.item), o.at, ...o.shape.map(BigInt), ...i.map(BigInt));
      } else a.kind === "record" ? s.push(this.regions[a.name].at) : (n.push([a.name, s.length, a.kind === "i64"]), s.push(a.kind === "i64" ? 0n : 0));
    return (a = {}) => {
      for (const [i, r, h] of n) i in a && (s[r] = h ? BigInt(a[i]) : Number(a[i]));
      this.heapAt = this.heap;
      const o = t(...s);
      if (o !== 0) throw new Error(this.raised(l + 32) ?? `the theory's ${e} ended with an error (code ${o})`);
    };
  }
  /** What a function raised: its number stands where Numba had left a pickle. */
  raised(e) {
    const t = new DataView(this.memory.buffer), s = t.getUint32(e, !0), n = s ? this.errors[t.getUint32(t.getUint32(s, !0), !0)] : void 0;
    return n ? `${n.file}:${n.line}: ${n.error}` : null;
  }
}
function re(c) {
  const e = Math.abs(c);
  let t;
  if (e < 2.5) {
    let s = e, n = e;
    for (let l = 1; Math.abs(s) > 1e-17 * n && l < 200; l++)
      s *= -e * e / l, n += s / (2 * l + 1);
    t = 1 - 2 / Math.sqrt(Math.PI) * n;
  } else {
    let s = 0;
    for (let n = 60; n > 0; n--) s = n / 2 / (e + s);
    t = Math.exp(-e * e) / Math.sqrt(Math.PI) / (e + s);
  }
  return c < 0 ? 2 - t : t;
}
const ae = [1779033703, 3144134277, 1013904242, 2773480762, 1359893119, 2600822924, 528734635, 1541459225], Ee = [
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
].map((c) => [...c].map((e) => parseInt(e, 16))), U = (c, e) => (c >>> e | c << 32 - e) >>> 0;
function _e(c, e) {
  const t = ae.slice();
  t[0] = (t[0] ^ 16842752 ^ e) >>> 0;
  const s = Math.max(1, Math.ceil(c.length / 64));
  for (let n = 0; n < s; n++) {
    const l = new Uint8Array(64);
    l.set(c.subarray(n * 64, n * 64 + 64));
    const a = new Uint32Array(l.buffer), o = n === s - 1, i = o ? c.length : (n + 1) * 64, r = [...t, ...ae];
    r[12] = (r[12] ^ i) >>> 0, o && (r[14] = ~r[14] >>> 0);
    const h = (f, g, u, m, p, w) => {
      r[f] = r[f] + r[g] + p >>> 0, r[m] = U(r[m] ^ r[f], 16), r[u] = r[u] + r[m] >>> 0, r[g] = U(r[g] ^ r[u], 12), r[f] = r[f] + r[g] + w >>> 0, r[m] = U(r[m] ^ r[f], 8), r[u] = r[u] + r[m] >>> 0, r[g] = U(r[g] ^ r[u], 7);
    };
    for (const f of Ee)
      h(0, 4, 8, 12, a[f[0]], a[f[1]]), h(1, 5, 9, 13, a[f[2]], a[f[3]]), h(2, 6, 10, 14, a[f[4]], a[f[5]]), h(3, 7, 11, 15, a[f[6]], a[f[7]]), h(0, 5, 10, 15, a[f[8]], a[f[9]]), h(1, 6, 11, 12, a[f[10]], a[f[11]]), h(2, 7, 8, 13, a[f[12]], a[f[13]]), h(3, 4, 9, 14, a[f[14]], a[f[15]]);
    for (let f = 0; f < 8; f++) t[f] = (t[f] ^ r[f] ^ r[f + 8]) >>> 0;
  }
  return new Uint8Array(new Uint32Array(t).buffer).slice(0, e);
}
function me(c, ...e) {
  const t = [String(c), ...e.map((s) => `${typeof s == "number" ? "int" : "str"}:${s}`)].join("");
  return new DataView(_e(new TextEncoder().encode(t), 8).buffer).getBigUint64(0, !0);
}
const T = (c, e) => typeof c == "string" ? e[c] : c;
function W(c, e, t, s) {
  const n = new Int32Array(t);
  for (let r = 0; r < t; r++) {
    n[r] += c[r + 1] - c[r];
    for (let h = c[r]; h < c[r + 1]; h++) n[e[h]]++;
  }
  const l = new Int32Array(t + 1);
  for (let r = 0; r < t; r++) l[r + 1] = l[r] + n[r];
  const a = new Int32Array(l[t]), o = l.slice(0, t), i = () => {
    for (let r = 0; r < t; r++) for (let h = c[r]; h < c[r + 1]; h++) a[o[r]++] = e[h];
  };
  s !== "upper" && i();
  for (let r = 0; r < t; r++) for (let h = c[r]; h < c[r + 1]; h++) a[o[e[h]]++] = r;
  if (s === "upper" && i(), s === "any") for (let r = 0; r < t; r++) a.subarray(l[r], l[r + 1]).sort();
  return [l, a];
}
function Se(c, e) {
  const t = new Uint8Array(c);
  let s = 0;
  const n = () => {
    let o = 0, i = 0;
    for (; ; ) {
      const r = t[s++];
      if (o |= (r & 127) << i, r < 128) return o;
      i += 7;
    }
  }, l = new Int32Array(e + 1), a = [];
  for (let o = 0; o < e; o++) {
    const i = n();
    let r = o;
    for (let h = 0; h < i; h++)
      r += n(), a.push(r);
    l[o + 1] = a.length;
  }
  return W(l, Int32Array.from(a), e, "upper");
}
function Oe(c, e) {
  if (e.sizes) return e.sizes;
  const t = e.communities;
  return Array.from({ length: t }, (s, n) => Math.floor(c / t) + (n < c % t ? 1 : 0));
}
function V(c, e, t, s, n, l, a) {
  const o = t.reduce((w, v) => w + v, 0);
  let i = 0;
  t.forEach((w, v) => {
    i += s[v] * w * (w - 1) / 2 + n * w * (o - w) / 2;
  });
  const r = Math.ceil(i + 8 * Math.sqrt(i)) + 16, h = new F(c, e.engine.networks.arguments, e.engine.networks.dataEnd), f = h.array("end", "i64", [t.length]);
  let g = 0;
  t.forEach((w, v) => {
    g += w, f[v] = BigInt(g);
  }), h.array("within", "f64", [t.length]).set(s), h.array("counts", "i64", [o]), h.array("heads", "i32", [r]), h.array("out", "i64", [1]), h.bind("draw_pairs")({ seed: a, stream_within: l[0], stream_between: l[1], low: 0, high: o, between: n });
  const u = Number(h.view("out")[0]), m = h.view("counts");
  if (u > r) throw new Error("more ties were drawn than there is room for");
  const p = new Int32Array(o + 1);
  for (let w = 0; w < o; w++) p[w + 1] = p[w] + Number(m[w]);
  return W(p, h.view("heads").slice(0, u), o, "upper");
}
function Te(c, e) {
  const t = new Int32Array(c * e);
  for (let s = 0; s < c; s++) for (let n = 0; n < e; n++) {
    const l = s + n + 1;
    t[s * e + n] = l < c ? l : l - c;
  }
  return t;
}
function Pe(c, e, t, s) {
  const n = new Int32Array(c * e + 1), l = [];
  for (let a = 0; a < c; a++) for (let o = 0; o < e; o++) {
    const i = [];
    for (let r = -t; r <= t; r++) for (let h = -t; h <= t; h++) {
      if (!r && !h) continue;
      let f = a + r, g = o + h;
      if (s)
        f = (f + c) % c, g = (g + e) % e;
      else if (f < 0 || f >= c || g < 0 || g >= e) continue;
      i.push(f * e + g);
    }
    i.sort((r, h) => r - h);
    for (const r of i) l.push(r);
    n[a * e + o + 1] = l.length;
  }
  return [n, Int32Array.from(l)];
}
const ue = /* @__PURE__ */ new Set(["well_mixed", "erdos_renyi", "planted_partition", "village", "watts_strogatz", "barabasi_albert", "ring", "moore", "grid"]);
function Fe(c, e, t, s) {
  const n = c.meta, l = t.network, a = t.rows ?? 0, o = t.columns ?? 0, i = t.rows ? a * o : t.people, r = { people: i, regions: 1, region: new Int32Array(i), indptr: null, indices: null, rows: a, columns: o, grid: l === "grid", seed: s };
  if (!n.population.made)
    return c.arrays.region && (r.region = new Int32Array(c.arrays.region), r.regions = n.population.regions), c.arrays.ties ? [r.indptr, r.indices] = Se(c.arrays.ties, i) : c.arrays.indptr && (r.indptr = new Int32Array(c.arrays.indptr), r.indices = new Int32Array(c.arrays.indices)), r;
  const h = n.population.streams, f = (u) => {
    [r.indptr, r.indices] = u;
  }, g = (u) => {
    let m = 0;
    u.forEach((p, w) => {
      r.region.fill(w, m, m + p), m += p;
    }), r.regions = u.length;
  };
  if (l === "erdos_renyi") f(V(e, n, [i], [t.mean_degree / Math.max(i - 1, 1)], 0, [h.pairs, h.between], s));
  else if (l === "planted_partition") {
    const u = Oe(i, t), m = (1 - t.mix) * t.mean_degree, p = u.reduce((v, y) => v + y * (i - y), 0), w = t.mix > 0 ? t.mix * t.mean_degree * i / p : 0;
    f(V(e, n, u, u.map((v) => m / Math.max(v - 1, 1)), w, [h.within, h.between], s)), g(u);
  } else if (l === "village") {
    const u = [];
    for (let m = 0; m < i; m += t.village_size) u.push(Math.min(t.village_size, i - m));
    f(V(e, n, u, u.map(() => 1), t.far, [h.clique, h.far], s)), g(u);
  } else if (l === "watts_strogatz" || l === "ring") {
    const u = t.neighbours / 2;
    let m = Te(i, u);
    if (l === "watts_strogatz" && t.rewiring > 0) {
      const p = new F(e, n.engine.networks.arguments, n.engine.networks.dataEnd);
      p.array("own", "i32", [i, u]).set(m), p.bind("small_world")({ seed: s, stream_moves: h.moves, stream_places: h.places, rewiring: t.rewiring }), m = p.view("own").slice();
    }
    f(W(Int32Array.from({ length: i + 1 }, (p, w) => w * u), m, i, "any"));
  } else if (l === "barabasi_albert") {
    const u = t.ties_per_newcomer, m = new F(e, n.engine.networks.arguments, n.engine.networks.dataEnd), p = m.array("start", "i64", [i + 1]);
    for (let v = 0; v < i; v++) p[v + 1] = p[v] + BigInt(Math.min(v, u));
    const w = Int32Array.from(p, Number);
    m.array("heads", "i32", [w[i]]), m.bind("grow")({ seed: s, stream: h.preference, m: u }), f(W(w, m.view("heads").slice(), i, "lower"));
  } else l === "moore" && f(Pe(a, o, t.radius ?? 1, t.torus ?? !0));
  return r;
}
class de {
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
function oe(c, e) {
  if (!e) return;
  const t = new BigInt64Array(c.buffer, c.byteOffset, c.length);
  for (let s = 0; s < e.length; s++) e[s] && (t[s] += BigInt(e[s]));
}
function Be(c, e) {
  return e.seed === BigInt(c.population.table.seed ?? "0") && e.people === c.population.people;
}
function pe(c, e, t, s, n) {
  return ge(c, e, t, s.seed, Be(c.meta, s), n);
}
function ge(c, e, t, s, n, l) {
  const { meta: a, arrays: o } = c, i = e.people, r = t.args.every((p) => typeof p != "string" || l[p] === a.params.find((w) => w.name === p).value), h = (p) => n && o[p] ? new Int16Array(o[p]) : null, [f, g] = t.args.map((p) => T(p, l)), u = o[`trait.${t.name}`];
  if (u && n && r) return new Float64Array(u);
  if (t.kind === "Ranked" || t.kind === "Listed" || t.kind === "measured") throw new Error(`the trait ${t.name} comes with the people of this page`);
  const m = e.uniforms(s, t.stream, 0);
  switch (t.kind) {
    case "Fixed":
      return new Float64Array(i).fill(f);
    case "Uniform":
      return Float64Array.from(m, (p) => f + (g - f) * p);
    case "Bernoulli":
      return Float64Array.from(m, (p) => p < f ? 1 : 0);
    case "Normal":
    case "LogNormal": {
      const p = e.normals();
      oe(p, h(`units.${t.name}`));
      for (let v = 0; v < i; v++) p[v] = f + g * p[v];
      if (t.kind === "Normal") return p.slice();
      const w = e.exps();
      return r && oe(w, h(`exp.${t.name}`)), w.slice();
    }
    case "Beta": {
      const p = new Float64Array(o[`quantiles.${t.name}`]), w = p.length - 1;
      return Float64Array.from(m, (v) => {
        const y = Math.acos(1 - 2 * v) / Math.PI * w, k = Math.min(Math.floor(y), w - 1), x = (1 - Math.cos(k / w * Math.PI)) / 2, b = (1 - Math.cos((k + 1) / w * Math.PI)) / 2;
        return p[k] + (v - x) / (b - x) * (p[k + 1] - p[k]);
      });
    }
  }
  throw new Error(`the page cannot draw the trait ${t.name} from ${t.kind}`);
}
function Le(c) {
  const e = Math.round(c);
  return Math.abs(e - c) === 0.5 && e % 2 ? e - 1 : e;
}
function we(c, e, t, s, n, l) {
  const a = c.meta, o = a.states[t], i = e.people, r = T(o.initial.of, s);
  if (o.initial.kind === "drawn") {
    const u = n === me(BigInt(a.seed), "world", 0) && i === a.population.people, m = ge(c, e, { name: o.name, stream: o.stream, ...o.initial.drawn }, n, u, s);
    for (let p = 0; p < i; p++) l[p] = m[p];
    return;
  }
  if (o.initial.kind === "number") {
    for (let u = 0; u < i; u++) l[u] = r;
    return;
  }
  if (o.initial.kind === "share") {
    if (!(r >= 0 && r <= 1)) throw new Error(`${o.name} starts true for the share ${r}; expected a share in [0, 1]`);
    const u = e.uniforms(n, o.stream, 0);
    for (let m = 0; m < i; m++) l[m] = u[m] < r ? 1 : 0;
    return;
  }
  const h = Le(r);
  if (!(h >= 0)) throw new Error(`${o.name} starts true for ${h} people; expected a number from 0`);
  if (h > i) throw new Error(`${o.name} starts true for ${h} people, and there are ${i}`);
  for (let u = 0; u < i; u++) l[u] = 0;
  if (!h) return;
  const f = e.uniforms(n, o.stream, 0), g = Array.from({ length: i }, (u, m) => m).sort((u, m) => f[u] - f[m]);
  for (let u = 0; u < h; u++) l[g[u]] = 1;
}
const Ue = Math.PI * (3 - Math.sqrt(5));
function H(c, e, t, s, n, l) {
  const a = c.length;
  for (let o = 0; o < a; o++) {
    const i = s * Math.sqrt((o + 0.5) / a), r = o * Ue;
    n[c[o]] = e + i * Math.cos(r), l[c[o]] = t + i * Math.sin(r);
  }
}
function Re(c) {
  const e = c.reduce((u, m) => u + m, 0), t = c.map((u, m) => m).sort((u, m) => c[m] - c[u]), s = c.map((u) => ({ x: 0, y: 0, r: Math.sqrt(u / e) })), n = [];
  for (const u of t) {
    const m = s[u];
    let p = 1 / 0, w = 0, v = 0;
    const y = 0.04 * Math.min(1, m.r * 4), k = (x, b) => n.every((M) => Math.hypot(M.x - x, M.y - b) >= M.r + m.r + y);
    if (!n.length) p = 0;
    else for (const x of n) for (let b = 0; b < 48; b++) {
      const M = b / 48 * 2 * Math.PI, $ = x.r + m.r + y + 1e-6, E = x.x + $ * Math.cos(M), P = x.y + $ * Math.sin(M), Z = Math.hypot(E, P) + m.r;
      Z < p && k(E, P) && (p = Z, w = E, v = P);
    }
    m.x = w, m.y = v, n.push(m);
  }
  const l = (u, m) => Math.max(...s.map((p) => m * u(p) + p.r)) * m, a = l((u) => u.x, -1), o = l((u) => u.x, 1), i = l((u) => u.y, -1), r = l((u) => u.y, 1), h = 0.98 / Math.max(o - a, r - i), f = (a + o) / 2, g = (i + r) / 2;
  return s.map((u) => ({ x: 0.5 + (u.x - f) * h, y: 0.5 + (u.y - g) * h, r: u.r * h }));
}
function be(c, e) {
  const t = new Set(c), s = [], n = e.indptr, l = e.indices, a = (o) => n[o + 1] - n[o];
  for (const o of [...c].sort((i, r) => a(r) - a(i) || i - r)) {
    if (!t.has(o)) continue;
    t.delete(o);
    let i = s.push(o) - 1;
    for (; i < s.length; ) {
      const r = s[i++];
      for (let h = n[r]; h < n[r + 1]; h++) t.delete(l[h]) && s.push(l[h]);
    }
  }
  return s;
}
function ze(c, e, t) {
  const s = t.people, n = new Float32Array(s), l = new Float32Array(s), a = e.network;
  if (c.places && t.places && (c.places.of === "region" ? t.places.length / 2 > t.region.reduce((h, f) => Math.max(h, f), 0) : t.places.length === 2 * s)) return je(c.places, t);
  if (e.rows && e.columns && e.rows * e.columns === s) {
    const h = Math.max(e.rows, e.columns), f = 1 / h, g = (1 - e.columns * f) / 2, u = (1 - e.rows * f) / 2;
    for (let m = 0; m < s; m++)
      n[m] = g + (m % e.columns + 0.5) * f, l[m] = u + (Math.floor(m / e.columns) + 0.5) * f;
    return { x: n, y: l, radius: f / 2, square: !0, caption: `${e.rows} by ${e.columns} ${c.population.grid ? "sites" : "people"}, edges joined${e.rewiring ? `, ${100 * e.rewiring}% of the ties dealt anew` : ""}` };
  }
  if (a === "watts_strogatz" || a === "ring") {
    const h = Math.max(1, Math.min(24, Math.round(Math.sqrt(s / 12)))), f = s < 60 ? 0.44 : 0.3, g = 0.485;
    for (let m = 0; m < s; m++) {
      const p = m / s * 2 * Math.PI - Math.PI / 2, w = h === 1 ? g : f + (g - f) * (m % h) / (h - 1);
      n[m] = 0.5 + w * Math.cos(p), l[m] = 0.5 + w * Math.sin(p);
    }
    const u = Math.PI * (g * g - f * f);
    return { x: n, y: l, radius: Math.min(0.02, 0.45 * Math.sqrt(u / s)), square: !1, caption: "neighbours stand side by side on the circle" };
  }
  let o = "everyone sees everyone";
  if (t.labels) {
    const h = /* @__PURE__ */ new Map();
    t.labels.forEach((m, p) => {
      const w = h.get(m);
      w ? w.push(p) : h.set(m, [p]);
    });
    let f = [...h.values()];
    f.length > 400 && (f = qe(f));
    const g = Re(f.map((m) => m.length));
    f.forEach((m, p) => H(t.indptr ? be(m, t) : m, g[p].x, g[p].y, g[p].r, n, l));
    const u = g.reduce((m, p) => m + p.r * p.r, 0) * Math.PI;
    return o = f.length > 1 ? `${f.length} communities; those tied to one another stand close` : "one web of ties; those with most ties in the middle", { x: n, y: l, radius: Math.min(0.02, 0.42 * Math.sqrt(u / s)), square: !1, caption: o };
  }
  const i = Array.from({ length: s }, (h, f) => f), r = t.sortKey;
  return r && !t.indptr ? (i.sort((h, f) => r[h] - r[f] || h - f), o = `everyone sees everyone; lowest ${c.traits[0].name.replace(/_/g, " ")} in the middle`) : t.indptr && (o = "a web of ties"), H(i, 0.5, 0.5, 0.485, n, l), { x: n, y: l, radius: Math.min(0.02, 0.42 * Math.sqrt(Math.PI * 0.485 * 0.485 / s)), square: !1, caption: o };
}
function je(c, e) {
  const t = e.people, s = new Float32Array(t), n = new Float32Array(t), l = e.places, a = /* @__PURE__ */ new Map();
  for (let r = 0; r < t; r++) {
    const h = c.of === "region" ? e.region[r] : r, f = `${l[2 * h].toFixed(4)},${l[2 * h + 1].toFixed(4)}`, g = a.get(f);
    g ? g.push(r) : a.set(f, [r]);
  }
  const o = [...a.values()].map((r) => {
    const h = c.of === "region" ? e.region[r[0]] : r[0];
    return { members: r, x: l[2 * h], y: l[2 * h + 1] };
  });
  let i = Math.sqrt(0.12 / t);
  o.length < 1500 && o.forEach((r, h) => o.slice(h + 1).forEach((f) => {
    i = Math.min(i, Math.max(Math.hypot(r.x - f.x, r.y - f.y) / (Math.sqrt(r.members.length) + Math.sqrt(f.members.length)), 4e-3 / Math.sqrt(Math.max(r.members.length, f.members.length))));
  }));
  for (const r of o) H(e.indptr ? be(r.members, e) : r.members, r.x, r.y, i * Math.sqrt(r.members.length) * (r.members.length > 1 ? 0.96 : 0), s, n);
  return { x: s, y: n, radius: Math.max(16e-4, Math.min(0.012, 0.45 * i)), square: !1, map: c, caption: `${o.length.toLocaleString("en")} places (${c.source}), north at the top; ${o.length < t ? "those of one place stand around it" : "each person where they are"}; outlines: Natural Earth` };
}
function qe(c) {
  return c.sort((e, t) => t.length - e.length), [...c.slice(0, 200), c.slice(200).flat()];
}
class We {
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
    const { x: s, y: n, radius: l, square: a } = this.layout, o = s.length, i = Math.max(0.5, l * t * (a ? 1 : 0.92)), r = Math.ceil(i), h = a ? Math.max(1, Math.floor(2 * i) - (i > 3 ? 1 : 0)) : 0;
    if (this.stamp = [], a) for (let g = 0; g < h; g++) for (let u = 0; u < h; u++) this.stamp.push((g - (h >> 1)) * t + u - (h >> 1));
    else for (let g = -r; g <= r; g++) for (let u = -r; u <= r; u++) g * g + u * u <= i * i + 0.7 * i && this.stamp.push(g * t + u);
    this.stamp.length || (this.stamp = [0]), this.at = new Int32Array(o);
    const f = a ? 0 : r + 1;
    for (let g = 0; g < o; g++) {
      const u = Math.max(f, Math.min(t - 1 - f, Math.round(s[g] * t))), m = Math.max(f, Math.min(t - 1 - f, Math.round(n[g] * t)));
      this.at[g] = m * t + u;
    }
    this.drawn = new Int16Array(o).fill(-1), this.context.putImageData(this.image, 0, 0);
  }
  /** Paper, or the outlines of a map. */
  background() {
    this.pixels.fill(this.paper);
    const e = this.layout?.map;
    if (!e) return;
    const t = document.createElement("canvas"), s = t.getContext("2d"), n = this.size / 1e3, l = getComputedStyle(this.canvas);
    t.width = t.height = this.size;
    const a = (o) => {
      for (let i = 0; i < o.length; i += 2) s[i ? "lineTo" : "moveTo"](o[i] * n, o[i + 1] * n);
    };
    s.fillStyle = l.getPropertyValue("--wash"), s.fillRect(0, 0, this.size, this.size), s.beginPath(), e.land.forEach((o) => {
      a(o), s.closePath();
    }), s.fillStyle = l.getPropertyValue("--paper"), s.fill(), s.strokeStyle = l.getPropertyValue("--faint"), s.lineWidth = Math.max(1, n), s.stroke(), s.beginPath(), e.borders.forEach(a), s.setLineDash([4 * n + 2, 3 * n + 1]), s.stroke(), this.pixels.set(new Uint32Array(s.getImageData(0, 0, this.size, this.size).data.buffer));
  }
  show(e, t) {
    if (!this.layout || e.length !== this.drawn.length) return;
    const { drawn: s, at: n, stamp: l, pixels: a } = this, o = a.length;
    for (let i = 0; i < e.length; i++) {
      if (s[i] === e[i]) continue;
      s[i] = e[i];
      const r = t[e[i]], h = n[i];
      for (let f = 0; f < l.length; f++) {
        const g = h + l[f];
        g >= 0 && g < o && (a[g] = r);
      }
    }
    this.context.putImageData(this.image, 0, 0), this.overlay();
  }
  /** Everything is drawn again with the next frame. */
  forget() {
    this.drawn && (this.drawn.fill(-1), this.background());
  }
  mark(e, t) {
    this.marked = e, this.ties = t.slice(0, 400);
  }
  overlay() {
    const e = this.layout, t = this.context, s = this.marked;
    if (!e || s < 0 || s >= e.x.length) return;
    const n = this.size, l = getComputedStyle(this.canvas).getPropertyValue("--ink").trim() || "#000";
    t.strokeStyle = l, t.globalAlpha = 0.45, t.lineWidth = Math.max(1, n / 700), t.beginPath();
    for (const a of this.ties)
      t.moveTo(e.x[s] * n, e.y[s] * n), t.lineTo(e.x[a] * n, e.y[a] * n);
    t.stroke(), t.globalAlpha = 1, t.lineWidth = Math.max(2, n / 300), t.beginPath(), t.arc(e.x[s] * n, e.y[s] * n, Math.max(e.radius * n * 1.8, n / 90), 0, 2 * Math.PI), t.stroke();
  }
  /** The person nearest to a place of the element. */
  person(e) {
    if (!this.layout) return -1;
    const { x: t, y: s } = this.layout, n = e.offsetX / this.canvas.clientWidth, l = e.offsetY / this.canvas.clientHeight;
    let a = -1, o = 0.05 * 0.05;
    for (let i = 0; i < t.length; i++) {
      const r = (t[i] - n) ** 2 + (s[i] - l) ** 2;
      r < o && (o = r, a = i);
    }
    return a;
  }
}
function Ce(c) {
  const e = /^#([0-9a-f]{6})$/i.exec(c.trim());
  if (e) {
    const s = parseInt(e[1], 16);
    return [s >> 16, s >> 8 & 255, s & 255];
  }
  const t = c.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0];
  return [t[0], t[1], t[2]];
}
const N = ([c, e, t]) => (255 << 24 | t << 16 | e << 8 | c) >>> 0, K = (c, e, t) => [0, 1, 2].map((s) => Math.round(Math.sqrt((1 - t) * c[s] ** 2 + t * e[s] ** 2))), _ = (c) => `rgb(${c.join(" ")})`;
function le(c, e, t, s, n, l, a) {
  const o = (p) => Ce(c.getPropertyValue(`--${p}`)), i = o("paper"), r = o("person"), h = o("account-1"), f = o("account-2"), g = o("muted"), u = new Uint32Array(256).fill(N(i)), m = (p) => Math.abs(p) >= 1e3 || p && Math.abs(p) < 0.01 ? p.toExponential(1) : String(Number(p.toPrecision(3)));
  if (s === "difference") {
    if (e === "float") {
      for (let w = 0; w < 256; w++) u[w] = N(w < 128 ? K(r, h, (128 - w) / 128) : K(r, f, (w - 128) / 127));
      return { paper: N(i), palette: u, legend: [{ label: `more ${a[0]}`, colour: _(h) }, { label: "alike", colour: _(r) }, { label: `more ${a[1]}`, colour: _(f) }] };
    }
    const p = e === "bool" ? [["in neither", r], [`only ${a[0]}`, h], [`only ${a[1]}`, f], ["in both", g]] : [["alike", r], ["different", f]];
    return p.forEach(([, w], v) => {
      u[v] = N(w);
    }), { paper: N(i), palette: u, legend: p.map(([w, v]) => ({ label: w, colour: _(v) })) };
  }
  if (e === "bool")
    return u[0] = N(r), u[1] = N(h), { paper: N(i), palette: u, legend: [{ label: t[0], colour: _(h) }, { label: `not ${t[0]}`, colour: _(r) }] };
  if (e === "float") {
    for (let p = 0; p < 256; p++) u[p] = N(K(r, h, p / 255));
    return { paper: N(i), palette: u, legend: [{ label: `${m(n)} to ${m(l)}`, colour: _(r), shape: "ramp", to: _(h) }] };
  }
  if (e === "boards") {
    const p = [o("site"), f, h, o("account-3"), o("account-4"), o("undetermined")];
    return u[0] = N(o("wash")), t.forEach((w, v) => {
      u[v + 1] = N(p[v % p.length]);
    }), { paper: N(i), palette: u, legend: t.map((w, v) => ({ label: w, colour: _(p[v % p.length]) })) };
  }
  for (let p = 1; p < 13; p++) {
    const w = (p - 1) * 30 * Math.PI / 180;
    u[p] = N([0, 1, 2].map((v) => Math.round(150 + 68 * Math.cos(w - v * 2 * Math.PI / 3))));
  }
  return { paper: N(i), palette: u, legend: [{ label: "one colour: the same in everything (twelve colours: chance likenesses happen)", colour: _(o("muted")) }] };
}
function De(c, e, t, s) {
  if (c === "bool") for (let n = 0; n < e.length; n++) s[n] = e[n] ? t[n] ? 3 : 1 : t[n] ? 2 : 0;
  else if (c === "float") for (let n = 0; n < e.length; n++) s[n] = 128 + (t[n] - e[n] >> 1);
  else for (let n = 0; n < e.length; n++) s[n] = e[n] === t[n] ? 0 : 1;
  return s;
}
const Ve = /(#.*$)|("""[\s\S]*?"""|'[^'\n]*'|"[^"\n]*")|\b(def|if|else|elif|for|in|while|return|and|or|not|is|None|True|False|continue|break)\b|\b(me|seen|here|society|people|p|luck|tally|rate|ties|grid)(?=\.)/gm;
function Ke(c, e) {
  const t = c.split(`
`).map((s, n) => {
    const l = d("span", { "data-line": String(e + n) });
    let a = 0;
    for (const o of s.matchAll(Ve))
      l.append(s.slice(a, o.index)), l.append(d("span", { className: o[1] ? "comment" : o[2] ? "text" : o[3] ? "word" : "root" }, o[0])), a = o.index + o[0].length;
    return l.append(s.slice(a) + `
`), l;
  });
  return d("pre", { tabIndex: 0 }, d("code", {}, t));
}
const Je = 24, Ye = 60, R = 14, he = 6;
class Ge {
  constructor(e, t, s) {
    this.root = e, this.packed = t, this.options = s, this.meta = t.meta;
    const { shown: n, ignored: l } = s.address ? te(this.meta, location.hash) : { shown: G(this.meta), ignored: [] };
    this.s = n, e.classList.add("gs"), this.main = this.start(this.packed), this.behind = this.start(this.packed), this.build(), l.length && this.say(`The address asks for ${l.join(", ")}, which this theory does not have or does not allow; the rest of it is shown.`), this.run(!0), !matchMedia("(prefers-reduced-motion: reduce)").matches && !this.s.step && this.play(!0), requestAnimationFrame((o) => this.tick(o)), matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour()), new ResizeObserver(() => {
      this.stages.forEach((o) => o.resize()), this.paint(!0);
    }).observe(this.root), s.address && addEventListener("hashchange", () => {
      location.hash.replace(/^#/, "") !== ee(this.meta, this.s) && (this.s = te(this.meta, location.hash).shown, this.build(), this.run(!0));
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
  charts = [];
  palette = null;
  playing = !1;
  clock = 0;
  life = null;
  lifeChart = null;
  waiting = 0;
  el = {};
  allPlots = !1;
  beside = null;
  lost = 0;
  record = null;
  recordOf = 0;
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
  /** Run anew from the start; the picture stays where it is until the new run has come that far. */
  run(e = !1) {
    this.error(null);
    const t = ++this.id, s = this.meta, n = s.observables.length, l = (this.s.steps + 1) * n;
    this.values = { world: new Float64Array(l), twin: this.s.twin ? new Float64Array(l) : null }, this.upto = -1, this.members = { world: [], twin: [] }, this.bands = { world: [], twin: [], effect: [] }, this.asked = -1, this.lost = 0, this.beside?.forget(), e && (this.life = null), this.main.postMessage({ type: "run", id: t, settings: this.settings() }), this.behind.postMessage({ type: "stop" }), this.ask(), this.save(), this.options.onChange?.(this.s);
  }
  /** Soon: while a slider is dragged, the last place counts. */
  soon() {
    clearTimeout(this.waiting), this.waiting = window.setTimeout(() => this.run(), 30);
  }
  hear(e) {
    if (e.type !== "ready" && !("id" in e && e.id !== this.id))
      if (e.type === "people")
        this.people = e.people, this.layout = ze(this.meta, this.s.table, e.people), this.stages.forEach((t) => t.setLayout(this.layout)), this.el.caption && (this.el.caption.textContent = this.pictureCaption()), this.paint(!0);
      else if (e.type === "progress") {
        const t = this.meta.observables.length;
        this.values.world.set(e.world, e.from * t), e.twin && this.values.twin?.set(e.twin, e.from * t), this.upto = e.to, this.ask(), this.plots();
      } else e.type === "frame" ? (this.frames = e.shown, this.paint(), this.ask()) : e.type === "life" ? (this.life = e.life, this.showLife(), this.paint(!0)) : e.type === "member" ? (this.members.world.push(e.world), e.twin && this.members.twin.push(e.twin), e.reported && this.beside?.add(e.reported), (e.count < 6 || e.count % 4 === 0) && this.summarise()) : e.type === "done" ? (this.members.world.length ? this.summarise() : this.hasEnsemble() && this.upto >= this.s.steps && !this.lost && this.behind.postMessage({ type: "ensemble", id: this.id, settings: this.settings(), worlds: this.worlds() }), this.root.dataset.done = String(this.id)) : e.type === "lost" ? this.lost++ || this.say(`Of the worlds of the band some could not be simulated, the first because ${e.message}. The band is of the others.`) : e.type === "failed" && this.fail(e.message);
  }
  /** A flow has no luck: only a record's reporting, or a posterior, makes its worlds differ. */
  hasEnsemble() {
    return !["none", "recorded"].includes(this.meta.engine.kind) && (this.meta.engine.kind !== "flow" || !!this.meta.beside);
  }
  worlds() {
    return this.meta.beside ? Ye : Je;
  }
  summarise() {
    const e = this.meta.observables.length, t = this.s.steps, { world: s, twin: n } = this.members;
    this.meta.observables.forEach((l, a) => {
      this.bands.world[a] = q(s, a, e, t), this.bands.twin[a] = n.length ? q(n, a, e, t) : null, this.bands.effect[a] = n.length ? q(n, a, e, t, s) : null;
    }), this.plots(), this.effects(), this.beside?.draw();
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
    s.hidden = e === null, this.root.querySelectorAll("pre .fault").forEach((l) => l.classList.remove("fault"));
    const n = t === null ? null : this.root.querySelector(`pre [data-line="${t}"]`);
    n?.classList.add("fault"), s.replaceChildren(...e === null ? [] : [
      `This setting could not be simulated: ${e.replace(/\.$/, "")}. What is drawn ends there. Change a value, or reset, and the page goes on. `,
      ...n ? [d("button", { type: "button", className: "quiet", onclick: () => n.scrollIntoView({ block: "center" }) }, `show line ${t}`)] : []
    ]);
  }
  // -- moving ----------------------------------------------------------------------------------------------------
  tick(e) {
    if (this.playing) {
      const t = this.s.speed * Math.max(4, Math.min(60, this.s.steps / 12));
      this.clock += Math.min(0.1, (e - this.counted.since) / 1e3) * t;
      const s = Math.floor(this.clock);
      if (s && this.upto >= 0) {
        this.clock -= s;
        const n = Math.min(this.s.step + s, this.s.steps);
        n <= this.upto && this.go(n, !1), this.s.step >= this.s.steps && this.play(!1);
      }
    }
    this.counted.since = e, requestAnimationFrame((t) => this.tick(t));
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
    const e = this.meta.observables.length, t = Math.min(this.s.step, Math.max(this.upto, 0)), s = this.meta.observables.slice(0, 4).map((n, l) => `${A(n.name)} ${I(this.values.world[t * e + l])}${this.values.twin ? `, twin ${I(this.values.twin[t * e + l])}` : ""}`);
    this.el.live.textContent = `Step ${t}: ${s.join("; ")}.`;
  }
  say(e) {
    this.el.live.textContent = e, this.el.said.textContent = e, this.el.said.hidden = !e;
  }
  save() {
    if (!this.options.address) return;
    const e = ee(this.meta, this.s), t = location.hash.replace(/^#/, "");
    e !== t && history.replaceState(null, "", e ? `#${e}` : location.pathname + location.search);
  }
  // -- drawing ---------------------------------------------------------------------------------------------------
  recolour() {
    const e = getComputedStyle(this.root), t = this.meta.views[this.s.view], s = t ? t.of.map(A) : [], n = this.frames?.low ?? 0, l = this.frames?.high ?? 1, a = ["in the world", "in the twin"];
    this.palette = {
      world: le(e, t?.kind ?? "bool", t?.kind === "boards" ? s : [t?.label ?? ""], "world", n, l, a),
      difference: le(e, t?.kind ?? "bool", s, "difference", n, l, a)
    }, this.stages.forEach((i) => {
      i.setPaper(this.palette.world.paper), i.forget();
    });
    const o = this.s.mode === "difference" && this.s.twin ? this.palette.difference.legend : this.palette.world.legend;
    this.el.legend?.replaceChildren(...o.map((i) => {
      const r = d("i", {});
      return r.style.background = i.shape ? `linear-gradient(90deg, ${i.colour}, ${i.to})` : i.colour, i.shape && (r.className = "ramp"), d("li", {}, r, i.label);
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
    e && this.stages.forEach((l) => l.forget()), this.stages.forEach((l) => l.mark(this.s.person, this.life?.person === this.s.person ? this.life.ties : []));
    const { mode: n } = this.s;
    !t.twin || n === "world" ? this.stages[0].show(t.world, this.palette.world.palette) : n === "twin" ? this.stages[0].show(t.twin, this.palette.world.palette) : n === "difference" ? (this.scratch.length !== t.world.length && (this.scratch = new Uint8Array(t.world.length)), this.stages[0].show(De(s.kind, t.world, t.twin, this.scratch), this.palette.difference.palette)) : (this.stages[0].show(t.world, this.palette.world.palette), this.stages[1]?.show(t.twin, this.palette.world.palette)), this.counted.frames++, this.root.dataset.frames = String(this.counted.frames), this.root.dataset.step = String(t.step), this.stages.forEach((l, a) => l.canvas.setAttribute("aria-label", this.spoken(t, a)));
  }
  spoken(e, t) {
    const s = this.meta.views[this.s.view], n = t === 1 || this.s.mode === "twin" ? e.twin : e.world;
    if (s?.kind !== "bool" || !n) return `The people at step ${e.step}, coloured by ${s?.label ?? "nothing"}`;
    let l = 0;
    for (const a of n) l += a;
    return `${n.length.toLocaleString("en")} people at step ${e.step}: ${l.toLocaleString("en")} ${s.label}`;
  }
  drawn = !1;
  plots() {
    this.drawn || (this.drawn = !0, requestAnimationFrame(() => {
      this.drawn = !1, this.drawPlots();
    }));
  }
  drawPlots() {
    const e = getComputedStyle(this.root), t = e.getPropertyValue("--account-1"), s = e.getPropertyValue("--account-2"), n = e.getPropertyValue("--contradicted"), l = this.meta.observables.length, { world: a, twin: o } = this.values, i = this.s.steps, r = this.s.twin && this.s.twin.kind !== "from" ? [{ at: C(this.s.twin), until: "end" in this.s.twin ? this.s.twin.end : null, colour: s }] : [];
    for (const { chart: h, effect: f, k: g, now: u } of this.charts) {
      const m = (k) => Float64Array.from({ length: i + 1 }, (x, b) => k[b * l + g]), p = m(a), w = o ? m(o) : null;
      h.steps = i, h.at = this.s.step, h.marks = r, h.series = [{ name: "world", colour: t, values: p, upto: this.upto, band: this.bands.world[g] ?? null }], w && h.series.push({ name: "twin", colour: s, values: w, upto: this.upto, band: this.bands.twin[g] ?? null, dash: [6, 3] }), this.record && this.recordOf === g && h.series.push({ name: "record", colour: e.getPropertyValue("--ink"), values: this.record, upto: i, band: null, points: !0 }), h.draw(), f && (f.steps = i, f.at = this.s.step, f.marks = r, f.zero = !0, f.series = w ? [{ name: "effect", colour: this.meta.observables[g].harm ? n : s, values: w.map((k, x) => k - p[x]), upto: this.upto, band: this.bands.effect[g] ?? null }] : [], f.draw());
      const v = Math.min(h.hover >= 0 ? h.hover : this.s.step, Math.max(this.upto, 0)), y = (k, x) => {
        const b = d("span", {}, I(k[v]));
        return b.style.setProperty("--role", `var(--${x})`), b;
      };
      u.replaceChildren(y(p, "account-1"), ...w ? [y(w, "account-2")] : []), h.canvas.setAttribute("aria-label", `${A(this.meta.observables[g].name)} over ${i} steps; at step ${v} it is ${I(p[v])}${w ? `, in the twin ${I(w[v])}` : ""}`);
    }
    this.lifeChart && this.life && this.drawLife();
  }
  // -- building --------------------------------------------------------------------------------------------------
  build() {
    const e = this.meta.theory;
    this.el.live = d("p", { className: "hidden", role: "status", "aria-live": "polite" }), this.el.said = d("p", { className: "note", hidden: !0 }), this.el.error = d("p", { className: "error", role: "alert", hidden: !0 });
    const t = this.meta.engine, s = this.meta.traits.some((a) => ["Normal", "LogNormal", "Beta"].includes(a.kind)), n = t.kind === "none" ? `Python simulates this theory beside the page, because ${t.why.replace(/\.+$/, "")}.` : t.kind === "recorded" ? `These histories were recorded, because ${t.why.replace(/\.+$/, "")}.` : t.exact ? "Your browser runs the theory's own compiled rule: the numbers are those of Groundswell's other engines, byte for byte." + (s ? " People drawn anew in the page have traits that agree with Python's to about fifteen digits." : "") : `Your browser runs the theory's own compiled rule, with its own ${t.approximate.join(", ")}: last digits may differ from Groundswell's other engines, and histories may part from them.`, l = d(
      "div",
      { className: "inside" },
      d("a", { className: "skip", href: "#play", onclick: (a) => {
        a.preventDefault(), this.el.play.focus();
      } }, "To the controls"),
      d(
        "header",
        {},
        d("p", { className: "over" }, `Groundswell ${this.meta.version}: a theory, moving`),
        d("h1", {}, e.title),
        O(e.summary) === O(e.title) ? null : d("p", { className: "lead" }, O(e.summary)),
        d("p", { className: "note" }, `${O(e.source)} `, d("span", {}, n)),
        this.meta.note ? d("p", { className: "note" }, d("b", {}, this.meta.note)) : null,
        this.el.said,
        this.el.error,
        this.el.live
      ),
      d(
        "main",
        {},
        d("div", { className: "room" }, this.picture(), this.plotsPanel(), this.levers()),
        d("div", { className: "below" }, this.ruleText(), this.about())
      )
    );
    this.root.replaceChildren(l), this.stages = [...l.querySelectorAll("canvas.stage")].map((a) => this.stage(a)), this.layout && this.stages.forEach((a) => a.setLayout(this.layout)), this.recolour(), this.effects(), this.beside?.at(this.s.step), this.showLife(), this.root.dataset.keys || (this.root.dataset.keys = "yes", this.root.addEventListener("keydown", (a) => this.key(a)), document.addEventListener("keydown", (a) => {
      a.target === document.body && this.key(a);
    }));
  }
  stage(e) {
    const t = new We(e);
    return e.addEventListener("click", (s) => {
      const n = t.person(s);
      n >= 0 && this.watch(n);
    }), t;
  }
  pictureCaption() {
    if (!this.layout || !this.people) return "";
    const e = this.meta.population.grid ? "sites" : "people";
    return `${this.people.people.toLocaleString("en")} ${e}: ${this.layout.caption}. Click one to follow them.${this.s.twin ? " World and twin have the same people and the same luck." : ""}`;
  }
  picture() {
    const e = this.meta, t = this.s, s = !!t.twin && t.mode === "both", n = (r, h) => {
      const f = d("h2", {}, r);
      return f.style.setProperty("--role", `var(--${h})`), d("figure", {}, t.twin ? f : null, d("canvas", { className: "stage", role: "img", tabIndex: 0 }));
    }, l = e.engine.kind === "flow";
    this.el.legend = d("ul", { className: "legend" }), this.el.caption = d("p", { className: "note" }, this.pictureCaption());
    const a = e.views.length > 1 ? this.select("Colour by", e.views.map((r) => r.label + (r.meaning && r.meaning !== r.label ? `: ${r.meaning}` : "")), t.view, (r) => {
      t.view = r, this.frames = null, this.build(), this.run();
    }) : null, o = [["both", "Side by side"], ["difference", "Difference"], ["world", "World"], ["twin", "Twin"]], i = t.mode === "difference" ? "Where world and twin differ" : t.mode === "twin" ? "Twin" : "World";
    return this.el.play = d("button", { id: "play", className: "main", type: "button", onclick: () => this.play(!this.playing) }, "Play"), this.el.time = d("input", { type: "range", className: "time", min: 0, max: String(t.steps), value: String(t.step), "aria-label": "Step", oninput: (r) => {
      this.play(!1), this.go(Number(r.target.value));
    } }), this.el.time.value = String(t.step), this.el.at = d("output", {}, this.when()), d(
      "section",
      { className: "picture", "aria-label": "Picture" },
      l ? this.flowNote() : d(
        "div",
        { className: `pictures${s ? " two" : ""}` },
        s ? [n("World", "account-1"), n("Twin", "account-2")] : n(i, t.mode === "twin" ? "account-2" : "account-1")
      ),
      l ? null : this.el.legend,
      l ? null : this.el.caption,
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
        this.select("Speed", ["¼×", "½×", "1×", "2×", "4×"], [0.25, 0.5, 1, 2, 4].indexOf(t.speed), (r) => {
          t.speed = [0.25, 0.5, 1, 2, 4][r];
        })
      ),
      d(
        "div",
        { className: "transport" },
        a,
        t.twin && !l ? d("span", { className: "group", role: "group", "aria-label": "What is drawn" }, o.map(([r, h]) => d("button", { type: "button", "aria-pressed": String(t.mode === r), onclick: () => {
          t.mode = r, this.build(), this.paint(!0), this.save();
        } }, h))) : null
      )
    );
  }
  flowNote() {
    return d("p", { className: "note" }, "This theory is about society as a whole and has no people: its variables are drawn over time, beside.");
  }
  select(e, t, s, n) {
    const l = B("select"), a = d("select", { id: l, onchange: (o) => n(o.target.selectedIndex) }, t.map((o) => d("option", {}, o)));
    return a.selectedIndex = Math.max(0, s), d("span", { className: "choice" }, d("label", { htmlFor: l, className: "note" }, e), a);
  }
  plotsPanel() {
    this.charts = [];
    const e = this.meta.observables.map((i, r) => ({ o: i, k: r })), t = [...e.filter(({ o: i }, r) => r === 0 || i.harm), ...e.filter(({ o: i }, r) => r > 0 && !i.harm)], s = this.allPlots || t.length <= he ? t : t.slice(0, he - 1), n = ({ o: i, k: r }) => {
      const h = () => this.plots(), f = (p) => {
        this.play(!1), this.go(p);
      }, g = d("span", { className: "now" }), u = d("canvas", { role: "img" }), m = this.s.twin ? d("canvas", { role: "img", "aria-label": `${A(i.name)}: twin less world` }) : null;
      return this.charts.push({ chart: new j(u, f, h), effect: m ? new j(m, f, h) : null, k: r, now: g }), m && (m.style.height = "4.75rem"), d(
        "figure",
        { className: "plot" },
        d("div", { className: "head" }, d("span", {}, d("b", {}, A(i.name)), i.harm ? d("span", { className: "harm-tag" }, "harm") : null, i.unit ? d("span", { className: "unit" }, ` ${i.unit}`) : null), g),
        u,
        m ? d("p", { className: "unit" }, "effect: twin less world") : null,
        m,
        d("figcaption", { className: i.meaning && i.meaning !== A(i.name) ? "" : "hidden" }, i.meaning ? O(i.meaning) : A(i.name))
      );
    };
    this.el.effects = d("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "Effect and harm" });
    const l = this.meta.beside;
    this.beside = l ? new Ie(l, this.meta, () => getComputedStyle(this.root), (i) => {
      this.play(!1), this.go(i);
    }) : null, this.el.life = d("div", { className: "life" });
    const a = this.meta.engine.kind === "flow" ? null : d("section", { className: "one" }, d("h2", {}, this.meta.population.grid ? "One site" : "One person"), this.el.life), o = this.s.person >= 0;
    return d(
      "section",
      { className: "plots", "aria-label": "Observables" },
      o ? a : null,
      this.el.effects,
      this.beside?.element ?? null,
      s.map(n),
      s.length < t.length ? d("button", { type: "button", onclick: () => {
        this.allPlots = !0, this.build();
      } }, `Show ${t.length - s.length} more`) : null,
      this.hasEnsemble() ? d("p", { className: "note" }, `Line: the world drawn. Band: 10% to 90% of ${this.worlds()} worlds with ${l?.posterior.length ? "parameters from the posterior, and " : ""}luck${this.meta.population.made ? " and people" : ""} of their own; dashes: their median. Click or drag in a plot to go to a step.`) : null,
      d(
        "div",
        { className: "transport" },
        d("button", { type: "button", onclick: () => this.download() }, "Download CSV"),
        l ? null : this.recordInput()
      ),
      o ? null : a
    );
  }
  recordInput() {
    const e = B("file");
    return d("span", {}, d("label", { htmlFor: e, className: "note" }, "A record beside it (CSV: step, value) "), d("input", { id: e, type: "file", accept: ".csv,.txt,.tsv", onchange: async (t) => {
      const s = t.target.files[0];
      if (!s) return;
      const n = (await s.text()).split(/\r?\n/).map((h) => h.split(/[,;\t]/)), l = new Float64Array(this.s.steps + 1).fill(NaN);
      let a = 0, o = 0;
      for (const [h, f] of n) {
        if (h === void 0 || h.trim() === "") continue;
        const g = Number(h), u = Number(f);
        f !== void 0 && f.trim() !== "" && Number.isInteger(g) && g >= 0 && g <= this.s.steps && Number.isFinite(u) ? (l[g] = u, a++) : o++;
      }
      if (!a) return this.say(`${s.name} has no row of a step from 0 to ${this.s.steps} and a number; expected two columns: step, value.`);
      this.record = l;
      const i = s.name.replace(/\.\w+$/, ""), r = this.meta.observables.findIndex((h) => h.name === i);
      this.recordOf = r >= 0 ? r : 0, this.say(`${a} steps of ${s.name} are drawn as points over ${A(this.meta.observables[this.recordOf].name)}${o ? `; ${o} rows were left out (a heading, or no such step)` : ""}. The file stays on this machine.`), this.plots();
    } }));
  }
  download() {
    const e = this.meta.observables.map((o) => o.name), t = e.length, { world: s, twin: n } = this.values, l = [["world", "step", ...e].join(",")];
    for (const [o, i] of [["world", s], ["twin", n]]) if (i) for (let r = 0; r <= Math.max(this.upto, 0); r++) l.push([o, r, ...i.subarray(r * t, (r + 1) * t)].join(","));
    const a = d("a", { href: URL.createObjectURL(new Blob([l.join(`
`) + `
`], { type: "text/csv" })), download: `${this.meta.theory.name}.csv` });
    a.click(), URL.revokeObjectURL(a.href);
  }
  // -- levers ----------------------------------------------------------------------------------------------------
  levers() {
    const e = this.meta, t = this.s, s = e.params, n = s.filter((i) => t.params[i.name] !== i.value);
    this.el.reset = d("button", { type: "button", className: "quiet", disabled: !n.length, onclick: () => {
      for (const i of s) t.params[i.name] = i.value;
      this.build(), this.run();
    } }, "reset to the source's values");
    const l = s.map((i) => this.lever(i)), a = l.slice(0, R), o = l.slice(R);
    return d(
      "section",
      { className: "levers", "aria-label": "What can be moved" },
      d("section", { className: "twin" }, this.twinPanel()),
      d(
        "section",
        {},
        d("h2", {}, "Parameters ", this.el.reset),
        d("div", { className: "levers-grid" }, a),
        o.length ? d("details", { open: o.some((i, r) => t.params[s[r + R].name] !== s[r + R].value) }, d("summary", { className: "note" }, `${o.length} more parameters`), d("div", { className: "levers-grid" }, o)) : null
      ),
      d("section", {}, d("h2", {}, "People and luck"), this.peoplePanel())
    );
  }
  /** A slider with its number; the range of the support, and what is known of the parameter. */
  lever(e) {
    const t = this.s, s = B("p"), n = e.to - e.from, l = e.whole ? 1 : n > 0 ? 10 ** Math.floor(Math.log10(n / 200)) : 0.01, a = d("label", { htmlFor: s, title: e.source ? `Source: ${e.source}` : "" }, A(e.name)), o = e.fixed !== "" && !this.options.base, i = d("input", { id: s, type: "range", min: String(e.from), max: String(e.to), step: String(l), disabled: o, "aria-describedby": `${s}m` }), r = d("input", { type: "number", className: "value", step: "any", value: String(t.params[e.name]), disabled: o, "aria-label": `${A(e.name)}, value` });
    i.value = String(t.params[e.name]);
    const h = () => {
      a.className = t.params[e.name] !== e.value ? "moved" : "", this.el.reset && (this.el.reset.disabled = this.meta.params.every((g) => t.params[g.name] === g.value));
    }, f = (g, u) => {
      if (!Number.isFinite(g) || !S(e, g)) {
        r.setAttribute("aria-invalid", "true"), this.say(`${A(e.name)} = ${r.value}; expected a number in ${e.support}.`);
        return;
      }
      r.removeAttribute("aria-invalid"), t.params[e.name] = g, u !== i && (i.value = String(g)), u !== r && (r.value = String(Number(g.toPrecision(6)))), h(), e.fixed ? this.renew() : this.soon();
    };
    return i.addEventListener("input", () => {
      let g = Number(i.value);
      S(e, g) || (g += g <= e.from ? l / 10 : -l / 10), f(g, i);
    }), r.addEventListener("change", () => f(Number(r.value), r)), i.addEventListener("dblclick", () => f(e.value, a)), h(), d(
      "div",
      { className: `lever${o ? " fixed" : ""}` },
      d("div", { className: "top" }, a, r),
      i,
      d(
        "details",
        {},
        d("summary", { id: `${s}m` }, O(e.meaning || "no meaning is stated"), o ? " Fixed in this page." : ""),
        d("p", {}, e.unit ? `In ${e.unit}. ` : "", `${e.support === "any" ? "Any number" : `Support ${e.support}`}; ${I(e.value)} ${e.value === e.default ? "by default" : "in the source's setting"}. Source: ${e.source}.`, o ? ` Fixed in this page, because ${e.fixed}.` : "")
      )
    );
  }
  peoplePanel() {
    const e = this.s, t = e.table, s = [], n = this.meta.population.made && ue.has(t.network) || !!this.options.base, l = !this.meta.traits.every((o) => !["measured", "Listed", "Ranked"].includes(o.kind)) || this.meta.engine.fields.some((o) => o.from === "data"), a = this.options.base ? !0 : n && !l;
    if (this.meta.engine.kind !== "flow") {
      s.push(d("p", { className: "note" }, `Network: ${A(t.network)}. `, a ? "" : "The people of this page come with it; the luck can be drawn anew."));
      for (const o of ["people", "rows", "columns", "mean_degree", "neighbours", "rewiring", "ties_per_newcomer", "mix", "communities", "village_size", "far", "radius"])
        o in t && s.push(this.field(A(o), t[o], !a, (i) => {
          const r = o === "rewiring" || o === "mix" || o === "far";
          if (r ? i < 0 || i > 1 : o === "mean_degree" ? i < 0 : !Number.isInteger(i) || i < 1 || o === "neighbours" && i % 2 === 1) return r ? "a share from 0 to 1" : o === "neighbours" ? "an even number" : o === "mean_degree" ? "a number from 0" : "a whole number from 1";
          const f = o === "people" ? i : t.rows ? o === "rows" ? i * t.columns : o === "columns" ? i * t.rows : t.rows * t.columns : t.people;
          return f > 1e6 ? "at most 1,000,000 people in a page; groundswell simulate takes more" : o === "mean_degree" && i > f - 1 ? `at most ${f - 1}` : (t[o] = i, this.options.base ? this.renew() : this.run(!0), "");
        }));
    }
    return s.push(this.field("seed", Number(e.seed), !1, (o) => !Number.isInteger(o) || o < 0 || o > Number.MAX_SAFE_INTEGER ? "a whole number from 0" : (e.seed = String(o), this.options.base && !this.meta.population.made ? this.renew() : this.run(!0), "")), this.field("steps", e.steps, !1, (o) => !Number.isInteger(o) || o < 1 || o > 2e4 ? "a whole number from 1 to 20,000" : (e.steps = o, e.step = Math.min(e.step, o), this.build(), this.run(), ""))), s.push(d("p", { className: "note" }, "The same as ", d("code", {}, `groundswell simulate ${this.meta.theory.name} --seed ${e.seed}`), ", world 0; the band is made of its other worlds.")), s;
  }
  field(e, t, s, n) {
    const l = B("f"), a = d("input", { id: l, type: "number", className: "value", step: "any", value: String(t), disabled: s });
    return a.addEventListener("change", () => {
      const o = a.value.trim() === "" ? "a number" : n(Number(a.value));
      o ? (a.setAttribute("aria-invalid", "true"), this.say(`${e} = ${a.value || "nothing"}; expected ${o}.`)) : (a.removeAttribute("aria-invalid"), this.say(""));
    }), d("div", { className: "lever" }, d("div", { className: "top" }, d("label", { htmlFor: l }, e), a));
  }
  /** What only Python can make: the server sends it anew. */
  async renew() {
    const e = this.s, t = Object.fromEntries(this.meta.params.filter((i) => e.params[i.name] !== i.value).map((i) => [i.name, e.params[i.name]])), { seed: s, ...n } = e.table, l = await fetch(`${this.options.base}bundle`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ table: n, params: t, seed: e.seed, steps: e.steps }) }).catch(() => null);
    if (!l) return this.fail("the server of this page has ended; start groundswell explore again");
    if (!l.ok) return this.fail(await l.text());
    const a = await l.json();
    this.packed = a;
    const o = this.meta;
    this.meta = { ...a.meta, params: a.meta.params.map((i) => ({ ...i, value: o.params.find((r) => r.name === i.name).value })) }, this.meta.population.table = { ...a.meta.population.table }, e.table = { ...a.meta.population.table };
    for (const i of [this.main, this.behind]) i.postMessage({ type: "load", packed: a, base: this.options.base });
    this.run(!0);
  }
  // -- twins -----------------------------------------------------------------------------------------------------
  kinds() {
    const e = this.meta;
    return [
      { kind: "pulse", label: e.shocks.some((t) => t.harm) ? "an act (a shock)" : "a shock", names: e.shocks.map((t) => t.name) },
      { kind: "from", label: "a parameter moved from the start", names: e.engine.kind === "none" ? [] : e.params.filter((t) => !t.fixed).map((t) => t.name) },
      { kind: "set", label: "a parameter held for a while (0 closes a channel)", names: e.params.filter((t) => !t.early && !t.fixed).map((t) => t.name) },
      { kind: "cap", label: "a variable of society capped", names: e.societies.map((t) => t.name) },
      { kind: "seed", label: "people set in motion", names: e.states.filter((t) => t.kind === "bool").map((t) => t.name) }
    ].filter((t) => t.names.length).map((t) => ({ ...t, names: [...t.names] }));
  }
  makeTwin(e, t) {
    const s = Math.max(1, Math.round(this.s.steps / 3)), n = this.meta.params.find((a) => a.name === t);
    if (e === "from") {
      const a = n.value ? Number((1.25 * n.value).toPrecision(3)) : n.from + 0.25 * (n.to - n.from);
      return { kind: e, name: t, value: S(n, a) ? a : n.from };
    }
    if (e === "pulse") return { kind: e, name: t, amount: 1, at: s };
    if (e === "seed") return { kind: e, name: t, share: 0.05, at: s };
    if (e === "cap") return { kind: e, name: t, most: 0, start: s, end: null };
    const l = n && S(n, 0) && n.value !== 0 ? 0 : n.to;
    return { kind: "set", name: t, value: l, start: s, end: null };
  }
  twinPanel() {
    const e = this.s, t = this.kinds();
    if (!t.length || this.meta.engine.kind === "recorded") return [d("h2", {}, "Twins"), d("p", { className: "note" }, "No rule of this theory can be interfered with in this page.")];
    const s = (m = !0) => {
      m && this.build(), this.run();
    }, n = d("button", { type: "button", "aria-pressed": String(!!e.twin), onclick: () => {
      if (e.twin)
        e.twin = null, e.mode = "world";
      else {
        const m = t[0];
        e.twin = this.makeTwin(m.kind, m.names[0]), e.mode = "both";
      }
      s();
    } }, e.twin ? "Twin on" : "Add a twin"), l = [d("h2", {}, "Twins"), d("p", { className: "note" }, "A second world with the same people and the same luck that differs in one thing."), d("div", { className: "row transport" }, n)], a = e.twin;
    if (!a) return l;
    const o = t.find((m) => m.kind === a.kind);
    l.push(d("div", { className: "row" }, this.select("What", t.map((m) => m.label), t.indexOf(o), (m) => {
      e.twin = this.makeTwin(t[m].kind, t[m].names[0]), s();
    }))), l.push(d("div", { className: "row" }, this.select("Which", o.names.map(A), o.names.indexOf(a.name), (m) => {
      e.twin = this.makeTwin(a.kind, o.names[m]), s();
    })));
    const i = this.meta.params.find((m) => m.name === a.name), r = a.kind === "pulse" ? { label: "amount", value: a.amount, from: 0, to: 5, set: (m) => {
      a.amount = m;
    } } : a.kind === "seed" ? { label: "share of people", value: a.share, from: 0, to: 1, set: (m) => {
      a.share = m;
    } } : a.kind === "cap" ? { label: "at most", value: a.most, from: 0, to: 1, set: (m) => {
      a.most = m;
    } } : { label: a.kind === "from" ? "in the twin" : "held at", value: a.value, from: i.from, to: i.to, set: (m) => {
      a.value = m;
    } }, h = e.steps;
    l.push(this.dial(r.label, r.value, r.from, r.to, (r.to - r.from) / 100, (m) => {
      (a.kind === "set" || a.kind === "from") && !S(i, m) || (r.set(m), this.soon());
    }));
    const f = C(a);
    a.kind !== "from" && l.push(this.dial("at" in a ? "at step" : "from step", f, 1, h, 1, (m) => {
      "at" in a ? a.at = m : (a.start = m, a.end !== null && a.end < m && (a.end = m)), this.soon(), this.plots();
    })), a.kind !== "from" && !("at" in a) && l.push(this.dial("until step (the last: for good)", a.end ?? h + 1, 1, h + 1, 1, (m) => {
      a.end = m > h ? null : Math.max(m, a.start), this.soon(), this.plots();
    }));
    const g = this.meta.shocks.find((m) => m.name === a.name), u = g?.meaning ?? i?.meaning ?? this.meta.societies.find((m) => m.name === a.name)?.meaning ?? this.meta.states.find((m) => m.name === a.name)?.meaning;
    return u && l.push(d("p", { className: "note" }, O(u), g?.harm ? " This is violence: it enters as a shock from outside, is never optimised, and its harm is shown beside its effect." : "")), l;
  }
  dial(e, t, s, n, l, a) {
    const o = B("d"), i = d("output", { htmlFor: o }, I(t)), r = d("input", { id: o, type: "range", min: String(s), max: String(n), step: String(l), oninput: (h) => {
      const f = Number(h.target.value);
      i.textContent = I(f), a(f);
    } });
    return r.value = String(t), d("div", { className: "lever" }, d("div", { className: "top" }, d("label", { htmlFor: o }, e), i), r);
  }
  /** Effect and harm, side by side: from the change to the end, over the ensemble's pairs. */
  effects() {
    const e = this.el.effects, t = this.s.twin;
    if (!e) return;
    if (e.hidden = !t, !t) return e.replaceChildren();
    const s = this.meta.observables.length, n = C(t), { world: l, twin: a } = this.members, o = this.s.steps, i = (g, u) => {
      let m = 0;
      for (let p = n; p <= o; p++) m += g[p * s + u];
      return m / Math.max(1, o - n + 1);
    }, r = (g) => {
      const u = this.meta.observables[g], m = l.map((v, y) => i(a[y], g) - i(v, g)).sort((v, y) => v - y), p = (v) => m[Math.round(v * (m.length - 1))], w = m.length >= 3 ? `${J(p(0.5))} (${J(p(0.1))} to ${J(p(0.9))})` : "simulating …";
      return d("tr", {}, d("th", { scope: "row" }, A(u.name), u.harm ? d("span", { className: "harm-tag" }, "harm") : null), d("td", { className: "figure" }, w));
    }, h = this.meta.observables.map((g, u) => ({ o: g, k: u })).filter(({ o: g }) => g.harm).map(({ k: g }) => g), f = this.meta.observables.map((g, u) => u).filter((g) => !h.includes(g)).slice(0, 3);
    e.replaceChildren(
      d(
        "table",
        {},
        d("caption", {}, `Twin less world, mean of steps ${n} to ${o}: median of ${l.length || this.worlds()} pairs (10% to 90%). An effect within this theory, at these values.`),
        d("thead", {}, d("tr", {}, d("th", { scope: "col" }, "observable"), d("th", { scope: "col", className: "figure" }, "effect"))),
        d("tbody", {}, f.slice(0, 1).map(r), h.map(r), f.slice(1).map(r))
      ),
      h.length ? "" : d("p", { className: "note" }, "This theory records no harm: what a change costs people is not in it.")
    );
  }
  // -- one person ------------------------------------------------------------------------------------------------
  watch(e) {
    const t = this.s.person < 0;
    this.s.person = e, this.life = null, t ? this.build() : this.showLife(), this.meta.engine.kind !== "none" && this.meta.engine.kind !== "recorded" ? this.run() : this.save(), this.paint(!0);
  }
  showLife() {
    const e = this.el.life;
    if (!e) return;
    const t = this.s, s = this.life?.person === t.person ? this.life : null, n = this.people?.people ?? this.meta.population.people, a = [this.field(`${this.meta.population.grid ? "site" : "person"}, 0 to ${n - 1}`, Math.max(t.person, 0), !1, (o) => !Number.isInteger(o) || o < 0 || o >= n ? `a whole number from 0 to ${n - 1}` : (this.watch(o), ""))];
    if (this.lifeChart = null, t.person < 0) a.push(d("p", { className: "note" }, "Click someone in the picture, or give their number."));
    else if (!s) a.push(d("p", { className: "note" }, "…"));
    else {
      const o = s.traits.map(([r, h]) => [A(r), I(h)]);
      o.push(["ties", s.degree.toLocaleString("en") + (s.ties.length ? `: ${s.ties.slice(0, 12).join(", ")}${s.ties.length > 12 ? " …" : ""}` : "")]);
      const i = d("canvas", { role: "img", "aria-label": `The life of person ${s.person}` });
      this.lifeChart = new j(i, (r) => this.go(r), () => this.drawLife()), this.el.lifeNow = d("dl", { className: "facts" }), a.push(
        d("dl", { className: "facts" }, o.map(([r, h]) => [d("dt", {}, r), d("dd", {}, h)])),
        s.names.length ? i : "",
        this.el.lifeNow,
        d("button", { type: "button", className: "quiet", onclick: () => {
          t.person = -1, this.life = null, this.build(), this.paint(!0), this.save();
        } }, "follow nobody")
      );
    }
    e.replaceChildren(...a), this.lifeChart && this.drawLife();
  }
  drawLife() {
    const e = this.life, t = this.lifeChart;
    if (!e || !t) return;
    const s = getComputedStyle(this.root), n = Math.max(0, e.names.indexOf(this.meta.views[this.s.view]?.of[0] ?? ""));
    t.steps = this.s.steps, t.at = this.s.step, t.series = e.names.length ? [{ name: e.names[n], colour: s.getPropertyValue("--account-1"), values: e.world[n], upto: this.s.steps, band: null }] : [], e.twin && t.series.push({ name: "twin", colour: s.getPropertyValue("--account-2"), values: e.twin[n], upto: this.s.steps, band: null, dash: [6, 3] }), t.draw();
    const l = (a, o) => this.meta.states.find((i) => i.name === a)?.kind === "bool" ? o ? "yes" : "no" : I(o);
    this.el.lifeNow.replaceChildren(...e.names.flatMap((a, o) => [d("dt", {}, `${A(a)} at step ${this.s.step}`), d("dd", {}, l(a, e.world[o][this.s.step]) + (e.twin ? `, twin ${l(a, e.twin[o][this.s.step])}` : ""))]));
  }
  // -- words -----------------------------------------------------------------------------------------------------
  ruleText() {
    const e = this.meta.theory;
    return d("div", {}, d(
      "section",
      {},
      d("h2", {}, e.form === "rule" ? "The rule, as it runs" : e.form === "flow" ? "The equations, as they run" : "One step, as it runs"),
      e.equations ? d("p", {}, e.equations) : null,
      e.rules.map((t) => d("figure", {}, d("figcaption", {}, `${t.name}${t.file ? `, ${t.file}, line ${t.line}` : ""}`), Ke(t.text, t.line)))
    ));
  }
  about() {
    const e = this.meta.theory, t = (s, n) => n.length ? d("section", {}, d("h2", {}, s), d("ul", { className: "plain" }, n.map((l) => d("li", {}, l)))) : null;
    return d(
      "div",
      {},
      t("Where this departs from its source", e.deviations),
      t("What it cannot do", e.limits),
      d("section", {}, d("h2", {}, "Keys"), d("p", { className: "note" }, d("kbd", {}, "space"), " play or pause, ", d("kbd", {}, "←"), " ", d("kbd", {}, "→"), " one step, ", d("kbd", {}, "Home"), " ", d("kbd", {}, "End"), " first and last, ", d("kbd", {}, "t"), " twin, ", d("kbd", {}, "d"), " next way of drawing twins, ", d("kbd", {}, "c"), " next colouring, ", d("kbd", {}, "r"), " reset."))
    );
  }
  key(e) {
    const t = e.target, s = this.s;
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || /^(INPUT|SELECT|TEXTAREA)$/.test(t.tagName) || e.key === " " && /^(BUTTON|SUMMARY|A)$/.test(t.tagName)) return;
    const n = {
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
        const l = ["both", "difference", "world", "twin"];
        s.twin && (s.mode = l[(l.indexOf(s.mode) + 1) % 4], this.build(), this.paint(!0), this.save());
      },
      c: () => {
        this.meta.views.length > 1 && (s.view = (s.view + 1) % this.meta.views.length, this.frames = null, this.build(), this.run());
      },
      r: () => {
        const l = G(this.meta);
        Object.assign(s, l), this.build(), this.run(!0);
      }
    };
    e.key in n && (e.preventDefault(), n[e.key]());
  }
  /** What a notebook reads and writes. */
  get state() {
    return this.s;
  }
  set(e) {
    Object.assign(this.s.params, e), this.build(), this.run();
  }
  close() {
    this.main.terminate(), this.behind.terminate();
  }
}
const J = (c) => (c > 0 ? "+" : "") + I(c), ye = '(function(){"use strict";const C={u8:Uint8Array,i8:Int8Array,i16:Int16Array,i32:Int32Array,u32:Uint32Array,f64:Float64Array,i64:BigInt64Array,u64:BigUint64Array},G=262144,S=1<<20;class B{constructor(e,t,n,r=[]){this.args=t,this.errors=r;const f=n+63&-64;this.top=f+G+64,this.memory=new WebAssembly.Memory({initial:Math.ceil((this.top+S)/65536)+1}),this.held=this.memory.buffer,this.heap=this.take(S),this.heapEnd=this.heap+S;const c={__linear_memory:this.memory,__stack_pointer:new WebAssembly.Global({value:"i32",mutable:!0},f+G),__indirect_function_table:new WebAssembly.Table({initial:64,element:"anyfunc"}),sqrt:Math.sqrt,floor:Math.floor,ceil:Math.ceil,trunc:Math.trunc,fabs:Math.abs,pow:Math.pow,exp:Math.exp,expm1:Math.expm1,log:Math.log,log1p:Math.log1p,log2:Math.log2,log10:Math.log10,sin:Math.sin,cos:Math.cos,tan:Math.tan,asin:Math.asin,acos:Math.acos,atan:Math.atan,atan2:Math.atan2,sinh:Math.sinh,cosh:Math.cosh,tanh:Math.tanh,cbrt:Math.cbrt,hypot:Math.hypot,exp2:i=>2**i,fmod:(i,s)=>i%s,erf:i=>1-J(i),erfc:J,rint:i=>{const s=Math.round(i);return Math.abs(s-i)===.5&&s%2?s-1:s},memset:(i,s,a)=>(this.bytes().fill(s,i,i+a),i),memcpy:(i,s,a)=>(this.bytes().copyWithin(i,s,s+a),i),memmove:(i,s,a)=>(this.bytes().copyWithin(i,s,s+a),i),NRT_MemInfo_alloc_aligned:i=>this.info(Number(i)),NRT_MemInfo_alloc_safe_aligned:i=>this.info(Number(i)),NRT_MemInfo_alloc:i=>this.info(Number(i)),NRT_MemInfo_new_varsize_dtor:i=>this.info(Number(i)),NRT_MemInfo_new_varsize:i=>this.info(Number(i)),NRT_MemInfo_varsize_alloc:(i,s)=>this.fresh(i,Number(s)),NRT_MemInfo_varsize_realloc:(i,s)=>this.fresh(i,Number(s),!0),NRT_MemInfo_varsize_free:()=>{},NRT_Allocate:i=>this.allocate(Number(i)),NRT_MemInfo_call_dtor:()=>{},NRT_Free:()=>{},NRT_incref:()=>{},NRT_decref:()=>{}},l={};for(const{name:i}of WebAssembly.Module.imports(e)){if(!(i in c))throw new Error(`the page has no ${i}`);l[i]=c[i]}this.exports=new WebAssembly.Instance(e,{env:l}).exports}memory;regions={};views={};held;top;heap=0;heapEnd=0;heapAt=0;exports={};bytes(){return new Uint8Array(this.memory.buffer)}ensure(e){const t=this.memory.buffer.byteLength;e>t&&this.memory.grow(Math.ceil((e-t)/65536))}take(e){const t=this.top;return this.top=t+e+63&-64,this.ensure(this.top),t}allocate(e){const t=e+63&-64;if(this.heapAt+t>this.heapEnd){const r=Math.max(t,2*(this.heapEnd-this.heap));this.heap=this.heapAt=this.take(r),this.heapEnd=this.heap+r}const n=this.heapAt;return this.heapAt+=t,n}info(e){const t=this.allocate(e+64),n=new DataView(this.memory.buffer);return n.setBigInt64(t,1n,!0),n.setInt32(t+8,0,!0),n.setInt32(t+12,0,!0),n.setInt32(t+16,t+64,!0),n.setBigInt64(t+24,BigInt(e),!0),t}fresh(e,t,n=!1){const r=this.allocate(t),f=new DataView(this.memory.buffer),c=f.getInt32(e+16,!0),l=Number(f.getBigInt64(e+24,!0));return n&&this.bytes().copyWithin(r,c,c+Math.min(l,t)),f.setInt32(e+16,r,!0),f.setBigInt64(e+24,BigInt(t),!0),r}array(e,t,n,r){const f=n.reduce((i,s)=>i*s,1),c=C[t].BYTES_PER_ELEMENT,l=this.take(Math.max(f*(r??c),8));return this.regions[e]={kind:t,at:l,length:f*(r??c)/c,shape:n,item:r??c},this.held=null,this.view(e)}view(e){this.held!==this.memory.buffer&&(this.views={},this.held=this.memory.buffer);const t=this.regions[e];return this.views[e]??=new C[t.kind](this.memory.buffer,t.at,t.length)}bind(e){const t=this.exports[e],n=[0,0],r=[],f=this.take(64);n[0]=f,n[1]=f+32;for(const c of this.args[e])if(c.kind==="array"){const l=this.regions[c.name];if(!l)throw new Error(`${e} takes ${c.name}, which the page does not know`);const i=[];let s=l.item;for(let a=l.shape.length-1;a>=0;a--)i[a]=s,s*=l.shape[a];n.push(0,0,BigInt(l.shape.reduce((a,p)=>a*p,1)),BigInt(l.item),l.at,...l.shape.map(BigInt),...i.map(BigInt))}else c.kind==="record"?n.push(this.regions[c.name].at):(r.push([c.name,n.length,c.kind==="i64"]),n.push(c.kind==="i64"?0n:0));return(c={})=>{for(const[i,s,a]of r)i in c&&(n[s]=a?BigInt(c[i]):Number(c[i]));this.heapAt=this.heap;const l=t(...n);if(l!==0)throw new Error(this.raised(f+32)??`the theory\'s ${e} ended with an error (code ${l})`)}}raised(e){const t=new DataView(this.memory.buffer),n=t.getUint32(e,!0),r=n?this.errors[t.getUint32(t.getUint32(n,!0),!0)]:void 0;return r?`${r.file}:${r.line}: ${r.error}`:null}}function J(o){const e=Math.abs(o);let t;if(e<2.5){let n=e,r=e;for(let f=1;Math.abs(n)>1e-17*r&&f<200;f++)n*=-e*e/f,r+=n/(2*f+1);t=1-2/Math.sqrt(Math.PI)*r}else{let n=0;for(let r=60;r>0;r--)n=r/2/(e+n);t=Math.exp(-e*e)/Math.sqrt(Math.PI)/(e+n)}return o<0?2-t:t}const H=[1779033703,3144134277,1013904242,2773480762,1359893119,2600822924,528734635,1541459225],he=["0123456789abcdef","ea489fd61c02b753","b8c052fdae367194","7931dcbe265a40f8","905724afe1bc683d","2c6a0b834d75fe19","c51fed4a0763928b","db7ec13950f4862a","6fe9b308c2d714a5","a2847615fb9e3cd0"].map(o=>[...o].map(e=>parseInt(e,16))),F=(o,e)=>(o>>>e|o<<32-e)>>>0;function me(o,e){const t=H.slice();t[0]=(t[0]^16842752^e)>>>0;const n=Math.max(1,Math.ceil(o.length/64));for(let r=0;r<n;r++){const f=new Uint8Array(64);f.set(o.subarray(r*64,r*64+64));const c=new Uint32Array(f.buffer),l=r===n-1,i=l?o.length:(r+1)*64,s=[...t,...H];s[12]=(s[12]^i)>>>0,l&&(s[14]=~s[14]>>>0);const a=(p,w,h,m,u,d)=>{s[p]=s[p]+s[w]+u>>>0,s[m]=F(s[m]^s[p],16),s[h]=s[h]+s[m]>>>0,s[w]=F(s[w]^s[h],12),s[p]=s[p]+s[w]+d>>>0,s[m]=F(s[m]^s[p],8),s[h]=s[h]+s[m]>>>0,s[w]=F(s[w]^s[h],7)};for(const p of he)a(0,4,8,12,c[p[0]],c[p[1]]),a(1,5,9,13,c[p[2]],c[p[3]]),a(2,6,10,14,c[p[4]],c[p[5]]),a(3,7,11,15,c[p[6]],c[p[7]]),a(0,5,10,15,c[p[8]],c[p[9]]),a(1,6,11,12,c[p[10]],c[p[11]]),a(2,7,8,13,c[p[12]],c[p[13]]),a(3,4,9,14,c[p[14]],c[p[15]]);for(let p=0;p<8;p++)t[p]=(t[p]^s[p]^s[p+8])>>>0}return new Uint8Array(new Uint32Array(t).buffer).slice(0,e)}function T(o,...e){const t=[String(o),...e.map(n=>`${typeof n=="number"?"int":"str"}:${n}`)].join("");return new DataView(me(new TextEncoder().encode(t),8).buffer).getBigUint64(0,!0)}const $=(o,e)=>typeof o=="string"?e[o]:o;function U(o,e,t,n){const r=new Int32Array(t);for(let s=0;s<t;s++){r[s]+=o[s+1]-o[s];for(let a=o[s];a<o[s+1];a++)r[e[a]]++}const f=new Int32Array(t+1);for(let s=0;s<t;s++)f[s+1]=f[s]+r[s];const c=new Int32Array(f[t]),l=f.slice(0,t),i=()=>{for(let s=0;s<t;s++)for(let a=o[s];a<o[s+1];a++)c[l[s]++]=e[a]};n!=="upper"&&i();for(let s=0;s<t;s++)for(let a=o[s];a<o[s+1];a++)c[l[e[a]]++]=s;if(n==="upper"&&i(),n==="any")for(let s=0;s<t;s++)c.subarray(f[s],f[s+1]).sort();return[f,c]}function ue(o,e){const t=new Uint8Array(o);let n=0;const r=()=>{let l=0,i=0;for(;;){const s=t[n++];if(l|=(s&127)<<i,s<128)return l;i+=7}},f=new Int32Array(e+1),c=[];for(let l=0;l<e;l++){const i=r();let s=l;for(let a=0;a<i;a++)s+=r(),c.push(s);f[l+1]=c.length}return U(f,Int32Array.from(c),e,"upper")}function pe(o,e){if(e.sizes)return e.sizes;const t=e.communities;return Array.from({length:t},(n,r)=>Math.floor(o/t)+(r<o%t?1:0))}function z(o,e,t,n,r,f,c){const l=t.reduce((d,b)=>d+b,0);let i=0;t.forEach((d,b)=>{i+=n[b]*d*(d-1)/2+r*d*(l-d)/2});const s=Math.ceil(i+8*Math.sqrt(i))+16,a=new B(o,e.engine.networks.arguments,e.engine.networks.dataEnd),p=a.array("end","i64",[t.length]);let w=0;t.forEach((d,b)=>{w+=d,p[b]=BigInt(w)}),a.array("within","f64",[t.length]).set(n),a.array("counts","i64",[l]),a.array("heads","i32",[s]),a.array("out","i64",[1]),a.bind("draw_pairs")({seed:c,stream_within:f[0],stream_between:f[1],low:0,high:l,between:r});const h=Number(a.view("out")[0]),m=a.view("counts");if(h>s)throw new Error("more ties were drawn than there is room for");const u=new Int32Array(l+1);for(let d=0;d<l;d++)u[d+1]=u[d]+Number(m[d]);return U(u,a.view("heads").slice(0,h),l,"upper")}function de(o,e){const t=new Int32Array(o*e);for(let n=0;n<o;n++)for(let r=0;r<e;r++){const f=n+r+1;t[n*e+r]=f<o?f:f-o}return t}function we(o,e,t,n){const r=new Int32Array(o*e+1),f=[];for(let c=0;c<o;c++)for(let l=0;l<e;l++){const i=[];for(let s=-t;s<=t;s++)for(let a=-t;a<=t;a++){if(!s&&!a)continue;let p=c+s,w=l+a;if(n)p=(p+o)%o,w=(w+e)%e;else if(p<0||p>=o||w<0||w>=e)continue;i.push(p*e+w)}i.sort((s,a)=>s-a);for(const s of i)f.push(s);r[c*e+l+1]=f.length}return[r,Int32Array.from(f)]}function ge(o,e,t,n){const r=o.meta,f=t.network,c=t.rows??0,l=t.columns??0,i=t.rows?c*l:t.people,s={people:i,regions:1,region:new Int32Array(i),indptr:null,indices:null,rows:c,columns:l,grid:f==="grid",seed:n};if(!r.population.made)return o.arrays.region&&(s.region=new Int32Array(o.arrays.region),s.regions=r.population.regions),o.arrays.ties?[s.indptr,s.indices]=ue(o.arrays.ties,i):o.arrays.indptr&&(s.indptr=new Int32Array(o.arrays.indptr),s.indices=new Int32Array(o.arrays.indices)),s;const a=r.population.streams,p=h=>{[s.indptr,s.indices]=h},w=h=>{let m=0;h.forEach((u,d)=>{s.region.fill(d,m,m+u),m+=u}),s.regions=h.length};if(f==="erdos_renyi")p(z(e,r,[i],[t.mean_degree/Math.max(i-1,1)],0,[a.pairs,a.between],n));else if(f==="planted_partition"){const h=pe(i,t),m=(1-t.mix)*t.mean_degree,u=h.reduce((b,y)=>b+y*(i-y),0),d=t.mix>0?t.mix*t.mean_degree*i/u:0;p(z(e,r,h,h.map(b=>m/Math.max(b-1,1)),d,[a.within,a.between],n)),w(h)}else if(f==="village"){const h=[];for(let m=0;m<i;m+=t.village_size)h.push(Math.min(t.village_size,i-m));p(z(e,r,h,h.map(()=>1),t.far,[a.clique,a.far],n)),w(h)}else if(f==="watts_strogatz"||f==="ring"){const h=t.neighbours/2;let m=de(i,h);if(f==="watts_strogatz"&&t.rewiring>0){const u=new B(e,r.engine.networks.arguments,r.engine.networks.dataEnd);u.array("own","i32",[i,h]).set(m),u.bind("small_world")({seed:n,stream_moves:a.moves,stream_places:a.places,rewiring:t.rewiring}),m=u.view("own").slice()}p(U(Int32Array.from({length:i+1},(u,d)=>d*h),m,i,"any"))}else if(f==="barabasi_albert"){const h=t.ties_per_newcomer,m=new B(e,r.engine.networks.arguments,r.engine.networks.dataEnd),u=m.array("start","i64",[i+1]);for(let b=0;b<i;b++)u[b+1]=u[b]+BigInt(Math.min(b,h));const d=Int32Array.from(u,Number);m.array("heads","i32",[d[i]]),m.bind("grow")({seed:n,stream:a.preference,m:h}),p(U(d,m.view("heads").slice(),i,"lower"))}else f==="moore"&&p(we(c,l,t.radius??1,t.torus??!0));return s}class Y{constructor(e,t){this.program=e,this.people=t,e.array("out","f64",[t]),this.fillOf=e.bind("fill"),this.normalsOf=e.bind("normals"),this.expsOf=e.bind("exps")}fillOf;normalsOf;expsOf;uniforms(e,t,n){return this.fillOf({seed:e,stream:BigInt(t),step:n}),this.program.view("out")}normals(){return this.normalsOf(),this.program.view("out")}exps(){return this.expsOf(),this.program.view("out")}}function Q(o,e){if(!e)return;const t=new BigInt64Array(o.buffer,o.byteOffset,o.length);for(let n=0;n<e.length;n++)e[n]&&(t[n]+=BigInt(e[n]))}function ye(o,e){return e.seed===BigInt(o.population.table.seed??"0")&&e.people===o.population.people}function X(o,e,t,n,r){return Z(o,e,t,n.seed,ye(o.meta,n),r)}function Z(o,e,t,n,r,f){const{meta:c,arrays:l}=o,i=e.people,s=t.args.every(u=>typeof u!="string"||f[u]===c.params.find(d=>d.name===u).value),a=u=>r&&l[u]?new Int16Array(l[u]):null,[p,w]=t.args.map(u=>$(u,f)),h=l[`trait.${t.name}`];if(h&&r&&s)return new Float64Array(h);if(t.kind==="Ranked"||t.kind==="Listed"||t.kind==="measured")throw new Error(`the trait ${t.name} comes with the people of this page`);const m=e.uniforms(n,t.stream,0);switch(t.kind){case"Fixed":return new Float64Array(i).fill(p);case"Uniform":return Float64Array.from(m,u=>p+(w-p)*u);case"Bernoulli":return Float64Array.from(m,u=>u<p?1:0);case"Normal":case"LogNormal":{const u=e.normals();Q(u,a(`units.${t.name}`));for(let b=0;b<i;b++)u[b]=p+w*u[b];if(t.kind==="Normal")return u.slice();const d=e.exps();return s&&Q(d,a(`exp.${t.name}`)),d.slice()}case"Beta":{const u=new Float64Array(l[`quantiles.${t.name}`]),d=u.length-1;return Float64Array.from(m,b=>{const y=Math.acos(1-2*b)/Math.PI*d,v=Math.min(Math.floor(y),d-1),M=(1-Math.cos(v/d*Math.PI))/2,g=(1-Math.cos((v+1)/d*Math.PI))/2;return u[v]+(b-M)/(g-M)*(u[v+1]-u[v])})}}throw new Error(`the page cannot draw the trait ${t.name} from ${t.kind}`)}function be(o){const e=Math.round(o);return Math.abs(e-o)===.5&&e%2?e-1:e}function ee(o,e,t,n,r,f){const c=o.meta,l=c.states[t],i=e.people,s=$(l.initial.of,n);if(l.initial.kind==="drawn"){const h=r===T(BigInt(c.seed),"world",0)&&i===c.population.people,m=Z(o,e,{name:l.name,stream:l.stream,...l.initial.drawn},r,h,n);for(let u=0;u<i;u++)f[u]=m[u];return}if(l.initial.kind==="number"){for(let h=0;h<i;h++)f[h]=s;return}if(l.initial.kind==="share"){if(!(s>=0&&s<=1))throw new Error(`${l.name} starts true for the share ${s}; expected a share in [0, 1]`);const h=e.uniforms(r,l.stream,0);for(let m=0;m<i;m++)f[m]=h[m]<s?1:0;return}const a=be(s);if(!(a>=0))throw new Error(`${l.name} starts true for ${a} people; expected a number from 0`);if(a>i)throw new Error(`${l.name} starts true for ${a} people, and there are ${i}`);for(let h=0;h<i;h++)f[h]=0;if(!a)return;const p=e.uniforms(r,l.stream,0),w=Array.from({length:i},(h,m)=>m).sort((h,m)=>p[h]-p[m]);for(let h=0;h<a;h++)f[w[h]]=1}const R=256,ve=.5;function te(o){const e=new Set;for(const t of o)t.kind==="pulse"||t.kind==="seed"?e.add(t.at):(e.add(t.start),t.end&&e.add(t.end));return e}function P(o,e,t){const n={};for(const r of o)r.kind==="set"&&(n[r.name]=t[r.name]);for(const r of o)r.kind==="set"&&r.start<=e&&(r.end===null||e<r.end)&&(n[r.name]=r.value);return n}const q=(o,e)=>e>=o.start&&(o.end===null||e<o.end);class Me{constructor(e,t,n,r,f,c){this.people=n,this.params=r,this.seed=f,this.interventions=c;const l=this.meta=e.meta,i=l.engine.layout,s=this.n=n.people;this.turns=l.engine.kind==="turns",this.mixed=n.indptr===null,this.times=te(c);const a=this.program=new B(t,l.engine.arguments,l.engine.dataEnd,l.engine.errors);this.start=new Y(a,s);const p=this.blocks=Math.ceil(s/R),w=n.regions,h=!this.turns;a.array("key0","u64",[1])[0]=f&0xffffffffn,a.array("key1","u64",[1])[0]=f>>32n,a.array("bools","u8",[i.bools.length,s,1]),a.array("floats","f64",[i.floats.length,s,1]),a.array("traits","f64",[i.traits.length,s]),a.array("region","i32",[s]).set(n.region),a.array("degree","i32",[s]);const m=i.seenBools.length+i.seenFloats.length>0;if(a.array("counts","i32",[i.seenBools.length,h&&!this.mixed&&m?s:0,1]),a.array("means","f64",[i.seenFloats.length,h?s:0,1]),a.array("deltas","i8",[i.seenBools.length,h?s:0,1]),a.array("table","f64",[Object.keys(i.table).length,1]),a.array("here","f64",[i.regionals.length,w,1]),a.array("flags","u8",[s]),a.array("dirty","u8",[s]).fill(1),a.array("parts","f64",[p,i.sums.length,1]),a.array("changes","i64",[p,i.bools.length,1]),a.array("totals","i64",[i.bools.length,1]),this.turns&&(a.array("indptr","i64",[this.mixed?1:s+1]),a.array("indices","i32",[this.mixed?0:n.indices.length]),this.mixed||(a.view("indptr").set(BigInt64Array.from(n.indptr,BigInt)),a.view("indices").set(n.indices)),a.array("running","f64",[i.seenFloats.length,1]),a.array("queue","i32",[1,s]),a.array("handed","f64",[i.tallies.length,s,1])),a.array("bad","u8",[l.engine.guards.length,1]),this.mixed)a.view("degree").fill(Math.max(s-1,0));else for(let y=0;y<s;y++)a.view("degree")[y]=n.indptr[y+1]-n.indptr[y];for(const y of["person","society","region"])y in l.engine.arguments&&(this.call[y]=a.bind(y));i.traits.forEach((y,v)=>{const M=X(e,this.start,l.traits.find(g=>g.name===y),n,r);a.view("traits").set(M,v*s)});const u=a.view("table"),d=a.view("here");for(const[y,v]of Object.entries(r))u[i.table[`p.${y}`]]=v;for(const y of l.societies)u[i.table[`society.${y.name}`]]=$(y.initial,r);for(const y of l.tallies)u[i.table[`people.${y.name}`]]=$(y.initial,r);for(const y of l.regionals)d.fill($(y.initial,r),i.regionals.indexOf(y.name)*w,(i.regionals.indexOf(y.name)+1)*w);l.states.forEach((y,v)=>{const M=y.kind==="bool",g=(M?i.bools:i.floats).indexOf(y.name),k=new Float64Array(s);ee(e,this.start,v,r,f,k),a.view(M?"bools":"floats").set(k,g*s)}),this.recount(),i.bools.forEach((y,v)=>{u[i.table[`people.${y}`]]=Number(a.view("totals")[v])/s});const b=i.sums.map(y=>i.floats.includes(y)?this.summed("floats",i.floats.indexOf(y)):0);i.sums.forEach((y,v)=>{i.floats.includes(y)&&(u[i.table[`people.${y}`]]=b[v]/s)}),this.sizes=new Float64Array(w);for(const y of n.region)this.sizes[y]++;for(let y=0;y<w;y++)this.sizes[y]=Math.max(this.sizes[y],1)}step=0;program;meta;start;call={};fresh=!0;flipped=0;n;blocks;mixed;turns;times;sizes;recount(){const{n:e}=this,t=this.program.view("bools"),n=this.program.view("totals");for(let r=0;r<n.length;r++){let f=0;for(let c=r*e;c<(r+1)*e;c++)f+=t[c];n[r]=BigInt(f)}}summed(e,t){const n=this.program.view(e),{n:r}=this;let f=0;for(let c=0;c<r;c+=R){let l=0;for(let i=c;i<Math.min(c+R,r);i++)l+=n[t*r+i];f+=l}return f}apply(e){let t=!1;const n=this.program,r=n.view("table"),f=this.meta.engine.layout,{n:c}=this;for(const[l,i]of Object.entries(P(this.interventions,e,this.params))){const s=f.table[`p.${l}`];r[s]!==i&&(r[s]=i,t=!0)}for(const l of this.interventions)if(l.kind==="pulse"&&l.at===e&&(r[f.table[`society.${l.name}`]]+=l.amount,t=!0),l.kind==="seed"&&l.at===e){const i=f.bools.indexOf(l.name),s=this.meta.states.find(h=>h.name===l.name),a=this.start.uniforms(this.seed,s.seeded,e),p=n.view("bools");for(let h=0;h<c;h++)a[h]<l.share&&(p[i*c+h]=1);let w=0;for(let h=0;h<c;h++)w+=p[i*c+h];n.view("totals")[i]=BigInt(w),n.view("table")[f.table[`people.${l.name}`]]=w/c,this.fresh=t=!0}return t}see(){const e=this.program,t=this.meta.engine.layout,{n}=this,r=e.view("bools"),f=e.view("floats"),c=e.view("means");if(this.mixed){t.seenFloats.forEach((h,m)=>{const u=t.floats.indexOf(h),d=this.summed("floats",u);for(let b=0;b<n;b++)c[m*n+b]=n>1?(d-f[u*n+b])/(n-1):f[u*n+b]});return}const l=this.people.indptr,i=this.people.indices;if(t.seenFloats.forEach((h,m)=>{const u=t.floats.indexOf(h)*n;for(let d=0;d<n;d++){let b=0;for(let y=l[d],v=l[d+1];y<v;y++)b+=f[u+i[y]];c[m*n+d]=l[d+1]>l[d]?b/(l[d+1]-l[d]):f[u+d]}}),!t.seenBools.length)return;const s=e.view("counts"),a=e.view("dirty"),p=e.view("flags"),w=e.view("deltas");if(this.fresh||this.flipped>ve*n||this.meta.population.directed)t.seenBools.forEach((h,m)=>{const u=t.bools.indexOf(h)*n;for(let d=0;d<n;d++){let b=0;for(let y=l[d],v=l[d+1];y<v;y++)b+=r[u+i[y]];s[m*n+d]=b}}),a.fill(1),this.fresh=!1;else if(this.flipped){for(let h=0;h<n;h++)if(p[h]){a[h]=1;for(let m=l[h],u=l[h+1];m<u;m++){const d=i[m];a[d]=1;for(let b=0;b<t.seenBools.length;b++)s[b*n+d]+=w[b*n+h]}}}}macro(e){const t=this.program,n=this.meta.engine.layout,r=t.view("table"),f=this.people.regions;r[n.table["society.step"]]=e,this.call.society?.({step:e,regions:f});for(const s of this.interventions)if(s.kind==="cap"&&q(s,e)){const a=n.table[`society.${s.name}`];r[a]=Math.min(r[a],s.most)}if(!this.call.region)return;const c=t.view("here"),l=this.people.region,{n:i}=this;for(const s of n.regionalPeople){const a=n.bools.includes(s),p=t.view(a?"bools":"floats"),w=(a?n.bools:n.floats).indexOf(s)*i,h=new Float64Array(f),m=n.regionals.indexOf(`people.${s}`)*f;for(let u=0;u<i;u++)h[l[u]]+=p[w+u];for(let u=0;u<f;u++)c[m+u]=h[u]/this.sizes[u]}this.call.region({step:e,regions:f})}advance(){const e=++this.step,t=this.program,n=this.meta,r=n.engine.layout,{n:f}=this;for(const v of n.shocks)t.view("table")[r.table[`society.${v.name}`]]=0;const c=this.times.has(e)?this.apply(e):!1;if(this.turns){this.turn(e),this.check();return}this.see(),this.macro(e);const l=t.view("dirty"),i=t.view("flags"),s=!this.mixed&&r.seenBools.length>0;if(!r.luckless||c||!s&&this.flipped)l.fill(1);else if(e>1&&!l.includes(1))return i.fill(0),this.flipped=0,this.check();i.fill(0),t.view("parts").fill(0),t.view("changes").fill(0n),this.call.person({first:0,last:this.blocks,people:f,worlds:1,step:e,mixed:this.mixed?1:0});const a=t.view("flags");let p=0;for(let v=0;v<f;v++)p+=a[v];this.flipped=p;const w=t.view("table"),h=t.view("totals"),m=t.view("changes"),u=t.view("parts"),d=this.blocks,b=r.bools.length,y=r.sums.length;r.bools.forEach((v,M)=>{for(let g=0;g<d;g++)h[M]+=m[g*b+M];w[r.table[`people.${v}`]]=Number(h[M])/f}),r.sums.forEach((v,M)=>{let g=0;for(let k=0;k<d;k++)g+=u[k*y+M];w[r.table[`people.${v}`]]=g/f}),this.check()}check(){const e=this.program.view("bad").indexOf(1);if(e>=0)throw new Error(this.meta.engine.guards[e])}turn(e){const t=this.program,n=this.meta.engine.layout,{n:r}=this;this.macro(e);const f=t.view("running");n.seenFloats.forEach((i,s)=>{f[s]=this.summed("floats",n.floats.indexOf(i))}),this.call.person({first:0,last:1,people:r,step:e,mixed:this.mixed?1:0});const c=t.view("table"),l=t.view("totals");n.bools.forEach((i,s)=>{c[n.table[`people.${i}`]]=Number(l[s])/r});for(const i of n.sums){const s=n.floats.includes(i)?this.summed("floats",n.floats.indexOf(i)):this.summed("handed",n.tallies.indexOf(i));c[n.table[`people.${i}`]]=s/r}}observe(e,t){const n=this.program.view("table"),r=this.meta.engine.layout.table;this.meta.observables.forEach((f,c)=>{e[t+c]=n[r[f.of]]})}column(e){const t=this.meta.engine.layout,{n}=this;for(const[r,f]of[["bools",t.bools],["floats",t.floats],["traits",t.traits]]){const c=f.indexOf(e);if(c>=0)return this.program.view(r).subarray(c*n,(c+1)*n)}return null}}const ne={bool:"u8",uint8:"u8",int8:"i8",int16:"i16",int32:"i32",uint32:"u32",int64:"i64",uint64:"u64",float64:"f64"},ke=64;class xe{constructor(e,t,n,r,f,c,l){this.people=n,this.params=r,this.seed=f,this.interventions=c;const i=this.meta=e.meta,s=n.people,a=this.program=new B(t,i.engine.arguments,i.engine.dataEnd,i.engine.errors);this.start=new Y(a,s);for(const m of i.engine.fields){const u=!(m.dtype in ne),d=u?Number(m.dtype):void 0,b=a.array(`people.${m.name}`,u?"u8":ne[m.dtype],m.from==="data"?m.shape:[s],d);m.from==="region"?b.set(n.region):m.from==="data"&&new Uint8Array(a.memory.buffer,a.regions[`people.${m.name}`].at).set(new Uint8Array(e.arrays[`array.${m.name}`]))}for(const m of i.traits)a.view(`people.${m.name}`).set(X(e,this.start,m,n,r));i.states.forEach((m,u)=>{const d=new Float64Array(s);ee(e,this.start,u,r,f,d),a.view(`people.${m.name}`).set(d)}),this.fields=[...i.societies.map(m=>m.name),...i.shocks.map(m=>m.name),"step"];const p=a.array("society","f64",[this.fields.length]);for(const m of i.societies)p[this.fields.indexOf(m.name)]=$(m.initial,r);a.array("p","f64",[Math.max(i.params.length,1)]).set(i.params.map(m=>r[m.name])),a.array("ties.indptr","i64",[s+1]),n.indptr&&a.view("ties.indptr").set(BigInt64Array.from(n.indptr,BigInt)),a.array("ties.indices","i32",[n.indices?.length??0]),n.indices&&a.view("ties.indices").set(n.indices);const w=i.observables.length;a.array("values","f64",[l+2,w]),a.array("totals","f64",[0,s]),this.call.run=a.bind("run"),a.regions.values={...a.regions.values,shape:[w],length:w},this.call.start=a.bind("start"),this.call.observe=a.bind("observe"),a.regions.values={...a.regions.values,shape:[l+2,w],length:(l+2)*w};const h={"grid.rows":n.grid?n.rows:0,"grid.columns":n.grid?n.columns:0,seed:f};this.call.start(h),this.call.run({...h,first:1,last:1}),this.capped=c.some(m=>m.kind==="cap"),this.changes=te(c)}step=0;program;meta;call={};changes;capped;fields;start;society(e,t){const n=this.program.view("society"),r=this.fields.indexOf(e);return t!==void 0&&(n[r]=t),n[r]}cap(e){for(const t of this.interventions)t.kind==="cap"&&q(t,e)&&this.society(t.name,Math.min(this.society(t.name),t.most))}intervene(e){const t=this.program,n=this.meta;for(const c of n.shocks)this.society(c.name,0);const r=P(this.interventions,e,this.params),f=t.view("p");n.params.forEach((c,l)=>{c.name in r&&(f[l]=r[c.name])});for(const c of this.interventions)if(c.kind==="pulse"&&c.at===e&&this.society(c.name,this.society(c.name)+c.amount),c.kind==="seed"&&c.at===e){const l=n.states.find(a=>a.name===c.name),i=this.start.uniforms(this.seed,l.seeded,e),s=t.view(`people.${c.name}`);for(let a=0;a<i.length;a++)i[a]<c.share&&(s[a]=1)}this.cap(e)}advance(){const e=++this.step;if((e===1||this.changes.has(e)||this.changes.has(e-1)||(this.capped||(e-1)%ke===0))&&this.intervene(e),this.call.run({first:e,last:e+1}),!this.capped)return;this.cap(e);const t=this.program.view("values"),n=this.meta.observables.length,r=t.slice(0,n);this.call.observe(),t.copyWithin(e*n,0,n),t.set(r,0)}observe(e,t){const n=this.meta.observables.length,r=this.program.view("values");for(let f=0;f<n;f++)e[t+f]=r[this.step*n+f]}column(e){return`people.${e}`in this.program.regions?this.program.view(`people.${e}`):null}}class Ae{constructor(e,t,n,r,f,c){this.people=n,this.params=r,this.interventions=f;const l=this.meta=e.meta,i=l.societies,s=this.program=new B(t,l.engine.arguments,l.engine.dataEnd,l.engine.errors);s.array("y","f64",[i.length]).set(i.map(a=>$(a.initial,r))),s.array("shock","f64",[l.shocks.length]),s.array("p","f64",[l.params.length]).set(l.params.map(a=>r[a.name])),s.array("values","f64",[c+2,i.length]),this.run=s.bind("run"),this.pulses=new Float64Array(l.shocks.length)}step=0;program;run;pulses;meta;advance(){const e=++this.step,t=this.meta,n=this.program;for(const[f,c]of Object.entries(P(this.interventions,e,this.params)))n.view("p")[t.params.findIndex(l=>l.name===f)]=c;const r=n.view("shock");r.fill(0),this.pulses.fill(0);for(const f of this.interventions)if(f.kind==="pulse"&&f.at===e){const c=t.shocks.findIndex(l=>l.name===f.name);r[c]+=f.amount,this.pulses[c]+=f.amount}this.run({first:e,last:e+1,substeps:t.engine.substeps});for(const f of this.interventions)if(f.kind==="cap"&&q(f,e)){const c=t.societies.findIndex(i=>i.name===f.name),l=n.view("y");l[c]=Math.min(l[c],f.most)}}observe(e,t){const n=this.program.view("y"),r=this.meta;r.observables.forEach((f,c)=>{const l=f.of.replace("society.",""),i=r.societies.findIndex(s=>s.name===l);e[t+c]=i>=0?n[i]:this.pulses[r.shocks.findIndex(s=>s.name===l)]})}column(){return null}}function Ie(o,e,t,n,r,f,c){switch(o.meta.engine.kind){case"process":return new xe(o,e,t,n,r,f,c);case"flow":return new Ae(o,e,t,n,f,c);default:return new Me(o,e,t,n,r,f)}}async function _e(o){const e=Uint8Array.from(atob(o),n=>n.charCodeAt(0)),t=new Blob([e]).stream().pipeThrough(new DecompressionStream("deflate-raw"));return await new Response(t).arrayBuffer()}async function Ee(o){const e={};return await Promise.all(Object.entries(o.arrays).map(async([t,n])=>{e[t]=await _e(n)})),{meta:o.meta,arrays:e}}const N=(o,e,t)=>Math.min(Math.max(o,e),t);class se{s;constructor(e,t){let n=2166136261^e;for(const r of t)n=Math.imul(n^r.charCodeAt(0),16777619);this.s=Uint32Array.from([n,Math.imul(n,2654435761),e,1]);for(let r=0;r<16;r++)this.uniform()}uniform(){const e=this.s,t=e[0]+e[1]+e[3]>>>0;return e[3]++,e[0]=e[1]^e[1]>>>9,e[1]=e[2]+(e[2]<<3),e[2]=(e[2]<<21|e[2]>>>11)+t,(t+.5)/4294967296}normal(){return Math.sqrt(-2*Math.log(this.uniform()))*Math.cos(2*Math.PI*this.uniform())}gamma(e){if(e<1)return this.gamma(e+1)*this.uniform()**(1/e);const t=e-1/3,n=1/Math.sqrt(9*t);for(;;){const r=this.normal(),f=(1+n*r)**3;if(f>0&&Math.log(this.uniform())<.5*r*r+t-t*f+t*Math.log(f))return t*f}}poisson(e){if(e>12){const n=Math.floor(.875*e),r=this.gamma(n);return r>e?this.binomial(n-1,e/r):n+this.poisson(e-r)}let t=-1;for(let n=e;n>=0;t++)n+=Math.log(this.uniform());return t}binomial(e,t){if(e<=0||t<=0)return 0;if(t>=1)return e;if(e>24){const r=1+Math.floor(e/2),f=this.gamma(r),c=this.gamma(e+1-r),l=f/(f+c);return l<=t?r+this.binomial(e-r,(t-l)/(1-l)):this.binomial(r-1,t/l)}let n=0;for(let r=0;r<e;r++)this.uniform()<t&&n++;return n}}function $e(o,e){const t=o.length,n=new Float64Array(t+1);let r=0;for(let s=0;s<t;s++)n[s+1]=n[s]+o[s],r+=Math.abs(o[s])/t;const f=Math.max(r,1e-12),c=Float64Array.from({length:t},(s,a)=>{const p=Math.min(a+e,t),w=Math.max(a-e,0),h=(n[p]-n[a])/Math.max(p-a,1),m=a>w?(n[a]-n[w])/Math.max(a-w,1):h;return Math.log(Math.max(h,0)+.01*f)-Math.log(Math.max(m,0)+.01*f)}),l=c.reduce((s,a)=>s+a,0)/t,i=Math.sqrt(c.reduce((s,a)=>s+(a-l)**2,0)/t);return c.map(s=>(s-l)/(i>1e-12?i:1))}function Oe(o,e,t,n){const r=new Float64Array(t);for(let f=1;f<=(o.coverage?.jumps??0);f++){const c=e(`coverage.when${f}`)??.5,l=e(`coverage.jump${f}`)??o.coverage.size;for(let i=0;i<t;i++)(i+.5)/t<c&&(r[i]-=l)}if(o.effort){const f=e("effort.life")??o.effort.life,c=e("effort.sd")??o.effort.sd,l=.5**(1/Math.max(f,1e-9)),i=new se(n,"effort");let s=0;for(let a=0;a<t;a++)s=a?l*s+Math.sqrt(1-l*l)*i.normal():i.normal(),r[a]+=c*s-c*c/2}return r.map(Math.exp)}function Be(o,e,t,n,r,f){const c=e.series[o],l=t[o],i=l.length;if(c.form==="exact")return l.slice();const s=g=>n(`${o}.${g}`)??c.middle[g]??0,a=s("flow"),p=s("scale"),w=c.form!=="noisy",h=l.map((g,k)=>l[N(k-c.shift,0,i-1)]),m=h.map((g,k)=>(1-a)*g+a*Math.max(k?g-h[k-1]:0,0));let u=c.shared?r:r.map(()=>1);if(c.tide&&w){const g=$e(t[c.tide.by],c.tide.span).map(A=>Math.exp(N(s("tide")*A,-20,20))),k=g.reduce((A,O)=>A+O,0)/i;u=u.map((A,O)=>A*g[O]/k)}const d=new se(f,o),b=s("zeros"),y=s("noise"),v=c.middle.dispersion===null?null:Math.max(s("dispersion"),1e-6);let M=m.map((g,k)=>{if(c.form==="noisy")return p*g*u[k]*Math.exp(y*d.normal());if(c.form==="events")return d.binomial(Math.round(g),N(p*u[k],0,1));let A=N(p*Math.max(g,0)*u[k],0,1e9);return v!==null&&(A*=d.gamma(v)/v),d.poisson(Math.min(A,1e12))}).map(g=>d.uniform()<b?0:g);if(c.date_block&&w){const g=N(s("date_share"),0,1),k=M.slice();M.forEach((A,O)=>{const fe=d.binomial(A,g);k[O]-=fe,k[O-O%c.date_block]+=fe}),M=k}return c.digits&&(M=M.map(g=>{if(!g)return 0;const k=10**(Math.floor(Math.log10(Math.max(Math.abs(g),1e-300)))-c.digits+1);return Math.round(g/k)*k})),M}function Ne(o,e,t,n){const r=Object.values(e)[0].length,f=Oe(o,t,r,n);return Object.fromEntries(Object.keys(o.series).map(c=>[c,Be(c,o,e,t,f,n)]))}function re(o,e,t){const n=e?new Float64Array(e):new Float64Array,r=o.names.length?n.length/o.names.length:0;return f=>{const c=o.names.indexOf(f);return c<0||!r?void 0:n[c*r+t%r]}}function Fe(o,e,t,n,r,f){const c=o.dates.length,l=t.length,i=Object.fromEntries(Object.keys(o.series).map(a=>{const p=t.indexOf(a);return[a,Float64Array.from({length:c},(w,h)=>{let m=0;for(let u=0;u<o.every;u++)m+=n[Math.min(o.first+h*o.every+u,r)*l+p];return m/o.every})]})),s=Ne(o.reporting,i,e,f);return Object.keys(o.series).map(a=>s[a])}class Ue{constructor(e){this.bundle=e,this.module=new WebAssembly.Module(e.arrays.wasm),this.networks=e.arrays.networks?new WebAssembly.Module(e.arrays.networks):null}module;networks;kept=null;people(e,t){const n=JSON.stringify([e,String(t)]);return this.kept?.[0]!==n&&(this.kept=[n,ge(this.bundle,this.networks,e,t)]),this.kept[1]}world(e){return Ie(this.bundle,this.module,this.people(e.table,e.peopleSeed),e.params,e.seed,e.interventions,e.steps)}}function je(o,e){const t=o.length-1,n=Int32Array.from({length:t},(c,l)=>l),r=new Int32Array(t),f=new Int32Array(t).fill(-1);for(let c=0,l=0;c<8;c++){let i=0;for(let s=0;s<t;s++,l++){const a=s*7919%t;let p=n[a],w=0;for(let h=o[a];h<o[a+1];h++){const m=n[e[h]];f[m]!==l&&(f[m]=l,r[m]=0),(++r[m]>w||r[m]===w&&m<p)&&(w=r[m],p=m)}w&&p!==n[a]&&(n[a]=p,i++)}if(i<t/100)break}return n}class Se{constructor(e,t){this.bundle=e,this.base=t}async run(e,t,n,r,f,c){const l=this.bundle.meta,i=l.observables.length;if(l.engine.kind==="recorded")return this.play(e,t,r,f,c);const s=Object.fromEntries(l.params.filter(M=>t.params[M.name]!==M.value).map(M=>[M.name,t.params[M.name]])),a=performance.now(),p=await fetch(`${this.base}run`,{method:"POST",headers:{"content-type":"application/json"},body:JSON.stringify({params:s,table:t.table,seed:t.seed,steps:t.steps,view:t.view,interventions:t.twin?t.interventions:null})});if(!p.ok)throw new Error(await p.text());const w=p.body.getReader();let h=new Uint8Array(0),m=0;const u=async M=>{for(;h.length-m<M;){const{done:g,value:k}=await w.read();if(g)throw new Error(new TextDecoder().decode(h.subarray(m))||"the stream ended early");const A=new Uint8Array(h.length-m+k.length);A.set(h.subarray(m)),A.set(k,h.length-m),h=A,m=0}return m+=M,h.slice(m-M,m)},d=new DataView((await u(4)).buffer).getUint32(0,!0),b=t.twin?2:1,y=Array.from({length:b},()=>new c(d,t.steps,!1)),v={id:e,settings:t,a:y[0],b:y[1]??null,done:-1,waiting:null};f(v),r({type:"people",id:e,people:{people:d,region:new Int32Array(d),indptr:null,indices:null,sortKey:null,labels:null,places:null}});for(let M=0;M<=t.steps;M++){const g=[];for(let k=0;k<b;k++){if((await u(1))[0]!==1)throw new Error(new TextDecoder().decode(await u(new DataView((await u(4)).buffer).getUint32(0,!0))));g.push(new Float64Array((await u(8*i)).buffer)),y[k].add(await u(d))}if(!n()){await w.cancel();return}v.done=M,r({type:"progress",id:e,from:M,to:M,world:g[0],twin:g[1]??null})}r({type:"done",id:e,milliseconds:performance.now()-a})}play(e,t,n,r,f){const c=this.bundle.meta,l=c.engine.recorded,i=t.params[l.param]??l.values[0];let s=0;l.values.forEach((d,b)=>{Math.abs(d-i)<Math.abs(l.values[s]-i)&&(s=b)});const a=new Uint8Array(this.bundle.arrays[`frames.${s}`]),p=new Float64Array(this.bundle.arrays[`values.${s}`]),w=l.people,h=new f(w,l.steps,!1),m=c.observables.length,u=new Uint8Array(w);for(let d=0;d<=l.steps;d++){for(let b=0;b<w;b++)u[b]^=a[d*w+b];h.add(u.slice())}r({id:e,settings:t,a:h,b:null,done:l.steps,waiting:null}),n({type:"people",id:e,people:{people:w,region:new Int32Array(w),indptr:null,indices:null,sortKey:null,labels:null,places:null}}),n({type:"progress",id:e,from:0,to:l.steps,world:p.slice(0,(l.steps+1)*m),twin:null}),n({type:"done",id:e,milliseconds:0})}}const Te=256<<20,ie=12;let x,j=null,oe="",_=0;const I=(o,e=[])=>self.postMessage(o,e),W=()=>new Promise(o=>{const e=new MessageChannel;e.port1.onmessage=()=>o(),e.port2.postMessage(0)});function ze(o,e,t,n){const r=o.meta.views[t],f=n.length;if(!r)return;if(r.kind==="boards"){const{rows:l,columns:i}=e.people,s=r.reach;n.fill(0),r.of.forEach((a,p)=>{const w=e.column(a),h=e.program.regions[`people.${a}`].shape;for(let m=0;m<l;m++)for(let u=0;u<i;u++){const d=u+s;w[((d>>4)+1)*h[1]+m+s]>>>(d&15)&1&&(n[m*i+u]=p+1)}});return}const c=e.column(r.of[0]);if(c){if(r.kind==="kinds"){const l=c.length/f;for(let i=0;i<f;i++){let s=2166136261;for(let a=0;a<l;a++)s=Math.imul(s^Number(c[i*l+a])+17,16777619)>>>0;n[i]=1+((s^s>>>13)>>>0)%12}return}for(let l=0;l<f;l++)n[l]=Number(c[l])}}class D{constructor(e,t,n){this.people=e,this.floats=n,this.stride=Math.max(1,Math.ceil(e*(t+1)*(n?4:1)/Te))}frames=[];stride;low=1/0;high=-1/0;keep(e,t,n){if(t%this.stride)return;const r=this.floats?new Float32Array(this.people):new Uint8Array(this.people);ze(x,e,n,r),this.add(r)}add(e){if(this.floats)for(const t of e)t<this.low&&(this.low=t),t>this.high&&(this.high=t);this.frames.push(e)}frame(e){return this.frames[Math.min(Math.floor(e/this.stride),this.frames.length-1)]}}let E=null;function Re(o,e){const t=BigInt(o.seed);return{peopleSeed:T(t,"people",e),seed:T(t,"world",e)}}function K(o,e,t){const n=Re(o,e);x.meta.population.made||(n.peopleSeed=BigInt(x.meta.population.table.seed));const r=x.meta.beside?.pulses??[],f={...Pe(o,e),...t?o.other:{}};return j.world({table:o.table,params:f,...n,steps:o.steps,interventions:t?[...r,...o.interventions]:r})}function Pe(o,e){const t=x.meta.beside;if(!t||!e)return o.params;const n=re(t,x.arrays.drawn,e);return{...o.params,...Object.fromEntries(t.posterior.filter(r=>!o.moved.includes(r)).map(r=>[r,n(r)]))}}function ae(o,e,t){if(o instanceof Uint8Array)return o.slice();const n=new Uint8Array(o.length),r=t>e?255/(t-e):0;for(let f=0;f<o.length;f++)n[f]=Math.max(0,Math.min(255,(o[f]-e)*r));return n}function le(o,e){const t=!(o.a.frame(0)instanceof Uint8Array),n=t?Math.min(o.a.low,o.b?.low??1/0):0,r=t?Math.max(o.a.high,o.b?.high??-1/0):1,f=ae(o.a.frame(e),n,r),c=o.b?ae(o.b.frame(e),n,r):null;I({type:"frame",id:o.id,shown:{step:e,world:f,twin:c,low:n,high:r}},c?[f.buffer,c.buffer]:[f.buffer])}function qe(o,e){const t=x.meta.traits[0],n=t?e.column(t.name):null;return{people:o.people,region:o.region.slice(),indptr:o.indptr?.slice()??null,indices:o.indices?.slice()??null,sortKey:n?Float64Array.from(n):null,places:x.arrays.places?new Float32Array(x.arrays.places.slice(0)):null,labels:o.regions>1?o.region.slice():o.indptr&&o.people<=5e4?je(o.indptr,o.indices):null}}let L="";async function We(o,e){const t=x.meta,n=t.observables.length,r=performance.now();if(!j)return new Se(x,oe).run(o,e,()=>_===o,I,g=>{E=g},D);const f=K(e,0,!1),c=e.twin?K(e,0,!0):null,l=f.people.people,i=JSON.stringify([e.table,e.seed]);if(i!==L){L=i;const g=qe(f.people,f);I({type:"people",id:o,people:g})}const s=t.views[e.view]?.kind==="float",a=E={id:o,settings:e,a:new D(l,e.steps,s),b:c?new D(l,e.steps,s):null,done:0,waiting:E?.waiting??null},p=t.engine.kind==="flow"?[]:[...t.states.map(g=>g.name)],w=e.watch>=0&&e.watch<l?e.watch:-1,h=w<0?null:{person:w,names:p,world:p.map(()=>new Float64Array(e.steps+1)),twin:c?p.map(()=>new Float64Array(e.steps+1)):null,ties:f.people.indptr?[...f.people.indices.subarray(f.people.indptr[w],f.people.indptr[w+1])]:[],degree:f.people.indptr?f.people.indptr[w+1]-f.people.indptr[w]:f.people.grid?0:l-1,traits:t.traits.map(g=>[g.name,Number(f.column(g.name)?.[w]??NaN)])},m=g=>{a.a.keep(f,g,e.view),c&&a.b.keep(c,g,e.view),h&&p.forEach((k,A)=>{h.world[A][g]=Number(f.column(k)[w]),c&&(h.twin[A][g]=Number(c.column(k)[w]))})};let u=0,d=[],b=[];const y=g=>{g<u||(I({type:"progress",id:o,from:u,to:g,world:Float64Array.from(d),twin:c?Float64Array.from(b):null}),u=g+1,d=[],b=[],a.waiting!==null&&a.waiting<=g&&(le(a,a.waiting),a.waiting=null))},v=()=>{const g=new Array(n);f.observe(g,0),d.push(...g),c&&(c.observe(g,0),b.push(...g))};m(0),v(),y(0);let M=performance.now();for(let g=1;g<=e.steps;g++){try{V(f,""),c&&V(c," of the twin")}catch(k){throw y(g-1),k}if(m(g),v(),a.done=g,performance.now()-M>ie||g===e.steps){if(y(g),await W(),_!==o)return;M=performance.now()}}h&&I({type:"life",id:o,life:h}),I({type:"done",id:o,milliseconds:performance.now()-r})}function V(o,e){try{o.advance()}catch(t){throw new Error(`at step ${o.step}${e}, ${t instanceof Error?t.message:t}`)}}async function De(o,e,t){if(!j)return;const n=x.meta.observables.length,{beside:r,observables:f}=x.meta,c=f.map(l=>l.name);for(let l=1;l<=t;l++){const i=[];try{for(const a of e.twin?[!1,!0]:[!1]){const p=K(e,l,a),w=new Float64Array((e.steps+1)*n);p.observe(w,0);let h=performance.now();for(let m=1;m<=e.steps;m++)if(V(p,a?" of a twin":""),p.observe(w,m*n),performance.now()-h>ie){if(await W(),_!==o)return;h=performance.now()}i.push(w)}const s=r?Fe(r,re(r,x.arrays.drawn,l),c,i[0],e.steps,l):null;I({type:"member",id:o,world:i[0],twin:i[1]??null,count:l,reported:s})}catch(s){I({type:"lost",id:o,message:s instanceof Error?s.message:String(s)})}if(await W(),_!==o)return}I({type:"done",id:o,milliseconds:0})}let ce=Promise.resolve();async function Ke(o,e){x=await Ee(o),oe=e,L="",j=x.arrays.wasm?new Ue(x):null,I({type:"ready"})}self.onmessage=async({data:o})=>{try{if(o.type==="load")_=0,await(ce=Ke(o.packed,o.base));else if(o.type==="run"||o.type==="ensemble"){if(_=o.id,await ce,_!==o.id)return;await(o.type==="run"?We(o.id,o.settings):De(o.id,o.settings,o.worlds))}else o.type==="frame"?E&&E.id===o.id&&E.done>=o.step?le(E,o.step):E&&(E.waiting=o.step):_=0}catch(e){I({type:"failed",id:_,message:e instanceof Error?e.message:String(e)})}}})();\n', ce = typeof self < "u" && self.Blob && new Blob(["(self.URL || self.webkitURL).revokeObjectURL(self.location.href);", ye], { type: "text/javascript;charset=utf-8" });
function He(c) {
  let e;
  try {
    if (e = ce && (self.URL || self.webkitURL).createObjectURL(ce), !e) throw "";
    const t = new Worker(e, {
      name: c?.name
    });
    return t.addEventListener("error", () => {
      (self.URL || self.webkitURL).revokeObjectURL(e);
    }), t;
  } catch {
    return new Worker(
      "data:text/javascript;charset=utf-8," + encodeURIComponent(ye),
      {
        name: c?.name
      }
    );
  }
}
const Y = 256, Xe = 0.5;
function ve(c) {
  const e = /* @__PURE__ */ new Set();
  for (const t of c)
    t.kind === "pulse" || t.kind === "seed" ? e.add(t.at) : (e.add(t.start), t.end && e.add(t.end));
  return e;
}
function X(c, e, t) {
  const s = {};
  for (const n of c) n.kind === "set" && (s[n.name] = t[n.name]);
  for (const n of c) n.kind === "set" && n.start <= e && (n.end === null || e < n.end) && (s[n.name] = n.value);
  return s;
}
const Q = (c, e) => e >= c.start && (c.end === null || e < c.end);
class Qe {
  constructor(e, t, s, n, l, a) {
    this.people = s, this.params = n, this.seed = l, this.interventions = a;
    const o = this.meta = e.meta, i = o.engine.layout, r = this.n = s.people;
    this.turns = o.engine.kind === "turns", this.mixed = s.indptr === null, this.times = ve(a);
    const h = this.program = new F(t, o.engine.arguments, o.engine.dataEnd, o.engine.errors);
    this.start = new de(h, r);
    const f = this.blocks = Math.ceil(r / Y), g = s.regions, u = !this.turns;
    h.array("key0", "u64", [1])[0] = l & 0xffffffffn, h.array("key1", "u64", [1])[0] = l >> 32n, h.array("bools", "u8", [i.bools.length, r, 1]), h.array("floats", "f64", [i.floats.length, r, 1]), h.array("traits", "f64", [i.traits.length, r]), h.array("region", "i32", [r]).set(s.region), h.array("degree", "i32", [r]);
    const m = i.seenBools.length + i.seenFloats.length > 0;
    if (h.array("counts", "i32", [i.seenBools.length, u && !this.mixed && m ? r : 0, 1]), h.array("means", "f64", [i.seenFloats.length, u ? r : 0, 1]), h.array("deltas", "i8", [i.seenBools.length, u ? r : 0, 1]), h.array("table", "f64", [Object.keys(i.table).length, 1]), h.array("here", "f64", [i.regionals.length, g, 1]), h.array("flags", "u8", [r]), h.array("dirty", "u8", [r]).fill(1), h.array("parts", "f64", [f, i.sums.length, 1]), h.array("changes", "i64", [f, i.bools.length, 1]), h.array("totals", "i64", [i.bools.length, 1]), this.turns && (h.array("indptr", "i64", [this.mixed ? 1 : r + 1]), h.array("indices", "i32", [this.mixed ? 0 : s.indices.length]), this.mixed || (h.view("indptr").set(BigInt64Array.from(s.indptr, BigInt)), h.view("indices").set(s.indices)), h.array("running", "f64", [i.seenFloats.length, 1]), h.array("queue", "i32", [1, r]), h.array("handed", "f64", [i.tallies.length, r, 1])), h.array("bad", "u8", [o.engine.guards.length, 1]), this.mixed) h.view("degree").fill(Math.max(r - 1, 0));
    else for (let y = 0; y < r; y++) h.view("degree")[y] = s.indptr[y + 1] - s.indptr[y];
    for (const y of ["person", "society", "region"]) y in o.engine.arguments && (this.call[y] = h.bind(y));
    i.traits.forEach((y, k) => {
      const x = pe(e, this.start, o.traits.find((b) => b.name === y), s, n);
      h.view("traits").set(x, k * r);
    });
    const p = h.view("table"), w = h.view("here");
    for (const [y, k] of Object.entries(n)) p[i.table[`p.${y}`]] = k;
    for (const y of o.societies) p[i.table[`society.${y.name}`]] = T(y.initial, n);
    for (const y of o.tallies) p[i.table[`people.${y.name}`]] = T(y.initial, n);
    for (const y of o.regionals) w.fill(T(y.initial, n), i.regionals.indexOf(y.name) * g, (i.regionals.indexOf(y.name) + 1) * g);
    o.states.forEach((y, k) => {
      const x = y.kind === "bool", b = (x ? i.bools : i.floats).indexOf(y.name), M = new Float64Array(r);
      we(e, this.start, k, n, l, M), h.view(x ? "bools" : "floats").set(M, b * r);
    }), this.recount(), i.bools.forEach((y, k) => {
      p[i.table[`people.${y}`]] = Number(h.view("totals")[k]) / r;
    });
    const v = i.sums.map((y) => i.floats.includes(y) ? this.summed("floats", i.floats.indexOf(y)) : 0);
    i.sums.forEach((y, k) => {
      i.floats.includes(y) && (p[i.table[`people.${y}`]] = v[k] / r);
    }), this.sizes = new Float64Array(g);
    for (const y of s.region) this.sizes[y]++;
    for (let y = 0; y < g; y++) this.sizes[y] = Math.max(this.sizes[y], 1);
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
    for (let n = 0; n < s.length; n++) {
      let l = 0;
      for (let a = n * e; a < (n + 1) * e; a++) l += t[a];
      s[n] = BigInt(l);
    }
  }
  /** A sum within blocks in order, then over blocks in order. */
  summed(e, t) {
    const s = this.program.view(e), { n } = this;
    let l = 0;
    for (let a = 0; a < n; a += Y) {
      let o = 0;
      for (let i = a; i < Math.min(a + Y, n); i++) o += s[t * n + i];
      l += o;
    }
    return l;
  }
  apply(e) {
    let t = !1;
    const s = this.program, n = s.view("table"), l = this.meta.engine.layout, { n: a } = this;
    for (const [o, i] of Object.entries(X(this.interventions, e, this.params))) {
      const r = l.table[`p.${o}`];
      n[r] !== i && (n[r] = i, t = !0);
    }
    for (const o of this.interventions)
      if (o.kind === "pulse" && o.at === e && (n[l.table[`society.${o.name}`]] += o.amount, t = !0), o.kind === "seed" && o.at === e) {
        const i = l.bools.indexOf(o.name), r = this.meta.states.find((u) => u.name === o.name), h = this.start.uniforms(this.seed, r.seeded, e), f = s.view("bools");
        for (let u = 0; u < a; u++) h[u] < o.share && (f[i * a + u] = 1);
        let g = 0;
        for (let u = 0; u < a; u++) g += f[i * a + u];
        s.view("totals")[i] = BigInt(g), s.view("table")[l.table[`people.${o.name}`]] = g / a, this.fresh = t = !0;
      }
    return t;
  }
  see() {
    const e = this.program, t = this.meta.engine.layout, { n: s } = this, n = e.view("bools"), l = e.view("floats"), a = e.view("means");
    if (this.mixed) {
      t.seenFloats.forEach((u, m) => {
        const p = t.floats.indexOf(u), w = this.summed("floats", p);
        for (let v = 0; v < s; v++) a[m * s + v] = s > 1 ? (w - l[p * s + v]) / (s - 1) : l[p * s + v];
      });
      return;
    }
    const o = this.people.indptr, i = this.people.indices;
    if (t.seenFloats.forEach((u, m) => {
      const p = t.floats.indexOf(u) * s;
      for (let w = 0; w < s; w++) {
        let v = 0;
        for (let y = o[w], k = o[w + 1]; y < k; y++) v += l[p + i[y]];
        a[m * s + w] = o[w + 1] > o[w] ? v / (o[w + 1] - o[w]) : l[p + w];
      }
    }), !t.seenBools.length) return;
    const r = e.view("counts"), h = e.view("dirty"), f = e.view("flags"), g = e.view("deltas");
    if (this.fresh || this.flipped > Xe * s || this.meta.population.directed)
      t.seenBools.forEach((u, m) => {
        const p = t.bools.indexOf(u) * s;
        for (let w = 0; w < s; w++) {
          let v = 0;
          for (let y = o[w], k = o[w + 1]; y < k; y++) v += n[p + i[y]];
          r[m * s + w] = v;
        }
      }), h.fill(1), this.fresh = !1;
    else if (this.flipped) {
      for (let u = 0; u < s; u++) if (f[u]) {
        h[u] = 1;
        for (let m = o[u], p = o[u + 1]; m < p; m++) {
          const w = i[m];
          h[w] = 1;
          for (let v = 0; v < t.seenBools.length; v++) r[v * s + w] += g[v * s + u];
        }
      }
    }
  }
  macro(e) {
    const t = this.program, s = this.meta.engine.layout, n = t.view("table"), l = this.people.regions;
    n[s.table["society.step"]] = e, this.call.society?.({ step: e, regions: l });
    for (const r of this.interventions) if (r.kind === "cap" && Q(r, e)) {
      const h = s.table[`society.${r.name}`];
      n[h] = Math.min(n[h], r.most);
    }
    if (!this.call.region) return;
    const a = t.view("here"), o = this.people.region, { n: i } = this;
    for (const r of s.regionalPeople) {
      const h = s.bools.includes(r), f = t.view(h ? "bools" : "floats"), g = (h ? s.bools : s.floats).indexOf(r) * i, u = new Float64Array(l), m = s.regionals.indexOf(`people.${r}`) * l;
      for (let p = 0; p < i; p++) u[o[p]] += f[g + p];
      for (let p = 0; p < l; p++) a[m + p] = u[p] / this.sizes[p];
    }
    this.call.region({ step: e, regions: l });
  }
  advance() {
    const e = ++this.step, t = this.program, s = this.meta, n = s.engine.layout, { n: l } = this;
    for (const k of s.shocks) t.view("table")[n.table[`society.${k.name}`]] = 0;
    const a = this.times.has(e) ? this.apply(e) : !1;
    if (this.turns) {
      this.turn(e), this.check();
      return;
    }
    this.see(), this.macro(e);
    const o = t.view("dirty"), i = t.view("flags"), r = !this.mixed && n.seenBools.length > 0;
    if (!n.luckless || a || !r && this.flipped) o.fill(1);
    else if (e > 1 && !o.includes(1))
      return i.fill(0), this.flipped = 0, this.check();
    i.fill(0), t.view("parts").fill(0), t.view("changes").fill(0n), this.call.person({ first: 0, last: this.blocks, people: l, worlds: 1, step: e, mixed: this.mixed ? 1 : 0 });
    const h = t.view("flags");
    let f = 0;
    for (let k = 0; k < l; k++) f += h[k];
    this.flipped = f;
    const g = t.view("table"), u = t.view("totals"), m = t.view("changes"), p = t.view("parts"), w = this.blocks, v = n.bools.length, y = n.sums.length;
    n.bools.forEach((k, x) => {
      for (let b = 0; b < w; b++) u[x] += m[b * v + x];
      g[n.table[`people.${k}`]] = Number(u[x]) / l;
    }), n.sums.forEach((k, x) => {
      let b = 0;
      for (let M = 0; M < w; M++) b += p[M * y + x];
      g[n.table[`people.${k}`]] = b / l;
    }), this.check();
  }
  /** A guard that does not hold ends the world, with the line of the rule that it watches. */
  check() {
    const e = this.program.view("bad").indexOf(1);
    if (e >= 0) throw new Error(this.meta.engine.guards[e]);
  }
  turn(e) {
    const t = this.program, s = this.meta.engine.layout, { n } = this;
    this.macro(e);
    const l = t.view("running");
    s.seenFloats.forEach((i, r) => {
      l[r] = this.summed("floats", s.floats.indexOf(i));
    }), this.call.person({ first: 0, last: 1, people: n, step: e, mixed: this.mixed ? 1 : 0 });
    const a = t.view("table"), o = t.view("totals");
    s.bools.forEach((i, r) => {
      a[s.table[`people.${i}`]] = Number(o[r]) / n;
    });
    for (const i of s.sums) {
      const r = s.floats.includes(i) ? this.summed("floats", s.floats.indexOf(i)) : this.summed("handed", s.tallies.indexOf(i));
      a[s.table[`people.${i}`]] = r / n;
    }
  }
  observe(e, t) {
    const s = this.program.view("table"), n = this.meta.engine.layout.table;
    this.meta.observables.forEach((l, a) => {
      e[t + a] = s[n[l.of]];
    });
  }
  column(e) {
    const t = this.meta.engine.layout, { n: s } = this;
    for (const [n, l] of [["bools", t.bools], ["floats", t.floats], ["traits", t.traits]]) {
      const a = l.indexOf(e);
      if (a >= 0) return this.program.view(n).subarray(a * s, (a + 1) * s);
    }
    return null;
  }
}
const fe = { bool: "u8", uint8: "u8", int8: "i8", int16: "i16", int32: "i32", uint32: "u32", int64: "i64", uint64: "u64", float64: "f64" }, Ze = 64;
class et {
  constructor(e, t, s, n, l, a, o) {
    this.people = s, this.params = n, this.seed = l, this.interventions = a;
    const i = this.meta = e.meta, r = s.people, h = this.program = new F(t, i.engine.arguments, i.engine.dataEnd, i.engine.errors);
    this.start = new de(h, r);
    for (const m of i.engine.fields) {
      const p = !(m.dtype in fe), w = p ? Number(m.dtype) : void 0, v = h.array(`people.${m.name}`, p ? "u8" : fe[m.dtype], m.from === "data" ? m.shape : [r], w);
      m.from === "region" ? v.set(s.region) : m.from === "data" && new Uint8Array(h.memory.buffer, h.regions[`people.${m.name}`].at).set(new Uint8Array(e.arrays[`array.${m.name}`]));
    }
    for (const m of i.traits) h.view(`people.${m.name}`).set(pe(e, this.start, m, s, n));
    i.states.forEach((m, p) => {
      const w = new Float64Array(r);
      we(e, this.start, p, n, l, w), h.view(`people.${m.name}`).set(w);
    }), this.fields = [...i.societies.map((m) => m.name), ...i.shocks.map((m) => m.name), "step"];
    const f = h.array("society", "f64", [this.fields.length]);
    for (const m of i.societies) f[this.fields.indexOf(m.name)] = T(m.initial, n);
    h.array("p", "f64", [Math.max(i.params.length, 1)]).set(i.params.map((m) => n[m.name])), h.array("ties.indptr", "i64", [r + 1]), s.indptr && h.view("ties.indptr").set(BigInt64Array.from(s.indptr, BigInt)), h.array("ties.indices", "i32", [s.indices?.length ?? 0]), s.indices && h.view("ties.indices").set(s.indices);
    const g = i.observables.length;
    h.array("values", "f64", [o + 2, g]), h.array("totals", "f64", [0, r]), this.call.run = h.bind("run"), h.regions.values = { ...h.regions.values, shape: [g], length: g }, this.call.start = h.bind("start"), this.call.observe = h.bind("observe"), h.regions.values = { ...h.regions.values, shape: [o + 2, g], length: (o + 2) * g };
    const u = { "grid.rows": s.grid ? s.rows : 0, "grid.columns": s.grid ? s.columns : 0, seed: l };
    this.call.start(u), this.call.run({ ...u, first: 1, last: 1 }), this.capped = a.some((m) => m.kind === "cap"), this.changes = ve(a);
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
    const s = this.program.view("society"), n = this.fields.indexOf(e);
    return t !== void 0 && (s[n] = t), s[n];
  }
  cap(e) {
    for (const t of this.interventions) t.kind === "cap" && Q(t, e) && this.society(t.name, Math.min(this.society(t.name), t.most));
  }
  intervene(e) {
    const t = this.program, s = this.meta;
    for (const a of s.shocks) this.society(a.name, 0);
    const n = X(this.interventions, e, this.params), l = t.view("p");
    s.params.forEach((a, o) => {
      a.name in n && (l[o] = n[a.name]);
    });
    for (const a of this.interventions)
      if (a.kind === "pulse" && a.at === e && this.society(a.name, this.society(a.name) + a.amount), a.kind === "seed" && a.at === e) {
        const o = s.states.find((h) => h.name === a.name), i = this.start.uniforms(this.seed, o.seeded, e), r = t.view(`people.${a.name}`);
        for (let h = 0; h < i.length; h++) i[h] < a.share && (r[h] = 1);
      }
    this.cap(e);
  }
  advance() {
    const e = ++this.step;
    if ((e === 1 || this.changes.has(e) || this.changes.has(e - 1) || (this.capped || (e - 1) % Ze === 0)) && this.intervene(e), this.call.run({ first: e, last: e + 1 }), !this.capped) return;
    this.cap(e);
    const t = this.program.view("values"), s = this.meta.observables.length, n = t.slice(0, s);
    this.call.observe(), t.copyWithin(e * s, 0, s), t.set(n, 0);
  }
  observe(e, t) {
    const s = this.meta.observables.length, n = this.program.view("values");
    for (let l = 0; l < s; l++) e[t + l] = n[this.step * s + l];
  }
  column(e) {
    return `people.${e}` in this.program.regions ? this.program.view(`people.${e}`) : null;
  }
}
class tt {
  constructor(e, t, s, n, l, a) {
    this.people = s, this.params = n, this.interventions = l;
    const o = this.meta = e.meta, i = o.societies, r = this.program = new F(t, o.engine.arguments, o.engine.dataEnd, o.engine.errors);
    r.array("y", "f64", [i.length]).set(i.map((h) => T(h.initial, n))), r.array("shock", "f64", [o.shocks.length]), r.array("p", "f64", [o.params.length]).set(o.params.map((h) => n[h.name])), r.array("values", "f64", [a + 2, i.length]), this.run = r.bind("run"), this.pulses = new Float64Array(o.shocks.length);
  }
  step = 0;
  program;
  run;
  pulses;
  meta;
  advance() {
    const e = ++this.step, t = this.meta, s = this.program;
    for (const [l, a] of Object.entries(X(this.interventions, e, this.params))) s.view("p")[t.params.findIndex((o) => o.name === l)] = a;
    const n = s.view("shock");
    n.fill(0), this.pulses.fill(0);
    for (const l of this.interventions) if (l.kind === "pulse" && l.at === e) {
      const a = t.shocks.findIndex((o) => o.name === l.name);
      n[a] += l.amount, this.pulses[a] += l.amount;
    }
    this.run({ first: e, last: e + 1, substeps: t.engine.substeps });
    for (const l of this.interventions) if (l.kind === "cap" && Q(l, e)) {
      const a = t.societies.findIndex((i) => i.name === l.name), o = s.view("y");
      o[a] = Math.min(o[a], l.most);
    }
  }
  observe(e, t) {
    const s = this.program.view("y"), n = this.meta;
    n.observables.forEach((l, a) => {
      const o = l.of.replace("society.", ""), i = n.societies.findIndex((r) => r.name === o);
      e[t + a] = i >= 0 ? s[i] : this.pulses[n.shocks.findIndex((r) => r.name === o)];
    });
  }
  column() {
    return null;
  }
}
function st(c, e, t, s, n, l, a) {
  switch (c.meta.engine.kind) {
    case "process":
      return new et(c, e, t, s, n, l, a);
    case "flow":
      return new tt(c, e, t, s, l, a);
    default:
      return new Qe(c, e, t, s, n, l);
  }
}
async function nt(c) {
  const e = Uint8Array.from(atob(c), (s) => s.charCodeAt(0)), t = new Blob([e]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return await new Response(t).arrayBuffer();
}
async function it(c) {
  const e = {};
  return await Promise.all(Object.entries(c.arrays).map(async ([t, s]) => {
    e[t] = await nt(s);
  })), { meta: c.meta, arrays: e };
}
const L = (c, e, t) => Math.min(Math.max(c, e), t);
class ke {
  s;
  constructor(e, t) {
    let s = 2166136261 ^ e;
    for (const n of t) s = Math.imul(s ^ n.charCodeAt(0), 16777619);
    this.s = Uint32Array.from([s, Math.imul(s, 2654435761), e, 1]);
    for (let n = 0; n < 16; n++) this.uniform();
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
      const n = this.normal(), l = (1 + s * n) ** 3;
      if (l > 0 && Math.log(this.uniform()) < 0.5 * n * n + t - t * l + t * Math.log(l)) return t * l;
    }
  }
  /** Through gammas down to a small mean (Ahrens & Dieter 1974), then by waiting times. */
  poisson(e) {
    if (e > 12) {
      const s = Math.floor(0.875 * e), n = this.gamma(s);
      return n > e ? this.binomial(s - 1, e / n) : s + this.poisson(e - n);
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
      const n = 1 + Math.floor(e / 2), l = this.gamma(n), a = this.gamma(e + 1 - n), o = l / (l + a);
      return o <= t ? n + this.binomial(e - n, (t - o) / (1 - o)) : this.binomial(n - 1, t / o);
    }
    let s = 0;
    for (let n = 0; n < e; n++) this.uniform() < t && s++;
    return s;
  }
}
function rt(c, e) {
  const t = c.length, s = new Float64Array(t + 1);
  let n = 0;
  for (let r = 0; r < t; r++)
    s[r + 1] = s[r] + c[r], n += Math.abs(c[r]) / t;
  const l = Math.max(n, 1e-12), a = Float64Array.from({ length: t }, (r, h) => {
    const f = Math.min(h + e, t), g = Math.max(h - e, 0), u = (s[f] - s[h]) / Math.max(f - h, 1), m = h > g ? (s[h] - s[g]) / Math.max(h - g, 1) : u;
    return Math.log(Math.max(u, 0) + 0.01 * l) - Math.log(Math.max(m, 0) + 0.01 * l);
  }), o = a.reduce((r, h) => r + h, 0) / t, i = Math.sqrt(a.reduce((r, h) => r + (h - o) ** 2, 0) / t);
  return a.map((r) => (r - o) / (i > 1e-12 ? i : 1));
}
function at(c, e, t, s) {
  const n = new Float64Array(t);
  for (let l = 1; l <= (c.coverage?.jumps ?? 0); l++) {
    const a = e(`coverage.when${l}`) ?? 0.5, o = e(`coverage.jump${l}`) ?? c.coverage.size;
    for (let i = 0; i < t; i++) (i + 0.5) / t < a && (n[i] -= o);
  }
  if (c.effort) {
    const l = e("effort.life") ?? c.effort.life, a = e("effort.sd") ?? c.effort.sd, o = 0.5 ** (1 / Math.max(l, 1e-9)), i = new ke(s, "effort");
    let r = 0;
    for (let h = 0; h < t; h++)
      r = h ? o * r + Math.sqrt(1 - o * o) * i.normal() : i.normal(), n[h] += a * r - a * a / 2;
  }
  return n.map(Math.exp);
}
function ot(c, e, t, s, n, l) {
  const a = e.series[c], o = t[c], i = o.length;
  if (a.form === "exact") return o.slice();
  const r = (b) => s(`${c}.${b}`) ?? a.middle[b] ?? 0, h = r("flow"), f = r("scale"), g = a.form !== "noisy", u = o.map((b, M) => o[L(M - a.shift, 0, i - 1)]), m = u.map((b, M) => (1 - h) * b + h * Math.max(M ? b - u[M - 1] : 0, 0));
  let p = a.shared ? n : n.map(() => 1);
  if (a.tide && g) {
    const b = rt(t[a.tide.by], a.tide.span).map(($) => Math.exp(L(r("tide") * $, -20, 20))), M = b.reduce(($, E) => $ + E, 0) / i;
    p = p.map(($, E) => $ * b[E] / M);
  }
  const w = new ke(l, c), v = r("zeros"), y = r("noise"), k = a.middle.dispersion === null ? null : Math.max(r("dispersion"), 1e-6);
  let x = m.map((b, M) => {
    if (a.form === "noisy") return f * b * p[M] * Math.exp(y * w.normal());
    if (a.form === "events") return w.binomial(Math.round(b), L(f * p[M], 0, 1));
    let $ = L(f * Math.max(b, 0) * p[M], 0, 1e9);
    return k !== null && ($ *= w.gamma(k) / k), w.poisson(Math.min($, 1e12));
  }).map((b) => w.uniform() < v ? 0 : b);
  if (a.date_block && g) {
    const b = L(r("date_share"), 0, 1), M = x.slice();
    x.forEach(($, E) => {
      const P = w.binomial($, b);
      M[E] -= P, M[E - E % a.date_block] += P;
    }), x = M;
  }
  return a.digits && (x = x.map((b) => {
    if (!b) return 0;
    const M = 10 ** (Math.floor(Math.log10(Math.max(Math.abs(b), 1e-300))) - a.digits + 1);
    return Math.round(b / M) * M;
  })), x;
}
function lt(c, e, t, s) {
  const n = Object.values(e)[0].length, l = at(c, t, n, s);
  return Object.fromEntries(Object.keys(c.series).map((a) => [a, ot(a, c, e, t, l, s)]));
}
class ht {
  constructor(e) {
    this.bundle = e, this.module = new WebAssembly.Module(e.arrays.wasm), this.networks = e.arrays.networks ? new WebAssembly.Module(e.arrays.networks) : null;
  }
  module;
  networks;
  kept = null;
  people(e, t) {
    const s = JSON.stringify([e, String(t)]);
    return this.kept?.[0] !== s && (this.kept = [s, Fe(this.bundle, this.networks, e, t)]), this.kept[1];
  }
  world(e) {
    return st(this.bundle, this.module, this.people(e.table, e.peopleSeed), e.params, e.seed, e.interventions, e.steps);
  }
}
const ct = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ Object.defineProperty({
  __proto__: null,
  Engine: ht,
  MADE: ue,
  deriveSeed: me,
  report: lt,
  unpack: it
}, Symbol.toStringTag, { value: "Module" }));
function Me(c, e, t = {}) {
  return typeof WebAssembly > "u" || typeof DecompressionStream > "u" ? (c.textContent = "This page needs a browser with WebAssembly and DecompressionStream: Chrome or Edge from 103, Firefox from 113, Safari from 16.4.", null) : new Ge(c, e, { base: "", address: !0, worker: () => new He(), ...t });
}
function ft({ model: c, el: e }) {
  const t = document.createElement("div");
  e.append(t);
  const s = Me(t, JSON.parse(c.get("bundle")), {
    address: !1,
    onChange: (l) => {
      c.set("params", { ...l.params }), c.set("seed", Number(l.seed)), c.save_changes();
    }
  }), n = () => {
    const l = c.get("params");
    s && Object.entries(l).some(([a, o]) => s.state.params[a] !== o) && s.set(l);
  };
  return c.on("change:params", n), () => {
    c.off("change:params", n), s?.close();
  };
}
const mt = { render: ft };
globalThis.groundswellExplorer = { mount: Me, engine: ct };
export {
  mt as default,
  ct as engine,
  Me as mount
};
