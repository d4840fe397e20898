// What the page and its workers say to each other.
import type { Intervention } from "./engine";

export interface RunSettings {
  table: Record<string, any>;
  params: Record<string, number>;
  seed: string; // from which luck and people follow
  steps: number;
  interventions: Intervention[]; // of the twin; the world itself has none
  other: Record<string, number>; // parameters in which the twin differs from the start
  twin: boolean;
  view: number; // which of the theory's views is kept
  watch: number; // a person whose life is kept, or -1
  moved: string[]; // parameters that a slider holds, whatever a fit says of them
}

export type ToWorker =
  | { type: "load"; packed: any; base: string }
  | { type: "run"; id: number; settings: RunSettings }
  | { type: "ensemble"; id: number; settings: RunSettings; worlds: number }
  | { type: "frame"; id: number; step: number }
  | { type: "stop" };

export interface Shown { step: number; world: Uint8Array; twin: Uint8Array | null; low: number; high: number }
export interface Life { person: number; names: string[]; world: Float64Array[]; twin: Float64Array[] | null; ties: number[]; degree: number; traits: [string, number][] }
export interface PeopleShown { people: number; region: Int32Array; indptr: Int32Array | null; indices: Int32Array | null; sortKey: Float64Array | null; labels: Int32Array | null; places: Float32Array | null }

export type FromWorker =
  | { type: "ready" }
  | { type: "people"; id: number; people: PeopleShown }
  | { type: "progress"; id: number; from: number; to: number; world: Float64Array; twin: Float64Array | null }
  | { type: "done"; id: number; milliseconds: number }
  | { type: "frame"; id: number; shown: Shown }
  | { type: "life"; id: number; life: Life }
  | { type: "member"; id: number; world: Float64Array; twin: Float64Array | null; count: number; reported: Float64Array[] | null }
  | { type: "lost"; id: number; message: string }
  | { type: "failed"; id: number; message: string };
