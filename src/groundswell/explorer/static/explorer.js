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
function G(c, e) {
  const t = new URLSearchParams();
  for (const n of c.params) e.params[n.name] !== n.value && t.set(`p.${n.name}`, String(e.params[n.name]));
  for (const [n, a] of Object.entries(e.table)) n !== "seed" && JSON.stringify(a) !== JSON.stringify(c.population.table[n]) && t.set(`n.${n}`, String(a));
  if (e.seed !== c.seed && t.set("seed", e.seed), e.steps !== c.steps && t.set("steps", String(e.steps)), e.step && t.set("step", String(e.step)), e.view && t.set("view", c.views[e.view].name), e.twin) {
    const n = e.twin, a = n.kind === "pulse" ? [n.amount, n.at] : n.kind === "seed" ? [n.share, n.at] : [n.kind === "set" ? n.value : n.most, n.start, n.end ?? ""];
    t.set("twin", [n.kind, n.name, ...a].join(":")), e.mode !== "both" && t.set("mode", e.mode);
  }
  return e.person >= 0 && t.set("person", String(e.person)), t.toString();
}
const F = (c) => c !== void 0 && c !== "" && Number.isFinite(Number(c)) ? Number(c) : null;
function H(c, e) {
  const t = V(c), n = [];
  for (const [a, l] of new URLSearchParams(e.replace(/^#/, ""))) {
    const i = F(l), [s, ...r] = a.split("."), o = r.join(".");
    if (s === "p" && i !== null) {
      const h = c.params.find((f) => f.name === o);
      if (h && E(h, i)) {
        t.params[o] = i;
        continue;
      }
    } else if (s === "n" && o in t.table && o !== "network" && o !== "seed" && i !== null && i >= 0) {
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
      const h = de(c, l);
      if (h) {
        t.twin = h, t.mode === "world" && !e.includes("mode=") && (t.mode = "both");
        continue;
      }
    }
    n.push(a);
  }
  return t.step = Math.min(t.step, t.steps), { shown: t, ignored: n };
}
function E(c, e) {
  return (c.low === null || (c.lowOpen ? e > c.low : e >= c.low)) && (c.high === null || (c.highOpen ? e < c.high : e <= c.high));
}
function de(c, e) {
  const [t, n, a, l, i] = e.split(":"), s = F(a), r = F(l), o = F(i);
  if (s === null || r === null || r < 1) return null;
  if (t === "pulse" && c.shocks.some((f) => f.name === n) && s >= 0) return { kind: t, name: n, amount: s, at: r };
  if (t === "seed" && c.states.some((f) => f.name === n && f.kind === "bool") && s >= 0 && s <= 1) return { kind: t, name: n, share: s, at: r };
  const h = c.params.find((f) => f.name === n);
  return t === "set" && h && !h.early && E(h, s) ? { kind: t, name: n, value: s, start: r, end: o } : t === "cap" && c.societies.some((f) => f.name === n) ? { kind: t, name: n, most: s, start: r, end: o } : null;
}
const ge = "11px system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif";
function $(c) {
  if (!Number.isFinite(c)) return "none";
  const e = Math.abs(c);
  return e >= 1e6 || e > 0 && e < 1e-3 ? c.toExponential(1) : e >= 1e3 ? Math.round(c).toLocaleString("en") : String(Number(c.toPrecision(3)));
}
function X(c, e, t) {
  const n = e - c || 1, a = n / t, l = 10 ** Math.floor(Math.log10(a)), i = [1, 2, 5, 10].map((r) => r * l).find((r) => n / r <= t) ?? 10 * l, s = [];
  for (let r = Math.ceil(c / i - 1e-9); r * i <= e + 1e-9 * n; r++) s.push(Number((r * i).toPrecision(12)));
  return s;
}
class R {
  constructor(e, t, n) {
    this.canvas = e, this.seek = t, this.changed = n, this.context = e.getContext("2d");
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
    const e = this.context, t = this.canvas, n = Math.min(devicePixelRatio || 1, 2), a = t.clientWidth, l = t.clientHeight;
    if (!a) return;
    (t.width !== Math.round(a * n) || t.height !== Math.round(l * n)) && (t.width = Math.round(a * n), t.height = Math.round(l * n));
    const i = getComputedStyle(t), s = (y) => i.getPropertyValue(`--${y}`).trim();
    e.setTransform(n, 0, 0, n, 0, 0), e.clearRect(0, 0, a, l);
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
    const [m, d] = this.domain, g = 6, u = l - 18, w = a - this.left - 6, b = (y) => this.left + y / this.steps * w, k = (y) => u - (y - m) / (d - m) * (u - g);
    e.font = ge, e.textBaseline = "middle";
    for (const y of X(m, d, l > 120 ? 4 : 3))
      e.strokeStyle = s("grid"), e.lineWidth = 1, e.beginPath(), e.moveTo(this.left, k(y)), e.lineTo(a - 6, k(y)), e.stroke(), e.fillStyle = s("muted"), e.textAlign = "right", e.fillText($(y), this.left - 6, k(y));
    e.textAlign = "center", e.textBaseline = "alphabetic", e.fillStyle = s("muted");
    for (const y of X(0, this.steps, 5)) b(y) < a - 12 && e.fillText(String(y), b(y), l - 4);
    for (const y of this.marks)
      e.fillStyle = y.colour, e.globalAlpha = 0.13, y.until !== null && y.until > y.at + 1 && e.fillRect(b(y.at), g, b(Math.min(y.until, this.steps)) - b(y.at), u - g), e.globalAlpha = 0.9, e.strokeStyle = y.colour, e.lineWidth = 1.5, e.setLineDash([2, 3]), e.beginPath(), e.moveTo(b(y.at), g), e.lineTo(b(y.at), u), e.stroke(), e.setLineDash([]), e.globalAlpha = 1;
    this.zero && (e.strokeStyle = s("faint"), e.lineWidth = 1, e.beginPath(), e.moveTo(this.left, k(0)), e.lineTo(a - 6, k(0)), e.stroke());
    for (const y of this.series)
      if (y.band) {
        e.fillStyle = y.colour, e.globalAlpha = 0.16, e.beginPath(), y.band.low.forEach((M, x) => x ? e.lineTo(b(x), k(M)) : e.moveTo(b(x), k(M)));
        for (let M = y.band.high.length - 1; M >= 0; M--) e.lineTo(b(M), k(y.band.high[M]));
        e.fill(), e.globalAlpha = 0.75, e.strokeStyle = y.colour, e.lineWidth = 1, e.setLineDash([4, 3]), e.beginPath(), y.band.mid.forEach((M, x) => x ? e.lineTo(b(x), k(M)) : e.moveTo(b(x), k(M))), e.stroke(), e.setLineDash([]), e.globalAlpha = 1;
      }
    for (const y of this.series) {
      if (e.strokeStyle = e.fillStyle = y.colour, e.lineWidth = 2, e.lineJoin = "round", e.setLineDash(y.dash ?? []), y.points) {
        for (let x = 0; x < y.values.length; x++) Number.isFinite(y.values[x]) && (e.beginPath(), e.arc(b(x), k(y.values[x]), 2.2, 0, 7), e.fill());
        continue;
      }
      e.beginPath();
      let M = !1;
      for (let x = 0; x <= Math.min(y.upto, y.values.length - 1); x++) {
        if (!Number.isFinite(y.values[x])) {
          M = !1;
          continue;
        }
        M ? e.lineTo(b(x), k(y.values[x])) : e.moveTo(b(x), k(y.values[x])), M = !0;
      }
      e.stroke(), e.setLineDash([]);
    }
    const v = this.hover >= 0 ? this.hover : this.at;
    e.strokeStyle = s("ink"), e.globalAlpha = 0.55, e.lineWidth = 1, e.beginPath(), e.moveTo(b(v), g), e.lineTo(b(v), u), e.stroke(), e.globalAlpha = 1;
    for (const y of this.series) !y.points && v <= y.upto && Number.isFinite(y.values[v]) && (e.fillStyle = y.colour, e.beginPath(), e.arc(b(v), k(y.values[v]), 3.2, 0, 7), e.fill(), e.strokeStyle = s("paper"), e.lineWidth = 1.2, e.stroke());
  }
}
function U(c, e, t, n, a) {
  if (c.length < 3) return null;
  const l = () => new Float64Array(n + 1), i = { low: l(), mid: l(), high: l() }, s = new Float64Array(c.length);
  for (let r = 0; r <= n; r++) {
    c.forEach((h, f) => {
      s[f] = h[r * t + e] - (a ? a[f][r * t + e] : 0);
    }), s.sort();
    const o = (h) => {
      const f = h * (s.length - 1), m = Math.floor(f);
      return s[m] + (f - m) * ((s[m + 1] ?? s[m]) - s[m]);
    };
    i.low[r] = o(0.1), i.mid[r] = o(0.5), i.high[r] = o(0.9);
  }
  return i;
}
function p(c, e = {}, ...t) {
  const n = document.createElement(c);
  for (const [l, i] of Object.entries(e))
    i == null || i === !1 || (l.startsWith("on") ? n.addEventListener(l.slice(2), i) : l in n && l !== "list" && l !== "role" && !l.startsWith("aria") ? n[l] = i : n.setAttribute(l, i === !0 ? "" : String(i)));
  const a = (l) => {
    Array.isArray(l) ? l.forEach(a) : l != null && l !== !1 && n.append(l);
  };
  return t.forEach(a), n;
}
let we = 0;
const O = (c) => `${c}-${++we}`, A = (c) => c.replace(/_/g, " "), T = (c) => c ? c[0].toUpperCase() + c.slice(1) + (/[.!?…]$/.test(c) ? "" : ".") : "", Q = { u8: Uint8Array, i8: Int8Array, i16: Int16Array, i32: Int32Array, u32: Uint32Array, f64: Float64Array, i64: BigInt64Array, u64: BigUint64Array }, Z = 262144, W = 1 << 20;
class S {
  constructor(e, t, n) {
    this.args = t;
    const a = n + 63 & -64;
    this.top = a + Z + 64, this.memory = new WebAssembly.Memory({ initial: Math.ceil((this.top + W) / 65536) + 1 }), this.held = this.memory.buffer, this.heap = this.take(W), this.heapEnd = this.heap + W;
    const l = {
      __linear_memory: this.memory,
      __stack_pointer: new WebAssembly.Global({ value: "i32", mutable: !0 }, a + Z),
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
      exp2: (s) => 2 ** s,
      fmod: (s, r) => s % r,
      erf: (s) => 1 - ee(s),
      erfc: ee,
      rint: (s) => {
        const r = Math.round(s);
        return Math.abs(r - s) === 0.5 && r % 2 ? r - 1 : r;
      },
      memset: (s, r, o) => (this.bytes().fill(r, s, s + o), s),
      memcpy: (s, r, o) => (this.bytes().copyWithin(s, r, r + o), s),
      memmove: (s, r, o) => (this.bytes().copyWithin(s, r, r + o), s),
      NRT_MemInfo_alloc_aligned: (s) => this.info(Number(s)),
      NRT_MemInfo_alloc_safe_aligned: (s) => this.info(Number(s)),
      NRT_MemInfo_alloc: (s) => this.info(Number(s)),
      NRT_MemInfo_new_varsize_dtor: (s) => this.info(Number(s)),
      NRT_MemInfo_new_varsize: (s) => this.info(Number(s)),
      NRT_MemInfo_varsize_alloc: (s, r) => this.fresh(s, Number(r)),
      NRT_MemInfo_varsize_realloc: (s, r) => this.fresh(s, Number(r), !0),
      NRT_MemInfo_varsize_free: () => {
      },
      NRT_Allocate: (s) => this.allocate(Number(s)),
      NRT_MemInfo_call_dtor: () => {
      },
      NRT_Free: () => {
      },
      NRT_incref: () => {
      },
      NRT_decref: () => {
      }
    }, i = {};
    for (const { name: s } of WebAssembly.Module.imports(e)) {
      if (!(s in l)) throw new Error(`the page has no ${s}`);
      i[s] = l[s];
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
    const n = this.heapAt;
    return this.heapAt += t, n;
  }
  info(e) {
    const t = this.allocate(e + 64), n = new DataView(this.memory.buffer);
    return n.setBigInt64(t, 1n, !0), n.setInt32(t + 8, 0, !0), n.setInt32(t + 12, 0, !0), n.setInt32(t + 16, t + 64, !0), n.setBigInt64(t + 24, BigInt(e), !0), t;
  }
  fresh(e, t, n = !1) {
    const a = this.allocate(t), l = new DataView(this.memory.buffer), i = l.getInt32(e + 16, !0), s = Number(l.getBigInt64(e + 24, !0));
    return n && this.bytes().copyWithin(a, i, i + Math.min(s, t)), l.setInt32(e + 16, a, !0), l.setBigInt64(e + 24, BigInt(t), !0), a;
  }
  /** Make an array in memory; `item` is the size of one element where it is a record. */
  array(e, t, n, a) {
    const l = n.reduce((r, o) => r * o, 1), i = Q[t].BYTES_PER_ELEMENT, s = this.take(Math.max(l * (a ?? i), 8));
    return this.regions[e] = { kind: t, at: s, length: l * (a ?? i) / i, shape: n, item: a ?? i }, this.held = null, this.view(e);
  }
  /** An array as it is now; views are made anew where the memory has grown. */
  view(e) {
    this.held !== this.memory.buffer && (this.views = {}, this.held = this.memory.buffer);
    const t = this.regions[e];
    return this.views[e] ??= new Q[t.kind](this.memory.buffer, t.at, t.length);
  }
  /** A function with its arrays in place; what is left to pass is its numbers, by name. */
  bind(e) {
    const t = this.exports[e], n = [0, 0], a = [], l = this.take(64);
    n[0] = l, n[1] = l + 32;
    for (const i of this.args[e])
      if (i.kind === "array") {
        const s = this.regions[i.name];
        if (!s) throw new Error(`${e} takes ${i.name}, which the page does not know`);
        const r = [];
        let o = s.item;
        for (let h = s.shape.length - 1; h >= 0; h--)
          r[h] = o, o *= s.shape[h];
        n.push(0, 0, BigInt(s.shape.reduce((h, f) => h * f, 1)), BigInt(s.item), s.at, ...s.shape.map(BigInt), ...r.map(BigInt));
      } else i.kind === "record" ? n.push(this.regions[i.name].at) : (a.push([i.name, n.length, i.kind === "i64"]), n.push(i.kind === "i64" ? 0n : 0));
    return (i = {}) => {
      for (const [r, o, h] of a) r in i && (n[o] = h ? BigInt(i[r]) : Number(i[r]));
      this.heapAt = this.heap;
      const s = t(...n);
      if (s !== 0) throw new Error(`${e} stopped with an error of the theory (code ${s})`);
    };
  }
}
function ee(c) {
  const e = Math.abs(c);
  let t;
  if (e < 2.5) {
    let n = e, a = e;
    for (let l = 1; Math.abs(n) > 1e-17 * a && l < 200; l++)
      n *= -e * e / l, a += n / (2 * l + 1);
    t = 1 - 2 / Math.sqrt(Math.PI) * a;
  } else {
    let n = 0;
    for (let a = 60; a > 0; a--) n = a / 2 / (e + n);
    t = Math.exp(-e * e) / Math.sqrt(Math.PI) / (e + n);
  }
  return c < 0 ? 2 - t : t;
}
const _ = (c, e) => typeof c == "string" ? e[c] : c;
function L(c, e, t, n) {
  const a = new Int32Array(t);
  for (let o = 0; o < t; o++) {
    a[o] += c[o + 1] - c[o];
    for (let h = c[o]; h < c[o + 1]; h++) a[e[h]]++;
  }
  const l = new Int32Array(t + 1);
  for (let o = 0; o < t; o++) l[o + 1] = l[o] + a[o];
  const i = new Int32Array(l[t]), s = l.slice(0, t), r = () => {
    for (let o = 0; o < t; o++) for (let h = c[o]; h < c[o + 1]; h++) i[s[o]++] = e[h];
  };
  n !== "upper" && r();
  for (let o = 0; o < t; o++) for (let h = c[o]; h < c[o + 1]; h++) i[s[e[h]]++] = o;
  if (n === "upper" && r(), n === "any") for (let o = 0; o < t; o++) i.subarray(l[o], l[o + 1]).sort();
  return [l, i];
}
function be(c, e) {
  const t = new Uint8Array(c);
  let n = 0;
  const a = () => {
    let s = 0, r = 0;
    for (; ; ) {
      const o = t[n++];
      if (s |= (o & 127) << r, o < 128) return s;
      r += 7;
    }
  }, l = new Int32Array(e + 1), i = [];
  for (let s = 0; s < e; s++) {
    const r = a();
    let o = s;
    for (let h = 0; h < r; h++)
      o += a(), i.push(o);
    l[s + 1] = i.length;
  }
  return L(l, Int32Array.from(i), e, "upper");
}
function ye(c, e) {
  if (e.sizes) return e.sizes;
  const t = e.communities;
  return Array.from({ length: t }, (n, a) => Math.floor(c / t) + (a < c % t ? 1 : 0));
}
function z(c, e, t, n, a, l, i) {
  const s = t.reduce((w, b) => w + b, 0);
  let r = 0;
  t.forEach((w, b) => {
    r += n[b] * w * (w - 1) / 2 + a * w * (s - w) / 2;
  });
  const o = Math.ceil(r + 8 * Math.sqrt(r)) + 16, h = new S(c, e.engine.networks.arguments, e.engine.networks.dataEnd), f = h.array("end", "i64", [t.length]);
  let m = 0;
  t.forEach((w, b) => {
    m += w, f[b] = BigInt(m);
  }), h.array("within", "f64", [t.length]).set(n), h.array("counts", "i64", [s]), h.array("heads", "i32", [o]), h.array("out", "i64", [1]), h.bind("draw_pairs")({ seed: i, stream_within: l[0], stream_between: l[1], low: 0, high: s, between: a });
  const d = Number(h.view("out")[0]), g = h.view("counts");
  if (d > o) throw new Error("more ties were drawn than there is room for");
  const u = new Int32Array(s + 1);
  for (let w = 0; w < s; w++) u[w + 1] = u[w] + Number(g[w]);
  return L(u, h.view("heads").slice(0, d), s, "upper");
}
function ve(c, e) {
  const t = new Int32Array(c * e);
  for (let n = 0; n < c; n++) for (let a = 0; a < e; a++) {
    const l = n + a + 1;
    t[n * e + a] = l < c ? l : l - c;
  }
  return t;
}
function ke(c, e, t, n) {
  const a = new Int32Array(c * e + 1), l = [];
  for (let i = 0; i < c; i++) for (let s = 0; s < e; s++) {
    const r = [];
    for (let o = -t; o <= t; o++) for (let h = -t; h <= t; h++) {
      if (!o && !h) continue;
      let f = i + o, m = s + h;
      if (n)
        f = (f + c) % c, m = (m + e) % e;
      else if (f < 0 || f >= c || m < 0 || m >= e) continue;
      r.push(f * e + m);
    }
    r.sort((o, h) => o - h);
    for (const o of r) l.push(o);
    a[i * e + s + 1] = l.length;
  }
  return [a, Int32Array.from(l)];
}
const le = /* @__PURE__ */ new Set(["well_mixed", "erdos_renyi", "planted_partition", "village", "watts_strogatz", "barabasi_albert", "ring", "moore", "grid"]);
function Me(c, e, t, n) {
  const a = c.meta, l = t.network, i = t.rows ?? 0, s = t.columns ?? 0, r = t.rows ? i * s : t.people, o = { people: r, regions: 1, region: new Int32Array(r), indptr: null, indices: null, rows: i, columns: s, grid: l === "grid", seed: n };
  if (!a.population.made)
    return c.arrays.region && (o.region = new Int32Array(c.arrays.region), o.regions = a.population.regions), c.arrays.ties ? [o.indptr, o.indices] = be(c.arrays.ties, r) : c.arrays.indptr && (o.indptr = new Int32Array(c.arrays.indptr), o.indices = new Int32Array(c.arrays.indices)), o;
  const h = a.population.streams, f = (d) => {
    [o.indptr, o.indices] = d;
  }, m = (d) => {
    let g = 0;
    d.forEach((u, w) => {
      o.region.fill(w, g, g + u), g += u;
    }), o.regions = d.length;
  };
  if (l === "erdos_renyi") f(z(e, a, [r], [t.mean_degree / Math.max(r - 1, 1)], 0, [h.pairs, h.between], n));
  else if (l === "planted_partition") {
    const d = ye(r, t), g = (1 - t.mix) * t.mean_degree, u = d.reduce((b, k) => b + k * (r - k), 0), w = t.mix > 0 ? t.mix * t.mean_degree * r / u : 0;
    f(z(e, a, d, d.map((b) => g / Math.max(b - 1, 1)), w, [h.within, h.between], n)), m(d);
  } else if (l === "village") {
    const d = [];
    for (let g = 0; g < r; g += t.village_size) d.push(Math.min(t.village_size, r - g));
    f(z(e, a, d, d.map(() => 1), t.far, [h.clique, h.far], n)), m(d);
  } else if (l === "watts_strogatz" || l === "ring") {
    const d = t.neighbours / 2;
    let g = ve(r, d);
    if (l === "watts_strogatz" && t.rewiring > 0) {
      const u = new S(e, a.engine.networks.arguments, a.engine.networks.dataEnd);
      u.array("own", "i32", [r, d]).set(g), u.bind("small_world")({ seed: n, stream_moves: h.moves, stream_places: h.places, rewiring: t.rewiring }), g = u.view("own").slice();
    }
    f(L(Int32Array.from({ length: r + 1 }, (u, w) => w * d), g, r, "any"));
  } else if (l === "barabasi_albert") {
    const d = t.ties_per_newcomer, g = new S(e, a.engine.networks.arguments, a.engine.networks.dataEnd), u = g.array("start", "i64", [r + 1]);
    for (let b = 0; b < r; b++) u[b + 1] = u[b] + BigInt(Math.min(b, d));
    const w = Int32Array.from(u, Number);
    g.array("heads", "i32", [w[r]]), g.bind("grow")({ seed: n, stream: h.preference, m: d }), f(L(w, g.view("heads").slice(), r, "lower"));
  } else l === "moore" && f(ke(i, s, t.radius ?? 1, t.torus ?? !0));
  return o;
}
class he {
  constructor(e, t) {
    this.program = e, this.people = t, e.array("out", "f64", [t]), this.fillOf = e.bind("fill"), this.normalsOf = e.bind("normals"), this.expsOf = e.bind("exps");
  }
  fillOf;
  normalsOf;
  expsOf;
  uniforms(e, t, n) {
    return this.fillOf({ seed: e, stream: BigInt(t), step: n }), this.program.view("out");
  }
  /** Who acts out of a share; in the array of the last draw. */
  normals() {
    return this.normalsOf(), this.program.view("out");
  }
  exps() {
    return this.expsOf(), this.program.view("out");
  }
}
function te(c, e) {
  if (!e) return;
  const t = new BigInt64Array(c.buffer, c.byteOffset, c.length);
  for (let n = 0; n < e.length; n++) e[n] && (t[n] += BigInt(e[n]));
}
function xe(c, e) {
  return e.seed === BigInt(c.population.table.seed ?? "0") && e.people === c.population.people;
}
function ce(c, e, t, n, a) {
  const { meta: l, arrays: i } = c, s = n.people, r = xe(l, n), o = t.args.every((u) => typeof u != "string" || a[u] === l.params.find((w) => w.name === u).value), h = (u) => r && i[u] ? new Int16Array(i[u]) : null, [f, m] = t.args.map((u) => _(u, a)), d = i[`trait.${t.name}`];
  if (d && r && o) return new Float64Array(d);
  if (t.kind === "Ranked" || t.kind === "Listed" || t.kind === "measured") throw new Error(`the trait ${t.name} comes with the people of this page`);
  const g = e.uniforms(n.seed, t.stream, 0);
  switch (t.kind) {
    case "Fixed":
      return new Float64Array(s).fill(f);
    case "Uniform":
      return Float64Array.from(g, (u) => f + (m - f) * u);
    case "Bernoulli":
      return Float64Array.from(g, (u) => u < f ? 1 : 0);
    case "Normal":
    case "LogNormal": {
      const u = e.normals();
      te(u, h(`units.${t.name}`));
      for (let b = 0; b < s; b++) u[b] = f + m * u[b];
      if (t.kind === "Normal") return u.slice();
      const w = e.exps();
      return o && te(w, h(`exp.${t.name}`)), w.slice();
    }
    case "Beta": {
      const u = new Float64Array(i[`quantiles.${t.name}`]), w = u.length - 1;
      return Float64Array.from(g, (b) => {
        const k = Math.acos(1 - 2 * b) / Math.PI * w, v = Math.min(Math.floor(k), w - 1), y = (1 - Math.cos(v / w * Math.PI)) / 2, M = (1 - Math.cos((v + 1) / w * Math.PI)) / 2;
        return u[v] + (b - y) / (M - y) * (u[v + 1] - u[v]);
      });
    }
  }
  throw new Error(`the page cannot draw the trait ${t.name} from ${t.kind}`);
}
function Ae(c) {
  const e = Math.round(c);
  return Math.abs(e - c) === 0.5 && e % 2 ? e - 1 : e;
}
function fe(c, e, t, n, a, l) {
  const i = c.states[t], s = e.people, r = _(i.initial.of, n);
  if (i.initial.kind === "number") {
    for (let m = 0; m < s; m++) l[m] = r;
    return;
  }
  if (i.initial.kind === "share") {
    const m = e.uniforms(a, i.stream, 0);
    for (let d = 0; d < s; d++) l[d] = m[d] < r ? 1 : 0;
    return;
  }
  const o = Ae(r);
  if (o > s) throw new Error(`${i.name} starts true for ${o} people, and there are ${s}`);
  for (let m = 0; m < s; m++) l[m] = 0;
  if (!o) return;
  const h = e.uniforms(a, i.stream, 0), f = Array.from({ length: s }, (m, d) => d).sort((m, d) => h[m] - h[d]);
  for (let m = 0; m < o; m++) l[f[m]] = 1;
}
const Ne = Math.PI * (3 - Math.sqrt(5));
function ne(c, e, t, n, a, l) {
  const i = c.length;
  for (let s = 0; s < i; s++) {
    const r = n * Math.sqrt((s + 0.5) / i), o = s * Ne;
    a[c[s]] = e + r * Math.cos(o), l[c[s]] = t + r * Math.sin(o);
  }
}
function $e(c) {
  const e = c.reduce((i, s) => i + s, 0), t = c.map((i, s) => s).sort((i, s) => c[s] - c[i]), n = c.map((i) => ({ x: 0, y: 0, r: Math.sqrt(i / e) })), a = [];
  for (const i of t) {
    const s = n[i];
    let r = 1 / 0, o = 0, h = 0;
    const f = 0.04 * Math.min(1, s.r * 4), m = (d, g) => a.every((u) => Math.hypot(u.x - d, u.y - g) >= u.r + s.r + f);
    if (!a.length) r = 0;
    else for (const d of a) for (let g = 0; g < 48; g++) {
      const u = g / 48 * 2 * Math.PI, w = d.r + s.r + f + 1e-6, b = d.x + w * Math.cos(u), k = d.y + w * Math.sin(u), v = Math.hypot(b, k) + s.r;
      v < r && m(b, k) && (r = v, o = b, h = k);
    }
    s.x = o, s.y = h, a.push(s);
  }
  const l = Math.max(...n.map((i) => Math.hypot(i.x, i.y) + i.r));
  return n.map((i) => ({ x: 0.5 + 0.49 * i.x / l, y: 0.5 + 0.49 * i.y / l, r: 0.49 * i.r / l }));
}
function Ie(c, e) {
  const t = new Set(c), n = [], a = e.indptr, l = e.indices, i = (s) => a[s + 1] - a[s];
  for (const s of [...c].sort((r, o) => i(o) - i(r) || r - o)) {
    if (!t.has(s)) continue;
    t.delete(s);
    let r = n.push(s) - 1;
    for (; r < n.length; ) {
      const o = n[r++];
      for (let h = a[o]; h < a[o + 1]; h++) t.delete(l[h]) && n.push(l[h]);
    }
  }
  return n;
}
function _e(c, e, t) {
  const n = t.people, a = new Float32Array(n), l = new Float32Array(n), i = e.network;
  if (e.rows && e.columns && e.rows * e.columns === n) {
    const h = Math.max(e.rows, e.columns), f = 1 / h, m = (1 - e.columns * f) / 2, d = (1 - e.rows * f) / 2;
    for (let g = 0; g < n; g++)
      a[g] = m + (g % e.columns + 0.5) * f, l[g] = d + (Math.floor(g / e.columns) + 0.5) * f;
    return { x: a, y: l, radius: f / 2, square: !0, caption: `${e.rows} by ${e.columns} ${c.population.grid ? "sites" : "people"}, edges joined${e.rewiring ? `, ${100 * e.rewiring}% of the ties dealt anew` : ""}` };
  }
  if (i === "watts_strogatz" || i === "ring") {
    const h = Math.max(1, Math.min(24, Math.round(Math.sqrt(n / 12)))), f = n < 60 ? 0.44 : 0.3, m = 0.485;
    for (let g = 0; g < n; g++) {
      const u = g / n * 2 * Math.PI - Math.PI / 2, w = h === 1 ? m : f + (m - f) * (g % h) / (h - 1);
      a[g] = 0.5 + w * Math.cos(u), l[g] = 0.5 + w * Math.sin(u);
    }
    const d = Math.PI * (m * m - f * f);
    return { x: a, y: l, radius: Math.min(0.02, 0.45 * Math.sqrt(d / n)), square: !1, caption: "neighbours stand side by side on the circle" };
  }
  let s = "everyone sees everyone";
  if (t.labels) {
    const h = /* @__PURE__ */ new Map();
    t.labels.forEach((g, u) => {
      const w = h.get(g);
      w ? w.push(u) : h.set(g, [u]);
    });
    let f = [...h.values()];
    f.length > 400 && (f = Ee(f));
    const m = $e(f.map((g) => g.length));
    f.forEach((g, u) => ne(t.indptr ? Ie(g, t) : g, m[u].x, m[u].y, m[u].r, a, l));
    const d = m.reduce((g, u) => g + u.r * u.r, 0) * Math.PI;
    return s = f.length > 1 ? `${f.length} communities; those tied to one another stand close` : "one web of ties; those with most ties in the middle", { x: a, y: l, radius: Math.min(0.02, 0.42 * Math.sqrt(d / n)), square: !1, caption: s };
  }
  const r = Array.from({ length: n }, (h, f) => f), o = t.sortKey;
  return o && !t.indptr ? (r.sort((h, f) => o[h] - o[f] || h - f), s = `everyone sees everyone; lowest ${c.traits[0].name.replace(/_/g, " ")} in the middle`) : t.indptr && (s = "a web of ties"), ne(r, 0.5, 0.5, 0.485, a, l), { x: a, y: l, radius: Math.min(0.02, 0.42 * Math.sqrt(Math.PI * 0.485 * 0.485 / n)), square: !1, caption: s };
}
function Ee(c) {
  return c.sort((e, t) => t.length - e.length), [...c.slice(0, 200), c.slice(200).flat()];
}
class Se {
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
    const { x: n, y: a, radius: l, square: i } = this.layout, s = n.length, r = Math.max(0.5, l * t * (i ? 1 : 0.92)), o = Math.ceil(r), h = i ? Math.max(1, Math.floor(2 * r) - (r > 3 ? 1 : 0)) : 0;
    if (this.stamp = [], i) for (let m = 0; m < h; m++) for (let d = 0; d < h; d++) this.stamp.push((m - (h >> 1)) * t + d - (h >> 1));
    else for (let m = -o; m <= o; m++) for (let d = -o; d <= o; d++) m * m + d * d <= r * r && this.stamp.push(m * t + d);
    this.stamp.length || (this.stamp = [0]), this.at = new Int32Array(s);
    const f = i ? 0 : o + 1;
    for (let m = 0; m < s; m++) {
      const d = Math.max(f, Math.min(t - 1 - f, Math.round(n[m] * t))), g = Math.max(f, Math.min(t - 1 - f, Math.round(a[m] * t)));
      this.at[m] = g * t + d;
    }
    this.drawn = new Int16Array(s).fill(-1);
  }
  show(e, t) {
    if (!this.layout || e.length !== this.drawn.length) return;
    const { drawn: n, at: a, stamp: l, pixels: i } = this, s = i.length;
    for (let r = 0; r < e.length; r++) {
      if (n[r] === e[r]) continue;
      n[r] = e[r];
      const o = t[e[r]], h = a[r];
      for (let f = 0; f < l.length; f++) {
        const m = h + l[f];
        m >= 0 && m < s && (i[m] = o);
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
    const e = this.layout, t = this.context, n = this.marked;
    if (!e || n < 0 || n >= e.x.length) return;
    const a = this.size, l = getComputedStyle(this.canvas).getPropertyValue("--ink").trim() || "#000";
    t.strokeStyle = l, t.globalAlpha = 0.45, t.lineWidth = Math.max(1, a / 700), t.beginPath();
    for (const i of this.ties)
      t.moveTo(e.x[n] * a, e.y[n] * a), t.lineTo(e.x[i] * a, e.y[i] * a);
    t.stroke(), t.globalAlpha = 1, t.lineWidth = Math.max(2, a / 300), t.beginPath(), t.arc(e.x[n] * a, e.y[n] * a, Math.max(e.radius * a * 1.8, a / 90), 0, 2 * Math.PI), t.stroke();
  }
  /** The person nearest to a place of the element. */
  person(e) {
    if (!this.layout) return -1;
    const { x: t, y: n } = this.layout, a = e.offsetX / this.canvas.clientWidth, l = e.offsetY / this.canvas.clientHeight;
    let i = -1, s = 0.05 * 0.05;
    for (let r = 0; r < t.length; r++) {
      const o = (t[r] - a) ** 2 + (n[r] - l) ** 2;
      o < s && (s = o, i = r);
    }
    return i;
  }
}
function Oe(c) {
  const e = /^#([0-9a-f]{6})$/i.exec(c.trim());
  if (e) {
    const n = parseInt(e[1], 16);
    return [n >> 16, n >> 8 & 255, n & 255];
  }
  const t = c.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0];
  return [t[0], t[1], t[2]];
}
const N = ([c, e, t]) => (255 << 24 | t << 16 | e << 8 | c) >>> 0, C = (c, e, t) => [0, 1, 2].map((n) => Math.round(Math.sqrt((1 - t) * c[n] ** 2 + t * e[n] ** 2))), I = (c) => `rgb(${c.join(" ")})`;
function se(c, e, t, n, a, l, i) {
  const s = (u) => Oe(c.getPropertyValue(`--${u}`)), r = s("paper"), o = s("person"), h = s("account-1"), f = s("account-2"), m = s("muted"), d = new Uint32Array(256).fill(N(r)), g = (u) => Math.abs(u) >= 1e3 || u && Math.abs(u) < 0.01 ? u.toExponential(1) : String(Number(u.toPrecision(3)));
  if (n === "difference") {
    if (e === "float") {
      for (let w = 0; w < 256; w++) d[w] = N(w < 128 ? C(o, h, (128 - w) / 128) : C(o, f, (w - 128) / 127));
      return { paper: N(r), palette: d, legend: [{ label: `more ${i[0]}`, colour: I(h) }, { label: "alike", colour: I(o) }, { label: `more ${i[1]}`, colour: I(f) }] };
    }
    const u = e === "bool" ? [["in neither", o], [`only ${i[0]}`, h], [`only ${i[1]}`, f], ["in both", m]] : [["alike", o], ["different", f]];
    return u.forEach(([, w], b) => {
      d[b] = N(w);
    }), { paper: N(r), palette: d, legend: u.map(([w, b]) => ({ label: w, colour: I(b) })) };
  }
  if (e === "bool")
    return d[0] = N(o), d[1] = N(h), { paper: N(r), palette: d, legend: [{ label: t[0], colour: I(h) }, { label: `not ${t[0]}`, colour: I(o) }] };
  if (e === "float") {
    for (let u = 0; u < 256; u++) d[u] = N(C(o, h, u / 255));
    return { paper: N(r), palette: d, legend: [{ label: `${g(a)} to ${g(l)}`, colour: I(o), shape: "ramp", to: I(h) }] };
  }
  if (e === "boards") {
    const u = [s("site"), f, h, s("account-3"), s("account-4"), s("undetermined")];
    return d[0] = N(s("wash")), t.forEach((w, b) => {
      d[b + 1] = N(u[b % u.length]);
    }), { paper: N(r), palette: d, legend: t.map((w, b) => ({ label: w, colour: I(u[b % u.length]) })) };
  }
  for (let u = 1; u < 13; u++) {
    const w = (u - 1) * 30 * Math.PI / 180;
    d[u] = N([0, 1, 2].map((b) => Math.round(150 + 68 * Math.cos(w - b * 2 * Math.PI / 3))));
  }
  return { paper: N(r), palette: d, legend: [{ label: "one colour: the same in everything (twelve colours: chance likenesses happen)", colour: I(s("muted")) }] };
}
function Te(c, e, t, n) {
  if (c === "bool") for (let a = 0; a < e.length; a++) n[a] = e[a] ? t[a] ? 3 : 1 : t[a] ? 2 : 0;
  else if (c === "float") for (let a = 0; a < e.length; a++) n[a] = 128 + (t[a] - e[a] >> 1);
  else for (let a = 0; a < e.length; a++) n[a] = e[a] === t[a] ? 0 : 1;
  return n;
}
const Pe = /(#.*$)|("""[\s\S]*?"""|'[^'\n]*'|"[^"\n]*")|\b(def|if|else|elif|for|in|while|return|and|or|not|is|None|True|False|continue|break)\b|\b(me|seen|here|society|people|p|luck|tally|rate|ties|grid)(?=\.)/gm;
function Be(c, e) {
  const t = c.split(`
`).map((n, a) => {
    const l = p("span", { "data-line": String(e + a) });
    let i = 0;
    for (const s of n.matchAll(Pe))
      l.append(n.slice(i, s.index)), l.append(p("span", { className: s[1] ? "comment" : s[2] ? "text" : s[3] ? "word" : "root" }, s[0])), i = s.index + s[0].length;
    return l.append(n.slice(i) + `
`), l;
  });
  return p("pre", { tabIndex: 0 }, p("code", {}, t));
}
const q = 24, P = 14, ie = 6;
class Fe {
  constructor(e, t, n) {
    this.root = e, this.packed = t, this.options = n, this.meta = t.meta;
    const { shown: a, ignored: l } = n.address ? H(this.meta, location.hash) : { shown: V(this.meta), ignored: [] };
    this.s = a, e.classList.add("gs"), this.main = this.start(), this.behind = this.start(), this.build(), l.length && this.say(`The address asks for ${l.join(", ")}, which this theory does not have or does not allow; the rest of it is shown.`), this.run(!0), !matchMedia("(prefers-reduced-motion: reduce)").matches && !this.s.step && this.play(!0), requestAnimationFrame((s) => this.tick(s)), matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour()), new ResizeObserver(() => {
      this.stages.forEach((s) => s.resize()), this.paint(!0);
    }).observe(this.root), n.address && addEventListener("hashchange", () => {
      location.hash.replace(/^#/, "") !== G(this.meta, this.s) && (this.s = H(this.meta, location.hash).shown, this.build(), this.run(!0));
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
    const t = ++this.id, n = this.meta, a = n.observables.length, l = (this.s.steps + 1) * a;
    this.values = { world: new Float64Array(l), twin: this.s.twin ? new Float64Array(l) : null }, this.upto = -1, this.members = { world: [], twin: [] }, this.bands = { world: [], twin: [], effect: [] }, this.asked = -1, e && (this.life = null), this.main.postMessage({ type: "run", id: t, settings: this.settings() }), this.behind.postMessage({ type: "stop" }), this.ask(), this.save(), this.options.onChange?.(this.s);
  }
  /** Soon: while a slider is dragged, the last place counts. */
  soon() {
    clearTimeout(this.waiting), this.waiting = window.setTimeout(() => this.run(), 30);
  }
  hear(e) {
    if (e.type !== "ready" && !("id" in e && e.id !== this.id))
      if (e.type === "people")
        this.people = e.people, this.layout = _e(this.meta, this.s.table, e.people), this.stages.forEach((t) => t.setLayout(this.layout)), this.el.caption && (this.el.caption.textContent = this.pictureCaption()), this.paint(!0);
      else if (e.type === "progress") {
        const t = this.meta.observables.length;
        this.values.world.set(e.world, e.from * t), e.twin && this.values.twin?.set(e.twin, e.from * t), this.upto = e.to, this.ask(), this.plots();
      } else e.type === "frame" ? (this.frames = e.shown, this.paint(), this.ask()) : e.type === "life" ? (this.life = e.life, this.showLife(), this.paint(!0)) : e.type === "member" ? (this.members.world.push(e.world), e.twin && this.members.twin.push(e.twin), (e.count < 6 || e.count % 4 === 0) && this.summarise()) : e.type === "done" ? (this.members.world.length ? this.summarise() : this.meta.engine.kind !== "flow" && this.upto >= this.s.steps && this.meta.engine.exact !== void 0 && this.meta.engine.kind !== "none" && this.meta.engine.kind !== "recorded" && this.behind.postMessage({ type: "ensemble", id: this.id, settings: this.settings(), worlds: q }), this.root.dataset.done = String(this.id)) : e.type === "failed" && this.fail(e.message);
  }
  summarise() {
    const e = this.meta.observables.length, t = this.s.steps, { world: n, twin: a } = this.members;
    this.meta.observables.forEach((l, i) => {
      this.bands.world[i] = U(n, i, e, t), this.bands.twin[i] = a.length ? U(a, i, e, t) : null, this.bands.effect[i] = a.length ? U(a, i, e, t, n) : null;
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
    const n = this.el.error;
    n.hidden = e === null, n.textContent = e === null ? "" : `This setting could not be simulated: ${e}. Change a value, or reset, and the page goes on.`, this.root.querySelectorAll("pre .fault").forEach((a) => a.classList.remove("fault")), t !== null && this.root.querySelector(`pre [data-line="${t}"]`)?.classList.add("fault");
  }
  // -- moving ----------------------------------------------------------------------------------------------------
  tick(e) {
    if (this.playing) {
      const t = this.s.speed * Math.max(4, Math.min(60, this.s.steps / 12));
      this.clock += Math.min(0.1, (e - this.counted.since) / 1e3) * t;
      const n = Math.floor(this.clock);
      if (n && this.upto >= 0) {
        this.clock -= n;
        const a = Math.min(this.s.step + n, this.s.steps);
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
    const e = this.meta.observables.length, t = Math.min(this.s.step, Math.max(this.upto, 0)), n = this.meta.observables.slice(0, 4).map((a, l) => `${A(a.name)} ${$(this.values.world[t * e + l])}${this.values.twin ? `, twin ${$(this.values.twin[t * e + l])}` : ""}`);
    this.el.live.textContent = `Step ${t}: ${n.join("; ")}.`;
  }
  say(e) {
    this.el.live.textContent = e, this.el.said.textContent = e, this.el.said.hidden = !e;
  }
  save() {
    if (!this.options.address) return;
    const e = G(this.meta, this.s), t = location.hash.replace(/^#/, "");
    e !== t && history.replaceState(null, "", e ? `#${e}` : location.pathname + location.search);
  }
  // -- drawing ---------------------------------------------------------------------------------------------------
  recolour() {
    const e = getComputedStyle(this.root), t = this.meta.views[this.s.view], n = t ? t.of.map(A) : [], a = this.frames?.low ?? 0, l = this.frames?.high ?? 1, i = ["in the world", "in the twin"];
    this.palette = {
      world: se(e, t?.kind ?? "bool", t?.kind === "boards" ? n : [t?.label ?? ""], "world", a, l, i),
      difference: se(e, t?.kind ?? "bool", n, "difference", a, l, i)
    }, this.stages.forEach((r) => {
      r.setPaper(this.palette.world.paper), r.forget();
    });
    const s = this.s.mode === "difference" && this.s.twin ? this.palette.difference.legend : this.palette.world.legend;
    this.el.legend?.replaceChildren(...s.map((r) => {
      const o = p("i", {});
      return o.style.background = r.shape ? `linear-gradient(90deg, ${r.colour}, ${r.to})` : r.colour, r.shape && (o.className = "ramp"), p("li", {}, o, r.label);
    })), this.paint(!0), this.plots();
  }
  range = [NaN, NaN];
  scratch = new Uint8Array();
  paint(e = !1) {
    const t = this.frames;
    if (!t || !this.palette || !this.stages.length || !this.layout) return;
    const n = this.meta.views[this.s.view];
    if (n?.kind === "float" && (this.range[0] !== t.low || this.range[1] !== t.high)) {
      this.range = [t.low, t.high], this.recolour();
      return;
    }
    e && this.stages.forEach((l) => l.forget()), this.stages.forEach((l) => l.mark(this.s.person, this.life?.person === this.s.person ? this.life.ties : []));
    const { mode: a } = this.s;
    !t.twin || a === "world" ? this.stages[0].show(t.world, this.palette.world.palette) : a === "twin" ? this.stages[0].show(t.twin, this.palette.world.palette) : a === "difference" ? (this.scratch.length !== t.world.length && (this.scratch = new Uint8Array(t.world.length)), this.stages[0].show(Te(n.kind, t.world, t.twin, this.scratch), this.palette.difference.palette)) : (this.stages[0].show(t.world, this.palette.world.palette), this.stages[1]?.show(t.twin, this.palette.world.palette)), this.counted.frames++, this.root.dataset.frames = String(this.counted.frames), this.root.dataset.step = String(t.step), this.stages.forEach((l, i) => l.canvas.setAttribute("aria-label", this.spoken(t, i)));
  }
  spoken(e, t) {
    const n = this.meta.views[this.s.view], a = t === 1 || this.s.mode === "twin" ? e.twin : e.world;
    if (n?.kind !== "bool" || !a) return `The people at step ${e.step}, coloured by ${n?.label ?? "nothing"}`;
    let l = 0;
    for (const i of a) l += i;
    return `${a.length.toLocaleString("en")} people at step ${e.step}: ${l.toLocaleString("en")} ${n.label}`;
  }
  drawn = !1;
  plots() {
    this.drawn || (this.drawn = !0, requestAnimationFrame(() => {
      this.drawn = !1, this.drawPlots();
    }));
  }
  drawPlots() {
    const e = getComputedStyle(this.root), t = e.getPropertyValue("--account-1"), n = e.getPropertyValue("--account-2"), a = e.getPropertyValue("--contradicted"), l = this.meta.observables.length, { world: i, twin: s } = this.values, r = this.s.steps, o = this.s.twin ? [{ at: "at" in this.s.twin ? this.s.twin.at : this.s.twin.start, until: "end" in this.s.twin ? this.s.twin.end : null, colour: n }] : [];
    for (const { chart: h, effect: f, k: m, now: d } of this.charts) {
      const g = (v) => Float64Array.from({ length: r + 1 }, (y, M) => v[M * l + m]), u = g(i), w = s ? g(s) : null;
      h.steps = r, h.at = this.s.step, h.marks = o, h.series = [{ name: "world", colour: t, values: u, upto: this.upto, band: this.bands.world[m] ?? null }], w && h.series.push({ name: "twin", colour: n, values: w, upto: this.upto, band: this.bands.twin[m] ?? null, dash: [6, 3] }), this.record && this.recordOf === m && h.series.push({ name: "record", colour: e.getPropertyValue("--ink"), values: this.record, upto: r, band: null, points: !0 }), h.draw(), f && (f.steps = r, f.at = this.s.step, f.marks = o, f.zero = !0, f.series = w ? [{ name: "effect", colour: this.meta.observables[m].harm ? a : n, values: w.map((v, y) => v - u[y]), upto: this.upto, band: this.bands.effect[m] ?? null }] : [], f.draw());
      const b = Math.min(h.hover >= 0 ? h.hover : this.s.step, Math.max(this.upto, 0)), k = (v, y) => {
        const M = p("span", {}, $(v[b]));
        return M.style.setProperty("--role", `var(--${y})`), M;
      };
      d.replaceChildren(k(u, "account-1"), ...w ? [k(w, "account-2")] : []), h.canvas.setAttribute("aria-label", `${A(this.meta.observables[m].name)} over ${r} steps; at step ${b} it is ${$(u[b])}${w ? `, in the twin ${$(w[b])}` : ""}`);
    }
    this.lifeChart && this.life && this.drawLife();
  }
  // -- building --------------------------------------------------------------------------------------------------
  build() {
    const e = this.meta.theory;
    this.el.live = p("p", { className: "hidden", role: "status", "aria-live": "polite" }), this.el.said = p("p", { className: "note", hidden: !0 }), this.el.error = p("p", { className: "error", role: "alert", hidden: !0 });
    const t = this.meta.engine, n = t.kind === "none" ? `Python simulates this theory beside the page, because ${t.why}.` : t.kind === "recorded" ? `These histories were recorded, because ${t.why}.` : t.exact ? "Your browser runs the theory's own compiled rule: the numbers are those of Groundswell's network engine, byte for byte." : `Your browser runs the theory's own compiled rule, with its own ${t.approximate.join(", ")}: last digits may differ from Groundswell's other engines, and histories may part from them.`, a = p(
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
        p("p", { className: "note" }, `${e.source} `, p("span", {}, n)),
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
    const t = new Se(e);
    return e.addEventListener("click", (n) => {
      const a = t.person(n);
      a >= 0 && this.watch(a);
    }), t;
  }
  pictureCaption() {
    if (!this.layout || !this.people) return "";
    const e = this.meta.population.grid ? "sites" : "people";
    return `${this.people.people.toLocaleString("en")} ${e}: ${this.layout.caption}. Click one to follow them.`;
  }
  picture() {
    const e = this.meta, t = this.s, n = !!t.twin && t.mode === "both", a = (o, h) => {
      const f = p("h3", {}, o);
      return f.style.setProperty("--role", `var(--${h})`), p("figure", {}, t.twin ? f : null, p("canvas", { className: "stage", role: "img", tabIndex: 0 }));
    }, l = e.engine.kind === "flow";
    this.el.legend = p("ul", { className: "legend" }), this.el.caption = p("p", { className: "note" }, this.pictureCaption());
    const i = e.views.length > 1 ? this.select("Colour by", e.views.map((o) => o.label + (o.meaning && o.meaning !== o.label ? `: ${o.meaning}` : "")), t.view, (o) => {
      t.view = o, this.frames = null, this.build(), this.run();
    }) : null, s = [["both", "Side by side"], ["difference", "Difference"], ["world", "World"], ["twin", "Twin"]], r = t.mode === "difference" ? "Where world and twin differ" : t.mode === "twin" ? "Twin" : "World";
    return this.el.play = p("button", { className: "main", type: "button", onclick: () => this.play(!this.playing) }, "Play"), this.el.time = p("input", { type: "range", className: "time", min: 0, max: String(t.steps), value: String(t.step), "aria-label": "Step", oninput: (o) => {
      this.play(!1), this.go(Number(o.target.value));
    } }), this.el.time.value = String(t.step), this.el.at = p("output", {}, this.when()), p(
      "section",
      { className: "picture", "aria-label": "Picture" },
      l ? this.flowNote() : p(
        "div",
        { className: `pictures${n ? " two" : ""}` },
        n ? [a("World", "account-1"), a("Twin: the same people, the same luck", "account-2")] : a(r, t.mode === "twin" ? "account-2" : "account-1")
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
        t.twin && !l ? p("span", { className: "group", role: "group", "aria-label": "What is drawn" }, s.map(([o, h]) => p("button", { type: "button", "aria-pressed": String(t.mode === o), onclick: () => {
          t.mode = o, this.build(), this.paint(!0), this.save();
        } }, h))) : null
      )
    );
  }
  flowNote() {
    return p("p", { className: "note" }, "This theory is about society as a whole and has no people: its variables are drawn over time, beside.");
  }
  select(e, t, n, a) {
    const l = O("select"), i = p("select", { id: l, onchange: (s) => a(s.target.selectedIndex) }, t.map((s) => p("option", {}, s)));
    return i.selectedIndex = Math.max(0, n), p("span", {}, p("label", { htmlFor: l, className: "note" }, `${e} `), i);
  }
  plotsPanel() {
    this.charts = [];
    const e = this.meta.observables.map((i, s) => ({ o: i, k: s })), t = [...e.filter(({ o: i }, s) => s === 0 || i.harm), ...e.filter(({ o: i }, s) => s > 0 && !i.harm)], n = this.allPlots || t.length <= ie ? t : t.slice(0, ie - 1), a = ({ o: i, k: s }) => {
      const r = () => this.plots(), o = (d) => {
        this.play(!1), this.go(d);
      }, h = p("span", { className: "now" }), f = p("canvas", { role: "img" }), m = this.s.twin ? p("canvas", { role: "img", "aria-label": `${A(i.name)}: twin less world` }) : null;
      return this.charts.push({ chart: new R(f, o, r), effect: m ? new R(m, o, r) : null, k: s, now: h }), m && (m.style.height = "4.75rem"), p(
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
      n.map(a),
      n.length < t.length ? p("button", { type: "button", onclick: () => {
        this.allPlots = !0, this.build();
      } }, `Show ${t.length - n.length} more`) : null,
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
      const n = t.target.files[0];
      if (!n) return;
      const a = (await n.text()).split(/\r?\n/).map((h) => h.split(/[,;\t]/)), l = new Float64Array(this.s.steps + 1).fill(NaN);
      let i = 0, s = 0;
      for (const [h, f] of a) {
        if (h === void 0 || h.trim() === "") continue;
        const m = Number(h), d = Number(f);
        f !== void 0 && f.trim() !== "" && Number.isInteger(m) && m >= 0 && m <= this.s.steps && Number.isFinite(d) ? (l[m] = d, i++) : s++;
      }
      if (!i) return this.say(`${n.name} has no row of a step from 0 to ${this.s.steps} and a number; expected two columns: step, value.`);
      this.record = l;
      const r = n.name.replace(/\.\w+$/, ""), o = this.meta.observables.findIndex((h) => h.name === r);
      this.recordOf = o >= 0 ? o : 0, this.say(`${i} steps of ${n.name} are drawn as points over ${A(this.meta.observables[this.recordOf].name)}${s ? `; ${s} rows were left out (a heading, or no such step)` : ""}. The file stays on this machine.`), this.plots();
    } }));
  }
  download() {
    const e = this.meta.observables.map((s) => s.name), t = e.length, { world: n, twin: a } = this.values, l = [["world", "step", ...e].join(",")];
    for (const [s, r] of [["world", n], ["twin", a]]) if (r) for (let o = 0; o <= Math.max(this.upto, 0); o++) l.push([s, o, ...r.subarray(o * t, (o + 1) * t)].join(","));
    const i = p("a", { href: URL.createObjectURL(new Blob([l.join(`
`) + `
`], { type: "text/csv" })), download: `${this.meta.theory.name}.csv` });
    i.click(), URL.revokeObjectURL(i.href);
  }
  // -- levers ----------------------------------------------------------------------------------------------------
  levers() {
    const e = this.meta, t = this.s, n = e.params, a = n.filter((r) => t.params[r.name] !== r.value), l = n.map((r) => this.lever(r)), i = l.slice(0, P), s = l.slice(P);
    return p(
      "section",
      { className: "levers", "aria-label": "What can be moved" },
      p("section", { className: "twin" }, this.twinPanel()),
      p(
        "section",
        {},
        p("h2", {}, "Parameters ", p("button", { type: "button", className: "quiet", disabled: !a.length, onclick: () => {
          for (const r of n) t.params[r.name] = r.value;
          this.build(), this.run();
        } }, "reset to the source's values")),
        p("div", { className: "levers-grid" }, i),
        s.length ? p("details", { open: s.some((r, o) => t.params[n[o + P].name] !== n[o + P].value) }, p("summary", { className: "note" }, `${s.length} more parameters`), p("div", { className: "levers-grid" }, s)) : null
      ),
      p("section", {}, p("h2", {}, "People and luck"), this.peoplePanel())
    );
  }
  /** A slider with its number; the range of the support, and what is known of the parameter. */
  lever(e) {
    const t = this.s, n = O("p"), a = e.to - e.from, l = e.whole ? 1 : a > 0 ? 10 ** Math.floor(Math.log10(a / 200)) : 0.01, i = p("label", { htmlFor: n, title: e.source ? `Source: ${e.source}` : "" }, A(e.name)), s = e.fixed !== "" && !this.options.base, r = p("input", { id: n, type: "range", min: String(e.from), max: String(e.to), step: String(l), disabled: s, "aria-describedby": `${n}m` }), o = p("input", { type: "number", className: "value", step: "any", value: String(t.params[e.name]), disabled: s, "aria-label": `${A(e.name)}, value` });
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
      { className: `lever${s ? " fixed" : ""}` },
      p("div", { className: "top" }, i, o),
      r,
      p("div", { className: "meaning", id: `${n}m` }, T(e.meaning || "no meaning is stated"), e.unit ? ` In ${e.unit}.` : "", s ? ` Fixed in this page: ${e.fixed}.` : ""),
      p("details", {}, p("summary", {}, `${e.support === "any" ? "any number" : `support ${e.support}`}; ${$(e.value)} ${e.value === e.default ? "by default" : "in the source's setting"}`), e.source)
    );
  }
  peoplePanel() {
    const e = this.s, t = e.table, n = [], a = this.meta.population.made && le.has(t.network) || !!this.options.base, l = !this.meta.traits.every((s) => !["measured", "Listed", "Ranked"].includes(s.kind)) || this.meta.engine.fields.some((s) => s.from === "data"), i = this.options.base ? !0 : a && !l;
    if (this.meta.engine.kind !== "flow") {
      n.push(p("p", { className: "note" }, `Network: ${A(t.network)}. `, i ? "" : "The people of this page come with it; the luck can be drawn anew."));
      for (const s of ["people", "rows", "columns", "mean_degree", "neighbours", "rewiring", "ties_per_newcomer", "mix", "communities", "village_size", "far", "radius"])
        s in t && n.push(this.field(A(s), t[s], !i, (r) => {
          const o = s === "rewiring" || s === "mix" || s === "far";
          if (o ? r < 0 || r > 1 : s === "mean_degree" ? r < 0 : !Number.isInteger(r) || r < 1 || s === "neighbours" && r % 2 === 1) return o ? "a share from 0 to 1" : s === "neighbours" ? "an even number" : s === "mean_degree" ? "a number from 0" : "a whole number from 1";
          const f = s === "people" ? r : t.rows ? s === "rows" ? r * t.columns : s === "columns" ? r * t.rows : t.rows * t.columns : t.people;
          return f > 2e6 ? "at most 2,000,000 people in a page; groundswell simulate takes more" : s === "mean_degree" && r > f - 1 ? `at most ${f - 1}` : (t[s] = r, this.options.base ? this.renew() : this.run(!0), "");
        }));
    }
    return n.push(this.field("seed", Number(e.seed), !1, (s) => !Number.isInteger(s) || s < 0 || s > Number.MAX_SAFE_INTEGER ? "a whole number from 0" : (e.seed = String(s), this.options.base && !this.meta.population.made ? this.renew() : this.run(!0), "")), this.field("steps", e.steps, !1, (s) => !Number.isInteger(s) || s < 1 || s > 2e4 ? "a whole number from 1 to 20,000" : (e.steps = s, e.step = Math.min(e.step, s), this.build(), this.run(), ""))), n.push(p("p", { className: "note" }, "The same as ", p("code", {}, `groundswell simulate ${this.meta.theory.name} --seed ${e.seed}`), ", world 0; the band is made of its other worlds.")), n;
  }
  field(e, t, n, a) {
    const l = O("f"), i = p("input", { id: l, type: "number", className: "value", step: "any", value: String(t), disabled: n });
    return i.addEventListener("change", () => {
      const s = i.value.trim() === "" ? "a number" : a(Number(i.value));
      s ? (i.setAttribute("aria-invalid", "true"), this.say(`${e} = ${i.value || "nothing"}; expected ${s}.`)) : (i.removeAttribute("aria-invalid"), this.say(""));
    }), p("div", { className: "lever" }, p("div", { className: "top" }, p("label", { htmlFor: l }, e), i));
  }
  /** What only Python can make: the server sends it anew. */
  async renew() {
    const e = this.s, t = Object.fromEntries(this.meta.params.filter((r) => e.params[r.name] !== r.value).map((r) => [r.name, e.params[r.name]])), { seed: n, ...a } = e.table, l = await fetch(`${this.options.base}bundle`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ table: a, params: t, seed: e.seed, steps: e.steps }) }).catch(() => null);
    if (!l) return this.fail("the server of this page has ended; start groundswell explore again");
    if (!l.ok) return this.fail(await l.text());
    const i = await l.json();
    this.packed = i;
    const s = this.meta;
    this.meta = { ...i.meta, params: i.meta.params.map((r) => ({ ...r, value: s.params.find((o) => o.name === r.name).value })) }, this.meta.population.table = { ...i.meta.population.table }, e.table = { ...i.meta.population.table };
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
    const n = Math.max(1, Math.round(this.s.steps / 3)), a = this.meta.params.find((i) => i.name === t);
    if (e === "pulse") return { kind: e, name: t, amount: 1, at: n };
    if (e === "seed") return { kind: e, name: t, share: 0.05, at: n };
    if (e === "cap") return { kind: e, name: t, most: 0, start: n, end: null };
    const l = a && E(a, 0) && a.value !== 0 ? 0 : a.to;
    return { kind: "set", name: t, value: l, start: n, end: null };
  }
  twinPanel() {
    const e = this.s, t = this.kinds();
    if (!t.length || this.meta.engine.kind === "recorded") return [p("h2", {}, "Twins"), p("p", { className: "note" }, "No rule of this theory can be interfered with in this page.")];
    const n = (g = !0) => {
      g && this.build(), this.run();
    }, a = p("button", { type: "button", "aria-pressed": String(!!e.twin), onclick: () => {
      if (e.twin)
        e.twin = null, e.mode = "world";
      else {
        const g = t[0];
        e.twin = this.makeTwin(g.kind, g.names[0]), e.mode = "both";
      }
      n();
    } }, e.twin ? "Twin on" : "Add a twin"), l = [p("h2", {}, "Twins"), p("p", { className: "note" }, "A second world with the same people and the same luck that differs in one thing."), p("div", { className: "row transport" }, a)], i = e.twin;
    if (!i) return l;
    const s = t.find((g) => g.kind === i.kind);
    l.push(p("div", { className: "row" }, this.select("What", t.map((g) => g.label), t.indexOf(s), (g) => {
      e.twin = this.makeTwin(t[g].kind, t[g].names[0]), n();
    }))), l.push(p("div", { className: "row" }, this.select("Which", s.names.map(A), s.names.indexOf(i.name), (g) => {
      e.twin = this.makeTwin(i.kind, s.names[g]), n();
    })));
    const r = this.meta.params.find((g) => g.name === i.name), o = i.kind === "pulse" ? { label: "amount", value: i.amount, from: 0, to: 5, set: (g) => {
      i.amount = g;
    } } : i.kind === "seed" ? { label: "share of people", value: i.share, from: 0, to: 1, set: (g) => {
      i.share = g;
    } } : i.kind === "cap" ? { label: "at most", value: i.most, from: 0, to: 1, set: (g) => {
      i.most = g;
    } } : { label: "held at", value: i.value, from: r.from, to: r.to, set: (g) => {
      i.value = g;
    } }, h = e.steps;
    l.push(this.dial(o.label, o.value, o.from, o.to, (o.to - o.from) / 100, (g) => {
      i.kind === "set" && !E(r, g) || (o.set(g), this.soon());
    }));
    const f = "at" in i ? i.at : i.start;
    l.push(this.dial("at" in i ? "at step" : "from step", f, 1, h, 1, (g) => {
      "at" in i ? i.at = g : (i.start = g, i.end !== null && i.end < g && (i.end = g)), this.soon(), this.plots();
    })), "at" in i || l.push(this.dial("until step (the last: for good)", i.end ?? h + 1, 1, h + 1, 1, (g) => {
      i.end = g > h ? null : Math.max(g, i.start), this.soon(), this.plots();
    }));
    const m = this.meta.shocks.find((g) => g.name === i.name), d = m?.meaning ?? r?.meaning ?? this.meta.societies.find((g) => g.name === i.name)?.meaning ?? this.meta.states.find((g) => g.name === i.name)?.meaning;
    return d && l.push(p("p", { className: "note" }, T(d), m?.harm ? " This is violence: it enters as a shock from outside, is never optimised, and its harm is shown beside its effect." : "")), l;
  }
  dial(e, t, n, a, l, i) {
    const s = O("d"), r = p("output", { htmlFor: s }, $(t)), o = p("input", { id: s, type: "range", min: String(n), max: String(a), step: String(l), oninput: (h) => {
      const f = Number(h.target.value);
      r.textContent = $(f), i(f);
    } });
    return o.value = String(t), p("div", { className: "lever" }, p("div", { className: "top" }, p("label", { htmlFor: s }, e), r), o);
  }
  /** Effect and harm, side by side: from the change to the end, over the ensemble's pairs. */
  effects() {
    const e = this.el.effects, t = this.s.twin;
    if (!e) return;
    if (e.hidden = !t, !t) return e.replaceChildren();
    const n = this.meta.observables.length, a = "at" in t ? t.at : t.start, { world: l, twin: i } = this.members, s = this.s.steps, r = (m, d) => {
      let g = 0;
      for (let u = a; u <= s; u++) g += m[u * n + d];
      return g / Math.max(1, s - a + 1);
    }, o = (m) => {
      const d = this.meta.observables[m], g = l.map((b, k) => r(i[k], m) - r(b, m)).sort((b, k) => b - k), u = (b) => g[Math.round(b * (g.length - 1))], w = g.length >= 3 ? `${j(u(0.5))} (${j(u(0.1))} to ${j(u(0.9))})` : "simulating …";
      return p("tr", {}, p("th", { scope: "row" }, A(d.name), d.harm ? p("span", { className: "harm-tag" }, "harm") : null), p("td", { className: "figure" }, w));
    }, h = this.meta.observables.map((m, d) => ({ o: m, k: d })).filter(({ o: m }) => m.harm).map(({ k: m }) => m), f = this.meta.observables.map((m, d) => d).filter((m) => !h.includes(m)).slice(0, 3);
    e.replaceChildren(
      p(
        "table",
        {},
        p("caption", {}, `Twin less world, mean of steps ${a} to ${s}: median of ${l.length || q} pairs (10% to 90%). An effect within this theory, at these values.`),
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
    const t = this.s, n = this.life?.person === t.person ? this.life : null, a = this.people?.people ?? this.meta.population.people, i = [this.field(`${this.meta.population.grid ? "site" : "person"}, 0 to ${a - 1}`, Math.max(t.person, 0), !1, (s) => !Number.isInteger(s) || s < 0 || s >= a ? `a whole number from 0 to ${a - 1}` : (this.watch(s), ""))];
    if (this.lifeChart = null, t.person < 0) i.push(p("p", { className: "note" }, "Click someone in the picture, or give their number."));
    else if (!n) i.push(p("p", { className: "note" }, "…"));
    else {
      const s = n.traits.map(([o, h]) => [A(o), $(h)]);
      s.push(["ties", n.degree.toLocaleString("en") + (n.ties.length ? `: ${n.ties.slice(0, 12).join(", ")}${n.ties.length > 12 ? " …" : ""}` : "")]);
      const r = p("canvas", { role: "img", "aria-label": `The life of person ${n.person}` });
      this.lifeChart = new R(r, (o) => this.go(o), () => this.drawLife()), this.el.lifeNow = p("dl", { className: "facts" }), i.push(
        p("dl", { className: "facts" }, s.map(([o, h]) => [p("dt", {}, o), p("dd", {}, h)])),
        n.names.length ? r : "",
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
    const n = getComputedStyle(this.root), a = Math.max(0, e.names.indexOf(this.meta.views[this.s.view]?.of[0] ?? ""));
    t.steps = this.s.steps, t.at = this.s.step, t.series = e.names.length ? [{ name: e.names[a], colour: n.getPropertyValue("--account-1"), values: e.world[a], upto: this.s.steps, band: null }] : [], e.twin && t.series.push({ name: "twin", colour: n.getPropertyValue("--account-2"), values: e.twin[a], upto: this.s.steps, band: null, dash: [6, 3] }), t.draw();
    const l = (i, s) => this.meta.states.find((r) => r.name === i)?.kind === "bool" ? s ? "yes" : "no" : $(s);
    this.el.lifeNow.replaceChildren(...e.names.flatMap((i, s) => [p("dt", {}, `${A(i)} at step ${this.s.step}`), p("dd", {}, l(i, e.world[s][this.s.step]) + (e.twin ? `, twin ${l(i, e.twin[s][this.s.step])}` : ""))]));
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
    const e = this.meta.theory, t = (n, a) => a.length ? p("section", {}, p("h2", {}, n), p("ul", { className: "plain" }, a.map((l) => p("li", {}, l)))) : null;
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
    const t = e.target, n = this.s;
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || /^(INPUT|SELECT|TEXTAREA)$/.test(t.tagName) || e.key === " " && /^(BUTTON|SUMMARY|A)$/.test(t.tagName)) return;
    const a = {
      " ": () => this.play(!this.playing),
      ArrowLeft: () => {
        this.play(!1), this.go(n.step - 1);
      },
      ArrowRight: () => {
        this.play(!1), this.go(n.step + 1);
      },
      Home: () => {
        this.play(!1), this.go(0);
      },
      End: () => {
        this.play(!1), this.go(n.steps);
      },
      t: () => {
        this.root.querySelector(".twin button")?.click(), this.root.querySelector(".twin button")?.focus();
      },
      d: () => {
        const l = ["both", "difference", "world", "twin"];
        n.twin && (n.mode = l[(l.indexOf(n.mode) + 1) % 4], this.build(), this.paint(!0), this.save());
      },
      c: () => {
        this.meta.views.length > 1 && (n.view = (n.view + 1) % this.meta.views.length, this.frames = null, this.build(), this.run());
      },
      r: () => {
        const l = V(this.meta);
        Object.assign(n, l), this.build(), this.run(!0);
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
const j = (c) => (c > 0 ? "+" : "") + $(c), ue = `const D = { u8: Uint8Array, i8: Int8Array, i16: Int16Array, i32: Int32Array, u32: Uint32Array, f64: Float64Array, i64: BigInt64Array, u64: BigUint64Array }, K = 262144, T = 1 << 20;
class $ {
  constructor(e, t, n) {
    this.args = t;
    const i = n + 63 & -64;
    this.top = i + K + 64, this.memory = new WebAssembly.Memory({ initial: Math.ceil((this.top + T) / 65536) + 1 }), this.held = this.memory.buffer, this.heap = this.take(T), this.heapEnd = this.heap + T;
    const f = {
      __linear_memory: this.memory,
      __stack_pointer: new WebAssembly.Global({ value: "i32", mutable: !0 }, i + K),
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
      exp2: (s) => 2 ** s,
      fmod: (s, o) => s % o,
      erf: (s) => 1 - L(s),
      erfc: L,
      rint: (s) => {
        const o = Math.round(s);
        return Math.abs(o - s) === 0.5 && o % 2 ? o - 1 : o;
      },
      memset: (s, o, r) => (this.bytes().fill(o, s, s + r), s),
      memcpy: (s, o, r) => (this.bytes().copyWithin(s, o, o + r), s),
      memmove: (s, o, r) => (this.bytes().copyWithin(s, o, o + r), s),
      NRT_MemInfo_alloc_aligned: (s) => this.info(Number(s)),
      NRT_MemInfo_alloc_safe_aligned: (s) => this.info(Number(s)),
      NRT_MemInfo_alloc: (s) => this.info(Number(s)),
      NRT_MemInfo_new_varsize_dtor: (s) => this.info(Number(s)),
      NRT_MemInfo_new_varsize: (s) => this.info(Number(s)),
      NRT_MemInfo_varsize_alloc: (s, o) => this.fresh(s, Number(o)),
      NRT_MemInfo_varsize_realloc: (s, o) => this.fresh(s, Number(o), !0),
      NRT_MemInfo_varsize_free: () => {
      },
      NRT_Allocate: (s) => this.allocate(Number(s)),
      NRT_MemInfo_call_dtor: () => {
      },
      NRT_Free: () => {
      },
      NRT_incref: () => {
      },
      NRT_decref: () => {
      }
    }, a = {};
    for (const { name: s } of WebAssembly.Module.imports(e)) {
      if (!(s in f)) throw new Error(\`the page has no \${s}\`);
      a[s] = f[s];
    }
    this.exports = new WebAssembly.Instance(e, { env: a }).exports;
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
      const i = Math.max(t, 2 * (this.heapEnd - this.heap));
      this.heap = this.heapAt = this.take(i), this.heapEnd = this.heap + i;
    }
    const n = this.heapAt;
    return this.heapAt += t, n;
  }
  info(e) {
    const t = this.allocate(e + 64), n = new DataView(this.memory.buffer);
    return n.setBigInt64(t, 1n, !0), n.setInt32(t + 8, 0, !0), n.setInt32(t + 12, 0, !0), n.setInt32(t + 16, t + 64, !0), n.setBigInt64(t + 24, BigInt(e), !0), t;
  }
  fresh(e, t, n = !1) {
    const i = this.allocate(t), f = new DataView(this.memory.buffer), a = f.getInt32(e + 16, !0), s = Number(f.getBigInt64(e + 24, !0));
    return n && this.bytes().copyWithin(i, a, a + Math.min(s, t)), f.setInt32(e + 16, i, !0), f.setBigInt64(e + 24, BigInt(t), !0), i;
  }
  /** Make an array in memory; \`item\` is the size of one element where it is a record. */
  array(e, t, n, i) {
    const f = n.reduce((o, r) => o * r, 1), a = D[t].BYTES_PER_ELEMENT, s = this.take(Math.max(f * (i ?? a), 8));
    return this.regions[e] = { kind: t, at: s, length: f * (i ?? a) / a, shape: n, item: i ?? a }, this.held = null, this.view(e);
  }
  /** An array as it is now; views are made anew where the memory has grown. */
  view(e) {
    this.held !== this.memory.buffer && (this.views = {}, this.held = this.memory.buffer);
    const t = this.regions[e];
    return this.views[e] ??= new D[t.kind](this.memory.buffer, t.at, t.length);
  }
  /** A function with its arrays in place; what is left to pass is its numbers, by name. */
  bind(e) {
    const t = this.exports[e], n = [0, 0], i = [], f = this.take(64);
    n[0] = f, n[1] = f + 32;
    for (const a of this.args[e])
      if (a.kind === "array") {
        const s = this.regions[a.name];
        if (!s) throw new Error(\`\${e} takes \${a.name}, which the page does not know\`);
        const o = [];
        let r = s.item;
        for (let l = s.shape.length - 1; l >= 0; l--)
          o[l] = r, r *= s.shape[l];
        n.push(0, 0, BigInt(s.shape.reduce((l, u) => l * u, 1)), BigInt(s.item), s.at, ...s.shape.map(BigInt), ...o.map(BigInt));
      } else a.kind === "record" ? n.push(this.regions[a.name].at) : (i.push([a.name, n.length, a.kind === "i64"]), n.push(a.kind === "i64" ? 0n : 0));
    return (a = {}) => {
      for (const [o, r, l] of i) o in a && (n[r] = l ? BigInt(a[o]) : Number(a[o]));
      this.heapAt = this.heap;
      const s = t(...n);
      if (s !== 0) throw new Error(\`\${e} stopped with an error of the theory (code \${s})\`);
    };
  }
}
function L(c) {
  const e = Math.abs(c);
  let t;
  if (e < 2.5) {
    let n = e, i = e;
    for (let f = 1; Math.abs(n) > 1e-17 * i && f < 200; f++)
      n *= -e * e / f, i += n / (2 * f + 1);
    t = 1 - 2 / Math.sqrt(Math.PI) * i;
  } else {
    let n = 0;
    for (let i = 60; i > 0; i--) n = i / 2 / (e + n);
    t = Math.exp(-e * e) / Math.sqrt(Math.PI) / (e + n);
  }
  return c < 0 ? 2 - t : t;
}
const N = (c, e) => typeof c == "string" ? e[c] : c;
function O(c, e, t, n) {
  const i = new Int32Array(t);
  for (let r = 0; r < t; r++) {
    i[r] += c[r + 1] - c[r];
    for (let l = c[r]; l < c[r + 1]; l++) i[e[l]]++;
  }
  const f = new Int32Array(t + 1);
  for (let r = 0; r < t; r++) f[r + 1] = f[r] + i[r];
  const a = new Int32Array(f[t]), s = f.slice(0, t), o = () => {
    for (let r = 0; r < t; r++) for (let l = c[r]; l < c[r + 1]; l++) a[s[r]++] = e[l];
  };
  n !== "upper" && o();
  for (let r = 0; r < t; r++) for (let l = c[r]; l < c[r + 1]; l++) a[s[e[l]]++] = r;
  if (n === "upper" && o(), n === "any") for (let r = 0; r < t; r++) a.subarray(f[r], f[r + 1]).sort();
  return [f, a];
}
function se(c, e) {
  const t = new Uint8Array(c);
  let n = 0;
  const i = () => {
    let s = 0, o = 0;
    for (; ; ) {
      const r = t[n++];
      if (s |= (r & 127) << o, r < 128) return s;
      o += 7;
    }
  }, f = new Int32Array(e + 1), a = [];
  for (let s = 0; s < e; s++) {
    const o = i();
    let r = s;
    for (let l = 0; l < o; l++)
      r += i(), a.push(r);
    f[s + 1] = a.length;
  }
  return O(f, Int32Array.from(a), e, "upper");
}
function re(c, e) {
  if (e.sizes) return e.sizes;
  const t = e.communities;
  return Array.from({ length: t }, (n, i) => Math.floor(c / t) + (i < c % t ? 1 : 0));
}
function U(c, e, t, n, i, f, a) {
  const s = t.reduce((p, y) => p + y, 0);
  let o = 0;
  t.forEach((p, y) => {
    o += n[y] * p * (p - 1) / 2 + i * p * (s - p) / 2;
  });
  const r = Math.ceil(o + 8 * Math.sqrt(o)) + 16, l = new $(c, e.engine.networks.arguments, e.engine.networks.dataEnd), u = l.array("end", "i64", [t.length]);
  let d = 0;
  t.forEach((p, y) => {
    d += p, u[y] = BigInt(d);
  }), l.array("within", "f64", [t.length]).set(n), l.array("counts", "i64", [s]), l.array("heads", "i32", [r]), l.array("out", "i64", [1]), l.bind("draw_pairs")({ seed: a, stream_within: f[0], stream_between: f[1], low: 0, high: s, between: i });
  const m = Number(l.view("out")[0]), w = l.view("counts");
  if (m > r) throw new Error("more ties were drawn than there is room for");
  const h = new Int32Array(s + 1);
  for (let p = 0; p < s; p++) h[p + 1] = h[p] + Number(w[p]);
  return O(h, l.view("heads").slice(0, m), s, "upper");
}
function ie(c, e) {
  const t = new Int32Array(c * e);
  for (let n = 0; n < c; n++) for (let i = 0; i < e; i++) {
    const f = n + i + 1;
    t[n * e + i] = f < c ? f : f - c;
  }
  return t;
}
function oe(c, e, t, n) {
  const i = new Int32Array(c * e + 1), f = [];
  for (let a = 0; a < c; a++) for (let s = 0; s < e; s++) {
    const o = [];
    for (let r = -t; r <= t; r++) for (let l = -t; l <= t; l++) {
      if (!r && !l) continue;
      let u = a + r, d = s + l;
      if (n)
        u = (u + c) % c, d = (d + e) % e;
      else if (u < 0 || u >= c || d < 0 || d >= e) continue;
      o.push(u * e + d);
    }
    o.sort((r, l) => r - l);
    for (const r of o) f.push(r);
    i[a * e + s + 1] = f.length;
  }
  return [i, Int32Array.from(f)];
}
function ae(c, e, t, n) {
  const i = c.meta, f = t.network, a = t.rows ?? 0, s = t.columns ?? 0, o = t.rows ? a * s : t.people, r = { people: o, regions: 1, region: new Int32Array(o), indptr: null, indices: null, rows: a, columns: s, grid: f === "grid", seed: n };
  if (!i.population.made)
    return c.arrays.region && (r.region = new Int32Array(c.arrays.region), r.regions = i.population.regions), c.arrays.ties ? [r.indptr, r.indices] = se(c.arrays.ties, o) : c.arrays.indptr && (r.indptr = new Int32Array(c.arrays.indptr), r.indices = new Int32Array(c.arrays.indices)), r;
  const l = i.population.streams, u = (m) => {
    [r.indptr, r.indices] = m;
  }, d = (m) => {
    let w = 0;
    m.forEach((h, p) => {
      r.region.fill(p, w, w + h), w += h;
    }), r.regions = m.length;
  };
  if (f === "erdos_renyi") u(U(e, i, [o], [t.mean_degree / Math.max(o - 1, 1)], 0, [l.pairs, l.between], n));
  else if (f === "planted_partition") {
    const m = re(o, t), w = (1 - t.mix) * t.mean_degree, h = m.reduce((y, k) => y + k * (o - k), 0), p = t.mix > 0 ? t.mix * t.mean_degree * o / h : 0;
    u(U(e, i, m, m.map((y) => w / Math.max(y - 1, 1)), p, [l.within, l.between], n)), d(m);
  } else if (f === "village") {
    const m = [];
    for (let w = 0; w < o; w += t.village_size) m.push(Math.min(t.village_size, o - w));
    u(U(e, i, m, m.map(() => 1), t.far, [l.clique, l.far], n)), d(m);
  } else if (f === "watts_strogatz" || f === "ring") {
    const m = t.neighbours / 2;
    let w = ie(o, m);
    if (f === "watts_strogatz" && t.rewiring > 0) {
      const h = new $(e, i.engine.networks.arguments, i.engine.networks.dataEnd);
      h.array("own", "i32", [o, m]).set(w), h.bind("small_world")({ seed: n, stream_moves: l.moves, stream_places: l.places, rewiring: t.rewiring }), w = h.view("own").slice();
    }
    u(O(Int32Array.from({ length: o + 1 }, (h, p) => p * m), w, o, "any"));
  } else if (f === "barabasi_albert") {
    const m = t.ties_per_newcomer, w = new $(e, i.engine.networks.arguments, i.engine.networks.dataEnd), h = w.array("start", "i64", [o + 1]);
    for (let y = 0; y < o; y++) h[y + 1] = h[y] + BigInt(Math.min(y, m));
    const p = Int32Array.from(h, Number);
    w.array("heads", "i32", [p[o]]), w.bind("grow")({ seed: n, stream: l.preference, m }), u(O(p, w.view("heads").slice(), o, "lower"));
  } else f === "moore" && u(oe(a, s, t.radius ?? 1, t.torus ?? !0));
  return r;
}
class Y {
  constructor(e, t) {
    this.program = e, this.people = t, e.array("out", "f64", [t]), this.fillOf = e.bind("fill"), this.normalsOf = e.bind("normals"), this.expsOf = e.bind("exps");
  }
  fillOf;
  normalsOf;
  expsOf;
  uniforms(e, t, n) {
    return this.fillOf({ seed: e, stream: BigInt(t), step: n }), this.program.view("out");
  }
  /** Who acts out of a share; in the array of the last draw. */
  normals() {
    return this.normalsOf(), this.program.view("out");
  }
  exps() {
    return this.expsOf(), this.program.view("out");
  }
}
function V(c, e) {
  if (!e) return;
  const t = new BigInt64Array(c.buffer, c.byteOffset, c.length);
  for (let n = 0; n < e.length; n++) e[n] && (t[n] += BigInt(e[n]));
}
function le(c, e) {
  return e.seed === BigInt(c.population.table.seed ?? "0") && e.people === c.population.people;
}
function Q(c, e, t, n, i) {
  const { meta: f, arrays: a } = c, s = n.people, o = le(f, n), r = t.args.every((h) => typeof h != "string" || i[h] === f.params.find((p) => p.name === h).value), l = (h) => o && a[h] ? new Int16Array(a[h]) : null, [u, d] = t.args.map((h) => N(h, i)), m = a[\`trait.\${t.name}\`];
  if (m && o && r) return new Float64Array(m);
  if (t.kind === "Ranked" || t.kind === "Listed" || t.kind === "measured") throw new Error(\`the trait \${t.name} comes with the people of this page\`);
  const w = e.uniforms(n.seed, t.stream, 0);
  switch (t.kind) {
    case "Fixed":
      return new Float64Array(s).fill(u);
    case "Uniform":
      return Float64Array.from(w, (h) => u + (d - u) * h);
    case "Bernoulli":
      return Float64Array.from(w, (h) => h < u ? 1 : 0);
    case "Normal":
    case "LogNormal": {
      const h = e.normals();
      V(h, l(\`units.\${t.name}\`));
      for (let y = 0; y < s; y++) h[y] = u + d * h[y];
      if (t.kind === "Normal") return h.slice();
      const p = e.exps();
      return r && V(p, l(\`exp.\${t.name}\`)), p.slice();
    }
    case "Beta": {
      const h = new Float64Array(a[\`quantiles.\${t.name}\`]), p = h.length - 1;
      return Float64Array.from(w, (y) => {
        const k = Math.acos(1 - 2 * y) / Math.PI * p, g = Math.min(Math.floor(k), p - 1), v = (1 - Math.cos(g / p * Math.PI)) / 2, b = (1 - Math.cos((g + 1) / p * Math.PI)) / 2;
        return h[g] + (y - v) / (b - v) * (h[g + 1] - h[g]);
      });
    }
  }
  throw new Error(\`the page cannot draw the trait \${t.name} from \${t.kind}\`);
}
function ce(c) {
  const e = Math.round(c);
  return Math.abs(e - c) === 0.5 && e % 2 ? e - 1 : e;
}
function X(c, e, t, n, i, f) {
  const a = c.states[t], s = e.people, o = N(a.initial.of, n);
  if (a.initial.kind === "number") {
    for (let d = 0; d < s; d++) f[d] = o;
    return;
  }
  if (a.initial.kind === "share") {
    const d = e.uniforms(i, a.stream, 0);
    for (let m = 0; m < s; m++) f[m] = d[m] < o ? 1 : 0;
    return;
  }
  const r = ce(o);
  if (r > s) throw new Error(\`\${a.name} starts true for \${r} people, and there are \${s}\`);
  for (let d = 0; d < s; d++) f[d] = 0;
  if (!r) return;
  const l = e.uniforms(i, a.stream, 0), u = Array.from({ length: s }, (d, m) => m).sort((d, m) => l[d] - l[m]);
  for (let d = 0; d < r; d++) f[u[d]] = 1;
}
const S = 256, fe = 0.5;
function Z(c) {
  const e = /* @__PURE__ */ new Set();
  for (const t of c)
    t.kind === "pulse" || t.kind === "seed" ? e.add(t.at) : (e.add(t.start), t.end && e.add(t.end));
  return e;
}
function j(c, e, t) {
  const n = {};
  for (const i of c) i.kind === "set" && (n[i.name] = t[i.name]);
  for (const i of c) i.kind === "set" && i.start <= e && (i.end === null || e < i.end) && (n[i.name] = i.value);
  return n;
}
const q = (c, e) => e >= c.start && (c.end === null || e < c.end);
class he {
  constructor(e, t, n, i, f, a) {
    this.people = n, this.params = i, this.seed = f, this.interventions = a;
    const s = this.meta = e.meta, o = s.engine.layout, r = this.n = n.people;
    this.turns = s.engine.kind === "turns", this.mixed = n.indptr === null, this.times = Z(a);
    const l = this.program = new $(t, s.engine.arguments, s.engine.dataEnd);
    this.start = new Y(l, r);
    const u = this.blocks = Math.ceil(r / S), d = n.regions, m = !this.turns;
    l.array("key0", "u64", [1])[0] = f & 0xffffffffn, l.array("key1", "u64", [1])[0] = f >> 32n, l.array("bools", "u8", [o.bools.length, r, 1]), l.array("floats", "f64", [o.floats.length, r, 1]), l.array("traits", "f64", [o.traits.length, r]), l.array("region", "i32", [r]).set(n.region);
    const w = l.array("degree", "i32", [r]), h = o.seenBools.length + o.seenFloats.length > 0;
    if (l.array("counts", "i32", [o.seenBools.length, m && !this.mixed && h ? r : 0, 1]), l.array("means", "f64", [o.seenFloats.length, m ? r : 0, 1]), l.array("deltas", "i8", [o.seenBools.length, m ? r : 0, 1]), l.array("table", "f64", [Object.keys(o.table).length, 1]), l.array("here", "f64", [o.regionals.length, d, 1]), l.array("flags", "u8", [r]), l.array("dirty", "u8", [r]).fill(1), l.array("parts", "f64", [u, o.sums.length, 1]), l.array("changes", "i64", [u, o.bools.length, 1]), l.array("totals", "i64", [o.bools.length, 1]), this.turns) {
      const g = l.array("indptr", "i64", [this.mixed ? 1 : r + 1]), v = l.array("indices", "i32", [this.mixed ? 0 : n.indices.length]);
      this.mixed || (n.indptr.forEach((b, M) => {
        g[M] = BigInt(b);
      }), v.set(n.indices)), l.array("running", "f64", [o.seenFloats.length, 1]), l.array("queue", "i32", [1, r]), l.array("handed", "f64", [o.tallies.length, r, 1]);
    }
    if (this.mixed) w.fill(Math.max(r - 1, 0));
    else for (let g = 0; g < r; g++) l.view("degree")[g] = n.indptr[g + 1] - n.indptr[g];
    for (const g of ["person", "society", "region"]) g in s.engine.arguments && (this.call[g] = l.bind(g));
    o.traits.forEach((g, v) => {
      const b = Q(e, this.start, s.traits.find((M) => M.name === g), n, i);
      l.view("traits").set(b, v * r);
    });
    const p = l.view("table"), y = l.view("here");
    for (const [g, v] of Object.entries(i)) p[o.table[\`p.\${g}\`]] = v;
    for (const g of s.societies) p[o.table[\`society.\${g.name}\`]] = N(g.initial, i);
    for (const g of s.tallies) p[o.table[\`people.\${g.name}\`]] = N(g.initial, i);
    for (const g of s.regionals) y.fill(N(g.initial, i), o.regionals.indexOf(g.name) * d, (o.regionals.indexOf(g.name) + 1) * d);
    s.states.forEach((g, v) => {
      const b = g.kind === "bool", M = (b ? o.bools : o.floats).indexOf(g.name), I = new Float64Array(r);
      X(s, this.start, v, i, f, I), l.view(b ? "bools" : "floats").set(I, M * r);
    }), this.recount(), o.bools.forEach((g, v) => {
      p[o.table[\`people.\${g}\`]] = Number(l.view("totals")[v]) / r;
    });
    const k = o.sums.map((g) => o.floats.includes(g) ? this.summed("floats", o.floats.indexOf(g)) : 0);
    o.sums.forEach((g, v) => {
      o.floats.includes(g) && (p[o.table[\`people.\${g}\`]] = k[v] / r);
    }), this.sizes = new Float64Array(d);
    for (const g of n.region) this.sizes[g]++;
    for (let g = 0; g < d; g++) this.sizes[g] = Math.max(this.sizes[g], 1);
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
    const { n: e } = this, t = this.program.view("bools"), n = this.program.view("totals");
    for (let i = 0; i < n.length; i++) {
      let f = 0;
      for (let a = i * e; a < (i + 1) * e; a++) f += t[a];
      n[i] = BigInt(f);
    }
  }
  /** A sum within blocks in order, then over blocks in order. */
  summed(e, t) {
    const n = this.program.view(e), { n: i } = this;
    let f = 0;
    for (let a = 0; a < i; a += S) {
      let s = 0;
      for (let o = a; o < Math.min(a + S, i); o++) s += n[t * i + o];
      f += s;
    }
    return f;
  }
  apply(e) {
    let t = !1;
    const n = this.program, i = n.view("table"), f = this.meta.engine.layout, { n: a } = this;
    for (const [s, o] of Object.entries(j(this.interventions, e, this.params))) {
      const r = f.table[\`p.\${s}\`];
      i[r] !== o && (i[r] = o, t = !0);
    }
    for (const s of this.interventions)
      if (s.kind === "pulse" && s.at === e && (i[f.table[\`society.\${s.name}\`]] += s.amount, t = !0), s.kind === "seed" && s.at === e) {
        const o = f.bools.indexOf(s.name), r = this.meta.states.find((m) => m.name === s.name), l = this.start.uniforms(this.seed, r.seeded, e), u = n.view("bools");
        for (let m = 0; m < a; m++) l[m] < s.share && (u[o * a + m] = 1);
        let d = 0;
        for (let m = 0; m < a; m++) d += u[o * a + m];
        n.view("totals")[o] = BigInt(d), n.view("table")[f.table[\`people.\${s.name}\`]] = d / a, this.fresh = t = !0;
      }
    return t;
  }
  see() {
    const e = this.program, t = this.meta.engine.layout, { n } = this, i = e.view("bools"), f = e.view("floats"), a = e.view("means");
    if (this.mixed) {
      t.seenFloats.forEach((m, w) => {
        const h = t.floats.indexOf(m), p = this.summed("floats", h);
        for (let y = 0; y < n; y++) a[w * n + y] = n > 1 ? (p - f[h * n + y]) / (n - 1) : 0;
      });
      return;
    }
    const s = this.people.indptr, o = this.people.indices;
    if (t.seenFloats.forEach((m, w) => {
      const h = t.floats.indexOf(m) * n;
      for (let p = 0; p < n; p++) {
        let y = 0;
        for (let k = s[p], g = s[p + 1]; k < g; k++) y += f[h + o[k]];
        a[w * n + p] = y / Math.max(s[p + 1] - s[p], 1);
      }
    }), !t.seenBools.length) return;
    const r = e.view("counts"), l = e.view("dirty"), u = e.view("flags"), d = e.view("deltas");
    if (this.fresh || this.flipped > fe * n)
      t.seenBools.forEach((m, w) => {
        const h = t.bools.indexOf(m) * n;
        for (let p = 0; p < n; p++) {
          let y = 0;
          for (let k = s[p], g = s[p + 1]; k < g; k++) y += i[h + o[k]];
          r[w * n + p] = y;
        }
      }), l.fill(1), this.fresh = !1;
    else if (this.flipped) {
      for (let m = 0; m < n; m++) if (u[m]) {
        l[m] = 1;
        for (let w = s[m], h = s[m + 1]; w < h; w++) {
          const p = o[w];
          l[p] = 1;
          for (let y = 0; y < t.seenBools.length; y++) r[y * n + p] += d[y * n + m];
        }
      }
    }
  }
  macro(e) {
    const t = this.program, n = this.meta.engine.layout, i = t.view("table"), f = this.people.regions;
    i[n.table["society.step"]] = e, this.call.society?.({ step: e, regions: f });
    for (const r of this.interventions) if (r.kind === "cap" && q(r, e)) {
      const l = n.table[\`society.\${r.name}\`];
      i[l] = Math.min(i[l], r.most);
    }
    if (!this.call.region) return;
    const a = t.view("here"), s = this.people.region, { n: o } = this;
    for (const r of n.regionalPeople) {
      const l = n.bools.includes(r), u = t.view(l ? "bools" : "floats"), d = (l ? n.bools : n.floats).indexOf(r) * o, m = new Float64Array(f), w = n.regionals.indexOf(\`people.\${r}\`) * f;
      for (let h = 0; h < o; h++) m[s[h]] += u[d + h];
      for (let h = 0; h < f; h++) a[w + h] = m[h] / this.sizes[h];
    }
    this.call.region({ step: e, regions: f });
  }
  advance() {
    const e = ++this.step, t = this.program, n = this.meta, i = n.engine.layout, { n: f } = this;
    for (const g of n.shocks) t.view("table")[i.table[\`society.\${g.name}\`]] = 0;
    const a = this.times.has(e) ? this.apply(e) : !1;
    if (this.turns) return this.turn(e);
    this.see(), this.macro(e);
    const s = t.view("dirty"), o = t.view("flags"), r = !this.mixed && i.seenBools.length > 0;
    if (!i.luckless || a || !r && this.flipped) s.fill(1);
    else if (e > 1 && !s.includes(1)) {
      o.fill(0), this.flipped = 0;
      return;
    }
    o.fill(0), t.view("parts").fill(0), t.view("changes").fill(0n), this.call.person({ first: 0, last: this.blocks, people: f, worlds: 1, step: e, mixed: this.mixed ? 1 : 0 });
    const l = t.view("flags");
    let u = 0;
    for (let g = 0; g < f; g++) u += l[g];
    this.flipped = u;
    const d = t.view("table"), m = t.view("totals"), w = t.view("changes"), h = t.view("parts"), p = this.blocks, y = i.bools.length, k = i.sums.length;
    i.bools.forEach((g, v) => {
      for (let b = 0; b < p; b++) m[v] += w[b * y + v];
      d[i.table[\`people.\${g}\`]] = Number(m[v]) / f;
    }), i.sums.forEach((g, v) => {
      let b = 0;
      for (let M = 0; M < p; M++) b += h[M * k + v];
      d[i.table[\`people.\${g}\`]] = b / f;
    });
  }
  turn(e) {
    const t = this.program, n = this.meta.engine.layout, { n: i } = this;
    this.macro(e);
    const f = t.view("running");
    n.seenFloats.forEach((o, r) => {
      f[r] = this.summed("floats", n.floats.indexOf(o));
    }), this.call.person({ first: 0, last: 1, people: i, step: e, mixed: this.mixed ? 1 : 0 });
    const a = t.view("table"), s = t.view("totals");
    n.bools.forEach((o, r) => {
      a[n.table[\`people.\${o}\`]] = Number(s[r]) / i;
    });
    for (const o of n.sums) {
      const r = n.floats.includes(o) ? this.summed("floats", n.floats.indexOf(o)) : this.summed("handed", n.tallies.indexOf(o));
      a[n.table[\`people.\${o}\`]] = r / i;
    }
  }
  observe(e, t) {
    const n = this.program.view("table"), i = this.meta.engine.layout.table;
    this.meta.observables.forEach((f, a) => {
      e[t + a] = n[i[f.of]];
    });
  }
  column(e) {
    const t = this.meta.engine.layout, { n } = this;
    for (const [i, f] of [["bools", t.bools], ["floats", t.floats], ["traits", t.traits]]) {
      const a = f.indexOf(e);
      if (a >= 0) return this.program.view(i).subarray(a * n, (a + 1) * n);
    }
    return null;
  }
}
const C = { bool: "u8", uint8: "u8", int8: "i8", int16: "i16", int32: "i32", uint32: "u32", int64: "i64", uint64: "u64", float64: "f64" }, me = 64;
class ue {
  constructor(e, t, n, i, f, a, s) {
    this.people = n, this.params = i, this.seed = f, this.interventions = a;
    const o = this.meta = e.meta, r = n.people, l = this.program = new $(t, o.engine.arguments, o.engine.dataEnd);
    this.start = new Y(l, r);
    for (const h of o.engine.fields) {
      const p = !(h.dtype in C), y = p ? Number(h.dtype) : void 0, k = l.array(\`people.\${h.name}\`, p ? "u8" : C[h.dtype], h.from === "data" ? h.shape : [r], y);
      h.from === "region" ? k.set(n.region) : h.from === "data" && new Uint8Array(l.memory.buffer, l.regions[\`people.\${h.name}\`].at).set(new Uint8Array(e.arrays[\`array.\${h.name}\`]));
    }
    for (const h of o.traits) l.view(\`people.\${h.name}\`).set(Q(e, this.start, h, n, i));
    o.states.forEach((h, p) => {
      const y = new Float64Array(r);
      X(o, this.start, p, i, f, y), l.view(\`people.\${h.name}\`).set(y);
    }), this.fields = [...o.societies.map((h) => h.name), ...o.shocks.map((h) => h.name), "step"];
    const u = l.array("society", "f64", [this.fields.length]);
    for (const h of o.societies) u[this.fields.indexOf(h.name)] = N(h.initial, i);
    l.array("p", "f64", [Math.max(o.params.length, 1)]).set(o.params.map((h) => i[h.name]));
    const d = l.array("ties.indptr", "i64", [r + 1]);
    n.indptr && n.indptr.forEach((h, p) => {
      d[p] = BigInt(h);
    }), l.array("ties.indices", "i32", [n.indices?.length ?? 0]), n.indices && l.view("ties.indices").set(n.indices);
    const m = o.observables.length;
    l.array("values", "f64", [s + 2, m]), l.array("totals", "f64", [0, r]), this.call.run = l.bind("run"), l.regions.values = { ...l.regions.values, shape: [m], length: m }, this.call.start = l.bind("start"), this.call.observe = l.bind("observe"), l.regions.values = { ...l.regions.values, shape: [s + 2, m], length: (s + 2) * m };
    const w = { "grid.rows": n.grid ? n.rows : 0, "grid.columns": n.grid ? n.columns : 0, seed: f };
    this.call.start(w), this.call.run({ ...w, first: 1, last: 1 }), this.capped = a.some((h) => h.kind === "cap"), this.changes = Z(a);
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
    const n = this.program.view("society"), i = this.fields.indexOf(e);
    return t !== void 0 && (n[i] = t), n[i];
  }
  cap(e) {
    for (const t of this.interventions) t.kind === "cap" && q(t, e) && this.society(t.name, Math.min(this.society(t.name), t.most));
  }
  intervene(e) {
    const t = this.program, n = this.meta;
    for (const a of n.shocks) this.society(a.name, 0);
    const i = j(this.interventions, e, this.params), f = t.view("p");
    n.params.forEach((a, s) => {
      a.name in i && (f[s] = i[a.name]);
    });
    for (const a of this.interventions)
      if (a.kind === "pulse" && a.at === e && this.society(a.name, this.society(a.name) + a.amount), a.kind === "seed" && a.at === e) {
        const s = n.states.find((l) => l.name === a.name), o = this.start.uniforms(this.seed, s.seeded, e), r = t.view(\`people.\${a.name}\`);
        for (let l = 0; l < o.length; l++) o[l] < a.share && (r[l] = 1);
      }
    this.cap(e);
  }
  advance() {
    const e = ++this.step;
    if ((e === 1 || this.changes.has(e) || this.changes.has(e - 1) || (this.capped || (e - 1) % me === 0)) && this.intervene(e), this.call.run({ first: e, last: e + 1 }), !this.capped) return;
    this.cap(e);
    const t = this.program.view("values"), n = this.meta.observables.length, i = t.slice(0, n);
    this.call.observe(), t.copyWithin(e * n, 0, n), t.set(i, 0);
  }
  observe(e, t) {
    const n = this.meta.observables.length, i = this.program.view("values");
    for (let f = 0; f < n; f++) e[t + f] = i[this.step * n + f];
  }
  column(e) {
    return \`people.\${e}\` in this.program.regions ? this.program.view(\`people.\${e}\`) : null;
  }
}
class pe {
  constructor(e, t, n, i, f, a) {
    this.people = n, this.params = i, this.interventions = f;
    const s = this.meta = e.meta, o = s.societies, r = this.program = new $(t, s.engine.arguments, s.engine.dataEnd);
    r.array("y", "f64", [o.length]).set(o.map((l) => N(l.initial, i))), r.array("shock", "f64", [s.shocks.length]), r.array("p", "f64", [s.params.length]).set(s.params.map((l) => i[l.name])), r.array("values", "f64", [a + 2, o.length]), this.run = r.bind("run"), this.pulses = new Float64Array(s.shocks.length);
  }
  step = 0;
  program;
  run;
  pulses;
  meta;
  advance() {
    const e = ++this.step, t = this.meta, n = this.program;
    for (const [f, a] of Object.entries(j(this.interventions, e, this.params))) n.view("p")[t.params.findIndex((s) => s.name === f)] = a;
    const i = n.view("shock");
    i.fill(0), this.pulses.fill(0);
    for (const f of this.interventions) if (f.kind === "pulse" && f.at === e) {
      const a = t.shocks.findIndex((s) => s.name === f.name);
      i[a] += f.amount, this.pulses[a] += f.amount;
    }
    this.run({ first: e, last: e + 1, substeps: t.engine.substeps });
    for (const f of this.interventions) if (f.kind === "cap" && q(f, e)) {
      const a = t.societies.findIndex((o) => o.name === f.name), s = n.view("y");
      s[a] = Math.min(s[a], f.most);
    }
  }
  observe(e, t) {
    const n = this.program.view("y"), i = this.meta;
    i.observables.forEach((f, a) => {
      const s = f.of.replace("society.", ""), o = i.societies.findIndex((r) => r.name === s);
      e[t + a] = o >= 0 ? n[o] : this.pulses[i.shocks.findIndex((r) => r.name === s)];
    });
  }
  column() {
    return null;
  }
}
function de(c, e, t, n, i, f, a) {
  switch (c.meta.engine.kind) {
    case "process":
      return new ue(c, e, t, n, i, f, a);
    case "flow":
      return new pe(c, e, t, n, f, a);
    default:
      return new he(c, e, t, n, i, f);
  }
}
async function we(c) {
  const e = Uint8Array.from(atob(c), (n) => n.charCodeAt(0)), t = new Blob([e]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return await new Response(t).arrayBuffer();
}
async function ge(c) {
  const e = {};
  return await Promise.all(Object.entries(c.arrays).map(async ([t, n]) => {
    e[t] = await we(n);
  })), { meta: c.meta, arrays: e };
}
const G = [1779033703, 3144134277, 1013904242, 2773480762, 1359893119, 2600822924, 528734635, 1541459225], ye = [
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
].map((c) => [...c].map((e) => parseInt(e, 16))), B = (c, e) => (c >>> e | c << 32 - e) >>> 0;
function be(c, e) {
  const t = G.slice();
  t[0] = (t[0] ^ 16842752 ^ e) >>> 0;
  const n = Math.max(1, Math.ceil(c.length / 64));
  for (let i = 0; i < n; i++) {
    const f = new Uint8Array(64);
    f.set(c.subarray(i * 64, i * 64 + 64));
    const a = new Uint32Array(f.buffer), s = i === n - 1, o = s ? c.length : (i + 1) * 64, r = [...t, ...G];
    r[12] = (r[12] ^ o) >>> 0, s && (r[14] = ~r[14] >>> 0);
    const l = (u, d, m, w, h, p) => {
      r[u] = r[u] + r[d] + h >>> 0, r[w] = B(r[w] ^ r[u], 16), r[m] = r[m] + r[w] >>> 0, r[d] = B(r[d] ^ r[m], 12), r[u] = r[u] + r[d] + p >>> 0, r[w] = B(r[w] ^ r[u], 8), r[m] = r[m] + r[w] >>> 0, r[d] = B(r[d] ^ r[m], 7);
    };
    for (const u of ye)
      l(0, 4, 8, 12, a[u[0]], a[u[1]]), l(1, 5, 9, 13, a[u[2]], a[u[3]]), l(2, 6, 10, 14, a[u[4]], a[u[5]]), l(3, 7, 11, 15, a[u[6]], a[u[7]]), l(0, 5, 10, 15, a[u[8]], a[u[9]]), l(1, 6, 11, 12, a[u[10]], a[u[11]]), l(2, 7, 8, 13, a[u[12]], a[u[13]]), l(3, 4, 9, 14, a[u[14]], a[u[15]]);
    for (let u = 0; u < 8; u++) t[u] = (t[u] ^ r[u] ^ r[u + 8]) >>> 0;
  }
  return new Uint8Array(new Uint32Array(t).buffer).slice(0, e);
}
function J(c, ...e) {
  const t = [String(c), ...e.map((n) => \`\${typeof n == "number" ? "int" : "str"}:\${n}\`)].join("");
  return new DataView(be(new TextEncoder().encode(t), 8).buffer).getBigUint64(0, !0);
}
class ve {
  constructor(e) {
    this.bundle = e, this.module = new WebAssembly.Module(e.arrays.wasm), this.networks = e.arrays.networks ? new WebAssembly.Module(e.arrays.networks) : null;
  }
  module;
  networks;
  kept = null;
  people(e, t) {
    const n = JSON.stringify([e, String(t)]);
    return this.kept?.[0] !== n && (this.kept = [n, ae(this.bundle, this.networks, e, t)]), this.kept[1];
  }
  world(e) {
    return de(this.bundle, this.module, this.people(e.table, e.peopleSeed), e.params, e.seed, e.interventions, e.steps);
  }
}
function ke(c, e) {
  const t = c.length - 1, n = Int32Array.from({ length: t }, (a, s) => s), i = new Int32Array(t), f = new Int32Array(t).fill(-1);
  for (let a = 0, s = 0; a < 8; a++) {
    let o = 0;
    for (let r = 0; r < t; r++, s++) {
      const l = r * 7919 % t;
      let u = n[l], d = 0;
      for (let m = c[l]; m < c[l + 1]; m++) {
        const w = n[e[m]];
        f[w] !== s && (f[w] = s, i[w] = 0), (++i[w] > d || i[w] === d && w < u) && (d = i[w], u = w);
      }
      d && u !== n[l] && (n[l] = u, o++);
    }
    if (o < t / 100) break;
  }
  return n;
}
class Me {
  constructor(e, t) {
    this.bundle = e, this.base = t;
  }
  async run(e, t, n, i, f, a) {
    const s = this.bundle.meta, o = s.observables.length;
    if (s.engine.kind === "recorded") return this.play(e, t, i, f, a);
    const r = Object.fromEntries(s.params.filter((v) => t.params[v.name] !== v.value).map((v) => [v.name, t.params[v.name]])), l = performance.now(), u = await fetch(\`\${this.base}run\`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ params: r, table: t.table, seed: t.seed, steps: t.steps, view: t.view, interventions: t.twin ? t.interventions : null })
    });
    if (!u.ok) throw new Error(await u.text());
    const d = u.body.getReader();
    let m = new Uint8Array(0), w = 0;
    const h = async (v) => {
      for (; m.length - w < v; ) {
        const { done: b, value: M } = await d.read();
        if (b) throw new Error(new TextDecoder().decode(m.subarray(w)) || "the stream ended early");
        const I = new Uint8Array(m.length - w + M.length);
        I.set(m.subarray(w)), I.set(M, m.length - w), m = I, w = 0;
      }
      return w += v, m.slice(w - v, w);
    }, p = new DataView((await h(4)).buffer).getUint32(0, !0), y = t.twin ? 2 : 1, k = Array.from({ length: y }, () => new a(p, t.steps, !1)), g = { id: e, settings: t, a: k[0], b: k[1] ?? null, done: -1, waiting: null };
    f(g), i({ type: "people", id: e, people: { people: p, region: new Int32Array(p), indptr: null, indices: null, sortKey: null, labels: null } });
    for (let v = 0; v <= t.steps; v++) {
      const b = [];
      for (let M = 0; M < y; M++) {
        if ((await h(1))[0] !== 1) throw new Error(new TextDecoder().decode(await h(new DataView((await h(4)).buffer).getUint32(0, !0))));
        b.push(new Float64Array((await h(8 * o)).buffer)), k[M].add(await h(p));
      }
      if (!n()) {
        await d.cancel();
        return;
      }
      g.done = v, i({ type: "progress", id: e, from: v, to: v, world: b[0], twin: b[1] ?? null });
    }
    i({ type: "done", id: e, milliseconds: performance.now() - l });
  }
  /** Recorded histories: of the settings that were recorded, the nearest. */
  play(e, t, n, i, f) {
    const a = this.bundle.meta, s = a.engine.recorded, o = t.params[s.param] ?? s.values[0];
    let r = 0;
    s.values.forEach((p, y) => {
      Math.abs(p - o) < Math.abs(s.values[r] - o) && (r = y);
    });
    const l = new Uint8Array(this.bundle.arrays[\`frames.\${r}\`]), u = new Float64Array(this.bundle.arrays[\`values.\${r}\`]), d = s.people, m = new f(d, s.steps, !1), w = a.observables.length, h = new Uint8Array(d);
    for (let p = 0; p <= s.steps; p++) {
      for (let y = 0; y < d; y++) h[y] ^= l[p * d + y];
      m.add(h.slice());
    }
    i({ id: e, settings: t, a: m, b: null, done: s.steps, waiting: null }), n({ type: "people", id: e, people: { people: d, region: new Int32Array(d), indptr: null, indices: null, sortKey: null, labels: null } }), n({ type: "progress", id: e, from: 0, to: s.steps, world: u.slice(0, (s.steps + 1) * w), twin: null }), n({ type: "done", id: e, milliseconds: 0 });
  }
}
const Ae = 256 << 20, ee = 12;
let x, F = null, te = "", E = 0;
const A = (c, e = []) => self.postMessage(c, e), W = () => new Promise((c) => {
  const e = new MessageChannel();
  e.port1.onmessage = () => c(), e.port2.postMessage(0);
});
function xe(c, e, t, n) {
  const i = c.meta.views[t], f = n.length;
  if (!i) return;
  if (i.kind === "boards") {
    const { rows: s, columns: o } = e.people, r = i.reach;
    n.fill(0), i.of.forEach((l, u) => {
      const d = e.column(l), m = e.program.regions[\`people.\${l}\`].shape;
      for (let w = 0; w < s; w++) for (let h = 0; h < o; h++) {
        const p = h + r;
        d[((p >> 4) + 1) * m[1] + w + r] >>> (p & 15) & 1 && (n[w * o + h] = u + 1);
      }
    });
    return;
  }
  const a = e.column(i.of[0]);
  if (a) {
    if (i.kind === "kinds") {
      const s = a.length / f;
      for (let o = 0; o < f; o++) {
        let r = 2166136261;
        for (let l = 0; l < s; l++) r = Math.imul(r ^ Number(a[o * s + l]) + 17, 16777619) >>> 0;
        n[o] = 1 + ((r ^ r >>> 13) >>> 0) % 12;
      }
      return;
    }
    for (let s = 0; s < f; s++) n[s] = Number(a[s]);
  }
}
class R {
  constructor(e, t, n) {
    this.people = e, this.floats = n, this.stride = Math.max(1, Math.ceil(e * (t + 1) * (n ? 4 : 1) / Ae));
  }
  frames = [];
  stride;
  low = 1 / 0;
  high = -1 / 0;
  keep(e, t, n) {
    if (t % this.stride) return;
    const i = this.floats ? new Float32Array(this.people) : new Uint8Array(this.people);
    xe(x, e, n, i), this.add(i);
  }
  add(e) {
    if (this.floats) for (const t of e)
      t < this.low && (this.low = t), t > this.high && (this.high = t);
    this.frames.push(e);
  }
  frame(e) {
    return this.frames[Math.min(Math.floor(e / this.stride), this.frames.length - 1)];
  }
}
let _ = null;
function Ie(c, e) {
  const t = BigInt(c.seed);
  return { peopleSeed: J(t, "people", e), seed: J(t, "world", e) };
}
function z(c, e, t) {
  const n = Ie(c, e);
  return x.meta.population.made || (n.peopleSeed = BigInt(x.meta.population.table.seed)), F.world({ table: c.table, params: c.params, ...n, steps: c.steps, interventions: t ? c.interventions : [] });
}
function H(c, e, t) {
  if (c instanceof Uint8Array) return c.slice();
  const n = new Uint8Array(c.length), i = t > e ? 255 / (t - e) : 0;
  for (let f = 0; f < c.length; f++) n[f] = Math.max(0, Math.min(255, (c[f] - e) * i));
  return n;
}
function ne(c, e) {
  const t = !(c.a.frame(0) instanceof Uint8Array), n = t ? Math.min(c.a.low, c.b?.low ?? 1 / 0) : 0, i = t ? Math.max(c.a.high, c.b?.high ?? -1 / 0) : 1, f = H(c.a.frame(e), n, i), a = c.b ? H(c.b.frame(e), n, i) : null;
  A({ type: "frame", id: c.id, shown: { step: e, world: f, twin: a, low: n, high: i } }, a ? [f.buffer, a.buffer] : [f.buffer]);
}
function _e(c, e) {
  const t = x.meta.traits[0], n = t ? e.column(t.name) : null;
  return {
    people: c.people,
    region: c.region.slice(),
    indptr: c.indptr?.slice() ?? null,
    indices: c.indices?.slice() ?? null,
    sortKey: n ? Float64Array.from(n) : null,
    labels: c.regions > 1 ? c.region.slice() : c.indptr && c.people <= 5e4 ? ke(c.indptr, c.indices) : null
  };
}
let P = "";
async function Ee(c, e) {
  const t = x.meta, n = t.observables.length, i = performance.now();
  if (!F) return new Me(x, te).run(c, e, () => E === c, A, (b) => {
    _ = b;
  }, R);
  const f = z(e, 0, !1), a = e.twin ? z(e, 0, !0) : null, s = f.people.people, o = JSON.stringify([e.table, e.seed]);
  if (o !== P) {
    P = o;
    const b = _e(f.people, f);
    A({ type: "people", id: c, people: b });
  }
  const r = t.views[e.view]?.kind === "float", l = _ = { id: c, settings: e, a: new R(s, e.steps, r), b: a ? new R(s, e.steps, r) : null, done: 0, waiting: _?.waiting ?? null }, u = t.engine.kind === "flow" ? [] : [...t.states.map((b) => b.name)], d = e.watch >= 0 && e.watch < s ? e.watch : -1, m = d < 0 ? null : {
    person: d,
    names: u,
    world: u.map(() => new Float64Array(e.steps + 1)),
    twin: a ? u.map(() => new Float64Array(e.steps + 1)) : null,
    ties: f.people.indptr ? [...f.people.indices.subarray(f.people.indptr[d], f.people.indptr[d + 1])] : [],
    degree: f.people.indptr ? f.people.indptr[d + 1] - f.people.indptr[d] : f.people.grid ? 0 : s - 1,
    traits: t.traits.map((b) => [b.name, Number(f.column(b.name)?.[d] ?? NaN)])
  }, w = (b) => {
    l.a.keep(f, b, e.view), a && l.b.keep(a, b, e.view), m && u.forEach((M, I) => {
      m.world[I][b] = Number(f.column(M)[d]), a && (m.twin[I][b] = Number(a.column(M)[d]));
    });
  };
  let h = 0, p = [], y = [];
  const k = (b) => {
    b < h || (A({ type: "progress", id: c, from: h, to: b, world: Float64Array.from(p), twin: a ? Float64Array.from(y) : null }), h = b + 1, p = [], y = [], l.waiting !== null && l.waiting <= b && (ne(l, l.waiting), l.waiting = null));
  }, g = () => {
    const b = new Array(n);
    f.observe(b, 0), p.push(...b), a && (a.observe(b, 0), y.push(...b));
  };
  w(0), g(), k(0);
  let v = performance.now();
  for (let b = 1; b <= e.steps; b++)
    if (f.advance(), a?.advance(), w(b), g(), l.done = b, performance.now() - v > ee || b === e.steps) {
      if (k(b), await W(), E !== c) return;
      v = performance.now();
    }
  m && A({ type: "life", id: c, life: m }), A({ type: "done", id: c, milliseconds: performance.now() - i });
}
async function Ne(c, e, t) {
  if (!F) return;
  const n = x.meta.observables.length;
  for (let i = 1; i <= t; i++) {
    const f = [];
    for (const a of e.twin ? [!1, !0] : [!1]) {
      const s = z(e, i, a), o = new Float64Array((e.steps + 1) * n);
      s.observe(o, 0);
      let r = performance.now();
      for (let l = 1; l <= e.steps; l++)
        if (s.advance(), s.observe(o, l * n), performance.now() - r > ee) {
          if (await W(), E !== c) return;
          r = performance.now();
        }
      f.push(o);
    }
    if (A({ type: "member", id: c, world: f[0], twin: f[1] ?? null, count: i }), await W(), E !== c) return;
  }
  A({ type: "done", id: c, milliseconds: 0 });
}
self.onmessage = async ({ data: c }) => {
  try {
    c.type === "load" ? (x = await ge(c.packed), te = c.base, P = "", F = x.arrays.wasm ? new ve(x) : null, A({ type: "ready" })) : c.type === "run" ? (E = c.id, await Ee(c.id, c.settings)) : c.type === "ensemble" ? (E = c.id, await Ne(c.id, c.settings, c.worlds)) : c.type === "frame" ? _ && _.id === c.id && _.done >= c.step ? ne(_, c.step) : _ && (_.waiting = c.step) : E = 0;
  } catch (e) {
    A({ type: "failed", id: E, message: e instanceof Error ? e.message : String(e) });
  }
};
`, ae = typeof self < "u" && self.Blob && new Blob(["URL.revokeObjectURL(import.meta.url);", ue], { type: "text/javascript;charset=utf-8" });
function Le(c) {
  let e;
  try {
    if (e = ae && (self.URL || self.webkitURL).createObjectURL(ae), !e) throw "";
    const t = new Worker(e, {
      type: "module",
      name: c?.name
    });
    return t.addEventListener("error", () => {
      (self.URL || self.webkitURL).revokeObjectURL(e);
    }), t;
  } catch {
    return new Worker(
      "data:text/javascript;charset=utf-8," + encodeURIComponent(ue),
      {
        type: "module",
        name: c?.name
      }
    );
  }
}
const D = 256, Re = 0.5;
function me(c) {
  const e = /* @__PURE__ */ new Set();
  for (const t of c)
    t.kind === "pulse" || t.kind === "seed" ? e.add(t.at) : (e.add(t.start), t.end && e.add(t.end));
  return e;
}
function K(c, e, t) {
  const n = {};
  for (const a of c) a.kind === "set" && (n[a.name] = t[a.name]);
  for (const a of c) a.kind === "set" && a.start <= e && (a.end === null || e < a.end) && (n[a.name] = a.value);
  return n;
}
const J = (c, e) => e >= c.start && (c.end === null || e < c.end);
class Ue {
  constructor(e, t, n, a, l, i) {
    this.people = n, this.params = a, this.seed = l, this.interventions = i;
    const s = this.meta = e.meta, r = s.engine.layout, o = this.n = n.people;
    this.turns = s.engine.kind === "turns", this.mixed = n.indptr === null, this.times = me(i);
    const h = this.program = new S(t, s.engine.arguments, s.engine.dataEnd);
    this.start = new he(h, o);
    const f = this.blocks = Math.ceil(o / D), m = n.regions, d = !this.turns;
    h.array("key0", "u64", [1])[0] = l & 0xffffffffn, h.array("key1", "u64", [1])[0] = l >> 32n, h.array("bools", "u8", [r.bools.length, o, 1]), h.array("floats", "f64", [r.floats.length, o, 1]), h.array("traits", "f64", [r.traits.length, o]), h.array("region", "i32", [o]).set(n.region);
    const g = h.array("degree", "i32", [o]), u = r.seenBools.length + r.seenFloats.length > 0;
    if (h.array("counts", "i32", [r.seenBools.length, d && !this.mixed && u ? o : 0, 1]), h.array("means", "f64", [r.seenFloats.length, d ? o : 0, 1]), h.array("deltas", "i8", [r.seenBools.length, d ? o : 0, 1]), h.array("table", "f64", [Object.keys(r.table).length, 1]), h.array("here", "f64", [r.regionals.length, m, 1]), h.array("flags", "u8", [o]), h.array("dirty", "u8", [o]).fill(1), h.array("parts", "f64", [f, r.sums.length, 1]), h.array("changes", "i64", [f, r.bools.length, 1]), h.array("totals", "i64", [r.bools.length, 1]), this.turns) {
      const v = h.array("indptr", "i64", [this.mixed ? 1 : o + 1]), y = h.array("indices", "i32", [this.mixed ? 0 : n.indices.length]);
      this.mixed || (n.indptr.forEach((M, x) => {
        v[x] = BigInt(M);
      }), y.set(n.indices)), h.array("running", "f64", [r.seenFloats.length, 1]), h.array("queue", "i32", [1, o]), h.array("handed", "f64", [r.tallies.length, o, 1]);
    }
    if (this.mixed) g.fill(Math.max(o - 1, 0));
    else for (let v = 0; v < o; v++) h.view("degree")[v] = n.indptr[v + 1] - n.indptr[v];
    for (const v of ["person", "society", "region"]) v in s.engine.arguments && (this.call[v] = h.bind(v));
    r.traits.forEach((v, y) => {
      const M = ce(e, this.start, s.traits.find((x) => x.name === v), n, a);
      h.view("traits").set(M, y * o);
    });
    const w = h.view("table"), b = h.view("here");
    for (const [v, y] of Object.entries(a)) w[r.table[`p.${v}`]] = y;
    for (const v of s.societies) w[r.table[`society.${v.name}`]] = _(v.initial, a);
    for (const v of s.tallies) w[r.table[`people.${v.name}`]] = _(v.initial, a);
    for (const v of s.regionals) b.fill(_(v.initial, a), r.regionals.indexOf(v.name) * m, (r.regionals.indexOf(v.name) + 1) * m);
    s.states.forEach((v, y) => {
      const M = v.kind === "bool", x = (M ? r.bools : r.floats).indexOf(v.name), Y = new Float64Array(o);
      fe(s, this.start, y, a, l, Y), h.view(M ? "bools" : "floats").set(Y, x * o);
    }), this.recount(), r.bools.forEach((v, y) => {
      w[r.table[`people.${v}`]] = Number(h.view("totals")[y]) / o;
    });
    const k = r.sums.map((v) => r.floats.includes(v) ? this.summed("floats", r.floats.indexOf(v)) : 0);
    r.sums.forEach((v, y) => {
      r.floats.includes(v) && (w[r.table[`people.${v}`]] = k[y] / o);
    }), this.sizes = new Float64Array(m);
    for (const v of n.region) this.sizes[v]++;
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
    const { n: e } = this, t = this.program.view("bools"), n = this.program.view("totals");
    for (let a = 0; a < n.length; a++) {
      let l = 0;
      for (let i = a * e; i < (a + 1) * e; i++) l += t[i];
      n[a] = BigInt(l);
    }
  }
  /** A sum within blocks in order, then over blocks in order. */
  summed(e, t) {
    const n = this.program.view(e), { n: a } = this;
    let l = 0;
    for (let i = 0; i < a; i += D) {
      let s = 0;
      for (let r = i; r < Math.min(i + D, a); r++) s += n[t * a + r];
      l += s;
    }
    return l;
  }
  apply(e) {
    let t = !1;
    const n = this.program, a = n.view("table"), l = this.meta.engine.layout, { n: i } = this;
    for (const [s, r] of Object.entries(K(this.interventions, e, this.params))) {
      const o = l.table[`p.${s}`];
      a[o] !== r && (a[o] = r, t = !0);
    }
    for (const s of this.interventions)
      if (s.kind === "pulse" && s.at === e && (a[l.table[`society.${s.name}`]] += s.amount, t = !0), s.kind === "seed" && s.at === e) {
        const r = l.bools.indexOf(s.name), o = this.meta.states.find((d) => d.name === s.name), h = this.start.uniforms(this.seed, o.seeded, e), f = n.view("bools");
        for (let d = 0; d < i; d++) h[d] < s.share && (f[r * i + d] = 1);
        let m = 0;
        for (let d = 0; d < i; d++) m += f[r * i + d];
        n.view("totals")[r] = BigInt(m), n.view("table")[l.table[`people.${s.name}`]] = m / i, this.fresh = t = !0;
      }
    return t;
  }
  see() {
    const e = this.program, t = this.meta.engine.layout, { n } = this, a = e.view("bools"), l = e.view("floats"), i = e.view("means");
    if (this.mixed) {
      t.seenFloats.forEach((d, g) => {
        const u = t.floats.indexOf(d), w = this.summed("floats", u);
        for (let b = 0; b < n; b++) i[g * n + b] = n > 1 ? (w - l[u * n + b]) / (n - 1) : 0;
      });
      return;
    }
    const s = this.people.indptr, r = this.people.indices;
    if (t.seenFloats.forEach((d, g) => {
      const u = t.floats.indexOf(d) * n;
      for (let w = 0; w < n; w++) {
        let b = 0;
        for (let k = s[w], v = s[w + 1]; k < v; k++) b += l[u + r[k]];
        i[g * n + w] = b / Math.max(s[w + 1] - s[w], 1);
      }
    }), !t.seenBools.length) return;
    const o = e.view("counts"), h = e.view("dirty"), f = e.view("flags"), m = e.view("deltas");
    if (this.fresh || this.flipped > Re * n)
      t.seenBools.forEach((d, g) => {
        const u = t.bools.indexOf(d) * n;
        for (let w = 0; w < n; w++) {
          let b = 0;
          for (let k = s[w], v = s[w + 1]; k < v; k++) b += a[u + r[k]];
          o[g * n + w] = b;
        }
      }), h.fill(1), this.fresh = !1;
    else if (this.flipped) {
      for (let d = 0; d < n; d++) if (f[d]) {
        h[d] = 1;
        for (let g = s[d], u = s[d + 1]; g < u; g++) {
          const w = r[g];
          h[w] = 1;
          for (let b = 0; b < t.seenBools.length; b++) o[b * n + w] += m[b * n + d];
        }
      }
    }
  }
  macro(e) {
    const t = this.program, n = this.meta.engine.layout, a = t.view("table"), l = this.people.regions;
    a[n.table["society.step"]] = e, this.call.society?.({ step: e, regions: l });
    for (const o of this.interventions) if (o.kind === "cap" && J(o, e)) {
      const h = n.table[`society.${o.name}`];
      a[h] = Math.min(a[h], o.most);
    }
    if (!this.call.region) return;
    const i = t.view("here"), s = this.people.region, { n: r } = this;
    for (const o of n.regionalPeople) {
      const h = n.bools.includes(o), f = t.view(h ? "bools" : "floats"), m = (h ? n.bools : n.floats).indexOf(o) * r, d = new Float64Array(l), g = n.regionals.indexOf(`people.${o}`) * l;
      for (let u = 0; u < r; u++) d[s[u]] += f[m + u];
      for (let u = 0; u < l; u++) i[g + u] = d[u] / this.sizes[u];
    }
    this.call.region({ step: e, regions: l });
  }
  advance() {
    const e = ++this.step, t = this.program, n = this.meta, a = n.engine.layout, { n: l } = this;
    for (const v of n.shocks) t.view("table")[a.table[`society.${v.name}`]] = 0;
    const i = this.times.has(e) ? this.apply(e) : !1;
    if (this.turns) return this.turn(e);
    this.see(), this.macro(e);
    const s = t.view("dirty"), r = t.view("flags"), o = !this.mixed && a.seenBools.length > 0;
    if (!a.luckless || i || !o && this.flipped) s.fill(1);
    else if (e > 1 && !s.includes(1)) {
      r.fill(0), this.flipped = 0;
      return;
    }
    r.fill(0), t.view("parts").fill(0), t.view("changes").fill(0n), this.call.person({ first: 0, last: this.blocks, people: l, worlds: 1, step: e, mixed: this.mixed ? 1 : 0 });
    const h = t.view("flags");
    let f = 0;
    for (let v = 0; v < l; v++) f += h[v];
    this.flipped = f;
    const m = t.view("table"), d = t.view("totals"), g = t.view("changes"), u = t.view("parts"), w = this.blocks, b = a.bools.length, k = a.sums.length;
    a.bools.forEach((v, y) => {
      for (let M = 0; M < w; M++) d[y] += g[M * b + y];
      m[a.table[`people.${v}`]] = Number(d[y]) / l;
    }), a.sums.forEach((v, y) => {
      let M = 0;
      for (let x = 0; x < w; x++) M += u[x * k + y];
      m[a.table[`people.${v}`]] = M / l;
    });
  }
  turn(e) {
    const t = this.program, n = this.meta.engine.layout, { n: a } = this;
    this.macro(e);
    const l = t.view("running");
    n.seenFloats.forEach((r, o) => {
      l[o] = this.summed("floats", n.floats.indexOf(r));
    }), this.call.person({ first: 0, last: 1, people: a, step: e, mixed: this.mixed ? 1 : 0 });
    const i = t.view("table"), s = t.view("totals");
    n.bools.forEach((r, o) => {
      i[n.table[`people.${r}`]] = Number(s[o]) / a;
    });
    for (const r of n.sums) {
      const o = n.floats.includes(r) ? this.summed("floats", n.floats.indexOf(r)) : this.summed("handed", n.tallies.indexOf(r));
      i[n.table[`people.${r}`]] = o / a;
    }
  }
  observe(e, t) {
    const n = this.program.view("table"), a = this.meta.engine.layout.table;
    this.meta.observables.forEach((l, i) => {
      e[t + i] = n[a[l.of]];
    });
  }
  column(e) {
    const t = this.meta.engine.layout, { n } = this;
    for (const [a, l] of [["bools", t.bools], ["floats", t.floats], ["traits", t.traits]]) {
      const i = l.indexOf(e);
      if (i >= 0) return this.program.view(a).subarray(i * n, (i + 1) * n);
    }
    return null;
  }
}
const re = { bool: "u8", uint8: "u8", int8: "i8", int16: "i16", int32: "i32", uint32: "u32", int64: "i64", uint64: "u64", float64: "f64" }, We = 64;
class ze {
  constructor(e, t, n, a, l, i, s) {
    this.people = n, this.params = a, this.seed = l, this.interventions = i;
    const r = this.meta = e.meta, o = n.people, h = this.program = new S(t, r.engine.arguments, r.engine.dataEnd);
    this.start = new he(h, o);
    for (const u of r.engine.fields) {
      const w = !(u.dtype in re), b = w ? Number(u.dtype) : void 0, k = h.array(`people.${u.name}`, w ? "u8" : re[u.dtype], u.from === "data" ? u.shape : [o], b);
      u.from === "region" ? k.set(n.region) : u.from === "data" && new Uint8Array(h.memory.buffer, h.regions[`people.${u.name}`].at).set(new Uint8Array(e.arrays[`array.${u.name}`]));
    }
    for (const u of r.traits) h.view(`people.${u.name}`).set(ce(e, this.start, u, n, a));
    r.states.forEach((u, w) => {
      const b = new Float64Array(o);
      fe(r, this.start, w, a, l, b), h.view(`people.${u.name}`).set(b);
    }), this.fields = [...r.societies.map((u) => u.name), ...r.shocks.map((u) => u.name), "step"];
    const f = h.array("society", "f64", [this.fields.length]);
    for (const u of r.societies) f[this.fields.indexOf(u.name)] = _(u.initial, a);
    h.array("p", "f64", [Math.max(r.params.length, 1)]).set(r.params.map((u) => a[u.name]));
    const m = h.array("ties.indptr", "i64", [o + 1]);
    n.indptr && n.indptr.forEach((u, w) => {
      m[w] = BigInt(u);
    }), h.array("ties.indices", "i32", [n.indices?.length ?? 0]), n.indices && h.view("ties.indices").set(n.indices);
    const d = r.observables.length;
    h.array("values", "f64", [s + 2, d]), h.array("totals", "f64", [0, o]), this.call.run = h.bind("run"), h.regions.values = { ...h.regions.values, shape: [d], length: d }, this.call.start = h.bind("start"), this.call.observe = h.bind("observe"), h.regions.values = { ...h.regions.values, shape: [s + 2, d], length: (s + 2) * d };
    const g = { "grid.rows": n.grid ? n.rows : 0, "grid.columns": n.grid ? n.columns : 0, seed: l };
    this.call.start(g), this.call.run({ ...g, first: 1, last: 1 }), this.capped = i.some((u) => u.kind === "cap"), this.changes = me(i);
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
    const n = this.program.view("society"), a = this.fields.indexOf(e);
    return t !== void 0 && (n[a] = t), n[a];
  }
  cap(e) {
    for (const t of this.interventions) t.kind === "cap" && J(t, e) && this.society(t.name, Math.min(this.society(t.name), t.most));
  }
  intervene(e) {
    const t = this.program, n = this.meta;
    for (const i of n.shocks) this.society(i.name, 0);
    const a = K(this.interventions, e, this.params), l = t.view("p");
    n.params.forEach((i, s) => {
      i.name in a && (l[s] = a[i.name]);
    });
    for (const i of this.interventions)
      if (i.kind === "pulse" && i.at === e && this.society(i.name, this.society(i.name) + i.amount), i.kind === "seed" && i.at === e) {
        const s = n.states.find((h) => h.name === i.name), r = this.start.uniforms(this.seed, s.seeded, e), o = t.view(`people.${i.name}`);
        for (let h = 0; h < r.length; h++) r[h] < i.share && (o[h] = 1);
      }
    this.cap(e);
  }
  advance() {
    const e = ++this.step;
    if ((e === 1 || this.changes.has(e) || this.changes.has(e - 1) || (this.capped || (e - 1) % We === 0)) && this.intervene(e), this.call.run({ first: e, last: e + 1 }), !this.capped) return;
    this.cap(e);
    const t = this.program.view("values"), n = this.meta.observables.length, a = t.slice(0, n);
    this.call.observe(), t.copyWithin(e * n, 0, n), t.set(a, 0);
  }
  observe(e, t) {
    const n = this.meta.observables.length, a = this.program.view("values");
    for (let l = 0; l < n; l++) e[t + l] = a[this.step * n + l];
  }
  column(e) {
    return `people.${e}` in this.program.regions ? this.program.view(`people.${e}`) : null;
  }
}
class Ce {
  constructor(e, t, n, a, l, i) {
    this.people = n, this.params = a, this.interventions = l;
    const s = this.meta = e.meta, r = s.societies, o = this.program = new S(t, s.engine.arguments, s.engine.dataEnd);
    o.array("y", "f64", [r.length]).set(r.map((h) => _(h.initial, a))), o.array("shock", "f64", [s.shocks.length]), o.array("p", "f64", [s.params.length]).set(s.params.map((h) => a[h.name])), o.array("values", "f64", [i + 2, r.length]), this.run = o.bind("run"), this.pulses = new Float64Array(s.shocks.length);
  }
  step = 0;
  program;
  run;
  pulses;
  meta;
  advance() {
    const e = ++this.step, t = this.meta, n = this.program;
    for (const [l, i] of Object.entries(K(this.interventions, e, this.params))) n.view("p")[t.params.findIndex((s) => s.name === l)] = i;
    const a = n.view("shock");
    a.fill(0), this.pulses.fill(0);
    for (const l of this.interventions) if (l.kind === "pulse" && l.at === e) {
      const i = t.shocks.findIndex((s) => s.name === l.name);
      a[i] += l.amount, this.pulses[i] += l.amount;
    }
    this.run({ first: e, last: e + 1, substeps: t.engine.substeps });
    for (const l of this.interventions) if (l.kind === "cap" && J(l, e)) {
      const i = t.societies.findIndex((r) => r.name === l.name), s = n.view("y");
      s[i] = Math.min(s[i], l.most);
    }
  }
  observe(e, t) {
    const n = this.program.view("y"), a = this.meta;
    a.observables.forEach((l, i) => {
      const s = l.of.replace("society.", ""), r = a.societies.findIndex((o) => o.name === s);
      e[t + i] = r >= 0 ? n[r] : this.pulses[a.shocks.findIndex((o) => o.name === s)];
    });
  }
  column() {
    return null;
  }
}
function qe(c, e, t, n, a, l, i) {
  switch (c.meta.engine.kind) {
    case "process":
      return new ze(c, e, t, n, a, l, i);
    case "flow":
      return new Ce(c, e, t, n, l, i);
    default:
      return new Ue(c, e, t, n, a, l);
  }
}
async function je(c) {
  const e = Uint8Array.from(atob(c), (n) => n.charCodeAt(0)), t = new Blob([e]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return await new Response(t).arrayBuffer();
}
async function De(c) {
  const e = {};
  return await Promise.all(Object.entries(c.arrays).map(async ([t, n]) => {
    e[t] = await je(n);
  })), { meta: c.meta, arrays: e };
}
const oe = [1779033703, 3144134277, 1013904242, 2773480762, 1359893119, 2600822924, 528734635, 1541459225], Ve = [
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
].map((c) => [...c].map((e) => parseInt(e, 16))), B = (c, e) => (c >>> e | c << 32 - e) >>> 0;
function Ke(c, e) {
  const t = oe.slice();
  t[0] = (t[0] ^ 16842752 ^ e) >>> 0;
  const n = Math.max(1, Math.ceil(c.length / 64));
  for (let a = 0; a < n; a++) {
    const l = new Uint8Array(64);
    l.set(c.subarray(a * 64, a * 64 + 64));
    const i = new Uint32Array(l.buffer), s = a === n - 1, r = s ? c.length : (a + 1) * 64, o = [...t, ...oe];
    o[12] = (o[12] ^ r) >>> 0, s && (o[14] = ~o[14] >>> 0);
    const h = (f, m, d, g, u, w) => {
      o[f] = o[f] + o[m] + u >>> 0, o[g] = B(o[g] ^ o[f], 16), o[d] = o[d] + o[g] >>> 0, o[m] = B(o[m] ^ o[d], 12), o[f] = o[f] + o[m] + w >>> 0, o[g] = B(o[g] ^ o[f], 8), o[d] = o[d] + o[g] >>> 0, o[m] = B(o[m] ^ o[d], 7);
    };
    for (const f of Ve)
      h(0, 4, 8, 12, i[f[0]], i[f[1]]), h(1, 5, 9, 13, i[f[2]], i[f[3]]), h(2, 6, 10, 14, i[f[4]], i[f[5]]), h(3, 7, 11, 15, i[f[6]], i[f[7]]), h(0, 5, 10, 15, i[f[8]], i[f[9]]), h(1, 6, 11, 12, i[f[10]], i[f[11]]), h(2, 7, 8, 13, i[f[12]], i[f[13]]), h(3, 4, 9, 14, i[f[14]], i[f[15]]);
    for (let f = 0; f < 8; f++) t[f] = (t[f] ^ o[f] ^ o[f + 8]) >>> 0;
  }
  return new Uint8Array(new Uint32Array(t).buffer).slice(0, e);
}
function Je(c, ...e) {
  const t = [String(c), ...e.map((n) => `${typeof n == "number" ? "int" : "str"}:${n}`)].join("");
  return new DataView(Ke(new TextEncoder().encode(t), 8).buffer).getBigUint64(0, !0);
}
class Ye {
  constructor(e) {
    this.bundle = e, this.module = new WebAssembly.Module(e.arrays.wasm), this.networks = e.arrays.networks ? new WebAssembly.Module(e.arrays.networks) : null;
  }
  module;
  networks;
  kept = null;
  people(e, t) {
    const n = JSON.stringify([e, String(t)]);
    return this.kept?.[0] !== n && (this.kept = [n, Me(this.bundle, this.networks, e, t)]), this.kept[1];
  }
  world(e) {
    return qe(this.bundle, this.module, this.people(e.table, e.peopleSeed), e.params, e.seed, e.interventions, e.steps);
  }
}
const He = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ Object.defineProperty({
  __proto__: null,
  Engine: Ye,
  MADE: le,
  deriveSeed: Je,
  unpack: De
}, Symbol.toStringTag, { value: "Module" }));
function pe(c, e, t = {}) {
  return typeof WebAssembly > "u" || typeof DecompressionStream > "u" ? (c.textContent = "This page needs a browser with WebAssembly and DecompressionStream: Chrome or Edge from 103, Firefox from 113, Safari from 16.4.", null) : new Fe(c, e, { base: "", address: !0, worker: () => new Le(), ...t });
}
function Ge({ model: c, el: e }) {
  const t = document.createElement("div");
  e.append(t);
  const n = pe(t, JSON.parse(c.get("bundle")), {
    address: !1,
    onChange: (l) => {
      c.set("params", { ...l.params }), c.set("seed", Number(l.seed)), c.save_changes();
    }
  }), a = () => {
    const l = c.get("params");
    n && Object.entries(l).some(([i, s]) => n.state.params[i] !== s) && n.set(l);
  };
  return c.on("change:params", a), () => {
    c.off("change:params", a), n?.close();
  };
}
const Xe = { render: Ge };
globalThis.groundswellExplorer = { mount: pe };
export {
  Xe as default,
  He as engine,
  pe as mount
};
