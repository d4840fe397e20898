// The picture: every person is a stamp of pixels in one image. Only those whose colour changed are redrawn.
import type { Layout } from "./layout";

export type Palette = Uint32Array; // 256 colours, as the bytes of a pixel

export class Stage {
  private context: CanvasRenderingContext2D;
  private image!: ImageData;
  private pixels!: Uint32Array;
  private stamp: number[] = []; // offsets of the pixels of a person
  private at!: Int32Array;
  private drawn!: Int16Array;
  private layout: Layout | null = null;
  private size = 0;
  private paper = 0;
  marked = -1;
  private ties: number[] = [];

  constructor(public canvas: HTMLCanvasElement) { this.context = canvas.getContext("2d", { alpha: false })!; }

  setPaper(paper: number): void {
    this.paper = paper;
    if (this.layout) return this.resize(true);
    this.context.fillStyle = `rgb(${paper & 255} ${(paper >> 8) & 255} ${(paper >> 16) & 255})`;
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  setLayout(layout: Layout): void { this.layout = layout; this.resize(true); }

  /** Follow the size of the element on the screen, in real pixels. */
  resize(force = false): void {
    const size = Math.max(120, Math.round(this.canvas.clientWidth * Math.min(devicePixelRatio || 1, 2)));
    if (!this.layout || (size === this.size && !force)) return;
    this.size = size;
    this.canvas.width = this.canvas.height = size;
    this.image = this.context.createImageData(size, size);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.background();
    const { x, y, radius, square } = this.layout, n = x.length;
    const r = Math.max(0.5, radius * size * (square ? 1 : 0.92)), reach = Math.ceil(r), cells = square ? Math.max(1, Math.floor(2 * r) - (r > 3 ? 1 : 0)) : 0;
    this.stamp = [];
    if (square) for (let a = 0; a < cells; a++) for (let b = 0; b < cells; b++) this.stamp.push((a - (cells >> 1)) * size + b - (cells >> 1));
    else for (let a = -reach; a <= reach; a++) for (let b = -reach; b <= reach; b++) if (a * a + b * b <= r * r + 0.7 * r) this.stamp.push(a * size + b);
    if (!this.stamp.length) this.stamp = [0];
    this.at = new Int32Array(n);
    const pad = square ? 0 : reach + 1;
    for (let i = 0; i < n; i++) {
      const px = Math.max(pad, Math.min(size - 1 - pad, Math.round(x[i] * size))), py = Math.max(pad, Math.min(size - 1 - pad, Math.round(y[i] * size)));
      this.at[i] = py * size + px;
    }
    this.drawn = new Int16Array(n).fill(-1);
    this.context.putImageData(this.image, 0, 0); // paper until the first frame
  }

  /** Paper, or the outlines of a map. */
  private background(): void {
    this.pixels.fill(this.paper);
    const map = this.layout?.map;
    if (!map) return;
    const made = document.createElement("canvas"), c = made.getContext("2d")!, s = this.size / 1000, style = getComputedStyle(this.canvas);
    made.width = made.height = this.size;
    const draw = (line: number[]) => { for (let k = 0; k < line.length; k += 2) c[k ? "lineTo" : "moveTo"](line[k] * s, line[k + 1] * s); };
    c.fillStyle = style.getPropertyValue("--wash"); c.fillRect(0, 0, this.size, this.size);
    c.beginPath(); map.land.forEach((ring) => { draw(ring); c.closePath(); });
    c.fillStyle = style.getPropertyValue("--paper"); c.fill();
    c.strokeStyle = style.getPropertyValue("--faint"); c.lineWidth = Math.max(1, s); c.stroke();
    c.beginPath(); map.borders.forEach(draw); c.setLineDash([4 * s + 2, 3 * s + 1]); c.stroke();
    this.pixels.set(new Uint32Array(c.getImageData(0, 0, this.size, this.size).data.buffer));
  }

  show(codes: Uint8Array, palette: Palette): void {
    if (!this.layout || codes.length !== this.drawn.length) return;
    const { drawn, at, stamp, pixels } = this, limit = pixels.length;
    for (let i = 0; i < codes.length; i++) {
      if (drawn[i] === codes[i]) continue;
      drawn[i] = codes[i];
      const colour = palette[codes[i]], p = at[i];
      for (let k = 0; k < stamp.length; k++) { const q = p + stamp[k]; if (q >= 0 && q < limit) pixels[q] = colour; }
    }
    this.context.putImageData(this.image, 0, 0);
    this.overlay();
  }

  /** Redraw everything with the next frame. */
  forget(): void { if (!this.drawn) return; this.drawn.fill(-1); this.background(); }

  mark(person: number, ties: number[]): void { this.marked = person; this.ties = ties.slice(0, 400); }

  private overlay(): void {
    const l = this.layout, c = this.context, i = this.marked;
    if (!l || i < 0 || i >= l.x.length) return;
    const s = this.size, ink = getComputedStyle(this.canvas).getPropertyValue("--ink").trim() || "#000";
    c.strokeStyle = ink;
    c.globalAlpha = 0.45;
    c.lineWidth = Math.max(1, s / 700);
    c.beginPath();
    for (const j of this.ties) { c.moveTo(l.x[i] * s, l.y[i] * s); c.lineTo(l.x[j] * s, l.y[j] * s); }
    c.stroke();
    c.globalAlpha = 1;
    c.lineWidth = Math.max(2, s / 300);
    c.beginPath();
    c.arc(l.x[i] * s, l.y[i] * s, Math.max(l.radius * s * 1.8, s / 90), 0, 2 * Math.PI);
    c.stroke();
  }

  /** The person nearest to a point of the element. */
  person(event: { offsetX: number; offsetY: number }): number {
    if (!this.layout) return -1;
    const { x, y } = this.layout, px = event.offsetX / this.canvas.clientWidth, py = event.offsetY / this.canvas.clientHeight;
    let best = -1, near = 0.05 * 0.05;
    for (let i = 0; i < x.length; i++) {
      const d = (x[i] - px) ** 2 + (y[i] - py) ** 2;
      if (d < near) { near = d; best = i; }
    }
    return best;
  }
}

// -- colours ---------------------------------------------------------------------------------------------------------

type Rgb = [number, number, number];

export function rgb(css: string): Rgb {
  const m = /^#([0-9a-f]{6})$/i.exec(css.trim());
  if (m) { const v = parseInt(m[1], 16); return [v >> 16, (v >> 8) & 255, v & 255]; }
  const parts = css.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0];
  return [parts[0], parts[1], parts[2]];
}

