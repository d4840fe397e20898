// Worlds that the page cannot hold: Python simulates them beside the page, and streams one byte a person a frame.
import type { Bundle } from "./engine";
import type { FromWorker, RunSettings } from "./protocol";

export class Remote {
  constructor(private bundle: Bundle, private base: string) {}

  async run(id: number, settings: RunSettings, live: () => boolean, post: (m: FromWorker) => void, keep: (r: unknown) => void, film: new (n: number, steps: number, floats: boolean) => any): Promise<void> {
    const meta = this.bundle.meta, k = meta.observables.length;
    if (meta.engine.kind === "recorded") return this.play(id, settings, post, keep, film);
    const changed = Object.fromEntries(meta.params.filter((p) => settings.params[p.name] !== p.value).map((p) => [p.name, settings.params[p.name]]));
    const begun = performance.now();
    const answer = await fetch(`${this.base}run`, {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ params: changed, table: settings.table, seed: settings.seed, steps: settings.steps, view: settings.view, interventions: settings.twin ? settings.interventions : null }),
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
    const n = new DataView((await take(4)).buffer).getUint32(0, true), worlds = settings.twin ? 2 : 1;
    const films = Array.from({ length: worlds }, () => new film(n, settings.steps, false));
    const r = { id, settings, a: films[0], b: films[1] ?? null, done: -1, waiting: null };
    keep(r);
    post({ type: "people", id, people: { people: n, region: new Int32Array(n), indptr: null, indices: null, sortKey: null, labels: null, places: null } });
    for (let t = 0; t <= settings.steps; t++) {
      const values: Float64Array[] = [];
      for (let w = 0; w < worlds; w++) {
        if ((await take(1))[0] !== 1) throw new Error(new TextDecoder().decode(await take(new DataView((await take(4)).buffer).getUint32(0, true))));
        values.push(new Float64Array((await take(8 * k)).buffer));
        films[w].add(await take(n));
      }
      if (!live()) { await reader.cancel(); return; }
      r.done = t;
      post({ type: "progress", id, from: t, to: t, world: values[0], twin: values[1] ?? null });
    }
    post({ type: "done", id, milliseconds: performance.now() - begun });
  }

  /** Recorded histories: of the settings that were recorded, the nearest. */
  private play(id: number, settings: RunSettings, post: (m: FromWorker) => void, keep: (r: unknown) => void, film: new (n: number, steps: number, floats: boolean) => any): void {
    const meta = this.bundle.meta as any, recorded = meta.engine.recorded as { param: string; values: number[]; steps: number; people: number };
    const wanted = settings.params[recorded.param] ?? recorded.values[0];
    let best = 0;
    recorded.values.forEach((v, j) => { if (Math.abs(v - wanted) < Math.abs(recorded.values[best] - wanted)) best = j; });
    const frames = new Uint8Array(this.bundle.arrays[`frames.${best}`]), values = new Float64Array(this.bundle.arrays[`values.${best}`]);
    const n = recorded.people, a = new film(n, recorded.steps, false), k = meta.observables.length;
    const last = new Uint8Array(n);
    for (let t = 0; t <= recorded.steps; t++) { // each frame was stored as what it changes of the one before
      for (let i = 0; i < n; i++) last[i] ^= frames[t * n + i];
      a.add(last.slice());
    }
    keep({ id, settings, a, b: null, done: recorded.steps, waiting: null });
    post({ type: "people", id, people: { people: n, region: new Int32Array(n), indptr: null, indices: null, sortKey: null, labels: null, places: null } });
    post({ type: "progress", id, from: 0, to: recorded.steps, world: values.slice(0, (recorded.steps + 1) * k), twin: null });
    post({ type: "done", id, milliseconds: 0 });
  }
}
