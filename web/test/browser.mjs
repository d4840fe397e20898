// The pages in Chromium, offline: bytes, frames, twins, keyboard, accessibility, sizes, pictures.
// node browser.mjs JOB.json, where playwright-core and axe-core are installed beside the job.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { runCases } from "./cases.mjs";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const load = createRequire(join(dirname(process.argv[2]), "package.json"));
const { chromium } = load("playwright-core");
const axe = readFileSync(load.resolve("axe-core/axe.min.js"), "utf8");
const wrong = [], say = (text) => { wrong.push(text); console.log(`wrong: ${text}`); };
const browser = await chromium.launch({ executablePath: job.chromium, args: ["--no-sandbox"] });

async function open(path, { width = 1360, height = 900, dark = false, hash = "", bypass = false, still = false, until = () => document.querySelector(".gs")?.dataset.done } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? "dark" : "light", offline: !path.startsWith("http"), bypassCSP: bypass, reducedMotion: still ? "reduce" : "no-preference" });
  const page = await context.newPage(), name = path.split("/").pop();
  page.on("console", (m) => { if (m.type() === "error") say(`${name}: console: ${m.text()}`); });
  page.on("pageerror", (e) => say(`${name}: ${e.message}`));
  const asked = [];
  page.on("request", (r) => { if (!/^(file|blob|data):/.test(r.url())) asked.push(r.url()); });
  await page.goto((path.startsWith("http") ? path : pathToFileURL(path).href) + (hash ? `#${hash}` : ""));
  await page.waitForFunction(until, null, { timeout: 60_000 });
  return { page, context, asked, close: () => context.close() };
}
const data = (page) => page.evaluate(() => ({ ...document.querySelector(".gs").dataset }));
const text = (page, selector) => page.evaluate((s) => document.querySelector(s)?.textContent ?? "", selector);

// every theory: the bytes of the cases, and that it moves
const found = {};
for (const [name, { page: path, cases, moves }] of Object.entries(job.theories)) {
  try {
    const { page, asked, close } = await open(path, { still: true });
    found[name] = !cases.length ? [] : await page.evaluate(`(${runCases})(groundswellExplorer.engine, { bundle: JSON.parse(document.getElementById("bundle").textContent), cases: ${JSON.stringify(cases)} })`);
    if (asked.length) say(`${name} asked for ${asked}`);
    if (await page.evaluate(() => !document.querySelector(".error").hidden)) say(`${name}: ${await text(page, ".error")}`);
    if (moves) {
      const pixels = () => page.evaluate(() => { const c = document.querySelector("canvas.stage"); return [...new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer)].reduce((h, x) => (Math.imul(h, 31) + x) | 0, 7); });
      await page.keyboard.press("Home");
      await page.waitForFunction(() => document.querySelector(".gs").dataset.step === "0", null, { timeout: 10_000 });
      const first = await pixels();
      await page.keyboard.press("End");
      await page.waitForFunction(() => Number(document.querySelector(".gs").dataset.step) > 0, null, { timeout: 30_000 });
      if ((await pixels()) === first) say(`${name}: the picture of the last step is that of the first`);
    }
    await close();
  } catch (error) { say(`${name}: ${error.message.split("\n")[0]}`); }
}

