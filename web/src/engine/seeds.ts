// Seeds of a study's parts, as groundswell.draws derives them: BLAKE2s (RFC 7693) of the seed and the labels.

const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const SIGMA = [
  "0123456789abcdef", "ea489fd61c02b753", "b8c052fdae367194", "7931dcbe265a40f8", "905724afe1bc683d",
  "2c6a0b834d75fe19", "c51fed4a0763928b", "db7ec13950f4862a", "6fe9b308c2d714a5", "a2847615fb9e3cd0",
].map((row) => [...row].map((c) => parseInt(c, 16)));

const turn = (x: number, n: number) => ((x >>> n) | (x << (32 - n))) >>> 0;

export function blake2s(data: Uint8Array, size: number): Uint8Array {
  const h = IV.slice();
  h[0] = (h[0] ^ 0x01010000 ^ size) >>> 0;
  const blocks = Math.max(1, Math.ceil(data.length / 64));
  for (let b = 0; b < blocks; b++) {
    const block = new Uint8Array(64);
    block.set(data.subarray(b * 64, b * 64 + 64));
    const m = new Uint32Array(block.buffer);
    const last = b === blocks - 1, count = last ? data.length : (b + 1) * 64;
    const v = [...h, ...IV];
    v[12] = (v[12] ^ count) >>> 0;
    if (last) v[14] = ~v[14] >>> 0;
    const mix = (a: number, b: number, c: number, d: number, x: number, y: number) => {
      v[a] = (v[a] + v[b] + x) >>> 0; v[d] = turn(v[d] ^ v[a], 16);
      v[c] = (v[c] + v[d]) >>> 0; v[b] = turn(v[b] ^ v[c], 12);
      v[a] = (v[a] + v[b] + y) >>> 0; v[d] = turn(v[d] ^ v[a], 8);
      v[c] = (v[c] + v[d]) >>> 0; v[b] = turn(v[b] ^ v[c], 7);
    };
    for (const s of SIGMA) {
      mix(0, 4, 8, 12, m[s[0]], m[s[1]]); mix(1, 5, 9, 13, m[s[2]], m[s[3]]); mix(2, 6, 10, 14, m[s[4]], m[s[5]]); mix(3, 7, 11, 15, m[s[6]], m[s[7]]);
      mix(0, 5, 10, 15, m[s[8]], m[s[9]]); mix(1, 6, 11, 12, m[s[10]], m[s[11]]); mix(2, 7, 8, 13, m[s[12]], m[s[13]]); mix(3, 4, 9, 14, m[s[14]], m[s[15]]);
    }
    for (let i = 0; i < 8; i++) h[i] = (h[i] ^ v[i] ^ v[i + 8]) >>> 0;
  }
  return new Uint8Array(new Uint32Array(h).buffer).slice(0, size);
}

/** A 64-bit seed for one part of a study, as `derive_seed` in Python. */
export function deriveSeed(seed: bigint, ...labels: (string | number)[]): bigint {
  const text = [String(seed), ...labels.map((x) => `${typeof x === "number" ? "int" : "str"}:${x}`)].join("\x1f");
  return new DataView(blake2s(new TextEncoder().encode(text), 8).buffer).getBigUint64(0, true);
}
