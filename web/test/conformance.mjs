// Cases in the page engine, outside any page: node conformance.mjs EXPLORER.js < jobs.json > bytes.json
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { runCases } from "./cases.mjs";

const { engine } = await import(pathToFileURL(process.argv[2]).href);
const out = [];
for (const job of JSON.parse(readFileSync(0, "utf8"))) {
  try { out.push({ done: await runCases(engine, job) }); } catch (error) { out.push({ error: String(error?.stack ?? error) }); }
}
process.stdout.write(JSON.stringify(out));