export const pixel = ([r, g, b]: Rgb): number => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
const between = (a: Rgb, b: Rgb, t: number): Rgb => [0, 1, 2].map((k) => Math.round(Math.sqrt((1 - t) * a[k] ** 2 + t * b[k] ** 2))) as Rgb;
const css = (c: Rgb) => `rgb(${c.join(" ")})`;

export interface Colours { paper: number; palette: Palette; legend: { label: string; colour: string; shape?: "ramp"; to?: string }[] }

/** The palette of a view, and its legend. Colours are the dossier's, of the theme in use. */
export function colours(style: CSSStyleDeclaration, kind: string, names: string[], mode: "world" | "difference", low: number, high: number, who: [string, string]): Colours {
  const of = (name: string): Rgb => rgb(style.getPropertyValue(`--${name}`));
  const paper = of("paper"), faint = of("person"), blue = of("account-1"), ochre = of("account-2"), ink = of("muted");
  const palette = new Uint32Array(256).fill(pixel(paper));
  const short = (v: number) => (Math.abs(v) >= 1000 || (v && Math.abs(v) < 0.01) ? v.toExponential(1) : String(Number(v.toPrecision(3))));
  if (mode === "difference") {
    if (kind === "float") {
      for (let k = 0; k < 256; k++) palette[k] = pixel(k < 128 ? between(faint, blue, (128 - k) / 128) : between(faint, ochre, (k - 128) / 127));
      return { paper: pixel(paper), palette, legend: [{ label: `more ${who[0]}`, colour: css(blue) }, { label: "alike", colour: css(faint) }, { label: `more ${who[1]}`, colour: css(ochre) }] };
    }
    const all: [string, Rgb][] = kind === "bool" ? [["in neither", faint], [`only ${who[0]}`, blue], [`only ${who[1]}`, ochre], ["in both", ink]] : [["alike", faint], ["different", ochre]];
    all.forEach(([, c], k) => { palette[k] = pixel(c); });
    return { paper: pixel(paper), palette, legend: all.map(([label, c]) => ({ label, colour: css(c) })) };
  }
  if (kind === "bool") {
    palette[0] = pixel(faint); palette[1] = pixel(blue);
    return { paper: pixel(paper), palette, legend: [{ label: names[0], colour: css(blue) }, { label: `not ${names[0]}`, colour: css(faint) }] };
  }
  if (kind === "float") {
    for (let k = 0; k < 256; k++) palette[k] = pixel(between(faint, blue, k / 255));
    return { paper: pixel(paper), palette, legend: [{ label: `${short(low)} to ${short(high)}`, colour: css(faint), shape: "ramp", to: css(blue) }] };
  }
  if (kind === "boards") {
    const roles = [of("site"), ochre, blue, of("account-3"), of("account-4"), of("undetermined")];
    palette[0] = pixel(of("wash"));
    names.forEach((_, k) => { palette[k + 1] = pixel(roles[k % roles.length]); });
    return { paper: pixel(paper), palette, legend: names.map((label, k) => ({ label, colour: css(roles[k % roles.length]) })) };
  }
  for (let k = 1; k < 13; k++) { // kinds: hues of one lightness
    const h = ((k - 1) * 30 * Math.PI) / 180;
    palette[k] = pixel([0, 1, 2].map((c) => Math.round(150 + 68 * Math.cos(h - (c * 2 * Math.PI) / 3))) as Rgb);
  }
  return { paper: pixel(paper), palette, legend: [{ label: "one colour: the same in everything (twelve colours: people may match by chance)", colour: css(of("muted")) }] };
}

/** Codes of a difference: of truths 0 neither, 1 world only, 2 twin only, 3 both; of numbers about 128; else 0 alike, 1 different. */
export function difference(kind: string, a: Uint8Array, b: Uint8Array, out: Uint8Array): Uint8Array {
  if (kind === "bool") for (let i = 0; i < a.length; i++) out[i] = a[i] ? (b[i] ? 3 : 1) : b[i] ? 2 : 0;
  else if (kind === "float") for (let i = 0; i < a.length; i++) out[i] = 128 + ((b[i] - a[i]) >> 1);
  else for (let i = 0; i < a.length; i++) out[i] = a[i] === b[i] ? 0 : 1;
  return out;
}
