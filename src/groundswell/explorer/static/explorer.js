const F = { u8: Uint8Array, i8: Int8Array, i16: Int16Array, i32: Int32Array, u32: Uint32Array, f64: Float64Array, i64: BigInt64Array, u64: BigUint64Array }, z = 262144, E = 1 << 20;
class _ {
  constructor(t, e, s) {
    this.args = e;
    const o = s + 63 & -64;
    this.top = o + z + 64, this.memory = new WebAssembly.Memory({ initial: Math.ceil((this.top + E) / 65536) + 1 }), this.held = this.memory.buffer, this.heap = this.take(E), this.heapEnd = this.heap + E;
    const h = {
      __linear_memory: this.memory,
      __stack_pointer: new WebAssembly.Global({ value: "i32", mutable: !0 }, o + z),
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
      erf: (i) => 1 - S(i),
      erfc: S,
      rint: (i) => {
        const r = Math.round(i);
        return Math.abs(r - i) === 0.5 && r % 2 ? r - 1 : r;
      },
      memset: (i, r, n) => (this.bytes().fill(r, i, i + n), i),
      memcpy: (i, r, n) => (this.bytes().copyWithin(i, r, r + n), i),
      memmove: (i, r, n) => (this.bytes().copyWithin(i, r, r + n), i),
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
    }, a = {};
    for (const { name: i } of WebAssembly.Module.imports(t)) {
      if (!(i in h)) throw new Error(`the page has no ${i}`);
      a[i] = h[i];
    }
    this.exports = new WebAssembly.Instance(t, { env: a }).exports;
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
  ensure(t) {
    const e = this.memory.buffer.byteLength;
    t > e && this.memory.grow(Math.ceil((t - e) / 65536));
  }
  take(t) {
    const e = this.top;
    return this.top = e + t + 63 & -64, this.ensure(this.top), e;
  }
  /** Memory of one call: nothing that a kernel makes outlives it. */
  allocate(t) {
    const e = t + 63 & -64;
    if (this.heapAt + e > this.heapEnd) {
      const o = Math.max(e, 2 * (this.heapEnd - this.heap));
      this.heap = this.heapAt = this.take(o), this.heapEnd = this.heap + o;
    }
    const s = this.heapAt;
    return this.heapAt += e, s;
  }
  info(t) {
    const e = this.allocate(t + 64), s = new DataView(this.memory.buffer);
    return s.setBigInt64(e, 1n, !0), s.setInt32(e + 8, 0, !0), s.setInt32(e + 12, 0, !0), s.setInt32(e + 16, e + 64, !0), s.setBigInt64(e + 24, BigInt(t), !0), e;
  }
  fresh(t, e, s = !1) {
    const o = this.allocate(e), h = new DataView(this.memory.buffer), a = h.getInt32(t + 16, !0), i = Number(h.getBigInt64(t + 24, !0));
    return s && this.bytes().copyWithin(o, a, a + Math.min(i, e)), h.setInt32(t + 16, o, !0), h.setBigInt64(t + 24, BigInt(e), !0), o;
  }
  /** Make an array in memory; `item` is the size of one element where it is a record. */
  array(t, e, s, o) {
    const h = s.reduce((r, n) => r * n, 1), a = F[e].BYTES_PER_ELEMENT, i = this.take(Math.max(h * (o ?? a), 8));
    return this.regions[t] = { kind: e, at: i, length: h * (o ?? a) / a, shape: s, item: o ?? a }, this.held = null, this.view(t);
  }
  /** An array as it is now; views are made anew where the memory has grown. */
  view(t) {
    this.held !== this.memory.buffer && (this.views = {}, this.held = this.memory.buffer);
    const e = this.regions[t];
    return this.views[t] ??= new F[e.kind](this.memory.buffer, e.at, e.length);
  }
  /** A function with its arrays in place; what is left to pass is its numbers, by name. */
  bind(t) {
    const e = this.exports[t], s = [0, 0], o = [], h = this.take(64);
    s[0] = h, s[1] = h + 32;
    for (const a of this.args[t])
      if (a.kind === "array") {
        const i = this.regions[a.name];
        if (!i) throw new Error(`${t} takes ${a.name}, which the page does not know`);
        const r = [];
        let n = i.item;
        for (let l = i.shape.length - 1; l >= 0; l--)
          r[l] = n, n *= i.shape[l];
        s.push(0, 0, BigInt(i.shape.reduce((l, u) => l * u, 1)), BigInt(i.item), i.at, ...i.shape.map(BigInt), ...r.map(BigInt));
      } else a.kind === "record" ? s.push(this.regions[a.name].at) : (o.push([a.name, s.length, a.kind === "i64"]), s.push(a.kind === "i64" ? 0n : 0));
    return (a = {}) => {
      for (const [r, n, l] of o) r in a && (s[n] = l ? BigInt(a[r]) : Number(a[r]));
      this.heapAt = this.heap;
      const i = e(...s);
      if (i !== 0) throw new Error(`${t} stopped with an error of the theory (code ${i})`);
    };
  }
}
function S(f) {
  const t = Math.abs(f);
  let e;
  if (t < 2.5) {
    let s = t, o = t;
    for (let h = 1; Math.abs(s) > 1e-17 * o && h < 200; h++)
      s *= -t * t / h, o += s / (2 * h + 1);
    e = 1 - 2 / Math.sqrt(Math.PI) * o;
  } else {
    let s = 0;
    for (let o = 60; o > 0; o--) s = o / 2 / (t + s);
    e = Math.exp(-t * t) / Math.sqrt(Math.PI) / (t + s);
  }
  return f < 0 ? 2 - e : e;
}
const x = (f, t) => typeof f == "string" ? t[f] : f;
function A(f, t, e, s) {
  const o = new Int32Array(e);
  for (let n = 0; n < e; n++) {
    o[n] += f[n + 1] - f[n];
    for (let l = f[n]; l < f[n + 1]; l++) o[t[l]]++;
  }
  const h = new Int32Array(e + 1);
  for (let n = 0; n < e; n++) h[n + 1] = h[n] + o[n];
  const a = new Int32Array(h[e]), i = h.slice(0, e), r = () => {
    for (let n = 0; n < e; n++) for (let l = f[n]; l < f[n + 1]; l++) a[i[n]++] = t[l];
  };
  s !== "upper" && r();
  for (let n = 0; n < e; n++) for (let l = f[n]; l < f[n + 1]; l++) a[i[t[l]]++] = n;
  if (s === "upper" && r(), s === "any") for (let n = 0; n < e; n++) a.subarray(h[n], h[n + 1]).sort();
  return [h, a];
}
function L(f, t) {
  const e = new Uint8Array(f);
  let s = 0;
  const o = () => {
    let i = 0, r = 0;
    for (; ; ) {
      const n = e[s++];
      if (i |= (n & 127) << r, n < 128) return i;
      r += 7;
    }
  }, h = new Int32Array(t + 1), a = [];
  for (let i = 0; i < t; i++) {
    const r = o();
    let n = i;
    for (let l = 0; l < r; l++)
      n += o(), a.push(n);
    h[i + 1] = a.length;
  }
  return A(h, Int32Array.from(a), t, "upper");
}
function V(f, t) {
  if (t.sizes) return t.sizes;
  const e = t.communities;
  return Array.from({ length: e }, (s, o) => Math.floor(f / e) + (o < f % e ? 1 : 0));
}
function $(f, t, e, s, o, h, a) {
  const i = e.reduce((d, w) => d + w, 0);
  let r = 0;
  e.forEach((d, w) => {
    r += s[w] * d * (d - 1) / 2 + o * d * (i - d) / 2;
  });
  const n = Math.ceil(r + 8 * Math.sqrt(r)) + 16, l = new _(f, t.engine.networks.arguments, t.engine.networks.dataEnd), u = l.array("end", "i64", [e.length]);
  let p = 0;
  e.forEach((d, w) => {
    p += d, u[w] = BigInt(p);
  }), l.array("within", "f64", [e.length]).set(s), l.array("counts", "i64", [i]), l.array("heads", "i32", [n]), l.array("out", "i64", [1]), l.bind("draw_pairs")({ seed: a, stream_within: h[0], stream_between: h[1], low: 0, high: i, between: o });
  const m = Number(l.view("out")[0]), y = l.view("counts");
  if (m > n) throw new Error("more ties were drawn than there is room for");
  const c = new Int32Array(i + 1);
  for (let d = 0; d < i; d++) c[d + 1] = c[d] + Number(y[d]);
  return A(c, l.view("heads").slice(0, m), i, "upper");
}
function C(f, t) {
  const e = new Int32Array(f * t);
  for (let s = 0; s < f; s++) for (let o = 0; o < t; o++) {
    const h = s + o + 1;
    e[s * t + o] = h < f ? h : h - f;
  }
  return e;
}
function K(f, t, e, s) {
  const o = new Int32Array(f * t + 1), h = [];
  for (let a = 0; a < f; a++) for (let i = 0; i < t; i++) {
    const r = [];
    for (let n = -e; n <= e; n++) for (let l = -e; l <= e; l++) {
      if (!n && !l) continue;
      let u = a + n, p = i + l;
      if (s)
        u = (u + f) % f, p = (p + t) % t;
      else if (u < 0 || u >= f || p < 0 || p >= t) continue;
      r.push(u * t + p);
    }
    r.sort((n, l) => n - l);
    for (const n of r) h.push(n);
    o[a * t + i + 1] = h.length;
  }
  return [o, Int32Array.from(h)];
}
const G = /* @__PURE__ */ new Set(["well_mixed", "erdos_renyi", "planted_partition", "village", "watts_strogatz", "barabasi_albert", "ring", "moore", "grid"]);
function H(f, t, e, s) {
  const o = f.meta, h = e.network, a = e.rows ?? 0, i = e.columns ?? 0, r = e.rows ? a * i : e.people, n = { people: r, regions: 1, region: new Int32Array(r), indptr: null, indices: null, rows: a, columns: i, grid: h === "grid", seed: s };
  if (!o.population.made)
    return f.arrays.region && (n.region = new Int32Array(f.arrays.region), n.regions = o.population.regions), f.arrays.ties ? [n.indptr, n.indices] = L(f.arrays.ties, r) : f.arrays.indptr && (n.indptr = new Int32Array(f.arrays.indptr), n.indices = new Int32Array(f.arrays.indices)), n;
  const l = o.population.streams, u = (m) => {
    [n.indptr, n.indices] = m;
  }, p = (m) => {
    let y = 0;
    m.forEach((c, d) => {
      n.region.fill(d, y, y + c), y += c;
    }), n.regions = m.length;
  };
  if (h === "erdos_renyi") u($(t, o, [r], [e.mean_degree / Math.max(r - 1, 1)], 0, [l.pairs, l.between], s));
  else if (h === "planted_partition") {
    const m = V(r, e), y = (1 - e.mix) * e.mean_degree, c = m.reduce((w, v) => w + v * (r - v), 0), d = e.mix > 0 ? e.mix * e.mean_degree * r / c : 0;
    u($(t, o, m, m.map((w) => y / Math.max(w - 1, 1)), d, [l.within, l.between], s)), p(m);
  } else if (h === "village") {
    const m = [];
    for (let y = 0; y < r; y += e.village_size) m.push(Math.min(e.village_size, r - y));
    u($(t, o, m, m.map(() => 1), e.far, [l.clique, l.far], s)), p(m);
  } else if (h === "watts_strogatz" || h === "ring") {
    const m = e.neighbours / 2;
    let y = C(r, m);
    if (h === "watts_strogatz" && e.rewiring > 0) {
      const c = new _(t, o.engine.networks.arguments, o.engine.networks.dataEnd);
      c.array("own", "i32", [r, m]).set(y), c.bind("small_world")({ seed: s, stream_moves: l.moves, stream_places: l.places, rewiring: e.rewiring }), y = c.view("own").slice();
    }
    u(A(Int32Array.from({ length: r + 1 }, (c, d) => d * m), y, r, "any"));
  } else if (h === "barabasi_albert") {
    const m = e.ties_per_newcomer, y = new _(t, o.engine.networks.arguments, o.engine.networks.dataEnd), c = y.array("start", "i64", [r + 1]);
    for (let w = 0; w < r; w++) c[w + 1] = c[w] + BigInt(Math.min(w, m));
    const d = Int32Array.from(c, Number);
    y.array("heads", "i32", [d[r]]), y.bind("grow")({ seed: s, stream: l.preference, m }), u(A(d, y.view("heads").slice(), r, "lower"));
  } else h === "moore" && u(K(a, i, e.radius ?? 1, e.torus ?? !0));
  return n;
}
class U {
  constructor(t, e) {
    this.program = t, this.people = e, t.array("out", "f64", [e]), this.fillOf = t.bind("fill"), this.normalsOf = t.bind("normals"), this.expsOf = t.bind("exps");
  }
  fillOf;
  normalsOf;
  expsOf;
  uniforms(t, e, s) {
    return this.fillOf({ seed: t, stream: BigInt(e), step: s }), this.program.view("out");
  }
  /** Who acts out of a share; in the array of the last draw. */
  normals() {
    return this.normalsOf(), this.program.view("out");
  }
  exps() {
    return this.expsOf(), this.program.view("out");
  }
}
function R(f, t) {
  if (!t) return;
  const e = new BigInt64Array(f.buffer, f.byteOffset, f.length);
  for (let s = 0; s < t.length; s++) t[s] && (e[s] += BigInt(t[s]));
}
function J(f, t) {
  return t.seed === BigInt(f.population.table.seed ?? "0") && t.people === f.population.people;
}
function j(f, t, e, s, o) {
  const { meta: h, arrays: a } = f, i = s.people, r = J(h, s), n = e.args.every((c) => typeof c != "string" || o[c] === h.params.find((d) => d.name === c).value), l = (c) => r && a[c] ? new Int16Array(a[c]) : null, [u, p] = e.args.map((c) => x(c, o)), m = a[`trait.${e.name}`];
  if (m && r && n) return new Float64Array(m);
  if (e.kind === "Ranked" || e.kind === "Listed" || e.kind === "measured") throw new Error(`the trait ${e.name} comes with the people of this page`);
  const y = t.uniforms(s.seed, e.stream, 0);
  switch (e.kind) {
    case "Fixed":
      return new Float64Array(i).fill(u);
    case "Uniform":
      return Float64Array.from(y, (c) => u + (p - u) * c);
    case "Bernoulli":
      return Float64Array.from(y, (c) => c < u ? 1 : 0);
    case "Normal":
    case "LogNormal": {
      const c = t.normals();
      R(c, l(`units.${e.name}`));
      for (let w = 0; w < i; w++) c[w] = u + p * c[w];
      if (e.kind === "Normal") return c.slice();
      const d = t.exps();
      return n && R(d, l(`exp.${e.name}`)), d.slice();
    }
    case "Beta": {
      const c = new Float64Array(a[`quantiles.${e.name}`]), d = c.length - 1;
      return Float64Array.from(y, (w) => {
        const v = Math.acos(1 - 2 * w) / Math.PI * d, g = Math.min(Math.floor(v), d - 1), b = (1 - Math.cos(g / d * Math.PI)) / 2, k = (1 - Math.cos((g + 1) / d * Math.PI)) / 2;
        return c[g] + (w - b) / (k - b) * (c[g + 1] - c[g]);
      });
    }
  }
  throw new Error(`the page cannot draw the trait ${e.name} from ${e.kind}`);
}
function Y(f) {
  const t = Math.round(f);
  return Math.abs(t - f) === 0.5 && t % 2 ? t - 1 : t;
}
function q(f, t, e, s, o, h) {
  const a = f.states[e], i = t.people, r = x(a.initial.of, s);
  if (a.initial.kind === "number") {
    for (let p = 0; p < i; p++) h[p] = r;
    return;
  }
  if (a.initial.kind === "share") {
    const p = t.uniforms(o, a.stream, 0);
    for (let m = 0; m < i; m++) h[m] = p[m] < r ? 1 : 0;
    return;
  }
  const n = Y(r);
  if (n > i) throw new Error(`${a.name} starts true for ${n} people, and there are ${i}`);
  for (let p = 0; p < i; p++) h[p] = 0;
  if (!n) return;
  const l = t.uniforms(o, a.stream, 0), u = Array.from({ length: i }, (p, m) => m).sort((p, m) => l[p] - l[m]);
  for (let p = 0; p < n; p++) h[u[p]] = 1;
}
const B = 256, Q = 0.5;
function D(f) {
  const t = /* @__PURE__ */ new Set();
  for (const e of f)
    e.kind === "pulse" || e.kind === "seed" ? t.add(e.at) : (t.add(e.start), e.end && t.add(e.end));
  return t;
}
function N(f, t, e) {
  const s = {};
  for (const o of f) o.kind === "set" && (s[o.name] = e[o.name]);
  for (const o of f) o.kind === "set" && o.start <= t && (o.end === null || t < o.end) && (s[o.name] = o.value);
  return s;
}
const O = (f, t) => t >= f.start && (f.end === null || t < f.end);
class X {
  constructor(t, e, s, o, h, a) {
    this.people = s, this.params = o, this.seed = h, this.interventions = a;
    const i = this.meta = t.meta, r = i.engine.layout, n = this.n = s.people;
    this.turns = i.engine.kind === "turns", this.mixed = s.indptr === null, this.times = D(a);
    const l = this.program = new _(e, i.engine.arguments, i.engine.dataEnd);
    this.start = new U(l, n);
    const u = this.blocks = Math.ceil(n / B), p = s.regions, m = !this.turns;
    l.array("key0", "u64", [1])[0] = h & 0xffffffffn, l.array("key1", "u64", [1])[0] = h >> 32n, l.array("bools", "u8", [r.bools.length, n, 1]), l.array("floats", "f64", [r.floats.length, n, 1]), l.array("traits", "f64", [r.traits.length, n]), l.array("region", "i32", [n]).set(s.region);
    const y = l.array("degree", "i32", [n]), c = r.seenBools.length + r.seenFloats.length > 0;
    if (l.array("counts", "i32", [r.seenBools.length, m && !this.mixed && c ? n : 0, 1]), l.array("means", "f64", [r.seenFloats.length, m ? n : 0, 1]), l.array("deltas", "i8", [r.seenBools.length, m ? n : 0, 1]), l.array("table", "f64", [Object.keys(r.table).length, 1]), l.array("here", "f64", [r.regionals.length, p, 1]), l.array("flags", "u8", [n]), l.array("dirty", "u8", [n]).fill(1), l.array("parts", "f64", [u, r.sums.length, 1]), l.array("changes", "i64", [u, r.bools.length, 1]), l.array("totals", "i64", [r.bools.length, 1]), this.turns) {
      const g = l.array("indptr", "i64", [this.mixed ? 1 : n + 1]), b = l.array("indices", "i32", [this.mixed ? 0 : s.indices.length]);
      this.mixed || (s.indptr.forEach((k, M) => {
        g[M] = BigInt(k);
      }), b.set(s.indices)), l.array("running", "f64", [r.seenFloats.length, 1]), l.array("queue", "i32", [1, n]), l.array("handed", "f64", [r.tallies.length, n, 1]);
    }
    if (this.mixed) y.fill(Math.max(n - 1, 0));
    else for (let g = 0; g < n; g++) l.view("degree")[g] = s.indptr[g + 1] - s.indptr[g];
    for (const g of ["person", "society", "region"]) g in i.engine.arguments && (this.call[g] = l.bind(g));
    r.traits.forEach((g, b) => {
      const k = j(t, this.start, i.traits.find((M) => M.name === g), s, o);
      l.view("traits").set(k, b * n);
    });
    const d = l.view("table"), w = l.view("here");
    for (const [g, b] of Object.entries(o)) d[r.table[`p.${g}`]] = b;
    for (const g of i.societies) d[r.table[`society.${g.name}`]] = x(g.initial, o);
    for (const g of i.tallies) d[r.table[`people.${g.name}`]] = x(g.initial, o);
    for (const g of i.regionals) w.fill(x(g.initial, o), r.regionals.indexOf(g.name) * p, (r.regionals.indexOf(g.name) + 1) * p);
    i.states.forEach((g, b) => {
      const k = g.kind === "bool", M = (k ? r.bools : r.floats).indexOf(g.name), T = new Float64Array(n);
      q(i, this.start, b, o, h, T), l.view(k ? "bools" : "floats").set(T, M * n);
    }), this.recount(), r.bools.forEach((g, b) => {
      d[r.table[`people.${g}`]] = Number(l.view("totals")[b]) / n;
    });
    const v = r.sums.map((g) => r.floats.includes(g) ? this.summed("floats", r.floats.indexOf(g)) : 0);
    r.sums.forEach((g, b) => {
      r.floats.includes(g) && (d[r.table[`people.${g}`]] = v[b] / n);
    }), this.sizes = new Float64Array(p);
    for (const g of s.region) this.sizes[g]++;
    for (let g = 0; g < p; g++) this.sizes[g] = Math.max(this.sizes[g], 1);
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
    const { n: t } = this, e = this.program.view("bools"), s = this.program.view("totals");
    for (let o = 0; o < s.length; o++) {
      let h = 0;
      for (let a = o * t; a < (o + 1) * t; a++) h += e[a];
      s[o] = BigInt(h);
    }
  }
  /** A sum within blocks in order, then over blocks in order. */
  summed(t, e) {
    const s = this.program.view(t), { n: o } = this;
    let h = 0;
    for (let a = 0; a < o; a += B) {
      let i = 0;
      for (let r = a; r < Math.min(a + B, o); r++) i += s[e * o + r];
      h += i;
    }
    return h;
  }
  apply(t) {
    let e = !1;
    const s = this.program, o = s.view("table"), h = this.meta.engine.layout, { n: a } = this;
    for (const [i, r] of Object.entries(N(this.interventions, t, this.params))) {
      const n = h.table[`p.${i}`];
      o[n] !== r && (o[n] = r, e = !0);
    }
    for (const i of this.interventions)
      if (i.kind === "pulse" && i.at === t && (o[h.table[`society.${i.name}`]] += i.amount, e = !0), i.kind === "seed" && i.at === t) {
        const r = h.bools.indexOf(i.name), n = this.meta.states.find((m) => m.name === i.name), l = this.start.uniforms(this.seed, n.seeded, t), u = s.view("bools");
        for (let m = 0; m < a; m++) l[m] < i.share && (u[r * a + m] = 1);
        let p = 0;
        for (let m = 0; m < a; m++) p += u[r * a + m];
        s.view("totals")[r] = BigInt(p), s.view("table")[h.table[`people.${i.name}`]] = p / a, this.fresh = e = !0;
      }
    return e;
  }
  see() {
    const t = this.program, e = this.meta.engine.layout, { n: s } = this, o = t.view("bools"), h = t.view("floats"), a = t.view("means");
    if (this.mixed) {
      e.seenFloats.forEach((m, y) => {
        const c = e.floats.indexOf(m), d = this.summed("floats", c);
        for (let w = 0; w < s; w++) a[y * s + w] = s > 1 ? (d - h[c * s + w]) / (s - 1) : 0;
      });
      return;
    }
    const i = this.people.indptr, r = this.people.indices;
    if (e.seenFloats.forEach((m, y) => {
      const c = e.floats.indexOf(m) * s;
      for (let d = 0; d < s; d++) {
        let w = 0;
        for (let v = i[d], g = i[d + 1]; v < g; v++) w += h[c + r[v]];
        a[y * s + d] = w / Math.max(i[d + 1] - i[d], 1);
      }
    }), !e.seenBools.length) return;
    const n = t.view("counts"), l = t.view("dirty"), u = t.view("flags"), p = t.view("deltas");
    if (this.fresh || this.flipped > Q * s)
      e.seenBools.forEach((m, y) => {
        const c = e.bools.indexOf(m) * s;
        for (let d = 0; d < s; d++) {
          let w = 0;
          for (let v = i[d], g = i[d + 1]; v < g; v++) w += o[c + r[v]];
          n[y * s + d] = w;
        }
      }), l.fill(1), this.fresh = !1;
    else if (this.flipped) {
      for (let m = 0; m < s; m++) if (u[m]) {
        l[m] = 1;
        for (let y = i[m], c = i[m + 1]; y < c; y++) {
          const d = r[y];
          l[d] = 1;
          for (let w = 0; w < e.seenBools.length; w++) n[w * s + d] += p[w * s + m];
        }
      }
    }
  }
  macro(t) {
    const e = this.program, s = this.meta.engine.layout, o = e.view("table"), h = this.people.regions;
    o[s.table["society.step"]] = t, this.call.society?.({ step: t, regions: h });
    for (const n of this.interventions) if (n.kind === "cap" && O(n, t)) {
      const l = s.table[`society.${n.name}`];
      o[l] = Math.min(o[l], n.most);
    }
    if (!this.call.region) return;
    const a = e.view("here"), i = this.people.region, { n: r } = this;
    for (const n of s.regionalPeople) {
      const l = s.bools.includes(n), u = e.view(l ? "bools" : "floats"), p = (l ? s.bools : s.floats).indexOf(n) * r, m = new Float64Array(h), y = s.regionals.indexOf(`people.${n}`) * h;
      for (let c = 0; c < r; c++) m[i[c]] += u[p + c];
      for (let c = 0; c < h; c++) a[y + c] = m[c] / this.sizes[c];
    }
    this.call.region({ step: t, regions: h });
  }
  advance() {
    const t = ++this.step, e = this.program, s = this.meta, o = s.engine.layout, { n: h } = this;
    for (const g of s.shocks) e.view("table")[o.table[`society.${g.name}`]] = 0;
    const a = this.times.has(t) ? this.apply(t) : !1;
    if (this.turns) return this.turn(t);
    this.see(), this.macro(t);
    const i = e.view("dirty"), r = e.view("flags"), n = !this.mixed && o.seenBools.length > 0;
    if (!o.luckless || a || !n && this.flipped) i.fill(1);
    else if (t > 1 && !i.includes(1)) {
      r.fill(0), this.flipped = 0;
      return;
    }
    r.fill(0), e.view("parts").fill(0), e.view("changes").fill(0n), this.call.person({ first: 0, last: this.blocks, people: h, worlds: 1, step: t, mixed: this.mixed ? 1 : 0 });
    const l = e.view("flags");
    let u = 0;
    for (let g = 0; g < h; g++) u += l[g];
    this.flipped = u;
    const p = e.view("table"), m = e.view("totals"), y = e.view("changes"), c = e.view("parts"), d = this.blocks, w = o.bools.length, v = o.sums.length;
    o.bools.forEach((g, b) => {
      for (let k = 0; k < d; k++) m[b] += y[k * w + b];
      p[o.table[`people.${g}`]] = Number(m[b]) / h;
    }), o.sums.forEach((g, b) => {
      let k = 0;
      for (let M = 0; M < d; M++) k += c[M * v + b];
      p[o.table[`people.${g}`]] = k / h;
    });
  }
  turn(t) {
    const e = this.program, s = this.meta.engine.layout, { n: o } = this;
    this.macro(t);
    const h = e.view("running");
    s.seenFloats.forEach((r, n) => {
      h[n] = this.summed("floats", s.floats.indexOf(r));
    }), this.call.person({ first: 0, last: 1, people: o, step: t, mixed: this.mixed ? 1 : 0 });
    const a = e.view("table"), i = e.view("totals");
    s.bools.forEach((r, n) => {
      a[s.table[`people.${r}`]] = Number(i[n]) / o;
    });
    for (const r of s.sums) {
      const n = s.floats.includes(r) ? this.summed("floats", s.floats.indexOf(r)) : this.summed("handed", s.tallies.indexOf(r));
      a[s.table[`people.${r}`]] = n / o;
    }
  }
  observe(t, e) {
    const s = this.program.view("table"), o = this.meta.engine.layout.table;
    this.meta.observables.forEach((h, a) => {
      t[e + a] = s[o[h.of]];
    });
  }
  column(t) {
    const e = this.meta.engine.layout, { n: s } = this;
    for (const [o, h] of [["bools", e.bools], ["floats", e.floats], ["traits", e.traits]]) {
      const a = h.indexOf(t);
      if (a >= 0) return this.program.view(o).subarray(a * s, (a + 1) * s);
    }
    return null;
  }
}
const W = { bool: "u8", uint8: "u8", int8: "i8", int16: "i16", int32: "i32", uint32: "u32", int64: "i64", uint64: "u64", float64: "f64" }, Z = 64;
class tt {
  constructor(t, e, s, o, h, a, i) {
    this.people = s, this.params = o, this.seed = h, this.interventions = a;
    const r = this.meta = t.meta, n = s.people, l = this.program = new _(e, r.engine.arguments, r.engine.dataEnd);
    this.start = new U(l, n);
    for (const c of r.engine.fields) {
      const d = !(c.dtype in W), w = d ? Number(c.dtype) : void 0, v = l.array(`people.${c.name}`, d ? "u8" : W[c.dtype], c.from === "data" ? c.shape : [n], w);
      c.from === "region" ? v.set(s.region) : c.from === "data" && new Uint8Array(l.memory.buffer, l.regions[`people.${c.name}`].at).set(new Uint8Array(t.arrays[`array.${c.name}`]));
    }
    for (const c of r.traits) l.view(`people.${c.name}`).set(j(t, this.start, c, s, o));
    r.states.forEach((c, d) => {
      const w = new Float64Array(n);
      q(r, this.start, d, o, h, w), l.view(`people.${c.name}`).set(w);
    }), this.fields = [...r.societies.map((c) => c.name), ...r.shocks.map((c) => c.name), "step"];
    const u = l.array("society", "f64", [this.fields.length]);
    for (const c of r.societies) u[this.fields.indexOf(c.name)] = x(c.initial, o);
    l.array("p", "f64", [Math.max(r.params.length, 1)]).set(r.params.map((c) => o[c.name]));
    const p = l.array("ties.indptr", "i64", [n + 1]);
    s.indptr && s.indptr.forEach((c, d) => {
      p[d] = BigInt(c);
    }), l.array("ties.indices", "i32", [s.indices?.length ?? 0]), s.indices && l.view("ties.indices").set(s.indices);
    const m = r.observables.length;
    l.array("values", "f64", [i + 2, m]), l.array("totals", "f64", [0, n]), this.call.run = l.bind("run"), l.regions.values = { ...l.regions.values, shape: [m], length: m }, this.call.start = l.bind("start"), this.call.observe = l.bind("observe"), l.regions.values = { ...l.regions.values, shape: [i + 2, m], length: (i + 2) * m };
    const y = { "grid.rows": s.grid ? s.rows : 0, "grid.columns": s.grid ? s.columns : 0, seed: h };
    this.call.start(y), this.call.run({ ...y, first: 1, last: 1 }), this.capped = a.some((c) => c.kind === "cap"), this.changes = D(a);
  }
  step = 0;
  program;
  meta;
  call = {};
  changes;
  capped;
  fields;
  start;
  society(t, e) {
    const s = this.program.view("society"), o = this.fields.indexOf(t);
    return e !== void 0 && (s[o] = e), s[o];
  }
  cap(t) {
    for (const e of this.interventions) e.kind === "cap" && O(e, t) && this.society(e.name, Math.min(this.society(e.name), e.most));
  }
  intervene(t) {
    const e = this.program, s = this.meta;
    for (const a of s.shocks) this.society(a.name, 0);
    const o = N(this.interventions, t, this.params), h = e.view("p");
    s.params.forEach((a, i) => {
      a.name in o && (h[i] = o[a.name]);
    });
    for (const a of this.interventions)
      if (a.kind === "pulse" && a.at === t && this.society(a.name, this.society(a.name) + a.amount), a.kind === "seed" && a.at === t) {
        const i = s.states.find((l) => l.name === a.name), r = this.start.uniforms(this.seed, i.seeded, t), n = e.view(`people.${a.name}`);
        for (let l = 0; l < r.length; l++) r[l] < a.share && (n[l] = 1);
      }
    this.cap(t);
  }
  advance() {
    const t = ++this.step;
    if ((t === 1 || this.changes.has(t) || this.changes.has(t - 1) || (this.capped || (t - 1) % Z === 0)) && this.intervene(t), this.call.run({ first: t, last: t + 1 }), !this.capped) return;
    this.cap(t);
    const e = this.program.view("values"), s = this.meta.observables.length, o = e.slice(0, s);
    this.call.observe(), e.copyWithin(t * s, 0, s), e.set(o, 0);
  }
  observe(t, e) {
    const s = this.meta.observables.length, o = this.program.view("values");
    for (let h = 0; h < s; h++) t[e + h] = o[this.step * s + h];
  }
  column(t) {
    return `people.${t}` in this.program.regions ? this.program.view(`people.${t}`) : null;
  }
}
class et {
  constructor(t, e, s, o, h, a) {
    this.people = s, this.params = o, this.interventions = h, this.steps = a;
    const i = this.meta = t.meta, r = i.societies, n = this.program = new _(e, i.engine.arguments, i.engine.dataEnd);
    n.array("y", "f64", [r.length]).set(r.map((l) => x(l.initial, o))), n.array("shock", "f64", [i.shocks.length]), n.array("p", "f64", [i.params.length]).set(i.params.map((l) => o[l.name])), n.array("values", "f64", [a + 2, r.length]), this.run = n.bind("run"), this.pulses = new Float64Array(i.shocks.length);
  }
  step = 0;
  program;
  run;
  pulses;
  meta;
  advance() {
    const t = ++this.step, e = this.meta, s = this.program;
    for (const [h, a] of Object.entries(N(this.interventions, t, this.params))) s.view("p")[e.params.findIndex((i) => i.name === h)] = a;
    const o = s.view("shock");
    o.fill(0), this.pulses.fill(0);
    for (const h of this.interventions) if (h.kind === "pulse" && h.at === t) {
      const a = e.shocks.findIndex((i) => i.name === h.name);
      o[a] += h.amount, this.pulses[a] += h.amount;
    }
    this.run({ first: t, last: t + 1, substeps: e.engine.substeps });
    for (const h of this.interventions) if (h.kind === "cap" && O(h, t)) {
      const a = e.societies.findIndex((r) => r.name === h.name), i = s.view("y");
      i[a] = Math.min(i[a], h.most);
    }
  }
  observe(t, e) {
    const s = this.program.view("y"), o = this.meta;
    o.observables.forEach((h, a) => {
      const i = h.of.replace("society.", ""), r = o.societies.findIndex((n) => n.name === i);
      t[e + a] = r >= 0 ? s[r] : this.pulses[o.shocks.findIndex((n) => n.name === i)];
    });
  }
  column() {
    return null;
  }
}
function st(f, t, e, s, o, h, a) {
  switch (f.meta.engine.kind) {
    case "process":
      return new tt(f, t, e, s, o, h, a);
    case "flow":
      return new et(f, t, e, s, h, a);
    default:
      return new X(f, t, e, s, o, h);
  }
}
async function nt(f) {
  const t = Uint8Array.from(atob(f), (s) => s.charCodeAt(0)), e = new Blob([t]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return await new Response(e).arrayBuffer();
}
async function it(f) {
  const t = {};
  return await Promise.all(Object.entries(f.arrays).map(async ([e, s]) => {
    t[e] = await nt(s);
  })), { meta: f.meta, arrays: t };
}
const P = [1779033703, 3144134277, 1013904242, 2773480762, 1359893119, 2600822924, 528734635, 1541459225], rt = [
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
].map((f) => [...f].map((t) => parseInt(t, 16))), I = (f, t) => (f >>> t | f << 32 - t) >>> 0;
function ot(f, t) {
  const e = P.slice();
  e[0] = (e[0] ^ 16842752 ^ t) >>> 0;
  const s = Math.max(1, Math.ceil(f.length / 64));
  for (let o = 0; o < s; o++) {
    const h = new Uint8Array(64);
    h.set(f.subarray(o * 64, o * 64 + 64));
    const a = new Uint32Array(h.buffer), i = o === s - 1, r = i ? f.length : (o + 1) * 64, n = [...e, ...P];
    n[12] = (n[12] ^ r) >>> 0, i && (n[14] = ~n[14] >>> 0);
    const l = (u, p, m, y, c, d) => {
      n[u] = n[u] + n[p] + c >>> 0, n[y] = I(n[y] ^ n[u], 16), n[m] = n[m] + n[y] >>> 0, n[p] = I(n[p] ^ n[m], 12), n[u] = n[u] + n[p] + d >>> 0, n[y] = I(n[y] ^ n[u], 8), n[m] = n[m] + n[y] >>> 0, n[p] = I(n[p] ^ n[m], 7);
    };
    for (const u of rt)
      l(0, 4, 8, 12, a[u[0]], a[u[1]]), l(1, 5, 9, 13, a[u[2]], a[u[3]]), l(2, 6, 10, 14, a[u[4]], a[u[5]]), l(3, 7, 11, 15, a[u[6]], a[u[7]]), l(0, 5, 10, 15, a[u[8]], a[u[9]]), l(1, 6, 11, 12, a[u[10]], a[u[11]]), l(2, 7, 8, 13, a[u[12]], a[u[13]]), l(3, 4, 9, 14, a[u[14]], a[u[15]]);
    for (let u = 0; u < 8; u++) e[u] = (e[u] ^ n[u] ^ n[u + 8]) >>> 0;
  }
  return new Uint8Array(new Uint32Array(e).buffer).slice(0, t);
}
function at(f, ...t) {
  const e = [String(f), ...t.map((s) => `${typeof s == "number" ? "int" : "str"}:${s}`)].join("");
  return new DataView(ot(new TextEncoder().encode(e), 8).buffer).getBigUint64(0, !0);
}
class lt {
  constructor(t) {
    this.bundle = t, this.module = new WebAssembly.Module(t.arrays.wasm), this.networks = t.arrays.networks ? new WebAssembly.Module(t.arrays.networks) : null;
  }
  module;
  networks;
  kept = null;
  people(t, e) {
    const s = JSON.stringify([t, String(e)]);
    return this.kept?.[0] !== s && (this.kept = [s, H(this.bundle, this.networks, t, e)]), this.kept[1];
  }
  world(t) {
    return st(this.bundle, this.module, this.people(t.table, t.peopleSeed), t.params, t.seed, t.interventions, t.steps);
  }
}
const ht = /* @__PURE__ */ Object.freeze(/* @__PURE__ */ Object.defineProperty({
  __proto__: null,
  Engine: lt,
  MADE: G,
  deriveSeed: at,
  unpack: it
}, Symbol.toStringTag, { value: "Module" }));
export {
  ht as engine
};
