// The worker: it steps worlds, keeps what each step needs for drawing, and returns frames.
import { deriveSeed, Engine, unpack, type Bundle, type Intervention, type People, type World } from "./engine";
import { communities } from "./engine/communities";
import type { FromWorker, Life, RunSettings, ToWorker } from "./protocol";
import { Remote } from "./remote";
import { drawsOf, recorded } from "./reporting";

const BUDGET = 256 << 20; // bytes of frames that are kept; beyond, every second, third ... step is
const SLICE = 6; // milliseconds of work between two looks at the messages: a frame is asked for every 16

let bundle: Bundle, engine: Engine | null = null, base = "";
let current = 0;

const post = (message: FromWorker, transfer: Transferable[] = []) => (self as any).postMessage(message, transfer);
const rest = () => new Promise<void>((go) => { const c = new MessageChannel(); c.port1.onmessage = () => go(); c.port2.postMessage(0); });

/** The quantity that colours people, as one number per person. */
export function colour(bundle: Bundle, world: World, index: number, out: Uint8Array | Float32Array): void {
  const view = bundle.meta.views[index], n = out.length;
  if (!view) return;
  if (view.kind === "boards") {
    const { rows, columns } = world.people, reach = view.reach!;
    out.fill(0);
    view.of.forEach((name, k) => {
      const words = world.column(name) as Uint32Array, shape = world.program.regions[`people.${name}`].shape;
      for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) {
        const q = c + reach;
        if ((words[((q >> 4) + 1) * shape[1] + r + reach] >>> (q & 15)) & 1) out[r * columns + c] = k + 1;
      }
    });
    return;
  }
  const values = world.column(view.of[0]);
  if (!values) return;
  if (view.kind === "kinds") { // the same row, the same colour
    const width = values.length / n;
    for (let i = 0; i < n; i++) {
      let hash = 2166136261;
      for (let j = 0; j < width; j++) hash = Math.imul(hash ^ (Number(values[i * width + j]) + 17), 16777619) >>> 0;
      out[i] = 1 + ((hash ^ (hash >>> 13)) >>> 0) % 12;
    }
    return;
  }
  for (let i = 0; i < n; i++) out[i] = Number(values[i]);
}

class Film {
  private frames: (Uint8Array | Float32Array)[] = [];
  private stride: number;
  low = Infinity;
  high = -Infinity;
  constructor(private people: number, steps: number, private floats: boolean) {
    this.stride = Math.max(1, Math.ceil((people * (steps + 1) * (floats ? 4 : 1)) / BUDGET));
  }
  keep(world: World, step: number, view: number): void {
    if (step % this.stride) return;
    const frame = this.floats ? new Float32Array(this.people) : new Uint8Array(this.people);
    colour(bundle, world, view, frame);
    this.add(frame);
  }
  add(frame: Uint8Array | Float32Array): void {
    if (this.floats) for (const x of frame) { if (x < this.low) this.low = x; if (x > this.high) this.high = x; }
    this.frames.push(frame);
  }
  frame(step: number): Uint8Array | Float32Array { return this.frames[Math.min(Math.floor(step / this.stride), this.frames.length - 1)]; }
}

interface Run { id: number; settings: RunSettings; a: Film; b: Film | null; done: number; waiting: number | null; bounds?: [number, number] }
let run: Run | null = null;

function seeds(settings: RunSettings, world: number): { peopleSeed: bigint; seed: bigint } {
  const seed = BigInt(settings.seed);
  return { peopleSeed: deriveSeed(seed, "people", world), seed: deriveSeed(seed, "world", world) };
}

function worldOf(settings: RunSettings, index: number, twin: boolean): World {
  const of = seeds(settings, index);
  if (!bundle.meta.population.made) of.peopleSeed = BigInt(bundle.meta.population.table.seed); // ties come with the page, and so do their people
  const always = (bundle.meta.beside?.pulses ?? []) as Intervention[];
  const params = { ...fitted(settings, index), ...(twin ? settings.other : {}) };
  return engine!.world({ table: settings.table, params, ...of, steps: settings.steps, interventions: twin ? [...always, ...settings.interventions] : always });
}

