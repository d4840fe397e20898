// The page: what is shown, what can be moved, and the workers that simulate.
import { changeAt, holds, initial, read, write, type Change, type Shown } from "./address";
import { BesidePanel } from "./beside";
import { band, Chart, format, type Band } from "./chart";
import { h, sentence, unique, words } from "./dom";
import type { Meta } from "./engine";
import type { Param } from "./engine/bundle";
import { MADE } from "./engine/population";
import { layOut, type Layout } from "./layout";
import type { FromWorker, Life, PeopleShown, RunSettings, Shown as Frames } from "./protocol";
import { colours, difference, Stage, type Colours } from "./stage";
import { highlight } from "./rule";

export interface Options {
  base: string; // where a server answers, or ""
  worker: () => Worker;
  onChange?: (state: Shown) => void; // a notebook follows the sliders
  address: boolean; // whether the state lives in the address of the page
}

const MEMBERS = 24, BESIDE = 60; // worlds of the ensemble in the background; beside a record the band must be smoother
const MANY_PARAMS = 14, MANY_PLOTS = 6;

export class App {
  private meta: Meta;
  private s: Shown;
  private main: Worker;
  private behind: Worker;
  private id = 0;
  private values: { world: Float64Array; twin: Float64Array | null } = { world: new Float64Array(), twin: null };
  private upto = -1;
  private members: { world: Float64Array[]; twin: Float64Array[] } = { world: [], twin: [] };
  private bands: { world: (Band | null)[]; twin: (Band | null)[]; effect: (Band | null)[] } = { world: [], twin: [], effect: [] };
  private frames: Frames | null = null;
  private asked = -1;
  private people: PeopleShown | null = null;
  private layout: Layout | null = null;
  private stages: Stage[] = [];
  private charts: { chart: Chart; effect: Chart | null; k: number; now: HTMLElement }[] = [];
  private palette: { world: Colours; difference: Colours } | null = null;
  private playing = false;
  private clock = 0;
  private life: Life | null = null;
  private lifeChart: Chart | null = null;
  private waiting = 0;
  private el: Record<string, any> = {};
  private allPlots = false;
  private beside: BesidePanel | null = null;
  private lost = 0;
  private record: Float64Array | null = null;
  private recordOf = 0;
  private counted = { frames: 0, since: 0 };

  constructor(private root: HTMLElement, private packed: any, private options: Options) {
    this.meta = packed.meta;
    const { shown, ignored } = options.address ? read(this.meta, location.hash) : { shown: initial(this.meta), ignored: [] };
    this.s = shown;
    root.classList.add("gs");
    this.main = this.start(this.packed);
    this.behind = this.start(this.packed);
    this.build();
    if (ignored.length) this.say(`The address asks for ${ignored.join(", ")}, which this theory does not have or does not allow; the rest of it is shown.`);
    this.run(true);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!still && !this.s.step) this.play(true);
    requestAnimationFrame((t) => this.tick(t));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
    new ResizeObserver(() => { this.stages.forEach((x) => x.resize()); this.paint(true); }).observe(this.root);
    if (options.address) addEventListener("hashchange", () => {
      if (location.hash.replace(/^#/, "") === write(this.meta, this.s)) return;
      this.s = read(this.meta, location.hash).shown;
      this.build();
      this.run(true);
    });
  }

  private start(packed: unknown): Worker {
    const worker = this.options.worker();
    worker.onmessage = (e: MessageEvent<FromWorker>) => this.hear(e.data);
    worker.onerror = (e) => this.fail(e.message || "the worker could not be started");
    worker.postMessage({ type: "load", packed, base: this.options.base });
    return worker;
  }

  // -- simulating ------------------------------------------------------------------------------------------------

  private settings(): RunSettings {
    const s = this.s;
    return { table: s.table, params: s.params, seed: s.seed, steps: s.steps, interventions: s.twin && s.twin.kind !== "from" ? [s.twin] : [], other: s.twin?.kind === "from" ? { [s.twin.name]: s.twin.value } : {}, twin: !!s.twin, view: s.view, watch: s.person, moved: this.meta.params.filter((p) => s.params[p.name] !== p.value).map((p) => p.name) };
  }

  /** Run anew from the start; the picture stays where it is until the new run has come that far. */
  private run(peopleToo = false): void {
    this.error(null);
    const id = ++this.id, meta = this.meta, k = meta.observables.length, size = (this.s.steps + 1) * k;
    this.values = { world: new Float64Array(size), twin: this.s.twin ? new Float64Array(size) : null };
    this.upto = -1;
    this.members = { world: [], twin: [] };
    this.bands = { world: [], twin: [], effect: [] };
    this.asked = -1;
    this.lost = 0;
    this.beside?.forget();
    if (peopleToo) this.life = null;
    this.main.postMessage({ type: "run", id, settings: this.settings() });
    this.behind.postMessage({ type: "stop" });
    this.ask();
    this.save();
    this.options.onChange?.(this.s);
  }

  /** Soon: while a slider is dragged, the last place counts. */
  private soon(): void {
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => this.run(), 30);
  }

  private hear(m: FromWorker): void {
    if (m.type === "ready") return;
    if ("id" in m && m.id !== this.id) return;
    if (m.type === "people") {
      this.people = m.people;
      this.layout = layOut(this.meta, this.s.table, m.people);
      this.stages.forEach((x) => x.setLayout(this.layout!));
      if (this.el.caption) this.el.caption.textContent = this.pictureCaption();
      this.paint(true);
    } else if (m.type === "progress") {
      const k = this.meta.observables.length;
      this.values.world.set(m.world, m.from * k);
      if (m.twin) this.values.twin?.set(m.twin, m.from * k);
      this.upto = m.to;
      this.ask();
      this.plots();
    } else if (m.type === "frame") {
      this.frames = m.shown;
      this.paint();
      this.ask();
    } else if (m.type === "life") { this.life = m.life; this.showLife(); this.paint(true); }
    else if (m.type === "member") {
      this.members.world.push(m.world);
      if (m.twin) this.members.twin.push(m.twin);
      if (m.reported) this.beside?.add(m.reported);
      if (m.count < 6 || m.count % 4 === 0) this.summarise();
    } else if (m.type === "done") {
      if (this.members.world.length) this.summarise();
      else if (this.hasEnsemble() && this.upto >= this.s.steps && !this.lost) this.behind.postMessage({ type: "ensemble", id: this.id, settings: this.settings(), worlds: this.worlds() });
      this.root.dataset.done = String(this.id);
    } else if (m.type === "lost") {
      if (!this.lost++) this.say(`Of the worlds of the band some could not be simulated, the first because ${m.message}. The band is of the others.`);
    } else if (m.type === "failed") this.fail(m.message);
  }

