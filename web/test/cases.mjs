/** Worlds in the page engine, and the bytes that came of them. Runs in Node and, as text, inside a page. */
export async function runCases(engine, { bundle, cases }) {
  const unpacked = await engine.unpack(bundle);
  const machine = new engine.Engine(unpacked), meta = unpacked.meta;
  const bytes = (array) => {
    const data = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    let text = "";
    for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768));
    return btoa(text);
  };
  return cases.map((one) => {
    const params = { ...Object.fromEntries(meta.params.map((p) => [p.name, p.value])), ...one.params };
    const world = machine.world({
      table: { ...meta.population.table, ...one.table }, params, peopleSeed: BigInt(one.peopleSeed), seed: BigInt(one.seed), steps: one.steps,
      interventions: one.interventions,
    });
    const k = meta.observables.length, values = new Float64Array((one.steps + 1) * k);
    world.observe(values, 0);
    const begun = performance.now();
    for (let t = 1; t <= one.steps; t++) { world.advance(); world.observe(values, t * k); }
    const seconds = (performance.now() - begun) / 1000;
    const columns = Object.fromEntries(one.columns.map((name) => [name, bytes(world.column(name))]));
    return { values: bytes(values), last: [...values.slice(-k)].map(String), columns, ties: world.people.indices ? bytes(world.people.indices) : null, people: world.people.people, seconds };
  });
}