// the first page in full: play, scrub, keys, address, twins, a person, a bad value
{
  const { page, close } = await open(job.theories.granovetter.page);
  await page.waitForTimeout(1500);
  const playing = Number((await data(page)).frames);
  if (playing < 3) say(`granovetter: ${playing} frames were drawn in 1.5 s of playing`);
  await page.locator("h1").click();
  for (const key of ["Home", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
  await page.waitForTimeout(300);
  if ((await data(page)).step !== "2") say(`granovetter: two presses of the arrow lead to step ${(await data(page)).step}`);
  if (!page.url().includes("step=2")) say(`granovetter: the address ${page.url().split("#")[1]} does not say the step`);
  const told = await text(page, "[role=status]");
  if (!/turnout/.test(told)) say(`granovetter: a screen reader hears ${told}`);
  const slider = page.locator("input[type=range]").nth(1);
  await page.getByLabel("sd, value").fill("-3");
  await page.getByLabel("sd, value").press("Enter");
  if (!/expected/.test(await text(page, "[role=status]"))) say("granovetter: sd = -3 is not refused");
  await page.getByLabel("sd, value").fill("0.2");
  const begun = Date.now();
  await page.getByLabel("sd, value").press("Enter");
  await page.waitForFunction(() => location.hash.includes("p.sd=0.2"));
  if (Date.now() - begun > 5000) say("granovetter: a new value takes longer than 5 s");
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  await page.getByRole("button", { name: /reset to/ }).click();
  if (page.url().includes("p.")) say("granovetter: reset leaves parameters in the address");
  await page.getByLabel(/^person, 0/).fill("7");
  await page.getByLabel(/^person, 0/).press("Enter");
  await page.waitForFunction(() => /threshold/.test(document.querySelector(".life").textContent));
  await close();
}
{
  const at = job.theories.deed;
  const { page, close } = await open(at.page, { hash: "twin=pulse:act:1:100&step=140", still: true });
  await page.waitForFunction(() => /\(.*to.*\)/.test(document.querySelector(".plots table")?.textContent ?? ""), null, { timeout: 60_000 });
  const table = await text(page, ".plots table");
  if (!/turnout/.test(table) || !/harm/.test(table)) say("deed: effect and harm do not stand side by side");
  if ((await page.locator("canvas.stage").count()) !== 2) say("deed: twins are not drawn side by side");
  for (const canvas of [0, 1]) await page.locator("canvas.stage").nth(canvas).screenshot();
  await page.locator("h1").click();
  await page.keyboard.press("d");
  await page.waitForFunction(() => location.hash.includes("mode=difference"));
  const legend = await text(page, ".legend");
  if (!/only in the world/.test(legend)) say(`deed: the legend of the difference reads ${legend}`);
  await close();
}
{ // rubbish in the address
  const { page, close } = await open(job.theories.granovetter.page, { hash: "p.sd=-4&p.nothing=3&seed=x&step=7&twin=pulse:none:1:2", still: true });
  if (!/asks for/.test(await text(page, "header"))) say("an address that makes no sense is not reported");
  if ((await data(page)).step !== "7") say("an address that makes sense in part is not followed");
  await close();
}

// accessibility and sizes
const sizes = [[1360, 900, false], [820, 1180, false], [390, 844, true]];
for (const name of job.shown) for (const [width, height, dark] of sizes) {
  const { page, close } = await open(job.theories[name].page, { width, height, dark, bypass: true, still: true, hash: job.hash[name] ?? "" });
  await page.waitForTimeout(700);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 1) say(`${name}: at ${width} pixels the page is ${wide} pixels too wide`);
  await page.addScriptTag({ content: axe });
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  for (const v of violations) say(`${name} at ${width}: ${v.id}: ${v.help} (${v.nodes.length}: ${v.nodes[0].html.slice(0, 120)})`);
  if (job.pictures) { await page.screenshot({ path: join(job.pictures, `${name}-${width}.png`) }); await page.screenshot({ path: join(job.pictures, `${name}-${width}-full.png`), fullPage: true }); }
  await close();
}

// 100,000 people: frames a second while a worker simulates
if (job.large) {
  const { page, close } = await open(job.large, { still: true });
  await page.waitForTimeout(500);
  const before = Number((await data(page)).frames);
  const begun = Date.now();
  await page.evaluate(() => { const s = [...document.querySelectorAll("select")].find((x) => /4×/.test(x.textContent)); s.selectedIndex = 4; s.dispatchEvent(new Event("change")); });
  await page.locator("h1").click();
  await page.keyboard.press("Home");
  await page.keyboard.press(" ");
  await page.waitForTimeout(3000);
  const frames = Number((await data(page)).frames) - before;
  console.log(`100,000 people: ${(frames / ((Date.now() - begun) / 1000)).toFixed(1)} different frames a second`);
  if (frames < 5) say(`100,000 people: ${frames} frames in 3 s`);
  await close();
}

// a theory that fails: the sentence, its line, what was simulated until then; and the page goes on
if (job.fails) {
  const { page, close } = await open(job.fails, { still: true, until: () => !document.querySelector(".error").hidden });
  const told = await text(page, ".error");
  if (!/at step \d+, fails\.py:\d+: .*divides by zero/.test(told)) say(`the theory that fails: ${told}`);
  if (!/people\.acts/.test(await text(page, "pre .fault"))) say("the theory that fails: its line is not marked");
  await page.locator("h1").click();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.querySelector(".gs").dataset.step === "1");
  await page.getByLabel("pull, value").fill("0");
  await page.getByLabel("pull, value").press("Enter");
  await page.waitForFunction(() => document.querySelector(".error").hidden && document.querySelector(".gs").dataset.done, null, { timeout: 30_000 });
  await close();
}
// a notebook: sliders are heard, plain keys stay in the widget, and a twin may come after the band is there
{
  const { page, close } = await open(job.theories.granovetter.page, { still: true, bypass: true });
  await page.evaluate(async () => {
    const code = document.querySelector("script[type=module]").textContent, kept = { bundle: document.getElementById("bundle").textContent, params: {} }, heard = {};
    const model = { get: (k) => kept[k], set: (k, v) => { kept[k] = v; }, save_changes: () => {}, on: (k, f) => { heard[k] = f; }, off: (k) => { delete heard[k]; } };
    document.body.replaceChildren();
    const el = document.createElement("div");
    document.body.append(el);
    globalThis.notebook = { kept, heard, keys: [] };
    document.addEventListener("keydown", (e) => notebook.keys.push(e.key));
    notebook.end = (await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })))).default.render({ model, el });
  });
  await page.waitForFunction(() => document.querySelector(".gs")?.dataset.done && /Band/.test(document.querySelector(".plots").textContent));
  await page.waitForTimeout(1500);
  await page.getByLabel("sd", { exact: true }).focus();
  const before = await page.evaluate(() => notebook.kept.params.sd);
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((x) => notebook.kept.params.sd > x, before, { timeout: 10_000 });
  await page.waitForTimeout(1500);
  await page.locator("canvas.stage").focus();
  for (const key of ["t", "d", "d"]) await page.keyboard.press(key);
  await page.waitForFunction(() => /\d \(/.test(document.querySelector(".plots table td")?.textContent ?? ""), null, { timeout: 30_000 });
  if ((await page.evaluate(() => notebook.keys)).length) say(`the widget: the notebook hears ${await page.evaluate(() => notebook.keys)}`);
  await page.evaluate(() => { notebook.kept.params = { ...notebook.kept.params, sd: 0.3 }; notebook.heard["change:params"](); });
  if ((await page.getByLabel("sd, value").inputValue()) !== "0.3") say("the widget: a value set from Python does not move its slider");
  await page.evaluate(() => notebook.end());
  await close();
}
// recorded histories: two recorded values are twins, and a person has ties and a history
if (job.recorded) {
  const { page, close } = await open(job.recorded, { still: true });
  await page.getByRole("button", { name: "Add a twin" }).click();
  await page.waitForFunction(() => /\d/.test(document.querySelector(".plots table td")?.textContent ?? "") && /of the pair/.test(document.querySelector(".plots table caption").textContent));
  if ((await page.locator("canvas.stage").count()) !== 2) say("recorded: twins are not drawn side by side");
  await page.getByLabel(/^(person|site), 0/).fill("7");
  await page.getByLabel(/^(person|site), 0/).press("Enter");
  await page.waitForFunction(() => /ties\d/.test(document.querySelector(".life").textContent) && document.querySelector(".life canvas"));
  if (job.pictures) await page.screenshot({ path: join(job.pictures, "recorded.png"), fullPage: true });
  await close();
}
// a record over the simulated band; people on a map
if (job.record) {
  const { page, close } = await open(job.record, { still: true });
  await page.waitForFunction(() => /of 30 watched periods lie outside/.test(document.querySelector(".record")?.textContent ?? ""), null, { timeout: 60_000 });
  if (job.pictures) await page.screenshot({ path: join(job.pictures, "record.png") });
  await close();
}
if (job.map) {
  const { page, close } = await open(job.map, { still: true });
  if (!/4 places/.test(await text(page, ".picture"))) say("the map: its caption does not say its places");
  const colours = await page.evaluate(() => { const c = document.querySelector("canvas.stage"); return new Set(new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer)).size; });
  if (colours < 4) say(`the map: ${colours} colours, where land, water, outlines and people are four`);
  if (job.pictures) await page.screenshot({ path: join(job.pictures, "map.png") });
  await close();
}
// a dossier: plots that answer, and the page of its theory within it
if (job.dossier) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, offline: true, reducedMotion: "reduce" }), page = await context.newPage();
  page.on("console", (m) => { if (m.type() === "error") say(`dossier: console: ${m.text()}`); });
  page.on("pageerror", (e) => say(`dossier: ${e.message}`));
  await page.goto(pathToFileURL(job.dossier).href);
  const plot = page.locator("figure:has(.mark-line) svg.plot:visible").first();
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  await page.mouse.move(box.x + 0.6 * box.width, box.y + 0.5 * box.height);
  await page.waitForFunction(() => [...document.querySelectorAll(".tip")].some((x) => !x.hidden && /\d/.test(x.textContent)));
  const before = await plot.locator(".mark-line path").first().getAttribute("d");
  await page.mouse.down(); await page.mouse.move(box.x + 0.9 * box.width, box.y + 0.5 * box.height, { steps: 3 }); await page.mouse.up();
  if ((await plot.locator(".mark-line path").first().getAttribute("d")) === before) say("dossier: dragging across a plot does not zoom");
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  if (Math.abs(Number((await plot.locator(".mark-line path").first().getAttribute("d")).match(/[\d.]+/)[0]) - Number(before.match(/[\d.]+/)[0])) > 0.02) say("dossier: it prints as zoomed");
  await page.click("#play-open");
  await page.waitForFunction(() => document.getElementById("play-page").shadowRoot?.querySelector(".gs")?.dataset.frames > 0, null, { timeout: 60_000 });
  if (job.pictures) await page.screenshot({ path: join(job.pictures, "dossier.png") });
  await context.close();
}
// the index of the gallery leads to every page
if (job.gallery) {
  const context = await browser.newContext({ offline: true }), page = await context.newPage();
  await page.goto(pathToFileURL(job.gallery).href);
  const links = await page.locator(".shelf a").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
  for (const name of Object.keys(job.theories)) if (!links.includes(`${name}.html`)) say(`the gallery does not lead to ${name}`);
  await context.close();
}

// served: a parameter that only Python can set, and a population made there
if (job.served) {
  const { page, close } = await open(job.served, { still: true });
  await page.getByLabel("rows", { exact: true }).fill("30");
  await page.getByLabel("rows", { exact: true }).press("Enter");
  await page.waitForFunction(() => /30 by/.test(document.querySelector(".picture").textContent), null, { timeout: 60_000 });
  await close();
}

await browser.close();
writeFileSync(job.out, JSON.stringify({ wrong, found }));
