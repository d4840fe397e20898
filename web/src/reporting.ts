// How a history becomes a record: groundswell.calibrate.reporting in the page. What a model draws once for each world
// comes from Python; the luck of each report is the page's own, so reports agree in distribution and not in bytes.

export interface Own {
  form: "exact" | "noisy" | "counts" | "events"; shift: number; digits: number | null; date_block: number | null; shared: boolean;
  tide: { by: string; span: number } | null; middle: Record<string, number | null>;
}
export interface Reporting { series: Record<string, Own>; effort: { sd: number; life: number } | null; coverage: { jumps: number; size: number } | null }
export type Drawn = (name: string) => number | undefined;

const clip = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

/** Uniform numbers in (0, 1): sfc32, seeded with a number and a label. */
class Luck {
  private s: Uint32Array;
  constructor(seed: number, label: string) {
    let h = 2166136261 ^ seed;
    for (const c of label) h = Math.imul(h ^ c.charCodeAt(0), 16777619);
    this.s = Uint32Array.from([h, Math.imul(h, 0x9e3779b1), seed, 1]);
    for (let i = 0; i < 16; i++) this.uniform();
  }
  uniform(): number {
    const s = this.s, t = (s[0] + s[1] + s[3]) >>> 0;
    s[3]++;
    s[0] = s[1] ^ (s[1] >>> 9); s[1] = s[2] + (s[2] << 3); s[2] = ((s[2] << 21) | (s[2] >>> 11)) + t;
    return (t + 0.5) / 4294967296;
  }
  normal(): number { return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform()); }
  /** Marsaglia & Tsang 2000. */
  gamma(k: number): number {
    if (k < 1) return this.gamma(k + 1) * this.uniform() ** (1 / k);
    const d = k - 1 / 3, c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const z = this.normal(), v = (1 + c * z) ** 3;
      if (v > 0 && Math.log(this.uniform()) < 0.5 * z * z + d - d * v + d * Math.log(v)) return d * v;
    }
  }
  /** Through gammas down to a small mean (Ahrens & Dieter 1974), then by waiting times. */
  poisson(mean: number): number {
    if (mean > 12) {
      const m = Math.floor(0.875 * mean), wait = this.gamma(m);
      return wait > mean ? this.binomial(m - 1, mean / wait) : m + this.poisson(mean - wait);
    }
    let k = -1;
    for (let left = mean; left >= 0; k++) left += Math.log(this.uniform());
    return k;
  }
  /** Halved through the middle of uniform numbers, a ratio of gammas, until few are left. */
  binomial(n: number, p: number): number {
    if (n <= 0 || p <= 0) return 0;
    if (p >= 1) return n;
    if (n > 24) {
      const i = 1 + Math.floor(n / 2), a = this.gamma(i), b = this.gamma(n + 1 - i), middle = a / (a + b);
      return middle <= p ? i + this.binomial(n - i, (p - middle) / (1 - middle)) : this.binomial(i - 1, p / middle);
    }
    let k = 0;
    for (let j = 0; j < n; j++) if (this.uniform() < p) k++;
    return k;
  }
}

function tide(x: Float64Array, span: number): Float64Array {
  const n = x.length, total = new Float64Array(n + 1);
  let size = 0;
  for (let t = 0; t < n; t++) { total[t + 1] = total[t] + x[t]; size += Math.abs(x[t]) / n; }
  const level = Math.max(size, 1e-12);
  const change = Float64Array.from({ length: n }, (_, t) => {
    const after = Math.min(t + span, n), before = Math.max(t - span, 0);
    const ahead = (total[after] - total[t]) / Math.max(after - t, 1), behind = t > before ? (total[t] - total[before]) / Math.max(t - before, 1) : ahead;
    return Math.log(Math.max(ahead, 0) + 0.01 * level) - Math.log(Math.max(behind, 0) + 0.01 * level);
  });
  const mean = change.reduce((a, b) => a + b, 0) / n, spread = Math.sqrt(change.reduce((a, b) => a + (b - mean) ** 2, 0) / n);
  return change.map((v) => (v - mean) / (spread > 1e-12 ? spread : 1));
}

function coverage(model: Reporting, drawn: Drawn, n: number, seed: number): Float64Array {
  const log = new Float64Array(n);
  for (let j = 1; j <= (model.coverage?.jumps ?? 0); j++) {
    const when = drawn(`coverage.when${j}`) ?? 0.5, jump = drawn(`coverage.jump${j}`) ?? model.coverage!.size;
    for (let t = 0; t < n; t++) if ((t + 0.5) / n < when) log[t] -= jump;
  }
  if (model.effort) {
    const life = drawn("effort.life") ?? model.effort.life, sd = drawn("effort.sd") ?? model.effort.sd;
    const rho = 0.5 ** (1 / Math.max(life, 1e-9)), luck = new Luck(seed, "effort");
    let a = 0;
    for (let t = 0; t < n; t++) { a = t ? rho * a + Math.sqrt(1 - rho * rho) * luck.normal() : luck.normal(); log[t] += sd * a - (sd * sd) / 2; }
  }
  return log.map(Math.exp);
}

