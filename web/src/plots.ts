// The observables over time, with their bands, effects, and a record supplied by the reader.
import { changeAt } from "./address";
import type { App } from "./app";
import { Chart, format } from "./chart";
import { h, sentence, unique, words } from "./dom";
import type { Meta } from "./engine";

const MANY = 6;

export class Plots {
  private charts: { chart: Chart; effect: Chart | null; k: number; now: HTMLElement }[] = [];
  private all = false;
  private record: Float64Array | null = null;
  private recordOf = 0;

  constructor(private app: App) {}

  draw(): void {
    const style = getComputedStyle(this.app.root), one = style.getPropertyValue("--account-1"), two = style.getPropertyValue("--account-2"), harm = style.getPropertyValue("--contradicted");
    const n = this.app.meta.observables.length, { world, twin } = this.app.values, steps = this.app.s.steps;
    const marks = this.app.s.twin && this.app.s.twin.kind !== "from" ? [{ at: changeAt(this.app.s.twin), until: "end" in this.app.s.twin ? this.app.s.twin.end : null, colour: two }] : [];
    for (const { chart, effect, k, now } of this.charts) {
      const column = (v: Float64Array) => Float64Array.from({ length: steps + 1 }, (_, t) => v[t * n + k]);
      const a = column(world), b = twin ? column(twin) : null;
      chart.steps = steps; chart.at = this.app.s.step; chart.marks = marks;
      chart.series = [{ name: "world", colour: one, values: a, upto: this.app.upto, band: this.app.bands.world[k] ?? null }];
      if (b) chart.series.push({ name: "twin", colour: two, values: b, upto: this.app.upto, band: this.app.bands.twin[k] ?? null, dash: [6, 3] });
      if (this.record && this.recordOf === k) chart.series.push({ name: "record", colour: style.getPropertyValue("--ink"), values: this.record, upto: steps, band: null, points: true });
      chart.draw();
      if (effect) {
        effect.steps = steps; effect.at = this.app.s.step; effect.marks = marks; effect.zero = true;
        effect.series = b ? [{ name: "effect", colour: this.app.meta.observables[k].harm ? harm : two, values: b.map((x, t) => x - a[t]), upto: this.app.upto, band: this.app.bands.effect[k] ?? null }] : [];
        effect.draw();
      }
      const t = Math.min(chart.hover >= 0 ? chart.hover : this.app.s.step, Math.max(this.app.upto, 0));
      const at = (v: Float64Array, role: string) => { const x = h("span", {}, format(v[t])); x.style.setProperty("--role", `var(--${role})`); return x; };
      now.replaceChildren(at(a, "account-1"), ...(b ? [at(b, "account-2")] : []));
      chart.canvas.setAttribute("aria-label", `${words(this.app.meta.observables[k].name)} over ${steps} steps; at step ${t} it is ${format(a[t])}${b ? `, in the twin ${format(b[t])}` : ""}`);
    }
  }

