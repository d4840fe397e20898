// Runs cases in the page engine, outside any page: node conformance.mjs EXPLORER.js < cases.json > digests.json
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { engine } = await import(pathToFileURL(process.argv[2]).href);
const digest = (array) => createHash("sha256").update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength)).digest("hex");

export async function run({ bundle, cases }) {
  const unpacked = await engine.unpack(bundle);
  const machine = new engine.Engine(unpacked), meta = unpacked.meta;
  return cases.map((one) => {
    const params = Object.fromEntries(meta.params.map((p) => [p.name, p.value]));
    Object.assign(params, one.params);
    const world = machine.world({
      table: { ...meta.population.table, ...one.table }, params, peopleSeed: BigInt(one.peopleSeed), seed: BigInt(one.seed), steps: one.steps,
      interventions: one.interventions,
    });
    const k = meta.observables.length, values = new Float64Array((one.steps + 1) * k);
    world.observe(values, 0);
    const begun = performance.now();
    for (let t = 1; t <= one.steps; t++) { world.advance(); world.observe(values, t * k); }
    const seconds = (performance.now() - begun) / 1000;
    const columns = {};
    for (const name of one.columns) columns[name] = digest(world.column(name));
    const ties = world.people.indices ? digest(world.people.indices) : null;
    return { values: digest(values), last: [...values.slice(-k)], columns, ties, seconds };
  });
}

const out = [];
for (const job of JSON.parse(readFileSync(0, "utf8"))) {
  try { out.push({ done: await run(job) }); } catch (error) { out.push({ error: String(error?.stack ?? error) }); }
}
process.stdout.write(JSON.stringify(out));
