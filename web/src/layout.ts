// People's positions in the picture, in [0, 1] x [0, 1].
import type { Meta } from "./engine";
import type { Places } from "./engine/bundle";
import type { PeopleShown } from "./protocol";

export interface Layout { x: Float32Array; y: Float32Array; radius: number; caption: string; square: boolean; map?: Places }

const GOLDEN = Math.PI * (3 - Math.sqrt(5));

/** A sunflower: the members of a group in a disc, the first at the centre. */
function disc(members: ArrayLike<number>, cx: number, cy: number, radius: number, x: Float32Array, y: Float32Array): void {
  const n = members.length;
  for (let k = 0; k < n; k++) {
    const r = radius * Math.sqrt((k + 0.5) / n), a = k * GOLDEN;
    x[members[k]] = cx + r * Math.cos(a);
    y[members[k]] = cy + r * Math.sin(a);
  }
}

/** Discs of given areas side by side without overlap: largest first, each as near to the centre as it fits. */
function pack(sizes: number[]): { x: number; y: number; r: number }[] {
  const total = sizes.reduce((a, b) => a + b, 0), order = sizes.map((_, i) => i).sort((a, b) => sizes[b] - sizes[a]);
  const out = sizes.map((s) => ({ x: 0, y: 0, r: Math.sqrt(s / total) }));
  const placed: typeof out = [];
  for (const i of order) {
    const me = out[i];
    let best = Infinity, bx = 0, by = 0;
    const gap = 0.04 * Math.min(1, me.r * 4);
    const free = (px: number, py: number) => placed.every((o) => Math.hypot(o.x - px, o.y - py) >= o.r + me.r + gap);
    if (!placed.length) best = 0;
    else for (const o of placed) for (let k = 0; k < 48; k++) {
      const a = (k / 48) * 2 * Math.PI, d = o.r + me.r + gap + 1e-6, px = o.x + d * Math.cos(a), py = o.y + d * Math.sin(a);
      const away = Math.hypot(px, py) + me.r;
      if (away < best && free(px, py)) { best = away; bx = px; by = py; }
    }
    me.x = bx; me.y = by;
    placed.push(me);
  }
  const side = (pick: (o: (typeof out)[number]) => number, sign: number) => Math.max(...out.map((o) => sign * pick(o) + o.r)) * sign;
  const left = side((o) => o.x, -1), right = side((o) => o.x, 1), top = side((o) => o.y, -1), bottom = side((o) => o.y, 1);
  const scale = 0.98 / Math.max(right - left, bottom - top), cx = (left + right) / 2, cy = (top + bottom) / 2;
  return out.map((o) => ({ x: 0.5 + (o.x - cx) * scale, y: 0.5 + (o.y - cy) * scale, r: o.r * scale }));
}

/** Place people who are tied next to each other: breadth first from whoever has most ties. */
function byTies(members: number[], p: PeopleShown): number[] {
  const inside = new Set(members), out: number[] = [], ptr = p.indptr!, idx = p.indices!;
  const degree = (i: number) => ptr[i + 1] - ptr[i];
  for (const first of [...members].sort((a, b) => degree(b) - degree(a) || a - b)) {
    if (!inside.has(first)) continue;
    inside.delete(first);
    let at = out.push(first) - 1;
    while (at < out.length) {
      const i = out[at++];
      for (let e = ptr[i]; e < ptr[i + 1]; e++) if (inside.delete(idx[e])) out.push(idx[e]);
    }
  }
  return out;
}

