// A second world that differs in one thing: the difference and the outcome.
import { changeAt, holds, type Change } from "./address";
import type { App } from "./app";
import { format } from "./chart";
import { dial, select } from "./controls";
import { h, sentence, words } from "./dom";
import type { Meta } from "./engine";
import { nearest, snapped } from "./remote";

function kindsOf(m: Meta): { kind: Change["kind"]; label: string; names: string[] }[] {
  const { recorded } = m.engine;
  if (recorded) return recorded.values.length > 1 ? [{ kind: "from", label: "another recorded value from the start", names: [recorded.param] }] : [];
  return ([
    { kind: "pulse", label: m.shocks.some((x) => x.harm) ? "an act (a shock)" : "a shock", names: m.shocks.map((x) => x.name) },
    { kind: "from", label: "a parameter moved from the start", names: m.params.filter((p) => !p.fixed).map((p) => p.name) },
    { kind: "set", label: "a parameter held for a while (0 closes a channel)", names: m.params.filter((p) => !p.early && !p.fixed).map((p) => p.name) },
    { kind: "cap", label: "a variable of society capped", names: m.societies.map((x) => x.name) },
    { kind: "seed", label: "people set in motion", names: m.states.filter((x) => x.kind === "bool").map((x) => x.name) },
  ] as const).filter((x) => x.names.length).map((x) => ({ ...x, names: [...x.names] }));
}

function makeTwin(meta: Meta, steps: number, kind: Change["kind"], name: string): Change {
  const at = Math.max(1, Math.round(steps / 3)), p = meta.params.find((x) => x.name === name);
  const { recorded } = meta.engine;
  if (kind === "from" && recorded) { // the next value that was recorded
    const { values } = recorded, j = nearest(values, p!.value);
    return { kind, name, value: values[j + 1 < values.length ? j + 1 : Math.max(j - 1, 0)] };
  }
  if (kind === "from") {
    const value = p!.value ? Number((1.25 * p!.value).toPrecision(3)) : p!.from + 0.25 * (p!.to - p!.from);
    return { kind, name, value: holds(p!, value) ? value : p!.from };
  }
  if (kind === "pulse") return { kind, name, amount: 1, at };
  if (kind === "seed") return { kind, name, share: 0.05, at };
  if (kind === "cap") return { kind, name, most: 0, start: at, end: null };
  const zero = p && holds(p, 0) && p.value !== 0 ? 0 : p!.to;
  return { kind: "set", name, value: zero, start: at, end: null };
}