  panel(effects: HTMLElement, record: HTMLElement | null, life: HTMLElement): HTMLElement {
    this.charts = [];
    const all = this.app.meta.observables.map((o, k) => ({ o, k }));
    const ranked = [...all.filter(({ o }, j) => j === 0 || o.harm), ...all.filter(({ o }, j) => j > 0 && !o.harm)];
    const shown = this.all || ranked.length <= MANY ? ranked : ranked.slice(0, MANY - 1);
    const make = ({ o, k }: { o: Meta["observables"][number]; k: number }) => {
      const redraw = () => this.app.plots(), seek = (t: number) => { this.app.play(false); this.app.go(t); };
      const now = h("span", { className: "now" }), canvas = h("canvas", { role: "img" });
      const effect = this.app.s.twin ? h("canvas", { role: "img", "aria-label": `${words(o.name)}: twin minus world` }) : null;
      this.charts.push({ chart: new Chart(canvas, seek, redraw), effect: effect ? new Chart(effect, seek, redraw) : null, k, now });
      if (effect) effect.style.height = "4.75rem";
      return h("figure", { className: "plot" },
        h("div", { className: "head" }, h("span", {}, h("b", {}, words(o.name)), o.harm ? h("span", { className: "harm-tag" }, "harm") : null, o.unit ? h("span", { className: "unit" }, ` ${o.unit}`) : null), now),
        canvas, effect ? h("p", { className: "unit" }, "effect: twin minus world") : null, effect,
        h("figcaption", { className: o.meaning && o.meaning !== words(o.name) ? "" : "hidden" }, o.meaning ? sentence(o.meaning) : words(o.name)));
    };
    const beside = this.app.meta.beside;
    const one = this.app.meta.engine.kind === "flow" ? null : h("section", { className: "one" }, h("h2", {}, this.app.meta.population.grid ? "One site" : "One person"), life);
    const followed = this.app.s.person >= 0; // who is followed stands where the eye is
    return h("section", { className: "plots", "aria-label": "Observables" }, followed ? one : null, effects, record, shown.map(make),
      shown.length < ranked.length ? h("button", { type: "button", onclick: () => { this.all = true; this.app.build(); } }, `Show ${ranked.length - shown.length} more`) : null,
      !this.app.hasEnsemble() ? null : h("p", { className: "note" }, `Line: the world drawn. Band: 10% to 90% of ${this.app.worlds()} worlds with ${beside?.posterior.length ? "parameters from the posterior, and " : ""}luck${this.app.meta.population.made ? " and people" : ""} of their own; dashes: their median. Click or drag in a plot to go to a step.`),
      h("div", { className: "transport" },
        h("button", { type: "button", onclick: () => this.download() }, "Download CSV"),
        beside ? null : this.recordInput()), followed ? null : one);
  }

  private recordInput(): HTMLElement {
    const id = unique("file");
    return h("span", {}, h("label", { htmlFor: id, className: "note" }, "A record next to it (CSV: step, value) "), h("input", { id, type: "file", accept: ".csv,.txt,.tsv", onchange: async (e: any) => {
      const file = e.target.files[0];
      if (!file) return;
      const rows = (await file.text()).split(/\r?\n/).map((l: string) => l.split(/[,;\t]/)), series = new Float64Array(this.app.s.steps + 1).fill(NaN);
      let kept = 0, left = 0;
      for (const [a, b] of rows) {
        if (a === undefined || a.trim() === "") continue;
        const t = Number(a), v = Number(b);
        if (b !== undefined && b.trim() !== "" && Number.isInteger(t) && t >= 0 && t <= this.app.s.steps && Number.isFinite(v)) { series[t] = v; kept++; } else left++;
      }
      if (!kept) return this.app.say(`${file.name} has no row of a step from 0 to ${this.app.s.steps} and a number; expected two columns: step, value.`);
      this.record = series;
      const name = file.name.replace(/\.\w+$/, ""), named = this.app.meta.observables.findIndex((o) => o.name === name);
      this.recordOf = named >= 0 ? named : 0;
      this.app.say(`${kept} steps of ${file.name} are drawn as points over ${words(this.app.meta.observables[this.recordOf].name)}${left ? `; ${left} rows were left out (a heading, or no such step)` : ""}. The file stays on this machine.`);
      this.app.plots();
    } }));
  }

  private download(): void {
    const names = this.app.meta.observables.map((o) => o.name), n = names.length, { world, twin } = this.app.values;
    const rows = [["world", "step", ...names].join(",")];
    for (const [who, v] of [["world", world], ["twin", twin]] as const) if (v) for (let t = 0; t <= Math.max(this.app.upto, 0); t++) rows.push([who, t, ...v.subarray(t * n, (t + 1) * n)].join(","));
    const link = h("a", { href: URL.createObjectURL(new Blob([rows.join("\n") + "\n"], { type: "text/csv" })), download: `${this.app.meta.theory.name}.csv` });
    link.click();
    URL.revokeObjectURL(link.href);
  }
}