export function layOut(meta: Meta, table: Record<string, any>, p: PeopleShown): Layout {
  const n = p.people, x = new Float32Array(n), y = new Float32Array(n), kind = table.network as string;
  if (meta.places && p.places && (meta.places.of === "region" ? p.places.length / 2 > p.region.reduce((a, b) => Math.max(a, b), 0) : p.places.length === 2 * n)) return onMap(meta.places, p);
  if (table.rows && table.columns && table.rows * table.columns === n) {
    const side = Math.max(table.rows, table.columns), cell = 1 / side;
    const left = (1 - table.columns * cell) / 2, top = (1 - table.rows * cell) / 2;
    for (let i = 0; i < n; i++) { x[i] = left + ((i % table.columns) + 0.5) * cell; y[i] = top + (Math.floor(i / table.columns) + 0.5) * cell; }
    return { x, y, radius: cell / 2, square: true, caption: `${table.rows} by ${table.columns} ${meta.population.grid ? "sites" : "people"}, edges joined${table.rewiring ? `, ${100 * table.rewiring}% of the ties reassigned` : ""}` };
  }
  if (kind === "watts_strogatz" || kind === "ring") { // a circle, some rows deep
    const deep = Math.max(1, Math.min(24, Math.round(Math.sqrt(n / 12))));
    const inner = n < 60 ? 0.44 : 0.30, outer = 0.485;
    for (let i = 0; i < n; i++) {
      const a = (i / n) * 2 * Math.PI - Math.PI / 2, r = deep === 1 ? outer : inner + ((outer - inner) * (i % deep)) / (deep - 1);
      x[i] = 0.5 + r * Math.cos(a); y[i] = 0.5 + r * Math.sin(a);
    }
    const area = Math.PI * (outer * outer - inner * inner);
    return { x, y, radius: Math.min(0.02, 0.45 * Math.sqrt(area / n)), square: false, caption: "neighbours are next to each other on the circle" };
  }
  let caption = "everyone sees everyone";
  if (p.labels) {
    const groups = new Map<number, number[]>();
    p.labels.forEach((l, i) => { const g = groups.get(l); if (g) g.push(i); else groups.set(l, [i]); });
    let parts = [...groups.values()];
    if (parts.length > 400) parts = gather(parts);
    const places = pack(parts.map((g) => g.length));
    parts.forEach((g, c) => disc(p.indptr ? byTies(g, p) : g, places[c].x, places[c].y, places[c].r, x, y));
    const share = places.reduce((a, o) => a + o.r * o.r, 0) * Math.PI;
    caption = parts.length > 1 ? `${parts.length} communities; those tied to one another are close together` : "one web of ties; those with most ties in the middle";
    return { x, y, radius: Math.min(0.02, 0.42 * Math.sqrt(share / n)), square: false, caption };
  }
  const order = Array.from({ length: n }, (_, i) => i);
  const key = p.sortKey;
  if (key && !p.indptr) {
    order.sort((a, b) => key[a] - key[b] || a - b);
    caption = `everyone sees everyone; lowest ${meta.traits[0].name.replace(/_/g, " ")} in the middle`;
  } else if (p.indptr) caption = "a web of ties";
  disc(order, 0.5, 0.5, 0.485, x, y);
  return { x, y, radius: Math.min(0.02, 0.42 * Math.sqrt((Math.PI * 0.485 * 0.485) / n)), square: false, caption };
}

/** People where they are; those of one place in a disc around it, with all discs as large as fit side by side. */
function onMap(map: Places, p: PeopleShown): Layout {
  const n = p.people, x = new Float32Array(n), y = new Float32Array(n), at = p.places!, groups = new Map<string, number[]>();
  for (let i = 0; i < n; i++) {
    const k = map.of === "region" ? p.region[i] : i, key = `${at[2 * k].toFixed(4)},${at[2 * k + 1].toFixed(4)}`, g = groups.get(key);
    if (g) g.push(i); else groups.set(key, [i]);
  }
  const all = [...groups.values()].map((members) => { const k = map.of === "region" ? p.region[members[0]] : members[0]; return { members, x: at[2 * k], y: at[2 * k + 1] }; });
  let unit = Math.sqrt(0.12 / n); // of a disc of one person
  if (all.length < 1500) all.forEach((a, i) => all.slice(i + 1).forEach((b) => { unit = Math.min(unit, Math.max(Math.hypot(a.x - b.x, a.y - b.y) / (Math.sqrt(a.members.length) + Math.sqrt(b.members.length)), 0.004 / Math.sqrt(Math.max(a.members.length, b.members.length)))); }));
  for (const g of all) disc(p.indptr ? byTies(g.members, p) : g.members, g.x, g.y, unit * Math.sqrt(g.members.length) * (g.members.length > 1 ? 0.96 : 0), x, y);
  return { x, y, radius: Math.max(0.0016, Math.min(0.012, 0.45 * unit)), square: false, map, caption: `${all.length.toLocaleString("en")} places (${map.source}), north at the top; ${all.length < n ? "those of one place are arranged around it" : "each person where they are"}; outlines: Natural Earth` };
}

/** Too many small groups are drawn as one. */
function gather(parts: number[][]): number[][] {
  parts.sort((a, b) => b.length - a.length);
  return [...parts.slice(0, 200), parts.slice(200).flat()];
}