  /** A flow has no luck: only a record's reporting, or a posterior, makes its worlds differ. */
  private hasEnsemble(): boolean { return !["none", "recorded"].includes(this.meta.engine.kind) && (this.meta.engine.kind !== "flow" || !!this.meta.beside); }
  private worlds(): number { return this.meta.beside ? BESIDE : MEMBERS; }

  private summarise(): void {
    const k = this.meta.observables.length, steps = this.s.steps, { world, twin } = this.members;
    this.meta.observables.forEach((_, j) => {
      this.bands.world[j] = band(world, j, k, steps);
      this.bands.twin[j] = twin.length ? band(twin, j, k, steps) : null;
      this.bands.effect[j] = twin.length ? band(twin, j, k, steps, world) : null;
    });
    this.plots();
    this.effects();
    this.beside?.draw();
  }

  private ask(): void {
    const step = Math.min(this.s.step, Math.max(this.upto, 0));
    if (this.asked === step || (this.upto < 0)) return;
    this.asked = step;
    this.main.postMessage({ type: "frame", id: this.id, step });
  }

  private fail(message: string): void {
    this.play(false);
    const line = /\.py:(\d+)/.exec(message);
    this.error(message, line ? Number(line[1]) : null);
  }

  private error(message: string | null, line: number | null = null): void {
    const box = this.el.error as HTMLElement;
    box.hidden = message === null;
    this.root.querySelectorAll("pre .fault").forEach((x) => x.classList.remove("fault"));
    const at = line === null ? null : this.root.querySelector(`pre [data-line="${line}"]`);
    at?.classList.add("fault");
    box.replaceChildren(...(message === null ? [] : [`This setting could not be simulated: ${message.replace(/\.$/, "")}. What is drawn ends there. Change a value, or reset, and the page goes on. `,
      ...(at ? [h("button", { type: "button", className: "quiet", onclick: () => at.scrollIntoView({ block: "center" }) }, `show line ${line}`)] : [])]));
  }

  // -- moving ----------------------------------------------------------------------------------------------------

  private tick(now: number): void {
    if (this.playing) {
      const rate = this.s.speed * Math.max(4, Math.min(60, this.s.steps / 12)); // a whole life takes about twelve seconds
      this.clock += Math.min(0.1, (now - this.counted.since) / 1000) * rate;
      const whole = Math.floor(this.clock);
      if (whole && this.upto >= 0) {
        this.clock -= whole;
        const next = Math.min(this.s.step + whole, this.s.steps);
        if (next <= this.upto) this.go(next, false);
        if (this.s.step >= this.s.steps) this.play(false);
      }
    }
    this.counted.since = now;
    requestAnimationFrame((t) => this.tick(t));
  }

  private play(on: boolean): void {
    if (on && this.s.step >= this.s.steps) this.go(0, false);
    this.playing = on;
    this.clock = 0;
    const b = this.el.play as HTMLButtonElement;
    b.textContent = on ? "Pause" : "Play";
    b.setAttribute("aria-label", on ? "Pause" : "Play");
    if (!on) { this.save(); this.announce(); }
  }

  private go(step: number, settle = true): void {
    this.s.step = Math.max(0, Math.min(this.s.steps, step));
    this.el.time.value = String(this.s.step);
    this.el.time.setAttribute("aria-valuetext", `step ${this.s.step} of ${this.s.steps}`);
    this.el.at.textContent = this.when();
    this.ask();
    this.plots();
    this.beside?.at(this.s.step);
    if (settle) { this.save(); this.announce(); }
  }

