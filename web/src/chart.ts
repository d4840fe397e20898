// Series over steps with bands, on a canvas: like a dossier's plots, but moving.

export interface Band { low: Float64Array; mid: Float64Array; high: Float64Array }
export interface Drawn { name: string; colour: string; values: Float64Array; upto: number; band: Band | null; dash?: number[]; points?: boolean }

const FONT = "11px system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif";

export function format(x: number): string {
  if (!Number.isFinite(x)) return "none";
  const a = Math.abs(x);
  if (a >= 1e6 || (a > 0 && a < 1e-3)) return x.toExponential(1);
  if (a >= 1000) return Math.round(x).toLocaleString("en");
  return String(Number(x.toPrecision(3)));
}

export function ticks(low: number, high: number, about: number): number[] {
  const span = high - low || 1, raw = span / about, size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * size).find((s) => span / s <= about) ?? 10 * size;
  const out: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * span; k++) out.push(Number((k * step).toPrecision(12)));
  return out;
}

export class Chart {
  private context: CanvasRenderingContext2D;
  series: Drawn[] = [];
  steps = 1;
  at = 0;
  marks: { at: number; until: number | null; colour: string }[] = [];
  zero = false; // a line at zero, for effects
  labels: string[] | null = null; // of the steps, where these are not numbers
  hover = -1;
  private domain: [number, number] = [0, 1];
  private left = 40;

  constructor(public canvas: HTMLCanvasElement, private seek: (step: number) => void, private changed: () => void) {
    this.context = canvas.getContext("2d")!;
    let down = false;
    const step = (e: PointerEvent) => Math.max(0, Math.min(this.steps, Math.round(((e.offsetX - this.left) / Math.max(1, canvas.clientWidth - this.left - 6)) * this.steps)));
    canvas.addEventListener("pointerdown", (e) => { down = true; canvas.setPointerCapture(e.pointerId); this.seek(step(e)); });
    canvas.addEventListener("pointermove", (e) => { this.hover = step(e); if (down) this.seek(this.hover); else this.changed(); });
    canvas.addEventListener("pointerup", () => { down = false; });
    canvas.addEventListener("pointerleave", () => { this.hover = -1; this.changed(); });
  }

