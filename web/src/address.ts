// The state of the page is in its address, so that the view can be sent to someone.
import type { Intervention, Meta } from "./engine";

/** How a twin differs: an intervention, or a parameter with a different value from the start. */
export type Change = Intervention | { kind: "from"; name: string; value: number };
export const changeAt = (x: Change): number => (x.kind === "from" ? 1 : "at" in x ? x.at : x.start);

export interface Shown {
  params: Record<string, number>;
  table: Record<string, any>;
  seed: string;
  steps: number;
  step: number;
  view: number;
  twin: Change | null; // one change, or none
  mode: "world" | "twin" | "both" | "difference";
  person: number;
  speed: number;
}

export function initial(meta: Meta): Shown {
  return {
    params: Object.fromEntries(meta.params.map((p) => [p.name, p.value])),
    table: { ...meta.population.table }, seed: meta.seed, steps: meta.steps, step: 0, view: 0, twin: null, mode: "world", person: -1, speed: 1,
  };
}

export function write(meta: Meta, s: Shown): string {
  const out = new URLSearchParams();
  for (const p of meta.params) if (s.params[p.name] !== p.value) out.set(`p.${p.name}`, String(s.params[p.name]));
  for (const [k, v] of Object.entries(s.table)) if (k !== "seed" && JSON.stringify(v) !== JSON.stringify(meta.population.table[k])) out.set(`n.${k}`, String(v));
  if (s.seed !== meta.seed) out.set("seed", s.seed);
  if (s.steps !== meta.steps) out.set("steps", String(s.steps));
  if (s.step) out.set("step", String(s.step));
  if (s.view) out.set("view", meta.views[s.view].name);
  if (s.twin) {
    const x = s.twin;
    const rest = x.kind === "from" ? [x.value] : x.kind === "pulse" ? [x.amount, x.at] : x.kind === "seed" ? [x.share, x.at] : [x.kind === "set" ? x.value : x.most, x.start, x.end ?? ""];
    out.set("twin", [x.kind, x.name, ...rest].join(":"));
    if (s.mode !== "both") out.set("mode", s.mode);
  }
  if (s.person >= 0) out.set("person", String(s.person));
  return out.toString();
}

const finite = (text: string | undefined): number | null => (text !== undefined && text !== "" && Number.isFinite(Number(text)) ? Number(text) : null);

/** The content of an address; invalid parts are left out and named. */
export function read(meta: Meta, text: string): { shown: Shown; ignored: string[] } {
  const shown = initial(meta), ignored: string[] = [];
  for (const [key, value] of new URLSearchParams(text.replace(/^#/, ""))) {
    const x = finite(value);
    const [kind, ...rest] = key.split("."), name = rest.join(".");
    if (kind === "p" && x !== null) {
      const p = meta.params.find((q) => q.name === name);
      if (p && holds(p, x)) { shown.params[name] = x; continue; }
    } else if (kind === "n" && name in shown.table && name !== "network" && name !== "seed" && x !== null && x >= 0) { shown.table[name] = x; continue; }
    else if (key === "seed" && /^\d{1,18}$/.test(value)) { shown.seed = value; continue; }
    else if (key === "steps" && x !== null && x >= 1 && x <= 1e5) { shown.steps = Math.round(x); continue; }
    else if (key === "step" && x !== null && x >= 0) { shown.step = Math.round(x); continue; }
    else if (key === "view") { const at = meta.views.findIndex((v) => v.name === value); if (at >= 0) { shown.view = at; continue; } }
    else if (key === "person" && x !== null && x >= 0) { shown.person = Math.round(x); continue; }
    else if (key === "mode" && ["world", "twin", "both", "difference"].includes(value)) { shown.mode = value as Shown["mode"]; continue; }
    else if (key === "twin") { const twin = readTwin(meta, value); if (twin) { shown.twin = twin; if (shown.mode === "world" && !text.includes("mode=")) shown.mode = "both"; continue; } }
    ignored.push(key);
  }
  shown.step = Math.min(shown.step, shown.steps);
  return { shown, ignored };
}

export function holds(p: { low: number | null; high: number | null; lowOpen: boolean; highOpen: boolean }, x: number): boolean {
  return (p.low === null || (p.lowOpen ? x > p.low : x >= p.low)) && (p.high === null || (p.highOpen ? x < p.high : x <= p.high));
}

function readTwin(meta: Meta, text: string): Change | null {
  const [kind, name, a, b, c] = text.split(":"), value = finite(a), at = finite(b), end = finite(c);
  const p = meta.params.find((x) => x.name === name);
  if (kind === "from" && p && !p.fixed && value !== null && holds(p, value)) return { kind, name, value };
  if (value === null || at === null || at < 1) return null;
  if (kind === "pulse" && meta.shocks.some((x) => x.name === name) && value >= 0) return { kind, name, amount: value, at };
  if (kind === "seed" && meta.states.some((x) => x.name === name && x.kind === "bool") && value >= 0 && value <= 1) return { kind, name, share: value, at };
  if (kind === "set" && p && !p.early && holds(p, value)) return { kind, name, value, start: at, end };
  if (kind === "cap" && meta.societies.some((x) => x.name === name)) return { kind, name, most: value, start: at, end };
  return null;
}
