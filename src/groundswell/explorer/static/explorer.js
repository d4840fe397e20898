function V(c) {
  return {
    params: Object.fromEntries(c.params.map((e) => [e.name, e.value])),
    table: { ...c.population.table },
    seed: c.seed,
    steps: c.steps,
    step: 0,
    view: 0,
    twin: null,
    moved: null,
    mode: "world",
    person: -1,
    speed: 1
  };
}
function Y(c, e) {
  const t = new URLSearchParams();
  for (const s of c.params) e.params[s.name] !== s.value && t.set(`p.${s.name}`, String(e.params[s.name]));
  for (const [s, a] of Object.entries(e.table)) s !== "seed" && JSON.stringify(a) !== JSON.stringify(c.population.table[s]) && t.set(`n.${s}`, String(a));
  if (e.seed !== c.seed && t.set("seed", e.seed), e.steps !== c.steps && t.set("steps", String(e.steps)), e.step && t.set("step", String(e.step)), e.view && t.set("view", c.views[e.view].name), e.twin) {
    const s = e.twin, a = s.kind === "pulse" ? [s.amount, s.at] : s.kind === "seed" ? [s.share, s.at] : [s.kind === "set" ? s.value : s.most, s.start, s.end ?? ""];
    t.set("twin", [s.kind, s.name, ...a].join(":")), e.mode !== "both" && t.set("mode", e.mode);
  }
  return e.person >= 0 && t.set("person", String(e.person)), t.toString();
}
const F = (c) => c !== void 0 && c !== "" && Number.isFinite(Number(c)) ? Number(c) : null;
function G(c, e) {
  const t = V(c), s = [];
  for (const [a, l] of new URLSearchParams(e.replace(/^#/, ""))) {
    const i = F(l), [n, ...r] = a.split("."), o = r.join(".");
    if (n === "p" && i !== null) {
      const h = c.params.find((f) => f.name === o);
      if (h && E(h, i)) {
        t.params[o] = i;
        continue;
      }
    } else if (n === "n" && o in t.table && o !== "network" && o !== "seed" && i !== null && i >= 0) {
      t.table[o] = i;
      continue;
    } else if (a === "seed" && /^\d{1,18}$/.test(l)) {
      t.seed = l;
      continue;
    } else if (a === "steps" && i !== null && i >= 1 && i <= 1e5) {
      t.steps = Math.round(i);
      continue;
    } else if (a === "step" && i !== null && i >= 0) {
      t.step = Math.round(i);
      continue;
    } else if (a === "view") {
      const h = c.views.findIndex((f) => f.name === l);
      if (h >= 0) {
        t.view = h;
        continue;
      }
    } else if (a === "person" && i !== null && i >= 0) {
      t.person = Math.round(i);
      continue;
    } else if (a === "mode" && ["world", "twin", "both", "difference"].includes(l)) {
      t.mode = l;
      continue;
    } else if (a === "twin") {
      const h = pe(c, l);
      if (h) {
        t.twin = h, t.mode === "world" && !e.includes("mode=") && (t.mode = "both");
        continue;
      }
    }
    s.push(a);
  }
  return t.step = Math.min(t.step, t.steps), { shown: t, ignored: s };
}
function E(c, e) {
  return (c.low === null || (c.lowOpen ? e > c.low : e >= c.low)) && (c.high === null || (c.highOpen ? e < c.high : e <= c.high));
}
function pe(c, e) {
  const [t, s, a, l, i] = e.split(":"), n = F(a), r = F(l), o = F(i);
  if (n === null || r === null || r < 1) return null;
  if (t === "pulse" && c.shocks.some((f) => f.name === s) && n >= 0) return { kind: t, name: s, amount: n, at: r };
  if (t === "seed" && c.states.some((f) => f.name === s && f.kind === "bool") && n >= 0 && n <= 1) return { kind: t, name: s, share: n, at: r };
  const h = c.params.find((f) => f.name === s);
  return t === "set" && h && !h.early && E(h, n) ? { kind: t, name: s, value: n, start: r, end: o } : t === "cap" && c.societies.some((f) => f.name === s) ? { kind: t, name: s, most: n, start: r, end: o } : null;
}
const de = "11px system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif";
function $(c) {
  if (!Number.isFinite(c)) return "none";
  const e = Math.abs(c);
  return e >= 1e6 || e > 0 && e < 1e-3 ? c.toExponential(1) : e >= 1e3 ? Math.round(c).toLocaleString("en") : String(Number(c.toPrecision(3)));
}
function H(c, e, t) {
  const s = e - c || 1, a = s / t, l = 10 ** Math.floor(Math.log10(a)), i = [1, 2, 5, 10].map((r) => r * l).find((r) => s / r <= t) ?? 10 * l, n = [];
  for (let r = Math.ceil(c / i - 1e-9); r * i <= e + 1e-9 * s; r++) n.push(Number((r * i).toPrecision(12)));
  return n;
}
class R {
  constructor(e, t, s) {
    this.canvas = e, this.seek = t, this.changed = s, this.context = e.getContext("2d");
    let a = !1;
    const l = (i) => Math.max(0, Math.min(this.steps, Math.round((i.offsetX - this.left) / Math.max(1, e.clientWidth - this.left - 6) * this.steps)));
    e.addEventListener("pointerdown", (i) => {
      a = !0, e.setPointerCapture(i.pointerId), this.seek(l(i));
    }), e.addEventListener("pointermove", (i) => {
      this.hover = l(i), a ? this.seek(this.hover) : this.changed();
    }), e.addEventListener("pointerup", () => {
      a = !1;
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
  hover = -1;
  domain = [0, 1];
  left = 40;
  draw() {
    const e = this.context, t = this.canvas, s = Math.min(devicePixelRatio || 1, 2), a = t.clientWidth, l = t.clientHeight;
    if (!a) return;
    (t.width !== Math.round(a * s) || t.height !== Math.round(l * s)) && (t.width = Math.round(a * s), t.height = Math.round(l * s));
    const i = getComputedStyle(t), n = (y) => i.getPropertyValue(`--${y}`).trim();
    e.setTransform(s, 0, 0, s, 0, 0), e.clearRect(0, 0, a, l);
    let r = 1 / 0, o = -1 / 0;
    const h = (y) => {
      Number.isFinite(y) && (y < r && (r = y), y > o && (o = y));
    };
    for (const y of this.series) {
      for (let M = 0; M <= y.upto && M < y.values.length; M++) h(y.values[M]);
      y.band && (y.band.low.forEach(h), y.band.high.forEach(h));
    }
    r === 1 / 0 && (r = 0, o = 1), this.zero ? h(0) : r >= 0 && r < 0.6 * o && (r = 0), o <= r && (o = r + (Math.abs(r) || 1) * 0.1, r === 0 && (o = 1));
    const f = (o - r) * 0.06;
    this.domain = [r === 0 ? 0 : r - f, o + f];
    const [m, d] = this.domain, u = 6, g = l - 18, w = a - this.left - 6, b = (y) => this.left + y / this.steps * w, v = (y) => g - (y - m) / (d - m) * (g - u);
    e.font = de, e.textBaseline = "middle";
    for (const y of H(m, d, l > 120 ? 4 : 3))
      e.strokeStyle = n("grid"), e.lineWidth = 1, e.beginPath(), e.moveTo(this.left, v(y)), e.lineTo(a - 6, v(y)), e.stroke(), e.fillStyle = n("muted"), e.textAlign = "right", e.fillText($(y), this.left - 6, v(y));
    e.textAlign = "center", e.textBaseline = "alphabetic", e.fillStyle = n("muted");
    for (const y of H(0, this.steps, 5)) b(y) < a - 12 && e.fillText(String(y), b(y), l - 4);
    for (const y of this.marks)
      e.fillStyle = y.colour, e.globalAlpha = 0.13, y.until !== null && y.until > y.at + 1 && e.fillRect(b(y.at), u, b(Math.min(y.until, this.steps)) - b(y.at), g - u), e.globalAlpha = 0.9, e.strokeStyle = y.colour, e.lineWidth = 1.5, e.setLineDash([2, 3]), e.beginPath(), e.moveTo(b(y.at), u), e.lineTo(b(y.at), g), e.stroke(), e.setLineDash([]), e.globalAlpha = 1;
    this.zero && (e.strokeStyle = n("faint"), e.lineWidth = 1, e.beginPath(), e.moveTo(this.left, v(0)), e.lineTo(a - 6, v(0)), e.stroke());
    for (const y of this.series)
      if (y.band) {
        e.fillStyle = y.colour, e.globalAlpha = 0.16, e.beginPath(), y.band.low.forEach((M, x) => x ? e.lineTo(b(x), v(M)) : e.moveTo(b(x), v(M)));
        for (let M = y.band.high.length - 1; M >= 0; M--) e.lineTo(b(M), v(y.band.high[M]));
        e.fill(), e.globalAlpha = 0.75, e.strokeStyle = y.colour, e.lineWidth = 1, e.setLineDash([4, 3]), e.beginPath(), y.band.mid.forEach((M, x) => x ? e.lineTo(b(x), v(M)) : e.moveTo(b(x), v(M))), e.stroke(), e.setLineDash([]), e.globalAlpha = 1;
      }
    for (const y of this.series) {
      if (e.strokeStyle = e.fillStyle = y.colour, e.lineWidth = 2, e.lineJoin = "round", e.setLineDash(y.dash ?? []), y.points) {
        for (let x = 0; x < y.values.length; x++) Number.isFinite(y.values[x]) && (e.beginPath(), e.arc(b(x), v(y.values[x]), 2.2, 0, 7), e.fill());
        continue;
      }
      e.beginPath();
      let M = !1;
      for (let x = 0; x <= Math.min(y.upto, y.values.length - 1); x++) {
        if (!Number.isFinite(y.values[x])) {
          M = !1;
          continue;
        }
        M ? e.lineTo(b(x), v(y.values[x])) : e.moveTo(b(x), v(y.values[x])), M = !0;
      }
      e.stroke(), e.setLineDash([]);
    }
    const k = this.hover >= 0 ? this.hover : this.at;
    e.strokeStyle = n("ink"), e.globalAlpha = 0.55, e.lineWidth = 1, e.beginPath(), e.moveTo(b(k), u), e.lineTo(b(k), g), e.stroke(), e.globalAlpha = 1;
    for (const y of this.series) !y.points && k <= y.upto && Number.isFinite(y.values[k]) && (e.fillStyle = y.colour, e.beginPath(), e.arc(b(k), v(y.values[k]), 3.2, 0, 7), e.fill(), e.strokeStyle = n("paper"), e.lineWidth = 1.2, e.stroke());
  }
}
function U(c, e, t, s, a) {
  if (c.length < 3) return null;
  const l = () => new Float64Array(s + 1), i = { low: l(), mid: l(), high: l() }, n = new Float64Array(c.length);
  for (let r = 0; r <= s; r++) {
    c.forEach((h, f) => {
      n[f] = h[r * t + e] - (a ? a[f][r * t + e] : 0);
    }), n.sort();
    const o = (h) => {
      const f = h * (n.length - 1), m = Math.floor(f);
      return n[m] + (f - m) * ((n[m + 1] ?? n[m]) - n[m]);
    };
    i.low[r] = o(0.1), i.mid[r] = o(0.5), i.high[r] = o(0.9);
  }
  return i;
}
function p(c, e = {}, ...t) {
  const s = document.createElement(c);
  for (const [l, i] of Object.entries(e))
    i == null || i === !1 || (l.startsWith("on") ? s.addEventListener(l.slice(2), i) : l in s && l !== "list" && l !== "role" && !l.startsWith("aria") ? s[l] = i : s.setAttribute(l, i === !0 ? "" : String(i)));
  const a = (l) => {
    Array.isArray(l) ? l.forEach(a) : l != null && l !== !1 && s.append(l);
  };
  return t.forEach(a), s;
}
let ge = 0;
const O = (c) => `${c}-${++ge}`, A = (c) => c.replace(/_/g, " "), T = (c) => c ? c[0].toUpperCase() + c.slice(1) + (/[.!?…]$/.test(c) ? "" : ".") : "", X = { u8: Uint8Array, i8: Int8Array, i16: Int16Array, i32: Int32Array, u32: Uint32Array, f64: Float64Array, i64: BigInt64Array, u64: BigUint64Array }, Q = 262144, W = 1 << 20;
class S {
  constructor(e, t, s) {
    this.args = t;
    const a = s + 63 & -64;
    this.top = a + Q + 64, this.memory = new WebAssembly.Memory({ initial: Math.ceil((this.top + W) / 65536) + 1 }), this.held = this.memory.buffer, this.heap = this.take(W), this.heapEnd = this.heap + W;
    const l = {
      __linear_memory: this.memory,
      __stack_pointer: new WebAssembly.Global({ value: "i32", mutable: !0 }, a + Q),
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
      fmod: (n, r) => n % r,
      erf: (n) => 1 - Z(n),
      erfc: Z,
      rint: (n) => {
        const r = Math.round(n);
        return Math.abs(r - n) === 0.5 && r % 2 ? r - 1 : r;
      },
      memset: (n, r, o) => (this.bytes().fill(r, n, n + o), n),
      memcpy: (n, r, o) => (this.bytes().copyWithin(n, r, r + o), n),
      memmove: (n, r, o) => (this.bytes().copyWithin(n, r, r + o), n),
      NRT_MemInfo_alloc_aligned: (n) => this.info(Number(n)),
      NRT_MemInfo_alloc_safe_aligned: (n) => this.info(Number(n)),
      NRT_MemInfo_alloc: (n) => this.info(Number(n)),
      NRT_MemInfo_new_varsize_dtor: (n) => this.info(Number(n)),
      NRT_MemInfo_new_varsize: (n) => this.info(Number(n)),
      NRT_MemInfo_varsize_alloc: (n, r) => this.fresh(n, Number(r)),
      NRT_MemInfo_varsize_realloc: (n, r) => this.fresh(n, Number(r), !0),
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
    }, i = {};
    for (const { name: n } of WebAssembly.Module.imports(e)) {
      if (!(n in l)) throw new Error(`the page has no ${n}`);
      i[n] = l[n];
    }
    this.exports = new WebAssembly.Instance(e, { env: i }).exports;
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
      const a = Math.max(t, 2 * (this.heapEnd - this.heap));
      this.heap = this.heapAt = this.take(a), this.heapEnd = this.heap + a;
    }
    const s = this.heapAt;
    return this.heapAt += t, s;
  }
  info(e) {
    const t = this.allocate(e + 64), s = new DataView(this.memory.buffer);
    return s.setBigInt64(t, 1n, !0), s.setInt32(t + 8, 0, !0), s.setInt32(t + 12, 0, !0), s.setInt32(t + 16, t + 64, !0), s.setBigInt64(t + 24, BigInt(e), !0), t;
  }
  fresh(e, t, s = !1) {
    const a = this.allocate(t), l = new DataView(this.memory.buffer), i = l.getInt32(e + 16, !0), n = Number(l.getBigInt64(e + 24, !0));
    return s && this.bytes().copyWithin(a, i, i + Math.min(n, t)), l.setInt32(e + 16, a, !0), l.setBigInt64(e + 24, BigInt(t), !0), a;
  }
  /** Make an array in memory; `item` is the size of one element where it is a record. */
  array(e, t, s, a) {
    const l = s.reduce((r, o) => r * o, 1), i = X[t].BYTES_PER_ELEMENT, n = this.take(Math.max(l * (a ?? i), 8));
    return this.regions[e] = { kind: t, at: n, length: l * (a ?? i) / i, shape: s, item: a ?? i }, this.held = null, this.view(e);
  }
  /** An array as it is now; views are made anew where the memory has grown. */
  view(e) {
    this.held !== this.memory.buffer && (this.views = {}, this.held = this.memory.buffer);
    const t = this.regions[e];
    return this.views[e] ??= new X[t.kind](this.memory.buffer, t.at, t.length);
  }
  /** A function with its arrays in place; what is left to pass is its numbers, by name. */
  bind(e) {
    const t = this.exports[e], s = [0, 0], a = [], l = this.take(64);
    s[0] = l, s[1] = l + 32;
    for (const i of this.args[e])
      if (i.kind === "array") {
        const n = this.regions[i.name];
        if (!n) throw new Error(`${e} takes ${i.name}, which the page does not know`);
        const r = [];
        let o = n.item;
        for (let h = n.shape.length - 1; h >= 0; h--)
          r[h] = o, o *= n.shape[h];
        s.push(0, 0, BigInt(n.shape.reduce((h, f) => h * f, 1)), BigInt(n.item), n.at, ...n.shape.map(BigInt), ...r.map(BigInt));
      } else i.kind === "record" ? s.push(this.regions[i.name].at) : (a.push([i.name, s.length, i.kind === "i64"]), s.push(i.kind === "i64" ? 0n : 0));
    return (i = {}) => {
      for (const [r, o, h] of a) r in i && (s[o] = h ? BigInt(i[r]) : Number(i[r]));
      this.heapAt = this.heap;
      const n = t(...s);
      if (n !== 0) throw new Error(`${e} stopped with an error of the theory (code ${n})`);
    };
  }
}
function Z(c) {
  const e = Math.abs(c);
  let t;
  if (e < 2.5) {
    let s = e, a = e;
    for (let l = 1; Math.abs(s) > 1e-17 * a && l < 200; l++)
      s *= -e * e / l, a += s / (2 * l + 1);
    t = 1 - 2 / Math.sqrt(Math.PI) * a;
  } else {
    let s = 0;
    for (let a = 60; a > 0; a--) s = a / 2 / (e + s);
    t = Math.exp(-e * e) / Math.sqrt(Math.PI) / (e + s);
  }
  return c < 0 ? 2 - t : t;
}
const _ = (c, e) => typeof c == "string" ? e[c] : c;
function L(c, e, t, s) {
  const a = new Int32Array(t);
  for (let o = 0; o < t; o++) {
    a[o] += c[o + 1] - c[o];
    for (let h = c[o]; h < c[o + 1]; h++) a[e[h]]++;
  }
  const l = new Int32Array(t + 1);
  for (let o = 0; o < t; o++) l[o + 1] = l[o] + a[o];
  const i = new Int32Array(l[t]), n = l.slice(0, t), r = () => {
    for (let o = 0; o < t; o++) for (let h = c[o]; h < c[o + 1]; h++) i[n[o]++] = e[h];
  };
  s !== "upper" && r();
  for (let o = 0; o < t; o++) for (let h = c[o]; h < c[o + 1]; h++) i[n[e[h]]++] = o;
  if (s === "upper" && r(), s === "any") for (let o = 0; o < t; o++) i.subarray(l[o], l[o + 1]).sort();
  return [l, i];
}
function we(c, e) {
  const t = new Uint8Array(c);
  let s = 0;
  const a = () => {
    let n = 0, r = 0;
    for (; ; ) {
      const o = t[s++];
      if (n |= (o & 127) << r, o < 128) return n;
      r += 7;
    }
  }, l = new Int32Array(e + 1), i = [];
  for (let n = 0; n < e; n++) {
    const r = a();
    let o = n;
    for (let h = 0; h < r; h++)
      o += a(), i.push(o);
    l[n + 1] = i.length;
  }
  return L(l, Int32Array.from(i), e, "upper");
}
function be(c, e) {
  if (e.sizes) return e.sizes;
  const t = e.communities;
  return Array.from({ length: t }, (s, a) => Math.floor(c / t) + (a < c % t ? 1 : 0));
}
function C(c, e, t, s, a, l, i) {
  const n = t.reduce((w, b) => w + b, 0);
  let r = 0;
  t.forEach((w, b) => {
    r += s[b] * w * (w - 1) / 2 + a * w * (n - w) / 2;
  });
  const o = Math.ceil(r + 8 * Math.sqrt(r)) + 16, h = new S(c, e.engine.networks.arguments, e.engine.networks.dataEnd), f = h.array("end", "i64", [t.length]);
  let m = 0;
  t.forEach((w, b) => {
    m += w, f[b] = BigInt(m);
  }), h.array("within", "f64", [t.length]).set(s), h.array("counts", "i64", [n]), h.array("heads", "i32", [o]), h.array("out", "i64", [1]), h.bind("draw_pairs")({ seed: i, stream_within: l[0], stream_between: l[1], low: 0, high: n, between: a });
  const d = Number(h.view("out")[0]), u = h.view("counts");
  if (d > o) throw new Error("more ties were drawn than there is room for");
  const g = new Int32Array(n + 1);
  for (let w = 0; w < n; w++) g[w + 1] = g[w] + Number(u[w]);
  return L(g, h.view("heads").slice(0, d), n, "upper");
}
function ye(c, e) {
  const t = new Int32Array(c * e);
  for (let s = 0; s < c; s++) for (let a = 0; a < e; a++) {
    const l = s + a + 1;
    t[s * e + a] = l < c ? l : l - c;
  }
  return t;
}
function ve(c, e, t, s) {
  const a = new Int32Array(c * e + 1), l = [];
  for (let i = 0; i < c; i++) for (let n = 0; n < e; n++) {
    const r = [];
    for (let o = -t; o <= t; o++) for (let h = -t; h <= t; h++) {
      if (!o && !h) continue;
      let f = i + o, m = n + h;
      if (s)
        f = (f + c) % c, m = (m + e) % e;
      else if (f < 0 || f >= c || m < 0 || m >= e) continue;
      r.push(f * e + m);
    }
    r.sort((o, h) => o - h);
    for (const o of r) l.push(o);
    a[i * e + n + 1] = l.length;
  }
  return [a, Int32Array.from(l)];
}
const oe = /* @__PURE__ */ new Set(["well_mixed", "erdos_renyi", "planted_partition", "village", "watts_strogatz", "barabasi_albert", "ring", "moore", "grid"]);
function ke(c, e, t, s) {
  const a = c.meta, l = t.network, i = t.rows ?? 0, n = t.columns ?? 0, r = t.rows ? i * n : t.people, o = { people: r, regions: 1, region: new Int32Array(r), indptr: null, indices: null, rows: i, columns: n, grid: l === "grid", seed: s };
  if (!a.population.made)
    return c.arrays.region && (o.region = new Int32Array(c.arrays.region), o.regions = a.population.regions), c.arrays.ties ? [o.indptr, o.indices] = we(c.arrays.ties, r) : c.arrays.indptr && (o.indptr = new Int32Array(c.arrays.indptr), o.indices = new Int32Array(c.arrays.indices)), o;
  const h = a.population.streams, f = (d) => {
    [o.indptr, o.indices] = d;
  }, m = (d) => {
    let u = 0;
    d.forEach((g, w) => {
      o.region.fill(w, u, u + g), u += g;
    }), o.regions = d.length;
  };
  if (l === "erdos_renyi") f(C(e, a, [r], [t.mean_degree / Math.max(r - 1, 1)], 0, [h.pairs, h.between], s));
  else if (l === "planted_partition") {
    const d = be(r, t), u = (1 - t.mix) * t.mean_degree, g = d.reduce((b, v) => b + v * (r - v), 0), w = t.mix > 0 ? t.mix * t.mean_degree * r / g : 0;
    f(C(e, a, d, d.map((b) => u / Math.max(b - 1, 1)), w, [h.within, h.between], s)), m(d);
  } else if (l === "village") {
    const d = [];
    for (let u = 0; u < r; u += t.village_size) d.push(Math.min(t.village_size, r - u));
    f(C(e, a, d, d.map(() => 1), t.far, [h.clique, h.far], s)), m(d);
  } else if (l === "watts_strogatz" || l === "ring") {
    const d = t.neighbours / 2;
    let u = ye(r, d);
    if (l === "watts_strogatz" && t.rewiring > 0) {
      const g = new S(e, a.engine.networks.arguments, a.engine.networks.dataEnd);
      g.array("own", "i32", [r, d]).set(u), g.bind("small_world")({ seed: s, stream_moves: h.moves, stream_places: h.places, rewiring: t.rewiring }), u = g.view("own").slice();
    }
    f(L(Int32Array.from({ length: r + 1 }, (g, w) => w * d), u, r, "any"));
  } else if (l === "barabasi_albert") {
    const d = t.ties_per_newcomer, u = new S(e, a.engine.networks.arguments, a.engine.networks.dataEnd), g = u.array("start", "i64", [r + 1]);
    for (let b = 0; b < r; b++) g[b + 1] = g[b] + BigInt(Math.min(b, d));
    const w = Int32Array.from(g, Number);
    u.array("heads", "i32", [w[r]]), u.bind("grow")({ seed: s, stream: h.preference, m: d }), f(L(w, u.view("heads").slice(), r, "lower"));
  } else l === "moore" && f(ve(i, n, t.radius ?? 1, t.torus ?? !0));
  return o;
}
class le {
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
function ee(c, e) {
  if (!e) return;
  const t = new BigInt64Array(c.buffer, c.byteOffset, c.length);
  for (let s = 0; s < e.length; s++) e[s] && (t[s] += BigInt(e[s]));
}
function Me(c, e) {
  return e.seed === BigInt(c.population.table.seed ?? "0") && e.people === c.population.people;
}
function he(c, e, t, s, a) {
  const { meta: l, arrays: i } = c, n = s.people, r = Me(l, s), o = t.args.every((g) => typeof g != "string" || a[g] === l.params.find((w) => w.name === g).value), h = (g) => r && i[g] ? new Int16Array(i[g]) : null, [f, m] = t.args.map((g) => _(g, a)), d = i[`trait.${t.name}`];
  if (d && r && o) return new Float64Array(d);
  if (t.kind === "Ranked" || t.kind === "Listed" || t.kind === "measured") throw new Error(`the trait ${t.name} comes with the people of this page`);
  const u = e.uniforms(s.seed, t.stream, 0);
  switch (t.kind) {
    case "Fixed":
      return new Float64Array(n).fill(f);
    case "Uniform":
      return Float64Array.from(u, (g) => f + (m - f) * g);
    case "Bernoulli":
      return Float64Array.from(u, (g) => g < f ? 1 : 0);
    case "Normal":
    case "LogNormal": {
      const g = e.normals();
      ee(g, h(`units.${t.name}`));
      for (let b = 0; b < n; b++) g[b] = f + m * g[b];
      if (t.kind === "Normal") return g.slice();
      const w = e.exps();
      return o && ee(w, h(`exp.${t.name}`)), w.slice();
    }
    case "Beta": {
      const g = new Float64Array(i[`quantiles.${t.name}`]), w = g.length - 1;
      return Float64Array.from(u, (b) => {
        const v = Math.acos(1 - 2 * b) / Math.PI * w, k = Math.min(Math.floor(v), w - 1), y = (1 - Math.cos(k / w * Math.PI)) / 2, M = (1 - Math.cos((k + 1) / w * Math.PI)) / 2;
        return g[k] + (b - y) / (M - y) * (g[k + 1] - g[k]);
      });
    }
  }
  throw new Error(`the page cannot draw the trait ${t.name} from ${t.kind}`);
}
function xe(c) {
  const e = Math.round(c);
  return Math.abs(e - c) === 0.5 && e % 2 ? e - 1 : e;
}
function ce(c, e, t, s, a, l) {
  const i = c.states[t], n = e.people, r = _(i.initial.of, s);
  if (i.initial.kind === "number") {
    for (let m = 0; m < n; m++) l[m] = r;
    return;
  }
  if (i.initial.kind === "share") {
    const m = e.uniforms(a, i.stream, 0);
    for (let d = 0; d < n; d++) l[d] = m[d] < r ? 1 : 0;
    return;
  }
  const o = xe(r);
  if (o > n) throw new Error(`${i.name} starts true for ${o} people, and there are ${n}`);
  for (let m = 0; m < n; m++) l[m] = 0;
  if (!o) return;
  const h = e.uniforms(a, i.stream, 0), f = Array.from({ length: n }, (m, d) => d).sort((m, d) => h[m] - h[d]);
  for (let m = 0; m < o; m++) l[f[m]] = 1;
}
const Ae = Math.PI * (3 - Math.sqrt(5));
function te(c, e, t, s, a, l) {
  const i = c.length;
  for (let n = 0; n < i; n++) {
    const r = s * Math.sqrt((n + 0.5) / i), o = n * Ae;
    a[c[n]] = e + r * Math.cos(o), l[c[n]] = t + r * Math.sin(o);
  }
}
function Ne(c) {
  const e = c.reduce((i, n) => i + n, 0), t = c.map((i, n) => n).sort((i, n) => c[n] - c[i]), s = c.map((i) => ({ x: 0, y: 0, r: Math.sqrt(i / e) })), a = [];
  for (const i of t) {
    const n = s[i];
    let r = 1 / 0, o = 0, h = 0;
    const f = 0.04 * Math.min(1, n.r * 4), m = (d, u) => a.every((g) => Math.hypot(g.x - d, g.y - u) >= g.r + n.r + f);
    if (!a.length) r = 0;
    else for (const d of a) for (let u = 0; u < 48; u++) {
      const g = u / 48 * 2 * Math.PI, w = d.r + n.r + f + 1e-6, b = d.x + w * Math.cos(g), v = d.y + w * Math.sin(g), k = Math.hypot(b, v) + n.r;
      k < r && m(b, v) && (r = k, o = b, h = v);
    }
    n.x = o, n.y = h, a.push(n);
  }
  const l = Math.max(...s.map((i) => Math.hypot(i.x, i.y) + i.r));
  return s.map((i) => ({ x: 0.5 + 0.49 * i.x / l, y: 0.5 + 0.49 * i.y / l, r: 0.49 * i.r / l }));
}
function $e(c, e) {
  const t = new Set(c), s = [], a = e.indptr, l = e.indices, i = (n) => a[n + 1] - a[n];
  for (const n of [...c].sort((r, o) => i(o) - i(r) || r - o)) {
    if (!t.has(n)) continue;
    t.delete(n);
    let r = s.push(n) - 1;
    for (; r < s.length; ) {
      const o = s[r++];
      for (let h = a[o]; h < a[o + 1]; h++) t.delete(l[h]) && s.push(l[h]);
    }
  }
  return s;
}
function Ie(c, e, t) {
  const s = t.people, a = new Float32Array(s), l = new Float32Array(s), i = e.network;
  if (e.rows && e.columns && e.rows * e.columns === s) {
    const h = Math.max(e.rows, e.columns), f = 1 / h, m = (1 - e.columns * f) / 2, d = (1 - e.rows * f) / 2;
    for (let u = 0; u < s; u++)
      a[u] = m + (u % e.columns + 0.5) * f, l[u] = d + (Math.floor(u / e.columns) + 0.5) * f;
    return { x: a, y: l, radius: f / 2, square: !0, caption: `${e.rows} by ${e.columns} ${c.population.grid ? "sites" : "people"}, edges joined${e.rewiring ? `, ${100 * e.rewiring}% of the ties dealt anew` : ""}` };
  }
  if (i === "watts_strogatz" || i === "ring") {
    const h = Math.max(1, Math.min(24, Math.round(Math.sqrt(s / 12)))), f = s < 60 ? 0.44 : 0.3, m = 0.485;
    for (let u = 0; u < s; u++) {
      const g = u / s * 2 * Math.PI - Math.PI / 2, w = h === 1 ? m : f + (m - f) * (u % h) / (h - 1);
      a[u] = 0.5 + w * Math.cos(g), l[u] = 0.5 + w * Math.sin(g);
    }
    const d = Math.PI * (m * m - f * f);
    return { x: a, y: l, radius: Math.min(0.02, 0.45 * Math.sqrt(d / s)), square: !1, caption: "neighbours stand side by side on the circle" };
  }
  let n = "everyone sees everyone";
  if (t.labels) {
    const h = /* @__PURE__ */ new Map();
    t.labels.forEach((u, g) => {
      const w = h.get(u);
      w ? w.push(g) : h.set(u, [g]);
    });
    let f = [...h.values()];
    f.length > 400 && (f = _e(f));
    const m = Ne(f.map((u) => u.length));
    f.forEach((u, g) => te(t.indptr ? $e(u, t) : u, m[g].x, m[g].y, m[g].r, a, l));
    const d = m.reduce((u, g) => u + g.r * g.r, 0) * Math.PI;
    return n = f.length > 1 ? `${f.length} communities; those tied to one another stand close` : "one web of ties; those with most ties in the middle", { x: a, y: l, radius: Math.min(0.02, 0.42 * Math.sqrt(d / s)), square: !1, caption: n };
  }
  const r = Array.from({ length: s }, (h, f) => f), o = t.sortKey;
  return o && !t.indptr ? (r.sort((h, f) => o[h] - o[f] || h - f), n = `everyone sees everyone; lowest ${c.traits[0].name.replace(/_/g, " ")} in the middle`) : t.indptr && (n = "a web of ties"), te(r, 0.5, 0.5, 0.485, a, l), { x: a, y: l, radius: Math.min(0.02, 0.42 * Math.sqrt(Math.PI * 0.485 * 0.485 / s)), square: !1, caption: n };
}
function _e(c) {
  return c.sort((e, t) => t.length - e.length), [...c.slice(0, 200), c.slice(200).flat()];
}
class Ee {
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
    this.paper = e, this.layout && this.resize(!0);
  }
  setLayout(e) {
    this.layout = e, this.resize(!0);
  }
  /** Follow the size of the element on the screen, in real pixels. */
  resize(e = !1) {
    const t = Math.max(120, Math.round(this.canvas.clientWidth * Math.min(devicePixelRatio || 1, 2)));
    if (!this.layout || t === this.size && !e) return;
    this.size = t, this.canvas.width = this.canvas.height = t, this.image = this.context.createImageData(t, t), this.pixels = new Uint32Array(this.image.data.buffer), this.pixels.fill(this.paper);
    const { x: s, y: a, radius: l, square: i } = this.layout, n = s.length, r = Math.max(0.5, l * t * (i ? 1 : 0.92)), o = Math.ceil(r), h = i ? Math.max(1, Math.floor(2 * r) - (r > 3 ? 1 : 0)) : 0;
    if (this.stamp = [], i) for (let m = 0; m < h; m++) for (let d = 0; d < h; d++) this.stamp.push((m - (h >> 1)) * t + d - (h >> 1));
    else for (let m = -o; m <= o; m++) for (let d = -o; d <= o; d++) m * m + d * d <= r * r && this.stamp.push(m * t + d);
    this.stamp.length || (this.stamp = [0]), this.at = new Int32Array(n);
    const f = i ? 0 : o + 1;
    for (let m = 0; m < n; m++) {
      const d = Math.max(f, Math.min(t - 1 - f, Math.round(s[m] * t))), u = Math.max(f, Math.min(t - 1 - f, Math.round(a[m] * t)));
      this.at[m] = u * t + d;
    }
    this.drawn = new Int16Array(n).fill(-1);
  }
  show(e, t) {
    if (!this.layout || e.length !== this.drawn.length) return;
    const { drawn: s, at: a, stamp: l, pixels: i } = this, n = i.length;
    for (let r = 0; r < e.length; r++) {
      if (s[r] === e[r]) continue;
      s[r] = e[r];
      const o = t[e[r]], h = a[r];
      for (let f = 0; f < l.length; f++) {
        const m = h + l[f];
        m >= 0 && m < n && (i[m] = o);
      }
    }
    this.context.putImageData(this.image, 0, 0), this.overlay();
  }
  /** Everything is drawn again with the next frame. */
  forget() {
    this.drawn?.fill(-1), this.pixels?.fill(this.paper);
  }
  mark(e, t) {
    this.marked = e, this.ties = t.slice(0, 400);
  }
  overlay() {
    const e = this.layout, t = this.context, s = this.marked;
    if (!e || s < 0 || s >= e.x.length) return;
    const a = this.size, l = getComputedStyle(this.canvas).getPropertyValue("--ink").trim() || "#000";
    t.strokeStyle = l, t.globalAlpha = 0.45, t.lineWidth = Math.max(1, a / 700), t.beginPath();
    for (const i of this.ties)
      t.moveTo(e.x[s] * a, e.y[s] * a), t.lineTo(e.x[i] * a, e.y[i] * a);
    t.stroke(), t.globalAlpha = 1, t.lineWidth = Math.max(2, a / 300), t.beginPath(), t.arc(e.x[s] * a, e.y[s] * a, Math.max(e.radius * a * 1.8, a / 90), 0, 2 * Math.PI), t.stroke();
  }
  /** The person nearest to a place of the element. */
  person(e) {
    if (!this.layout) return -1;
    const { x: t, y: s } = this.layout, a = e.offsetX / this.canvas.clientWidth, l = e.offsetY / this.canvas.clientHeight;
    let i = -1, n = 0.05 * 0.05;
    for (let r = 0; r < t.length; r++) {
      const o = (t[r] - a) ** 2 + (s[r] - l) ** 2;
      o < n && (n = o, i = r);
    }
    return i;
  }
}
function Se(c) {
  const e = /^#([0-9a-f]{6})$/i.exec(c.trim());
  if (e) {
    const s = parseInt(e[1], 16);
    return [s >> 16, s >> 8 & 255, s & 255];
  }
  const t = c.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0];
  return [t[0], t[1], t[2]];
}
const N = ([c, e, t]) => (255 << 24 | t << 16 | e << 8 | c) >>> 0, z = (c, e, t) => [0, 1, 2].map((s) => Math.round(Math.sqrt((1 - t) * c[s] ** 2 + t * e[s] ** 2))), I = (c) => `rgb(${c.join(" ")})`;
function se(c, e, t, s, a, l, i) {
  const n = (g) => Se(c.getPropertyValue(`--${g}`)), r = n("paper"), o = n("person"), h = n("account-1"), f = n("account-2"), m = n("muted"), d = new Uint32Array(256).fill(N(r)), u = (g) => Math.abs(g) >= 1e3 || g && Math.abs(g) < 0.01 ? g.toExponential(1) : String(Number(g.toPrecision(3)));
  if (s === "difference") {
    if (e === "float") {
      for (let w = 0; w < 256; w++) d[w] = N(w < 128 ? z(o, h, (128 - w) / 128) : z(o, f, (w - 128) / 127));
      return { paper: N(r), palette: d, legend: [{ label: `more ${i[0]}`, colour: I(h) }, { label: "alike", colour: I(o) }, { label: `more ${i[1]}`, colour: I(f) }] };
    }
    const g = e === "bool" ? [["in neither", o], [`only ${i[0]}`, h], [`only ${i[1]}`, f], ["in both", m]] : [["alike", o], ["different", f]];
    return g.forEach(([, w], b) => {
      d[b] = N(w);
    }), { paper: N(r), palette: d, legend: g.map(([w, b]) => ({ label: w, colour: I(b) })) };
  }
  if (e === "bool")
    return d[0] = N(o), d[1] = N(h), { paper: N(r), palette: d, legend: [{ label: t[0], colour: I(h) }, { label: `not ${t[0]}`, colour: I(o) }] };
  if (e === "float") {
    for (let g = 0; g < 256; g++) d[g] = N(z(o, h, g / 255));
    return { paper: N(r), palette: d, legend: [{ label: `${u(a)} to ${u(l)}`, colour: I(o), shape: "ramp", to: I(h) }] };
  }
  if (e === "boards") {
    const g = [n("site"), f, h, n("account-3"), n("account-4"), n("undetermined")];
    return d[0] = N(n("wash")), t.forEach((w, b) => {
      d[b + 1] = N(g[b % g.length]);
    }), { paper: N(r), palette: d, legend: t.map((w, b) => ({ label: w, colour: I(g[b % g.length]) })) };
  }
  for (let g = 1; g < 13; g++) {
    const w = (g - 1) * 30 * Math.PI / 180;
    d[g] = N([0, 1, 2].map((b) => Math.round(150 + 68 * Math.cos(w - b * 2 * Math.PI / 3))));
  }
  return { paper: N(r), palette: d, legend: [{ label: "one colour: the same in everything (twelve colours: chance likenesses happen)", colour: I(n("muted")) }] };
}
function Oe(c, e, t, s) {
  if (c === "bool") for (let a = 0; a < e.length; a++) s[a] = e[a] ? t[a] ? 3 : 1 : t[a] ? 2 : 0;
  else if (c === "float") for (let a = 0; a < e.length; a++) s[a] = 128 + (t[a] - e[a] >> 1);
  else for (let a = 0; a < e.length; a++) s[a] = e[a] === t[a] ? 0 : 1;
  return s;
}
const Te = /(#.*$)|("""[\s\S]*?"""|'[^'\n]*'|"[^"\n]*")|\b(def|if|else|elif|for|in|while|return|and|or|not|is|None|True|False|continue|break)\b|\b(me|seen|here|society|people|p|luck|tally|rate|ties|grid)(?=\.)/gm;
function Be(c, e) {
  const t = c.split(`
`).map((s, a) => {
    const l = p("span", { "data-line": String(e + a) });
    let i = 0;
    for (const n of s.matchAll(Te))
      l.append(s.slice(i, n.index)), l.append(p("span", { className: n[1] ? "comment" : n[2] ? "text" : n[3] ? "word" : "root" }, n[0])), i = n.index + n[0].length;
    return l.append(s.slice(i) + `
`), l;
  });
  return p("pre", { tabIndex: 0 }, p("code", {}, t));
}
const q = 24, B = 14, ne = 6;
class Pe {
  constructor(e, t, s) {
    this.root = e, this.packed = t, this.options = s, this.meta = t.meta;
    const { shown: a, ignored: l } = s.address ? G(this.meta, location.hash) : { shown: V(this.meta), ignored: [] };
    this.s = a, e.classList.add("gs"), this.main = this.start(), this.behind = this.start(), this.build(), l.length && this.say(`The address asks for ${l.join(", ")}, which this theory does not have or does not allow; the rest of it is shown.`), this.run(!0), !matchMedia("(prefers-reduced-motion: reduce)").matches && !this.s.step && this.play(!0), requestAnimationFrame((n) => this.tick(n)), matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour()), new ResizeObserver(() => {
      this.stages.forEach((n) => n.resize()), this.paint(!0);
    }).observe(this.root), s.address && addEventListener("hashchange", () => {
      location.hash.replace(/^#/, "") !== Y(this.meta, this.s) && (this.s = G(this.meta, location.hash).shown, this.build(), this.run(!0));
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
  record = null;
  recordOf = 0;
  counted = { frames: 0, since: 0 };
  start() {
    const e = this.options.worker();
    return e.onmessage = (t) => this.hear(t.data), e.onerror = (t) => this.fail(t.message || "the worker could not be started"), e.postMessage({ type: "load", packed: this.packed, base: this.options.base }), e;
  }
  // -- simulating ------------------------------------------------------------------------------------------------
  settings() {
    const e = this.s;
    return { table: e.table, params: e.params, seed: e.seed, steps: e.steps, interventions: e.twin ? [e.twin] : [], twin: !!e.twin, view: e.view, watch: e.person };
  }
  /** Run anew from the start; the picture stays where it is until the new run has come that far. */
  run(e = !1) {
    this.error(null);
    const t = ++this.id, s = this.meta, a = s.observables.length, l = (this.s.steps + 1) * a;
    this.values = { world: new Float64Array(l), twin: this.s.twin ? new Float64Array(l) : null }, this.upto = -1, this.members = { world: [], twin: [] }, this.bands = { world: [], twin: [], effect: [] }, this.asked = -1, e && (this.life = null), this.main.postMessage({ type: "run", id: t, settings: this.settings() }), this.behind.postMessage({ type: "stop" }), this.ask(), this.save(), this.options.onChange?.(this.s);
  }
  /** Soon: while a slider is dragged, the last place counts. */
  soon() {
    clearTimeout(this.waiting), this.waiting = window.setTimeout(() => this.run(), 30);
  }
  hear(e) {
    if (e.type !== "ready" && !("id" in e && e.id !== this.id))
      if (e.type === "people")
        this.people = e.people, this.layout = Ie(this.meta, this.s.table, e.people), this.stages.forEach((t) => t.setLayout(this.layout)), this.el.caption && (this.el.caption.textContent = this.pictureCaption()), this.paint(!0);
      else if (e.type === "progress") {
        const t = this.meta.observables.length;
        this.values.world.set(e.world, e.from * t), e.twin && this.values.twin?.set(e.twin, e.from * t), this.upto = e.to, this.ask(), this.plots();
      } else e.type === "frame" ? (this.frames = e.shown, this.paint(), this.ask()) : e.type === "life" ? (this.life = e.life, this.showLife(), this.paint(!0)) : e.type === "member" ? (this.members.world.push(e.world), e.twin && this.members.twin.push(e.twin), (e.count < 6 || e.count % 4 === 0) && this.summarise()) : e.type === "done" ? (this.members.world.length ? this.summarise() : this.meta.engine.kind !== "flow" && this.upto >= this.s.steps && this.meta.engine.exact !== void 0 && this.meta.engine.kind !== "none" && this.meta.engine.kind !== "recorded" && this.behind.postMessage({ type: "ensemble", id: this.id, settings: this.settings(), worlds: q }), this.root.dataset.done = String(this.id)) : e.type === "failed" && this.fail(e.message);
  }
  summarise() {
    const e = this.meta.observables.length, t = this.s.steps, { world: s, twin: a } = this.members;
    this.meta.observables.forEach((l, i) => {
      this.bands.world[i] = U(s, i, e, t), this.bands.twin[i] = a.length ? U(a, i, e, t) : null, this.bands.effect[i] = a.length ? U(a, i, e, t, s) : null;
    }), this.plots(), this.effects();
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
    s.hidden = e === null, s.textContent = e === null ? "" : `This setting could not be simulated: ${e}. Change a value, or reset, and the page goes on.`, this.root.querySelectorAll("pre .fault").forEach((a) => a.classList.remove("fault")), t !== null && this.root.querySelector(`pre [data-line="${t}"]`)?.classList.add("fault");
  }
  // -- moving ----------------------------------------------------------------------------------------------------
  tick(e) {
    if (this.playing) {
      const t = this.s.speed * Math.max(4, Math.min(60, this.s.steps / 12));
      this.clock += Math.min(0.1, (e - this.counted.since) / 1e3) * t;
      const s = Math.floor(this.clock);
      if (s && this.upto >= 0) {
        this.clock -= s;
        const a = Math.min(this.s.step + s, this.s.steps);
        a <= this.upto && this.go(a, !1), this.s.step >= this.s.steps && this.play(!1);
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
    this.s.step = Math.max(0, Math.min(this.s.steps, e)), this.el.time.value = String(this.s.step), this.el.time.setAttribute("aria-valuetext", `step ${this.s.step} of ${this.s.steps}`), this.el.at.textContent = this.when(), this.ask(), this.plots(), t && (this.save(), this.announce());
  }
  when() {
    return `${this.meta.theory.timeStep.split(/[:,;(]/)[0].trim()} ${this.s.step} of ${this.s.steps}`;
  }
  announce() {
    const e = this.meta.observables.length, t = Math.min(this.s.step, Math.max(this.upto, 0)), s = this.meta.observables.slice(0, 4).map((a, l) => `${A(a.name)} ${$(this.values.world[t * e + l])}${this.values.twin ? `, twin ${$(this.values.twin[t * e + l])}` : ""}`);
    this.el.live.textContent = `Step ${t}: ${s.join("; ")}.`;
  }
  say(e) {
    this.el.live.textContent = e, this.el.said.textContent = e, this.el.said.hidden = !e;
  }
  save() {
    if (!this.options.address) return;
    const e = Y(this.meta, this.s), t = location.hash.replace(/^#/, "");
    e !== t && history.replaceState(null, "", e ? `#${e}` : location.pathname + location.search);
  }
  // -- drawing ---------------------------------------------------------------------------------------------------
  recolour() {
    const e = getComputedStyle(this.root), t = this.meta.views[this.s.view], s = t ? t.of.map(A) : [], a = this.frames?.low ?? 0, l = this.frames?.high ?? 1, i = ["in the world", "in the twin"];
    this.palette = {
      world: se(e, t?.kind ?? "bool", t?.kind === "boards" ? s : [t?.label ?? ""], "world", a, l, i),
      difference: se(e, t?.kind ?? "bool", s, "difference", a, l, i)
    }, this.stages.forEach((r) => {
      r.setPaper(this.palette.world.paper), r.forget();
    });
    const n = this.s.mode === "difference" && this.s.twin ? this.palette.difference.legend : this.palette.world.legend;
    this.el.legend?.replaceChildren(...n.map((r) => {
      const o = p("i", {});
      return o.style.background = r.shape ? `linear-gradient(90deg, ${r.colour}, ${r.to})` : r.colour, r.shape && (o.className = "ramp"), p("li", {}, o, r.label);
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
    const { mode: a } = this.s;
    !t.twin || a === "world" ? this.stages[0].show(t.world, this.palette.world.palette) : a === "twin" ? this.stages[0].show(t.twin, this.palette.world.palette) : a === "difference" ? (this.scratch.length !== t.world.length && (this.scratch = new Uint8Array(t.world.length)), this.stages[0].show(Oe(s.kind, t.world, t.twin, this.scratch), this.palette.difference.palette)) : (this.stages[0].show(t.world, this.palette.world.palette), this.stages[1]?.show(t.twin, this.palette.world.palette)), this.counted.frames++, this.root.dataset.frames = String(this.counted.frames), this.root.dataset.step = String(t.step), this.stages.forEach((l, i) => l.canvas.setAttribute("aria-label", this.spoken(t, i)));
  }
  spoken(e, t) {
    const s = this.meta.views[this.s.view], a = t === 1 || this.s.mode === "twin" ? e.twin : e.world;
    if (s?.kind !== "bool" || !a) return `The people at step ${e.step}, coloured by ${s?.label ?? "nothing"}`;
    let l = 0;
    for (const i of a) l += i;
    return `${a.length.toLocaleString("en")} people at step ${e.step}: ${l.toLocaleString("en")} ${s.label}`;
  }
  drawn = !1;
  plots() {
    this.drawn || (this.drawn = !0, requestAnimationFrame(() => {
      this.drawn = !1, this.drawPlots();
    }));
  }
  drawPlots() {
    const e = getComputedStyle(this.root), t = e.getPropertyValue("--account-1"), s = e.getPropertyValue("--account-2"), a = e.getPropertyValue("--contradicted"), l = this.meta.observables.length, { world: i, twin: n } = this.values, r = this.s.steps, o = this.s.twin ? [{ at: "at" in this.s.twin ? this.s.twin.at : this.s.twin.start, until: "end" in this.s.twin ? this.s.twin.end : null, colour: s }] : [];
    for (const { chart: h, effect: f, k: m, now: d } of this.charts) {
      const u = (k) => Float64Array.from({ length: r + 1 }, (y, M) => k[M * l + m]), g = u(i), w = n ? u(n) : null;
      h.steps = r, h.at = this.s.step, h.marks = o, h.series = [{ name: "world", colour: t, values: g, upto: this.upto, band: this.bands.world[m] ?? null }], w && h.series.push({ name: "twin", colour: s, values: w, upto: this.upto, band: this.bands.twin[m] ?? null, dash: [6, 3] }), this.record && this.recordOf === m && h.series.push({ name: "record", colour: e.getPropertyValue("--ink"), values: this.record, upto: r, band: null, points: !0 }), h.draw(), f && (f.steps = r, f.at = this.s.step, f.marks = o, f.zero = !0, f.series = w ? [{ name: "effect", colour: this.meta.observables[m].harm ? a : s, values: w.map((k, y) => k - g[y]), upto: this.upto, band: this.bands.effect[m] ?? null }] : [], f.draw());
      const b = Math.min(h.hover >= 0 ? h.hover : this.s.step, Math.max(this.upto, 0)), v = (k, y) => {
        const M = p("span", {}, $(k[b]));
        return M.style.setProperty("--role", `var(--${y})`), M;
      };
      d.replaceChildren(v(g, "account-1"), ...w ? [v(w, "account-2")] : []), h.canvas.setAttribute("aria-label", `${A(this.meta.observables[m].name)} over ${r} steps; at step ${b} it is ${$(g[b])}${w ? `, in the twin ${$(w[b])}` : ""}`);
    }
    this.lifeChart && this.life && this.drawLife();
  }
  // -- building --------------------------------------------------------------------------------------------------
  build() {
    const e = this.meta.theory;
    this.el.live = p("p", { className: "hidden", role: "status", "aria-live": "polite" }), this.el.said = p("p", { className: "note", hidden: !0 }), this.el.error = p("p", { className: "error", role: "alert", hidden: !0 });
    const t = this.meta.engine, s = t.kind === "none" ? `Python simulates this theory beside the page, because ${t.why}.` : t.kind === "recorded" ? `These histories were recorded, because ${t.why}.` : t.exact ? "Your browser runs the theory's own compiled rule: the numbers are those of Groundswell's network engine, byte for byte." : `Your browser runs the theory's own compiled rule, with its own ${t.approximate.join(", ")}: last digits may differ from Groundswell's other engines, and histories may part from them.`, a = p(
      "div",
      { className: "inside" },
      p("a", { className: "skip", href: "#", onclick: (l) => {
        l.preventDefault(), this.el.play.focus();
      } }, "To the controls"),
      p(
        "header",
        {},
        p("p", { className: "over" }, `Groundswell ${this.meta.version}: a theory, moving`),
        p("h1", {}, e.title),
        p("p", { className: "lead" }, T(e.summary)),
        p("p", { className: "note" }, `${e.source} `, p("span", {}, s)),
        this.el.said,
        this.el.error,
        this.el.live
      ),
      p("main", { className: "room" }, this.picture(), this.plotsPanel(), this.levers()),
      p("div", { className: "below" }, this.ruleText(), this.about())
    );
    this.root.replaceChildren(a), this.stages = [...a.querySelectorAll("canvas.stage")].map((l) => this.stage(l)), this.layout && this.stages.forEach((l) => l.setLayout(this.layout)), this.recolour(), this.effects(), this.showLife(), this.root.dataset.keys || (this.root.dataset.keys = "yes", this.root.addEventListener("keydown", (l) => this.key(l)), document.addEventListener("keydown", (l) => {
      l.target === document.body && this.key(l);
    }));
  }
  stage(e) {
    const t = new Ee(e);
    return e.addEventListener("click", (s) => {
      const a = t.person(s);
      a >= 0 && this.watch(a);
    }), t;
  }
  pictureCaption() {
    if (!this.layout || !this.people) return "";
    const e = this.meta.population.grid ? "sites" : "people";
    return `${this.people.people.toLocaleString("en")} ${e}: ${this.layout.caption}. Click one to follow them.`;
  }
  picture() {
    const e = this.meta, t = this.s, s = !!t.twin && t.mode === "both", a = (o, h) => {
      const f = p("h3", {}, o);
      return f.style.setProperty("--role", `var(--${h})`), p("figure", {}, t.twin ? f : null, p("canvas", { className: "stage", role: "img", tabIndex: 0 }));
    }, l = e.engine.kind === "flow";
    this.el.legend = p("ul", { className: "legend" }), this.el.caption = p("p", { className: "note" }, this.pictureCaption());
    const i = e.views.length > 1 ? this.select("Colour by", e.views.map((o) => o.label + (o.meaning && o.meaning !== o.label ? `: ${o.meaning}` : "")), t.view, (o) => {
      t.view = o, this.frames = null, this.build(), this.run();
    }) : null, n = [["both", "Side by side"], ["difference", "Difference"], ["world", "World"], ["twin", "Twin"]], r = t.mode === "difference" ? "Where world and twin differ" : t.mode === "twin" ? "Twin" : "World";
    return this.el.play = p("button", { className: "main", type: "button", onclick: () => this.play(!this.playing) }, "Play"), this.el.time = p("input", { type: "range", className: "time", min: 0, max: String(t.steps), value: String(t.step), "aria-label": "Step", oninput: (o) => {
      this.play(!1), this.go(Number(o.target.value));
    } }), this.el.time.value = String(t.step), this.el.at = p("output", {}, this.when()), p(
      "section",
      { className: "picture", "aria-label": "Picture" },
      l ? this.flowNote() : p(
        "div",
        { className: `pictures${s ? " two" : ""}` },
        s ? [a("World", "account-1"), a("Twin: the same people, the same luck", "account-2")] : a(r, t.mode === "twin" ? "account-2" : "account-1")
      ),
      l ? null : this.el.legend,
      l ? null : this.el.caption,
      p(
        "div",
        { className: "transport" },
        this.el.play,
        p(
          "span",
          { className: "group" },
          p("button", { type: "button", "aria-label": "Back one step", title: "Back one step (←)", onclick: () => {
            this.play(!1), this.go(t.step - 1);
          } }, "‹"),
          p("button", { type: "button", "aria-label": "Forward one step", title: "Forward one step (→)", onclick: () => {
            this.play(!1), this.go(t.step + 1);
          } }, "›")
        ),
        this.el.time,
        this.el.at,
        this.select("Speed", ["¼×", "½×", "1×", "2×", "4×"], [0.25, 0.5, 1, 2, 4].indexOf(t.speed), (o) => {
          t.speed = [0.25, 0.5, 1, 2, 4][o];
        })
      ),
      p(
        "div",
        { className: "transport" },
        i,
        t.twin && !l ? p("span", { className: "group", role: "group", "aria-label": "What is drawn" }, n.map(([o, h]) => p("button", { type: "button", "aria-pressed": String(t.mode === o), onclick: () => {
          t.mode = o, this.build(), this.paint(!0), this.save();
        } }, h))) : null
      )
    );
  }
  flowNote() {
    return p("p", { className: "note" }, "This theory is about society as a whole and has no people: its variables are drawn over time, beside.");
  }
  select(e, t, s, a) {
    const l = O("select"), i = p("select", { id: l, onchange: (n) => a(n.target.selectedIndex) }, t.map((n) => p("option", {}, n)));
    return i.selectedIndex = Math.max(0, s), p("span", {}, p("label", { htmlFor: l, className: "note" }, `${e} `), i);
  }
  plotsPanel() {
    this.charts = [];
    const e = this.meta.observables.map((i, n) => ({ o: i, k: n })), t = [...e.filter(({ o: i }, n) => n === 0 || i.harm), ...e.filter(({ o: i }, n) => n > 0 && !i.harm)], s = this.allPlots || t.length <= ne ? t : t.slice(0, ne - 1), a = ({ o: i, k: n }) => {
      const r = () => this.plots(), o = (d) => {
        this.play(!1), this.go(d);
      }, h = p("span", { className: "now" }), f = p("canvas", { role: "img" }), m = this.s.twin ? p("canvas", { role: "img", "aria-label": `${A(i.name)}: twin less world` }) : null;
      return this.charts.push({ chart: new R(f, o, r), effect: m ? new R(m, o, r) : null, k: n, now: h }), m && (m.style.height = "4.75rem"), p(
        "figure",
        { className: "plot" },
        p("div", { className: "head" }, p("span", {}, p("b", {}, A(i.name)), i.harm ? p("span", { className: "harm-tag" }, "harm") : null, i.unit ? p("span", { className: "unit" }, ` ${i.unit}`) : null), h),
        f,
        m ? p("p", { className: "unit" }, "effect: twin less world") : null,
        m,
        p("figcaption", { className: i.meaning && i.meaning !== A(i.name) ? "" : "hidden" }, i.meaning ? T(i.meaning) : A(i.name))
      );
    };
    this.el.effects = p("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "Effect and harm" });
    const l = this.meta.engine.kind === "flow" || this.meta.engine.kind === "none" || this.meta.engine.kind === "recorded";
    return p(
      "section",
      { className: "plots", "aria-label": "Observables" },
      this.el.effects,
      s.map(a),
      s.length < t.length ? p("button", { type: "button", onclick: () => {
        this.allPlots = !0, this.build();
      } }, `Show ${t.length - s.length} more`) : null,
      l ? null : p("p", { className: "note" }, `Line: the world drawn. Band: 10% to 90% of ${q} worlds with luck${this.meta.population.made ? " and people" : ""} of their own; dashes: their median. Click or drag in a plot to go to a step.`),
      p(
        "div",
        { className: "transport" },
        p("button", { type: "button", onclick: () => this.download() }, "Download CSV"),
        this.recordInput()
      )
    );
  }
  recordInput() {
    const e = O("file");
    return p("span", {}, p("label", { htmlFor: e, className: "note" }, "A record beside it (CSV: step, value) "), p("input", { id: e, type: "file", accept: ".csv,.txt,.tsv", onchange: async (t) => {
      const s = t.target.files[0];
      if (!s) return;
      const a = (await s.text()).split(/\r?\n/).map((h) => h.split(/[,;\t]/)), l = new Float64Array(this.s.steps + 1).fill(NaN);
      let i = 0, n = 0;
      for (const [h, f] of a) {
        if (h === void 0 || h.trim() === "") continue;
        const m = Number(h), d = Number(f);
        f !== void 0 && f.trim() !== "" && Number.isInteger(m) && m >= 0 && m <= this.s.steps && Number.isFinite(d) ? (l[m] = d, i++) : n++;
      }
      if (!i) return this.say(`${s.name} has no row of a step from 0 to ${this.s.steps} and a number; expected two columns: step, value.`);
      this.record = l;
      const r = s.name.replace(/\.\w+$/, ""), o = this.meta.observables.findIndex((h) => h.name === r);
      this.recordOf = o >= 0 ? o : 0, this.say(`${i} steps of ${s.name} are drawn as points over ${A(this.meta.observables[this.recordOf].name)}${n ? `; ${n} rows were left out (a heading, or no such step)` : ""}. The file stays on this machine.`), this.plots();
    } }));
  }
  download() {
    const e = this.meta.observables.map((n) => n.name), t = e.length, { world: s, twin: a } = this.values, l = [["world", "step", ...e].join(",")];
    for (const [n, r] of [["world", s], ["twin", a]]) if (r) for (let o = 0; o <= Math.max(this.upto, 0); o++) l.push([n, o, ...r.subarray(o * t, (o + 1) * t)].join(","));
    const i = p("a", { href: URL.createObjectURL(new Blob([l.join(`
`) + `
`], { type: "text/csv" })), download: `${this.meta.theory.name}.csv` });
    i.click(), URL.revokeObjectURL(i.href);
  }
  // -- levers ----------------------------------------------------------------------------------------------------
  levers() {
    const e = this.meta, t = this.s, s = e.params, a = s.filter((r) => t.params[r.name] !== r.value), l = s.map((r) => this.lever(r)), i = l.slice(0, B), n = l.slice(B);
    return p(
      "section",
      { className: "levers", "aria-label": "What can be moved" },
      p("section", { className: "twin" }, this.twinPanel()),
      p(
        "section",
        {},
        p("h2", {}, "Parameters ", p("button", { type: "button", className: "quiet", disabled: !a.length, onclick: () => {
          for (const r of s) t.params[r.name] = r.value;
          this.build(), this.run();
        } }, "reset to the source's values")),
        p("div", { className: "levers-grid" }, i),
        n.length ? p("details", { open: n.some((r, o) => t.params[s[o + B].name] !== s[o + B].value) }, p("summary", { className: "note" }, `${n.length} more parameters`), p("div", { className: "levers-grid" }, n)) : null
      ),
      p("section", {}, p("h2", {}, "People and luck"), this.peoplePanel())
    );
  }
  /** A slider with its number; the range of the support, and what is known of the parameter. */
  lever(e) {
    const t = this.s, s = O("p"), a = e.to - e.from, l = e.whole ? 1 : a > 0 ? 10 ** Math.floor(Math.log10(a / 200)) : 0.01, i = p("label", { htmlFor: s, title: e.source ? `Source: ${e.source}` : "" }, A(e.name)), n = e.fixed !== "" && !this.options.base, r = p("input", { id: s, type: "range", min: String(e.from), max: String(e.to), step: String(l), disabled: n, "aria-describedby": `${s}m` }), o = p("input", { type: "number", className: "value", step: "any", value: String(t.params[e.name]), disabled: n, "aria-label": `${A(e.name)}, value` });
    r.value = String(t.params[e.name]);
    const h = () => {
      i.className = t.params[e.name] !== e.value ? "moved" : "";
    }, f = (m, d) => {
      if (!Number.isFinite(m) || !E(e, m)) {
        o.setAttribute("aria-invalid", "true"), this.say(`${A(e.name)} = ${o.value}; expected a number in ${e.support}.`);
        return;
      }
      o.removeAttribute("aria-invalid"), t.params[e.name] = m, d !== r && (r.value = String(m)), d !== o && (o.value = String(Number(m.toPrecision(6)))), h(), e.fixed ? this.renew() : this.soon();
    };
    return r.addEventListener("input", () => {
      let m = Number(r.value);
      E(e, m) || (m += m <= e.from ? l / 10 : -l / 10), f(m, r);
    }), o.addEventListener("change", () => f(Number(o.value), o)), r.addEventListener("dblclick", () => f(e.value, i)), h(), p(
      "div",
      { className: `lever${n ? " fixed" : ""}` },
      p("div", { className: "top" }, i, o),
      r,
      p("div", { className: "meaning", id: `${s}m` }, T(e.meaning || "no meaning is stated"), e.unit ? ` In ${e.unit}.` : "", n ? ` Fixed in this page: ${e.fixed}.` : ""),
      p("details", {}, p("summary", {}, `${e.support === "any" ? "any number" : `support ${e.support}`}; ${$(e.value)} ${e.value === e.default ? "by default" : "in the source's setting"}`), e.source)
    );
  }
  peoplePanel() {
    const e = this.s, t = e.table, s = [], a = this.meta.population.made && oe.has(t.network) || !!this.options.base, l = !this.meta.traits.every((n) => !["measured", "Listed", "Ranked"].includes(n.kind)) || this.meta.engine.fields.some((n) => n.from === "data"), i = this.options.base ? !0 : a && !l;
    if (this.meta.engine.kind !== "flow") {
      s.push(p("p", { className: "note" }, `Network: ${A(t.network)}. `, i ? "" : "The people of this page come with it; the luck can be drawn anew."));
      for (const n of ["people", "rows", "columns", "mean_degree", "neighbours", "rewiring", "ties_per_newcomer", "mix", "communities", "village_size", "far", "radius"])
        n in t && s.push(this.field(A(n), t[n], !i, (r) => {
          const o = n === "rewiring" || n === "mix" || n === "far";
          if (o ? r < 0 || r > 1 : n === "mean_degree" ? r < 0 : !Number.isInteger(r) || r < 1 || n === "neighbours" && r % 2 === 1) return o ? "a share from 0 to 1" : n === "neighbours" ? "an even number" : n === "mean_degree" ? "a number from 0" : "a whole number from 1";
          const f = n === "people" ? r : t.rows ? n === "rows" ? r * t.columns : n === "columns" ? r * t.rows : t.rows * t.columns : t.people;
          return f > 2e6 ? "at most 2,000,000 people in a page; groundswell simulate takes more" : n === "mean_degree" && r > f - 1 ? `at most ${f - 1}` : (t[n] = r, this.options.base ? this.renew() : this.run(!0), "");
        }));
    }
    return s.push(this.field("seed", Number(e.seed), !1, (n) => !Number.isInteger(n) || n < 0 || n > Number.MAX_SAFE_INTEGER ? "a whole number from 0" : (e.seed = String(n), this.options.base && !this.meta.population.made ? this.renew() : this.run(!0), "")), this.field("steps", e.steps, !1, (n) => !Number.isInteger(n) || n < 1 || n > 2e4 ? "a whole number from 1 to 20,000" : (e.steps = n, e.step = Math.min(e.step, n), this.build(), this.run(), ""))), s.push(p("p", { className: "note" }, "The same as ", p("code", {}, `groundswell simulate ${this.meta.theory.name} --seed ${e.seed}`), ", world 0; the band is made of its other worlds.")), s;
  }
  field(e, t, s, a) {
    const l = O("f"), i = p("input", { id: l, type: "number", className: "value", step: "any", value: String(t), disabled: s });
    return i.addEventListener("change", () => {
      const n = i.value.trim() === "" ? "a number" : a(Number(i.value));
      n ? (i.setAttribute("aria-invalid", "true"), this.say(`${e} = ${i.value || "nothing"}; expected ${n}.`)) : (i.removeAttribute("aria-invalid"), this.say(""));
    }), p("div", { className: "lever" }, p("div", { className: "top" }, p("label", { htmlFor: l }, e), i));
  }
  /** What only Python can make: the server sends it anew. */
  async renew() {
    const e = this.s, t = Object.fromEntries(this.meta.params.filter((r) => e.params[r.name] !== r.value).map((r) => [r.name, e.params[r.name]])), { seed: s, ...a } = e.table, l = await fetch(`${this.options.base}bundle`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ table: a, params: t, seed: e.seed, steps: e.steps }) }).catch(() => null);
    if (!l) return this.fail("the server of this page has ended; start groundswell explore again");
    if (!l.ok) return this.fail(await l.text());
    const i = await l.json();
    this.packed = i;
    const n = this.meta;
    this.meta = { ...i.meta, params: i.meta.params.map((r) => ({ ...r, value: n.params.find((o) => o.name === r.name).value })) }, this.meta.population.table = { ...i.meta.population.table }, e.table = { ...i.meta.population.table };
    for (const r of [this.main, this.behind]) r.postMessage({ type: "load", packed: i, base: this.options.base });
    this.run(!0);
  }
  // -- twins -----------------------------------------------------------------------------------------------------
  kinds() {
    const e = this.meta;
    return [
      { kind: "pulse", label: e.shocks.some((t) => t.harm) ? "an act (a shock)" : "a shock", names: e.shocks.map((t) => t.name) },
      { kind: "set", label: "a parameter held (0 closes a channel)", names: e.params.filter((t) => !t.early && !t.fixed).map((t) => t.name) },
      { kind: "cap", label: "a variable of society capped", names: e.societies.map((t) => t.name) },
      { kind: "seed", label: "people set in motion", names: e.states.filter((t) => t.kind === "bool").map((t) => t.name) }
    ].filter((t) => t.names.length).map((t) => ({ ...t, names: [...t.names] }));
  }
  makeTwin(e, t) {
    const s = Math.max(1, Math.round(this.s.steps / 3)), a = this.meta.params.find((i) => i.name === t);
    if (e === "pulse") return { kind: e, name: t, amount: 1, at: s };
    if (e === "seed") return { kind: e, name: t, share: 0.05, at: s };
    if (e === "cap") return { kind: e, name: t, most: 0, start: s, end: null };
    const l = a && E(a, 0) && a.value !== 0 ? 0 : a.to;
    return { kind: "set", name: t, value: l, start: s, end: null };
  }
  twinPanel() {
    const e = this.s, t = this.kinds();
    if (!t.length || this.meta.engine.kind === "recorded") return [p("h2", {}, "Twins"), p("p", { className: "note" }, "No rule of this theory can be interfered with in this page.")];
    const s = (u = !0) => {
      u && this.build(), this.run();
    }, a = p("button", { type: "button", "aria-pressed": String(!!e.twin), onclick: () => {
      if (e.twin)
        e.twin = null, e.mode = "world";
      else {
        const u = t[0];
        e.twin = this.makeTwin(u.kind, u.names[0]), e.mode = "both";
      }
      s();
    } }, e.twin ? "Twin on" : "Add a twin"), l = [p("h2", {}, "Twins"), p("p", { className: "note" }, "A second world with the same people and the same luck that differs in one thing."), p("div", { className: "row transport" }, a)], i = e.twin;
    if (!i) return l;
    const n = t.find((u) => u.kind === i.kind);
    l.push(p("div", { className: "row" }, this.select("What", t.map((u) => u.label), t.indexOf(n), (u) => {
      e.twin = this.makeTwin(t[u].kind, t[u].names[0]), s();
    }))), l.push(p("div", { className: "row" }, this.select("Which", n.names.map(A), n.names.indexOf(i.name), (u) => {
      e.twin = this.makeTwin(i.kind, n.names[u]), s();
    })));
    const r = this.meta.params.find((u) => u.name === i.name), o = i.kind === "pulse" ? { label: "amount", value: i.amount, from: 0, to: 5, set: (u) => {
      i.amount = u;
    } } : i.kind === "seed" ? { label: "share of people", value: i.share, from: 0, to: 1, set: (u) => {
      i.share = u;
    } } : i.kind === "cap" ? { label: "at most", value: i.most, from: 0, to: 1, set: (u) => {
      i.most = u;
    } } : { label: "held at", value: i.value, from: r.from, to: r.to, set: (u) => {
      i.value = u;
    } }, h = e.steps;
    l.push(this.dial(o.label, o.value, o.from, o.to, (o.to - o.from) / 100, (u) => {
      i.kind === "set" && !E(r, u) || (o.set(u), this.soon());
    }));
    const f = "at" in i ? i.at : i.start;
    l.push(this.dial("at" in i ? "at step" : "from step", f, 1, h, 1, (u) => {
      "at" in i ? i.at = u : (i.start = u, i.end !== null && i.end < u && (i.end = u)), this.soon(), this.plots();
    })), "at" in i || l.push(this.dial("until step (the last: for good)", i.end ?? h + 1, 1, h + 1, 1, (u) => {
      i.end = u > h ? null : Math.max(u, i.start), this.soon(), this.plots();
    }));
    const m = this.meta.shocks.find((u) => u.name === i.name), d = m?.meaning ?? r?.meaning ?? this.meta.societies.find((u) => u.name === i.name)?.meaning ?? this.meta.states.find((u) => u.name === i.name)?.meaning;
    return d && l.push(p("p", { className: "note" }, T(d), m?.harm ? " This is violence: it enters as a shock from outside, is never optimised, and its harm is shown beside its effect." : "")), l;
  }
  dial(e, t, s, a, l, i) {
    const n = O("d"), r = p("output", { htmlFor: n }, $(t)), o = p("input", { id: n, type: "range", min: String(s), max: String(a), step: String(l), oninput: (h) => {
      const f = Number(h.target.value);
      r.textContent = $(f), i(f);
    } });
    return o.value = String(t), p("div", { className: "lever" }, p("div", { className: "top" }, p("label", { htmlFor: n }, e), r), o);
  }
  /** Effect and harm, side by side: from the change to the end, over the ensemble's pairs. */
  effects() {
    const e = this.el.effects, t = this.s.twin;
    if (!e) return;
    if (e.hidden = !t, !t) return e.replaceChildren();
    const s = this.meta.observables.length, a = "at" in t ? t.at : t.start, { world: l, twin: i } = this.members, n = this.s.steps, r = (m, d) => {
      let u = 0;
      for (let g = a; g <= n; g++) u += m[g * s + d];
      return u / Math.max(1, n - a + 1);
    }, o = (m) => {
      const d = this.meta.observables[m], u = l.map((b, v) => r(i[v], m) - r(b, m)).sort((b, v) => b - v), g = (b) => u[Math.round(b * (u.length - 1))], w = u.length >= 3 ? `${j(g(0.5))} (${j(g(0.1))} to ${j(g(0.9))})` : "simulating …";
      return p("tr", {}, p("th", { scope: "row" }, A(d.name), d.harm ? p("span", { className: "harm-tag" }, "harm") : null), p("td", { className: "figure" }, w));
    }, h = this.meta.observables.map((m, d) => ({ o: m, k: d })).filter(({ o: m }) => m.harm).map(({ k: m }) => m), f = this.meta.observables.map((m, d) => d).filter((m) => !h.includes(m)).slice(0, 3);
    e.replaceChildren(
      p(
        "table",
        {},
        p("caption", {}, `Twin less world, mean of steps ${a} to ${n}: median of ${l.length || q} pairs (10% to 90%). An effect within this theory, at these values.`),
        p("thead", {}, p("tr", {}, p("th", { scope: "col" }, "observable"), p("th", { scope: "col", className: "figure" }, "effect"))),
        p("tbody", {}, f.slice(0, 1).map(o), h.map(o), f.slice(1).map(o))
      ),
      h.length ? "" : p("p", { className: "note" }, "This theory records no harm: what an act costs is not in it.")
    );
  }
  // -- one person ------------------------------------------------------------------------------------------------
  watch(e) {
    this.s.person = e, this.life = null, this.showLife(), this.meta.engine.kind !== "none" && this.meta.engine.kind !== "recorded" ? this.run() : this.save(), this.paint(!0);
  }
  showLife() {
    const e = this.el.life;
    if (!e) return;
    const t = this.s, s = this.life?.person === t.person ? this.life : null, a = this.people?.people ?? this.meta.population.people, i = [this.field(`${this.meta.population.grid ? "site" : "person"}, 0 to ${a - 1}`, Math.max(t.person, 0), !1, (n) => !Number.isInteger(n) || n < 0 || n >= a ? `a whole number from 0 to ${a - 1}` : (this.watch(n), ""))];
    if (this.lifeChart = null, t.person < 0) i.push(p("p", { className: "note" }, "Click someone in the picture, or give their number."));
    else if (!s) i.push(p("p", { className: "note" }, "…"));
    else {
      const n = s.traits.map(([o, h]) => [A(o), $(h)]);
      n.push(["ties", s.degree.toLocaleString("en") + (s.ties.length ? `: ${s.ties.slice(0, 12).join(", ")}${s.ties.length > 12 ? " …" : ""}` : "")]);
      const r = p("canvas", { role: "img", "aria-label": `The life of person ${s.person}` });
      this.lifeChart = new R(r, (o) => this.go(o), () => this.drawLife()), this.el.lifeNow = p("dl", { className: "facts" }), i.push(
        p("dl", { className: "facts" }, n.map(([o, h]) => [p("dt", {}, o), p("dd", {}, h)])),
        s.names.length ? r : "",
        this.el.lifeNow,
        p("button", { type: "button", className: "quiet", onclick: () => {
          t.person = -1, this.life = null, this.showLife(), this.paint(!0), this.save();
        } }, "follow nobody")
      );
    }
    e.replaceChildren(...i), this.lifeChart && this.drawLife();
  }
  drawLife() {
    const e = this.life, t = this.lifeChart;
    if (!e || !t) return;
    const s = getComputedStyle(this.root), a = Math.max(0, e.names.indexOf(this.meta.views[this.s.view]?.of[0] ?? ""));
    t.steps = this.s.steps, t.at = this.s.step, t.series = e.names.length ? [{ name: e.names[a], colour: s.getPropertyValue("--account-1"), values: e.world[a], upto: this.s.steps, band: null }] : [], e.twin && t.series.push({ name: "twin", colour: s.getPropertyValue("--account-2"), values: e.twin[a], upto: this.s.steps, band: null, dash: [6, 3] }), t.draw();
    const l = (i, n) => this.meta.states.find((r) => r.name === i)?.kind === "bool" ? n ? "yes" : "no" : $(n);
    this.el.lifeNow.replaceChildren(...e.names.flatMap((i, n) => [p("dt", {}, `${A(i)} at step ${this.s.step}`), p("dd", {}, l(i, e.world[n][this.s.step]) + (e.twin ? `, twin ${l(i, e.twin[n][this.s.step])}` : ""))]));
  }
  // -- words -----------------------------------------------------------------------------------------------------
  ruleText() {
    const e = this.meta.theory;
    return p("div", {}, p(
      "section",
      {},
      p("h2", {}, e.form === "rule" ? "The rule, as it runs" : e.form === "flow" ? "The equations, as they run" : "One step, as it runs"),
      e.equations ? p("p", {}, e.equations) : null,
      e.rules.map((t) => p("figure", {}, p("figcaption", {}, `${t.name}${t.file ? `, ${t.file}, line ${t.line}` : ""}`), Be(t.text, t.line)))
    ));
  }
  about() {
    const e = this.meta.theory, t = (s, a) => a.length ? p("section", {}, p("h2", {}, s), p("ul", { className: "plain" }, a.map((l) => p("li", {}, l)))) : null;
    return this.el.life = p("div", { className: "life" }), p(
      "div",
      {},
      this.meta.engine.kind === "flow" ? null : p("section", {}, p("h2", {}, this.meta.population.grid ? "One site" : "One person"), this.el.life),
      t("Where this departs from its source", e.deviations),
      t("What it cannot do", e.limits),
      p("section", {}, p("h2", {}, "Keys"), p("p", { className: "note" }, p("kbd", {}, "space"), " play or pause, ", p("kbd", {}, "←"), " ", p("kbd", {}, "→"), " one step, ", p("kbd", {}, "Home"), " ", p("kbd", {}, "End"), " first and last, ", p("kbd", {}, "t"), " twin, ", p("kbd", {}, "d"), " next way of drawing twins, ", p("kbd", {}, "c"), " next colouring, ", p("kbd", {}, "r"), " reset."))
    );
  }
  key(e) {
    const t = e.target, s = this.s;
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || /^(INPUT|SELECT|TEXTAREA)$/.test(t.tagName) || e.key === " " && /^(BUTTON|SUMMARY|A)$/.test(t.tagName)) return;
    const a = {
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
        const l = V(this.meta);
        Object.assign(s, l), this.build(), this.run(!0);
      }
    };
    e.key in a && (e.preventDefault(), a[e.key]());
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
const j = (c) => (c > 0 ? "+" : "") + $(c), fe = '(function(){"use strict";const D={u8:Uint8Array,i8:Int8Array,i16:Int16Array,i32:Int32Array,u32:Uint32Array,f64:Float64Array,i64:BigInt64Array,u64:BigUint64Array},K=262144,T=1<<20;class N{constructor(e,t,n){this.args=t;const i=n+63&-64;this.top=i+K+64,this.memory=new WebAssembly.Memory({initial:Math.ceil((this.top+T)/65536)+1}),this.held=this.memory.buffer,this.heap=this.take(T),this.heapEnd=this.heap+T;const f={__linear_memory:this.memory,__stack_pointer:new WebAssembly.Global({value:"i32",mutable:!0},i+K),__indirect_function_table:new WebAssembly.Table({initial:64,element:"anyfunc"}),sqrt:Math.sqrt,floor:Math.floor,ceil:Math.ceil,trunc:Math.trunc,fabs:Math.abs,pow:Math.pow,exp:Math.exp,expm1:Math.expm1,log:Math.log,log1p:Math.log1p,log2:Math.log2,log10:Math.log10,sin:Math.sin,cos:Math.cos,tan:Math.tan,asin:Math.asin,acos:Math.acos,atan:Math.atan,atan2:Math.atan2,sinh:Math.sinh,cosh:Math.cosh,tanh:Math.tanh,cbrt:Math.cbrt,hypot:Math.hypot,exp2:s=>2**s,fmod:(s,o)=>s%o,erf:s=>1-L(s),erfc:L,rint:s=>{const o=Math.round(s);return Math.abs(o-s)===.5&&o%2?o-1:o},memset:(s,o,r)=>(this.bytes().fill(o,s,s+r),s),memcpy:(s,o,r)=>(this.bytes().copyWithin(s,o,o+r),s),memmove:(s,o,r)=>(this.bytes().copyWithin(s,o,o+r),s),NRT_MemInfo_alloc_aligned:s=>this.info(Number(s)),NRT_MemInfo_alloc_safe_aligned:s=>this.info(Number(s)),NRT_MemInfo_alloc:s=>this.info(Number(s)),NRT_MemInfo_new_varsize_dtor:s=>this.info(Number(s)),NRT_MemInfo_new_varsize:s=>this.info(Number(s)),NRT_MemInfo_varsize_alloc:(s,o)=>this.fresh(s,Number(o)),NRT_MemInfo_varsize_realloc:(s,o)=>this.fresh(s,Number(o),!0),NRT_MemInfo_varsize_free:()=>{},NRT_Allocate:s=>this.allocate(Number(s)),NRT_MemInfo_call_dtor:()=>{},NRT_Free:()=>{},NRT_incref:()=>{},NRT_decref:()=>{}},c={};for(const{name:s}of WebAssembly.Module.imports(e)){if(!(s in f))throw new Error(`the page has no ${s}`);c[s]=f[s]}this.exports=new WebAssembly.Instance(e,{env:c}).exports}memory;regions={};views={};held;top;heap=0;heapEnd=0;heapAt=0;exports={};bytes(){return new Uint8Array(this.memory.buffer)}ensure(e){const t=this.memory.buffer.byteLength;e>t&&this.memory.grow(Math.ceil((e-t)/65536))}take(e){const t=this.top;return this.top=t+e+63&-64,this.ensure(this.top),t}allocate(e){const t=e+63&-64;if(this.heapAt+t>this.heapEnd){const i=Math.max(t,2*(this.heapEnd-this.heap));this.heap=this.heapAt=this.take(i),this.heapEnd=this.heap+i}const n=this.heapAt;return this.heapAt+=t,n}info(e){const t=this.allocate(e+64),n=new DataView(this.memory.buffer);return n.setBigInt64(t,1n,!0),n.setInt32(t+8,0,!0),n.setInt32(t+12,0,!0),n.setInt32(t+16,t+64,!0),n.setBigInt64(t+24,BigInt(e),!0),t}fresh(e,t,n=!1){const i=this.allocate(t),f=new DataView(this.memory.buffer),c=f.getInt32(e+16,!0),s=Number(f.getBigInt64(e+24,!0));return n&&this.bytes().copyWithin(i,c,c+Math.min(s,t)),f.setInt32(e+16,i,!0),f.setBigInt64(e+24,BigInt(t),!0),i}array(e,t,n,i){const f=n.reduce((o,r)=>o*r,1),c=D[t].BYTES_PER_ELEMENT,s=this.take(Math.max(f*(i??c),8));return this.regions[e]={kind:t,at:s,length:f*(i??c)/c,shape:n,item:i??c},this.held=null,this.view(e)}view(e){this.held!==this.memory.buffer&&(this.views={},this.held=this.memory.buffer);const t=this.regions[e];return this.views[e]??=new D[t.kind](this.memory.buffer,t.at,t.length)}bind(e){const t=this.exports[e],n=[0,0],i=[],f=this.take(64);n[0]=f,n[1]=f+32;for(const c of this.args[e])if(c.kind==="array"){const s=this.regions[c.name];if(!s)throw new Error(`${e} takes ${c.name}, which the page does not know`);const o=[];let r=s.item;for(let a=s.shape.length-1;a>=0;a--)o[a]=r,r*=s.shape[a];n.push(0,0,BigInt(s.shape.reduce((a,p)=>a*p,1)),BigInt(s.item),s.at,...s.shape.map(BigInt),...o.map(BigInt))}else c.kind==="record"?n.push(this.regions[c.name].at):(i.push([c.name,n.length,c.kind==="i64"]),n.push(c.kind==="i64"?0n:0));return(c={})=>{for(const[o,r,a]of i)o in c&&(n[r]=a?BigInt(c[o]):Number(c[o]));this.heapAt=this.heap;const s=t(...n);if(s!==0)throw new Error(`${e} stopped with an error of the theory (code ${s})`)}}}function L(l){const e=Math.abs(l);let t;if(e<2.5){let n=e,i=e;for(let f=1;Math.abs(n)>1e-17*i&&f<200;f++)n*=-e*e/f,i+=n/(2*f+1);t=1-2/Math.sqrt(Math.PI)*i}else{let n=0;for(let i=60;i>0;i--)n=i/2/(e+n);t=Math.exp(-e*e)/Math.sqrt(Math.PI)/(e+n)}return l<0?2-t:t}const E=(l,e)=>typeof l=="string"?e[l]:l;function B(l,e,t,n){const i=new Int32Array(t);for(let r=0;r<t;r++){i[r]+=l[r+1]-l[r];for(let a=l[r];a<l[r+1];a++)i[e[a]]++}const f=new Int32Array(t+1);for(let r=0;r<t;r++)f[r+1]=f[r]+i[r];const c=new Int32Array(f[t]),s=f.slice(0,t),o=()=>{for(let r=0;r<t;r++)for(let a=l[r];a<l[r+1];a++)c[s[r]++]=e[a]};n!=="upper"&&o();for(let r=0;r<t;r++)for(let a=l[r];a<l[r+1];a++)c[s[e[a]]++]=r;if(n==="upper"&&o(),n==="any")for(let r=0;r<t;r++)c.subarray(f[r],f[r+1]).sort();return[f,c]}function re(l,e){const t=new Uint8Array(l);let n=0;const i=()=>{let s=0,o=0;for(;;){const r=t[n++];if(s|=(r&127)<<o,r<128)return s;o+=7}},f=new Int32Array(e+1),c=[];for(let s=0;s<e;s++){const o=i();let r=s;for(let a=0;a<o;a++)r+=i(),c.push(r);f[s+1]=c.length}return B(f,Int32Array.from(c),e,"upper")}function ie(l,e){if(e.sizes)return e.sizes;const t=e.communities;return Array.from({length:t},(n,i)=>Math.floor(l/t)+(i<l%t?1:0))}function U(l,e,t,n,i,f,c){const s=t.reduce((w,g)=>w+g,0);let o=0;t.forEach((w,g)=>{o+=n[g]*w*(w-1)/2+i*w*(s-w)/2});const r=Math.ceil(o+8*Math.sqrt(o))+16,a=new N(l,e.engine.networks.arguments,e.engine.networks.dataEnd),p=a.array("end","i64",[t.length]);let d=0;t.forEach((w,g)=>{d+=w,p[g]=BigInt(d)}),a.array("within","f64",[t.length]).set(n),a.array("counts","i64",[s]),a.array("heads","i32",[r]),a.array("out","i64",[1]),a.bind("draw_pairs")({seed:c,stream_within:f[0],stream_between:f[1],low:0,high:s,between:i});const h=Number(a.view("out")[0]),m=a.view("counts");if(h>r)throw new Error("more ties were drawn than there is room for");const u=new Int32Array(s+1);for(let w=0;w<s;w++)u[w+1]=u[w]+Number(m[w]);return B(u,a.view("heads").slice(0,h),s,"upper")}function oe(l,e){const t=new Int32Array(l*e);for(let n=0;n<l;n++)for(let i=0;i<e;i++){const f=n+i+1;t[n*e+i]=f<l?f:f-l}return t}function ae(l,e,t,n){const i=new Int32Array(l*e+1),f=[];for(let c=0;c<l;c++)for(let s=0;s<e;s++){const o=[];for(let r=-t;r<=t;r++)for(let a=-t;a<=t;a++){if(!r&&!a)continue;let p=c+r,d=s+a;if(n)p=(p+l)%l,d=(d+e)%e;else if(p<0||p>=l||d<0||d>=e)continue;o.push(p*e+d)}o.sort((r,a)=>r-a);for(const r of o)f.push(r);i[c*e+s+1]=f.length}return[i,Int32Array.from(f)]}function le(l,e,t,n){const i=l.meta,f=t.network,c=t.rows??0,s=t.columns??0,o=t.rows?c*s:t.people,r={people:o,regions:1,region:new Int32Array(o),indptr:null,indices:null,rows:c,columns:s,grid:f==="grid",seed:n};if(!i.population.made)return l.arrays.region&&(r.region=new Int32Array(l.arrays.region),r.regions=i.population.regions),l.arrays.ties?[r.indptr,r.indices]=re(l.arrays.ties,o):l.arrays.indptr&&(r.indptr=new Int32Array(l.arrays.indptr),r.indices=new Int32Array(l.arrays.indices)),r;const a=i.population.streams,p=h=>{[r.indptr,r.indices]=h},d=h=>{let m=0;h.forEach((u,w)=>{r.region.fill(w,m,m+u),m+=u}),r.regions=h.length};if(f==="erdos_renyi")p(U(e,i,[o],[t.mean_degree/Math.max(o-1,1)],0,[a.pairs,a.between],n));else if(f==="planted_partition"){const h=ie(o,t),m=(1-t.mix)*t.mean_degree,u=h.reduce((g,y)=>g+y*(o-y),0),w=t.mix>0?t.mix*t.mean_degree*o/u:0;p(U(e,i,h,h.map(g=>m/Math.max(g-1,1)),w,[a.within,a.between],n)),d(h)}else if(f==="village"){const h=[];for(let m=0;m<o;m+=t.village_size)h.push(Math.min(t.village_size,o-m));p(U(e,i,h,h.map(()=>1),t.far,[a.clique,a.far],n)),d(h)}else if(f==="watts_strogatz"||f==="ring"){const h=t.neighbours/2;let m=oe(o,h);if(f==="watts_strogatz"&&t.rewiring>0){const u=new N(e,i.engine.networks.arguments,i.engine.networks.dataEnd);u.array("own","i32",[o,h]).set(m),u.bind("small_world")({seed:n,stream_moves:a.moves,stream_places:a.places,rewiring:t.rewiring}),m=u.view("own").slice()}p(B(Int32Array.from({length:o+1},(u,w)=>w*h),m,o,"any"))}else if(f==="barabasi_albert"){const h=t.ties_per_newcomer,m=new N(e,i.engine.networks.arguments,i.engine.networks.dataEnd),u=m.array("start","i64",[o+1]);for(let g=0;g<o;g++)u[g+1]=u[g]+BigInt(Math.min(g,h));const w=Int32Array.from(u,Number);m.array("heads","i32",[w[o]]),m.bind("grow")({seed:n,stream:a.preference,m:h}),p(B(w,m.view("heads").slice(),o,"lower"))}else f==="moore"&&p(ae(c,s,t.radius??1,t.torus??!0));return r}class V{constructor(e,t){this.program=e,this.people=t,e.array("out","f64",[t]),this.fillOf=e.bind("fill"),this.normalsOf=e.bind("normals"),this.expsOf=e.bind("exps")}fillOf;normalsOf;expsOf;uniforms(e,t,n){return this.fillOf({seed:e,stream:BigInt(t),step:n}),this.program.view("out")}normals(){return this.normalsOf(),this.program.view("out")}exps(){return this.expsOf(),this.program.view("out")}}function C(l,e){if(!e)return;const t=new BigInt64Array(l.buffer,l.byteOffset,l.length);for(let n=0;n<e.length;n++)e[n]&&(t[n]+=BigInt(e[n]))}function ce(l,e){return e.seed===BigInt(l.population.table.seed??"0")&&e.people===l.population.people}function G(l,e,t,n,i){const{meta:f,arrays:c}=l,s=n.people,o=ce(f,n),r=t.args.every(u=>typeof u!="string"||i[u]===f.params.find(w=>w.name===u).value),a=u=>o&&c[u]?new Int16Array(c[u]):null,[p,d]=t.args.map(u=>E(u,i)),h=c[`trait.${t.name}`];if(h&&o&&r)return new Float64Array(h);if(t.kind==="Ranked"||t.kind==="Listed"||t.kind==="measured")throw new Error(`the trait ${t.name} comes with the people of this page`);const m=e.uniforms(n.seed,t.stream,0);switch(t.kind){case"Fixed":return new Float64Array(s).fill(p);case"Uniform":return Float64Array.from(m,u=>p+(d-p)*u);case"Bernoulli":return Float64Array.from(m,u=>u<p?1:0);case"Normal":case"LogNormal":{const u=e.normals();C(u,a(`units.${t.name}`));for(let g=0;g<s;g++)u[g]=p+d*u[g];if(t.kind==="Normal")return u.slice();const w=e.exps();return r&&C(w,a(`exp.${t.name}`)),w.slice()}case"Beta":{const u=new Float64Array(c[`quantiles.${t.name}`]),w=u.length-1;return Float64Array.from(m,g=>{const y=Math.acos(1-2*g)/Math.PI*w,v=Math.min(Math.floor(y),w-1),k=(1-Math.cos(v/w*Math.PI))/2,b=(1-Math.cos((v+1)/w*Math.PI))/2;return u[v]+(g-k)/(b-k)*(u[v+1]-u[v])})}}throw new Error(`the page cannot draw the trait ${t.name} from ${t.kind}`)}function fe(l){const e=Math.round(l);return Math.abs(e-l)===.5&&e%2?e-1:e}function J(l,e,t,n,i,f){const c=l.states[t],s=e.people,o=E(c.initial.of,n);if(c.initial.kind==="number"){for(let d=0;d<s;d++)f[d]=o;return}if(c.initial.kind==="share"){const d=e.uniforms(i,c.stream,0);for(let h=0;h<s;h++)f[h]=d[h]<o?1:0;return}const r=fe(o);if(r>s)throw new Error(`${c.name} starts true for ${r} people, and there are ${s}`);for(let d=0;d<s;d++)f[d]=0;if(!r)return;const a=e.uniforms(i,c.stream,0),p=Array.from({length:s},(d,h)=>h).sort((d,h)=>a[d]-a[h]);for(let d=0;d<r;d++)f[p[d]]=1}const S=256,he=.5;function H(l){const e=new Set;for(const t of l)t.kind==="pulse"||t.kind==="seed"?e.add(t.at):(e.add(t.start),t.end&&e.add(t.end));return e}function R(l,e,t){const n={};for(const i of l)i.kind==="set"&&(n[i.name]=t[i.name]);for(const i of l)i.kind==="set"&&i.start<=e&&(i.end===null||e<i.end)&&(n[i.name]=i.value);return n}const P=(l,e)=>e>=l.start&&(l.end===null||e<l.end);class me{constructor(e,t,n,i,f,c){this.people=n,this.params=i,this.seed=f,this.interventions=c;const s=this.meta=e.meta,o=s.engine.layout,r=this.n=n.people;this.turns=s.engine.kind==="turns",this.mixed=n.indptr===null,this.times=H(c);const a=this.program=new N(t,s.engine.arguments,s.engine.dataEnd);this.start=new V(a,r);const p=this.blocks=Math.ceil(r/S),d=n.regions,h=!this.turns;a.array("key0","u64",[1])[0]=f&0xffffffffn,a.array("key1","u64",[1])[0]=f>>32n,a.array("bools","u8",[o.bools.length,r,1]),a.array("floats","f64",[o.floats.length,r,1]),a.array("traits","f64",[o.traits.length,r]),a.array("region","i32",[r]).set(n.region),a.array("degree","i32",[r]);const m=o.seenBools.length+o.seenFloats.length>0;if(a.array("counts","i32",[o.seenBools.length,h&&!this.mixed&&m?r:0,1]),a.array("means","f64",[o.seenFloats.length,h?r:0,1]),a.array("deltas","i8",[o.seenBools.length,h?r:0,1]),a.array("table","f64",[Object.keys(o.table).length,1]),a.array("here","f64",[o.regionals.length,d,1]),a.array("flags","u8",[r]),a.array("dirty","u8",[r]).fill(1),a.array("parts","f64",[p,o.sums.length,1]),a.array("changes","i64",[p,o.bools.length,1]),a.array("totals","i64",[o.bools.length,1]),this.turns&&(a.array("indptr","i64",[this.mixed?1:r+1]),a.array("indices","i32",[this.mixed?0:n.indices.length]),this.mixed||(a.view("indptr").set(BigInt64Array.from(n.indptr,BigInt)),a.view("indices").set(n.indices)),a.array("running","f64",[o.seenFloats.length,1]),a.array("queue","i32",[1,r]),a.array("handed","f64",[o.tallies.length,r,1])),this.mixed)a.view("degree").fill(Math.max(r-1,0));else for(let y=0;y<r;y++)a.view("degree")[y]=n.indptr[y+1]-n.indptr[y];for(const y of["person","society","region"])y in s.engine.arguments&&(this.call[y]=a.bind(y));o.traits.forEach((y,v)=>{const k=G(e,this.start,s.traits.find(b=>b.name===y),n,i);a.view("traits").set(k,v*r)});const u=a.view("table"),w=a.view("here");for(const[y,v]of Object.entries(i))u[o.table[`p.${y}`]]=v;for(const y of s.societies)u[o.table[`society.${y.name}`]]=E(y.initial,i);for(const y of s.tallies)u[o.table[`people.${y.name}`]]=E(y.initial,i);for(const y of s.regionals)w.fill(E(y.initial,i),o.regionals.indexOf(y.name)*d,(o.regionals.indexOf(y.name)+1)*d);s.states.forEach((y,v)=>{const k=y.kind==="bool",b=(k?o.bools:o.floats).indexOf(y.name),M=new Float64Array(r);J(s,this.start,v,i,f,M),a.view(k?"bools":"floats").set(M,b*r)}),this.recount(),o.bools.forEach((y,v)=>{u[o.table[`people.${y}`]]=Number(a.view("totals")[v])/r});const g=o.sums.map(y=>o.floats.includes(y)?this.summed("floats",o.floats.indexOf(y)):0);o.sums.forEach((y,v)=>{o.floats.includes(y)&&(u[o.table[`people.${y}`]]=g[v]/r)}),this.sizes=new Float64Array(d);for(const y of n.region)this.sizes[y]++;for(let y=0;y<d;y++)this.sizes[y]=Math.max(this.sizes[y],1)}step=0;program;meta;start;call={};fresh=!0;flipped=0;n;blocks;mixed;turns;times;sizes;recount(){const{n:e}=this,t=this.program.view("bools"),n=this.program.view("totals");for(let i=0;i<n.length;i++){let f=0;for(let c=i*e;c<(i+1)*e;c++)f+=t[c];n[i]=BigInt(f)}}summed(e,t){const n=this.program.view(e),{n:i}=this;let f=0;for(let c=0;c<i;c+=S){let s=0;for(let o=c;o<Math.min(c+S,i);o++)s+=n[t*i+o];f+=s}return f}apply(e){let t=!1;const n=this.program,i=n.view("table"),f=this.meta.engine.layout,{n:c}=this;for(const[s,o]of Object.entries(R(this.interventions,e,this.params))){const r=f.table[`p.${s}`];i[r]!==o&&(i[r]=o,t=!0)}for(const s of this.interventions)if(s.kind==="pulse"&&s.at===e&&(i[f.table[`society.${s.name}`]]+=s.amount,t=!0),s.kind==="seed"&&s.at===e){const o=f.bools.indexOf(s.name),r=this.meta.states.find(h=>h.name===s.name),a=this.start.uniforms(this.seed,r.seeded,e),p=n.view("bools");for(let h=0;h<c;h++)a[h]<s.share&&(p[o*c+h]=1);let d=0;for(let h=0;h<c;h++)d+=p[o*c+h];n.view("totals")[o]=BigInt(d),n.view("table")[f.table[`people.${s.name}`]]=d/c,this.fresh=t=!0}return t}see(){const e=this.program,t=this.meta.engine.layout,{n}=this,i=e.view("bools"),f=e.view("floats"),c=e.view("means");if(this.mixed){t.seenFloats.forEach((h,m)=>{const u=t.floats.indexOf(h),w=this.summed("floats",u);for(let g=0;g<n;g++)c[m*n+g]=n>1?(w-f[u*n+g])/(n-1):0});return}const s=this.people.indptr,o=this.people.indices;if(t.seenFloats.forEach((h,m)=>{const u=t.floats.indexOf(h)*n;for(let w=0;w<n;w++){let g=0;for(let y=s[w],v=s[w+1];y<v;y++)g+=f[u+o[y]];c[m*n+w]=g/Math.max(s[w+1]-s[w],1)}}),!t.seenBools.length)return;const r=e.view("counts"),a=e.view("dirty"),p=e.view("flags"),d=e.view("deltas");if(this.fresh||this.flipped>he*n)t.seenBools.forEach((h,m)=>{const u=t.bools.indexOf(h)*n;for(let w=0;w<n;w++){let g=0;for(let y=s[w],v=s[w+1];y<v;y++)g+=i[u+o[y]];r[m*n+w]=g}}),a.fill(1),this.fresh=!1;else if(this.flipped){for(let h=0;h<n;h++)if(p[h]){a[h]=1;for(let m=s[h],u=s[h+1];m<u;m++){const w=o[m];a[w]=1;for(let g=0;g<t.seenBools.length;g++)r[g*n+w]+=d[g*n+h]}}}}macro(e){const t=this.program,n=this.meta.engine.layout,i=t.view("table"),f=this.people.regions;i[n.table["society.step"]]=e,this.call.society?.({step:e,regions:f});for(const r of this.interventions)if(r.kind==="cap"&&P(r,e)){const a=n.table[`society.${r.name}`];i[a]=Math.min(i[a],r.most)}if(!this.call.region)return;const c=t.view("here"),s=this.people.region,{n:o}=this;for(const r of n.regionalPeople){const a=n.bools.includes(r),p=t.view(a?"bools":"floats"),d=(a?n.bools:n.floats).indexOf(r)*o,h=new Float64Array(f),m=n.regionals.indexOf(`people.${r}`)*f;for(let u=0;u<o;u++)h[s[u]]+=p[d+u];for(let u=0;u<f;u++)c[m+u]=h[u]/this.sizes[u]}this.call.region({step:e,regions:f})}advance(){const e=++this.step,t=this.program,n=this.meta,i=n.engine.layout,{n:f}=this;for(const v of n.shocks)t.view("table")[i.table[`society.${v.name}`]]=0;const c=this.times.has(e)?this.apply(e):!1;if(this.turns)return this.turn(e);this.see(),this.macro(e);const s=t.view("dirty"),o=t.view("flags"),r=!this.mixed&&i.seenBools.length>0;if(!i.luckless||c||!r&&this.flipped)s.fill(1);else if(e>1&&!s.includes(1)){o.fill(0),this.flipped=0;return}o.fill(0),t.view("parts").fill(0),t.view("changes").fill(0n),this.call.person({first:0,last:this.blocks,people:f,worlds:1,step:e,mixed:this.mixed?1:0});const a=t.view("flags");let p=0;for(let v=0;v<f;v++)p+=a[v];this.flipped=p;const d=t.view("table"),h=t.view("totals"),m=t.view("changes"),u=t.view("parts"),w=this.blocks,g=i.bools.length,y=i.sums.length;i.bools.forEach((v,k)=>{for(let b=0;b<w;b++)h[k]+=m[b*g+k];d[i.table[`people.${v}`]]=Number(h[k])/f}),i.sums.forEach((v,k)=>{let b=0;for(let M=0;M<w;M++)b+=u[M*y+k];d[i.table[`people.${v}`]]=b/f})}turn(e){const t=this.program,n=this.meta.engine.layout,{n:i}=this;this.macro(e);const f=t.view("running");n.seenFloats.forEach((o,r)=>{f[r]=this.summed("floats",n.floats.indexOf(o))}),this.call.person({first:0,last:1,people:i,step:e,mixed:this.mixed?1:0});const c=t.view("table"),s=t.view("totals");n.bools.forEach((o,r)=>{c[n.table[`people.${o}`]]=Number(s[r])/i});for(const o of n.sums){const r=n.floats.includes(o)?this.summed("floats",n.floats.indexOf(o)):this.summed("handed",n.tallies.indexOf(o));c[n.table[`people.${o}`]]=r/i}}observe(e,t){const n=this.program.view("table"),i=this.meta.engine.layout.table;this.meta.observables.forEach((f,c)=>{e[t+c]=n[i[f.of]]})}column(e){const t=this.meta.engine.layout,{n}=this;for(const[i,f]of[["bools",t.bools],["floats",t.floats],["traits",t.traits]]){const c=f.indexOf(e);if(c>=0)return this.program.view(i).subarray(c*n,(c+1)*n)}return null}}const Y={bool:"u8",uint8:"u8",int8:"i8",int16:"i16",int32:"i32",uint32:"u32",int64:"i64",uint64:"u64",float64:"f64"},ue=64;class pe{constructor(e,t,n,i,f,c,s){this.people=n,this.params=i,this.seed=f,this.interventions=c;const o=this.meta=e.meta,r=n.people,a=this.program=new N(t,o.engine.arguments,o.engine.dataEnd);this.start=new V(a,r);for(const m of o.engine.fields){const u=!(m.dtype in Y),w=u?Number(m.dtype):void 0,g=a.array(`people.${m.name}`,u?"u8":Y[m.dtype],m.from==="data"?m.shape:[r],w);m.from==="region"?g.set(n.region):m.from==="data"&&new Uint8Array(a.memory.buffer,a.regions[`people.${m.name}`].at).set(new Uint8Array(e.arrays[`array.${m.name}`]))}for(const m of o.traits)a.view(`people.${m.name}`).set(G(e,this.start,m,n,i));o.states.forEach((m,u)=>{const w=new Float64Array(r);J(o,this.start,u,i,f,w),a.view(`people.${m.name}`).set(w)}),this.fields=[...o.societies.map(m=>m.name),...o.shocks.map(m=>m.name),"step"];const p=a.array("society","f64",[this.fields.length]);for(const m of o.societies)p[this.fields.indexOf(m.name)]=E(m.initial,i);a.array("p","f64",[Math.max(o.params.length,1)]).set(o.params.map(m=>i[m.name])),a.array("ties.indptr","i64",[r+1]),n.indptr&&a.view("ties.indptr").set(BigInt64Array.from(n.indptr,BigInt)),a.array("ties.indices","i32",[n.indices?.length??0]),n.indices&&a.view("ties.indices").set(n.indices);const d=o.observables.length;a.array("values","f64",[s+2,d]),a.array("totals","f64",[0,r]),this.call.run=a.bind("run"),a.regions.values={...a.regions.values,shape:[d],length:d},this.call.start=a.bind("start"),this.call.observe=a.bind("observe"),a.regions.values={...a.regions.values,shape:[s+2,d],length:(s+2)*d};const h={"grid.rows":n.grid?n.rows:0,"grid.columns":n.grid?n.columns:0,seed:f};this.call.start(h),this.call.run({...h,first:1,last:1}),this.capped=c.some(m=>m.kind==="cap"),this.changes=H(c)}step=0;program;meta;call={};changes;capped;fields;start;society(e,t){const n=this.program.view("society"),i=this.fields.indexOf(e);return t!==void 0&&(n[i]=t),n[i]}cap(e){for(const t of this.interventions)t.kind==="cap"&&P(t,e)&&this.society(t.name,Math.min(this.society(t.name),t.most))}intervene(e){const t=this.program,n=this.meta;for(const c of n.shocks)this.society(c.name,0);const i=R(this.interventions,e,this.params),f=t.view("p");n.params.forEach((c,s)=>{c.name in i&&(f[s]=i[c.name])});for(const c of this.interventions)if(c.kind==="pulse"&&c.at===e&&this.society(c.name,this.society(c.name)+c.amount),c.kind==="seed"&&c.at===e){const s=n.states.find(a=>a.name===c.name),o=this.start.uniforms(this.seed,s.seeded,e),r=t.view(`people.${c.name}`);for(let a=0;a<o.length;a++)o[a]<c.share&&(r[a]=1)}this.cap(e)}advance(){const e=++this.step;if((e===1||this.changes.has(e)||this.changes.has(e-1)||(this.capped||(e-1)%ue===0))&&this.intervene(e),this.call.run({first:e,last:e+1}),!this.capped)return;this.cap(e);const t=this.program.view("values"),n=this.meta.observables.length,i=t.slice(0,n);this.call.observe(),t.copyWithin(e*n,0,n),t.set(i,0)}observe(e,t){const n=this.meta.observables.length,i=this.program.view("values");for(let f=0;f<n;f++)e[t+f]=i[this.step*n+f]}column(e){return`people.${e}`in this.program.regions?this.program.view(`people.${e}`):null}}class de{constructor(e,t,n,i,f,c){this.people=n,this.params=i,this.interventions=f;const s=this.meta=e.meta,o=s.societies,r=this.program=new N(t,s.engine.arguments,s.engine.dataEnd);r.array("y","f64",[o.length]).set(o.map(a=>E(a.initial,i))),r.array("shock","f64",[s.shocks.length]),r.array("p","f64",[s.params.length]).set(s.params.map(a=>i[a.name])),r.array("values","f64",[c+2,o.length]),this.run=r.bind("run"),this.pulses=new Float64Array(s.shocks.length)}step=0;program;run;pulses;meta;advance(){const e=++this.step,t=this.meta,n=this.program;for(const[f,c]of Object.entries(R(this.interventions,e,this.params)))n.view("p")[t.params.findIndex(s=>s.name===f)]=c;const i=n.view("shock");i.fill(0),this.pulses.fill(0);for(const f of this.interventions)if(f.kind==="pulse"&&f.at===e){const c=t.shocks.findIndex(s=>s.name===f.name);i[c]+=f.amount,this.pulses[c]+=f.amount}this.run({first:e,last:e+1,substeps:t.engine.substeps});for(const f of this.interventions)if(f.kind==="cap"&&P(f,e)){const c=t.societies.findIndex(o=>o.name===f.name),s=n.view("y");s[c]=Math.min(s[c],f.most)}}observe(e,t){const n=this.program.view("y"),i=this.meta;i.observables.forEach((f,c)=>{const s=f.of.replace("society.",""),o=i.societies.findIndex(r=>r.name===s);e[t+c]=o>=0?n[o]:this.pulses[i.shocks.findIndex(r=>r.name===s)]})}column(){return null}}function we(l,e,t,n,i,f,c){switch(l.meta.engine.kind){case"process":return new pe(l,e,t,n,i,f,c);case"flow":return new de(l,e,t,n,f,c);default:return new me(l,e,t,n,i,f)}}async function ye(l){const e=Uint8Array.from(atob(l),n=>n.charCodeAt(0)),t=new Blob([e]).stream().pipeThrough(new DecompressionStream("deflate-raw"));return await new Response(t).arrayBuffer()}async function ge(l){const e={};return await Promise.all(Object.entries(l.arrays).map(async([t,n])=>{e[t]=await ye(n)})),{meta:l.meta,arrays:e}}const Q=[1779033703,3144134277,1013904242,2773480762,1359893119,2600822924,528734635,1541459225],be=["0123456789abcdef","ea489fd61c02b753","b8c052fdae367194","7931dcbe265a40f8","905724afe1bc683d","2c6a0b834d75fe19","c51fed4a0763928b","db7ec13950f4862a","6fe9b308c2d714a5","a2847615fb9e3cd0"].map(l=>[...l].map(e=>parseInt(e,16))),O=(l,e)=>(l>>>e|l<<32-e)>>>0;function ve(l,e){const t=Q.slice();t[0]=(t[0]^16842752^e)>>>0;const n=Math.max(1,Math.ceil(l.length/64));for(let i=0;i<n;i++){const f=new Uint8Array(64);f.set(l.subarray(i*64,i*64+64));const c=new Uint32Array(f.buffer),s=i===n-1,o=s?l.length:(i+1)*64,r=[...t,...Q];r[12]=(r[12]^o)>>>0,s&&(r[14]=~r[14]>>>0);const a=(p,d,h,m,u,w)=>{r[p]=r[p]+r[d]+u>>>0,r[m]=O(r[m]^r[p],16),r[h]=r[h]+r[m]>>>0,r[d]=O(r[d]^r[h],12),r[p]=r[p]+r[d]+w>>>0,r[m]=O(r[m]^r[p],8),r[h]=r[h]+r[m]>>>0,r[d]=O(r[d]^r[h],7)};for(const p of be)a(0,4,8,12,c[p[0]],c[p[1]]),a(1,5,9,13,c[p[2]],c[p[3]]),a(2,6,10,14,c[p[4]],c[p[5]]),a(3,7,11,15,c[p[6]],c[p[7]]),a(0,5,10,15,c[p[8]],c[p[9]]),a(1,6,11,12,c[p[10]],c[p[11]]),a(2,7,8,13,c[p[12]],c[p[13]]),a(3,4,9,14,c[p[14]],c[p[15]]);for(let p=0;p<8;p++)t[p]=(t[p]^r[p]^r[p+8])>>>0}return new Uint8Array(new Uint32Array(t).buffer).slice(0,e)}function X(l,...e){const t=[String(l),...e.map(n=>`${typeof n=="number"?"int":"str"}:${n}`)].join("");return new DataView(ve(new TextEncoder().encode(t),8).buffer).getBigUint64(0,!0)}class ke{constructor(e){this.bundle=e,this.module=new WebAssembly.Module(e.arrays.wasm),this.networks=e.arrays.networks?new WebAssembly.Module(e.arrays.networks):null}module;networks;kept=null;people(e,t){const n=JSON.stringify([e,String(t)]);return this.kept?.[0]!==n&&(this.kept=[n,le(this.bundle,this.networks,e,t)]),this.kept[1]}world(e){return we(this.bundle,this.module,this.people(e.table,e.peopleSeed),e.params,e.seed,e.interventions,e.steps)}}function Me(l,e){const t=l.length-1,n=Int32Array.from({length:t},(c,s)=>s),i=new Int32Array(t),f=new Int32Array(t).fill(-1);for(let c=0,s=0;c<8;c++){let o=0;for(let r=0;r<t;r++,s++){const a=r*7919%t;let p=n[a],d=0;for(let h=l[a];h<l[a+1];h++){const m=n[e[h]];f[m]!==s&&(f[m]=s,i[m]=0),(++i[m]>d||i[m]===d&&m<p)&&(d=i[m],p=m)}d&&p!==n[a]&&(n[a]=p,o++)}if(o<t/100)break}return n}class Ae{constructor(e,t){this.bundle=e,this.base=t}async run(e,t,n,i,f,c){const s=this.bundle.meta,o=s.observables.length;if(s.engine.kind==="recorded")return this.play(e,t,i,f,c);const r=Object.fromEntries(s.params.filter(k=>t.params[k.name]!==k.value).map(k=>[k.name,t.params[k.name]])),a=performance.now(),p=await fetch(`${this.base}run`,{method:"POST",headers:{"content-type":"application/json"},body:JSON.stringify({params:r,table:t.table,seed:t.seed,steps:t.steps,view:t.view,interventions:t.twin?t.interventions:null})});if(!p.ok)throw new Error(await p.text());const d=p.body.getReader();let h=new Uint8Array(0),m=0;const u=async k=>{for(;h.length-m<k;){const{done:b,value:M}=await d.read();if(b)throw new Error(new TextDecoder().decode(h.subarray(m))||"the stream ended early");const $=new Uint8Array(h.length-m+M.length);$.set(h.subarray(m)),$.set(M,h.length-m),h=$,m=0}return m+=k,h.slice(m-k,m)},w=new DataView((await u(4)).buffer).getUint32(0,!0),g=t.twin?2:1,y=Array.from({length:g},()=>new c(w,t.steps,!1)),v={id:e,settings:t,a:y[0],b:y[1]??null,done:-1,waiting:null};f(v),i({type:"people",id:e,people:{people:w,region:new Int32Array(w),indptr:null,indices:null,sortKey:null,labels:null}});for(let k=0;k<=t.steps;k++){const b=[];for(let M=0;M<g;M++){if((await u(1))[0]!==1)throw new Error(new TextDecoder().decode(await u(new DataView((await u(4)).buffer).getUint32(0,!0))));b.push(new Float64Array((await u(8*o)).buffer)),y[M].add(await u(w))}if(!n()){await d.cancel();return}v.done=k,i({type:"progress",id:e,from:k,to:k,world:b[0],twin:b[1]??null})}i({type:"done",id:e,milliseconds:performance.now()-a})}play(e,t,n,i,f){const c=this.bundle.meta,s=c.engine.recorded,o=t.params[s.param]??s.values[0];let r=0;s.values.forEach((w,g)=>{Math.abs(w-o)<Math.abs(s.values[r]-o)&&(r=g)});const a=new Uint8Array(this.bundle.arrays[`frames.${r}`]),p=new Float64Array(this.bundle.arrays[`values.${r}`]),d=s.people,h=new f(d,s.steps,!1),m=c.observables.length,u=new Uint8Array(d);for(let w=0;w<=s.steps;w++){for(let g=0;g<d;g++)u[g]^=a[w*d+g];h.add(u.slice())}i({id:e,settings:t,a:h,b:null,done:s.steps,waiting:null}),n({type:"people",id:e,people:{people:d,region:new Int32Array(d),indptr:null,indices:null,sortKey:null,labels:null}}),n({type:"progress",id:e,from:0,to:s.steps,world:p.slice(0,(s.steps+1)*m),twin:null}),n({type:"done",id:e,milliseconds:0})}}const xe=256<<20,Z=12;let A,F=null,ee="",I=0;const x=(l,e=[])=>self.postMessage(l,e),W=()=>new Promise(l=>{const e=new MessageChannel;e.port1.onmessage=()=>l(),e.port2.postMessage(0)});function Ie(l,e,t,n){const i=l.meta.views[t],f=n.length;if(!i)return;if(i.kind==="boards"){const{rows:s,columns:o}=e.people,r=i.reach;n.fill(0),i.of.forEach((a,p)=>{const d=e.column(a),h=e.program.regions[`people.${a}`].shape;for(let m=0;m<s;m++)for(let u=0;u<o;u++){const w=u+r;d[((w>>4)+1)*h[1]+m+r]>>>(w&15)&1&&(n[m*o+u]=p+1)}});return}const c=e.column(i.of[0]);if(c){if(i.kind==="kinds"){const s=c.length/f;for(let o=0;o<f;o++){let r=2166136261;for(let a=0;a<s;a++)r=Math.imul(r^Number(c[o*s+a])+17,16777619)>>>0;n[o]=1+((r^r>>>13)>>>0)%12}return}for(let s=0;s<f;s++)n[s]=Number(c[s])}}class z{constructor(e,t,n){this.people=e,this.floats=n,this.stride=Math.max(1,Math.ceil(e*(t+1)*(n?4:1)/xe))}frames=[];stride;low=1/0;high=-1/0;keep(e,t,n){if(t%this.stride)return;const i=this.floats?new Float32Array(this.people):new Uint8Array(this.people);Ie(A,e,n,i),this.add(i)}add(e){if(this.floats)for(const t of e)t<this.low&&(this.low=t),t>this.high&&(this.high=t);this.frames.push(e)}frame(e){return this.frames[Math.min(Math.floor(e/this.stride),this.frames.length-1)]}}let _=null;function _e(l,e){const t=BigInt(l.seed);return{peopleSeed:X(t,"people",e),seed:X(t,"world",e)}}function j(l,e,t){const n=_e(l,e);return A.meta.population.made||(n.peopleSeed=BigInt(A.meta.population.table.seed)),F.world({table:l.table,params:l.params,...n,steps:l.steps,interventions:t?l.interventions:[]})}function te(l,e,t){if(l instanceof Uint8Array)return l.slice();const n=new Uint8Array(l.length),i=t>e?255/(t-e):0;for(let f=0;f<l.length;f++)n[f]=Math.max(0,Math.min(255,(l[f]-e)*i));return n}function ne(l,e){const t=!(l.a.frame(0)instanceof Uint8Array),n=t?Math.min(l.a.low,l.b?.low??1/0):0,i=t?Math.max(l.a.high,l.b?.high??-1/0):1,f=te(l.a.frame(e),n,i),c=l.b?te(l.b.frame(e),n,i):null;x({type:"frame",id:l.id,shown:{step:e,world:f,twin:c,low:n,high:i}},c?[f.buffer,c.buffer]:[f.buffer])}function Ee(l,e){const t=A.meta.traits[0],n=t?e.column(t.name):null;return{people:l.people,region:l.region.slice(),indptr:l.indptr?.slice()??null,indices:l.indices?.slice()??null,sortKey:n?Float64Array.from(n):null,labels:l.regions>1?l.region.slice():l.indptr&&l.people<=5e4?Me(l.indptr,l.indices):null}}let q="";async function Ne(l,e){const t=A.meta,n=t.observables.length,i=performance.now();if(!F)return new Ae(A,ee).run(l,e,()=>I===l,x,b=>{_=b},z);const f=j(e,0,!1),c=e.twin?j(e,0,!0):null,s=f.people.people,o=JSON.stringify([e.table,e.seed]);if(o!==q){q=o;const b=Ee(f.people,f);x({type:"people",id:l,people:b})}const r=t.views[e.view]?.kind==="float",a=_={id:l,settings:e,a:new z(s,e.steps,r),b:c?new z(s,e.steps,r):null,done:0,waiting:_?.waiting??null},p=t.engine.kind==="flow"?[]:[...t.states.map(b=>b.name)],d=e.watch>=0&&e.watch<s?e.watch:-1,h=d<0?null:{person:d,names:p,world:p.map(()=>new Float64Array(e.steps+1)),twin:c?p.map(()=>new Float64Array(e.steps+1)):null,ties:f.people.indptr?[...f.people.indices.subarray(f.people.indptr[d],f.people.indptr[d+1])]:[],degree:f.people.indptr?f.people.indptr[d+1]-f.people.indptr[d]:f.people.grid?0:s-1,traits:t.traits.map(b=>[b.name,Number(f.column(b.name)?.[d]??NaN)])},m=b=>{a.a.keep(f,b,e.view),c&&a.b.keep(c,b,e.view),h&&p.forEach((M,$)=>{h.world[$][b]=Number(f.column(M)[d]),c&&(h.twin[$][b]=Number(c.column(M)[d]))})};let u=0,w=[],g=[];const y=b=>{b<u||(x({type:"progress",id:l,from:u,to:b,world:Float64Array.from(w),twin:c?Float64Array.from(g):null}),u=b+1,w=[],g=[],a.waiting!==null&&a.waiting<=b&&(ne(a,a.waiting),a.waiting=null))},v=()=>{const b=new Array(n);f.observe(b,0),w.push(...b),c&&(c.observe(b,0),g.push(...b))};m(0),v(),y(0);let k=performance.now();for(let b=1;b<=e.steps;b++)if(f.advance(),c?.advance(),m(b),v(),a.done=b,performance.now()-k>Z||b===e.steps){if(y(b),await W(),I!==l)return;k=performance.now()}h&&x({type:"life",id:l,life:h}),x({type:"done",id:l,milliseconds:performance.now()-i})}async function $e(l,e,t){if(!F)return;const n=A.meta.observables.length;for(let i=1;i<=t;i++){const f=[];for(const c of e.twin?[!1,!0]:[!1]){const s=j(e,i,c),o=new Float64Array((e.steps+1)*n);s.observe(o,0);let r=performance.now();for(let a=1;a<=e.steps;a++)if(s.advance(),s.observe(o,a*n),performance.now()-r>Z){if(await W(),I!==l)return;r=performance.now()}f.push(o)}if(x({type:"member",id:l,world:f[0],twin:f[1]??null,count:i}),await W(),I!==l)return}x({type:"done",id:l,milliseconds:0})}let se=Promise.resolve();async function Be(l,e){A=await ge(l),ee=e,q="",F=A.arrays.wasm?new ke(A):null,x({type:"ready"})}self.onmessage=async({data:l})=>{try{if(l.type==="load")I=0,await(se=Be(l.packed,l.base));else if(l.type==="run"||l.type==="ensemble"){if(I=l.id,await se,I!==l.id)return;await(l.type==="run"?Ne(l.id,l.settings):$e(l.id,l.settings,l.worlds))}else l.type==="frame"?_&&_.id===l.id&&_.done>=l.step?ne(_,l.step):_&&(_.waiting=l.step):I=0}catch(e){x({type:"failed",id:I,message:e instanceof Error?e.message:String(e)})}}})();\n', ie = typeof self < "u" && self.Blob && new Blob(["(self.URL || self.webkitURL).revokeObjectURL(self.location.href);", fe], { type: "text/javascript;charset=utf-8" });
function Fe(c) {
  let e;
  try {
    if (e = ie && (self.URL || self.webkitURL).createObjectURL(ie), !e) throw "";
    const t = new Worker(e, {
      name: c?.name
    });
    return t.addEventListener("error", () => {
      (self.URL || self.webkitURL).revokeObjectURL(e);
    }), t;
  } catch {
    return new Worker(
      "data:text/javascript;charset=utf-8," + encodeURIComponent(fe),
      {
        name: c?.name
      }
    );
  }
}
const D = 256, Le = 0.5;
function ue(c) {
  const e = /* @__PURE__ */ new Set();
  for (const t of c)
    t.kind === "pulse" || t.kind === "seed" ? e.add(t.at) : (e.add(t.start), t.end && e.add(t.end));
  return e;
}
function K(c, e, t) {
  const s = {};
  for (const a of c) a.kind === "set" && (s[a.name] = t[a.name]);
  for (const a of c) a.kind === "set" && a.start <= e && (a.end === null || e < a.end) && (s[a.name] = a.value);
  return s;
}
const J = (c, e) => e >= c.start && (c.end === null || e < c.end);
class Re {
  constructor(e, t, s, a, l, i) {
    this.people = s, this.params = a, this.seed = l, this.interventions = i;
    const n = this.meta = e.meta, r = n.engine.layout, o = this.n = s.people;
    this.turns = n.engine.kind === "turns", this.mixed = s.indptr === null, this.times = ue(i);
    const h = this.program = new S(t, n.engine.arguments, n.engine.dataEnd);
    this.start = new le(h, o);
    const f = this.blocks = Math.ceil(o / D), m = s.regions, d = !this.turns;
    h.array("key0", "u64", [1])[0] = l & 0xffffffffn, h.array("key1", "u64", [1])[0] = l >> 32n, h.array("bools", "u8", [r.bools.length, o, 1]), h.array("floats", "f64", [r.floats.length, o, 1]), h.array("traits", "f64", [r.traits.length, o]), h.array("region", "i32", [o]).set(s.region), h.array("degree", "i32", [o]);
    const u = r.seenBools.length + r.seenFloats.length > 0;
    if (h.array("counts", "i32", [r.seenBools.length, d && !this.mixed && u ? o : 0, 1]), h.array("means", "f64", [r.seenFloats.length, d ? o : 0, 1]), h.array("deltas", "i8", [r.seenBools.length, d ? o : 0, 1]), h.array("table", "f64", [Object.keys(r.table).length, 1]), h.array("here", "f64", [r.regionals.length, m, 1]), h.array("flags", "u8", [o]), h.array("dirty", "u8", [o]).fill(1), h.array("parts", "f64", [f, r.sums.length, 1]), h.array("changes", "i64", [f, r.bools.length, 1]), h.array("totals", "i64", [r.bools.length, 1]), this.turns && (h.array("indptr", "i64", [this.mixed ? 1 : o + 1]), h.array("indices", "i32", [this.mixed ? 0 : s.indices.length]), this.mixed || (h.view("indptr").set(BigInt64Array.from(s.indptr, BigInt)), h.view("indices").set(s.indices)), h.array("running", "f64", [r.seenFloats.length, 1]), h.array("queue", "i32", [1, o]), h.array("handed", "f64", [r.tallies.length, o, 1])), this.mixed) h.view("degree").fill(Math.max(o - 1, 0));
    else for (let v = 0; v < o; v++) h.view("degree")[v] = s.indptr[v + 1] - s.indptr[v];
    for (const v of ["person", "society", "region"]) v in n.engine.arguments && (this.call[v] = h.bind(v));
    r.traits.forEach((v, k) => {
      const y = he(e, this.start, n.traits.find((M) => M.name === v), s, a);
      h.view("traits").set(y, k * o);
    });
    const g = h.view("table"), w = h.view("here");
    for (const [v, k] of Object.entries(a)) g[r.table[`p.${v}`]] = k;
    for (const v of n.societies) g[r.table[`society.${v.name}`]] = _(v.initial, a);
    for (const v of n.tallies) g[r.table[`people.${v.name}`]] = _(v.initial, a);
    for (const v of n.regionals) w.fill(_(v.initial, a), r.regionals.indexOf(v.name) * m, (r.regionals.indexOf(v.name) + 1) * m);
    n.states.forEach((v, k) => {
      const y = v.kind === "bool", M = (y ? r.bools : r.floats).indexOf(v.name), x = new Float64Array(o);
      ce(n, this.start, k, a, l, x), h.view(y ? "bools" : "floats").set(x, M * o);
    }), this.recount(), r.bools.forEach((v, k) => {
      g[r.table[`people.${v}`]] = Number(h.view("totals")[k]) / o;
    });
    const b = r.sums.map((v) => r.floats.includes(v) ? this.summed("floats", r.floats.indexOf(v)) : 0);
    r.sums.forEach((v, k) => {
      r.floats.includes(v) && (g[r.table[`people.${v}`]] = b[k] / o);
    }), this.sizes = new Float64Array(m);
    for (const v of s.region) this.sizes[v]++;
    for (let v = 0; v < m; v++) this.sizes[v] = Math.max(this.sizes[v], 1);
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
    for (let a = 0; a < s.length; a++) {
      let l = 0;
      for (let i = a * e; i < (a + 1) * e; i++) l += t[i];
      s[a] = BigInt(l);
    }
  }
  /** A sum within blocks in order, then over blocks in order. */
  summed(e, t) {
    const s = this.program.view(e), { n: a } = this;
    let l = 0;
    for (let i = 0; i < a; i += D) {
      let n = 0;
      for (let r = i; r < Math.min(i + D, a); r++) n += s[t * a + r];
      l += n;
    }
    return l;
  }
  apply(e) {
    let t = !1;
    const s = this.program, a = s.view("table"), l = this.meta.engine.layout, { n: i } = this;
    for (const [n, r] of Object.entries(K(this.interventions, e, this.params))) {
      const o = l.table[`p.${n}`];
      a[o] !== r && (a[o] = r, t = !0);
    }
    for (const n of this.interventions)
      if (n.kind === "pulse" && n.at === e && (a[l.table[`society.${n.name}`]] += n.amount, t = !0), n.kind === "seed" && n.at === e) {
        const r = l.bools.indexOf(n.name), o = this.meta.states.find((d) => d.name === n.name), h = this.start.uniforms(this.seed, o.seeded, e), f = s.view("bools");
        for (let d = 0; d < i; d++) h[d] < n.share && (f[r * i + d] = 1);
        let m = 0;
        for (let d = 0; d < i; d++) m += f[r * i + d];
        s.view("totals")[r] = BigInt(m), s.view("table")[l.table[`people.${n.name}`]] = m / i, this.fresh = t = !0;
      }
    return t;
  }
  see() {
    const e = this.program, t = this.meta.engine.layout, { n: s } = this, a = e.view("bools"), l = e.view("floats"), i = e.view("means");
    if (this.mixed) {
      t.seenFloats.forEach((d, u) => {
        const g = t.floats.indexOf(d), w = this.summed("floats", g);
        for (let b = 0; b < s; b++) i[u * s + b] = s > 1 ? (w - l[g * s + b]) / (s - 1) : 0;
      });
      return;
    }
    const n = this.people.indptr, r = this.people.indices;
    if (t.seenFloats.forEach((d, u) => {
      const g = t.floats.indexOf(d) * s;
      for (let w = 0; w < s; w++) {
        let b = 0;
        for (let v = n[w], k = n[w + 1]; v < k; v++) b += l[g + r[v]];
        i[u * s + w] = b / Math.max(n[w + 1] - n[w], 1);
      }
    }), !t.seenBools.length) return;
    const o = e.view("counts"), h = e.view("dirty"), f = e.view("flags"), m = e.view("deltas");
    if (this.fresh || this.flipped > Le * s)
      t.seenBools.forEach((d, u) => {
        const g = t.bools.indexOf(d) * s;
        for (let w = 0; w < s; w++) {
          let b = 0;
          for (let v = n[w], k = n[w + 1]; v < k; v++) b += a[g + r[v]];
          o[u * s + w] = b;
        }
      }), h.fill(1), this.fresh = !1;
    else if (this.flipped) {
      for (let d = 0; d < s; d++) if (f[d]) {
        h[d] = 1;
        for (let u = n[d], g = n[d + 1]; u < g; u++) {
          const w = r[u];
          h[w] = 1;
          for (let b = 0; b < t.seenBools.length; b++) o[b * s + w] += m[b * s + d];
        }
      }
    }
  }
  macro(e) {
    const t = this.program, s = this.meta.engine.layout, a = t.view("table"), l = this.people.regions;
    a[s.table["society.step"]] = e, this.call.society?.({ step: e, regions: l });
    for (const o of this.interventions) if (o.kind === "cap" && J(o, e)) {
      const h = s.table[`society.${o.name}`];
      a[h] = Math.min(a[h], o.most);
    }
    if (!this.call.region) return;
    const i = t.view("here"), n = this.people.region, { n: r } = this;
    for (const o of s.regionalPeople) {
      const h = s.bools.includes(o), f = t.view(h ? "bools" : "floats"), m = (h ? s.bools : s.floats).indexOf(o) * r, d = new Float64Array(l), u = s.regionals.indexOf(`people.${o}`) * l;
      for (let g = 0; g < r; g++) d[n[g]] += f[m + g];
      for (let g = 0; g < l; g++) i[u + g] = d[g] / this.sizes[g];
    }
    this.call.region({ step: e, regions: l });
  }
  advance() {
    const e = ++this.step, t = this.program, s = this.meta, a = s.engine.layout, { n: l } = this;
    for (const k of s.shocks) t.view("table")[a.table[`society.${k.name}`]] = 0;
    const i = this.times.has(e) ? this.apply(e) : !1;
    if (this.turns) return this.turn(e);
    this.see(), this.macro(e);
    const n = t.view("dirty"), r = t.view("flags"), o = !this.mixed && a.seenBools.length > 0;
    if (!a.luckless || i || !o && this.flipped) n.fill(1);
    else if (e > 1 && !n.includes(1)) {
      r.fill(0), this.flipped = 0;
      return;
    }
    r.fill(0), t.view("parts").fill(0), t.view("changes").fill(0n), this.call.person({ first: 0, last: this.blocks, people: l, worlds: 1, step: e, mixed: this.mixed ? 1 : 0 });
    const h = t.view("flags");
    let f = 0;
    for (let k = 0; k < l; k++) f += h[k];
    this.flipped = f;
    const m = t.view("table"), d = t.view("totals"), u = t.view("changes"), g = t.view("parts"), w = this.blocks, b = a.bools.length, v = a.sums.length;
    a.bools.forEach((k, y) => {
      for (let M = 0; M < w; M++) d[y] += u[M * b + y];
      m[a.table[`people.${k}`]] = Number(d[y]) / l;
    }), a.sums.forEach((k, y) => {
      let M = 0;
      for (let x = 0; x < w; x++) M += g[x * v + y];
      m[a.table[`people.${k}`]] = M / l;
    });
  }
  turn(e) {
    const t = this.program, s = this.meta.engine.layout, { n: a } = this;
    this.macro(e);
    const l = t.view("running");
    s.seenFloats.forEach((r, o) => {
      l[o] = this.summed("floats", s.floats.indexOf(r));
    }), this.call.person({ first: 0, last: 1, people: a, step: e, mixed: this.mixed ? 1 : 0 });
    const i = t.view("table"), n = t.view("totals");
    s.bools.forEach((r, o) => {
      i[s.table[`people.${r}`]] = Number(n[o]) / a;
    });
    for (const r of s.sums) {
      const o = s.floats.includes(r) ? this.summed("floats", s.floats.indexOf(r)) : this.summed("handed", s.tallies.indexOf(r));
      i[s.table[`people.${r}`]] = o / a;
    }
  }
  observe(e, t) {
    const s = this.program.view("table"), a = this.meta.engine.layout.table;
    this.meta.observables.forEach((l, i) => {
      e[t + i] = s[a[l.of]];
    });
  }
  column(e) {
    const t = this.meta.engine.layout, { n: s } = this;
    for (const [a, l] of [["bools", t.bools], ["floats", t.floats], ["traits", t.traits]]) {
      const i = l.indexOf(e);
      if (i >= 0) return this.program.view(a).subarray(i * s, (i + 1) * s);
    }
    return null;
  }
}
const ae = { bool: "u8", uint8: "u8", int8: "i8", int16: "i16", int32: "i32", uint32: "u32", int64: "i64", uint64: "u64", float64: "f64" }, Ue = 64;
class We {
  constructor(e, t, s, a, l, i, n) {
    this.people = s, this.params = a, this.seed = l, this.interventions = i;
    const r = this.meta = e.meta, o = s.people, h = this.program = new S(t, r.engine.arguments, r.engine.dataEnd);
    this.start = new le(h, o);
    for (const u of r.engine.fields) {
      const g = !(u.dtype in ae), w = g ? Number(u.dtype) : void 0, b = h.array(`people.${u.name}`, g ? "u8" : ae[u.dtype], u.from === "data" ? u.shape : [o], w);
      u.from === "region" ? b.set(s.region) : u.from === "data" && new Uint8Array(h.memory.buffer, h.regions[`people.${u.name}`].at).set(new Uint8Array(e.arrays[`array.${u.name}`]));
    }
    for (const u of r.traits) h.view(`people.${u.name}`).set(he(e, this.start, u, s, a));
    r.states.forEach((u, g) => {
      const w = new Float64Array(o);
      ce(r, this.start, g, a, l, w), h.view(`people.${u.name}`).set(w);
    }), this.fields = [...r.societies.map((u) => u.name), ...r.shocks.map((u) => u.name), "step"];
    const f = h.array("society", "f64", [this.fields.length]);
    for (const u of r.societies) f[this.fields.indexOf(u.name)] = _(u.initial, a);
    h.array("p", "f64", [Math.max(r.params.length, 1)]).set(r.params.map((u) => a[u.name])), h.array("ties.indptr", "i64", [o + 1]), s.indptr && h.view("ties.indptr").set(BigInt64Array.from(s.indptr, BigInt)), h.array("ties.indices", "i32", [s.indices?.length ?? 0]), s.indices && h.view("ties.indices").set(s.indices);
    const m = r.observables.length;
    h.array("values", "f64", [n + 2, m]), h.array("totals", "f64", [0, o]), this.call.run = h.bind("run"), h.regions.values = { ...h.regions.values, shape: [m], length: m }, this.call.start = h.bind("start"), this.call.observe = h.bind("observe"), h.regions.values = { ...h.regions.values, shape: [n + 2, m], length: (n + 2) * m };
    const d = { "grid.rows": s.grid ? s.rows : 0, "grid.columns": s.grid ? s.columns : 0, seed: l };
    this.call.start(d), this.call.run({ ...d, first: 1, last: 1 }), this.capped = i.some((u) => u.kind === "cap"), this.changes = ue(i);
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
    const s = this.program.view("society"), a = this.fields.indexOf(e);
    return t !== void 0 && (s[a] = t), s[a];
  }
  cap(e) {
    for (const t of this.interventions) t.kind === "cap" && J(t, e) && this.society(t.name, Math.min(this.society(t.name), t.most));
  }
  intervene(e) {
    const t = this.program, s = this.meta;
    for (const i of s.shocks) this.society(i.name, 0);
    const a = K(this.interventions, e, this.params), l = t.view("p");
    s.params.forEach((i, n) => {
      i.name in a && (l[n] = a[i.name]);
    });
    for (const i of this.interventions)
      if (i.kind === "pulse" && i.at === e && this.society(i.name, this.society(i.name) + i.amount), i.kind === "seed" && i.at === e) {
        const n = s.states.find((h) => h.name === i.name), r = this.start.uniforms(this.seed, n.seeded, e), o = t.view(`people.${i.name}`);
        for (let h = 0; h < r.length; h++) r[h] < i.share && (o[h] = 1);
      }
    this.cap(e);
  }
  advance() {
    const e = ++this.step;
    if ((e === 1 || this.changes.has(e) || this.changes.has(e - 1) || (this.capped || (e - 1) % Ue === 0)) && this.intervene(e), this.call.run({ first: e, last: e + 1 }), !this.capped) return;
    this.cap(e);
    const t = this.program.view("values"), s = this.meta.observables.length, a = t.slice(0, s);
    this.call.observe(), t.copyWithin(e * s, 0, s), t.set(a, 0);
  }
  observe(e, t) {
    const s = this.meta.observables.length, a = this.program.view("values");
    for (let l = 0; l < s; l++) e[t + l] = a[this.step * s + l];
  }
  column(e) {
    return `people.${e}` in this.program.regions ? this.program.view(`people.${e}`) : null;
  }
}
class Ce {
  constructor(e, t, s, a, l, i) {
    this.people = s, this.params = a, this.interventions = l;
    const n = this.meta = e.meta, r = n.societies, o = this.program = new S(t, n.engine.arguments, n.engine.dataEnd);
    o.array("y", "f64", [r.length]).set(r.map((h) => _(h.initial, a))), o.array("shock", "f64", [n.shocks.length]), o.array("p", "f64", [n.params.length]).set(n.params.map((h) => a[h.name])), o.array("values", "f64", [i + 2, r.length]), this.run = o.bind("run"), this.pulses = new Float64Array(n.shocks.length);
  }
  step = 0;
  program;
  run;
  pulses;
  meta;
  advance() {
    const e = ++this.step, t = this.meta, s = this.program;
    for (const [l, i] of Object.entries(K(this.interventions, e, this.params))) s.view("p")[t.params.findIndex((n) => n.name === l)] = i;
    const a = s.view("shock");
    a.fill(0), this.pulses.fill(0);
    for (const l of this.interventions) if (l.kind === "pulse" && l.at === e) {
      const i = t.shocks.findIndex((n) => n.name === l.name);
      a[i] += l.amount, this.pulses[i] += l.amount;
    }
    this.run({ first: e, last: e + 1, substeps: t.engine.substeps });
    for (const l of this.interventions) if (l.kind === "cap" && J(l, e)) {
      const i = t.societies.findIndex((r) => r.name === l.name), n = s.view("y");
      n[i] = Math.min(n[i], l.most);
    }
  }
  observe(e, t) {
    const s = this.program.view("y"), a = this.meta;
    a.observables.forEach((l, i) => {
      const n = l.of.replace("society.", ""), r = a.societies.findIndex((o) => o.name === n);
      e[t + i] = r >= 0 ? s[r] : this.pulses[a.shocks.findIndex((o) => o.name === n)];
    });
  }
  column() {
    return null;
  }
}
function ze(c, e, t, s, a, l, i) {
  switch (c.meta.engine.kind) {
    case "process":
      return new We(c, e, t, s, a, l, i);
    case "flow":
      return new Ce(c, e, t, s, l, i);
    default:
      return new Re(c, e, t, s, a, l);
  }
}
async function qe(c) {
  const e = Uint8Array.from(atob(c), (s) => s.charCodeAt(0)), t = new Blob([e]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return await new Response(t).arrayBuffer();
}
async function je(c) {
  const e = {};
  return await Promise.all(Object.entries(c.arrays).map(async ([t, s]) => {
    e[t] = await qe(s);
  })), { meta: c.meta, arrays: e };
}
const re = [1779033703, 3144134277, 1013904242, 2773480762, 1359893119, 2600822924, 528734635, 1541459225], De = [
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
].map((c) => [...c].map((e) => parseInt(e, 16))), P = (c, e) => (c >>> e | c << 32 - e) >>> 0;
function Ve(c, e) {
  const t = re.slice();
  t[0] = (t[0] ^ 16842752 ^ e) >>> 0;
  const s = Math.max(1, Math.ceil(c.length / 64));
  for (let a = 0; a < s; a++) {
    const l = new Uint8Array(64);
    l.set(c.subarray(a * 64, a * 64 + 64));
    const i = new Uint32Array(l.buffer), n = a === s - 1, r = n ? c.length : (a + 1) * 64, o = [...t, ...re];
    o[12] = (o[12] ^ r) >>> 0, n && (o[14] = ~o[14] >>> 0);
    const h = (f, m, d, u, g, w) => {
      o[f] = o[f] + o[m] + g >>> 0, o[u] = P(o[u] ^ o[f], 16), o[d] = o[d] + o[u] >>> 0, o[m] = P(o[m] ^ o[d], 12), o[f] = o[f] + o[m] + w >>> 0, o[u] = P(o[u] ^ o[f], 8), o[d] = o[d] + o[u] >>> 0, o[m] = P(o[m] ^ o[d], 7);
    };
    for (const f of De)
      h(0, 4, 8, 12, i[f[0]], i[f[1]]), h(1, 5, 9, 13, i[f[2]], i[f[3]]), h(2, 6, 10, 14, i[f[4]], i[f[5]]), h(3, 7, 11, 15, i[f[6]], i[f[7]]), h(0, 5, 10, 15, i[f[8]], i[f[9]]), h(1, 6, 11, 12, i[f[10]], i[f[11]]), h(2, 7, 8, 13, i[f[12]], i[f[13]]), h(3, 4, 9, 14, i[f[14]], i[f[15]]);
    for (let f = 0; f < 8; f++) t[f] = (t[f] ^ o[f] ^ o[f + 8]) >>> 0;
  }
  return new Uint8Array(new Uint32Array(t).buffer).slice(0, e);
}
function Ke(c, ...e) {
  const t = [String(c), ...e.map((s) => `${typeof s == "number" ? "int" : "str"}:${s}`)].join("");
  return new DataView(Ve(new TextEncoder().encode(t), 8).buffer).getBigUint64(0, !0);
}
class Je {
  constructor(e) {
    this.bundle = e, this.module = new WebAssembly.Module(e.arrays.wasm), this.networks = e.arrays.networks ? new WebAssembly.Module(e.arrays.networks) : null;
  }
  module;
  networks;
  kept = null;
  people(e, t) {
    const s = JSON.stringify([e, String(t)]);
    return this.kept?.[0] !== s && (this.kept = [s, ke(this.bundle, this.networks, e, t)]), this.kept[1];
  }
  world(e) {
    return ze(this.bundle, this.module, this.people(e.table, e.peopleSeed), e.params, e.seed, e.interventions, e.steps);
  }
}
const Ge = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ Object.defineProperty({
  __proto__: null,
  Engine: Je,
  MADE: oe,
  deriveSeed: Ke,
  unpack: je
}, Symbol.toStringTag, { value: "Module" }));
function me(c, e, t = {}) {
  return typeof WebAssembly > "u" || typeof DecompressionStream > "u" ? (c.textContent = "This page needs a browser with WebAssembly and DecompressionStream: Chrome or Edge from 103, Firefox from 113, Safari from 16.4.", null) : new Pe(c, e, { base: "", address: !0, worker: () => new Fe(), ...t });
}
function Ye({ model: c, el: e }) {
  const t = document.createElement("div");
  e.append(t);
  const s = me(t, JSON.parse(c.get("bundle")), {
    address: !1,
    onChange: (l) => {
      c.set("params", { ...l.params }), c.set("seed", Number(l.seed)), c.save_changes();
    }
  }), a = () => {
    const l = c.get("params");
    s && Object.entries(l).some(([i, n]) => s.state.params[i] !== n) && s.set(l);
  };
  return c.on("change:params", a), () => {
    c.off("change:params", a), s?.close();
  };
}
const He = { render: Ye };
globalThis.groundswellExplorer = { mount: me };
export {
  He as default,
  Ge as engine,
  me as mount
};