export function twinPanel(app: App): HTMLElement[] {
  const s = app.s, kinds = kindsOf(app.meta);
  if (!kinds.length) return [h("h2", {}, "Twins"), h("p", { className: "note" }, "This page offers no interventions on this theory.")];
  const change = (rebuild = true) => { if (rebuild) app.build(); app.run(); };
  const off = h("button", { type: "button", "aria-pressed": String(!!s.twin), onclick: () => {
    if (s.twin) { s.twin = null; s.mode = "world"; } else { const k = kinds[0]; s.twin = makeTwin(app.meta, s.steps, k.kind, k.names[0]); s.mode = "both"; }
    change();
  } }, s.twin ? "Twin on" : "Add a twin");
  const out: HTMLElement[] = [h("h2", {}, "Twins"), h("p", { className: "note" }, "A second world with the same people and the same luck that differs in one thing."), h("div", { className: "row transport" }, off)];
  const x = s.twin;
  if (!x) return out;
  const group = kinds.find((k) => k.kind === x.kind)!;
  out.push(h("div", { className: "row" }, select("What", kinds.map((k) => k.label), kinds.indexOf(group), (k) => { s.twin = makeTwin(app.meta, s.steps, kinds[k].kind, kinds[k].names[0]); change(); })));
  out.push(h("div", { className: "row" }, select("Which", group.names.map(words), group.names.indexOf(x.name), (k) => { s.twin = makeTwin(app.meta, s.steps, x.kind, group.names[k]); change(); })));
  const p = app.meta.params.find((q) => q.name === x.name);
  const amount = x.kind === "pulse" ? { label: "amount", value: x.amount, from: 0, to: 5, set: (v: number) => { x.amount = v; } }
    : x.kind === "seed" ? { label: "share of people", value: x.share, from: 0, to: 1, set: (v: number) => { x.share = v; } }
    : x.kind === "cap" ? { label: "at most", value: x.most, from: 0, to: 1, set: (v: number) => { x.most = v; } }
    : { label: x.kind === "from" ? "in the twin" : "held at", value: x.value, from: p!.from, to: p!.to, set: (v: number) => { x.value = v; } };
  const steps = s.steps;
  out.push(dial(amount.label, amount.value, amount.from, amount.to, (amount.to - amount.from) / 100, (v) => { if ((x.kind === "set" || x.kind === "from") && !holds(p!, v)) return; amount.set(snapped(app.meta, x.name, v)); app.soon(); }, (v) => snapped(app.meta, x.name, v)));
  const start = changeAt(x);
  if (x.kind !== "from") out.push(dial("at" in x ? "at step" : "from step", start, 1, steps, 1, (v) => { if ("at" in x) x.at = v; else { x.start = v; if (x.end !== null && x.end < v) x.end = v; } app.soon(); app.plots(); }));
  if (x.kind !== "from" && !("at" in x)) out.push(dial("until step (the last: for good)", x.end ?? steps + 1, 1, steps + 1, 1, (v) => { x.end = v > steps ? null : Math.max(v, x.start); app.soon(); app.plots(); }));
  const shock = app.meta.shocks.find((q) => q.name === x.name);
  const meaning = shock?.meaning ?? p?.meaning ?? app.meta.societies.find((q) => q.name === x.name)?.meaning ?? app.meta.states.find((q) => q.name === x.name)?.meaning;
  if (meaning) out.push(h("p", { className: "note" }, sentence(meaning), shock?.harm ? " This is violence: it enters as a shock from outside, is never optimised, and its harm is shown beside its effect." : ""));
  return out;
}

/** Effect and harm, side by side: from the change to the end, over the ensemble's pairs. */
export function effectTable(app: App): void {
  const box = app.el.effects as HTMLElement, x = app.s.twin;
  if (!box) return;
  box.hidden = !x;
  if (!x) return box.replaceChildren();
  const n = app.meta.observables.length, from = changeAt(x), steps = app.s.steps, one = !app.hasEnsemble(), drawn = one && app.values.twin && app.upto >= steps;
  const { world, twin } = drawn ? { world: [app.values.world], twin: [app.values.twin!] } : app.members;
  const mean = (v: Float64Array, k: number) => { let sum = 0; for (let t = from; t <= steps; t++) sum += v[t * n + k]; return sum / Math.max(1, steps - from + 1); };
  const row = (k: number) => {
    const o = app.meta.observables[k], apart = twin.map((v, j) => mean(v, k) - mean(world[j], k)).sort((a, b) => a - b);
    const at = (q: number) => apart[Math.round(q * (apart.length - 1))];
    const told = drawn ? signed(apart[0]) : apart.length >= 3 ? `${signed(at(0.5))} (${signed(at(0.1))} to ${signed(at(0.9))})` : "simulating …";
    return h("tr", {}, h("th", { scope: "row" }, words(o.name), o.harm ? h("span", { className: "harm-tag" }, "harm") : null), h("td", { className: "figure" }, told));
  };
  const harms = app.meta.observables.map((o, k) => ({ o, k })).filter(({ o }) => o.harm).map(({ k }) => k);
  const rest = app.meta.observables.map((_, k) => k).filter((k) => !harms.includes(k)).slice(0, 3);
  box.replaceChildren(h("table", {},
    h("caption", {}, `Twin minus world, mean of steps ${from} to ${steps}: ${one ? "of the pair that is drawn only" : `median of ${twin.length || app.worlds()} pairs (10% to 90%)`}. An effect within this theory, at these values.`),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "observable"), h("th", { scope: "col", className: "figure" }, "effect"))),
    h("tbody", {}, rest.slice(0, 1).map(row), harms.map(row), rest.slice(1).map(row))),
    harms.length ? "" : h("p", { className: "note" }, "This theory records no harm: it does not show what a change costs people."));
}

const signed = (x: number): string => (x > 0 ? "+" : "") + format(x);
