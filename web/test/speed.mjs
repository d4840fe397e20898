// How fast pages are: node speed.mjs JOB.json, where playwright-core is installed beside the job (benchmarks/page.py).
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { runCases } from "./cases.mjs";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { chromium } = createRequire(join(dirname(process.argv[2]), "package.json"))("playwright-core");
const browser = await chromium.launch({ executablePath: job.chromium, args: ["--no-sandbox"] });
const settle = () => new Promise((go) => setTimeout(go, 1000 * job.pause));

async function open(path, { hash = "", done = true, motion = false } = {}) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, reducedMotion: motion ? "no-preference" : "reduce" });
  const page = await context.newPage();
  await page.goto((path.startsWith("http") ? path : pathToFileURL(path).href) + (hash ? `#${hash}` : ""));
  await page.waitForFunction((d) => { const x = document.querySelector(".gs")?.dataset; return x && Number(x.frames) > 0 && (!d || x.done); }, done, { timeout: 300_000 });
  return { page, close: () => context.close() };
}

const found = { rates: {}, frames: {}, sliders: {}, steps: {}, starts: {} };

// the kernel alone, on the page's own thread: the best of three
for (const name of ["sis-100000", "deed-10000"]) {
  const { path, people } = job.pages[name], steps = name.startsWith("sis") ? 100 : 300;
  const { page, close } = await open(path, { hash: "steps=1" });
  await page.waitForTimeout(3000); // the worlds of the band
  let best = 0;
  for (let k = 0; k < 3; k++) {
    const one = { steps, seed: "7", peopleSeed: "7", columns: [], interventions: [], params: {}, table: {} };
    const [{ seconds }] = await page.evaluate(`(${runCases})(groundswellExplorer.engine, { bundle: JSON.parse(document.getElementById("bundle").textContent), cases: [${JSON.stringify(one)}] })`);
    best = Math.max(best, (people * steps) / seconds);
  }
  found.rates[name] = best;
  await close();
}
await settle();

// 100,000 people: play while the worker simulates
{
  const { page, close } = await open(job.pages["sis-100000"].path, { done: false });
  await page.waitForTimeout(5000);
  found.frames = await page.evaluate(async () => {
    const root = document.querySelector(".gs"), seconds = 3;
    const speed = [...document.querySelectorAll("select")].find((x) => /4×/.test(x.textContent));
    speed.selectedIndex = 3; // twice as fast, so that there are more steps than frames
    speed.dispatchEvent(new Event("change"));
    document.getElementById("play").click();
    let frames = 0, last = root.dataset.step, pictures = 0;
    const begun = performance.now();
    await new Promise((go) => {
      const tick = () => {
        frames++;
        if (root.dataset.step !== last) { last = root.dataset.step; pictures++; }
        if (performance.now() - begun < 1000 * seconds) requestAnimationFrame(tick); else go();
      };
      requestAnimationFrame(tick);
    });
    const passed = (performance.now() - begun) / 1000;
    return { browser: frames / passed, pictures: pictures / passed, simulating: !root.dataset.done };
  });
  if (!found.frames.simulating) console.log("sis-100000: the simulation ended before the frames were counted");
  await close();
}
await settle();

// a slider moved: how long until the new run is on the screen; and how fast a whole run is
for (const name of ["granovetter-10000", "sis-10000", "deed-10000"]) {
  const { page, close } = await open(job.pages[name].path);
  await page.waitForTimeout(1500);
  const { first, whole } = await page.evaluate(async () => {
    const root = document.querySelector(".gs"), slider = document.querySelector(".levers-grid input[type=range]:not(:disabled)");
    const times = [], wholes = [];
    for (let k = 0; k < 5; k++) {
      const frames = root.dataset.frames, done = root.dataset.done, begun = performance.now();
      const until = (test) => new Promise((go) => { const look = () => (test() ? go(performance.now() - begun) : setTimeout(look, 1)); look(); });
      slider.value = String(Number(slider.value) + (k % 2 ? -1 : 1) * 5 * Number(slider.step));
      slider.dispatchEvent(new Event("input"));
      times.push(await until(() => root.dataset.frames !== frames));
      wholes.push(await until(() => root.dataset.done !== done));
      await new Promise((go) => setTimeout(go, 200));
    }
    const middle = (x) => x.sort((a, b) => a - b)[Math.floor(x.length / 2)];
    return { first: middle(times), whole: middle(wholes) };
  });
  found.sliders[name] = first;
  found.steps[name] = (1000 * job.pages[name].steps) / whole;
  await close();
}
await settle();

// from the command to the first picture; where it is to be warm, of the second time
for (const [name, { command, env }] of Object.entries(job.starts)) for (let time = name.endsWith("warm") ? 1 : 2; time <= 2; time++) {
  const begun = Date.now(), child = spawn(command[0], command.slice(1), { env: { ...process.env, ...env } });
  const address = await new Promise((go, refuse) => {
    let said = "";
    child.stdout.on("data", (text) => { said += text; const at = /http:\/\/\S+/.exec(said); if (at) go(at[0]); });
    child.on("exit", () => refuse(new Error(`${command.join(" ")} ended`)));
  });
  const { close } = await open(address, { done: false, motion: true });
  found.starts[name] = (Date.now() - begun) / 1000;
  await close();
  child.removeAllListeners("exit");
  child.kill("SIGINT");
  await settle();
}
await browser.close();
writeFileSync(job.out, JSON.stringify(found));
