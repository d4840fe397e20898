// The page: what is shown, what can be moved, and the workers that simulate.
import { initial, read, write, type Shown } from "./address";
import { BesidePanel } from "./beside";
import { band, format, type Band } from "./chart";
import { select } from "./controls";
import { h, sentence, words } from "./dom";
import type { Meta } from "./engine";
import type { Param } from "./engine/bundle";
import { layOut, type Layout } from "./layout";
import { levers } from "./levers";
import { LifePanel } from "./life";
import { Plots } from "./plots";
import type { FromWorker, Life, PeopleShown, RunSettings, Shown as Frames } from "./protocol";
import { colours, difference, Stage, type Colours } from "./stage";
import { effectTable } from "./twins";
import { about, ruleText } from "./words";

export interface Options {
  base: string; // where a server answers, or ""
  worker: () => Worker;
  onChange?: (state: Shown) => void; // a notebook follows the sliders
  address: boolean; // whether the state lives in the address of the page
}

const MEMBERS = 24, BESIDE = 60; // worlds of the ensemble in the background; beside a record the band must be smoother

export class App {
  meta: Meta;
  s: Shown;
  private main: Worker;
  private behind: Worker;
  private id = 0;
  values: { world: Float64Array; twin: Float64Array | null } = { world: new Float64Array(), twin: null };
  upto = -1;
  members: { world: Float64Array[]; twin: Float64Array[] } = { world: [], twin: [] };
  bands: { world: (Band | null)[]; twin: (Band | null)[]; effect: (Band | null)[] } = { world: [], twin: [], effect: [] };
  private frames: Frames | null = null;
  private asked = -1;
  people: PeopleShown | null = null;
  private layout: Layout | null = null;
  private stages: Stage[] = [];
  private palette: { world: Colours; difference: Colours } | null = null;
  private playing = false;
  private clock = 0;
  life: Life | null = null;
  private waiting = 0;
  private plotted = new Plots(this);
  private one = new LifePanel(this);
  readonly el: Record<string, any> = {};
  private beside: BesidePanel | null = null;
  private lost = 0;
  private ended = new AbortController(); // a notebook puts pages away
  private counted = { frames: 0, since: 0 };

