// People in the page: their ties, drawn by the generators' own kernels, and their traits.
import type { Bundle, Meta, Trait, Value } from "./bundle";
import { Program } from "./program";
import { deriveSeed } from "./seeds";

export interface People {
  people: number; regions: number; region: Int32Array;
  indptr: Int32Array | null; indices: Int32Array | null; // null: everyone sees everyone, or nobody is tied
  rows: number; columns: number; grid: boolean;
  seed: bigint;
}

export const number = (value: Value, params: Record<string, number>): number => (typeof value === "string" ? params[value] : value);

/** Rows from ties that are listed in the row of one end only. `order`: heads above their person, below, or any. */
export function symmetricRows(start: ArrayLike<number>, heads: Int32Array, people: number, order: "upper" | "lower" | "any"): [Int32Array, Int32Array] {
  const degree = new Int32Array(people);
  for (let i = 0; i < people; i++) { degree[i] += start[i + 1] - start[i]; for (let e = start[i]; e < start[i + 1]; e++) degree[heads[e]]++; }
  const indptr = new Int32Array(people + 1);
  for (let i = 0; i < people; i++) indptr[i + 1] = indptr[i] + degree[i];
  const indices = new Int32Array(indptr[people]), at = indptr.slice(0, people);
  const own = () => { for (let i = 0; i < people; i++) for (let e = start[i]; e < start[i + 1]; e++) indices[at[i]++] = heads[e]; };
  if (order !== "upper") own();
  for (let i = 0; i < people; i++) for (let e = start[i]; e < start[i + 1]; e++) indices[at[heads[e]]++] = i;
  if (order === "upper") own();
  if (order === "any") for (let i = 0; i < people; i++) indices.subarray(indptr[i], indptr[i + 1]).sort();
  return [indptr, indices];
}

/** Ties as they are shipped: for each person the number of neighbours above them, and the gaps between these. */
export function unpackTies(data: ArrayBuffer, people: number): [Int32Array, Int32Array] {
  const bytes = new Uint8Array(data);
  let at = 0;
  const next = () => { let x = 0, shift = 0; for (;;) { const b = bytes[at++]; x |= (b & 127) << shift; if (b < 128) return x; shift += 7; } };
  const start = new Int32Array(people + 1), heads: number[] = [];
  for (let i = 0; i < people; i++) {
    const count = next();
    let j = i;
    for (let k = 0; k < count; k++) { j += next(); heads.push(j); }
    start[i + 1] = heads.length;
  }
  return symmetricRows(start, Int32Array.from(heads), people, "upper");
}

function communities(people: number, table: Record<string, any>): number[] {
  if (table.sizes) return table.sizes;
  const k = table.communities as number;
  return Array.from({ length: k }, (_, c) => Math.floor(people / k) + (c < people % k ? 1 : 0));
}

/** Pairs of people tied independently: the kernel `draw_pairs`, and the rows that it fills. */
function pairs(module: WebAssembly.Module, meta: Meta, size: number[], within: number[], between: number, streams: [number, number], seed: bigint): [Int32Array, Int32Array] {
  const people = size.reduce((a, b) => a + b, 0);
  let expected = 0;
  size.forEach((s, c) => { expected += (within[c] * s * (s - 1)) / 2 + (between * s * (people - s)) / 2; });
  const room = Math.ceil(expected + 8 * Math.sqrt(expected)) + 16;
  const program = new Program(module, meta.engine.networks.arguments, meta.engine.networks.dataEnd);
  const end = program.array("end", "i64", [size.length]) as BigInt64Array;
  let sum = 0;
  size.forEach((s, c) => { sum += s; end[c] = BigInt(sum); });
  program.array("within", "f64", [size.length]).set(within);
  program.array("counts", "i64", [people]);
  program.array("heads", "i32", [room]);
  program.array("out", "i64", [1]);
  program.bind("draw_pairs")({ seed, stream_within: streams[0], stream_between: streams[1], low: 0, high: people, between });
  const drawn = Number(program.view("out")[0]), counts = program.view("counts") as BigInt64Array;
  if (drawn > room) throw new Error("more ties were drawn than there is room for");
  const start = new Int32Array(people + 1);
  for (let i = 0; i < people; i++) start[i + 1] = start[i] + Number(counts[i]);
  return symmetricRows(start, (program.view("heads") as Int32Array).slice(0, drawn), people, "upper");
}

function circle(people: number, half: number): Int32Array {
  const own = new Int32Array(people * half);
  for (let i = 0; i < people; i++) for (let d = 0; d < half; d++) { const j = i + d + 1; own[i * half + d] = j < people ? j : j - people; }
  return own;
}

