// The page engine as one thing: people, and worlds of them.
import type { Bundle } from "./bundle";
import { makePeople, type People } from "./population";
import { makeWorld, type Intervention, type World } from "./world";
export { unpack, type Bundle, type Meta } from "./bundle";
export { deriveSeed } from "./seeds";
export { report } from "../reporting";
export { MADE, type People } from "./population";
export { type Intervention, type World } from "./world";

export interface Settings {
  table: Record<string, any>; // of the population
  params: Record<string, number>;
  peopleSeed: bigint;
  seed: bigint; // of the luck
  steps: number;
  interventions: Intervention[];
}

export class Engine {
  private module: WebAssembly.Module;
  private networks: WebAssembly.Module | null;
  private kept: [string, People] | null = null;
  constructor(public bundle: Bundle) {
    this.module = new WebAssembly.Module(bundle.arrays.wasm);
    this.networks = bundle.arrays.networks ? new WebAssembly.Module(bundle.arrays.networks) : null;
  }
  people(table: Record<string, any>, seed: bigint): People {
    const key = JSON.stringify([table, String(seed)]);
    if (this.kept?.[0] !== key) this.kept = [key, makePeople(this.bundle, this.networks, table, seed)];
    return this.kept[1];
  }
  world(s: Settings): World {
    return makeWorld(this.bundle, this.module, this.people(s.table, s.peopleSeed), s.params, s.seed, s.interventions, s.steps);
  }
}