/** The parameters of a world: in the ensemble, draws from a fit's posterior, except those held by a slider. */
function fitted(settings: RunSettings, world: number): Record<string, number> {
  const beside = bundle.meta.beside;
  if (!beside || !world) return settings.params;
  const draw = drawsOf(beside, bundle.arrays.drawn, world);
  return { ...settings.params, ...Object.fromEntries(beside.posterior.filter((n) => !settings.moved.includes(n)).map((n) => [n, draw(n)!])) };
}

function quantised(frame: Uint8Array | Float32Array, low: number, high: number): Uint8Array {
  if (frame instanceof Uint8Array) return frame.slice();
  const out = new Uint8Array(frame.length), scale = high > low ? 255 / (high - low) : 0;
  for (let i = 0; i < frame.length; i++) out[i] = Math.max(0, Math.min(255, (frame[i] - low) * scale));
  return out;
}

function answer(r: Run, step: number): void {
  const floats = !(r.a.frame(0) instanceof Uint8Array);
  const low = floats ? Math.min(r.a.low, r.b?.low ?? Infinity) : r.bounds?.[0] ?? 0, high = floats ? Math.max(r.a.high, r.b?.high ?? -Infinity) : r.bounds?.[1] ?? 1;
  const world = quantised(r.a.frame(step), low, high), twin = r.b ? quantised(r.b.frame(step), low, high) : null;
  post({ type: "frame", id: r.id, shown: { step, world, twin, low, high } }, twin ? [world.buffer, twin.buffer] : [world.buffer]);
}

function peopleShown(people: People, world: World) {
  const trait = bundle.meta.traits[0];
  const values = trait ? world.column(trait.name) : null;
  return {
    people: people.people, region: people.region.slice(), indptr: people.indptr?.slice() ?? null, indices: people.indices?.slice() ?? null,
    sortKey: values ? Float64Array.from(values as any) : null,
    places: bundle.arrays.places ? new Float32Array(bundle.arrays.places.slice(0)) : null,
    labels: people.regions > 1 ? people.region.slice() : people.indptr && people.people <= 50_000 ? communities(people.indptr, people.indices!) : null,
  };
}

let peopleKey = "";

async function simulate(id: number, settings: RunSettings): Promise<void> {
  const meta = bundle.meta, k = meta.observables.length, begun = performance.now();
  if (!engine) return new Remote(bundle, base, post, (r) => { run = r as any; }, (people, steps) => new Film(people, steps, false)).run(id, settings, () => current === id);
  const a = worldOf(settings, 0, false), b = settings.twin ? worldOf(settings, 0, true) : null, n = a.people.people;
  const key = JSON.stringify([settings.table, settings.seed]);
  if (key !== peopleKey) { peopleKey = key; const people = peopleShown(a.people, a); post({ type: "people", id, people }); }
  const floats = meta.views[settings.view]?.kind === "float";
  const r: Run = (run = { id, settings, a: new Film(n, settings.steps, floats), b: b ? new Film(n, settings.steps, floats) : null, done: 0, waiting: run?.waiting ?? null });
  const names = meta.engine.kind === "flow" ? [] : [...meta.states.map((s) => s.name)];
  const watch = settings.watch >= 0 && settings.watch < n ? settings.watch : -1;
  const life: Life | null = watch < 0 ? null : {
    person: watch, names, world: names.map(() => new Float64Array(settings.steps + 1)), twin: b ? names.map(() => new Float64Array(settings.steps + 1)) : null,
    ties: a.people.indptr ? [...a.people.indices!.subarray(a.people.indptr[watch], a.people.indptr[watch + 1])] : [],
    degree: a.people.indptr ? a.people.indptr[watch + 1] - a.people.indptr[watch] : a.people.grid ? 0 : n - 1,
    traits: meta.traits.map((t) => [t.name, Number(a.column(t.name)?.[watch] ?? NaN)]),
  };
  const keep = (t: number) => {
    r.a.keep(a, t, settings.view);
    if (b) r.b!.keep(b, t, settings.view);
    if (life) names.forEach((name, j) => { life.world[j][t] = Number(a.column(name)![watch]); if (b) life.twin![j][t] = Number(b.column(name)![watch]); });
  };
  let from = 0, world: number[] = [], twin: number[] = [];
  const flush = (to: number) => {
    if (to < from) return;
    post({ type: "progress", id, from, to, world: Float64Array.from(world), twin: b ? Float64Array.from(twin) : null });
    from = to + 1; world = []; twin = [];
    if (r.waiting !== null && r.waiting <= to) { answer(r, r.waiting); r.waiting = null; }
  };
  const observe = () => { const row = new Array(k); a.observe(row, 0); world.push(...row); if (b) { b.observe(row, 0); twin.push(...row); } };
  keep(0);
  observe();
  flush(0);
  let since = performance.now();
  for (let t = 1; t <= settings.steps; t++) {
    try { advance(a, ""); if (b) advance(b, " of the twin"); } catch (error) { flush(t - 1); throw error; }
    keep(t);
    observe();
    r.done = t;
    if (performance.now() - since > SLICE || t === settings.steps) {
      flush(t);
      await rest();
      if (current !== id) return;
      since = performance.now();
    }
  }
  if (life) post({ type: "life", id, life });
  post({ type: "done", id, milliseconds: performance.now() - begun });
}

