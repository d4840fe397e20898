// Worlds that the page cannot hold: Python simulates them beside the page, and streams one byte per person and frame.
import type { Bundle, Meta } from "./engine";
import { makePeople } from "./engine/population";
import type { FromWorker, Life, PeopleShown, RunSettings } from "./protocol";

/** An available value: for a parameter with recorded histories, the nearest of these. */
export function snapped(meta: Meta, name: string, value: number): number {
  const { recorded } = meta.engine;
  return recorded?.param === name ? recorded.values[nearest(recorded.values, value)] : value;
}

interface Frames { add(frame: Uint8Array): void; frame(step: number): ArrayLike<number> }
type Bounds = [number, number]; // what the bytes 0 and 255 stand for
export interface Made { id: number; settings: RunSettings; a: Frames; b: Frames | null; done: number; waiting: number | null; bounds: Bounds }

/** The recorded setting nearest to a value. */
export function nearest(values: number[], wanted: number): number {
  let best = 0;
  values.forEach((v, j) => { if (Math.abs(v - wanted) < Math.abs(values[best] - wanted)) best = j; });
  return best;
}

export class Remote {
  constructor(private bundle: Bundle, private base: string, private post: (m: FromWorker) => void, private keep: (r: Made) => void, private film: (people: number, steps: number) => Frames) {}

  async run(id: number, settings: RunSettings, live: () => boolean): Promise<void> {
    const meta = this.bundle.meta, k = meta.observables.length, { post } = this;
    if (meta.engine.kind === "recorded") return this.play(id, settings);
    const changed = Object.fromEntries(meta.params.filter((p) => settings.params[p.name] !== p.value).map((p) => [p.name, settings.params[p.name]]));
    const begun = performance.now();
    const answer = await fetch(`${this.base}run`, {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ params: changed, table: settings.table, seed: settings.seed, steps: settings.steps, view: settings.view, interventions: settings.twin ? settings.interventions : null, other: settings.other }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    const reader = answer.body!.getReader();
    let have = new Uint8Array(0), at = 0;
    const take = async (size: number): Promise<Uint8Array> => {
      while (have.length - at < size) {
        const { done, value } = await reader.read();
        if (done) throw new Error(new TextDecoder().decode(have.subarray(at)) || "the stream ended early");
        const more = new Uint8Array(have.length - at + value.length);
        more.set(have.subarray(at)); more.set(value, have.length - at);
        have = more; at = 0;
      }
      at += size;
      return have.slice(at - size, at);
    };
    const told = new DataView((await take(20)).buffer), n = told.getUint32(0, true), bounds: Bounds = [told.getFloat64(4, true), told.getFloat64(12, true)];
    const films = Array.from({ length: settings.twin ? 2 : 1 }, () => this.film(n, settings.steps));
    const r: Made = { id, settings, a: films[0], b: films[1] ?? null, done: -1, waiting: null, bounds };
    this.keep(r);
    const people = this.people(id, settings, n);
    for (let t = 0; t <= settings.steps; t++) {
      const values: Float64Array[] = [];
      for (const made of films) {
        if ((await take(1))[0] !== 1) throw new Error(new TextDecoder().decode(await take(new DataView((await take(4)).buffer).getUint32(0, true))));
        values.push(new Float64Array((await take(8 * k)).buffer));
        made.add(await take(n));
      }
      if (!live()) { await reader.cancel(); return; }
      r.done = t;
      post({ type: "progress", id, from: t, to: t, world: values[0], twin: values[1] ?? null });
    }
    this.life(r, people, bounds);
    post({ type: "done", id, milliseconds: performance.now() - begun });
  }

  /** Recorded histories: the nearest to the slider, and as its twin the nearest to the twin's value. */
  private play(id: number, settings: RunSettings): void {
    const recorded = this.bundle.meta.engine.recorded!, { people: n, steps, param, values } = recorded, k = this.bundle.meta.observables.length;
    const world = nearest(values, settings.params[param] ?? values[0]), twin = settings.twin ? nearest(values, settings.other[param] ?? values[0]) : -1;
    const [low, high] = recorded.bounds[world];
    const unpack = (j: number): Frames => {
      const frames = new Uint8Array(this.bundle.arrays[`frames.${j}`]), out = this.film(n, steps), last = new Uint8Array(n), [from, to] = recorded.bounds[j];
      const same = j === world || (from === low && to === high), shown = (c: number) => Math.max(0, Math.min(255, (255 * (from + (c / 255) * (to - from) - low)) / (high - low)));
      for (let t = 0; t <= steps; t++) { // each frame was stored as what it changes of the one before
        for (let i = 0; i < n; i++) last[i] ^= frames[t * n + i];
        out.add(same ? last.slice() : last.map(shown));
      }
      return out;
    };
    const series = (j: number) => new Float64Array(this.bundle.arrays[`values.${j}`]).slice(0, (steps + 1) * k);
    const r: Made = { id, settings, a: unpack(world), b: twin < 0 ? null : unpack(twin), done: steps, waiting: null, bounds: [low, high] };
    this.keep(r);
    const people = this.people(id, settings, n);
    this.post({ type: "progress", id, from: 0, to: steps, world: series(world), twin: twin < 0 ? null : series(twin) });
    this.life(r, people, r.bounds);
    this.post({ type: "done", id, milliseconds: 0 });
  }

  /** The people: their ties and regions come with the page. */
  private people(id: number, settings: RunSettings, n: number): PeopleShown {
    const { region, indptr, indices } = makePeople(this.bundle, null, { network: settings.table.network, people: n }, 0n);
    const known = region.length === n, trait = this.trait(0);
    const people: PeopleShown = { people: n, region: known ? region : new Int32Array(n), indptr: known ? indptr : null, indices: known ? indices : null, sortKey: trait?.length === n ? trait : null, labels: null, places: this.bundle.arrays.places ? new Float32Array(this.bundle.arrays.places.slice(0)) : null };
    this.post({ type: "people", id, people });
    return people;
  }

  private trait(k: number): Float64Array | null {
    const of = this.bundle.meta.traits[k], array = of && this.bundle.arrays[`trait.${of.name}`];
    return array ? new Float64Array(array.slice(0)) : null;
  }

  /** One person's life, as far as frames hold it: the quantity that colours people, to 1/255 of its range. */
  private life(r: Made, people: PeopleShown, [low, high]: Bounds): void {
    const i = r.settings.watch, view = this.bundle.meta.views[r.settings.view], steps = Array.from({ length: r.settings.steps + 1 }, (_, t) => t);
    if (i < 0 || i >= people.people) return;
    const told = view?.kind === "bool" || view?.kind === "float", of = (x: Frames) => [Float64Array.from(steps, (t) => (view!.kind === "bool" ? x.frame(t)[i] : low + (x.frame(t)[i] / 255) * (high - low)))];
    const { indptr, indices } = people, ties = indptr ? [...indices!.subarray(indptr[i], indptr[i + 1])] : [];
    const traits = this.bundle.meta.traits.map((t, k) => [t.name, this.trait(k)?.[i]]).filter((x): x is [string, number] => x[1] !== undefined);
    const life: Life = { person: i, names: told ? [view!.of[0]] : [], world: told ? of(r.a) : [], twin: told && r.b ? of(r.b) : null, ties, degree: indptr ? ties.length : people.people - 1, traits };
    this.post({ type: "life", id: r.id, life });
  }
}
