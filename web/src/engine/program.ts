// A theory's compiled kernels on one linear memory: arrays laid out and passed as the compiler of the kernels does.
import type { Leaf } from "./bundle";

type Typed = Uint8Array | Int8Array | Int32Array | Uint32Array | Int16Array | Float64Array | BigInt64Array | BigUint64Array;
export type Kind = "u8" | "i8" | "i16" | "i32" | "u32" | "f64" | "i64" | "u64";
const MADE: Record<Kind, any> = { u8: Uint8Array, i8: Int8Array, i16: Int16Array, i32: Int32Array, u32: Uint32Array, f64: Float64Array, i64: BigInt64Array, u64: BigUint64Array };
const STACK = 256 << 10;
const HEAP = 1 << 20;

export interface Region { kind: Kind; at: number; length: number; shape: number[]; item: number }
type Scalar = number | bigint;

export class Program {
  memory: WebAssembly.Memory;
  regions: Record<string, Region> = {};
  private views: Record<string, Typed> = {};
  private held: ArrayBufferLike;
  private top: number;
  private heap = 0;
  private heapEnd = 0;
  private heapAt = 0;
  private exports: Record<string, (...a: Scalar[]) => number> = {};

  constructor(module: WebAssembly.Module, private args: Record<string, Leaf[]>, dataEnd: number, private errors: { error: string; file: string; line: number }[] = []) {
    const stack = (dataEnd + 63) & ~63;
    this.top = stack + STACK + 64;
    this.memory = new WebAssembly.Memory({ initial: Math.ceil((this.top + HEAP) / 65536) + 1 });
    this.held = this.memory.buffer;
    this.heap = this.take(HEAP);
    this.heapEnd = this.heap + HEAP;
    const env: Record<string, any> = {
      __linear_memory: this.memory,
      __stack_pointer: new WebAssembly.Global({ value: "i32", mutable: true }, stack + STACK),
      __indirect_function_table: new WebAssembly.Table({ initial: 64, element: "anyfunc" }),
      sqrt: Math.sqrt, floor: Math.floor, ceil: Math.ceil, trunc: Math.trunc, fabs: Math.abs, pow: Math.pow, exp: Math.exp,
      expm1: Math.expm1, log: Math.log, log1p: Math.log1p, log2: Math.log2, log10: Math.log10, sin: Math.sin, cos: Math.cos, tan: Math.tan,
      asin: Math.asin, acos: Math.acos, atan: Math.atan, atan2: Math.atan2, sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, cbrt: Math.cbrt,
      hypot: Math.hypot, exp2: (x: number) => 2 ** x, fmod: (x: number, y: number) => x % y, erf: (x: number) => 1 - erfc(x), erfc,
      rint: (x: number) => { const r = Math.round(x); return Math.abs(r - x) === 0.5 && r % 2 ? r - 1 : r; },
      memset: (at: number, value: number, n: number) => { this.bytes().fill(value, at, at + n); return at; },
      memcpy: (to: number, from: number, n: number) => { this.bytes().copyWithin(to, from, from + n); return to; },
      memmove: (to: number, from: number, n: number) => { this.bytes().copyWithin(to, from, from + n); return to; },
      NRT_MemInfo_alloc_aligned: (size: Scalar) => this.info(Number(size)),
      NRT_MemInfo_alloc_safe_aligned: (size: Scalar) => this.info(Number(size)),
      NRT_MemInfo_alloc: (size: Scalar) => this.info(Number(size)),
      NRT_MemInfo_new_varsize_dtor: (size: Scalar) => this.info(Number(size)),
      NRT_MemInfo_new_varsize: (size: Scalar) => this.info(Number(size)),
      NRT_MemInfo_varsize_alloc: (info: number, size: Scalar) => this.fresh(info, Number(size)),
      NRT_MemInfo_varsize_realloc: (info: number, size: Scalar) => this.fresh(info, Number(size), true),
      NRT_MemInfo_varsize_free: () => {},
      NRT_Allocate: (size: Scalar) => this.allocate(Number(size)),
      NRT_MemInfo_call_dtor: () => {}, NRT_Free: () => {}, NRT_incref: () => {}, NRT_decref: () => {},
    };
    const wanted: Record<string, any> = {};
    for (const { name } of WebAssembly.Module.imports(module)) {
      if (!(name in env)) throw new Error(`the page has no ${name}`);
      wanted[name] = env[name];
    }
    this.exports = new WebAssembly.Instance(module, { env: wanted }).exports as any;
  }

  private bytes(): Uint8Array { return new Uint8Array(this.memory.buffer); }

  private ensure(end: number): void {
    const have = this.memory.buffer.byteLength;
    if (end > have) this.memory.grow(Math.ceil((end - have) / 65536));
  }

  private take(bytes: number): number {
    const at = this.top;
    this.top = (at + bytes + 63) & ~63;
    this.ensure(this.top);
    return at;
  }

