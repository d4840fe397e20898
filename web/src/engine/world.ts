// One world in the page, step by step: what the rule, process and flow engines do around their kernels.
import type { Bundle, Meta } from "./bundle";
import { Program, type Kind } from "./program";
import { drawTrait, initialState, number, type People, Start } from "./population";

export type Intervention =
  | { kind: "set"; name: string; value: number; start: number; end: number | null }
  | { kind: "pulse"; name: string; amount: number; at: number }
  | { kind: "cap"; name: string; most: number; start: number; end: number | null }
  | { kind: "seed"; name: string; share: number; at: number };

const BLOCK = 256, SWEEP = 0.5;

export function changesAt(all: Intervention[]): Set<number> {
  const times = new Set<number>();
  for (const x of all) {
    if (x.kind === "pulse" || x.kind === "seed") times.add(x.at);
    else { times.add(x.start); if (x.end) times.add(x.end); }
  }
  return times;
}

function held(all: Intervention[], t: number, params: Record<string, number>): Record<string, number> {
  const values: Record<string, number> = {};
  for (const x of all) if (x.kind === "set") values[x.name] = params[x.name];
  for (const x of all) if (x.kind === "set" && x.start <= t && (x.end === null || t < x.end)) values[x.name] = x.value;
  return values;
}

const active = (x: { start: number; end: number | null }, t: number) => t >= x.start && (x.end === null || t < x.end);

export interface World {
  step: number;
  people: People;
  advance(): void;
  /** The observables as they are. */
  observe(out: Float64Array | number[], at: number): void;
  /** A state, trait or array over people, as it is; null for what has none. */
  column(name: string): ArrayLike<number> | null;
  program: Program;
}

class RuleWorld implements World {
  step = 0;
  program: Program;
  private meta: Meta;
  private start: Start;
  private call: Record<string, (n?: any) => void> = {};
  private fresh = true;
  private flipped = 0;
  private n: number;
  private blocks: number;
  private mixed: boolean;
  private turns: boolean;
  private times: Set<number>;
  private sizes: Float64Array;

  constructor(bundle: Bundle, module: WebAssembly.Module, public people: People, private params: Record<string, number>, private seed: bigint, private interventions: Intervention[]) {
    const meta = (this.meta = bundle.meta), lay = meta.engine.layout, n = (this.n = people.people);
    this.turns = meta.engine.kind === "turns";
    this.mixed = people.indptr === null;
    this.times = changesAt(interventions);
    const p = (this.program = new Program(module, meta.engine.arguments, meta.engine.dataEnd, meta.engine.errors));
    this.start = new Start(p, n);
    const B = (this.blocks = Math.ceil(n / BLOCK)), regions = people.regions, together = !this.turns;
    p.array("key0", "u64", [1])[0] = seed & 0xffffffffn;
    p.array("key1", "u64", [1])[0] = seed >> 32n;
    p.array("bools", "u8", [lay.bools.length, n, 1]);
    p.array("floats", "f64", [lay.floats.length, n, 1]);
    p.array("traits", "f64", [lay.traits.length, n]);
    p.array("region", "i32", [n]).set(people.region);
    p.array("degree", "i32", [n]);
    const sees = lay.seenBools.length + lay.seenFloats.length > 0;
    p.array("counts", "i32", [lay.seenBools.length, together && !this.mixed && sees ? n : 0, 1]);
    p.array("means", "f64", [lay.seenFloats.length, together ? n : 0, 1]);
    p.array("deltas", "i8", [lay.seenBools.length, together ? n : 0, 1]);
    p.array("table", "f64", [Object.keys(lay.table).length, 1]);
    p.array("here", "f64", [lay.regionals.length, regions, 1]);
    p.array("flags", "u8", [n]);
    p.array("dirty", "u8", [n]).fill(1);
    p.array("parts", "f64", [B, lay.sums.length, 1]);
    p.array("changes", "i64", [B, lay.bools.length, 1]);
    p.array("totals", "i64", [lay.bools.length, 1]);
    if (this.turns) {
      p.array("indptr", "i64", [this.mixed ? 1 : n + 1]);
      p.array("indices", "i32", [this.mixed ? 0 : people.indices!.length]);
      if (!this.mixed) { p.view("indptr").set(BigInt64Array.from(people.indptr!, BigInt)); p.view("indices").set(people.indices!); }
      p.array("running", "f64", [lay.seenFloats.length, 1]);
      p.array("queue", "i32", [1, n]);
      p.array("handed", "f64", [lay.tallies.length, n, 1]);
    }
    p.array("bad", "u8", [meta.engine.guards.length, 1]);
    if (this.mixed) p.view("degree").fill(Math.max(n - 1, 0));
    else for (let i = 0; i < n; i++) p.view("degree")[i] = people.indptr![i + 1] - people.indptr![i];
    for (const name of ["person", "society", "region"]) if (name in meta.engine.arguments) this.call[name] = p.bind(name);
    // the start
    lay.traits.forEach((name, k) => {
      const values = drawTrait(bundle, this.start, meta.traits.find((t) => t.name === name)!, people, params);
      p.view("traits").set(values, k * n);
    });
    const table = p.view("table"), here = p.view("here");
    for (const [name, value] of Object.entries(params)) table[lay.table[`p.${name}`]] = value;
    for (const x of meta.societies) table[lay.table[`society.${x.name}`]] = number(x.initial!, params);
    for (const x of meta.tallies) table[lay.table[`people.${x.name}`]] = number(x.initial!, params);
    for (const x of meta.regionals) here.fill(number(x.initial!, params), lay.regionals.indexOf(x.name) * regions, (lay.regionals.indexOf(x.name) + 1) * regions);
    meta.states.forEach((state, k) => {
      const bool = state.kind === "bool", row = (bool ? lay.bools : lay.floats).indexOf(state.name);
      const scratch = new Float64Array(n);
      initialState(bundle, this.start, k, params, seed, scratch);
      p.view(bool ? "bools" : "floats").set(scratch, row * n);
    });
    this.recount();
    lay.bools.forEach((s, k) => { table[lay.table[`people.${s}`]] = Number(p.view("totals")[k]) / n; });
    const sums = lay.sums.map((s) => (lay.floats.includes(s) ? this.summed("floats", lay.floats.indexOf(s)) : 0));
    lay.sums.forEach((s, k) => { if (lay.floats.includes(s)) table[lay.table[`people.${s}`]] = sums[k] / n; });
    this.sizes = new Float64Array(regions);
    for (const g of people.region) this.sizes[g]++;
    for (let g = 0; g < regions; g++) this.sizes[g] = Math.max(this.sizes[g], 1);
  }

