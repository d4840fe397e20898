// A record over simulated records: one plot for each of its series, in the record's own unit.
import { band, type Band, Chart, format } from "./chart";
import { h, words } from "./dom";
import type { Meta } from "./engine";
import type { Beside } from "./reporting";

const FORMS = { exact: "exactly as it is", noisy: "with noise", counts: "as counts of reports", events: "as events, of which a share is reported" };

export class BesidePanel {
  private charts: { chart: Chart; name: string; note: HTMLElement; now: HTMLElement }[] = [];
  private members: Float64Array[][] = [];
  private bands: (Band | null)[] = [];
  private of = -1; // members that the bands are of
  readonly element: HTMLElement;

  constructor(private beside: Beside, private meta: Meta, private style: () => CSSStyleDeclaration, seek: (step: number) => void) {
    const last = beside.dates.length - 1;
    const figures = Object.keys(beside.series).map((name) => {
      const canvas = h("canvas", { role: "img" }), note = h("p", { className: "note" }), now = h("span", { className: "now" });
      const chart = new Chart(canvas, (t) => seek(beside.first + t * beside.every), () => this.draw());
      chart.steps = Math.max(last, 1); chart.labels = beside.dates;
      this.charts.push({ chart, name, note, now });
      return h("figure", { className: "plot record" }, h("div", { className: "head" }, h("span", {}, h("b", {}, words(name)), h("span", { className: "unit" }, " in the record")), now), canvas, note);
    });
    this.element = h("section", { "aria-label": "The record" }, h("h2", {}, `The record: ${beside.source}`), figures);
  }

  forget(): void { this.members = []; this.of = -1; this.draw(); }
  add(reported: Float64Array[]): void { this.members.push(reported); }
  at(step: number): void { for (const { chart } of this.charts) chart.at = Math.max(0, Math.min(chart.steps, Math.floor((step - this.beside.first) / this.beside.every))); this.draw(); }

  draw(): void {
    const style = this.style(), ink = style.getPropertyValue("--ink"), blue = style.getPropertyValue("--account-1"), n = this.beside.dates.length;
    if (this.of !== this.members.length) {
      this.of = this.members.length;
      this.bands = this.charts.map((_, j) => band(this.members.map((m) => m[j]), 0, 1, n - 1));
    }
    this.charts.forEach(({ chart, name, note, now }, j) => {
      const record = Float64Array.from(this.beside.series[name], (v) => v ?? NaN), made = this.bands[j];
      chart.series = [{ name, colour: blue, values: new Float64Array(), upto: -1, band: made }, { name: "record", colour: ink, values: record, upto: n - 1, band: null, points: true }];
      chart.draw();
      const t = chart.hover >= 0 ? Math.min(chart.hover, n - 1) : Math.min(chart.at, n - 1);
      now.textContent = `${this.beside.dates[t]}: ${Number.isFinite(record[t]) ? format(record[t]) : "not watched"}${made ? ` (${format(made.low[t])} to ${format(made.high[t])})` : ""}`;
      const watched = [...record].filter(Number.isFinite).length;
      const outside = made ? [...record].filter((v, i) => Number.isFinite(v) && (v < made.low[i] || v > made.high[i])).length : 0;
      const whose = this.beside.posterior.length ? "each with a draw from the fit's posterior (a slider that you move holds its parameter in all of them)" : "at the values of the sliders";
      note.textContent = made ? `Points: the record. Band: 10% to 90% of ${this.members.length} simulated worlds, ${whose}, each reported once, ${FORMS[this.beside.reporting.series[name].form]}. ${outside} of ${watched} watched periods lie outside; of a record that this theory made, about a fifth would.` : `Points: the record. ${this.meta.engine.kind === "none" || this.meta.engine.kind === "recorded" ? "This page has no ensemble to compare it with." : "Simulating …"}`;
      chart.canvas.setAttribute("aria-label", `${words(name)} in the record and in simulated records. ${note.textContent}`);
    });
  }
}