  constructor(readonly root: HTMLElement, private packed: any, readonly options: Options) {
    this.meta = packed.meta;
    const { shown, ignored } = options.address ? read(this.meta, location.hash) : { shown: initial(this.meta), ignored: [] };
    this.s = shown;
    root.classList.add("gs");
    this.main = this.start(this.packed);
    this.behind = this.start(this.packed);
    this.build();
    if (ignored.length) this.say(`The address asks for ${ignored.join(", ")}, which this theory does not have or does not allow; the rest is shown.`);
    this.run(true);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!still && !this.s.step) this.play(true);
    requestAnimationFrame((t) => this.tick(t));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour(), { signal: this.ended.signal });
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

  /** Run again from the start; the picture stays until the new run reaches its step. */
  run(peopleToo = false): void {
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

  /** Run soon: while a slider is dragged, only its last position counts. */
  soon(): void {
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
    } else if (m.type === "life") { this.life = m.life; this.one.show(); this.paint(true); }
    else if (m.type === "member") {
      this.members.world.push(m.world);
      if (m.twin) this.members.twin.push(m.twin);
      if (m.reported) this.beside?.add(m.reported);
      if (m.count < 6 || m.count % 4 === 0) this.summarise();
    } else if (m.type === "done") {
      if (!this.hasEnsemble()) effectTable(this);
      if (this.members.world.length) this.summarise();
      else if (this.hasEnsemble() && this.upto >= this.s.steps && !this.lost) this.behind.postMessage({ type: "ensemble", id: this.id, settings: this.settings(), worlds: this.worlds() });
      this.root.dataset.done = String(this.id);
    } else if (m.type === "lost") {
      if (!this.lost++) this.say(`Some worlds of the band could not be simulated, the first because ${m.message}. The band shows the others.`);
    } else if (m.type === "failed") this.fail(m.message);
  }

  /** A flow has no luck: only a record's reporting, or a posterior, makes its worlds differ. */
  hasEnsemble(): boolean { return !["none", "recorded"].includes(this.meta.engine.kind) && (this.meta.engine.kind !== "flow" || !!this.meta.beside); }
  worlds(): number { return this.meta.beside ? BESIDE : MEMBERS; }

  private summarise(): void {
    const k = this.meta.observables.length, steps = this.s.steps, { world, twin } = this.members;
    this.meta.observables.forEach((_, j) => {
      this.bands.world[j] = band(world, j, k, steps);
      this.bands.twin[j] = twin.length ? band(twin, j, k, steps) : null;
      this.bands.effect[j] = twin.length ? band(twin, j, k, steps, world) : null;
    });
    this.plots();
    effectTable(this);
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
    box.replaceChildren(...(message === null ? [] : [`This setting could not be simulated: ${message.replace(/\.$/, "")}. The picture ends there. Change a value, or reset, to continue. `,
      ...(at ? [h("button", { type: "button", className: "quiet", onclick: () => at.scrollIntoView({ block: "center" }) }, `show line ${line}`)] : [])]));
  }

  // -- moving ----------------------------------------------------------------------------------------------------

  private tick(now: number): void {
    if (this.ended.signal.aborted) return;
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

  play(on: boolean): void {
    if (on && this.s.step >= this.s.steps) this.go(0, false);
    this.playing = on;
    this.clock = 0;
    const b = this.el.play as HTMLButtonElement;
    b.textContent = on ? "Pause" : "Play";
    b.setAttribute("aria-label", on ? "Pause" : "Play");
    if (!on) { this.save(); this.announce(); }
  }

  go(step: number, settle = true): void {
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

  say(text: string): void { this.el.live.textContent = text; this.el.said.textContent = text; this.el.said.hidden = !text; }

  save(): void {
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

  paint(all = false): void {
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
  plots(): void {
    if (this.drawn) return;
    this.drawn = true;
    requestAnimationFrame(() => { this.drawn = false; this.plotted.draw(); this.one.draw(); });
  }

  // -- building --------------------------------------------------------------------------------------------------

  build(): void {
    const t = this.meta.theory;
    this.el.live = h("p", { className: "hidden", role: "status", "aria-live": "polite" });
    this.el.said = h("p", { className: "note", hidden: true });
    this.el.error = h("p", { className: "error", role: "alert", hidden: true });
    const engine = this.meta.engine, quantiles = this.meta.traits.some((x) => ["Normal", "LogNormal", "Beta"].includes(x.kind));
    const truth = engine.kind === "none" ? `Python simulates this theory for the page, because ${engine.why.replace(/\.+$/, "")}.`
      : engine.kind === "recorded" ? `These histories were recorded, because ${engine.why.replace(/\.+$/, "")}.`
      : engine.exact ? "Your browser runs the theory's own compiled rule: the numbers are those of Groundswell's other engines, byte for byte." + (quantiles ? " People redrawn in the page have traits that agree with Python's to about fifteen digits." : "")
      : `Your browser runs the theory's own compiled rule, with its own ${engine.approximate.join(", ")}: last digits may differ from Groundswell's other engines, and histories may diverge from them.`;
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
        h("div", { className: "room" }, this.picture(), this.plotsPanel(), levers(this)),
        h("div", { className: "below" }, ruleText(t), about(t))));
    this.root.replaceChildren(inside);
    this.stages = [...inside.querySelectorAll<HTMLCanvasElement>("canvas.stage")].map((c) => this.stage(c));
    if (this.layout) this.stages.forEach((x) => x.setLayout(this.layout!));
    this.recolour();
    effectTable(this);
    this.beside?.at(this.s.step);
    this.one.show();
    if (!this.root.dataset.keys) { this.root.dataset.keys = "yes"; this.root.addEventListener("keydown", (e) => this.key(e)); document.addEventListener("keydown", (e) => { if (e.target === document.body) this.key(e); }, { signal: this.ended.signal }); }
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
    const view = meta.views.length > 1 ? select("Colour by", meta.views.map((v) => v.label + (v.meaning && v.meaning !== v.label ? `: ${v.meaning}` : "")), s.view, (k) => { s.view = k; this.frames = null; this.build(); this.run(); }) : null;
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
        select("Speed", ["¼×", "½×", "1×", "2×", "4×"], [0.25, 0.5, 1, 2, 4].indexOf(s.speed), (k) => { s.speed = [0.25, 0.5, 1, 2, 4][k]; })),
      h("div", { className: "transport" }, view,
        s.twin && !flow ? h("span", { className: "group", role: "group", "aria-label": "What is drawn" }, modes.map(([m, label]) => h("button", { type: "button", "aria-pressed": String(s.mode === m), onclick: () => { s.mode = m; this.build(); this.paint(true); this.save(); } }, label))) : null));
  }

  private plotsPanel(): HTMLElement {
    const beside = this.meta.beside;
    this.el.effects = h("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": "Effect and harm" });
    this.beside = beside ? new BesidePanel(beside, this.meta, () => getComputedStyle(this.root), (t) => { this.play(false); this.go(t); }) : null;
    return this.plotted.panel(this.el.effects, this.beside?.element ?? null, this.one.element);
  }

  private flowNote(): HTMLElement {
    return h("p", { className: "note" }, "This theory is about society as a whole and has no people: its variables are drawn over time, alongside.");
  }

  /** Data that only Python can make: the server sends it again. */
  async renew(): Promise<void> {
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

  // -- one person ------------------------------------------------------------------------------------------------

  watch(person: number): void {
    const moves = this.s.person < 0;
    this.s.person = person;
    this.life = null;
    if (moves) this.build(); else this.one.show();
    this.run();
    this.paint(true);
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
    if (on !== document.body && !on.isConnected && !this.root.contains((this.root.getRootNode() as Document).activeElement)) this.el.play.focus({ preventScroll: true }); // what had the focus was built again
  }

  /** What a notebook reads and writes. */
  get state(): Shown { return this.s; }
  set(params: Record<string, number>): void { Object.assign(this.s.params, params); this.build(); this.run(); }
  close(): void { this.ended.abort(); clearTimeout(this.waiting); this.main.terminate(); this.behind.terminate(); }
}
