const W = (c) => c.kind === "from" ? 1 : "at" in c ? c.at : c.start;
function Y(c) {
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
function Z(c, e) {
  const t = new URLSearchParams();
  for (const s of c.params) e.params[s.name] !== s.value && t.set(`p.${s.name}`, String(e.params[s.name]));
  for (const [s, a] of Object.entries(e.table)) s !== "seed" && JSON.stringify(a) !== JSON.stringify(c.population.table[s]) && t.set(`n.${s}`, String(a));
  if (e.seed !== c.seed && t.set("seed", e.seed), e.steps !== c.steps && t.set("steps", String(e.steps)), e.step && t.set("step", String(e.step)), e.view && t.set("view", c.views[e.view].name), e.twin) {
    const s = e.twin, a = s.kind === "from" ? [s.value] : s.kind === "pulse" ? [s.amount, s.at] : s.kind === "seed" ? [s.share, s.at] : [s.kind === "set" ? s.value : s.most, s.start, s.end ?? ""];
    t.set("twin", [s.kind, s.name, ...a].join(":")), e.mode !== "both" && t.set("mode", e.mode);
  }
  return e.person >= 0 && t.set("person", String(e.person)), t.toString();
}
const F = (c) => c !== void 0 && c !== "" && Number.isFinite(Number(c)) ? Number(c) : null;
function ee(c, e) {
  const t = Y(c), s = [];
  for (const [a, l] of new URLSearchParams(e.replace(/^#/, ""))) {
    const i = F(l), [n, ...r] = a.split("."), o = r.join(".");
    if (n === "p" && i !== null) {
      const h = c.params.find((u) => u.name === o);
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
      const h = c.views.findIndex((u) => u.name === l);
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
      const h = ke(c, l);
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
function ke(c, e) {
  const [t, s, a, l, i] = e.split(":"), n = F(a), r = F(l), o = F(i), h = c.params.find((u) => u.name === s);
  return t === "from" && h && !h.fixed && n !== null && E(h, n) ? { kind: t, name: s, value: n } : n === null || r === null || r < 1 ? null : t === "pulse" && c.shocks.some((u) => u.name === s) && n >= 0 ? { kind: t, name: s, amount: n, at: r } : t === "seed" && c.states.some((u) => u.name === s && u.kind === "bool") && n >= 0 && n <= 1 ? { kind: t, name: s, share: n, at: r } : t === "set" && h && !h.early && E(h, n) ? { kind: t, name: s, value: n, start: r, end: o } : t === "cap" && c.societies.some((u) => u.name === s) ? { kind: t, name: s, most: n, start: r, end: o } : null;
}
const Me = "11px system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif";
function N(c) {
  if (!Number.isFinite(c)) return "none";
  const e = Math.abs(c);
  return e >= 1e6 || e > 0 && e < 1e-3 ? c.toExponential(1) : e >= 1e3 ? Math.round(c).toLocaleString("en") : String(Number(c.toPrecision(3)));
}
function te(c, e, t) {
  const s = e - c || 1, a = s / t, l = 10 ** Math.floor(Math.log10(a)), i = [1, 2, 5, 10].map((r) => r * l).find((r) => s / r <= t) ?? 10 * l, n = [];
  for (let r = Math.ceil(c / i - 1e-9); r * i <= e + 1e-9 * s; r++) n.push(Number((r * i).toPrecision(12)));
  return n;
}
class C {
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
    const u = (o - r) * 0.08;
    this.domain = [r === 0 ? 0 : r - u, o + u];
    const [g, m] = this.domain, f = 6, d = l - 18, w = a - this.left - 6, b = (y) => this.left + y / this.steps * w, v = (y) => d - (y - g) / (m - g) * (d - f);
    e.font = Me, e.textBaseline = "middle";
    for (const y of te(g, m, l > 120 ? 4 : 3))
      e.strokeStyle = n("grid"), e.lineWidth = 1, e.beginPath(), e.moveTo(this.left, v(y)), e.lineTo(a - 6, v(y)), e.stroke(), e.fillStyle = n("muted"), e.textAlign = "right", e.fillText(N(y), this.left - 6, v(y));
    e.textAlign = "center", e.textBaseline = "alphabetic", e.fillStyle = n("muted");
    for (const y of te(0, this.steps, 5)) b(y) < a - 12 && e.fillText(String(y), b(y), l - 4);
    for (const y of this.marks)
      e.fillStyle = y.colour, e.globalAlpha = 0.13, y.until !== null && y.until > y.at + 1 && e.fillRect(b(y.at), f, b(Math.min(y.until, this.steps)) - b(y.at), d - f), e.globalAlpha = 0.9, e.strokeStyle = y.colour, e.lineWidth = 1.5, e.setLineDash([2, 3]), e.beginPath(), e.moveTo(b(y.at), f), e.lineTo(b(y.at), d), e.stroke(), e.setLineDash([]), e.globalAlpha = 1;
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
    e.strokeStyle = n("ink"), e.globalAlpha = 0.55, e.lineWidth = 1, e.beginPath(), e.moveTo(b(k), f), e.lineTo(b(k), d), e.stroke(), e.globalAlpha = 1;
    for (const y of this.series) !y.points && k <= y.upto && Number.isFinite(y.values[k]) && (e.fillStyle = y.colour, e.beginPath(), e.arc(b(k), v(y.values[k]), 3.2, 0, 7), e.fill(), e.strokeStyle = n("paper"), e.lineWidth = 1.2, e.stroke());
  }
}
function z(c, e, t, s, a) {
  if (c.length < 3) return null;
  const l = () => new Float64Array(s + 1), i = { low: l(), mid: l(), high: l() }, n = new Float64Array(c.length);
  for (let r = 0; r <= s; r++) {
    c.forEach((h, u) => {
      n[u] = h[r * t + e] - (a ? a[u][r * t + e] : 0);
    }), n.sort();
    const o = (h) => {
      const u = h * (n.length - 1), g = Math.floor(u);
      return n[g] + (u - g) * ((n[g + 1] ?? n[g]) - n[g]);
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
let xe = 0;
const O = (c) => `${c}-${++xe}`, A = (c) => c.replace(/_/g, " "), T = (c) => c ? c[0].toUpperCase() + c.slice(1) + (/[.!?…]$/.test(c) ? "" : ".") : "", se = { u8: Uint8Array, i8: Int8Array, i16: Int16Array, i32: Int32Array, u32: Uint32Array, f64: Float64Array, i64: BigInt64Array, u64: BigUint64Array }, ne = 262144, q = 1 << 20;
class S {
  constructor(e, t, s) {
    this.args = t;
    const a = s + 63 & -64;
    this.top = a + ne + 64, this.memory = new WebAssembly.Memory({ initial: Math.ceil((this.top + q) / 65536) + 1 }), this.held = this.memory.buffer, this.heap = this.take(q), this.heapEnd = this.heap + q;
    const l = {
      __linear_memory: this.memory,
      __stack_pointer: new WebAssembly.Global({ value: "i32", mutable: !0 }, a + ne),
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
      erf: (n) => 1 - ie(n),
      erfc: ie,
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
    const l = s.reduce((r, o) => r * o, 1), i = se[t].BYTES_PER_ELEMENT, n = this.take(Math.max(l * (a ?? i), 8));
    return this.regions[e] = { kind: t, at: n, length: l * (a ?? i) / i, shape: s, item: a ?? i }, this.held = null, this.view(e);
  }
  /** An array as it is now; views are made anew where the memory has grown. */
  view(e) {
    this.held !== this.memory.buffer && (this.views = {}, this.held = this.memory.buffer);
    const t = this.regions[e];
    return this.views[e] ??= new se[t.kind](this.memory.buffer, t.at, t.length);
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
        s.push(0, 0, BigInt(n.shape.reduce((h, u) => h * u, 1)), BigInt(n.item), n.at, ...n.shape.map(BigInt), ...r.map(BigInt));
      } else i.kind === "record" ? s.push(this.regions[i.name].at) : (a.push([i.name, s.length, i.kind === "i64"]), s.push(i.kind === "i64" ? 0n : 0));
    return (i = {}) => {
      for (const [r, o, h] of a) r in i && (s[o] = h ? BigInt(i[r]) : Number(i[r]));
      this.heapAt = this.heap;
      const n = t(...s);
      if (n !== 0) throw new Error(`${e} stopped with an error of the theory (code ${n})`);
    };
  }
}
function ie(c) {
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
const ae = [1779033703, 3144134277, 1013904242, 2773480762, 1359893119, 2600822924, 528734635, 1541459225], Ae = [
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
function $e(c, e) {
  const t = ae.slice();
  t[0] = (t[0] ^ 16842752 ^ e) >>> 0;
  const s = Math.max(1, Math.ceil(c.length / 64));
  for (let a = 0; a < s; a++) {
    const l = new Uint8Array(64);
    l.set(c.subarray(a * 64, a * 64 + 64));
    const i = new Uint32Array(l.buffer), n = a === s - 1, r = n ? c.length : (a + 1) * 64, o = [...t, ...ae];
    o[12] = (o[12] ^ r) >>> 0, n && (o[14] = ~o[14] >>> 0);
    const h = (u, g, m, f, d, w) => {
      o[u] = o[u] + o[g] + d >>> 0, o[f] = B(o[f] ^ o[u], 16), o[m] = o[m] + o[f] >>> 0, o[g] = B(o[g] ^ o[m], 12), o[u] = o[u] + o[g] + w >>> 0, o[f] = B(o[f] ^ o[u], 8), o[m] = o[m] + o[f] >>> 0, o[g] = B(o[g] ^ o[m], 7);
    };
    for (const u of Ae)
      h(0, 4, 8, 12, i[u[0]], i[u[1]]), h(1, 5, 9, 13, i[u[2]], i[u[3]]), h(2, 6, 10, 14, i[u[4]], i[u[5]]), h(3, 7, 11, 15, i[u[6]], i[u[7]]), h(0, 5, 10, 15, i[u[8]], i[u[9]]), h(1, 6, 11, 12, i[u[10]], i[u[11]]), h(2, 7, 8, 13, i[u[12]], i[u[13]]), h(3, 4, 9, 14, i[u[14]], i[u[15]]);
    for (let u = 0; u < 8; u++) t[u] = (t[u] ^ o[u] ^ o[u + 8]) >>> 0;
  }
  return new Uint8Array(new Uint32Array(t).buffer).slice(0, e);
}
function me(c, ...e) {
  const t = [String(c), ...e.map((s) => `${typeof s == "number" ? "int" : "str"}:${s}`)].join("");
  return new DataView($e(new TextEncoder().encode(t), 8).buffer).getBigUint64(0, !0);
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
function Ne(c, e) {
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
function Ie(c, e) {
  if (e.sizes) return e.sizes;
  const t = e.communities;
  return Array.from({ length: t }, (s, a) => Math.floor(c / t) + (a < c % t ? 1 : 0));
}
function j(c, e, t, s, a, l, i) {
  const n = t.reduce((w, b) => w + b, 0);
  let r = 0;
  t.forEach((w, b) => {
    r += s[b] * w * (w - 1) / 2 + a * w * (n - w) / 2;
  });
  const o = Math.ceil(r + 8 * Math.sqrt(r)) + 16, h = new S(c, e.engine.networks.arguments, e.engine.networks.dataEnd), u = h.array("end", "i64", [t.length]);
  let g = 0;
  t.forEach((w, b) => {
    g += w, u[b] = BigInt(g);
  }), h.array("within", "f64", [t.length]).set(s), h.array("counts", "i64", [n]), h.array("heads", "i32", [o]), h.array("out", "i64", [1]), h.bind("draw_pairs")({ seed: i, stream_within: l[0], stream_between: l[1], low: 0, high: n, between: a });
  const m = Number(h.view("out")[0]), f = h.view("counts");
  if (m > o) throw new Error("more ties were drawn than there is room for");
  const d = new Int32Array(n + 1);
  for (let w = 0; w < n; w++) d[w + 1] = d[w] + Number(f[w]);
  return L(d, h.view("heads").slice(0, m), n, "upper");
}
function Ee(c, e) {
  const t = new Int32Array(c * e);
  for (let s = 0; s < c; s++) for (let a = 0; a < e; a++) {
    const l = s + a + 1;
    t[s * e + a] = l < c ? l : l - c;
  }
  return t;
}
function _e(c, e, t, s) {
  const a = new Int32Array(c * e + 1), l = [];
  for (let i = 0; i < c; i++) for (let n = 0; n < e; n++) {
    const r = [];
    for (let o = -t; o <= t; o++) for (let h = -t; h <= t; h++) {
      if (!o && !h) continue;
      let u = i + o, g = n + h;
      if (s)
        u = (u + c) % c, g = (g + e) % e;
      else if (u < 0 || u >= c || g < 0 || g >= e) continue;
      r.push(u * e + g);
    }
    r.sort((o, h) => o - h);
    for (const o of r) l.push(o);
    a[i * e + n + 1] = l.length;
  }
  return [a, Int32Array.from(l)];
}
const ue = /* @__PURE__ */ new Set(["well_mixed", "erdos_renyi", "planted_partition", "village", "watts_strogatz", "barabasi_albert", "ring", "moore", "grid"]);
function Se(c, e, t, s) {
  const a = c.meta, l = t.network, i = t.rows ?? 0, n = t.columns ?? 0, r = t.rows ? i * n : t.people, o = { people: r, regions: 1, region: new Int32Array(r), indptr: null, indices: null, rows: i, columns: n, grid: l === "grid", seed: s };
  if (!a.population.made)
    return c.arrays.region && (o.region = new Int32Array(c.arrays.region), o.regions = a.population.regions), c.arrays.ties ? [o.indptr, o.indices] = Ne(c.arrays.ties, r) : c.arrays.indptr && (o.indptr = new Int32Array(c.arrays.indptr), o.indices = new Int32Array(c.arrays.indices)), o;
  const h = a.population.streams, u = (m) => {
    [o.indptr, o.indices] = m;
  }, g = (m) => {
    let f = 0;
    m.forEach((d, w) => {
      o.region.fill(w, f, f + d), f += d;
    }), o.regions = m.length;
  };
  if (l === "erdos_renyi") u(j(e, a, [r], [t.mean_degree / Math.max(r - 1, 1)], 0, [h.pairs, h.between], s));
  else if (l === "planted_partition") {
    const m = Ie(r, t), f = (1 - t.mix) * t.mean_degree, d = m.reduce((b, v) => b + v * (r - v), 0), w = t.mix > 0 ? t.mix * t.mean_degree * r / d : 0;
    u(j(e, a, m, m.map((b) => f / Math.max(b - 1, 1)), w, [h.within, h.between], s)), g(m);
  } else if (l === "village") {
    const m = [];
    for (let f = 0; f < r; f += t.village_size) m.push(Math.min(t.village_size, r - f));
    u(j(e, a, m, m.map(() => 1), t.far, [h.clique, h.far], s)), g(m);
  } else if (l === "watts_strogatz" || l === "ring") {
    const m = t.neighbours / 2;
    let f = Ee(r, m);
    if (l === "watts_strogatz" && t.rewiring > 0) {
      const d = new S(e, a.engine.networks.arguments, a.engine.networks.dataEnd);
      d.array("own", "i32", [r, m]).set(f), d.bind("small_world")({ seed: s, stream_moves: h.moves, stream_places: h.places, rewiring: t.rewiring }), f = d.view("own").slice();
    }
    u(L(Int32Array.from({ length: r + 1 }, (d, w) => w * m), f, r, "any"));
  } else if (l === "barabasi_albert") {
    const m = t.ties_per_newcomer, f = new S(e, a.engine.networks.arguments, a.engine.networks.dataEnd), d = f.array("start", "i64", [r + 1]);
    for (let b = 0; b < r; b++) d[b + 1] = d[b] + BigInt(Math.min(b, m));
    const w = Int32Array.from(d, Number);
    f.array("heads", "i32", [w[r]]), f.bind("grow")({ seed: s, stream: h.preference, m }), u(L(w, f.view("heads").slice(), r, "lower"));
  } else l === "moore" && u(_e(i, n, t.radius ?? 1, t.torus ?? !0));
  return o;
}
class pe {
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
function re(c, e) {
  if (!e) return;
  const t = new BigInt64Array(c.buffer, c.byteOffset, c.length);
  for (let s = 0; s < e.length; s++) e[s] && (t[s] += BigInt(e[s]));
}
function Oe(c, e) {
  return e.seed === BigInt(c.population.table.seed ?? "0") && e.people === c.population.people;
}
function de(c, e, t, s, a) {
  return ge(c, e, t, s.seed, Oe(c.meta, s), a);
}
function ge(c, e, t, s, a, l) {
  const { meta: i, arrays: n } = c, r = e.people, o = t.args.every((d) => typeof d != "string" || l[d] === i.params.find((w) => w.name === d).value), h = (d) => a && n[d] ? new Int16Array(n[d]) : null, [u, g] = t.args.map((d) => _(d, l)), m = n[`trait.${t.name}`];
  if (m && a && o) return new Float64Array(m);
  if (t.kind === "Ranked" || t.kind === "Listed" || t.kind === "measured") throw new Error(`the trait ${t.name} comes with the people of this page`);
  const f = e.uniforms(s, t.stream, 0);
  switch (t.kind) {
    case "Fixed":
      return new Float64Array(r).fill(u);
    case "Uniform":
      return Float64Array.from(f, (d) => u + (g - u) * d);
    case "Bernoulli":
      return Float64Array.from(f, (d) => d < u ? 1 : 0);
    case "Normal":
    case "LogNormal": {
      const d = e.normals();
      re(d, h(`units.${t.name}`));
      for (let b = 0; b < r; b++) d[b] = u + g * d[b];
      if (t.kind === "Normal") return d.slice();
      const w = e.exps();
      return o && re(w, h(`exp.${t.name}`)), w.slice();
    }
    case "Beta": {
      const d = new Float64Array(n[`quantiles.${t.name}`]), w = d.length - 1;
      return Float64Array.from(f, (b) => {
        const v = Math.acos(1 - 2 * b) / Math.PI * w, k = Math.min(Math.floor(v), w - 1), y = (1 - Math.cos(k / w * Math.PI)) / 2, M = (1 - Math.cos((k + 1) / w * Math.PI)) / 2;
        return d[k] + (b - y) / (M - y) * (d[k + 1] - d[k]);
      });
    }
  }
  throw new Error(`the page cannot draw the trait ${t.name} from ${t.kind}`);
}
function Te(c) {
  const e = Math.round(c);
  return Math.abs(e - c) === 0.5 && e % 2 ? e - 1 : e;
}
function we(c, e, t, s, a, l) {
  const i = c.meta, n = i.states[t], r = e.people, o = _(n.initial.of, s);
  if (n.initial.kind === "drawn") {
    const m = a === me(BigInt(i.seed), "world", 0) && r === i.population.people, f = ge(c, e, { name: n.name, stream: n.stream, ...n.initial.drawn }, a, m, s);
    for (let d = 0; d < r; d++) l[d] = f[d];
    return;
  }
  if (n.initial.kind === "number") {
    for (let m = 0; m < r; m++) l[m] = o;
    return;
  }
  if (n.initial.kind === "share") {
    if (!(o >= 0 && o <= 1)) throw new Error(`${n.name} starts true for the share ${o}; expected a share in [0, 1]`);
    const m = e.uniforms(a, n.stream, 0);
    for (let f = 0; f < r; f++) l[f] = m[f] < o ? 1 : 0;
    return;
  }
  const h = Te(o);
  if (!(h >= 0)) throw new Error(`${n.name} starts true for ${h} people; expected a number from 0`);
  if (h > r) throw new Error(`${n.name} starts true for ${h} people, and there are ${r}`);
  for (let m = 0; m < r; m++) l[m] = 0;
  if (!h) return;
  const u = e.uniforms(a, n.stream, 0), g = Array.from({ length: r }, (m, f) => f).sort((m, f) => u[m] - u[f]);
  for (let m = 0; m < h; m++) l[g[m]] = 1;
}
const Be = Math.PI * (3 - Math.sqrt(5));
function oe(c, e, t, s, a, l) {
  const i = c.length;
  for (let n = 0; n < i; n++) {
    const r = s * Math.sqrt((n + 0.5) / i), o = n * Be;
    a[c[n]] = e + r * Math.cos(o), l[c[n]] = t + r * Math.sin(o);
  }
}
function Pe(c) {
  const e = c.reduce((m, f) => m + f, 0), t = c.map((m, f) => f).sort((m, f) => c[f] - c[m]), s = c.map((m) => ({ x: 0, y: 0, r: Math.sqrt(m / e) })), a = [];
  for (const m of t) {
    const f = s[m];
    let d = 1 / 0, w = 0, b = 0;
    const v = 0.04 * Math.min(1, f.r * 4), k = (y, M) => a.every((x) => Math.hypot(x.x - y, x.y - M) >= x.r + f.r + v);
    if (!a.length) d = 0;
    else for (const y of a) for (let M = 0; M < 48; M++) {
      const x = M / 48 * 2 * Math.PI, X = y.r + f.r + v + 1e-6, R = y.x + X * Math.cos(x), U = y.y + X * Math.sin(x), Q = Math.hypot(R, U) + f.r;
      Q < d && k(R, U) && (d = Q, w = R, b = U);
    }
    f.x = w, f.y = b, a.push(f);
  }
  const l = (m, f) => Math.max(...s.map((d) => f * m(d) + d.r)) * f, i = l((m) => m.x, -1), n = l((m) => m.x, 1), r = l((m) => m.y, -1), o = l((m) => m.y, 1), h = 0.98 / Math.max(n - i, o - r), u = (i + n) / 2, g = (r + o) / 2;
  return s.map((m) => ({ x: 0.5 + (m.x - u) * h, y: 0.5 + (m.y - g) * h, r: m.r * h }));
}
function Fe(c, e) {
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
function Le(c, e, t) {
  const s = t.people, a = new Float32Array(s), l = new Float32Array(s), i = e.network;
  if (e.rows && e.columns && e.rows * e.columns === s) {
    const h = Math.max(e.rows, e.columns), u = 1 / h, g = (1 - e.columns * u) / 2, m = (1 - e.rows * u) / 2;
    for (let f = 0; f < s; f++)
      a[f] = g + (f % e.columns + 0.5) * u, l[f] = m + (Math.floor(f / e.columns) + 0.5) * u;
    return { x: a, y: l, radius: u / 2, square: !0, caption: `${e.rows} by ${e.columns} ${c.population.grid ? "sites" : "people"}, edges joined${e.rewiring ? `, ${100 * e.rewiring}% of the ties dealt anew` : ""}` };
  }
  if (i === "watts_strogatz" || i === "ring") {
    const h = Math.max(1, Math.min(24, Math.round(Math.sqrt(s / 12)))), u = s < 60 ? 0.44 : 0.3, g = 0.485;
    for (let f = 0; f < s; f++) {
      const d = f / s * 2 * Math.PI - Math.PI / 2, w = h === 1 ? g : u + (g - u) * (f % h) / (h - 1);
      a[f] = 0.5 + w * Math.cos(d), l[f] = 0.5 + w * Math.sin(d);
    }
    const m = Math.PI * (g * g - u * u);
    return { x: a, y: l, radius: Math.min(0.02, 0.45 * Math.sqrt(m / s)), square: !1, caption: "neighbours stand side by side on the circle" };
  }
  let n = "everyone sees everyone";
  if (t.labels) {
    const h = /* @__PURE__ */ new Map();
    t.labels.forEach((f, d) => {
      const w = h.get(f);
      w ? w.push(d) : h.set(f, [d]);
    });
    let u = [...h.values()];
    u.length > 400 && (u = Re(u));
    const g = Pe(u.map((f) => f.length));
    u.forEach((f, d) => oe(t.indptr ? Fe(f, t) : f, g[d].x, g[d].y, g[d].r, a, l));
    const m = g.reduce((f, d) => f + d.r * d.r, 0) * Math.PI;
    return n = u.length > 1 ? `${u.length} communities; those tied to one another stand close` : "one web of ties; those with most ties in the middle", { x: a, y: l, radius: Math.min(0.02, 0.42 * Math.sqrt(m / s)), square: !1, caption: n };
  }
  const r = Array.from({ length: s }, (h, u) => u), o = t.sortKey;
  return o && !t.indptr ? (r.sort((h, u) => o[h] - o[u] || h - u), n = `everyone sees everyone; lowest ${c.traits[0].name.replace(/_/g, " ")} in the middle`) : t.indptr && (n = "a web of ties"), oe(r, 0.5, 0.5, 0.485, a, l), { x: a, y: l, radius: Math.min(0.02, 0.42 * Math.sqrt(Math.PI * 0.485 * 0.485 / s)), square: !1, caption: n };
}
function Re(c) {
  return c.sort((e, t) => t.length - e.length), [...c.slice(0, 200), c.slice(200).flat()];
}
class Ue {
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
    if (this.stamp = [], i) for (let g = 0; g < h; g++) for (let m = 0; m < h; m++) this.stamp.push((g - (h >> 1)) * t + m - (h >> 1));
    else for (let g = -o; g <= o; g++) for (let m = -o; m <= o; m++) g * g + m * m <= r * r + 0.7 * r && this.stamp.push(g * t + m);
    this.stamp.length || (this.stamp = [0]), this.at = new Int32Array(n);
    const u = i ? 0 : o + 1;
    for (let g = 0; g < n; g++) {
      const m = Math.max(u, Math.min(t - 1 - u, Math.round(s[g] * t))), f = Math.max(u, Math.min(t - 1 - u, Math.round(a[g] * t)));
      this.at[g] = f * t + m;
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
      for (let u = 0; u < l.length; u++) {
        const g = h + l[u];
        g >= 0 && g < n && (i[g] = o);
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
function We(c) {
  const e = /^#([0-9a-f]{6})$/i.exec(c.trim());
  if (e) {
    const s = parseInt(e[1], 16);
    return [s >> 16, s >> 8 & 255, s & 255];
  }
  const t = c.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0];
  return [t[0], t[1], t[2]];
}
const $ = ([c, e, t]) => (255 << 24 | t << 16 | e << 8 | c) >>> 0, D = (c, e, t) => [0, 1, 2].map((s) => Math.round(Math.sqrt((1 - t) * c[s] ** 2 + t * e[s] ** 2))), I = (c) => `rgb(${c.join(" ")})`;
function le(c, e, t, s, a, l, i) {
  const n = (d) => We(c.getPropertyValue(`--${d}`)), r = n("paper"), o = n("person"), h = n("account-1"), u = n("account-2"), g = n("muted"), m = new Uint32Array(256).fill($(r)), f = (d) => Math.abs(d) >= 1e3 || d && Math.abs(d) < 0.01 ? d.toExponential(1) : String(Number(d.toPrecision(3)));
  if (s === "difference") {
    if (e === "float") {
      for (let w = 0; w < 256; w++) m[w] = $(w < 128 ? D(o, h, (128 - w) / 128) : D(o, u, (w - 128) / 127));
      return { paper: $(r), palette: m, legend: [{ label: `more ${i[0]}`, colour: I(h) }, { label: "alike", colour: I(o) }, { label: `more ${i[1]}`, colour: I(u) }] };
    }
    const d = e === "bool" ? [["in neither", o], [`only ${i[0]}`, h], [`only ${i[1]}`, u], ["in both", g]] : [["alike", o], ["different", u]];
    return d.forEach(([, w], b) => {
      m[b] = $(w);
    }), { paper: $(r), palette: m, legend: d.map(([w, b]) => ({ label: w, colour: I(b) })) };
  }
  if (e === "bool")
    return m[0] = $(o), m[1] = $(h), { paper: $(r), palette: m, legend: [{ label: t[0], colour: I(h) }, { label: `not ${t[0]}`, colour: I(o) }] };
  if (e === "float") {
    for (let d = 0; d < 256; d++) m[d] = $(D(o, h, d / 255));
    return { paper: $(r), palette: m, legend: [{ label: `${f(a)} to ${f(l)}`, colour: I(o), shape: "ramp", to: I(h) }] };
  }
  if (e === "boards") {
    const d = [n("site"), u, h, n("account-3"), n("account-4"), n("undetermined")];
    return m[0] = $(n("wash")), t.forEach((w, b) => {
      m[b + 1] = $(d[b % d.length]);
    }), { paper: $(r), palette: m, legend: t.map((w, b) => ({ label: w, colour: I(d[b % d.length]) })) };
  }
  for (let d = 1; d < 13; d++) {
    const w = (d - 1) * 30 * Math.PI / 180;
    m[d] = $([0, 1, 2].map((b) => Math.round(150 + 68 * Math.cos(w - b * 2 * Math.PI / 3))));
  }
  return { paper: $(r), palette: m, legend: [{ label: "one colour: the same in everything (twelve colours: chance likenesses happen)", colour: I(n("muted")) }] };
}
function Ce(c, e, t, s) {
  if (c === "bool") for (let a = 0; a < e.length; a++) s[a] = e[a] ? t[a] ? 3 : 1 : t[a] ? 2 : 0;
  else if (c === "float") for (let a = 0; a < e.length; a++) s[a] = 128 + (t[a] - e[a] >> 1);
  else for (let a = 0; a < e.length; a++) s[a] = e[a] === t[a] ? 0 : 1;
  return s;
}
const ze = /(#.*$)|("""[\s\S]*?"""|'[^'\n]*'|"[^"\n]*")|\b(def|if|else|elif|for|in|while|return|and|or|not|is|None|True|False|continue|break)\b|\b(me|seen|here|society|people|p|luck|tally|rate|ties|grid)(?=\.)/gm;
function qe(c, e) {
  const t = c.split(`
`).map((s, a) => {
    const l = p("span", { "data-line": String(e + a) });
    let i = 0;
    for (const n of s.matchAll(ze))
      l.append(s.slice(i, n.index)), l.append(p("span", { className: n[1] ? "comment" : n[2] ? "text" : n[3] ? "word" : "root" }, n[0])), i = n.index + n[0].length;
    return l.append(s.slice(i) + `
`), l;
  });
  return p("pre", { tabIndex: 0 }, p("code", {}, t));
}
const V = 24, P = 14, he = 6;
class je {
  constructor(e, t, s) {
    this.root = e, this.packed = t, this.options = s, this.meta = t.meta;
    const { shown: a, ignored: l } = s.address ? ee(this.meta, location.hash) : { shown: Y(this.meta), ignored: [] };
    this.s = a, e.classList.add("gs"), this.main = this.start(), this.behind = this.start(), this.build(), l.length && this.say(`The address asks for ${l.join(", ")}, which this theory does not have or does not allow; the rest of it is shown.`), this.run(!0), !matchMedia("(prefers-reduced-motion: reduce)").matches && !this.s.step && this.play(!0), requestAnimationFrame((n) => this.tick(n)), matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour()), new ResizeObserver(() => {
      this.stages.forEach((n) => n.resize()), this.paint(!0);
    }).observe(this.root), s.address && addEventListener("hashchange", () => {
      location.hash.replace(/^#/, "") !== Z(this.meta, this.s) && (this.s = ee(this.meta, location.hash).shown, this.build(), this.run(!0));
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
    return { table: e.table, params: e.params, seed: e.seed, steps: e.steps, interventions: e.twin && e.twin.kind !== "from" ? [e.twin] : [], other: e.twin?.kind === "from" ? { [e.twin.name]: e.twin.value } : {}, twin: !!e.twin, view: e.view, watch: e.person };
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
        this.people = e.people, this.layout = Le(this.meta, this.s.table, e.people), this.stages.forEach((t) => t.setLayout(this.layout)), this.el.caption && (this.el.caption.textContent = this.pictureCaption()), this.paint(!0);
      else if (e.type === "progress") {
        const t = this.meta.observables.length;
        this.values.world.set(e.world, e.from * t), e.twin && this.values.twin?.set(e.twin, e.from * t), this.upto = e.to, this.ask(), this.plots();
      } else e.type === "frame" ? (this.frames = e.shown, this.paint(), this.ask()) : e.type === "life" ? (this.life = e.life, this.showLife(), this.paint(!0)) : e.type === "member" ? (this.members.world.push(e.world), e.twin && this.members.twin.push(e.twin), (e.count < 6 || e.count % 4 === 0) && this.summarise()) : e.type === "done" ? (this.members.world.length ? this.summarise() : this.meta.engine.kind !== "flow" && this.upto >= this.s.steps && this.meta.engine.exact !== void 0 && this.meta.engine.kind !== "none" && this.meta.engine.kind !== "recorded" && this.behind.postMessage({ type: "ensemble", id: this.id, settings: this.settings(), worlds: V }), this.root.dataset.done = String(this.id)) : e.type === "failed" && this.fail(e.message);
  }
  summarise() {
    const e = this.meta.observables.length, t = this.s.steps, { world: s, twin: a } = this.members;
    this.meta.observables.forEach((l, i) => {
      this.bands.world[i] = z(s, i, e, t), this.bands.twin[i] = a.length ? z(a, i, e, t) : null, this.bands.effect[i] = a.length ? z(a, i, e, t, s) : null;
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
    const e = this.meta.observables.length, t = Math.min(this.s.step, Math.max(this.upto, 0)), s = this.meta.observables.slice(0, 4).map((a, l) => `${A(a.name)} ${N(this.values.world[t * e + l])}${this.values.twin ? `, twin ${N(this.values.twin[t * e + l])}` : ""}`);
    this.el.live.textContent = `Step ${t}: ${s.join("; ")}.`;
  }
  say(e) {
    this.el.live.textContent = e, this.el.said.textContent = e, this.el.said.hidden = !e;
  }
  save() {
    if (!this.options.address) return;
    const e = Z(this.meta, this.s), t = location.hash.replace(/^#/, "");
    e !== t && history.replaceState(null, "", e ? `#${e}` : location.pathname + location.search);
  }
  // -- drawing ---------------------------------------------------------------------------------------------------
  recolour() {
    const e = getComputedStyle(this.root), t = this.meta.views[this.s.view], s = t ? t.of.map(A) : [], a = this.frames?.low ?? 0, l = this.frames?.high ?? 1, i = ["in the world", "in the twin"];
    this.palette = {
      world: le(e, t?.kind ?? "bool", t?.kind === "boards" ? s : [t?.label ?? ""], "world", a, l, i),
      difference: le(e, t?.kind ?? "bool", s, "difference", a, l, i)
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
    !t.twin || a === "world" ? this.stages[0].show(t.world, this.palette.world.palette) : a === "twin" ? this.stages[0].show(t.twin, this.palette.world.palette) : a === "difference" ? (this.scratch.length !== t.world.length && (this.scratch = new Uint8Array(t.world.length)), this.stages[0].show(Ce(s.kind, t.world, t.twin, this.scratch), this.palette.difference.palette)) : (this.stages[0].show(t.world, this.palette.world.palette), this.stages[1]?.show(t.twin, this.palette.world.palette)), this.counted.frames++, this.root.dataset.frames = String(this.counted.frames), this.root.dataset.step = String(t.step), this.stages.forEach((l, i) => l.canvas.setAttribute("aria-label", this.spoken(t, i)));
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
    const e = getComputedStyle(this.root), t = e.getPropertyValue("--account-1"), s = e.getPropertyValue("--account-2"), a = e.getPropertyValue("--contradicted"), l = this.meta.observables.length, { world: i, twin: n } = this.values, r = this.s.steps, o = this.s.twin && this.s.twin.kind !== "from" ? [{ at: W(this.s.twin), until: "end" in this.s.twin ? this.s.twin.end : null, colour: s }] : [];
    for (const { chart: h, effect: u, k: g, now: m } of this.charts) {
      const f = (k) => Float64Array.from({ length: r + 1 }, (y, M) => k[M * l + g]), d = f(i), w = n ? f(n) : null;
      h.steps = r, h.at = this.s.step, h.marks = o, h.series = [{ name: "world", colour: t, values: d, upto: this.upto, band: this.bands.world[g] ?? null }], w && h.series.push({ name: "twin", colour: s, values: w, upto: this.upto, band: this.bands.twin[g] ?? null, dash: [6, 3] }), this.record && this.recordOf === g && h.series.push({ name: "record", colour: e.getPropertyValue("--ink"), values: this.record, upto: r, band: null, points: !0 }), h.draw(), u && (u.steps = r, u.at = this.s.step, u.marks = o, u.zero = !0, u.series = w ? [{ name: "effect", colour: this.meta.observables[g].harm ? a : s, values: w.map((k, y) => k - d[y]), upto: this.upto, band: this.bands.effect[g] ?? null }] : [], u.draw());
      const b = Math.min(h.hover >= 0 ? h.hover : this.s.step, Math.max(this.upto, 0)), v = (k, y) => {
        const M = p("span", {}, N(k[b]));
        return M.style.setProperty("--role", `var(--${y})`), M;
      };
      m.replaceChildren(v(d, "account-1"), ...w ? [v(w, "account-2")] : []), h.canvas.setAttribute("aria-label", `${A(this.meta.observables[g].name)} over ${r} steps; at step ${b} it is ${N(d[b])}${w ? `, in the twin ${N(w[b])}` : ""}`);
    }
    this.lifeChart && this.life && this.drawLife();
  }
  // -- building --------------------------------------------------------------------------------------------------
  build() {
    const e = this.meta.theory;
    this.el.live = p("p", { className: "hidden", role: "status", "aria-live": "polite" }), this.el.said = p("p", { className: "note", hidden: !0 }), this.el.error = p("p", { className: "error", role: "alert", hidden: !0 });
    const t = this.meta.engine, s = this.meta.traits.some((i) => ["Normal", "LogNormal", "Beta"].includes(i.kind)), a = t.kind === "none" ? `Python simulates this theory beside the page, because ${t.why}.` : t.kind === "recorded" ? `These histories were recorded, because ${t.why}.` : t.exact ? "Your browser runs the theory's own compiled rule: the numbers are those of Groundswell's other engines, byte for byte." + (s ? " People drawn anew in the page have traits that agree with Python's to about fifteen digits." : "") : `Your browser runs the theory's own compiled rule, with its own ${t.approximate.join(", ")}: last digits may differ from Groundswell's other engines, and histories may part from them.`, l = p(
      "div",
      { className: "inside" },
      p("a", { className: "skip", href: "#play", onclick: (i) => {
        i.preventDefault(), this.el.play.focus();
      } }, "To the controls"),
      p(
        "header",
        {},
        p("p", { className: "over" }, `Groundswell ${this.meta.version}: a theory, moving`),
        p("h1", {}, e.title),
        p("p", { className: "lead" }, T(e.summary)),
        p("p", { className: "note" }, `${e.source} `, p("span", {}, a)),
        this.el.said,
        this.el.error,
        this.el.live
      ),
      p(
        "main",
        {},
        p("div", { className: "room" }, this.picture(), this.plotsPanel(), this.levers()),
        p("div", { className: "below" }, this.ruleText(), this.about())
      )
    );
    this.root.replaceChildren(l), this.stages = [...l.querySelectorAll("canvas.stage")].map((i) => this.stage(i)), this.layout && this.stages.forEach((i) => i.setLayout(this.layout)), this.recolour(), this.effects(), this.showLife(), this.root.dataset.keys || (this.root.dataset.keys = "yes", this.root.addEventListener("keydown", (i) => this.key(i)), document.addEventListener("keydown", (i) => {
      i.target === document.body && this.key(i);
    }));
  }
  stage(e) {
    const t = new Ue(e);
    return e.addEventListener("click", (s) => {
      const a = t.person(s);
      a >= 0 && this.watch(a);
    }), t;
  }
  pictureCaption() {
    if (!this.layout || !this.people) return "";
    const e = this.meta.population.grid ? "sites" : "people";
    return `${this.people.people.toLocaleString("en")} ${e}: ${this.layout.caption}. Click one to follow them.${this.s.twin ? " World and twin have the same people and the same luck." : ""}`;
  }
  picture() {
    const e = this.meta, t = this.s, s = !!t.twin && t.mode === "both", a = (o, h) => {
      const u = p("h2", {}, o);
      return u.style.setProperty("--role", `var(--${h})`), p("figure", {}, t.twin ? u : null, p("canvas", { className: "stage", role: "img", tabIndex: 0 }));
    }, l = e.engine.kind === "flow";
    this.el.legend = p("ul", { className: "legend" }), this.el.caption = p("p", { className: "note" }, this.pictureCaption());
    const i = e.views.length > 1 ? this.select("Colour by", e.views.map((o) => o.label + (o.meaning && o.meaning !== o.label ? `: ${o.meaning}` : "")), t.view, (o) => {
      t.view = o, this.frames = null, this.build(), this.run();
    }) : null, n = [["both", "Side by side"], ["difference", "Difference"], ["world", "World"], ["twin", "Twin"]], r = t.mode === "difference" ? "Where world and twin differ" : t.mode === "twin" ? "Twin" : "World";
    return this.el.play = p("button", { id: "play", className: "main", type: "button", onclick: () => this.play(!this.playing) }, "Play"), this.el.time = p("input", { type: "range", className: "time", min: 0, max: String(t.steps), value: String(t.step), "aria-label": "Step", oninput: (o) => {
      this.play(!1), this.go(Number(o.target.value));
    } }), this.el.time.value = String(t.step), this.el.at = p("output", {}, this.when()), p(
      "section",
      { className: "picture", "aria-label": "Picture" },
      l ? this.flowNote() : p(
        "div",
        { className: `pictures${s ? " two" : ""}` },
        s ? [a("World", "account-1"), a("Twin", "account-2")] : a(r, t.mode === "twin" ? "account-2" : "account-1")
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
    return i.selectedIndex = Math.max(0, s), p("span", { className: "choice" }, p("label", { htmlFor: l, className: "note" }, e), i);
  }
  plotsPanel() {
    this.charts = [];
    const e = this.meta.observables.map((i, n) => ({ o: i, k: n })), t = [...e.filter(({ o: i }, n) => n === 0 || i.harm), ...e.filter(({ o: i }, n) => n > 0 && !i.harm)], s = this.allPlots || t.length <= he ? t : t.slice(0, he - 1), a = ({ o: i, k: n }) => {
      const r = () => this.plots(), o = (m) => {
        this.play(!1), this.go(m);
      }, h = p("span", { className: "now" }), u = p("canvas", { role: "img" }), g = this.s.twin ? p("canvas", { role: "img", "aria-label": `${A(i.name)}: twin less world` }) : null;
      return this.charts.push({ chart: new C(u, o, r), effect: g ? new C(g, o, r) : null, k: n, now: h }), g && (g.style.height = "4.75rem"), p(
        "figure",
        { className: "plot" },
        p("div", { className: "head" }, p("span", {}, p("b", {}, A(i.name)), i.harm ? p("span", { className: "harm-tag" }, "harm") : null, i.unit ? p("span", { className: "unit" }, ` ${i.unit}`) : null), h),
        u,
        g ? p("p", { className: "unit" }, "effect: twin less world") : null,
        g,
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
      l ? null : p("p", { className: "note" }, `Line: the world drawn. Band: 10% to 90% of ${V} worlds with luck${this.meta.population.made ? " and people" : ""} of their own; dashes: their median. Click or drag in a plot to go to a step.`),
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
      for (const [h, u] of a) {
        if (h === void 0 || h.trim() === "") continue;
        const g = Number(h), m = Number(u);
        u !== void 0 && u.trim() !== "" && Number.isInteger(g) && g >= 0 && g <= this.s.steps && Number.isFinite(m) ? (l[g] = m, i++) : n++;
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
    const e = this.meta, t = this.s, s = e.params, a = s.filter((r) => t.params[r.name] !== r.value);
    this.el.reset = p("button", { type: "button", className: "quiet", disabled: !a.length, onclick: () => {
      for (const r of s) t.params[r.name] = r.value;
      this.build(), this.run();
    } }, "reset to the source's values");
    const l = s.map((r) => this.lever(r)), i = l.slice(0, P), n = l.slice(P);
    return p(
      "section",
      { className: "levers", "aria-label": "What can be moved" },
      p("section", { className: "twin" }, this.twinPanel()),
      p(
        "section",
        {},
        p("h2", {}, "Parameters ", this.el.reset),
        p("div", { className: "levers-grid" }, i),
        n.length ? p("details", { open: n.some((r, o) => t.params[s[o + P].name] !== s[o + P].value) }, p("summary", { className: "note" }, `${n.length} more parameters`), p("div", { className: "levers-grid" }, n)) : null
      ),
      p("section", {}, p("h2", {}, "People and luck"), this.peoplePanel())
    );
  }
  /** A slider with its number; the range of the support, and what is known of the parameter. */
  lever(e) {
    const t = this.s, s = O("p"), a = e.to - e.from, l = e.whole ? 1 : a > 0 ? 10 ** Math.floor(Math.log10(a / 200)) : 0.01, i = p("label", { htmlFor: s, title: e.source ? `Source: ${e.source}` : "" }, A(e.name)), n = e.fixed !== "" && !this.options.base, r = p("input", { id: s, type: "range", min: String(e.from), max: String(e.to), step: String(l), disabled: n, "aria-describedby": `${s}m` }), o = p("input", { type: "number", className: "value", step: "any", value: String(t.params[e.name]), disabled: n, "aria-label": `${A(e.name)}, value` });
    r.value = String(t.params[e.name]);
    const h = () => {
      i.className = t.params[e.name] !== e.value ? "moved" : "", this.el.reset && (this.el.reset.disabled = this.meta.params.every((g) => t.params[g.name] === g.value));
    }, u = (g, m) => {
      if (!Number.isFinite(g) || !E(e, g)) {
        o.setAttribute("aria-invalid", "true"), this.say(`${A(e.name)} = ${o.value}; expected a number in ${e.support}.`);
        return;
      }
      o.removeAttribute("aria-invalid"), t.params[e.name] = g, m !== r && (r.value = String(g)), m !== o && (o.value = String(Number(g.toPrecision(6)))), h(), e.fixed ? this.renew() : this.soon();
    };
    return r.addEventListener("input", () => {
      let g = Number(r.value);
      E(e, g) || (g += g <= e.from ? l / 10 : -l / 10), u(g, r);
    }), o.addEventListener("change", () => u(Number(o.value), o)), r.addEventListener("dblclick", () => u(e.value, i)), h(), p(
      "div",
      { className: `lever${n ? " fixed" : ""}` },
      p("div", { className: "top" }, i, o),
      r,
      p(
        "details",
        {},
        p("summary", { id: `${s}m` }, T(e.meaning || "no meaning is stated"), n ? " Fixed in this page." : ""),
        p("p", {}, e.unit ? `In ${e.unit}. ` : "", `${e.support === "any" ? "Any number" : `Support ${e.support}`}; ${N(e.value)} ${e.value === e.default ? "by default" : "in the source's setting"}. Source: ${e.source}.`, n ? ` Fixed in this page, because ${e.fixed}.` : "")
      )
    );
  }
  peoplePanel() {
    const e = this.s, t = e.table, s = [], a = this.meta.population.made && ue.has(t.network) || !!this.options.base, l = !this.meta.traits.every((n) => !["measured", "Listed", "Ranked"].includes(n.kind)) || this.meta.engine.fields.some((n) => n.from === "data"), i = this.options.base ? !0 : a && !l;
    if (this.meta.engine.kind !== "flow") {
      s.push(p("p", { className: "note" }, `Network: ${A(t.network)}. `, i ? "" : "The people of this page come with it; the luck can be drawn anew."));
      for (const n of ["people", "rows", "columns", "mean_degree", "neighbours", "rewiring", "ties_per_newcomer", "mix", "communities", "village_size", "far", "radius"])
        n in t && s.push(this.field(A(n), t[n], !i, (r) => {
          const o = n === "rewiring" || n === "mix" || n === "far";
          if (o ? r < 0 || r > 1 : n === "mean_degree" ? r < 0 : !Number.isInteger(r) || r < 1 || n === "neighbours" && r % 2 === 1) return o ? "a share from 0 to 1" : n === "neighbours" ? "an even number" : n === "mean_degree" ? "a number from 0" : "a whole number from 1";
          const u = n === "people" ? r : t.rows ? n === "rows" ? r * t.columns : n === "columns" ? r * t.rows : t.rows * t.columns : t.people;
          return u > 2e6 ? "at most 2,000,000 people in a page; groundswell simulate takes more" : n === "mean_degree" && r > u - 1 ? `at most ${u - 1}` : (t[n] = r, this.options.base ? this.renew() : this.run(!0), "");
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
      { kind: "from", label: "a parameter moved from the start", names: e.engine.kind === "none" ? [] : e.params.filter((t) => !t.fixed).map((t) => t.name) },
      { kind: "set", label: "a parameter held for a while (0 closes a channel)", names: e.params.filter((t) => !t.early && !t.fixed).map((t) => t.name) },
      { kind: "cap", label: "a variable of society capped", names: e.societies.map((t) => t.name) },
      { kind: "seed", label: "people set in motion", names: e.states.filter((t) => t.kind === "bool").map((t) => t.name) }
    ].filter((t) => t.names.length).map((t) => ({ ...t, names: [...t.names] }));
  }
  makeTwin(e, t) {
    const s = Math.max(1, Math.round(this.s.steps / 3)), a = this.meta.params.find((i) => i.name === t);
    if (e === "from") {
      const i = a.value ? Number((1.25 * a.value).toPrecision(3)) : a.from + 0.25 * (a.to - a.from);
      return { kind: e, name: t, value: E(a, i) ? i : a.from };
    }
    if (e === "pulse") return { kind: e, name: t, amount: 1, at: s };
    if (e === "seed") return { kind: e, name: t, share: 0.05, at: s };
    if (e === "cap") return { kind: e, name: t, most: 0, start: s, end: null };
    const l = a && E(a, 0) && a.value !== 0 ? 0 : a.to;
    return { kind: "set", name: t, value: l, start: s, end: null };
  }
  twinPanel() {
    const e = this.s, t = this.kinds();
    if (!t.length || this.meta.engine.kind === "recorded") return [p("h2", {}, "Twins"), p("p", { className: "note" }, "No rule of this theory can be interfered with in this page.")];
    const s = (f = !0) => {
      f && this.build(), this.run();
    }, a = p("button", { type: "button", "aria-pressed": String(!!e.twin), onclick: () => {
      if (e.twin)
        e.twin = null, e.mode = "world";
      else {
        const f = t[0];
        e.twin = this.makeTwin(f.kind, f.names[0]), e.mode = "both";
      }
      s();
    } }, e.twin ? "Twin on" : "Add a twin"), l = [p("h2", {}, "Twins"), p("p", { className: "note" }, "A second world with the same people and the same luck that differs in one thing."), p("div", { className: "row transport" }, a)], i = e.twin;
    if (!i) return l;
    const n = t.find((f) => f.kind === i.kind);
    l.push(p("div", { className: "row" }, this.select("What", t.map((f) => f.label), t.indexOf(n), (f) => {
      e.twin = this.makeTwin(t[f].kind, t[f].names[0]), s();
    }))), l.push(p("div", { className: "row" }, this.select("Which", n.names.map(A), n.names.indexOf(i.name), (f) => {
      e.twin = this.makeTwin(i.kind, n.names[f]), s();
    })));
    const r = this.meta.params.find((f) => f.name === i.name), o = i.kind === "pulse" ? { label: "amount", value: i.amount, from: 0, to: 5, set: (f) => {
      i.amount = f;
    } } : i.kind === "seed" ? { label: "share of people", value: i.share, from: 0, to: 1, set: (f) => {
      i.share = f;
    } } : i.kind === "cap" ? { label: "at most", value: i.most, from: 0, to: 1, set: (f) => {
      i.most = f;
    } } : { label: i.kind === "from" ? "in the twin" : "held at", value: i.value, from: r.from, to: r.to, set: (f) => {
      i.value = f;
    } }, h = e.steps;
    l.push(this.dial(o.label, o.value, o.from, o.to, (o.to - o.from) / 100, (f) => {
      (i.kind === "set" || i.kind === "from") && !E(r, f) || (o.set(f), this.soon());
    }));
    const u = W(i);
    i.kind !== "from" && l.push(this.dial("at" in i ? "at step" : "from step", u, 1, h, 1, (f) => {
      "at" in i ? i.at = f : (i.start = f, i.end !== null && i.end < f && (i.end = f)), this.soon(), this.plots();
    })), i.kind !== "from" && !("at" in i) && l.push(this.dial("until step (the last: for good)", i.end ?? h + 1, 1, h + 1, 1, (f) => {
      i.end = f > h ? null : Math.max(f, i.start), this.soon(), this.plots();
    }));
    const g = this.meta.shocks.find((f) => f.name === i.name), m = g?.meaning ?? r?.meaning ?? this.meta.societies.find((f) => f.name === i.name)?.meaning ?? this.meta.states.find((f) => f.name === i.name)?.meaning;
    return m && l.push(p("p", { className: "note" }, T(m), g?.harm ? " This is violence: it enters as a shock from outside, is never optimised, and its harm is shown beside its effect." : "")), l;
  }
  dial(e, t, s, a, l, i) {
    const n = O("d"), r = p("output", { htmlFor: n }, N(t)), o = p("input", { id: n, type: "range", min: String(s), max: String(a), step: String(l), oninput: (h) => {
      const u = Number(h.target.value);
      r.textContent = N(u), i(u);
    } });
    return o.value = String(t), p("div", { className: "lever" }, p("div", { className: "top" }, p("label", { htmlFor: n }, e), r), o);
  }
  /** Effect and harm, side by side: from the change to the end, over the ensemble's pairs. */
  effects() {
    const e = this.el.effects, t = this.s.twin;
    if (!e) return;
    if (e.hidden = !t, !t) return e.replaceChildren();
    const s = this.meta.observables.length, a = W(t), { world: l, twin: i } = this.members, n = this.s.steps, r = (g, m) => {
      let f = 0;
      for (let d = a; d <= n; d++) f += g[d * s + m];
      return f / Math.max(1, n - a + 1);
    }, o = (g) => {
      const m = this.meta.observables[g], f = l.map((b, v) => r(i[v], g) - r(b, g)).sort((b, v) => b - v), d = (b) => f[Math.round(b * (f.length - 1))], w = f.length >= 3 ? `${K(d(0.5))} (${K(d(0.1))} to ${K(d(0.9))})` : "simulating …";
      return p("tr", {}, p("th", { scope: "row" }, A(m.name), m.harm ? p("span", { className: "harm-tag" }, "harm") : null), p("td", { className: "figure" }, w));
    }, h = this.meta.observables.map((g, m) => ({ o: g, k: m })).filter(({ o: g }) => g.harm).map(({ k: g }) => g), u = this.meta.observables.map((g, m) => m).filter((g) => !h.includes(g)).slice(0, 3);
    e.replaceChildren(
      p(
        "table",
        {},
        p("caption", {}, `Twin less world, mean of steps ${a} to ${n}: median of ${l.length || V} pairs (10% to 90%). An effect within this theory, at these values.`),
        p("thead", {}, p("tr", {}, p("th", { scope: "col" }, "observable"), p("th", { scope: "col", className: "figure" }, "effect"))),
        p("tbody", {}, u.slice(0, 1).map(o), h.map(o), u.slice(1).map(o))
      ),
      h.length ? "" : p("p", { className: "note" }, "This theory records no harm: what a change costs people is not in it.")
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
      const n = s.traits.map(([o, h]) => [A(o), N(h)]);
      n.push(["ties", s.degree.toLocaleString("en") + (s.ties.length ? `: ${s.ties.slice(0, 12).join(", ")}${s.ties.length > 12 ? " …" : ""}` : "")]);
      const r = p("canvas", { role: "img", "aria-label": `The life of person ${s.person}` });
      this.lifeChart = new C(r, (o) => this.go(o), () => this.drawLife()), this.el.lifeNow = p("dl", { className: "facts" }), i.push(
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
    const l = (i, n) => this.meta.states.find((r) => r.name === i)?.kind === "bool" ? n ? "yes" : "no" : N(n);
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
      e.rules.map((t) => p("figure", {}, p("figcaption", {}, `${t.name}${t.file ? `, ${t.file}, line ${t.line}` : ""}`), qe(t.text, t.line)))
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
        const l = Y(this.meta);
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
const K = (c) => (c > 0 ? "+" : "") + N(c), be = '(function(){"use strict";const K={u8:Uint8Array,i8:Int8Array,i16:Int16Array,i32:Int32Array,u32:Uint32Array,f64:Float64Array,i64:BigInt64Array,u64:BigUint64Array},L=262144,T=1<<20;class ${constructor(e,t,n){this.args=t;const i=n+63&-64;this.top=i+L+64,this.memory=new WebAssembly.Memory({initial:Math.ceil((this.top+T)/65536)+1}),this.held=this.memory.buffer,this.heap=this.take(T),this.heapEnd=this.heap+T;const c={__linear_memory:this.memory,__stack_pointer:new WebAssembly.Global({value:"i32",mutable:!0},i+L),__indirect_function_table:new WebAssembly.Table({initial:64,element:"anyfunc"}),sqrt:Math.sqrt,floor:Math.floor,ceil:Math.ceil,trunc:Math.trunc,fabs:Math.abs,pow:Math.pow,exp:Math.exp,expm1:Math.expm1,log:Math.log,log1p:Math.log1p,log2:Math.log2,log10:Math.log10,sin:Math.sin,cos:Math.cos,tan:Math.tan,asin:Math.asin,acos:Math.acos,atan:Math.atan,atan2:Math.atan2,sinh:Math.sinh,cosh:Math.cosh,tanh:Math.tanh,cbrt:Math.cbrt,hypot:Math.hypot,exp2:s=>2**s,fmod:(s,o)=>s%o,erf:s=>1-V(s),erfc:V,rint:s=>{const o=Math.round(s);return Math.abs(o-s)===.5&&o%2?o-1:o},memset:(s,o,r)=>(this.bytes().fill(o,s,s+r),s),memcpy:(s,o,r)=>(this.bytes().copyWithin(s,o,o+r),s),memmove:(s,o,r)=>(this.bytes().copyWithin(s,o,o+r),s),NRT_MemInfo_alloc_aligned:s=>this.info(Number(s)),NRT_MemInfo_alloc_safe_aligned:s=>this.info(Number(s)),NRT_MemInfo_alloc:s=>this.info(Number(s)),NRT_MemInfo_new_varsize_dtor:s=>this.info(Number(s)),NRT_MemInfo_new_varsize:s=>this.info(Number(s)),NRT_MemInfo_varsize_alloc:(s,o)=>this.fresh(s,Number(o)),NRT_MemInfo_varsize_realloc:(s,o)=>this.fresh(s,Number(o),!0),NRT_MemInfo_varsize_free:()=>{},NRT_Allocate:s=>this.allocate(Number(s)),NRT_MemInfo_call_dtor:()=>{},NRT_Free:()=>{},NRT_incref:()=>{},NRT_decref:()=>{}},f={};for(const{name:s}of WebAssembly.Module.imports(e)){if(!(s in c))throw new Error(`the page has no ${s}`);f[s]=c[s]}this.exports=new WebAssembly.Instance(e,{env:f}).exports}memory;regions={};views={};held;top;heap=0;heapEnd=0;heapAt=0;exports={};bytes(){return new Uint8Array(this.memory.buffer)}ensure(e){const t=this.memory.buffer.byteLength;e>t&&this.memory.grow(Math.ceil((e-t)/65536))}take(e){const t=this.top;return this.top=t+e+63&-64,this.ensure(this.top),t}allocate(e){const t=e+63&-64;if(this.heapAt+t>this.heapEnd){const i=Math.max(t,2*(this.heapEnd-this.heap));this.heap=this.heapAt=this.take(i),this.heapEnd=this.heap+i}const n=this.heapAt;return this.heapAt+=t,n}info(e){const t=this.allocate(e+64),n=new DataView(this.memory.buffer);return n.setBigInt64(t,1n,!0),n.setInt32(t+8,0,!0),n.setInt32(t+12,0,!0),n.setInt32(t+16,t+64,!0),n.setBigInt64(t+24,BigInt(e),!0),t}fresh(e,t,n=!1){const i=this.allocate(t),c=new DataView(this.memory.buffer),f=c.getInt32(e+16,!0),s=Number(c.getBigInt64(e+24,!0));return n&&this.bytes().copyWithin(i,f,f+Math.min(s,t)),c.setInt32(e+16,i,!0),c.setBigInt64(e+24,BigInt(t),!0),i}array(e,t,n,i){const c=n.reduce((o,r)=>o*r,1),f=K[t].BYTES_PER_ELEMENT,s=this.take(Math.max(c*(i??f),8));return this.regions[e]={kind:t,at:s,length:c*(i??f)/f,shape:n,item:i??f},this.held=null,this.view(e)}view(e){this.held!==this.memory.buffer&&(this.views={},this.held=this.memory.buffer);const t=this.regions[e];return this.views[e]??=new K[t.kind](this.memory.buffer,t.at,t.length)}bind(e){const t=this.exports[e],n=[0,0],i=[],c=this.take(64);n[0]=c,n[1]=c+32;for(const f of this.args[e])if(f.kind==="array"){const s=this.regions[f.name];if(!s)throw new Error(`${e} takes ${f.name}, which the page does not know`);const o=[];let r=s.item;for(let l=s.shape.length-1;l>=0;l--)o[l]=r,r*=s.shape[l];n.push(0,0,BigInt(s.shape.reduce((l,p)=>l*p,1)),BigInt(s.item),s.at,...s.shape.map(BigInt),...o.map(BigInt))}else f.kind==="record"?n.push(this.regions[f.name].at):(i.push([f.name,n.length,f.kind==="i64"]),n.push(f.kind==="i64"?0n:0));return(f={})=>{for(const[o,r,l]of i)o in f&&(n[r]=l?BigInt(f[o]):Number(f[o]));this.heapAt=this.heap;const s=t(...n);if(s!==0)throw new Error(`${e} stopped with an error of the theory (code ${s})`)}}}function V(a){const e=Math.abs(a);let t;if(e<2.5){let n=e,i=e;for(let c=1;Math.abs(n)>1e-17*i&&c<200;c++)n*=-e*e/c,i+=n/(2*c+1);t=1-2/Math.sqrt(Math.PI)*i}else{let n=0;for(let i=60;i>0;i--)n=i/2/(e+n);t=Math.exp(-e*e)/Math.sqrt(Math.PI)/(e+n)}return a<0?2-t:t}const C=[1779033703,3144134277,1013904242,2773480762,1359893119,2600822924,528734635,1541459225],ie=["0123456789abcdef","ea489fd61c02b753","b8c052fdae367194","7931dcbe265a40f8","905724afe1bc683d","2c6a0b834d75fe19","c51fed4a0763928b","db7ec13950f4862a","6fe9b308c2d714a5","a2847615fb9e3cd0"].map(a=>[...a].map(e=>parseInt(e,16))),N=(a,e)=>(a>>>e|a<<32-e)>>>0;function oe(a,e){const t=C.slice();t[0]=(t[0]^16842752^e)>>>0;const n=Math.max(1,Math.ceil(a.length/64));for(let i=0;i<n;i++){const c=new Uint8Array(64);c.set(a.subarray(i*64,i*64+64));const f=new Uint32Array(c.buffer),s=i===n-1,o=s?a.length:(i+1)*64,r=[...t,...C];r[12]=(r[12]^o)>>>0,s&&(r[14]=~r[14]>>>0);const l=(p,w,h,m,u,d)=>{r[p]=r[p]+r[w]+u>>>0,r[m]=N(r[m]^r[p],16),r[h]=r[h]+r[m]>>>0,r[w]=N(r[w]^r[h],12),r[p]=r[p]+r[w]+d>>>0,r[m]=N(r[m]^r[p],8),r[h]=r[h]+r[m]>>>0,r[w]=N(r[w]^r[h],7)};for(const p of ie)l(0,4,8,12,f[p[0]],f[p[1]]),l(1,5,9,13,f[p[2]],f[p[3]]),l(2,6,10,14,f[p[4]],f[p[5]]),l(3,7,11,15,f[p[6]],f[p[7]]),l(0,5,10,15,f[p[8]],f[p[9]]),l(1,6,11,12,f[p[10]],f[p[11]]),l(2,7,8,13,f[p[12]],f[p[13]]),l(3,4,9,14,f[p[14]],f[p[15]]);for(let p=0;p<8;p++)t[p]=(t[p]^r[p]^r[p+8])>>>0}return new Uint8Array(new Uint32Array(t).buffer).slice(0,e)}function U(a,...e){const t=[String(a),...e.map(n=>`${typeof n=="number"?"int":"str"}:${n}`)].join("");return new DataView(oe(new TextEncoder().encode(t),8).buffer).getBigUint64(0,!0)}const E=(a,e)=>typeof a=="string"?e[a]:a;function O(a,e,t,n){const i=new Int32Array(t);for(let r=0;r<t;r++){i[r]+=a[r+1]-a[r];for(let l=a[r];l<a[r+1];l++)i[e[l]]++}const c=new Int32Array(t+1);for(let r=0;r<t;r++)c[r+1]=c[r]+i[r];const f=new Int32Array(c[t]),s=c.slice(0,t),o=()=>{for(let r=0;r<t;r++)for(let l=a[r];l<a[r+1];l++)f[s[r]++]=e[l]};n!=="upper"&&o();for(let r=0;r<t;r++)for(let l=a[r];l<a[r+1];l++)f[s[e[l]]++]=r;if(n==="upper"&&o(),n==="any")for(let r=0;r<t;r++)f.subarray(c[r],c[r+1]).sort();return[c,f]}function ae(a,e){const t=new Uint8Array(a);let n=0;const i=()=>{let s=0,o=0;for(;;){const r=t[n++];if(s|=(r&127)<<o,r<128)return s;o+=7}},c=new Int32Array(e+1),f=[];for(let s=0;s<e;s++){const o=i();let r=s;for(let l=0;l<o;l++)r+=i(),f.push(r);c[s+1]=f.length}return O(c,Int32Array.from(f),e,"upper")}function le(a,e){if(e.sizes)return e.sizes;const t=e.communities;return Array.from({length:t},(n,i)=>Math.floor(a/t)+(i<a%t?1:0))}function S(a,e,t,n,i,c,f){const s=t.reduce((d,g)=>d+g,0);let o=0;t.forEach((d,g)=>{o+=n[g]*d*(d-1)/2+i*d*(s-d)/2});const r=Math.ceil(o+8*Math.sqrt(o))+16,l=new $(a,e.engine.networks.arguments,e.engine.networks.dataEnd),p=l.array("end","i64",[t.length]);let w=0;t.forEach((d,g)=>{w+=d,p[g]=BigInt(w)}),l.array("within","f64",[t.length]).set(n),l.array("counts","i64",[s]),l.array("heads","i32",[r]),l.array("out","i64",[1]),l.bind("draw_pairs")({seed:f,stream_within:c[0],stream_between:c[1],low:0,high:s,between:i});const h=Number(l.view("out")[0]),m=l.view("counts");if(h>r)throw new Error("more ties were drawn than there is room for");const u=new Int32Array(s+1);for(let d=0;d<s;d++)u[d+1]=u[d]+Number(m[d]);return O(u,l.view("heads").slice(0,h),s,"upper")}function ce(a,e){const t=new Int32Array(a*e);for(let n=0;n<a;n++)for(let i=0;i<e;i++){const c=n+i+1;t[n*e+i]=c<a?c:c-a}return t}function fe(a,e,t,n){const i=new Int32Array(a*e+1),c=[];for(let f=0;f<a;f++)for(let s=0;s<e;s++){const o=[];for(let r=-t;r<=t;r++)for(let l=-t;l<=t;l++){if(!r&&!l)continue;let p=f+r,w=s+l;if(n)p=(p+a)%a,w=(w+e)%e;else if(p<0||p>=a||w<0||w>=e)continue;o.push(p*e+w)}o.sort((r,l)=>r-l);for(const r of o)c.push(r);i[f*e+s+1]=c.length}return[i,Int32Array.from(c)]}function he(a,e,t,n){const i=a.meta,c=t.network,f=t.rows??0,s=t.columns??0,o=t.rows?f*s:t.people,r={people:o,regions:1,region:new Int32Array(o),indptr:null,indices:null,rows:f,columns:s,grid:c==="grid",seed:n};if(!i.population.made)return a.arrays.region&&(r.region=new Int32Array(a.arrays.region),r.regions=i.population.regions),a.arrays.ties?[r.indptr,r.indices]=ae(a.arrays.ties,o):a.arrays.indptr&&(r.indptr=new Int32Array(a.arrays.indptr),r.indices=new Int32Array(a.arrays.indices)),r;const l=i.population.streams,p=h=>{[r.indptr,r.indices]=h},w=h=>{let m=0;h.forEach((u,d)=>{r.region.fill(d,m,m+u),m+=u}),r.regions=h.length};if(c==="erdos_renyi")p(S(e,i,[o],[t.mean_degree/Math.max(o-1,1)],0,[l.pairs,l.between],n));else if(c==="planted_partition"){const h=le(o,t),m=(1-t.mix)*t.mean_degree,u=h.reduce((g,y)=>g+y*(o-y),0),d=t.mix>0?t.mix*t.mean_degree*o/u:0;p(S(e,i,h,h.map(g=>m/Math.max(g-1,1)),d,[l.within,l.between],n)),w(h)}else if(c==="village"){const h=[];for(let m=0;m<o;m+=t.village_size)h.push(Math.min(t.village_size,o-m));p(S(e,i,h,h.map(()=>1),t.far,[l.clique,l.far],n)),w(h)}else if(c==="watts_strogatz"||c==="ring"){const h=t.neighbours/2;let m=ce(o,h);if(c==="watts_strogatz"&&t.rewiring>0){const u=new $(e,i.engine.networks.arguments,i.engine.networks.dataEnd);u.array("own","i32",[o,h]).set(m),u.bind("small_world")({seed:n,stream_moves:l.moves,stream_places:l.places,rewiring:t.rewiring}),m=u.view("own").slice()}p(O(Int32Array.from({length:o+1},(u,d)=>d*h),m,o,"any"))}else if(c==="barabasi_albert"){const h=t.ties_per_newcomer,m=new $(e,i.engine.networks.arguments,i.engine.networks.dataEnd),u=m.array("start","i64",[o+1]);for(let g=0;g<o;g++)u[g+1]=u[g]+BigInt(Math.min(g,h));const d=Int32Array.from(u,Number);m.array("heads","i32",[d[o]]),m.bind("grow")({seed:n,stream:l.preference,m:h}),p(O(d,m.view("heads").slice(),o,"lower"))}else c==="moore"&&p(fe(f,s,t.radius??1,t.torus??!0));return r}class G{constructor(e,t){this.program=e,this.people=t,e.array("out","f64",[t]),this.fillOf=e.bind("fill"),this.normalsOf=e.bind("normals"),this.expsOf=e.bind("exps")}fillOf;normalsOf;expsOf;uniforms(e,t,n){return this.fillOf({seed:e,stream:BigInt(t),step:n}),this.program.view("out")}normals(){return this.normalsOf(),this.program.view("out")}exps(){return this.expsOf(),this.program.view("out")}}function J(a,e){if(!e)return;const t=new BigInt64Array(a.buffer,a.byteOffset,a.length);for(let n=0;n<e.length;n++)e[n]&&(t[n]+=BigInt(e[n]))}function me(a,e){return e.seed===BigInt(a.population.table.seed??"0")&&e.people===a.population.people}function H(a,e,t,n,i){return Y(a,e,t,n.seed,me(a.meta,n),i)}function Y(a,e,t,n,i,c){const{meta:f,arrays:s}=a,o=e.people,r=t.args.every(u=>typeof u!="string"||c[u]===f.params.find(d=>d.name===u).value),l=u=>i&&s[u]?new Int16Array(s[u]):null,[p,w]=t.args.map(u=>E(u,c)),h=s[`trait.${t.name}`];if(h&&i&&r)return new Float64Array(h);if(t.kind==="Ranked"||t.kind==="Listed"||t.kind==="measured")throw new Error(`the trait ${t.name} comes with the people of this page`);const m=e.uniforms(n,t.stream,0);switch(t.kind){case"Fixed":return new Float64Array(o).fill(p);case"Uniform":return Float64Array.from(m,u=>p+(w-p)*u);case"Bernoulli":return Float64Array.from(m,u=>u<p?1:0);case"Normal":case"LogNormal":{const u=e.normals();J(u,l(`units.${t.name}`));for(let g=0;g<o;g++)u[g]=p+w*u[g];if(t.kind==="Normal")return u.slice();const d=e.exps();return r&&J(d,l(`exp.${t.name}`)),d.slice()}case"Beta":{const u=new Float64Array(s[`quantiles.${t.name}`]),d=u.length-1;return Float64Array.from(m,g=>{const y=Math.acos(1-2*g)/Math.PI*d,v=Math.min(Math.floor(y),d-1),k=(1-Math.cos(v/d*Math.PI))/2,b=(1-Math.cos((v+1)/d*Math.PI))/2;return u[v]+(g-k)/(b-k)*(u[v+1]-u[v])})}}throw new Error(`the page cannot draw the trait ${t.name} from ${t.kind}`)}function ue(a){const e=Math.round(a);return Math.abs(e-a)===.5&&e%2?e-1:e}function Q(a,e,t,n,i,c){const f=a.meta,s=f.states[t],o=e.people,r=E(s.initial.of,n);if(s.initial.kind==="drawn"){const h=i===U(BigInt(f.seed),"world",0)&&o===f.population.people,m=Y(a,e,{name:s.name,stream:s.stream,...s.initial.drawn},i,h,n);for(let u=0;u<o;u++)c[u]=m[u];return}if(s.initial.kind==="number"){for(let h=0;h<o;h++)c[h]=r;return}if(s.initial.kind==="share"){if(!(r>=0&&r<=1))throw new Error(`${s.name} starts true for the share ${r}; expected a share in [0, 1]`);const h=e.uniforms(i,s.stream,0);for(let m=0;m<o;m++)c[m]=h[m]<r?1:0;return}const l=ue(r);if(!(l>=0))throw new Error(`${s.name} starts true for ${l} people; expected a number from 0`);if(l>o)throw new Error(`${s.name} starts true for ${l} people, and there are ${o}`);for(let h=0;h<o;h++)c[h]=0;if(!l)return;const p=e.uniforms(i,s.stream,0),w=Array.from({length:o},(h,m)=>m).sort((h,m)=>p[h]-p[m]);for(let h=0;h<l;h++)c[w[h]]=1}const R=256,pe=.5;function X(a){const e=new Set;for(const t of a)t.kind==="pulse"||t.kind==="seed"?e.add(t.at):(e.add(t.start),t.end&&e.add(t.end));return e}function P(a,e,t){const n={};for(const i of a)i.kind==="set"&&(n[i.name]=t[i.name]);for(const i of a)i.kind==="set"&&i.start<=e&&(i.end===null||e<i.end)&&(n[i.name]=i.value);return n}const W=(a,e)=>e>=a.start&&(a.end===null||e<a.end);class de{constructor(e,t,n,i,c,f){this.people=n,this.params=i,this.seed=c,this.interventions=f;const s=this.meta=e.meta,o=s.engine.layout,r=this.n=n.people;this.turns=s.engine.kind==="turns",this.mixed=n.indptr===null,this.times=X(f);const l=this.program=new $(t,s.engine.arguments,s.engine.dataEnd);this.start=new G(l,r);const p=this.blocks=Math.ceil(r/R),w=n.regions,h=!this.turns;l.array("key0","u64",[1])[0]=c&0xffffffffn,l.array("key1","u64",[1])[0]=c>>32n,l.array("bools","u8",[o.bools.length,r,1]),l.array("floats","f64",[o.floats.length,r,1]),l.array("traits","f64",[o.traits.length,r]),l.array("region","i32",[r]).set(n.region),l.array("degree","i32",[r]);const m=o.seenBools.length+o.seenFloats.length>0;if(l.array("counts","i32",[o.seenBools.length,h&&!this.mixed&&m?r:0,1]),l.array("means","f64",[o.seenFloats.length,h?r:0,1]),l.array("deltas","i8",[o.seenBools.length,h?r:0,1]),l.array("table","f64",[Object.keys(o.table).length,1]),l.array("here","f64",[o.regionals.length,w,1]),l.array("flags","u8",[r]),l.array("dirty","u8",[r]).fill(1),l.array("parts","f64",[p,o.sums.length,1]),l.array("changes","i64",[p,o.bools.length,1]),l.array("totals","i64",[o.bools.length,1]),this.turns&&(l.array("indptr","i64",[this.mixed?1:r+1]),l.array("indices","i32",[this.mixed?0:n.indices.length]),this.mixed||(l.view("indptr").set(BigInt64Array.from(n.indptr,BigInt)),l.view("indices").set(n.indices)),l.array("running","f64",[o.seenFloats.length,1]),l.array("queue","i32",[1,r]),l.array("handed","f64",[o.tallies.length,r,1])),this.mixed)l.view("degree").fill(Math.max(r-1,0));else for(let y=0;y<r;y++)l.view("degree")[y]=n.indptr[y+1]-n.indptr[y];for(const y of["person","society","region"])y in s.engine.arguments&&(this.call[y]=l.bind(y));o.traits.forEach((y,v)=>{const k=H(e,this.start,s.traits.find(b=>b.name===y),n,i);l.view("traits").set(k,v*r)});const u=l.view("table"),d=l.view("here");for(const[y,v]of Object.entries(i))u[o.table[`p.${y}`]]=v;for(const y of s.societies)u[o.table[`society.${y.name}`]]=E(y.initial,i);for(const y of s.tallies)u[o.table[`people.${y.name}`]]=E(y.initial,i);for(const y of s.regionals)d.fill(E(y.initial,i),o.regionals.indexOf(y.name)*w,(o.regionals.indexOf(y.name)+1)*w);s.states.forEach((y,v)=>{const k=y.kind==="bool",b=(k?o.bools:o.floats).indexOf(y.name),M=new Float64Array(r);Q(e,this.start,v,i,c,M),l.view(k?"bools":"floats").set(M,b*r)}),this.recount(),o.bools.forEach((y,v)=>{u[o.table[`people.${y}`]]=Number(l.view("totals")[v])/r});const g=o.sums.map(y=>o.floats.includes(y)?this.summed("floats",o.floats.indexOf(y)):0);o.sums.forEach((y,v)=>{o.floats.includes(y)&&(u[o.table[`people.${y}`]]=g[v]/r)}),this.sizes=new Float64Array(w);for(const y of n.region)this.sizes[y]++;for(let y=0;y<w;y++)this.sizes[y]=Math.max(this.sizes[y],1)}step=0;program;meta;start;call={};fresh=!0;flipped=0;n;blocks;mixed;turns;times;sizes;recount(){const{n:e}=this,t=this.program.view("bools"),n=this.program.view("totals");for(let i=0;i<n.length;i++){let c=0;for(let f=i*e;f<(i+1)*e;f++)c+=t[f];n[i]=BigInt(c)}}summed(e,t){const n=this.program.view(e),{n:i}=this;let c=0;for(let f=0;f<i;f+=R){let s=0;for(let o=f;o<Math.min(f+R,i);o++)s+=n[t*i+o];c+=s}return c}apply(e){let t=!1;const n=this.program,i=n.view("table"),c=this.meta.engine.layout,{n:f}=this;for(const[s,o]of Object.entries(P(this.interventions,e,this.params))){const r=c.table[`p.${s}`];i[r]!==o&&(i[r]=o,t=!0)}for(const s of this.interventions)if(s.kind==="pulse"&&s.at===e&&(i[c.table[`society.${s.name}`]]+=s.amount,t=!0),s.kind==="seed"&&s.at===e){const o=c.bools.indexOf(s.name),r=this.meta.states.find(h=>h.name===s.name),l=this.start.uniforms(this.seed,r.seeded,e),p=n.view("bools");for(let h=0;h<f;h++)l[h]<s.share&&(p[o*f+h]=1);let w=0;for(let h=0;h<f;h++)w+=p[o*f+h];n.view("totals")[o]=BigInt(w),n.view("table")[c.table[`people.${s.name}`]]=w/f,this.fresh=t=!0}return t}see(){const e=this.program,t=this.meta.engine.layout,{n}=this,i=e.view("bools"),c=e.view("floats"),f=e.view("means");if(this.mixed){t.seenFloats.forEach((h,m)=>{const u=t.floats.indexOf(h),d=this.summed("floats",u);for(let g=0;g<n;g++)f[m*n+g]=n>1?(d-c[u*n+g])/(n-1):0});return}const s=this.people.indptr,o=this.people.indices;if(t.seenFloats.forEach((h,m)=>{const u=t.floats.indexOf(h)*n;for(let d=0;d<n;d++){let g=0;for(let y=s[d],v=s[d+1];y<v;y++)g+=c[u+o[y]];f[m*n+d]=g/Math.max(s[d+1]-s[d],1)}}),!t.seenBools.length)return;const r=e.view("counts"),l=e.view("dirty"),p=e.view("flags"),w=e.view("deltas");if(this.fresh||this.flipped>pe*n)t.seenBools.forEach((h,m)=>{const u=t.bools.indexOf(h)*n;for(let d=0;d<n;d++){let g=0;for(let y=s[d],v=s[d+1];y<v;y++)g+=i[u+o[y]];r[m*n+d]=g}}),l.fill(1),this.fresh=!1;else if(this.flipped){for(let h=0;h<n;h++)if(p[h]){l[h]=1;for(let m=s[h],u=s[h+1];m<u;m++){const d=o[m];l[d]=1;for(let g=0;g<t.seenBools.length;g++)r[g*n+d]+=w[g*n+h]}}}}macro(e){const t=this.program,n=this.meta.engine.layout,i=t.view("table"),c=this.people.regions;i[n.table["society.step"]]=e,this.call.society?.({step:e,regions:c});for(const r of this.interventions)if(r.kind==="cap"&&W(r,e)){const l=n.table[`society.${r.name}`];i[l]=Math.min(i[l],r.most)}if(!this.call.region)return;const f=t.view("here"),s=this.people.region,{n:o}=this;for(const r of n.regionalPeople){const l=n.bools.includes(r),p=t.view(l?"bools":"floats"),w=(l?n.bools:n.floats).indexOf(r)*o,h=new Float64Array(c),m=n.regionals.indexOf(`people.${r}`)*c;for(let u=0;u<o;u++)h[s[u]]+=p[w+u];for(let u=0;u<c;u++)f[m+u]=h[u]/this.sizes[u]}this.call.region({step:e,regions:c})}advance(){const e=++this.step,t=this.program,n=this.meta,i=n.engine.layout,{n:c}=this;for(const v of n.shocks)t.view("table")[i.table[`society.${v.name}`]]=0;const f=this.times.has(e)?this.apply(e):!1;if(this.turns)return this.turn(e);this.see(),this.macro(e);const s=t.view("dirty"),o=t.view("flags"),r=!this.mixed&&i.seenBools.length>0;if(!i.luckless||f||!r&&this.flipped)s.fill(1);else if(e>1&&!s.includes(1)){o.fill(0),this.flipped=0;return}o.fill(0),t.view("parts").fill(0),t.view("changes").fill(0n),this.call.person({first:0,last:this.blocks,people:c,worlds:1,step:e,mixed:this.mixed?1:0});const l=t.view("flags");let p=0;for(let v=0;v<c;v++)p+=l[v];this.flipped=p;const w=t.view("table"),h=t.view("totals"),m=t.view("changes"),u=t.view("parts"),d=this.blocks,g=i.bools.length,y=i.sums.length;i.bools.forEach((v,k)=>{for(let b=0;b<d;b++)h[k]+=m[b*g+k];w[i.table[`people.${v}`]]=Number(h[k])/c}),i.sums.forEach((v,k)=>{let b=0;for(let M=0;M<d;M++)b+=u[M*y+k];w[i.table[`people.${v}`]]=b/c})}turn(e){const t=this.program,n=this.meta.engine.layout,{n:i}=this;this.macro(e);const c=t.view("running");n.seenFloats.forEach((o,r)=>{c[r]=this.summed("floats",n.floats.indexOf(o))}),this.call.person({first:0,last:1,people:i,step:e,mixed:this.mixed?1:0});const f=t.view("table"),s=t.view("totals");n.bools.forEach((o,r)=>{f[n.table[`people.${o}`]]=Number(s[r])/i});for(const o of n.sums){const r=n.floats.includes(o)?this.summed("floats",n.floats.indexOf(o)):this.summed("handed",n.tallies.indexOf(o));f[n.table[`people.${o}`]]=r/i}}observe(e,t){const n=this.program.view("table"),i=this.meta.engine.layout.table;this.meta.observables.forEach((c,f)=>{e[t+f]=n[i[c.of]]})}column(e){const t=this.meta.engine.layout,{n}=this;for(const[i,c]of[["bools",t.bools],["floats",t.floats],["traits",t.traits]]){const f=c.indexOf(e);if(f>=0)return this.program.view(i).subarray(f*n,(f+1)*n)}return null}}const Z={bool:"u8",uint8:"u8",int8:"i8",int16:"i16",int32:"i32",uint32:"u32",int64:"i64",uint64:"u64",float64:"f64"},we=64;class ye{constructor(e,t,n,i,c,f,s){this.people=n,this.params=i,this.seed=c,this.interventions=f;const o=this.meta=e.meta,r=n.people,l=this.program=new $(t,o.engine.arguments,o.engine.dataEnd);this.start=new G(l,r);for(const m of o.engine.fields){const u=!(m.dtype in Z),d=u?Number(m.dtype):void 0,g=l.array(`people.${m.name}`,u?"u8":Z[m.dtype],m.from==="data"?m.shape:[r],d);m.from==="region"?g.set(n.region):m.from==="data"&&new Uint8Array(l.memory.buffer,l.regions[`people.${m.name}`].at).set(new Uint8Array(e.arrays[`array.${m.name}`]))}for(const m of o.traits)l.view(`people.${m.name}`).set(H(e,this.start,m,n,i));o.states.forEach((m,u)=>{const d=new Float64Array(r);Q(e,this.start,u,i,c,d),l.view(`people.${m.name}`).set(d)}),this.fields=[...o.societies.map(m=>m.name),...o.shocks.map(m=>m.name),"step"];const p=l.array("society","f64",[this.fields.length]);for(const m of o.societies)p[this.fields.indexOf(m.name)]=E(m.initial,i);l.array("p","f64",[Math.max(o.params.length,1)]).set(o.params.map(m=>i[m.name])),l.array("ties.indptr","i64",[r+1]),n.indptr&&l.view("ties.indptr").set(BigInt64Array.from(n.indptr,BigInt)),l.array("ties.indices","i32",[n.indices?.length??0]),n.indices&&l.view("ties.indices").set(n.indices);const w=o.observables.length;l.array("values","f64",[s+2,w]),l.array("totals","f64",[0,r]),this.call.run=l.bind("run"),l.regions.values={...l.regions.values,shape:[w],length:w},this.call.start=l.bind("start"),this.call.observe=l.bind("observe"),l.regions.values={...l.regions.values,shape:[s+2,w],length:(s+2)*w};const h={"grid.rows":n.grid?n.rows:0,"grid.columns":n.grid?n.columns:0,seed:c};this.call.start(h),this.call.run({...h,first:1,last:1}),this.capped=f.some(m=>m.kind==="cap"),this.changes=X(f)}step=0;program;meta;call={};changes;capped;fields;start;society(e,t){const n=this.program.view("society"),i=this.fields.indexOf(e);return t!==void 0&&(n[i]=t),n[i]}cap(e){for(const t of this.interventions)t.kind==="cap"&&W(t,e)&&this.society(t.name,Math.min(this.society(t.name),t.most))}intervene(e){const t=this.program,n=this.meta;for(const f of n.shocks)this.society(f.name,0);const i=P(this.interventions,e,this.params),c=t.view("p");n.params.forEach((f,s)=>{f.name in i&&(c[s]=i[f.name])});for(const f of this.interventions)if(f.kind==="pulse"&&f.at===e&&this.society(f.name,this.society(f.name)+f.amount),f.kind==="seed"&&f.at===e){const s=n.states.find(l=>l.name===f.name),o=this.start.uniforms(this.seed,s.seeded,e),r=t.view(`people.${f.name}`);for(let l=0;l<o.length;l++)o[l]<f.share&&(r[l]=1)}this.cap(e)}advance(){const e=++this.step;if((e===1||this.changes.has(e)||this.changes.has(e-1)||(this.capped||(e-1)%we===0))&&this.intervene(e),this.call.run({first:e,last:e+1}),!this.capped)return;this.cap(e);const t=this.program.view("values"),n=this.meta.observables.length,i=t.slice(0,n);this.call.observe(),t.copyWithin(e*n,0,n),t.set(i,0)}observe(e,t){const n=this.meta.observables.length,i=this.program.view("values");for(let c=0;c<n;c++)e[t+c]=i[this.step*n+c]}column(e){return`people.${e}`in this.program.regions?this.program.view(`people.${e}`):null}}class ge{constructor(e,t,n,i,c,f){this.people=n,this.params=i,this.interventions=c;const s=this.meta=e.meta,o=s.societies,r=this.program=new $(t,s.engine.arguments,s.engine.dataEnd);r.array("y","f64",[o.length]).set(o.map(l=>E(l.initial,i))),r.array("shock","f64",[s.shocks.length]),r.array("p","f64",[s.params.length]).set(s.params.map(l=>i[l.name])),r.array("values","f64",[f+2,o.length]),this.run=r.bind("run"),this.pulses=new Float64Array(s.shocks.length)}step=0;program;run;pulses;meta;advance(){const e=++this.step,t=this.meta,n=this.program;for(const[c,f]of Object.entries(P(this.interventions,e,this.params)))n.view("p")[t.params.findIndex(s=>s.name===c)]=f;const i=n.view("shock");i.fill(0),this.pulses.fill(0);for(const c of this.interventions)if(c.kind==="pulse"&&c.at===e){const f=t.shocks.findIndex(s=>s.name===c.name);i[f]+=c.amount,this.pulses[f]+=c.amount}this.run({first:e,last:e+1,substeps:t.engine.substeps});for(const c of this.interventions)if(c.kind==="cap"&&W(c,e)){const f=t.societies.findIndex(o=>o.name===c.name),s=n.view("y");s[f]=Math.min(s[f],c.most)}}observe(e,t){const n=this.program.view("y"),i=this.meta;i.observables.forEach((c,f)=>{const s=c.of.replace("society.",""),o=i.societies.findIndex(r=>r.name===s);e[t+f]=o>=0?n[o]:this.pulses[i.shocks.findIndex(r=>r.name===s)]})}column(){return null}}function be(a,e,t,n,i,c,f){switch(a.meta.engine.kind){case"process":return new ye(a,e,t,n,i,c,f);case"flow":return new ge(a,e,t,n,c,f);default:return new de(a,e,t,n,i,c)}}async function ve(a){const e=Uint8Array.from(atob(a),n=>n.charCodeAt(0)),t=new Blob([e]).stream().pipeThrough(new DecompressionStream("deflate-raw"));return await new Response(t).arrayBuffer()}async function ke(a){const e={};return await Promise.all(Object.entries(a.arrays).map(async([t,n])=>{e[t]=await ve(n)})),{meta:a.meta,arrays:e}}class Me{constructor(e){this.bundle=e,this.module=new WebAssembly.Module(e.arrays.wasm),this.networks=e.arrays.networks?new WebAssembly.Module(e.arrays.networks):null}module;networks;kept=null;people(e,t){const n=JSON.stringify([e,String(t)]);return this.kept?.[0]!==n&&(this.kept=[n,he(this.bundle,this.networks,e,t)]),this.kept[1]}world(e){return be(this.bundle,this.module,this.people(e.table,e.peopleSeed),e.params,e.seed,e.interventions,e.steps)}}function Ae(a,e){const t=a.length-1,n=Int32Array.from({length:t},(f,s)=>s),i=new Int32Array(t),c=new Int32Array(t).fill(-1);for(let f=0,s=0;f<8;f++){let o=0;for(let r=0;r<t;r++,s++){const l=r*7919%t;let p=n[l],w=0;for(let h=a[l];h<a[l+1];h++){const m=n[e[h]];c[m]!==s&&(c[m]=s,i[m]=0),(++i[m]>w||i[m]===w&&m<p)&&(w=i[m],p=m)}w&&p!==n[l]&&(n[l]=p,o++)}if(o<t/100)break}return n}class xe{constructor(e,t){this.bundle=e,this.base=t}async run(e,t,n,i,c,f){const s=this.bundle.meta,o=s.observables.length;if(s.engine.kind==="recorded")return this.play(e,t,i,c,f);const r=Object.fromEntries(s.params.filter(k=>t.params[k.name]!==k.value).map(k=>[k.name,t.params[k.name]])),l=performance.now(),p=await fetch(`${this.base}run`,{method:"POST",headers:{"content-type":"application/json"},body:JSON.stringify({params:r,table:t.table,seed:t.seed,steps:t.steps,view:t.view,interventions:t.twin?t.interventions:null})});if(!p.ok)throw new Error(await p.text());const w=p.body.getReader();let h=new Uint8Array(0),m=0;const u=async k=>{for(;h.length-m<k;){const{done:b,value:M}=await w.read();if(b)throw new Error(new TextDecoder().decode(h.subarray(m))||"the stream ended early");const B=new Uint8Array(h.length-m+M.length);B.set(h.subarray(m)),B.set(M,h.length-m),h=B,m=0}return m+=k,h.slice(m-k,m)},d=new DataView((await u(4)).buffer).getUint32(0,!0),g=t.twin?2:1,y=Array.from({length:g},()=>new f(d,t.steps,!1)),v={id:e,settings:t,a:y[0],b:y[1]??null,done:-1,waiting:null};c(v),i({type:"people",id:e,people:{people:d,region:new Int32Array(d),indptr:null,indices:null,sortKey:null,labels:null}});for(let k=0;k<=t.steps;k++){const b=[];for(let M=0;M<g;M++){if((await u(1))[0]!==1)throw new Error(new TextDecoder().decode(await u(new DataView((await u(4)).buffer).getUint32(0,!0))));b.push(new Float64Array((await u(8*o)).buffer)),y[M].add(await u(d))}if(!n()){await w.cancel();return}v.done=k,i({type:"progress",id:e,from:k,to:k,world:b[0],twin:b[1]??null})}i({type:"done",id:e,milliseconds:performance.now()-l})}play(e,t,n,i,c){const f=this.bundle.meta,s=f.engine.recorded,o=t.params[s.param]??s.values[0];let r=0;s.values.forEach((d,g)=>{Math.abs(d-o)<Math.abs(s.values[r]-o)&&(r=g)});const l=new Uint8Array(this.bundle.arrays[`frames.${r}`]),p=new Float64Array(this.bundle.arrays[`values.${r}`]),w=s.people,h=new c(w,s.steps,!1),m=f.observables.length,u=new Uint8Array(w);for(let d=0;d<=s.steps;d++){for(let g=0;g<w;g++)u[g]^=l[d*w+g];h.add(u.slice())}i({id:e,settings:t,a:h,b:null,done:s.steps,waiting:null}),n({type:"people",id:e,people:{people:w,region:new Int32Array(w),indptr:null,indices:null,sortKey:null,labels:null}}),n({type:"progress",id:e,from:0,to:s.steps,world:p.slice(0,(s.steps+1)*m),twin:null}),n({type:"done",id:e,milliseconds:0})}}const Ie=256<<20,ee=12;let A,F=null,te="",I=0;const x=(a,e=[])=>self.postMessage(a,e),z=()=>new Promise(a=>{const e=new MessageChannel;e.port1.onmessage=()=>a(),e.port2.postMessage(0)});function _e(a,e,t,n){const i=a.meta.views[t],c=n.length;if(!i)return;if(i.kind==="boards"){const{rows:s,columns:o}=e.people,r=i.reach;n.fill(0),i.of.forEach((l,p)=>{const w=e.column(l),h=e.program.regions[`people.${l}`].shape;for(let m=0;m<s;m++)for(let u=0;u<o;u++){const d=u+r;w[((d>>4)+1)*h[1]+m+r]>>>(d&15)&1&&(n[m*o+u]=p+1)}});return}const f=e.column(i.of[0]);if(f){if(i.kind==="kinds"){const s=f.length/c;for(let o=0;o<c;o++){let r=2166136261;for(let l=0;l<s;l++)r=Math.imul(r^Number(f[o*s+l])+17,16777619)>>>0;n[o]=1+((r^r>>>13)>>>0)%12}return}for(let s=0;s<c;s++)n[s]=Number(f[s])}}class j{constructor(e,t,n){this.people=e,this.floats=n,this.stride=Math.max(1,Math.ceil(e*(t+1)*(n?4:1)/Ie))}frames=[];stride;low=1/0;high=-1/0;keep(e,t,n){if(t%this.stride)return;const i=this.floats?new Float32Array(this.people):new Uint8Array(this.people);_e(A,e,n,i),this.add(i)}add(e){if(this.floats)for(const t of e)t<this.low&&(this.low=t),t>this.high&&(this.high=t);this.frames.push(e)}frame(e){return this.frames[Math.min(Math.floor(e/this.stride),this.frames.length-1)]}}let _=null;function Ee(a,e){const t=BigInt(a.seed);return{peopleSeed:U(t,"people",e),seed:U(t,"world",e)}}function q(a,e,t){const n=Ee(a,e);return A.meta.population.made||(n.peopleSeed=BigInt(A.meta.population.table.seed)),F.world({table:a.table,params:t?{...a.params,...a.other}:a.params,...n,steps:a.steps,interventions:t?a.interventions:[]})}function ne(a,e,t){if(a instanceof Uint8Array)return a.slice();const n=new Uint8Array(a.length),i=t>e?255/(t-e):0;for(let c=0;c<a.length;c++)n[c]=Math.max(0,Math.min(255,(a[c]-e)*i));return n}function se(a,e){const t=!(a.a.frame(0)instanceof Uint8Array),n=t?Math.min(a.a.low,a.b?.low??1/0):0,i=t?Math.max(a.a.high,a.b?.high??-1/0):1,c=ne(a.a.frame(e),n,i),f=a.b?ne(a.b.frame(e),n,i):null;x({type:"frame",id:a.id,shown:{step:e,world:c,twin:f,low:n,high:i}},f?[c.buffer,f.buffer]:[c.buffer])}function $e(a,e){const t=A.meta.traits[0],n=t?e.column(t.name):null;return{people:a.people,region:a.region.slice(),indptr:a.indptr?.slice()??null,indices:a.indices?.slice()??null,sortKey:n?Float64Array.from(n):null,labels:a.regions>1?a.region.slice():a.indptr&&a.people<=5e4?Ae(a.indptr,a.indices):null}}let D="";async function Be(a,e){const t=A.meta,n=t.observables.length,i=performance.now();if(!F)return new xe(A,te).run(a,e,()=>I===a,x,b=>{_=b},j);const c=q(e,0,!1),f=e.twin?q(e,0,!0):null,s=c.people.people,o=JSON.stringify([e.table,e.seed]);if(o!==D){D=o;const b=$e(c.people,c);x({type:"people",id:a,people:b})}const r=t.views[e.view]?.kind==="float",l=_={id:a,settings:e,a:new j(s,e.steps,r),b:f?new j(s,e.steps,r):null,done:0,waiting:_?.waiting??null},p=t.engine.kind==="flow"?[]:[...t.states.map(b=>b.name)],w=e.watch>=0&&e.watch<s?e.watch:-1,h=w<0?null:{person:w,names:p,world:p.map(()=>new Float64Array(e.steps+1)),twin:f?p.map(()=>new Float64Array(e.steps+1)):null,ties:c.people.indptr?[...c.people.indices.subarray(c.people.indptr[w],c.people.indptr[w+1])]:[],degree:c.people.indptr?c.people.indptr[w+1]-c.people.indptr[w]:c.people.grid?0:s-1,traits:t.traits.map(b=>[b.name,Number(c.column(b.name)?.[w]??NaN)])},m=b=>{l.a.keep(c,b,e.view),f&&l.b.keep(f,b,e.view),h&&p.forEach((M,B)=>{h.world[B][b]=Number(c.column(M)[w]),f&&(h.twin[B][b]=Number(f.column(M)[w]))})};let u=0,d=[],g=[];const y=b=>{b<u||(x({type:"progress",id:a,from:u,to:b,world:Float64Array.from(d),twin:f?Float64Array.from(g):null}),u=b+1,d=[],g=[],l.waiting!==null&&l.waiting<=b&&(se(l,l.waiting),l.waiting=null))},v=()=>{const b=new Array(n);c.observe(b,0),d.push(...b),f&&(f.observe(b,0),g.push(...b))};m(0),v(),y(0);let k=performance.now();for(let b=1;b<=e.steps;b++)if(c.advance(),f?.advance(),m(b),v(),l.done=b,performance.now()-k>ee||b===e.steps){if(y(b),await z(),I!==a)return;k=performance.now()}h&&x({type:"life",id:a,life:h}),x({type:"done",id:a,milliseconds:performance.now()-i})}async function Ne(a,e,t){if(!F)return;const n=A.meta.observables.length;for(let i=1;i<=t;i++){const c=[];for(const f of e.twin?[!1,!0]:[!1]){const s=q(e,i,f),o=new Float64Array((e.steps+1)*n);s.observe(o,0);let r=performance.now();for(let l=1;l<=e.steps;l++)if(s.advance(),s.observe(o,l*n),performance.now()-r>ee){if(await z(),I!==a)return;r=performance.now()}c.push(o)}if(x({type:"member",id:a,world:c[0],twin:c[1]??null,count:i}),await z(),I!==a)return}x({type:"done",id:a,milliseconds:0})}let re=Promise.resolve();async function Oe(a,e){A=await ke(a),te=e,D="",F=A.arrays.wasm?new Me(A):null,x({type:"ready"})}self.onmessage=async({data:a})=>{try{if(a.type==="load")I=0,await(re=Oe(a.packed,a.base));else if(a.type==="run"||a.type==="ensemble"){if(I=a.id,await re,I!==a.id)return;await(a.type==="run"?Be(a.id,a.settings):Ne(a.id,a.settings,a.worlds))}else a.type==="frame"?_&&_.id===a.id&&_.done>=a.step?se(_,a.step):_&&(_.waiting=a.step):I=0}catch(e){x({type:"failed",id:I,message:e instanceof Error?e.message:String(e)})}}})();\n', ce = typeof self < "u" && self.Blob && new Blob(["(self.URL || self.webkitURL).revokeObjectURL(self.location.href);", be], { type: "text/javascript;charset=utf-8" });
function De(c) {
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
      "data:text/javascript;charset=utf-8," + encodeURIComponent(be),
      {
        name: c?.name
      }
    );
  }
}
const J = 256, Ve = 0.5;
function ye(c) {
  const e = /* @__PURE__ */ new Set();
  for (const t of c)
    t.kind === "pulse" || t.kind === "seed" ? e.add(t.at) : (e.add(t.start), t.end && e.add(t.end));
  return e;
}
function G(c, e, t) {
  const s = {};
  for (const a of c) a.kind === "set" && (s[a.name] = t[a.name]);
  for (const a of c) a.kind === "set" && a.start <= e && (a.end === null || e < a.end) && (s[a.name] = a.value);
  return s;
}
const H = (c, e) => e >= c.start && (c.end === null || e < c.end);
class Ke {
  constructor(e, t, s, a, l, i) {
    this.people = s, this.params = a, this.seed = l, this.interventions = i;
    const n = this.meta = e.meta, r = n.engine.layout, o = this.n = s.people;
    this.turns = n.engine.kind === "turns", this.mixed = s.indptr === null, this.times = ye(i);
    const h = this.program = new S(t, n.engine.arguments, n.engine.dataEnd);
    this.start = new pe(h, o);
    const u = this.blocks = Math.ceil(o / J), g = s.regions, m = !this.turns;
    h.array("key0", "u64", [1])[0] = l & 0xffffffffn, h.array("key1", "u64", [1])[0] = l >> 32n, h.array("bools", "u8", [r.bools.length, o, 1]), h.array("floats", "f64", [r.floats.length, o, 1]), h.array("traits", "f64", [r.traits.length, o]), h.array("region", "i32", [o]).set(s.region), h.array("degree", "i32", [o]);
    const f = r.seenBools.length + r.seenFloats.length > 0;
    if (h.array("counts", "i32", [r.seenBools.length, m && !this.mixed && f ? o : 0, 1]), h.array("means", "f64", [r.seenFloats.length, m ? o : 0, 1]), h.array("deltas", "i8", [r.seenBools.length, m ? o : 0, 1]), h.array("table", "f64", [Object.keys(r.table).length, 1]), h.array("here", "f64", [r.regionals.length, g, 1]), h.array("flags", "u8", [o]), h.array("dirty", "u8", [o]).fill(1), h.array("parts", "f64", [u, r.sums.length, 1]), h.array("changes", "i64", [u, r.bools.length, 1]), h.array("totals", "i64", [r.bools.length, 1]), this.turns && (h.array("indptr", "i64", [this.mixed ? 1 : o + 1]), h.array("indices", "i32", [this.mixed ? 0 : s.indices.length]), this.mixed || (h.view("indptr").set(BigInt64Array.from(s.indptr, BigInt)), h.view("indices").set(s.indices)), h.array("running", "f64", [r.seenFloats.length, 1]), h.array("queue", "i32", [1, o]), h.array("handed", "f64", [r.tallies.length, o, 1])), this.mixed) h.view("degree").fill(Math.max(o - 1, 0));
    else for (let v = 0; v < o; v++) h.view("degree")[v] = s.indptr[v + 1] - s.indptr[v];
    for (const v of ["person", "society", "region"]) v in n.engine.arguments && (this.call[v] = h.bind(v));
    r.traits.forEach((v, k) => {
      const y = de(e, this.start, n.traits.find((M) => M.name === v), s, a);
      h.view("traits").set(y, k * o);
    });
    const d = h.view("table"), w = h.view("here");
    for (const [v, k] of Object.entries(a)) d[r.table[`p.${v}`]] = k;
    for (const v of n.societies) d[r.table[`society.${v.name}`]] = _(v.initial, a);
    for (const v of n.tallies) d[r.table[`people.${v.name}`]] = _(v.initial, a);
    for (const v of n.regionals) w.fill(_(v.initial, a), r.regionals.indexOf(v.name) * g, (r.regionals.indexOf(v.name) + 1) * g);
    n.states.forEach((v, k) => {
      const y = v.kind === "bool", M = (y ? r.bools : r.floats).indexOf(v.name), x = new Float64Array(o);
      we(e, this.start, k, a, l, x), h.view(y ? "bools" : "floats").set(x, M * o);
    }), this.recount(), r.bools.forEach((v, k) => {
      d[r.table[`people.${v}`]] = Number(h.view("totals")[k]) / o;
    });
    const b = r.sums.map((v) => r.floats.includes(v) ? this.summed("floats", r.floats.indexOf(v)) : 0);
    r.sums.forEach((v, k) => {
      r.floats.includes(v) && (d[r.table[`people.${v}`]] = b[k] / o);
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
    for (let i = 0; i < a; i += J) {
      let n = 0;
      for (let r = i; r < Math.min(i + J, a); r++) n += s[t * a + r];
      l += n;
    }
    return l;
  }
  apply(e) {
    let t = !1;
    const s = this.program, a = s.view("table"), l = this.meta.engine.layout, { n: i } = this;
    for (const [n, r] of Object.entries(G(this.interventions, e, this.params))) {
      const o = l.table[`p.${n}`];
      a[o] !== r && (a[o] = r, t = !0);
    }
    for (const n of this.interventions)
      if (n.kind === "pulse" && n.at === e && (a[l.table[`society.${n.name}`]] += n.amount, t = !0), n.kind === "seed" && n.at === e) {
        const r = l.bools.indexOf(n.name), o = this.meta.states.find((m) => m.name === n.name), h = this.start.uniforms(this.seed, o.seeded, e), u = s.view("bools");
        for (let m = 0; m < i; m++) h[m] < n.share && (u[r * i + m] = 1);
        let g = 0;
        for (let m = 0; m < i; m++) g += u[r * i + m];
        s.view("totals")[r] = BigInt(g), s.view("table")[l.table[`people.${n.name}`]] = g / i, this.fresh = t = !0;
      }
    return t;
  }
  see() {
    const e = this.program, t = this.meta.engine.layout, { n: s } = this, a = e.view("bools"), l = e.view("floats"), i = e.view("means");
    if (this.mixed) {
      t.seenFloats.forEach((m, f) => {
        const d = t.floats.indexOf(m), w = this.summed("floats", d);
        for (let b = 0; b < s; b++) i[f * s + b] = s > 1 ? (w - l[d * s + b]) / (s - 1) : 0;
      });
      return;
    }
    const n = this.people.indptr, r = this.people.indices;
    if (t.seenFloats.forEach((m, f) => {
      const d = t.floats.indexOf(m) * s;
      for (let w = 0; w < s; w++) {
        let b = 0;
        for (let v = n[w], k = n[w + 1]; v < k; v++) b += l[d + r[v]];
        i[f * s + w] = b / Math.max(n[w + 1] - n[w], 1);
      }
    }), !t.seenBools.length) return;
    const o = e.view("counts"), h = e.view("dirty"), u = e.view("flags"), g = e.view("deltas");
    if (this.fresh || this.flipped > Ve * s)
      t.seenBools.forEach((m, f) => {
        const d = t.bools.indexOf(m) * s;
        for (let w = 0; w < s; w++) {
          let b = 0;
          for (let v = n[w], k = n[w + 1]; v < k; v++) b += a[d + r[v]];
          o[f * s + w] = b;
        }
      }), h.fill(1), this.fresh = !1;
    else if (this.flipped) {
      for (let m = 0; m < s; m++) if (u[m]) {
        h[m] = 1;
        for (let f = n[m], d = n[m + 1]; f < d; f++) {
          const w = r[f];
          h[w] = 1;
          for (let b = 0; b < t.seenBools.length; b++) o[b * s + w] += g[b * s + m];
        }
      }
    }
  }
  macro(e) {
    const t = this.program, s = this.meta.engine.layout, a = t.view("table"), l = this.people.regions;
    a[s.table["society.step"]] = e, this.call.society?.({ step: e, regions: l });
    for (const o of this.interventions) if (o.kind === "cap" && H(o, e)) {
      const h = s.table[`society.${o.name}`];
      a[h] = Math.min(a[h], o.most);
    }
    if (!this.call.region) return;
    const i = t.view("here"), n = this.people.region, { n: r } = this;
    for (const o of s.regionalPeople) {
      const h = s.bools.includes(o), u = t.view(h ? "bools" : "floats"), g = (h ? s.bools : s.floats).indexOf(o) * r, m = new Float64Array(l), f = s.regionals.indexOf(`people.${o}`) * l;
      for (let d = 0; d < r; d++) m[n[d]] += u[g + d];
      for (let d = 0; d < l; d++) i[f + d] = m[d] / this.sizes[d];
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
    let u = 0;
    for (let k = 0; k < l; k++) u += h[k];
    this.flipped = u;
    const g = t.view("table"), m = t.view("totals"), f = t.view("changes"), d = t.view("parts"), w = this.blocks, b = a.bools.length, v = a.sums.length;
    a.bools.forEach((k, y) => {
      for (let M = 0; M < w; M++) m[y] += f[M * b + y];
      g[a.table[`people.${k}`]] = Number(m[y]) / l;
    }), a.sums.forEach((k, y) => {
      let M = 0;
      for (let x = 0; x < w; x++) M += d[x * v + y];
      g[a.table[`people.${k}`]] = M / l;
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
const fe = { bool: "u8", uint8: "u8", int8: "i8", int16: "i16", int32: "i32", uint32: "u32", int64: "i64", uint64: "u64", float64: "f64" }, Je = 64;
class Ye {
  constructor(e, t, s, a, l, i, n) {
    this.people = s, this.params = a, this.seed = l, this.interventions = i;
    const r = this.meta = e.meta, o = s.people, h = this.program = new S(t, r.engine.arguments, r.engine.dataEnd);
    this.start = new pe(h, o);
    for (const f of r.engine.fields) {
      const d = !(f.dtype in fe), w = d ? Number(f.dtype) : void 0, b = h.array(`people.${f.name}`, d ? "u8" : fe[f.dtype], f.from === "data" ? f.shape : [o], w);
      f.from === "region" ? b.set(s.region) : f.from === "data" && new Uint8Array(h.memory.buffer, h.regions[`people.${f.name}`].at).set(new Uint8Array(e.arrays[`array.${f.name}`]));
    }
    for (const f of r.traits) h.view(`people.${f.name}`).set(de(e, this.start, f, s, a));
    r.states.forEach((f, d) => {
      const w = new Float64Array(o);
      we(e, this.start, d, a, l, w), h.view(`people.${f.name}`).set(w);
    }), this.fields = [...r.societies.map((f) => f.name), ...r.shocks.map((f) => f.name), "step"];
    const u = h.array("society", "f64", [this.fields.length]);
    for (const f of r.societies) u[this.fields.indexOf(f.name)] = _(f.initial, a);
    h.array("p", "f64", [Math.max(r.params.length, 1)]).set(r.params.map((f) => a[f.name])), h.array("ties.indptr", "i64", [o + 1]), s.indptr && h.view("ties.indptr").set(BigInt64Array.from(s.indptr, BigInt)), h.array("ties.indices", "i32", [s.indices?.length ?? 0]), s.indices && h.view("ties.indices").set(s.indices);
    const g = r.observables.length;
    h.array("values", "f64", [n + 2, g]), h.array("totals", "f64", [0, o]), this.call.run = h.bind("run"), h.regions.values = { ...h.regions.values, shape: [g], length: g }, this.call.start = h.bind("start"), this.call.observe = h.bind("observe"), h.regions.values = { ...h.regions.values, shape: [n + 2, g], length: (n + 2) * g };
    const m = { "grid.rows": s.grid ? s.rows : 0, "grid.columns": s.grid ? s.columns : 0, seed: l };
    this.call.start(m), this.call.run({ ...m, first: 1, last: 1 }), this.capped = i.some((f) => f.kind === "cap"), this.changes = ye(i);
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
    for (const t of this.interventions) t.kind === "cap" && H(t, e) && this.society(t.name, Math.min(this.society(t.name), t.most));
  }
  intervene(e) {
    const t = this.program, s = this.meta;
    for (const i of s.shocks) this.society(i.name, 0);
    const a = G(this.interventions, e, this.params), l = t.view("p");
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
    if ((e === 1 || this.changes.has(e) || this.changes.has(e - 1) || (this.capped || (e - 1) % Je === 0)) && this.intervene(e), this.call.run({ first: e, last: e + 1 }), !this.capped) return;
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
class Ge {
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
    for (const [l, i] of Object.entries(G(this.interventions, e, this.params))) s.view("p")[t.params.findIndex((n) => n.name === l)] = i;
    const a = s.view("shock");
    a.fill(0), this.pulses.fill(0);
    for (const l of this.interventions) if (l.kind === "pulse" && l.at === e) {
      const i = t.shocks.findIndex((n) => n.name === l.name);
      a[i] += l.amount, this.pulses[i] += l.amount;
    }
    this.run({ first: e, last: e + 1, substeps: t.engine.substeps });
    for (const l of this.interventions) if (l.kind === "cap" && H(l, e)) {
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
function He(c, e, t, s, a, l, i) {
  switch (c.meta.engine.kind) {
    case "process":
      return new Ye(c, e, t, s, a, l, i);
    case "flow":
      return new Ge(c, e, t, s, l, i);
    default:
      return new Ke(c, e, t, s, a, l);
  }
}
async function Xe(c) {
  const e = Uint8Array.from(atob(c), (s) => s.charCodeAt(0)), t = new Blob([e]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return await new Response(t).arrayBuffer();
}
async function Qe(c) {
  const e = {};
  return await Promise.all(Object.entries(c.arrays).map(async ([t, s]) => {
    e[t] = await Xe(s);
  })), { meta: c.meta, arrays: e };
}
class Ze {
  constructor(e) {
    this.bundle = e, this.module = new WebAssembly.Module(e.arrays.wasm), this.networks = e.arrays.networks ? new WebAssembly.Module(e.arrays.networks) : null;
  }
  module;
  networks;
  kept = null;
  people(e, t) {
    const s = JSON.stringify([e, String(t)]);
    return this.kept?.[0] !== s && (this.kept = [s, Se(this.bundle, this.networks, e, t)]), this.kept[1];
  }
  world(e) {
    return He(this.bundle, this.module, this.people(e.table, e.peopleSeed), e.params, e.seed, e.interventions, e.steps);
  }
}
const et = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ Object.defineProperty({
  __proto__: null,
  Engine: Ze,
  MADE: ue,
  deriveSeed: me,
  unpack: Qe
}, Symbol.toStringTag, { value: "Module" }));
function ve(c, e, t = {}) {
  return typeof WebAssembly > "u" || typeof DecompressionStream > "u" ? (c.textContent = "This page needs a browser with WebAssembly and DecompressionStream: Chrome or Edge from 103, Firefox from 113, Safari from 16.4.", null) : new je(c, e, { base: "", address: !0, worker: () => new De(), ...t });
}
function tt({ model: c, el: e }) {
  const t = document.createElement("div");
  e.append(t);
  const s = ve(t, JSON.parse(c.get("bundle")), {
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
const st = { render: tt };
globalThis.groundswellExplorer = { mount: ve, engine: et };
export {
  st as default,
  et as engine,
  ve as mount
};