/** One step; an error says at which step it occurred. */
function advance(world: World, whose: string): void {
  try { world.advance(); } catch (error) { throw new Error(`at step ${world.step}${whose}, ${error instanceof Error ? error.message : error}`); }
}

async function ensemble(id: number, settings: RunSettings, worlds: number): Promise<void> {
  if (!engine) return;
  const k = bundle.meta.observables.length;
  const { beside, observables } = bundle.meta, names = observables.map((o) => o.name);
  for (let w = 1; w <= worlds; w++) {
    const out: Float64Array[] = [];
    try {
      for (const twin of settings.twin ? [false, true] : [false]) {
        const world = worldOf(settings, w, twin), values = new Float64Array((settings.steps + 1) * k);
        world.observe(values, 0);
        let since = performance.now();
        for (let t = 1; t <= settings.steps; t++) {
          advance(world, twin ? " of a twin" : "");
          world.observe(values, t * k);
          if (performance.now() - since > SLICE) { await rest(); if (current !== id) return; since = performance.now(); }
        }
        out.push(values);
      }
      const reported = beside ? recorded(beside, drawsOf(beside, bundle.arrays.drawn, w), names, out[0], settings.steps, w) : null;
      post({ type: "member", id, world: out[0], twin: out[1] ?? null, count: w, reported });
    } catch (error) { post({ type: "lost", id, message: error instanceof Error ? error.message : String(error) }); }
    await rest();
    if (current !== id) return;
  }
  post({ type: "done", id, milliseconds: 0 });
}

let loading: Promise<void> = Promise.resolve();

async function load(packed: unknown, address: string): Promise<void> {
  bundle = await unpack(packed as any);
  base = address;
  peopleKey = "";
  engine = bundle.arrays.wasm ? new Engine(bundle) : null;
  post({ type: "ready" });
}

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  try {
    if (data.type === "load") {
      current = 0;
      await (loading = load(data.packed, data.base));
    } else if (data.type === "run" || data.type === "ensemble") {
      current = data.id;
      await loading;
      if (current !== data.id) return;
      await (data.type === "run" ? simulate(data.id, data.settings) : ensemble(data.id, data.settings, data.worlds));
    } else if (data.type === "frame") {
      if (run && run.id === data.id && run.done >= data.step) answer(run, data.step);
      else if (run) run.waiting = data.step;
    } else current = 0;
  } catch (error) {
    post({ type: "failed", id: current, message: error instanceof Error ? error.message : String(error) });
  }
};