function squares(rows: number, columns: number, radius: number, torus: boolean): [Int32Array, Int32Array] {
  const indptr = new Int32Array(rows * columns + 1), out: number[] = [];
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) {
    const mine: number[] = [];
    for (let dr = -radius; dr <= radius; dr++) for (let dc = -radius; dc <= radius; dc++) {
      if (!dr && !dc) continue;
      let y = r + dr, x = c + dc;
      if (torus) { y = (y + rows) % rows; x = (x + columns) % columns; } else if (y < 0 || y >= rows || x < 0 || x >= columns) continue;
      mine.push(y * columns + x);
    }
    mine.sort((a, b) => a - b);
    for (const j of mine) out.push(j);
    indptr[r * columns + c + 1] = out.length;
  }
  return [indptr, Int32Array.from(out)];
}

/** The kinds of networks that the page makes itself, for any number of people and any seed. */
export const MADE = new Set(["well_mixed", "erdos_renyi", "planted_partition", "village", "watts_strogatz", "barabasi_albert", "ring", "moore", "grid"]);

export function makePeople(bundle: Bundle, networks: WebAssembly.Module | null, table: Record<string, any>, seed: bigint): People {
  const meta = bundle.meta, kind = table.network as string;
  const rows = table.rows ?? 0, columns = table.columns ?? 0;
  const people = table.rows ? rows * columns : table.people;
  const out: People = { people, regions: 1, region: new Int32Array(people), indptr: null, indices: null, rows, columns, grid: kind === "grid", seed };
  if (!meta.population.made) {
    if (bundle.arrays.region) { out.region = new Int32Array(bundle.arrays.region); out.regions = meta.population.regions; }
    if (bundle.arrays.ties) [out.indptr, out.indices] = unpackTies(bundle.arrays.ties, people);
    else if (bundle.arrays.indptr) { out.indptr = new Int32Array(bundle.arrays.indptr); out.indices = new Int32Array(bundle.arrays.indices); }
    return out;
  }
  const s = meta.population.streams;
  const tie = (made: [Int32Array, Int32Array]) => { [out.indptr, out.indices] = made; };
  const regions = (size: number[]) => { let at = 0; size.forEach((n, c) => { out.region.fill(c, at, at + n); at += n; }); out.regions = size.length; };
  if (kind === "erdos_renyi") tie(pairs(networks!, meta, [people], [table.mean_degree / Math.max(people - 1, 1)], 0, [s.pairs, s.between], seed));
  else if (kind === "planted_partition") {
    const size = communities(people, table), inside = (1 - table.mix) * table.mean_degree;
    const outside = size.reduce((a, n) => a + n * (people - n), 0);
    const between = table.mix > 0 ? (table.mix * table.mean_degree * people) / outside : 0;
    tie(pairs(networks!, meta, size, size.map((n) => inside / Math.max(n - 1, 1)), between, [s.within, s.between], seed));
    regions(size);
  } else if (kind === "village") {
    const size: number[] = [];
    for (let at = 0; at < people; at += table.village_size) size.push(Math.min(table.village_size, people - at));
    tie(pairs(networks!, meta, size, size.map(() => 1), table.far, [s.clique, s.far], seed));
    regions(size);
  } else if (kind === "watts_strogatz" || kind === "ring") {
    const half = table.neighbours / 2;
    let own = circle(people, half);
    if (kind === "watts_strogatz" && table.rewiring > 0) {
      const program = new Program(networks!, meta.engine.networks.arguments, meta.engine.networks.dataEnd);
      program.array("own", "i32", [people, half]).set(own);
      program.bind("small_world")({ seed, stream_moves: s.moves, stream_places: s.places, rewiring: table.rewiring });
      own = (program.view("own") as Int32Array).slice();
    }
    tie(symmetricRows(Int32Array.from({ length: people + 1 }, (_, i) => i * half), own, people, "any"));
  } else if (kind === "barabasi_albert") {
    const m = table.ties_per_newcomer;
    const program = new Program(networks!, meta.engine.networks.arguments, meta.engine.networks.dataEnd);
    const start = program.array("start", "i64", [people + 1]) as BigInt64Array;
    for (let i = 0; i < people; i++) start[i + 1] = start[i] + BigInt(Math.min(i, m));
    const ends = Int32Array.from(start, Number);
    program.array("heads", "i32", [ends[people]]);
    program.bind("grow")({ seed, stream: s.preference, m });
    tie(symmetricRows(ends, (program.view("heads") as Int32Array).slice(), people, "lower"));
  } else if (kind === "moore") tie(squares(rows, columns, table.radius ?? 1, table.torus ?? true));
  return out;
}

/** Addressed draws: the kernels `fill`, `normals` and `exps` of every program. */
export class Start {
  private fillOf: (n?: any) => void;
  private normalsOf: (n?: any) => void;
  private expsOf: (n?: any) => void;
  constructor(private program: Program, public people: number) {
    program.array("out", "f64", [people]);
    this.fillOf = program.bind("fill"); this.normalsOf = program.bind("normals"); this.expsOf = program.bind("exps");
  }
  uniforms(seed: bigint, stream: string, step: number): Float64Array {
    this.fillOf({ seed, stream: BigInt(stream), step });
    return this.program.view("out");
  }
  /** Who acts out of a share; in the array of the last draw. */
  normals(): Float64Array { this.normalsOf(); return this.program.view("out"); }
  exps(): Float64Array { this.expsOf(); return this.program.view("out"); }
}

