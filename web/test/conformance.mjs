// Cases in the page engine, outside any page: node conformance.mjs EXPLORER.js < jobs.json > bytes.json
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { runCases } from "./cases.mjs";

const { engine } = await import(pathToFileURL(process.argv[2]).href);

/** Many reports of one history: the sum, and the sum of squares, of each period of each series. */
function reports({ model, histories, drawn, count }) {
  const given = Object.fromEntries(Object.entries(histories).map(([name, x]) => [name, Float64Array.from(x)]));
  const out = Object.fromEntries(Object.keys(model.series).map((name) => [name, { sum: given[name].map(() => 0), squares: given[name].map(() => 0) }]));
  for (let w = 0; w < count; w++) {
    for (const [name, y] of Object.entries(engine.report(model, given, (key) => drawn[key]?.[w], w))) y.forEach((v, t) => { out[name].sum[t] += v; out[name].squares[t] += v * v; });
  }
  return Object.fromEntries(Object.entries(out).map(([name, { sum, squares }]) => [name, { sum: [...sum], squares: [...squares] }]));
}

const out = [];
for (const job of JSON.parse(readFileSync(0, "utf8"))) {
  try { out.push({ done: job.model ? reports(job) : await runCases(engine, job) }); } catch (error) { out.push({ error: String(error?.stack ?? error) }); }
}
process.stdout.write(JSON.stringify(out));