  private recount(): void {
    const { n } = this, bools = this.program.view("bools"), totals = this.program.view("totals");
    for (let k = 0; k < totals.length; k++) { let t = 0; for (let i = k * n; i < (k + 1) * n; i++) t += bools[i]; totals[k] = BigInt(t); }
  }

  /** A sum within blocks in order, then over blocks in order. */
  private summed(name: string, row: number): number {
    const values = this.program.view(name), { n } = this;
    let total = 0;
    for (let b = 0; b < n; b += BLOCK) { let part = 0; for (let i = b; i < Math.min(b + BLOCK, n); i++) part += values[row * n + i]; total += part; }
    return total;
  }

  private apply(t: number): boolean {
    let changed = false;
    const p = this.program, table = p.view("table"), lay = this.meta.engine.layout, { n } = this;
    for (const [name, value] of Object.entries(held(this.interventions, t, this.params))) {
      const row = lay.table[`p.${name}`];
      if (table[row] !== value) { table[row] = value; changed = true; }
    }
    for (const x of this.interventions) {
      if (x.kind === "pulse" && x.at === t) { table[lay.table[`society.${x.name}`]] += x.amount; changed = true; }
      if (x.kind === "seed" && x.at === t) {
        const row = lay.bools.indexOf(x.name), state = this.meta.states.find((s) => s.name === x.name)!;
        const u = this.start.uniforms(this.seed, state.seeded, t), bools = p.view("bools");
        for (let i = 0; i < n; i++) if (u[i] < x.share) bools[row * n + i] = 1;
        let count = 0;
        for (let i = 0; i < n; i++) count += bools[row * n + i];
        p.view("totals")[row] = BigInt(count);
        p.view("table")[lay.table[`people.${x.name}`]] = count / n;
        this.fresh = changed = true;
      }
    }
    return changed;
  }