  draw(): void {
    const c = this.context, canvas = this.canvas, ratio = Math.min(devicePixelRatio || 1, 2), w = canvas.clientWidth, h = canvas.clientHeight;
    if (!w) return;
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) { canvas.width = Math.round(w * ratio); canvas.height = Math.round(h * ratio); }
    const style = getComputedStyle(canvas), of = (n: string) => style.getPropertyValue(`--${n}`).trim();
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, w, h);
    let low = Infinity, high = -Infinity;
    const see = (x: number) => { if (Number.isFinite(x)) { if (x < low) low = x; if (x > high) high = x; } };
    for (const s of this.series) {
      for (let t = 0; t <= s.upto && t < s.values.length; t++) see(s.values[t]);
      if (s.band) { s.band.low.forEach(see); s.band.high.forEach(see); }
    }
    if (low === Infinity) { low = 0; high = 1; }
    if (this.zero) { see(0); }
    else if (low >= 0 && low < 0.6 * high) low = 0;
    if (high <= low) { high = low + (Math.abs(low) || 1) * 0.1; if (low === 0) high = 1; }
    const most = this.series.reduce((m, s) => (s.points ? s.values.reduce((a, v) => (v > a ? v : a), m) : m), -Infinity);
    if (most > 0) high = Math.min(high, 2.5 * most); // a wide band does not press a record to the floor
    const room = (high - low) * 0.08;
    this.domain = [low === 0 ? 0 : low - room, high + room];
    const [y0, y1] = this.domain, top = 6, bottom = h - 18, across = w - this.left - 6;
    const X = (t: number) => this.left + (t / this.steps) * across, Y = (v: number) => bottom - ((v - y0) / (y1 - y0)) * (bottom - top);
    c.font = FONT;
    c.textBaseline = "middle";
    for (const v of ticks(y0, y1, h > 120 ? 4 : 3)) {
      c.strokeStyle = of("grid"); c.lineWidth = 1;
      c.beginPath(); c.moveTo(this.left, Y(v)); c.lineTo(w - 6, Y(v)); c.stroke();
      c.fillStyle = of("muted"); c.textAlign = "right";
      c.fillText(format(v), this.left - 6, Y(v));
    }
    c.textAlign = "center"; c.textBaseline = "alphabetic"; c.fillStyle = of("muted");
    for (const t of ticks(0, this.steps, this.labels ? Math.max(1, Math.floor(across / 110)) : 5)) if (Number.isInteger(t) && X(t) < w - (this.labels ? 30 : 12)) {
      c.textAlign = this.labels && !t ? "left" : "center";
      c.fillText(this.labels?.[t] ?? String(t), X(t), h - 4);
    }
    for (const m of this.marks) {
      c.fillStyle = m.colour; c.globalAlpha = 0.13;
      if (m.until !== null && m.until > m.at + 1) c.fillRect(X(m.at), top, X(Math.min(m.until, this.steps)) - X(m.at), bottom - top);
      c.globalAlpha = 0.9; c.strokeStyle = m.colour; c.lineWidth = 1.5; c.setLineDash([2, 3]);
      c.beginPath(); c.moveTo(X(m.at), top); c.lineTo(X(m.at), bottom); c.stroke();
      c.setLineDash([]); c.globalAlpha = 1;
    }
    if (this.zero) { c.strokeStyle = of("faint"); c.lineWidth = 1; c.beginPath(); c.moveTo(this.left, Y(0)); c.lineTo(w - 6, Y(0)); c.stroke(); }
    c.save();
    c.beginPath(); c.rect(this.left, top - 4, across + 6, bottom - top + 8); c.clip();
    for (const s of this.series) {
      if (s.band) {
        c.fillStyle = s.colour; c.globalAlpha = 0.16;
        c.beginPath();
        s.band.low.forEach((v, t) => (t ? c.lineTo(X(t), Y(v)) : c.moveTo(X(t), Y(v))));
        for (let t = s.band.high.length - 1; t >= 0; t--) c.lineTo(X(t), Y(s.band.high[t]));
        c.fill();
        c.globalAlpha = 0.75; c.strokeStyle = s.colour; c.lineWidth = 1; c.setLineDash([4, 3]);
        c.beginPath();
        s.band.mid.forEach((v, t) => (t ? c.lineTo(X(t), Y(v)) : c.moveTo(X(t), Y(v))));
        c.stroke(); c.setLineDash([]); c.globalAlpha = 1;
      }
    }
    for (const s of this.series) {
      c.strokeStyle = c.fillStyle = s.colour; c.lineWidth = 2; c.lineJoin = "round"; c.setLineDash(s.dash ?? []);
      if (s.points) { for (let t = 0; t < s.values.length; t++) if (Number.isFinite(s.values[t])) { c.beginPath(); c.arc(X(t), Y(s.values[t]), 2.2, 0, 7); c.fill(); } continue; }
      c.beginPath();
      let pen = false;
      for (let t = 0; t <= Math.min(s.upto, s.values.length - 1); t++) {
        if (!Number.isFinite(s.values[t])) { pen = false; continue; }
        if (pen) c.lineTo(X(t), Y(s.values[t])); else c.moveTo(X(t), Y(s.values[t]));
        pen = true;
      }
      c.stroke(); c.setLineDash([]);
    }
    c.restore();
    const t = this.hover >= 0 ? this.hover : this.at;
    c.strokeStyle = of("ink"); c.globalAlpha = 0.55; c.lineWidth = 1;
    c.beginPath(); c.moveTo(X(t), top); c.lineTo(X(t), bottom); c.stroke(); c.globalAlpha = 1;
    for (const s of this.series) if (!s.points && t <= s.upto && Number.isFinite(s.values[t])) {
      c.fillStyle = s.colour; c.beginPath(); c.arc(X(t), Y(s.values[t]), 3.2, 0, 7); c.fill();
      c.strokeStyle = of("paper"); c.lineWidth = 1.2; c.stroke();
    }
  }
}

/** The band of an ensemble: its 10th, 50th and 90th percentile at each step. */
export function band(members: Float64Array[], k: number, of: number, steps: number, minus?: Float64Array[]): Band | null {
  if (members.length < 3) return null;
  const make = () => new Float64Array(steps + 1), out = { low: make(), mid: make(), high: make() }, row = new Float64Array(members.length);
  for (let t = 0; t <= steps; t++) {
    members.forEach((m, j) => { row[j] = m[t * of + k] - (minus ? minus[j][t * of + k] : 0); });
    row.sort();
    const at = (q: number) => { const p = q * (row.length - 1), i = Math.floor(p); return row[i] + (p - i) * ((row[i + 1] ?? row[i]) - row[i]); };
    out.low[t] = at(0.1); out.mid[t] = at(0.5); out.high[t] = at(0.9);
  }
  return out;
}
