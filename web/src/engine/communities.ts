// Communities by label propagation, for the picture only: in order of people, so that the result is always the same.

export function communities(indptr: Int32Array, indices: Int32Array): Int32Array {
  const n = indptr.length - 1, label = Int32Array.from({ length: n }, (_, i) => i), seen = new Int32Array(n), stamp = new Int32Array(n).fill(-1);
  for (let round = 0, mark = 0; round < 8; round++) {
    let changed = 0;
    for (let q = 0; q < n; q++, mark++) {
      const i = (q * 7919) % n; // not in order of their numbers, which would drag labels along
      let best = label[i], most = 0;
      for (let e = indptr[i]; e < indptr[i + 1]; e++) {
        const l = label[indices[e]];
        if (stamp[l] !== mark) { stamp[l] = mark; seen[l] = 0; }
        if (++seen[l] > most || (seen[l] === most && l < best)) { most = seen[l]; best = l; }
      }
      if (most && best !== label[i]) { label[i] = best; changed++; }
    }
    if (changed < n / 100) break;
  }
  return label;
}