  private see(): void {
    const p = this.program, lay = this.meta.engine.layout, { n } = this;
    const bools = p.view("bools"), floats = p.view("floats"), means = p.view("means");
    if (this.mixed) {
      lay.seenFloats.forEach((s, k) => {
        const row = lay.floats.indexOf(s), total = this.summed("floats", row);
        for (let i = 0; i < n; i++) means[k * n + i] = n > 1 ? (total - floats[row * n + i]) / (n - 1) : floats[row * n + i];
      });
      return;
    }
    const ptr = this.people.indptr!, idx = this.people.indices!;
    lay.seenFloats.forEach((s, k) => {
      const at = lay.floats.indexOf(s) * n;
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let e = ptr[i], z = ptr[i + 1]; e < z; e++) sum += floats[at + idx[e]];
        means[k * n + i] = ptr[i + 1] > ptr[i] ? sum / (ptr[i + 1] - ptr[i]) : floats[at + i]; // one's own where nobody is seen
      }
    });
    if (!lay.seenBools.length) return;
    const counts = p.view("counts"), dirty = p.view("dirty"), flags = p.view("flags"), deltas = p.view("deltas");
    if (this.fresh || this.flipped > SWEEP * n || this.meta.population.directed) { // counts along rows: who is seen
      lay.seenBools.forEach((s, k) => {
        const at = lay.bools.indexOf(s) * n;
        for (let i = 0; i < n; i++) {
          let count = 0;
          for (let e = ptr[i], z = ptr[i + 1]; e < z; e++) count += bools[at + idx[e]];
          counts[k * n + i] = count;
        }
      });
      dirty.fill(1);
      this.fresh = false;
    } else if (this.flipped) {
      for (let i = 0; i < n; i++) if (flags[i]) {
        dirty[i] = 1;
        for (let e = ptr[i], z = ptr[i + 1]; e < z; e++) {
          const j = idx[e];
          dirty[j] = 1;
          for (let k = 0; k < lay.seenBools.length; k++) counts[k * n + j] += deltas[k * n + i];
        }
      }
    }
  }

  private macro(t: number): void {
    const p = this.program, lay = this.meta.engine.layout, table = p.view("table"), regions = this.people.regions;
    table[lay.table["society.step"]] = t;
    this.call.society?.({ step: t, regions });
    for (const x of this.interventions) if (x.kind === "cap" && active(x, t)) { const row = lay.table[`society.${x.name}`]; table[row] = Math.min(table[row], x.most); }
    if (!this.call.region) return;
    const here = p.view("here"), region = this.people.region, { n } = this;
    for (const s of lay.regionalPeople) {
      const bool = lay.bools.includes(s), values = p.view(bool ? "bools" : "floats"), at = (bool ? lay.bools : lay.floats).indexOf(s) * n;
      const sums = new Float64Array(regions), row = lay.regionals.indexOf(`people.${s}`) * regions;
      for (let i = 0; i < n; i++) sums[region[i]] += values[at + i];
      for (let g = 0; g < regions; g++) here[row + g] = sums[g] / this.sizes[g];
    }
    this.call.region({ step: t, regions });
  }

  advance(): void {
    const t = ++this.step, p = this.program, meta = this.meta, lay = meta.engine.layout, { n } = this;
    for (const x of meta.shocks) p.view("table")[lay.table[`society.${x.name}`]] = 0;
    const reset = this.times.has(t) ? this.apply(t) : false;
    if (this.turns) { this.turn(t); this.check(); return; }
    this.see();
    this.macro(t);
    const dirty = p.view("dirty"), flags = p.view("flags");
    const marked = !this.mixed && lay.seenBools.length > 0;
    if (!lay.luckless || reset || (!marked && this.flipped)) dirty.fill(1);
    else if (t > 1 && !dirty.includes(1)) { flags.fill(0); this.flipped = 0; return this.check(); }
    flags.fill(0);
    p.view("parts").fill(0);
    p.view("changes").fill(0n);
    this.call.person({ first: 0, last: this.blocks, people: n, worlds: 1, step: t, mixed: this.mixed ? 1 : 0 });
    const after = p.view("flags") as Uint8Array;
    let flipped = 0;
    for (let i = 0; i < n; i++) flipped += after[i];
    this.flipped = flipped;
    const table = p.view("table"), totals = p.view("totals"), changes = p.view("changes"), parts = p.view("parts"), B = this.blocks;
    const nb = lay.bools.length, ns = lay.sums.length;
    lay.bools.forEach((s, k) => {
      for (let b = 0; b < B; b++) totals[k] += changes[b * nb + k];
      table[lay.table[`people.${s}`]] = Number(totals[k]) / n;
    });
    lay.sums.forEach((s, k) => { let sum = 0; for (let b = 0; b < B; b++) sum += parts[b * ns + k]; table[lay.table[`people.${s}`]] = sum / n; });
    this.check();
  }

  /** A guard that does not hold ends the world, with the line of the rule that it watches. */
  private check(): void {
    const k = this.program.view("bad").indexOf(1);
    if (k >= 0) throw new Error(this.meta.engine.guards[k]);
  }

  private turn(t: number): void {
    const p = this.program, lay = this.meta.engine.layout, { n } = this;
    this.macro(t);
    const running = p.view("running");
    lay.seenFloats.forEach((s, k) => { running[k] = this.summed("floats", lay.floats.indexOf(s)); });
    this.call.person({ first: 0, last: 1, people: n, step: t, mixed: this.mixed ? 1 : 0 });
    const table = p.view("table"), totals = p.view("totals");
    lay.bools.forEach((s, k) => { table[lay.table[`people.${s}`]] = Number(totals[k]) / n; });
    for (const s of lay.sums) {
      const sum = lay.floats.includes(s) ? this.summed("floats", lay.floats.indexOf(s)) : this.summed("handed", lay.tallies.indexOf(s));
      table[lay.table[`people.${s}`]] = sum / n;
    }
  }

  observe(out: Float64Array | number[], at: number): void {
    const table = this.program.view("table"), rows = this.meta.engine.layout.table;
    this.meta.observables.forEach((o, k) => { out[at + k] = table[rows[o.of!]]; });
  }

  column(name: string): ArrayLike<number> | null {
    const lay = this.meta.engine.layout, { n } = this;
    for (const [array, names] of [["bools", lay.bools], ["floats", lay.floats], ["traits", lay.traits]] as const) {
      const row = names.indexOf(name);
      if (row >= 0) return this.program.view(array).subarray(row * n, (row + 1) * n);
    }
    return null;
  }
}