/** Add whole units in the last place, by which the page's own quantiles differ from Python's. */
function correct(values: Float64Array, units: Int16Array | null): void {
  if (!units) return;
  const bits = new BigInt64Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < units.length; i++) if (units[i]) bits[i] += BigInt(units[i]);
}

/** Whether these people are the ones of the file, for whom everything agrees with Python to the last bit. */
export function asShipped(meta: Meta, people: People): boolean {
  return people.seed === BigInt(meta.population.table.seed ?? "0") && people.people === meta.population.people;
}

export function drawTrait(bundle: Bundle, start: Start, trait: Trait, people: People, params: Record<string, number>): Float64Array {
  return draw(bundle, start, trait, people.seed, asShipped(bundle.meta, people), params);
}

/** Numbers over people from a distribution; those of the file where they are the same. */
function draw(bundle: Bundle, start: Start, trait: Pick<Trait, "name" | "kind" | "args" | "stream">, seed: bigint, shipped: boolean, params: Record<string, number>): Float64Array {
  const { meta, arrays } = bundle, n = start.people;
  const usual = trait.args.every((a) => typeof a !== "string" || params[a] === meta.params.find((p) => p.name === a)!.value);
  const units = (name: string): Int16Array | null => (shipped && arrays[name] ? new Int16Array(arrays[name]) : null);
  const [a, b] = trait.args.map((x) => number(x, params));
  const raw = arrays[`trait.${trait.name}`];
  if (raw && shipped && usual) return new Float64Array(raw);
  if (trait.kind === "Ranked" || trait.kind === "Listed" || trait.kind === "measured") throw new Error(`the trait ${trait.name} comes with the people of this page`);
  const u = start.uniforms(seed, trait.stream, 0);
  switch (trait.kind) {
    case "Fixed": return new Float64Array(n).fill(a);
    case "Uniform": return Float64Array.from(u, (x) => a + (b - a) * x);
    case "Bernoulli": return Float64Array.from(u, (x) => (x < a ? 1 : 0));
    case "Normal": case "LogNormal": {
      const z = start.normals();
      correct(z, units(`units.${trait.name}`));
      for (let i = 0; i < n; i++) z[i] = a + b * z[i];
      if (trait.kind === "Normal") return z.slice();
      const out = start.exps();
      if (usual) correct(out, units(`exp.${trait.name}`));
      return out.slice();
    }
    case "Beta": {
      const grid = new Float64Array(arrays[`quantiles.${trait.name}`]), last = grid.length - 1;
      return Float64Array.from(u, (x) => { // as denser in the tails as the grid of Python
        const at = (Math.acos(1 - 2 * x) / Math.PI) * last, k = Math.min(Math.floor(at), last - 1);
        const left = (1 - Math.cos((k / last) * Math.PI)) / 2, right = (1 - Math.cos(((k + 1) / last) * Math.PI)) / 2;
        return grid[k] + ((x - left) / (right - left)) * (grid[k + 1] - grid[k]);
      });
    }
  }
  throw new Error(`the page cannot draw the trait ${trait.name} from ${trait.kind}`);
}

/** Round as Python does: halves to the even. */
export function round(x: number): number {
  const r = Math.round(x);
  return Math.abs(r - x) === 0.5 && r % 2 ? r - 1 : r;
}

export function initialState(bundle: Bundle, start: Start, k: number, params: Record<string, number>, seed: bigint, out: { [i: number]: number; length: number }): void {
  const meta = bundle.meta, state = meta.states[k], n = start.people, value = number(state.initial.of, params);
  if (state.initial.kind === "drawn") {
    const first = seed === deriveSeed(BigInt(meta.seed), "world", 0) && n === meta.population.people;
    const drawn = draw(bundle, start, { name: state.name, stream: state.stream, ...state.initial.drawn! }, seed, first, params);
    for (let i = 0; i < n; i++) out[i] = drawn[i];
    return;
  }
  if (state.initial.kind === "number") { for (let i = 0; i < n; i++) out[i] = value; return; }
  if (state.initial.kind === "share") {
    if (!(value >= 0 && value <= 1)) throw new Error(`${state.name} starts true for the share ${value}; expected a share in [0, 1]`);
    const u = start.uniforms(seed, state.stream, 0);
    for (let i = 0; i < n; i++) out[i] = u[i] < value ? 1 : 0;
    return;
  }
  const count = round(value);
  if (!(count >= 0)) throw new Error(`${state.name} starts true for ${count} people; expected a number from 0`);
  if (count > n) throw new Error(`${state.name} starts true for ${count} people, and there are ${n}`);
  for (let i = 0; i < n; i++) out[i] = 0;
  if (!count) return;
  const u = start.uniforms(seed, state.stream, 0);
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => u[i] - u[j]);
  for (let i = 0; i < count; i++) out[order[i]] = 1;
}