  /** Memory for one call: nothing that a kernel makes outlives it. */
  private allocate(size: number): number {
    const need = (size + 63) & ~63;
    if (this.heapAt + need > this.heapEnd) { // a larger piece, and the old one is left; it is used again from the next call on
      const room = Math.max(need, 2 * (this.heapEnd - this.heap));
      this.heap = this.heapAt = this.take(room);
      this.heapEnd = this.heap + room;
    }
    const at = this.heapAt;
    this.heapAt += need;
    return at;
  }

  private info(size: number): number { // {i64 references, destructor, its argument, data, i64 size}
    const at = this.allocate(size + 64);
    const view = new DataView(this.memory.buffer);
    view.setBigInt64(at, 1n, true);
    view.setInt32(at + 8, 0, true); view.setInt32(at + 12, 0, true); view.setInt32(at + 16, at + 64, true);
    view.setBigInt64(at + 24, BigInt(size), true);
    return at;
  }

  private fresh(info: number, size: number, keep = false): number {
    const at = this.allocate(size);
    const view = new DataView(this.memory.buffer);
    const old = view.getInt32(info + 16, true), had = Number(view.getBigInt64(info + 24, true));
    if (keep) this.bytes().copyWithin(at, old, old + Math.min(had, size));
    view.setInt32(info + 16, at, true);
    view.setBigInt64(info + 24, BigInt(size), true);
    return at;
  }

  /** Make an array in memory; `item` is the size of one element where it is a record. */
  array(name: string, kind: Kind, shape: number[], item?: number): any {
    const count = shape.reduce((a, b) => a * b, 1), size = MADE[kind].BYTES_PER_ELEMENT;
    const at = this.take(Math.max(count * (item ?? size), 8));
    this.regions[name] = { kind, at, length: (count * (item ?? size)) / size, shape, item: item ?? size };
    this.held = null as any;
    return this.view(name);
  }

  /** An array as it is now; views are recreated where the memory has grown. */
  view(name: string): any {
    if (this.held !== this.memory.buffer) { this.views = {}; this.held = this.memory.buffer; }
    const r = this.regions[name];
    return (this.views[name] ??= new MADE[r.kind](this.memory.buffer, r.at, r.length));
  }

  /** A function with its arrays in place; what is left to pass is its numbers, by name. */
  bind(name: string): (numbers?: Record<string, Scalar>) => void {
    const exported = this.exports[name];
    const flat: Scalar[] = [0, 0];
    const slots: [string, number, boolean][] = [];
    const back = this.take(64);
    flat[0] = back; flat[1] = back + 32;
    for (const leaf of this.args[name]) {
      if (leaf.kind === "array") {
        const r = this.regions[leaf.name];
        if (!r) throw new Error(`${name} takes ${leaf.name}, which the page does not know`);
        const strides: number[] = [];
        let step = r.item;
        for (let d = r.shape.length - 1; d >= 0; d--) { strides[d] = step; step *= r.shape[d]; }
        flat.push(0, 0, BigInt(r.shape.reduce((a, b) => a * b, 1)), BigInt(r.item), r.at, ...r.shape.map(BigInt), ...strides.map(BigInt));
      } else if (leaf.kind === "record") flat.push(this.regions[leaf.name].at);
      else { slots.push([leaf.name, flat.length, leaf.kind === "i64"]); flat.push(leaf.kind === "i64" ? 0n : 0); }
    }
    return (numbers = {}) => {
      for (const [key, at, wide] of slots) if (key in numbers) flat[at] = wide ? BigInt(numbers[key]) : Number(numbers[key]);
      this.heapAt = this.heap;
      const code = exported(...flat);
      if (code !== 0) throw new Error(this.raised(back + 32) ?? `the theory's ${name} ended with an error (code ${code})`);
    };
  }

  /** What a function raised: its number stands where Numba had left a pickle. */
  private raised(at: number): string | null {
    const view = new DataView(this.memory.buffer), info = view.getUint32(at, true);
    const found = info ? this.errors[view.getUint32(view.getUint32(info, true), true)] : undefined;
    return found ? `${found.file}:${found.line}: ${found.error}` : null;
  }
}

/** The complementary error function (W. J. Cody's rational approximations are longer; this one errs by 1e-12 at most). */
function erfc(x: number): number {
  const z = Math.abs(x);
  let out: number;
  if (z < 2.5) { // the series of erf
    let term = z, sum = z;
    for (let n = 1; Math.abs(term) > 1e-17 * sum && n < 200; n++) { term *= (-z * z) / n; sum += term / (2 * n + 1); }
    out = 1 - (2 / Math.sqrt(Math.PI)) * sum;
  } else { // the continued fraction
    let f = 0;
    for (let n = 60; n > 0; n--) f = (n / 2) / (z + f);
    out = Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + f);
  }
  return x < 0 ? 2 - out : out;
}