function one(name: string, model: Reporting, histories: Record<string, Float64Array>, drawn: Drawn, covered: Float64Array, seed: number): Float64Array {
  const own = model.series[name], raw = histories[name], n = raw.length;
  if (own.form === "exact") return raw.slice();
  const value = (key: string) => drawn(`${name}.${key}`) ?? own.middle[key] ?? 0;
  const flow = value("flow"), scale = value("scale"), counted = own.form !== "noisy";
  const shifted = raw.map((_, t) => raw[clip(t - own.shift, 0, n - 1)]);
  const x = shifted.map((v, t) => (1 - flow) * v + flow * Math.max(t ? v - shifted[t - 1] : 0, 0));
  let chance = own.shared ? covered : covered.map(() => 1);
  if (own.tide && counted) {
    const weight = tide(histories[own.tide.by], own.tide.span).map((z) => Math.exp(clip(value("tide") * z, -20, 20)));
    const mean = weight.reduce((a, b) => a + b, 0) / n;
    chance = chance.map((c, t) => (c * weight[t]) / mean);
  }
  const luck = new Luck(seed, name), zeros = value("zeros"), noise = value("noise"), dispersion = own.middle.dispersion === null ? null : Math.max(value("dispersion"), 1e-6);
  let y = x.map((v, t) => {
    if (own.form === "noisy") return scale * v * chance[t] * Math.exp(noise * luck.normal());
    if (own.form === "events") return luck.binomial(Math.round(v), clip(scale * chance[t], 0, 1));
    let mean = clip(scale * Math.max(v, 0) * chance[t], 0, 1e9);
    if (dispersion !== null) mean *= luck.gamma(dispersion) / dispersion;
    return luck.poisson(Math.min(mean, 1e12));
  }).map((v) => (luck.uniform() < zeros ? 0 : v));
  if (own.date_block && counted) {
    const share = clip(value("date_share"), 0, 1), out = y.slice();
    y.forEach((v, t) => { const moved = luck.binomial(v, share); out[t] -= moved; out[t - (t % own.date_block!)] += moved; });
    y = out;
  }
  if (own.digits) y = y.map((v) => { if (!v) return 0; const unit = 10 ** (Math.floor(Math.log10(Math.max(Math.abs(v), 1e-300))) - own.digits! + 1); return Math.round(v / unit) * unit; });
  return y;
}

/** One report of a history: for each observable, a number per period. */
export function report(model: Reporting, histories: Record<string, Float64Array>, drawn: Drawn, seed: number): Record<string, Float64Array> {
  const n = Object.values(histories)[0].length, covered = coverage(model, drawn, n, seed);
  return Object.fromEntries(Object.keys(model.series).map((name) => [name, one(name, model, histories, drawn, covered, seed)]));
}

export interface Beside {
  source: string; series: Record<string, (number | null)[]>; dates: string[]; first: number; every: number; reporting: Reporting;
  names: string[]; posterior: string[]; pulses: any[];
}

/** The draws of one world, by name: of the reporting model, and of a fit's parameters. */
export function drawsOf(beside: Beside, drawn: ArrayBuffer | undefined, world: number): Drawn {
  const all = drawn ? new Float64Array(drawn) : new Float64Array(), rows = beside.names.length ? all.length / beside.names.length : 0;
  return (name) => { const k = beside.names.indexOf(name); return k < 0 || !rows ? undefined : all[k * rows + (world % rows)]; };
}

/** The record that one simulated world would leave: observables averaged over the steps of a period, and reported. */
export function recorded(beside: Beside, drawn: Drawn, names: string[], values: Float64Array, steps: number, seed: number): Float64Array[] {
  const periods = beside.dates.length, k = names.length;
  const histories = Object.fromEntries(Object.keys(beside.series).map((name) => {
    const column = names.indexOf(name);
    return [name, Float64Array.from({ length: periods }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < beside.every; j++) sum += values[Math.min(beside.first + i * beside.every + j, steps) * k + column];
      return sum / beside.every;
    })];
  }));
  const made = report(beside.reporting, histories, drawn, seed);
  return Object.keys(beside.series).map((name) => made[name]);
}
