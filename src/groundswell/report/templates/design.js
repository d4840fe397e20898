// Linked views of the points of a design: a range along every axis, the outcome and the two factors of the surface are
// chosen by pointer or keyboard, and the points in range are described in words. Without this script both are static.
(() => {
  const TILES = [24, 14], SMOOTH = 0.12, NEAR = 0.1, WIDTH = 640, HEIGHT = 260, PAD = 46, CELLS = 5;

  /** The mean of z near each tile by Gaussian weights, row by row from below; NaN where no point is near. */
  function surface(x, y, z) {
    const out = [];
    for (let r = 0; r < TILES[1]; r++) for (let c = 0; c < TILES[0]; c++) {
      const across = (c + 0.5) / TILES[0], up = (r + 0.5) / TILES[1];
      let total = 0, sum = 0;
      for (let k = 0; k < x.length; k++) { const w = Math.exp(-((across - x[k]) ** 2 + (up - y[k]) ** 2) / (2 * SMOOTH ** 2)); total += w; sum += w * z[k]; }
      out.push(total >= NEAR ? sum / total : NaN);
    }
    return out;
  }
  if (typeof document === "undefined") { module.exports = { surface }; return; }

  const ends = (v) => { const f = v.filter(Number.isFinite); return [Math.min(...f), Math.max(...f)]; };
  const scaled = (v, [low, high] = ends(v)) => v.map((x) => (Number.isFinite(x) ? (x - low) / (high - low || 1) : NaN));
  const short = (v) => (Number.isFinite(v) ? String(Number(v.toPrecision(3))).replace(/-/g, "−") : "–");
  const make = (tag, given = {}, ...inside) => { const e = document.createElement(tag); for (const [k, v] of Object.entries(given)) if (k in e && k !== "list") e[k] = v; else e.setAttribute(k, v); e.append(...inside); return e; };

  function start(root) {
    const { factors, outcomes, rows } = JSON.parse(root.querySelector("script").textContent);
    const column = (name) => { const at = [...factors, ...outcomes].indexOf(name); return rows.map((r) => r[at]); };
    const lines = [...root.querySelectorAll(".parallel polyline")], rulers = [...root.querySelectorAll(".parallel line.ruler")];
    const circles = [...root.querySelectorAll(".surface circle")], tiles = [...root.querySelectorAll(".surface rect")];
    const parallel = root.querySelector(".parallel"), map = root.querySelector(".surface"), table = root.querySelector("table");
    const state = { outcome: outcomes[0], across: factors[0], up: factors[1], range: new Map(), chosen: -1 };
    const names = () => [...factors, state.outcome], key = (name) => (factors.includes(name) ? name : "outcome");
    const said = make("p", { className: "said", role: "status" }), box = root.querySelector(".controls");
    const x = (j) => 50 + (j * (WIDTH - 100)) / Math.max(names().length - 1, 1);

    /** A list to choose from, with its label. */
    function choice(label, options, at, set) {
      const list = make("select", {}, ...options.map((o) => make("option", { value: o, selected: o === at }, o)));
      list.addEventListener("change", () => { set(list.value); draw(); });
      box.append(make("label", {}, `${label} `, list));
      return list;
    }
    if (outcomes.length > 1) choice("Outcome", outcomes, state.outcome, (v) => { state.outcome = v; state.range.delete("outcome"); });
    const pick = factors.length > 2 && [choice("Across", factors, state.across, (v) => swap("across", "up", v)), choice("Up", factors, state.up, (v) => swap("up", "across", v))];
    /** One factor on both axes would say nothing: the other axis takes the one that was here. */
    function swap(here, there, v) { if (state[there] === v) state[there] = state[here]; state[here] = v; [pick[0].value, pick[1].value] = [state.across, state.up]; }

    const sliders = names().map((name) => {
      const k = key(name), title = make("legend", {}, name);
      const two = ["from", "to"].map((end, side) => {
        const slider = make("input", { type: "range", min: 0, max: 100, value: 100 * side });
        slider.addEventListener("input", () => {
          const [low, high] = two.map((s) => Number(s.value) / 100);
          if (low > high) two[1 - side].value = slider.value;
          limit(k, Number(two[0].value) / 100, Number(two[1].value) / 100);
        });
        return slider;
      });
      box.append(make("fieldset", {}, title, ...two.map((s, side) => make("label", {}, ["from ", "to "][side], s))));
      return { k, title, two };
    });
    const point = make("input", { type: "range", min: 0, max: 0, value: 0 });
    point.addEventListener("input", () => { state.chosen = Number(point.value) - 1; draw(); });
    const all = make("button", { type: "button" }, "All points");
    all.addEventListener("click", () => { state.range.clear(); state.chosen = -1; point.value = 0; draw(); });
    box.append(make("label", {}, "Point, by its outcome ", point), all);
    box.after(said);

    function limit(k, low, high) { if (low <= 0 && high >= 1) state.range.delete(k); else state.range.set(k, [low, high]); state.chosen = -1; point.value = 0; draw(); }
    const of = (name) => { const v = column(name); return { v, ends: ends(v), at: scaled(v) }; };

    function draw() {
      const axes = names().map((name) => ({ name, k: key(name), ...of(name) })), last = axes[axes.length - 1];
      const inside = rows.map((_, r) => Number.isFinite(last.v[r]) && axes.every((a) => { const l = state.range.get(a.k); return !l || (a.at[r] >= l[0] - 1e-9 && a.at[r] <= l[1] + 1e-9); }));
      const kept = rows.map((_, r) => r).filter((r) => inside[r]).sort((a, b) => last.v[a] - last.v[b]);
      const chosen = state.chosen >= 0 ? kept[Math.min(state.chosen, kept.length - 1)] ?? -1 : -1;
      const words = (r) => axes.map((a) => `${a.name} ${short(a.v[r])}`).join(", ");
      lines.forEach((line, r) => {
        line.setAttribute("points", axes.map((a, j) => `${x(j).toFixed(1)},${(24 + 200 * (1 - (a.at[r] || 0))).toFixed(1)}`).join(" "));
        line.setAttribute("stroke-opacity", inside[r] ? (0.08 + 0.72 * last.at[r]).toFixed(2) : Number.isFinite(last.v[r]) ? "0.03" : "0");
        line.classList.toggle("on", r === chosen); line.firstChild.textContent = words(r);
      });
      axes.forEach((a, j) => {
        const text = [...parallel.querySelectorAll("text")].slice(3 * j, 3 * j + 3);
        text[0].textContent = short(a.ends[1]); text[1].textContent = short(a.ends[0]); text[2].textContent = a.name;
        const l = state.range.get(a.k) ?? [0, 1], s = sliders[j];
        rulers[j].setAttribute("y1", 24 + 200 * (1 - l[1])); rulers[j].setAttribute("y2", 24 + 200 * (1 - l[0])); rulers[j].classList.toggle("held", state.range.has(a.k));
        s.title.textContent = a.name;
        s.two.forEach((slider, side) => { if (document.activeElement !== slider) slider.value = 100 * l[side]; const v = a.ends[0] + l[side] * (a.ends[1] - a.ends[0]); slider.setAttribute("aria-label", `${a.name}, ${["least", "most"][side]}`); slider.setAttribute("aria-valuetext", short(v)); });
      });
      point.max = kept.length; point.setAttribute("aria-valuetext", chosen < 0 ? "none" : words(chosen));
      const found = kept.map((r) => last.v[r]), mean = found.reduce((a, b) => a + b, 0) / found.length;
      said.textContent = !kept.length ? `None of ${rows.length} points is in range.` : `${kept.length} of ${rows.length} points in range: ${state.outcome} from ${short(found[0])} to ${short(found[found.length - 1])}, mean ${short(mean)}.${chosen < 0 ? "" : ` Chosen: ${words(chosen)}.`}`;
      if (map) over(last, inside, chosen, words);
    }

    function over(z, inside, chosen, words) {
      const a = of(state.across), b = of(state.up), some = (v) => v.filter((_, r) => inside[r]);
      const found = surface(some(a.at), some(b.at), some(z.v)), shade = (v) => (v - z.ends[0]) / (z.ends[1] - z.ends[0] || 1);
      tiles.forEach((tile, t) => tile.setAttribute("fill-opacity", Number.isFinite(found[t]) ? (0.06 + 0.74 * shade(found[t])).toFixed(2) : "0"));
      circles.forEach((circle, r) => {
        circle.setAttribute("cx", (PAD + (WIDTH - PAD - 12) * a.at[r]).toFixed(1)); circle.setAttribute("cy", (12 + (HEIGHT - 44) * (1 - b.at[r])).toFixed(1));
        circle.setAttribute("fill-opacity", inside[r] ? (0.12 + 0.88 * z.at[r]).toFixed(2) : Number.isFinite(z.v[r]) ? "0.04" : "0");
        circle.classList.toggle("on", r === chosen); circle.firstChild.textContent = words(r);
      });
      const put = (kind, text) => { map.querySelector(`.${kind}`).textContent = text; };
      put("x-low", short(a.ends[0])); put("x-high", short(a.ends[1])); put("x-name", state.across); put("y-name", `↑ ${state.up}`); put("y-low", short(b.ends[0])); put("y-high", short(b.ends[1]));
      const seen = found.filter(Number.isFinite), [least, most] = seen.length ? ends(seen) : [NaN, NaN];
      map.setAttribute("aria-label", `${state.outcome} over ${state.across} (across) and ${state.up} (up): means of nearby points from ${short(least)} to ${short(most)}; darker means more`);
      root.querySelector(".of-surface").textContent = `${state.outcome} over ${state.across} (across) and ${state.up} (up); darker means more.`;
      const place = (n, of) => Math.round(((of - 1) * n) / (CELLS - 1)), at = (e, tile, n) => short(e[0] + ((e[1] - e[0]) * (tile + 0.5)) / n);
      table.caption.textContent = `Mean ${state.outcome} of nearby points: ${state.across} across, ${state.up} down.`;
      [...table.tHead.rows[0].cells].forEach((cell, c) => { cell.textContent = c ? at(a.ends, place(c - 1, TILES[0]), TILES[0]) : `${state.up} \\ ${state.across}`; });
      [...table.tBodies[0].rows].forEach((row, r) => [...row.cells].forEach((cell, c) => {
        const up = place(CELLS - 1 - r, TILES[1]);
        cell.textContent = c ? short(found[up * TILES[0] + place(c - 1, TILES[0])]) : at(b.ends, up, TILES[1]);
      }));
    }

    // along an axis a range is drawn with the pointer; the sliders do the same from the keyboard
    let from = null;
    const spot = (event) => { const m = parallel.getScreenCTM(); return [(event.clientX - m.e) / m.a, 1 - ((event.clientY - m.f) / m.d - 24) / 200]; };
    parallel.addEventListener("pointerdown", (event) => {
      const [px, v] = spot(event), j = names().findIndex((_, n) => Math.abs(x(n) - px) < 14);
      if (j >= 0 && event.pointerType !== "touch") // a finger scrolls, and has the sliders
        { from = [key(names()[j]), Math.min(1, Math.max(0, v))]; event.preventDefault(); }
    });
    addEventListener("pointermove", (event) => { if (from) { const v = Math.min(1, Math.max(0, spot(event)[1])); limit(from[0], Math.min(from[1], v), Math.max(from[1], v)); } });
    addEventListener("pointerup", (event) => { if (from && Math.abs(spot(event)[1] - from[1]) < 0.02) limit(from[0], 0, 1); from = null; });
    box.hidden = false;
    draw();
  }

  document.querySelectorAll(".design").forEach(start);
})();
