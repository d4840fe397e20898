// What Python passes to the page: one description, and separate arrays.
import type { Beside } from "../reporting";

export type Leaf = { name: string; kind: "array" | "record" | "i64" | "i32" | "f64"; dims?: number; size?: number };
export type Value = number | string; // a number, or the parameter that holds it

export interface Param {
  name: string; value: number; default: number; low: number | null; high: number | null; lowOpen: boolean; highOpen: boolean;
  from: number; to: number; whole: boolean; unit: string; meaning: string; source: string; support: string;
  fixed: string; // why it cannot be moved in a page, or ""
  early: boolean; // it matters only before the first step
}
export interface State { name: string; kind: "bool" | "float"; unit: string; meaning: string; initial: { kind: "share" | "exactly" | "number" | "drawn"; of: Value; drawn?: { kind: string; args: Value[] } }; stream: string; seeded: string }
export interface Trait { name: string; unit: string; meaning: string; kind: string; args: Value[]; stream: string; source: string }
export interface Named { name: string; unit: string; meaning: string; initial?: Value; harm?: boolean; of?: string }
export interface View { name: string; label: string; kind: "bool" | "float" | "boards" | "kinds"; of: string[]; reach?: number; meaning: string }

/** A map: outlines in thousandths of its side (x, y, x, y ...), and whose positions lie in the array `places`. */
export interface Places { of: "person" | "region"; source: string; land: number[][]; borders: number[][] }

export interface Meta {
  format: number;
  version: string;
  theory: {
    name: string; title: string; summary: string; source: string; form: string; order: string; timeStep: string; equations: string;
    deviations: string[]; limits: string[]; rules: { name: string; text: string; file: string; line: number }[];
  };
  params: Param[]; states: State[]; traits: Trait[]; societies: Named[]; shocks: Named[]; regionals: Named[]; tallies: Named[]; observables: Named[];
  views: View[];
  seed: string; steps: number; note: string;
  population: { network: string; table: Record<string, any>; people: number; regions: number; rows: number; columns: number; grid: boolean; directed: boolean; made: boolean; streams: Record<string, number> };
  places?: Places;
  beside?: Beside;
  engine: {
    kind: "together" | "turns" | "process" | "flow" | "recorded" | "none";
    recorded?: { param: string; values: number[]; steps: number; people: number; bounds: [number, number][] };
    exact: boolean; approximate: string[]; why: string;
    arguments: Record<string, Leaf[]>; dataEnd: number; networks: { arguments: Record<string, Leaf[]>; dataEnd: number };
    layout: {
      bools: string[]; floats: string[]; traits: string[]; seenBools: string[]; seenFloats: string[]; table: Record<string, number>;
      regionals: string[]; sums: string[]; tallies: string[]; luckless: boolean; regionalPeople: string[]; drawn: boolean;
    };
    fields: { name: string; dtype: string; shape: number[]; from: "zero" | "region" | "trait" | "state" | "data" }[];
    substeps: number;
    errors: { error: string; file: string; line: number }[]; // what a function may raise, by number
    guards: string[]; // what has happened where a guard of the rule does not hold
  };
}

export interface Bundle { meta: Meta; arrays: Record<string, ArrayBuffer> }
type Packed = { meta: Meta; arrays: Record<string, string> };

async function inflate(text: string): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return await new Response(stream).arrayBuffer();
}

/** Arrays come deflated, in base64; a name in the arrays is a name of the description. */
export async function unpack(packed: Packed): Promise<Bundle> {
  const arrays: Record<string, ArrayBuffer> = {};
  await Promise.all(Object.entries(packed.arrays).map(async ([name, text]) => { arrays[name] = await inflate(text); }));
  return { meta: packed.meta, arrays };
}