const KINDS: Record<string, Kind> = { bool: "u8", uint8: "u8", int8: "i8", int16: "i16", int32: "i32", uint32: "u32", int64: "i64", uint64: "u64", float64: "f64" };
const ASIDE = 64;

class ProcessWorld implements World {
  step = 0;
  program: Program;
  private meta: Meta;
  private call: Record<string, (n?: any) => void> = {};
  private changes: Set<number>;
  private capped: boolean;
  private fields: string[];

  constructor(bundle: Bundle, module: WebAssembly.Module, public people: People, private params: Record<string, number>, private seed: bigint, private interventions: Intervention[], steps: number) {
    const meta = (this.meta = bundle.meta), n = people.people;
    const p = (this.program = new Program(module, meta.engine.arguments, meta.engine.dataEnd, meta.engine.errors));
    this.start = new Start(p, n);
    for (const f of meta.engine.fields) {
      const record = !(f.dtype in KINDS), size = record ? Number(f.dtype) : undefined;
      const into = p.array(`people.${f.name}`, record ? "u8" : KINDS[f.dtype], f.from === "data" ? f.shape : [n], size);
      if (f.from === "region") into.set(people.region);
      else if (f.from === "data") new Uint8Array(p.memory.buffer, p.regions[`people.${f.name}`].at).set(new Uint8Array(bundle.arrays[`array.${f.name}`]));
    }
    for (const t of meta.traits) p.view(`people.${t.name}`).set(drawTrait(bundle, this.start, t, people, params));
    meta.states.forEach((s, k) => {
      const scratch = new Float64Array(n);
      initialState(bundle, this.start, k, params, seed, scratch);
      p.view(`people.${s.name}`).set(scratch);
    });
    this.fields = [...meta.societies.map((x) => x.name), ...meta.shocks.map((x) => x.name), "step"];
    const society = p.array("society", "f64", [this.fields.length]); // no array is made before it is filled
    for (const x of meta.societies) society[this.fields.indexOf(x.name)] = number(x.initial!, params);
    p.array("p", "f64", [Math.max(meta.params.length, 1)]).set(meta.params.map((x) => params[x.name]));
    p.array("ties.indptr", "i64", [n + 1]);
    if (people.indptr) p.view("ties.indptr").set(BigInt64Array.from(people.indptr, BigInt));
    p.array("ties.indices", "i32", [people.indices?.length ?? 0]);
    if (people.indices) p.view("ties.indices").set(people.indices);
    const observed = meta.observables.length;
    p.array("values", "f64", [steps + 2, observed]);
    p.array("totals", "f64", [0, n]);
    this.call.run = p.bind("run");
    p.regions.values = { ...p.regions.values, shape: [observed], length: observed };
    this.call.start = p.bind("start");
    this.call.observe = p.bind("observe");
    p.regions.values = { ...p.regions.values, shape: [steps + 2, observed], length: (steps + 2) * observed };
    const grid = { "grid.rows": people.grid ? people.rows : 0, "grid.columns": people.grid ? people.columns : 0, seed };
    this.call.start(grid);
    this.call.run({ ...grid, first: 1, last: 1 });
    this.capped = interventions.some((x) => x.kind === "cap");
    this.changes = changesAt(interventions);
  }
  private start: Start;

  private society(name: string, value?: number): number {
    const array = this.program.view("society"), k = this.fields.indexOf(name);
    if (value !== undefined) array[k] = value;
    return array[k];
  }