  private when(): string {
    const unit = this.meta.theory.timeStep.split(/[:,;(]/)[0].trim();
    return `${unit && unit.length <= 28 ? unit : "step"} ${this.s.step} of ${this.s.steps}`;
  }

  private announce(): void {
    const k = this.meta.observables.length, t = Math.min(this.s.step, Math.max(this.upto, 0));
    const parts = this.meta.observables.slice(0, 4).map((o, j) => `${words(o.name)} ${format(this.values.world[t * k + j])}${this.values.twin ? `, twin ${format(this.values.twin[t * k + j])}` : ""}`);
    this.el.live.textContent = `Step ${t}: ${parts.join("; ")}.`;
  }

  private say(text: string): void { this.el.live.textContent = text; this.el.said.textContent = text; this.el.said.hidden = !text; }

  private save(): void {
    if (!this.options.address) return;
    const text = write(this.meta, this.s), now = location.hash.replace(/^#/, "");
    if (text !== now) history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  }

  // -- drawing ---------------------------------------------------------------------------------------------------

  private recolour(): void {
    const style = getComputedStyle(this.root), view = this.meta.views[this.s.view];
    const names = view ? view.of.map(words) : [], low = this.frames?.low ?? 0, high = this.frames?.high ?? 1;
    const who: [string, string] = ["in the world", "in the twin"];
    this.palette = {
      world: colours(style, view?.kind ?? "bool", view?.kind === "boards" ? names : [view?.label ?? ""], "world", low, high, who),
      difference: colours(style, view?.kind ?? "bool", names, "difference", low, high, who),
    };
    this.stages.forEach((x) => { x.setPaper(this.palette!.world.paper); x.forget(); });
    const legend = this.s.mode === "difference" && this.s.twin ? this.palette.difference.legend : this.palette.world.legend;
    (this.el.legend as HTMLElement)?.replaceChildren(...legend.map((x) => {
      const dot = h("i", {});
      dot.style.background = x.shape ? `linear-gradient(90deg, ${x.colour}, ${x.to})` : x.colour;
      if (x.shape) dot.className = "ramp";
      return h("li", {}, dot, x.label);
    }));
    this.paint(true);
    this.plots();
  }

  private range: [number, number] = [NaN, NaN];
  private scratch = new Uint8Array();

  private paint(all = false): void {
    const f = this.frames;
    if (!f || !this.palette || !this.stages.length || !this.layout) return;
    const view = this.meta.views[this.s.view];
    if (view?.kind === "float" && (this.range[0] !== f.low || this.range[1] !== f.high)) { this.range = [f.low, f.high]; this.recolour(); return; }
    if (all) this.stages.forEach((x) => x.forget());
    this.stages.forEach((x) => x.mark(this.s.person, this.life?.person === this.s.person ? this.life.ties : []));
    const { mode } = this.s;
    if (!f.twin || mode === "world") this.stages[0].show(f.world, this.palette.world.palette);
    else if (mode === "twin") this.stages[0].show(f.twin, this.palette.world.palette);
    else if (mode === "difference") {
      if (this.scratch.length !== f.world.length) this.scratch = new Uint8Array(f.world.length);
      this.stages[0].show(difference(view.kind, f.world, f.twin, this.scratch), this.palette.difference.palette);
    } else { this.stages[0].show(f.world, this.palette.world.palette); this.stages[1]?.show(f.twin, this.palette.world.palette); }
    this.counted.frames++;
    this.root.dataset.frames = String(this.counted.frames);
    this.root.dataset.step = String(f.step);
    this.stages.forEach((x, j) => x.canvas.setAttribute("aria-label", this.spoken(f, j)));
  }

  private spoken(f: Frames, j: number): string {
    const view = this.meta.views[this.s.view], codes = j === 1 || this.s.mode === "twin" ? f.twin! : f.world;
    if (view?.kind !== "bool" || !codes) return `The people at step ${f.step}, coloured by ${view?.label ?? "nothing"}`;
    let count = 0;
    for (const c of codes) count += c;
    return `${codes.length.toLocaleString("en")} people at step ${f.step}: ${count.toLocaleString("en")} ${view.label}`;
  }

  private drawn = false;
  private plots(): void {
    if (this.drawn) return;
    this.drawn = true;
    requestAnimationFrame(() => { this.drawn = false; this.drawPlots(); });
  }

  private drawPlots(): void {
    const style = getComputedStyle(this.root), one = style.getPropertyValue("--account-1"), two = style.getPropertyValue("--account-2"), harm = style.getPropertyValue("--contradicted");
    const n = this.meta.observables.length, { world, twin } = this.values, steps = this.s.steps;
    const marks = this.s.twin && this.s.twin.kind !== "from" ? [{ at: changeAt(this.s.twin), until: "end" in this.s.twin ? this.s.twin.end : null, colour: two }] : [];
    for (const { chart, effect, k, now } of this.charts) {
      const column = (v: Float64Array) => Float64Array.from({ length: steps + 1 }, (_, t) => v[t * n + k]);
      const a = column(world), b = twin ? column(twin) : null;
      chart.steps = steps; chart.at = this.s.step; chart.marks = marks;
      chart.series = [{ name: "world", colour: one, values: a, upto: this.upto, band: this.bands.world[k] ?? null }];
      if (b) chart.series.push({ name: "twin", colour: two, values: b, upto: this.upto, band: this.bands.twin[k] ?? null, dash: [6, 3] });
      if (this.record && this.recordOf === k) chart.series.push({ name: "record", colour: style.getPropertyValue("--ink"), values: this.record, upto: steps, band: null, points: true });
      chart.draw();
      if (effect) {
        effect.steps = steps; effect.at = this.s.step; effect.marks = marks; effect.zero = true;
        effect.series = b ? [{ name: "effect", colour: this.meta.observables[k].harm ? harm : two, values: b.map((x, t) => x - a[t]), upto: this.upto, band: this.bands.effect[k] ?? null }] : [];
        effect.draw();
      }
      const t = Math.min(chart.hover >= 0 ? chart.hover : this.s.step, Math.max(this.upto, 0));
      const at = (v: Float64Array, role: string) => { const x = h("span", {}, format(v[t])); x.style.setProperty("--role", `var(--${role})`); return x; };
      now.replaceChildren(at(a, "account-1"), ...(b ? [at(b, "account-2")] : []));
      chart.canvas.setAttribute("aria-label", `${words(this.meta.observables[k].name)} over ${steps} steps; at step ${t} it is ${format(a[t])}${b ? `, in the twin ${format(b[t])}` : ""}`);
    }
    if (this.lifeChart && this.life) this.drawLife();
  }

  // -- building --------------------------------------------------------------------------------------------------

  private build(): void {
    const t = this.meta.theory;
    this.el.live = h("p", { className: "hidden", role: "status", "aria-live": "polite" });
    this.el.said = h("p", { className: "note", hidden: true });
    this.el.error = h("p", { className: "error", role: "alert", hidden: true });
    const engine = this.meta.engine, quantiles = this.meta.traits.some((x) => ["Normal", "LogNormal", "Beta"].includes(x.kind));
    const truth = engine.kind === "none" ? `Python simulates this theory beside the page, because ${engine.why.replace(/\.+$/, "")}.`
      : engine.kind === "recorded" ? `These histories were recorded, because ${engine.why.replace(/\.+$/, "")}.`
      : engine.exact ? "Your browser runs the theory's own compiled rule: the numbers are those of Groundswell's other engines, byte for byte." + (quantiles ? " People drawn anew in the page have traits that agree with Python's to about fifteen digits." : "")
      : `Your browser runs the theory's own compiled rule, with its own ${engine.approximate.join(", ")}: last digits may differ from Groundswell's other engines, and histories may part from them.`;
    const inside = h("div", { className: "inside" },
      h("a", { className: "skip", href: "#play", onclick: (e: Event) => { e.preventDefault(); this.el.play.focus(); } }, "To the controls"),
      h("header", {},
        h("p", { className: "over" }, `Groundswell ${this.meta.version}: a theory, moving`),
        h("h1", {}, t.title),
        sentence(t.summary) === sentence(t.title) ? null : h("p", { className: "lead" }, sentence(t.summary)),
        h("p", { className: "note" }, `${sentence(t.source)} `, h("span", {}, truth)),
        this.meta.note ? h("p", { className: "note" }, h("b", {}, this.meta.note)) : null,
        this.el.said, this.el.error, this.el.live),
      h("main", {},
        h("div", { className: "room" }, this.picture(), this.plotsPanel(), this.levers()),
        h("div", { className: "below" }, this.ruleText(), this.about())));
    this.root.replaceChildren(inside);
    this.stages = [...inside.querySelectorAll<HTMLCanvasElement>("canvas.stage")].map((c) => this.stage(c));
    if (this.layout) this.stages.forEach((x) => x.setLayout(this.layout!));
    this.recolour();
    this.effects();
    this.beside?.at(this.s.step);
    this.showLife();
    if (!this.root.dataset.keys) { this.root.dataset.keys = "yes"; this.root.addEventListener("keydown", (e) => this.key(e)); document.addEventListener("keydown", (e) => { if (e.target === document.body) this.key(e); }); }
  }

  private stage(canvas: HTMLCanvasElement): Stage {
    const stage = new Stage(canvas);
    canvas.addEventListener("click", (e) => { const i = stage.person(e); if (i >= 0) this.watch(i); });
    return stage;
  }

  private pictureCaption(): string {
    if (!this.layout || !this.people) return "";
    const what = this.meta.population.grid ? "sites" : "people";
    return `${this.people.people.toLocaleString("en")} ${what}: ${this.layout.caption}. Click one to follow them.${this.s.twin ? " World and twin have the same people and the same luck." : ""}`;
  }

  private picture(): HTMLElement {
    const meta = this.meta, s = this.s;
    const two = !!s.twin && s.mode === "both";
    const stage = (label: string, role: string) => {
      const title = h("h2", {}, label);
      title.style.setProperty("--role", `var(--${role})`);
      return h("figure", {}, s.twin ? title : null, h("canvas", { className: "stage", role: "img", tabIndex: 0 }));
    };
    const flow = meta.engine.kind === "flow";
    this.el.legend = h("ul", { className: "legend" });
    this.el.caption = h("p", { className: "note" }, this.pictureCaption());
    const view = meta.views.length > 1 ? this.select("Colour by", meta.views.map((v) => v.label + (v.meaning && v.meaning !== v.label ? `: ${v.meaning}` : "")), s.view, (k) => { s.view = k; this.frames = null; this.build(); this.run(); }) : null;
    const modes: [Shown["mode"], string][] = [["both", "Side by side"], ["difference", "Difference"], ["world", "World"], ["twin", "Twin"]];
    const title = s.mode === "difference" ? "Where world and twin differ" : s.mode === "twin" ? "Twin" : "World";
    this.el.play = h("button", { id: "play", className: "main", type: "button", onclick: () => this.play(!this.playing) }, "Play");
    this.el.time = h("input", { type: "range", className: "time", min: 0, max: String(s.steps), value: String(s.step), "aria-label": "Step", oninput: (e: any) => { this.play(false); this.go(Number(e.target.value)); } });
    this.el.time.value = String(s.step);
    this.el.at = h("output", {}, this.when());
    return h("section", { className: "picture", "aria-label": "Picture" },
      flow ? this.flowNote() : h("div", { className: `pictures${two ? " two" : ""}` },
        two ? [stage("World", "account-1"), stage("Twin", "account-2")] : stage(title, s.mode === "twin" ? "account-2" : "account-1")),
      flow ? null : this.el.legend, flow ? null : this.el.caption,
      h("div", { className: "transport" },
        this.el.play,
        h("span", { className: "group" },
          h("button", { type: "button", "aria-label": "Back one step", title: "Back one step (←)", onclick: () => { this.play(false); this.go(s.step - 1); } }, "‹"),
          h("button", { type: "button", "aria-label": "Forward one step", title: "Forward one step (→)", onclick: () => { this.play(false); this.go(s.step + 1); } }, "›")),
        this.el.time, this.el.at,
        this.select("Speed", ["¼×", "½×", "1×", "2×", "4×"], [0.25, 0.5, 1, 2, 4].indexOf(s.speed), (k) => { s.speed = [0.25, 0.5, 1, 2, 4][k]; })),
      h("div", { className: "transport" }, view,
        s.twin && !flow ? h("span", { className: "group", role: "group", "aria-label": "What is drawn" }, modes.map(([m, label]) => h("button", { type: "button", "aria-pressed": String(s.mode === m), onclick: () => { s.mode = m; this.build(); this.paint(true); this.save(); } }, label))) : null));
  }

  private flowNote(): HTMLElement {
    return h("p", { className: "note" }, "This theory is about society as a whole and has no people: its variables are drawn over time, beside.");
  }

  private select(label: string, options: string[], chosen: number, then: (k: number) => void): HTMLElement {
    const id = unique("select");
    const made = h("select", { id, onchange: (e: any) => then(e.target.selectedIndex) }, options.map((o) => h("option", {}, o)));
    made.selectedIndex = Math.max(0, chosen);
    return h("span", { className: "choice" }, h("label", { htmlFor: id, className: "note" }, label), made);
  }

  private plotsPanel(): HTMLElement {
    this.charts = [];
    const all = this.meta.observables.map((o, k) => ({ o, k }));
    const ranked = [...all.filter(({ o }, j) => j === 0 || o.harm), ...all.filter(({ o }, j) => j > 0 && !o.harm)];
    const shown = this.allPlots || ranked.length <= MANY_PLOTS ? ranked : ranked.slice(0, MANY_PLOTS - 1);
    const make = ({ o, k }: { o: Meta["observables"][number]; k: number }) => {
      const redraw = () => this.plots(), seek = (t: number) => { this.play(false); this.go(t); };
      const now = h("span", { className: "now" }), canvas = h("canvas", { role: "img" });
      const effect = this.s.twin ? h("canvas", { role: "img", "aria-label": `${words(o.name)}: twin less world` }) : null;
      this.charts.push({ chart: new Chart(canvas, seek, redraw), effect: effect ? new Chart(effect, seek, redraw) : null, k, now });
      if (effect) effect.style.height = "4.75rem";
      return h("figure", { className: "plot" },
        h("div", { className: "head" }, h("span", {}, h("b", {}, words(o.name)), o.harm ? h("span", { className: "harm-tag" }, "harm") : null, o.unit ? h("span", { className: "unit" }, ` ${o.unit}`) : null), now),
        canvas, effect ? h("p", { className: "unit" }, "effect: twin less world") : null, effect,
        h("figcaption", { className: o.meaning && o.meaning !== words(o.name) ? "" : "hidden" }, o.meaning ? sentence(o.meaning) : words(o.name)));
    };
    this.el.effects = h("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "Effect and harm" });
    const beside = this.meta.beside;
    this.beside = beside ? new BesidePanel(beside, this.meta, () => getComputedStyle(this.root), (t) => { this.play(false); this.go(t); }) : null;
    this.el.life = h("div", { className: "life" });
    const one = this.meta.engine.kind === "flow" ? null : h("section", { className: "one" }, h("h2", {}, this.meta.population.grid ? "One site" : "One person"), this.el.life);
    const followed = this.s.person >= 0; // who is followed stands where the eye is
    return h("section", { className: "plots", "aria-label": "Observables" }, followed ? one : null, this.el.effects, this.beside?.element ?? null, shown.map(make),
      shown.length < ranked.length ? h("button", { type: "button", onclick: () => { this.allPlots = true; this.build(); } }, `Show ${ranked.length - shown.length} more`) : null,
      !this.hasEnsemble() ? null : h("p", { className: "note" }, `Line: the world drawn. Band: 10% to 90% of ${this.worlds()} worlds with ${beside?.posterior.length ? "parameters from the posterior, and " : ""}luck${this.meta.population.made ? " and people" : ""} of their own; dashes: their median. Click or drag in a plot to go to a step.`),
      h("div", { className: "transport" },
        h("button", { type: "button", onclick: () => this.download() }, "Download CSV"),
        beside ? null : this.recordInput()), followed ? null : one);
  }

  private recordInput(): HTMLElement {
    const id = unique("file");
    return h("span", {}, h("label", { htmlFor: id, className: "note" }, "A record beside it (CSV: step, value) "), h("input", { id, type: "file", accept: ".csv,.txt,.tsv", onchange: async (e: any) => {
      const file = e.target.files[0];
      if (!file) return;
      const rows = (await file.text()).split(/\r?\n/).map((l: string) => l.split(/[,;\t]/)), series = new Float64Array(this.s.steps + 1).fill(NaN);
      let kept = 0, left = 0;
      for (const [a, b] of rows) {
        if (a === undefined || a.trim() === "") continue;
        const t = Number(a), v = Number(b);
        if (b !== undefined && b.trim() !== "" && Number.isInteger(t) && t >= 0 && t <= this.s.steps && Number.isFinite(v)) { series[t] = v; kept++; } else left++;
      }
      if (!kept) return this.say(`${file.name} has no row of a step from 0 to ${this.s.steps} and a number; expected two columns: step, value.`);
      this.record = series;
      const name = file.name.replace(/\.\w+$/, ""), named = this.meta.observables.findIndex((o) => o.name === name);
      this.recordOf = named >= 0 ? named : 0;
      this.say(`${kept} steps of ${file.name} are drawn as points over ${words(this.meta.observables[this.recordOf].name)}${left ? `; ${left} rows were left out (a heading, or no such step)` : ""}. The file stays on this machine.`);
      this.plots();
    } }));
  }

  private download(): void {
    const names = this.meta.observables.map((o) => o.name), n = names.length, { world, twin } = this.values;
    const rows = [["world", "step", ...names].join(",")];
    for (const [who, v] of [["world", world], ["twin", twin]] as const) if (v) for (let t = 0; t <= Math.max(this.upto, 0); t++) rows.push([who, t, ...v.subarray(t * n, (t + 1) * n)].join(","));
    const link = h("a", { href: URL.createObjectURL(new Blob([rows.join("\n") + "\n"], { type: "text/csv" })), download: `${this.meta.theory.name}.csv` });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  // -- levers ----------------------------------------------------------------------------------------------------

  private levers(): HTMLElement {
    const meta = this.meta, s = this.s, params = meta.params;
    const moved = params.filter((p) => s.params[p.name] !== p.value);
    this.el.reset = h("button", { type: "button", className: "quiet", disabled: !moved.length, onclick: () => { for (const p of params) s.params[p.name] = p.value; this.build(); this.run(); } }, "reset to the source's values");
    const all = params.map((p) => this.lever(p));
    const first = all.slice(0, MANY_PARAMS), rest = all.slice(MANY_PARAMS);
    return h("section", { className: "levers", "aria-label": "What can be moved" },
      h("section", { className: "twin" }, this.twinPanel()),
      h("section", {},
        h("h2", {}, "Parameters ", this.el.reset),
        h("div", { className: "levers-grid" }, first),
        rest.length ? h("details", { open: rest.some((_, j) => s.params[params[j + MANY_PARAMS].name] !== params[j + MANY_PARAMS].value) }, h("summary", { className: "note" }, `${rest.length} more parameters`), h("div", { className: "levers-grid" }, rest)) : null),
      h("section", {}, h("h2", {}, "People and luck"), this.peoplePanel()));
  }

  /** A slider with its number; the range of the support, and what is known of the parameter. */
  private lever(p: Param): HTMLElement {
    const s = this.s, id = unique("p"), span = p.to - p.from, step = p.whole ? 1 : span > 0 ? 10 ** Math.floor(Math.log10(span / 200)) : 0.01;
    const label = h("label", { htmlFor: id, title: p.source ? `Source: ${p.source}` : "" }, words(p.name));
    const fixed = p.fixed !== "" && !this.options.base;
    const range = h("input", { id, type: "range", min: String(p.from), max: String(p.to), step: String(step), disabled: fixed, "aria-describedby": `${id}m` });
    const value = h("input", { type: "number", className: "value", step: "any", value: String(s.params[p.name]), disabled: fixed, "aria-label": `${words(p.name)}, value` });
    range.value = String(s.params[p.name]);
    const show = () => {
      label.className = s.params[p.name] !== p.value ? "moved" : "";
      if (this.el.reset) this.el.reset.disabled = this.meta.params.every((x) => s.params[x.name] === x.value);
    };
    const set = (x: number, from: HTMLElement) => {
      if (!Number.isFinite(x) || !holds(p, x)) { value.setAttribute("aria-invalid", "true"); this.say(`${words(p.name)} = ${value.value}; expected a number in ${p.support}.`); return; }
      value.removeAttribute("aria-invalid");
      s.params[p.name] = x;
      if (from !== range) range.value = String(x);
      if (from !== value) value.value = String(Number(x.toPrecision(6)));
      show();
      if (p.fixed) void this.renew(); else this.soon();
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

  private peoplePanel(): HTMLElement[] {
    const s = this.s, t = s.table, out: HTMLElement[] = [];
    const free = this.meta.population.made && MADE.has(t.network) || !!this.options.base;
    const needed = !this.meta.traits.every((x) => !["measured", "Listed", "Ranked"].includes(x.kind)) || this.meta.engine.fields.some((f) => f.from === "data");
    const may = this.options.base ? true : free && !needed;
    if (this.meta.engine.kind !== "flow") {
      out.push(h("p", { className: "note" }, `Network: ${words(t.network)}. `, may ? "" : "The people of this page come with it; the luck can be drawn anew."));
      for (const key of ["people", "rows", "columns", "mean_degree", "neighbours", "rewiring", "ties_per_newcomer", "mix", "communities", "village_size", "far", "radius"]) {
        if (!(key in t)) continue;
        out.push(this.field(words(key), t[key], !may, (x) => {
          const share = key === "rewiring" || key === "mix" || key === "far";
          const bad = share ? x < 0 || x > 1 : key === "mean_degree" ? x < 0 : !Number.isInteger(x) || x < 1 || (key === "neighbours" && x % 2 === 1);
          if (bad) return share ? "a share from 0 to 1" : key === "neighbours" ? "an even number" : key === "mean_degree" ? "a number from 0" : "a whole number from 1";
          const people = key === "people" ? x : (t.rows ? (key === "rows" ? x * t.columns : key === "columns" ? x * t.rows : t.rows * t.columns) : t.people);
          if (people > 1_000_000) return "at most 1,000,000 people in a page; groundswell simulate takes more";
          if (key === "mean_degree" && x > people - 1) return `at most ${people - 1}`;
          t[key] = x;
          if (this.options.base) void this.renew(); else this.run(true);
          return "";
        }));
      }
    }
    out.push(this.field("seed", Number(s.seed), false, (x) => {
      if (!Number.isInteger(x) || x < 0 || x > Number.MAX_SAFE_INTEGER) return "a whole number from 0";
      s.seed = String(x);
      if (this.options.base && !this.meta.population.made) void this.renew(); else this.run(true);
      return "";
    }), this.field("steps", s.steps, false, (x) => {
      if (!Number.isInteger(x) || x < 1 || x > 20_000) return "a whole number from 1 to 20,000";
      s.steps = x; s.step = Math.min(s.step, x);
      this.build(); this.run();
      return "";
    }));
    out.push(h("p", { className: "note" }, "The same as ", h("code", {}, `groundswell simulate ${this.meta.theory.name} --seed ${s.seed}`), ", world 0; the band is made of its other worlds."));
    return out;
  }

  private field(label: string, value: number, disabled: boolean, set: (x: number) => string): HTMLElement {
    const id = unique("f"), input = h("input", { id, type: "number", className: "value", step: "any", value: String(value), disabled });
    input.addEventListener("change", () => {
      const wrong = input.value.trim() === "" ? "a number" : set(Number(input.value));
      if (wrong) { input.setAttribute("aria-invalid", "true"); this.say(`${label} = ${input.value || "nothing"}; expected ${wrong}.`); } else { input.removeAttribute("aria-invalid"); this.say(""); }
    });
    return h("div", { className: "lever" }, h("div", { className: "top" }, h("label", { htmlFor: id }, label), input));
  }

  /** What only Python can make: the server sends it anew. */
  private async renew(): Promise<void> {
    const s = this.s, fixed = Object.fromEntries(this.meta.params.filter((p) => s.params[p.name] !== p.value).map((p) => [p.name, s.params[p.name]]));
    const { seed: _, ...table } = s.table;
    const answer = await fetch(`${this.options.base}bundle`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ table, params: fixed, seed: s.seed, steps: s.steps }) }).catch(() => null);
    if (!answer) return this.fail("the server of this page has ended; start groundswell explore again");
    if (!answer.ok) return this.fail(await answer.text());
    const fresh = await answer.json();
    this.packed = fresh;
    const before = this.meta;
    this.meta = { ...fresh.meta, params: fresh.meta.params.map((p: Param) => ({ ...p, value: before.params.find((q) => q.name === p.name)!.value })) };
    this.meta.population.table = { ...fresh.meta.population.table };
    s.table = { ...fresh.meta.population.table };
    for (const w of [this.main, this.behind]) w.postMessage({ type: "load", packed: fresh, base: this.options.base });
    this.run(true);
  }

  // -- twins -----------------------------------------------------------------------------------------------------

  private kinds(): { kind: Change["kind"]; label: string; names: string[] }[] {
    const m = this.meta;
    return ([
      { kind: "pulse", label: m.shocks.some((x) => x.harm) ? "an act (a shock)" : "a shock", names: m.shocks.map((x) => x.name) },
      { kind: "from", label: "a parameter moved from the start", names: m.engine.kind === "none" ? [] : m.params.filter((p) => !p.fixed).map((p) => p.name) },
      { kind: "set", label: "a parameter held for a while (0 closes a channel)", names: m.params.filter((p) => !p.early && !p.fixed).map((p) => p.name) },
      { kind: "cap", label: "a variable of society capped", names: m.societies.map((x) => x.name) },
      { kind: "seed", label: "people set in motion", names: m.states.filter((x) => x.kind === "bool").map((x) => x.name) },
    ] as const).filter((x) => x.names.length).map((x) => ({ ...x, names: [...x.names] }));
  }

  private makeTwin(kind: Change["kind"], name: string): Change {
    const at = Math.max(1, Math.round(this.s.steps / 3)), p = this.meta.params.find((x) => x.name === name);
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

  private twinPanel(): HTMLElement[] {
    const s = this.s, kinds = this.kinds();
    if (!kinds.length || this.meta.engine.kind === "recorded") return [h("h2", {}, "Twins"), h("p", { className: "note" }, "No rule of this theory can be interfered with in this page.")];
    const change = (rebuild = true) => { if (rebuild) this.build(); this.run(); };
    const off = h("button", { type: "button", "aria-pressed": String(!!s.twin), onclick: () => {
      if (s.twin) { s.twin = null; s.mode = "world"; } else { const k = kinds[0]; s.twin = this.makeTwin(k.kind, k.names[0]); s.mode = "both"; }
      change();
    } }, s.twin ? "Twin on" : "Add a twin");
    const out: HTMLElement[] = [h("h2", {}, "Twins"), h("p", { className: "note" }, "A second world with the same people and the same luck that differs in one thing."), h("div", { className: "row transport" }, off)];
    const x = s.twin;
    if (!x) return out;
    const group = kinds.find((k) => k.kind === x.kind)!;
    out.push(h("div", { className: "row" }, this.select("What", kinds.map((k) => k.label), kinds.indexOf(group), (k) => { s.twin = this.makeTwin(kinds[k].kind, kinds[k].names[0]); change(); })));
    out.push(h("div", { className: "row" }, this.select("Which", group.names.map(words), group.names.indexOf(x.name), (k) => { s.twin = this.makeTwin(x.kind, group.names[k]); change(); })));
    const p = this.meta.params.find((q) => q.name === x.name);
    const amount = x.kind === "pulse" ? { label: "amount", value: x.amount, from: 0, to: 5, set: (v: number) => { x.amount = v; } }
      : x.kind === "seed" ? { label: "share of people", value: x.share, from: 0, to: 1, set: (v: number) => { x.share = v; } }
      : x.kind === "cap" ? { label: "at most", value: x.most, from: 0, to: 1, set: (v: number) => { x.most = v; } }
      : { label: x.kind === "from" ? "in the twin" : "held at", value: x.value, from: p!.from, to: p!.to, set: (v: number) => { x.value = v; } };
    const steps = s.steps;
    out.push(this.dial(amount.label, amount.value, amount.from, amount.to, (amount.to - amount.from) / 100, (v) => { if ((x.kind === "set" || x.kind === "from") && !holds(p!, v)) return; amount.set(v); this.soon(); }));
    const start = changeAt(x);
    if (x.kind !== "from") out.push(this.dial("at" in x ? "at step" : "from step", start, 1, steps, 1, (v) => { if ("at" in x) x.at = v; else { x.start = v; if (x.end !== null && x.end < v) x.end = v; } this.soon(); this.plots(); }));
    if (x.kind !== "from" && !("at" in x)) out.push(this.dial("until step (the last: for good)", x.end ?? steps + 1, 1, steps + 1, 1, (v) => { x.end = v > steps ? null : Math.max(v, x.start); this.soon(); this.plots(); }));
    const shock = this.meta.shocks.find((q) => q.name === x.name);
    const meaning = shock?.meaning ?? p?.meaning ?? this.meta.societies.find((q) => q.name === x.name)?.meaning ?? this.meta.states.find((q) => q.name === x.name)?.meaning;
    if (meaning) out.push(h("p", { className: "note" }, sentence(meaning), shock?.harm ? " This is violence: it enters as a shock from outside, is never optimised, and its harm is shown beside its effect." : ""));
    return out;
  }

  private dial(label: string, value: number, from: number, to: number, step: number, set: (v: number) => void): HTMLElement {
    const id = unique("d"), out = h("output", { htmlFor: id as any }, format(value));
    const range = h("input", { id, type: "range", min: String(from), max: String(to), step: String(step), oninput: (e: any) => { const v = Number(e.target.value); out.textContent = format(v); set(v); } });
    range.value = String(value);
    return h("div", { className: "lever" }, h("div", { className: "top" }, h("label", { htmlFor: id }, label), out), range);
  }

  /** Effect and harm, side by side: from the change to the end, over the ensemble's pairs. */
  private effects(): void {
    const box = this.el.effects as HTMLElement, x = this.s.twin;
    if (!box) return;
    box.hidden = !x;
    if (!x) return box.replaceChildren();
    const n = this.meta.observables.length, from = changeAt(x), { world, twin } = this.members, steps = this.s.steps;
    const mean = (v: Float64Array, k: number) => { let sum = 0; for (let t = from; t <= steps; t++) sum += v[t * n + k]; return sum / Math.max(1, steps - from + 1); };
    const row = (k: number) => {
      const o = this.meta.observables[k], apart = world.map((v, j) => mean(twin[j], k) - mean(v, k)).sort((a, b) => a - b);
      const at = (q: number) => apart[Math.round(q * (apart.length - 1))];
      const told = apart.length >= 3 ? `${signed(at(0.5))} (${signed(at(0.1))} to ${signed(at(0.9))})` : "simulating …";
      return h("tr", {}, h("th", { scope: "row" }, words(o.name), o.harm ? h("span", { className: "harm-tag" }, "harm") : null), h("td", { className: "figure" }, told));
    };
    const harms = this.meta.observables.map((o, k) => ({ o, k })).filter(({ o }) => o.harm).map(({ k }) => k);
    const rest = this.meta.observables.map((_, k) => k).filter((k) => !harms.includes(k)).slice(0, 3);
    box.replaceChildren(h("table", {},
      h("caption", {}, `Twin less world, mean of steps ${from} to ${steps}: median of ${world.length || this.worlds()} pairs (10% to 90%). An effect within this theory, at these values.`),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "observable"), h("th", { scope: "col", className: "figure" }, "effect"))),
      h("tbody", {}, rest.slice(0, 1).map(row), harms.map(row), rest.slice(1).map(row))),
      harms.length ? "" : h("p", { className: "note" }, "This theory records no harm: what a change costs people is not in it."));
  }

  // -- one person ------------------------------------------------------------------------------------------------

  private watch(person: number): void {
    const moves = this.s.person < 0;
    this.s.person = person;
    this.life = null;
    if (moves) this.build(); else this.showLife();
    if (this.meta.engine.kind !== "none" && this.meta.engine.kind !== "recorded") this.run();
    else this.save();
    this.paint(true);
  }

  private showLife(): void {
    const box = this.el.life as HTMLElement;
    if (!box) return;
    const s = this.s, l = this.life?.person === s.person ? this.life : null;
    const count = this.people?.people ?? this.meta.population.people;
    const field = this.field(`${this.meta.population.grid ? "site" : "person"}, 0 to ${count - 1}`, Math.max(s.person, 0), false, (x) => { if (!Number.isInteger(x) || x < 0 || x >= count) return `a whole number from 0 to ${count - 1}`; this.watch(x); return ""; });
    const parts: (HTMLElement | string)[] = [field];
    this.lifeChart = null;
    if (s.person < 0) parts.push(h("p", { className: "note" }, "Click someone in the picture, or give their number."));
    else if (!l) parts.push(h("p", { className: "note" }, "…"));
    else {
      const facts: [string, string][] = l.traits.map(([name, v]) => [words(name), format(v)]);
      facts.push(["ties", l.degree.toLocaleString("en") + (l.ties.length ? `: ${l.ties.slice(0, 12).join(", ")}${l.ties.length > 12 ? " …" : ""}` : "")]);
      const canvas = h("canvas", { role: "img", "aria-label": `The life of person ${l.person}` });
      this.lifeChart = new Chart(canvas, (t) => this.go(t), () => this.drawLife());
      this.el.lifeNow = h("dl", { className: "facts" });
      parts.push(h("dl", { className: "facts" }, facts.map(([a, b]) => [h("dt", {}, a), h("dd", {}, b)])), l.names.length ? canvas : "", this.el.lifeNow,
        h("button", { type: "button", className: "quiet", onclick: () => { s.person = -1; this.life = null; this.build(); this.paint(true); this.save(); } }, "follow nobody"));
    }
    box.replaceChildren(...parts);
    if (this.lifeChart) this.drawLife();
  }

  private drawLife(): void {
    const l = this.life, c = this.lifeChart;
    if (!l || !c) return;
    const style = getComputedStyle(this.root), k = Math.max(0, l.names.indexOf(this.meta.views[this.s.view]?.of[0] ?? ""));
    c.steps = this.s.steps; c.at = this.s.step;
    c.series = l.names.length ? [{ name: l.names[k], colour: style.getPropertyValue("--account-1"), values: l.world[k], upto: this.s.steps, band: null }] : [];
    if (l.twin) c.series.push({ name: "twin", colour: style.getPropertyValue("--account-2"), values: l.twin[k], upto: this.s.steps, band: null, dash: [6, 3] });
    c.draw();
    const say = (name: string, v: number) => (this.meta.states.find((x) => x.name === name)?.kind === "bool" ? (v ? "yes" : "no") : format(v));
    (this.el.lifeNow as HTMLElement).replaceChildren(...l.names.flatMap((name, j) => [h("dt", {}, `${words(name)} at step ${this.s.step}`), h("dd", {}, say(name, l.world[j][this.s.step]) + (l.twin ? `, twin ${say(name, l.twin[j][this.s.step])}` : ""))]));
  }

  // -- words -----------------------------------------------------------------------------------------------------

  private ruleText(): HTMLElement {
    const t = this.meta.theory;
    return h("div", {}, h("section", {}, h("h2", {}, t.form === "rule" ? "The rule, as it runs" : t.form === "flow" ? "The equations, as they run" : "One step, as it runs"),
      t.equations ? h("p", {}, t.equations) : null,
      t.rules.map((r) => h("figure", {}, h("figcaption", {}, `${r.name}${r.file ? `, ${r.file}, line ${r.line}` : ""}`), highlight(r.text, r.line)))));
  }

  private about(): HTMLElement {
    const t = this.meta.theory, plain = (title: string, items: string[]) => (items.length ? h("section", {}, h("h2", {}, title), h("ul", { className: "plain" }, items.map((x) => h("li", {}, x)))) : null);
    return h("div", {},
      plain("Where this departs from its source", t.deviations), plain("What it cannot do", t.limits),
      h("section", {}, h("h2", {}, "Keys"), h("p", { className: "note" }, h("kbd", {}, "space"), " play or pause, ", h("kbd", {}, "←"), " ", h("kbd", {}, "→"), " one step, ", h("kbd", {}, "Home"), " ", h("kbd", {}, "End"), " first and last, ", h("kbd", {}, "t"), " twin, ", h("kbd", {}, "d"), " next way of drawing twins, ", h("kbd", {}, "c"), " next colouring, ", h("kbd", {}, "r"), " reset.")));
  }

  private key(e: KeyboardEvent): void {
    const on = e.target as HTMLElement, s = this.s;
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(on.tagName) || (e.key === " " && /^(BUTTON|SUMMARY|A)$/.test(on.tagName))) return;
    const act: Record<string, () => void> = {
      " ": () => this.play(!this.playing),
      ArrowLeft: () => { this.play(false); this.go(s.step - 1); },
      ArrowRight: () => { this.play(false); this.go(s.step + 1); },
      Home: () => { this.play(false); this.go(0); },
      End: () => { this.play(false); this.go(s.steps); },
      t: () => { (this.root.querySelector(".twin button") as HTMLButtonElement | null)?.click(); (this.root.querySelector(".twin button") as HTMLButtonElement | null)?.focus(); },
      d: () => { const modes: Shown["mode"][] = ["both", "difference", "world", "twin"]; if (s.twin) { s.mode = modes[(modes.indexOf(s.mode) + 1) % 4]; this.build(); this.paint(true); this.save(); } },
      c: () => { if (this.meta.views.length > 1) { s.view = (s.view + 1) % this.meta.views.length; this.frames = null; this.build(); this.run(); } },
      r: () => { const fresh = initial(this.meta); Object.assign(s, fresh); this.build(); this.run(true); },
    };
    if (!(e.key in act)) return;
    e.preventDefault();
    act[e.key]();
  }

  /** What a notebook reads and writes. */
  get state(): Shown { return this.s; }
  set(params: Record<string, number>): void { Object.assign(this.s.params, params); this.build(); this.run(); }
  close(): void { this.main.terminate(); this.behind.terminate(); }
}

const signed = (x: number): string => (x > 0 ? "+" : "") + format(x);
