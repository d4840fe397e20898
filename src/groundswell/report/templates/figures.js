// Interactive plots: hover for values, click a name in the legend to hide its series, drag across to zoom, double-click
// to reset. Without this script the plots are static, and nothing else is lost. Tables wider than the page can be
// scrolled from the keyboard.
(() => {
  const hues = JSON.parse(document.documentElement.dataset.colours || "{}"), roles = Object.fromEntries(Object.entries(hues).map(([role, colour]) => [colour, role]));
  const place = (g) => { const m = /translate\(([-\d.e]+)[, ]([-\d.e]+)\)/.exec(g.getAttribute("transform") || ""); return m ? [Number(m[1]), Number(m[2])] : [0, 0]; };
  const number = (text) => { const t = text.replace(/[−–]/g, "-").replace(/[,  ]/g, "").replace(/%$/, ""), f = /^(-?[\d.]+)\/([\d.]+)$/.exec(t); return f ? f[1] / f[2] : t === "" ? NaN : Number(t); };
  const short = (v) => { const a = Math.abs(v); return (a >= 1e6 || (a > 0 && a < 1e-3) ? v.toExponential(1) : a >= 1000 ? Math.round(v).toLocaleString("en") : String(Number(v.toPrecision(3)))).replace(/-/g, "−"); };
  const day = (v) => new Date(v).toISOString().slice(0, 10);

  /** From a pixel to a value, by the labels of an axis (0: x, 1: y); none where these are no numbers. */
  function scale(svg, axis) {
    for (const group of svg.querySelectorAll(".role-axis-label")) {
      const all = [...group.querySelectorAll("text")].map((t) => [place(t)[axis], place(t)[1 - axis], number(t.textContent), t.textContent.endsWith("%")]);
      if (all.length < 2 || all.some((t) => !Number.isFinite(t[2])) || Math.abs(all[0][0] - all[all.length - 1][0]) < 1 || Math.abs(all[0][1] - all[all.length - 1][1]) > 1) continue;
      const [a, b] = [all[0], all[all.length - 1]], m = all[Math.floor(all.length / 2)], near = (x) => Math.abs(x - m[2]);
      const straight = a[2] + ((b[2] - a[2]) * (m[0] - a[0])) / (b[0] - a[0]), bent = a[2] > 0 && b[2] > 0 ? Math.exp(Math.log(a[2]) + (Math.log(b[2] / a[2]) * (m[0] - a[0])) / (b[0] - a[0])) : NaN;
      const log = all.length > 2 && near(bent) < near(straight);
      return (p) => { const s = (p - a[0]) / (b[0] - a[0]); return short(log ? a[2] * (b[2] / a[2]) ** s : a[2] + s * (b[2] - a[2])) + (a[3] ? "%" : ""); };
    }
    return null;
  }

  const points = (path) => [...(path.getAttribute("d") || "").matchAll(/[ML]?(-?[\d.]+(?:e-?\d+)?),(-?[\d.]+(?:e-?\d+)?)/g)].map((m) => [Number(m[1]), Number(m[2])]);

  function start(svg) {
    const figure = svg.closest("figure"), root = svg.querySelector(".root > g");
    if (!figure || !root) return;
    const marks = [...root.querySelectorAll(".role-mark")], lines = marks.filter((g) => g.classList.contains("mark-line"));
    const series = lines.flatMap((g) => [...g.querySelectorAll("path")]).map((path) => ({ path, points: points(path), stroke: path.getAttribute("stroke") })).filter((s) => s.points.length > 1);
    const dots = marks.filter((g) => g.classList.contains("mark-symbol")).flatMap((g) => [...g.querySelectorAll("path")]).map((path) => ({ path, at: place(path), stroke: path.getAttribute("stroke") || path.getAttribute("fill") }));
    if (!series.length && !dots.length) return;
    const names = [...figure.querySelectorAll(".legend li")].map((li) => ({ li, colour: hues[li.className.split(" ").find((c) => c in hues)], dash: /line-(\d)/.exec(li.className)?.[1] ?? null }));
    const dashOf = (s) => (s.path.getAttribute("stroke-dasharray") || "").replace(/\s/g, "");
    const dashes = { "": "0", "1,0": "0", "6,3": "1", "2,3": "2", "8,3,2,3": "3" };
    const named = (s) => names.find((n) => n.colour === s.stroke && (n.dash === null || s.at || n.dash === (dashes[dashOf(s)] ?? "0")));
    const all = series.flatMap((s) => s.points.map((p) => p[0])), low = Math.min(...all), high = Math.max(...all);
    const stated = (svg.dataset.x || "").split(",").map(Number), time = svg.dataset.time !== undefined;
    const ofX = svg.dataset.x && high > low ? (p) => { const v = stated[0] + ((p - low) / (high - low)) * (stated[1] - stated[0]); return time ? day(v) : short(v); } : scale(svg, 0);
    const ofY = scale(svg, 1), hidden = new Set();
    const tip = document.createElement("div"), holder = svg.parentElement;
    tip.className = "tip"; tip.hidden = true; holder.style.position = "relative"; holder.append(tip);
    const rule = document.createElementNS("http://www.w3.org/2000/svg", "line");
    rule.setAttribute("class", "cross"); root.append(rule);
    let zoom = [0, 1], width = 1;
    const frame = () => { const grid = [...svg.querySelectorAll(".role-axis-grid line")].map((l) => Math.abs(Number(l.getAttribute("x2") || 0))); width = Math.max(high, ...grid, 1); };
    frame();
    const moved = (x) => ((x / width - zoom[0]) / (zoom[1] - zoom[0])) * width, back = (x) => (zoom[0] + (x / width) * (zoom[1] - zoom[0])) * width;

    /** Everything that is drawn over x, moved to where the zoom puts it. */
    function redraw() {
      const clip = `${svg.id || (svg.id = `plot${Math.round(1e9 * Math.random())}`)}-zoom`;
      if (!svg.querySelector(`[id="${clip}"]`)) svg.insertAdjacentHTML("afterbegin", `<clipPath id="${clip}"><rect x="-4" y="-20" width="${width + 8}" height="2000"/></clipPath>`);
      for (const g of [...marks, ...svg.querySelectorAll(".role-axis-grid, .role-axis-tick, .role-axis-label")]) {
        if (g.classList.contains("role-mark")) g.setAttribute("clip-path", `url(#${clip})`);
        const upright = [...g.children].some((x) => place(x)[0] !== place(g.children[0])[0]);
        if (!g.classList.contains("role-mark") && !upright) continue; // an axis of y
        for (const x of g.children) {
          x.dataset.was ??= x.tagName === "path" && g.matches(".mark-line, .mark-area") ? x.getAttribute("d") : x.getAttribute("transform") || "";
          if (x.tagName === "path" && g.matches(".mark-line, .mark-area")) { x.setAttribute("d", x.dataset.was.replace(/(-?[\d.]+(?:e-?\d+)?),(-?[\d.]+(?:e-?\d+)?)/g, (_, a, b) => `${moved(Number(a)).toFixed(2)},${b}`)); continue; }
          if (x.tagName === "line" && Math.abs(Number(x.getAttribute("x2") || 0)) > 1) continue; // across
          const m = /translate\(([-\d.e]+)[, ]([-\d.e]+)\)/.exec(x.dataset.was);
          if (!m) continue;
          const to = moved(Number(m[1]));
          x.setAttribute("transform", `translate(${to.toFixed(2)},${m[2]})`);
          if (!g.classList.contains("role-mark")) x.style.display = to < -1 || to > width + 1 ? "none" : "";
        }
      }
      rule.style.display = "none";
    }

    function show(event) {
      const box = svg.getBoundingClientRect(), origin = root.getScreenCTM(), x = back((event.clientX - origin.e) / origin.a), y = (event.clientY - origin.f) / origin.d;
      const rows = [];
      let at = null;
      if (series.length) {
        const seen = series.filter((s) => !hidden.has(named(s)));
        for (const s of seen) for (const p of s.points) if (at === null || Math.abs(p[0] - x) < Math.abs(at - x)) at = p[0];
        if (at !== null) for (const s of seen) { const p = s.points.find((q) => Math.abs(q[0] - at) < 0.51); if (p) rows.push([named(s)?.li.textContent ?? "", ofY ? ofY(p[1]) : "", s.stroke]); }
      } else {
        let near = 30;
        for (const d of dots) { const away = Math.hypot(d.at[0] - x, (d.at[1] - y) * 1.5); if (!hidden.has(named(d)) && away < near) { near = away; rows[0] = [named(d)?.li.textContent ?? "", [ofX?.(d.at[0]), ofY?.(d.at[1])].filter(Boolean).join("; "), d.stroke]; } }
      }
      tip.hidden = !rows.length || !rows.some((r) => r[1]);
      if (tip.hidden) { rule.style.display = "none"; return; }
      tip.replaceChildren();
      if (at !== null && ofX) { const b = document.createElement("b"); b.textContent = ofX(at); tip.append(b); }
      for (const [name, value, colour] of rows.slice(0, 8)) { const p = document.createElement("p"), i = document.createElement("i"); i.style.background = roles[colour] ? `var(--${roles[colour]})` : colour; p.append(i, `${name ? `${name}: ` : ""}${value}`); tip.append(p); }
      const left = event.clientX - holder.getBoundingClientRect().left;
      tip.style.top = `${event.clientY - holder.getBoundingClientRect().top + 14}px`;
      tip.style.left = left > box.width / 2 ? "auto" : `${left + 12}px`; tip.style.right = left > box.width / 2 ? `${holder.clientWidth - left + 12}px` : "auto";
      if (at !== null) { const h = root.getBBox().height; rule.style.display = ""; for (const [k, v] of [["x1", moved(at)], ["x2", moved(at)], ["y1", 0], ["y2", Math.max(0, h - 26)]]) rule.setAttribute(k, v); }
    }

    let down = null;
    svg.addEventListener("pointerdown", (e) => { if (e.pointerType === "mouse" && series.length) down = (e.clientX - root.getScreenCTM().e) / root.getScreenCTM().a; });
    svg.addEventListener("pointermove", show);
    svg.addEventListener("pointerleave", () => { tip.hidden = true; rule.style.display = "none"; });
    addEventListener("pointerup", (e) => {
      if (down === null) return;
      const to = (e.clientX - root.getScreenCTM().e) / root.getScreenCTM().a, [a, b] = [back(Math.max(0, Math.min(down, to))) / width, back(Math.min(width, Math.max(down, to))) / width];
      down = null;
      if ((b - a) / (zoom[1] - zoom[0]) > 0.04) { zoom = [a, b]; redraw(); again.hidden = false; }
    });
    const again = document.createElement("button");
    again.type = "button"; again.className = "again"; again.textContent = "show all"; again.hidden = true;
    const whole = () => { zoom = [0, 1]; redraw(); again.hidden = true; };
    again.addEventListener("click", whole); svg.addEventListener("dblclick", whole); holder.append(again);
    const toggle = (n, off) => {
      if (off) hidden.add(n); else hidden.delete(n);
      n.li.classList.toggle("off", off); n.li.querySelector("button").setAttribute("aria-pressed", String(!off));
      for (const s of [...series, ...dots]) if (named(s) === n) s.path.style.display = off ? "none" : "";
      if (names.find((m) => m.colour === n.colour) === n) for (const g of marks) if (g.matches(".mark-area")) for (const x of g.children) if (x.getAttribute("fill") === n.colour) x.style.display = off ? "none" : ""; // a band is of the first of its colour
    };
    if (names.length > 1) for (const n of names) {
      if (n.li.toggles) { n.li.toggles.push((off) => toggle(n, off)); continue; } // a narrow and a wide drawing share a legend
      n.li.toggles = [(off) => toggle(n, off)];
      const button = document.createElement("button");
      button.type = "button"; button.title = "hide or show"; button.setAttribute("aria-pressed", "true");
      button.append(...n.li.childNodes); n.li.append(button);
      n.li.addEventListener("click", () => { const off = !n.li.classList.contains("off"); n.li.toggles.forEach((t) => t(off)); });
    }
    addEventListener("beforeprint", () => { if (!again.hidden) whole(); names.forEach((n) => n.li.toggles?.forEach((t) => t(false))); });
  }

  document.querySelectorAll("figure svg.plot").forEach(start);

  // Folded parts open when a link leads into them, or all at once by the page's button, if it has one.
  const reach = () => { const at = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1))); for (let x = at || null; x; x = x.parentElement) if (x.tagName === "DETAILS") x.open = true; if (at) { at.querySelector(":scope > details")?.setAttribute("open", ""); at.scrollIntoView(); } };
  addEventListener("hashchange", reach); reach();
  const unfold = document.getElementById("unfold");
  unfold?.addEventListener("click", () => { const all = [...document.querySelectorAll("main details")], open = all.some((x) => !x.open); for (const x of all) x.open = open; unfold.textContent = open ? "Close all details" : "Open all details"; });

  /** A table wider than its frame is scrolled from the keyboard too, and the frame says what it holds. */
  function tend(frame) {
    const scrolls = frame.scrollWidth > frame.clientWidth, label = frame.querySelector("caption")?.textContent.trim() || "a table";
    for (const [name, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", label]]) if (scrolls) frame.setAttribute(name, value); else frame.removeAttribute(name);
  }
  const frames = document.querySelectorAll(".scroll:not([tabindex])"), watch = new ResizeObserver((all) => all.forEach((x) => tend(x.target)));
  for (const frame of frames) { tend(frame); watch.observe(frame); }
})();
