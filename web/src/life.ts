// One person: traits, ties and history.
import type { App } from "./app";
import { Chart, format } from "./chart";
import { field } from "./controls";
import { h, words } from "./dom";

export class LifePanel {
  readonly element = h("div", { className: "life" });
  private chart: Chart | null = null;
  private now = h("dl", { className: "facts" });

  constructor(private app: App) {}

  show(): void {
    const s = this.app.s, l = this.app.life?.person === s.person ? this.app.life : null;
    const count = this.app.people?.people ?? this.app.meta.population.people;
    const asked = field(`${this.app.meta.population.grid ? "site" : "person"}, 0 to ${count - 1}`, Math.max(s.person, 0), false, (x) => { if (!Number.isInteger(x) || x < 0 || x >= count) return `a whole number from 0 to ${count - 1}`; this.app.watch(x); return ""; }, (text) => this.app.say(text));
    const parts: (HTMLElement | string)[] = [asked];
    this.chart = null;
    if (s.person < 0) parts.push(h("p", { className: "note" }, "Click someone in the picture, or give their number."));
    else if (!l) parts.push(h("p", { className: "note" }, "…"));
    else {
      const facts: [string, string][] = l.traits.map(([name, v]) => [words(name), format(v)]);
      facts.push(["ties", l.degree.toLocaleString("en") + (l.ties.length ? `: ${l.ties.slice(0, 12).join(", ")}${l.ties.length > 12 ? " …" : ""}` : "")]);
      const canvas = h("canvas", { role: "img", "aria-label": `The life of person ${l.person}` });
      this.chart = new Chart(canvas, (t) => this.app.go(t), () => this.draw());
      this.now = h("dl", { className: "facts" });
      parts.push(h("dl", { className: "facts" }, facts.map(([a, b]) => [h("dt", {}, a), h("dd", {}, b)])), l.names.length ? canvas : "", this.now,
        h("button", { type: "button", className: "quiet", onclick: () => { s.person = -1; this.app.life = null; this.app.build(); this.app.paint(true); this.app.save(); } }, "follow nobody"));
    }
    this.element.replaceChildren(...parts);
    if (this.chart) this.draw();
  }

  draw(): void {
    const l = this.app.life, c = this.chart;
    if (!l || !c) return;
    const style = getComputedStyle(this.app.root), k = Math.max(0, l.names.indexOf(this.app.meta.views[this.app.s.view]?.of[0] ?? ""));
    c.steps = this.app.s.steps; c.at = this.app.s.step;
    c.series = l.names.length ? [{ name: l.names[k], colour: style.getPropertyValue("--account-1"), values: l.world[k], upto: this.app.s.steps, band: null }] : [];
    if (l.twin) c.series.push({ name: "twin", colour: style.getPropertyValue("--account-2"), values: l.twin[k], upto: this.app.s.steps, band: null, dash: [6, 3] });
    c.draw();
    const say = (name: string, v: number) => (this.app.meta.states.find((x) => x.name === name)?.kind === "bool" ? (v ? "yes" : "no") : format(v));
    this.now.replaceChildren(...l.names.flatMap((name, j) => [h("dt", {}, `${words(name)} at step ${this.app.s.step}`), h("dd", {}, say(name, l.world[j][this.app.s.step]) + (l.twin ? `, twin ${say(name, l.twin[j][this.app.s.step])}` : ""))]));
  }
}
