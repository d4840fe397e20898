// What can be moved: the twin, the parameters, the people and their luck.
import { holds } from "./address";
import type { App } from "./app";
import { format } from "./chart";
import { field } from "./controls";
import { h, sentence, unique, words } from "./dom";
import type { Param } from "./engine/bundle";
import { MADE } from "./engine/population";
import { snapped } from "./remote";
import { twinPanel } from "./twins";

const MANY_PARAMS = 14;

export function levers(app: App): HTMLElement {
  const meta = app.meta, s = app.s, params = meta.params;
  const moved = params.filter((p) => s.params[p.name] !== p.value);
  app.el.reset = h("button", { type: "button", className: "quiet", disabled: !moved.length, onclick: () => { for (const p of params) s.params[p.name] = p.value; app.build(); app.run(); } }, "reset to the source's values");
  const all = params.map((p) => lever(app, p));
  const first = all.slice(0, MANY_PARAMS), rest = all.slice(MANY_PARAMS);
  return h("section", { className: "levers", "aria-label": "What can be moved" },
    h("section", { className: "twin" }, twinPanel(app)),
    h("section", {},
      h("h2", {}, "Parameters ", app.el.reset),
      h("div", { className: "levers-grid" }, first),
      rest.length ? h("details", { open: rest.some((_, j) => s.params[params[j + MANY_PARAMS].name] !== params[j + MANY_PARAMS].value) }, h("summary", { className: "note" }, `${rest.length} more parameters`), h("div", { className: "levers-grid" }, rest)) : null),
    h("section", {}, h("h2", {}, "People and luck"), peoplePanel(app)));
}

/** A slider with its number, the range of the support, and what is known about the parameter. */
function lever(app: App, p: Param): HTMLElement {
  const s = app.s, id = unique("p"), span = p.to - p.from, step = p.whole ? 1 : span > 0 ? 10 ** Math.floor(Math.log10(span / 200)) : 0.01;
  const label = h("label", { htmlFor: id, title: p.source ? `Source: ${p.source}` : "" }, words(p.name));
  const fixed = p.fixed !== "" && !app.options.base;
  const range = h("input", { id, type: "range", min: String(p.from), max: String(p.to), step: String(step), disabled: fixed, "aria-describedby": `${id}m` });
  const value = h("input", { type: "number", className: "value", step: "any", value: String(s.params[p.name]), disabled: fixed, "aria-label": `${words(p.name)}, value` });
  range.value = String(s.params[p.name]);
  const show = () => {
    label.className = s.params[p.name] !== p.value ? "moved" : "";
    if (app.el.reset) app.el.reset.disabled = app.meta.params.every((x) => s.params[x.name] === x.value);
  };
  const set = (x: number, from: HTMLElement) => {
    if (!Number.isFinite(x) || !holds(p, x)) { value.setAttribute("aria-invalid", "true"); app.say(`${words(p.name)} = ${value.value}; expected a number in ${p.support}.`); return; }
    value.removeAttribute("aria-invalid");
    x = snapped(app.meta, p.name, x);
    s.params[p.name] = x;
    if (from !== range) range.value = String(x);
    if (from !== value) value.value = String(Number(x.toPrecision(6)));
    show();
    if (p.fixed) void app.renew(); else app.soon();
  };
  range.addEventListener("input", () => { let x = Number(range.value); if (!holds(p, x)) x += x <= p.from ? step / 10 : -step / 10; set(x, range); });
  value.addEventListener("change", () => set(Number(value.value), value));
  range.addEventListener("dblclick", () => set(p.value, label));
  show();
  return h("div", { className: `lever${fixed ? " fixed" : ""}` },
    h("div", { className: "top" }, label, value),
    range,
    h("details", {},
      h("summary", { id: `${id}m` }, sentence(p.meaning || "no meaning is stated"), fixed ? " Fixed in this page." : ""),
      h("p", {}, p.unit ? `In ${p.unit}. ` : "", `${p.support === "any" ? "Any number" : `Support ${p.support}`}; ${format(p.value)} ${p.value === p.default ? "by default" : "in the source's setting"}. Source: ${p.source}.`, fixed ? ` Fixed in this page, because ${p.fixed}.` : "")));
}

function peoplePanel(app: App): HTMLElement[] {
  const say = (text: string) => app.say(text);
  const s = app.s, t = s.table, out: HTMLElement[] = [];
  const free = app.meta.population.made && MADE.has(t.network) || !!app.options.base;
  const needed = !app.meta.traits.every((x) => !["measured", "Listed", "Ranked"].includes(x.kind)) || app.meta.engine.fields.some((f) => f.from === "data");
  const may = app.options.base ? true : free && !needed;
  if (app.meta.engine.kind !== "flow") {
    out.push(h("p", { className: "note" }, `Network: ${words(t.network)}. `, may ? "" : "The people of this page come with it; the luck can be redrawn."));
    for (const key of ["people", "rows", "columns", "mean_degree", "neighbours", "rewiring", "ties_per_newcomer", "mix", "communities", "village_size", "far", "radius"]) {
      if (!(key in t)) continue;
      out.push(field(words(key), t[key], !may, (x) => {
        const share = key === "rewiring" || key === "mix" || key === "far";
        const bad = share ? x < 0 || x > 1 : key === "mean_degree" ? x < 0 : !Number.isInteger(x) || x < 1 || (key === "neighbours" && x % 2 === 1);
        if (bad) return share ? "a share from 0 to 1" : key === "neighbours" ? "an even number" : key === "mean_degree" ? "a number from 0" : "a whole number from 1";
        const people = key === "people" ? x : (t.rows ? (key === "rows" ? x * t.columns : key === "columns" ? x * t.rows : t.rows * t.columns) : t.people);
        if (people > 1_000_000) return "at most 1,000,000 people in a page; groundswell simulate takes more";
        if (key === "mean_degree" && x > people - 1) return `at most ${people - 1}`;
        t[key] = x;
        if (app.options.base) void app.renew(); else app.run(true);
        return "";
      }, say));
    }
  }
  out.push(field("seed", Number(s.seed), false, (x) => {
    if (!Number.isInteger(x) || x < 0 || x > Number.MAX_SAFE_INTEGER) return "a whole number from 0";
    s.seed = String(x);
    if (app.options.base && !app.meta.population.made) void app.renew(); else app.run(true);
    return "";
  }, say), field("steps", s.steps, false, (x) => {
    if (!Number.isInteger(x) || x < 1 || x > 20_000) return "a whole number from 1 to 20,000";
    s.steps = x; s.step = Math.min(s.step, x);
    app.build(); app.run();
    return "";
  }, say));
  out.push(h("p", { className: "note" }, "The same as ", h("code", {}, `groundswell simulate ${app.meta.theory.name} --seed ${s.seed}`), ", world 0; the band is made of its other worlds."));
  return out;
}