  private cap(t: number): void {
    for (const x of this.interventions) if (x.kind === "cap" && active(x, t)) this.society(x.name, Math.min(this.society(x.name), x.most));
  }

  private intervene(t: number): void {
    const p = this.program, meta = this.meta;
    for (const x of meta.shocks) this.society(x.name, 0);
    const now = held(this.interventions, t, this.params), values = p.view("p");
    meta.params.forEach((x, k) => { if (x.name in now) values[k] = now[x.name]; });
    for (const x of this.interventions) {
      if (x.kind === "pulse" && x.at === t) this.society(x.name, this.society(x.name) + x.amount);
      if (x.kind === "seed" && x.at === t) {
        const state = meta.states.find((s) => s.name === x.name)!, u = this.start.uniforms(this.seed, state.seeded, t), into = p.view(`people.${x.name}`);
        for (let i = 0; i < u.length; i++) if (u[i] < x.share) into[i] = 1;
      }
    }
    this.cap(t);
  }

  advance(): void {
    const t = ++this.step;
    if (t === 1 || this.changes.has(t) || this.changes.has(t - 1) || (this.capped ? true : (t - 1) % ASIDE === 0)) this.intervene(t);
    this.call.run({ first: t, last: t + 1 });
    if (!this.capped) return;
    this.cap(t); // what the step raised is cut down before it is recorded
    const values = this.program.view("values"), k = this.meta.observables.length, first = values.slice(0, k);
    this.call.observe();
    values.copyWithin(t * k, 0, k);
    values.set(first, 0);
  }

  observe(out: Float64Array | number[], at: number): void {
    const k = this.meta.observables.length, values = this.program.view("values");
    for (let j = 0; j < k; j++) out[at + j] = values[this.step * k + j];
  }

  column(name: string): ArrayLike<number> | null { return `people.${name}` in this.program.regions ? this.program.view(`people.${name}`) : null; }
}

class FlowWorld implements World {
  step = 0;
  program: Program;
  private run: (n?: any) => void;
  private pulses: Float64Array;
  constructor(bundle: Bundle, module: WebAssembly.Module, public people: People, private params: Record<string, number>, private interventions: Intervention[], steps: number) {
    const meta = (this.meta = bundle.meta), names = meta.societies;
    const p = (this.program = new Program(module, meta.engine.arguments, meta.engine.dataEnd, meta.engine.errors));
    p.array("y", "f64", [names.length]).set(names.map((x) => number(x.initial!, params)));
    p.array("shock", "f64", [meta.shocks.length]);
    p.array("p", "f64", [meta.params.length]).set(meta.params.map((x) => params[x.name]));
    p.array("values", "f64", [steps + 2, names.length]);
    this.run = p.bind("run");
    this.pulses = new Float64Array(meta.shocks.length);
  }
  private meta: Meta;

  advance(): void {
    const t = ++this.step, meta = this.meta, p = this.program;
    for (const [name, value] of Object.entries(held(this.interventions, t, this.params))) p.view("p")[meta.params.findIndex((x) => x.name === name)] = value;
    const shock = p.view("shock");
    shock.fill(0);
    this.pulses.fill(0);
    for (const x of this.interventions) if (x.kind === "pulse" && x.at === t) {
      const k = meta.shocks.findIndex((s) => s.name === x.name);
      shock[k] += x.amount; this.pulses[k] += x.amount;
    }
    this.run({ first: t, last: t + 1, substeps: meta.engine.substeps });
    for (const x of this.interventions) if (x.kind === "cap" && active(x, t)) {
      const k = meta.societies.findIndex((s) => s.name === x.name), y = p.view("y");
      y[k] = Math.min(y[k], x.most);
    }
  }

  observe(out: Float64Array | number[], at: number): void {
    const y = this.program.view("y"), meta = this.meta;
    meta.observables.forEach((o, j) => {
      const name = o.of!.replace("society.", ""), k = meta.societies.findIndex((s) => s.name === name);
      out[at + j] = k >= 0 ? y[k] : this.pulses[meta.shocks.findIndex((s) => s.name === name)];
    });
  }
  column(): null { return null; }
}

export function makeWorld(bundle: Bundle, module: WebAssembly.Module, people: People, params: Record<string, number>, seed: bigint, interventions: Intervention[], steps: number): World {
  switch (bundle.meta.engine.kind) {
    case "process": return new ProcessWorld(bundle, module, people, params, seed, interventions, steps);
    case "flow": return new FlowWorld(bundle, module, people, params, interventions, steps);
    default: return new RuleWorld(bundle, module, people, params, seed, interventions);
  }
}
