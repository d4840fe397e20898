// The text below the picture: the rule as it runs, limits, keys.
import { h } from "./dom";
import type { Meta } from "./engine";
import { highlight } from "./rule";

export function ruleText(t: Meta["theory"]): HTMLElement {
  return h("div", {}, h("section", {}, h("h2", {}, t.form === "rule" ? "The rule, as it runs" : t.form === "flow" ? "The equations, as they run" : "One step, as it runs"),
    t.equations ? h("p", { className: "equations" }, t.equations.trim()) : null,
    t.rules.map((r) => h("figure", {}, h("figcaption", {}, `${r.name}${r.file ? `, ${r.file}, line ${r.line}` : ""}`), highlight(r.text, r.line)))));
}

export function about(t: Meta["theory"]): HTMLElement {
  const plain = (title: string, items: string[]) => (items.length ? h("section", {}, h("h2", {}, title), h("ul", { className: "plain" }, items.map((x) => h("li", {}, x)))) : null);
  return h("div", {},
    plain("Where this departs from its source", t.deviations), plain("What it cannot do", t.limits),
    h("section", {}, h("h2", {}, "Keys"), h("p", { className: "note" }, h("kbd", {}, "space"), " play or pause, ", h("kbd", {}, "←"), " ", h("kbd", {}, "→"), " one step, ", h("kbd", {}, "Home"), " ", h("kbd", {}, "End"), " first and last, ", h("kbd", {}, "t"), " twin, ", h("kbd", {}, "d"), " next way of drawing twins, ", h("kbd", {}, "c"), " next colouring, ", h("kbd", {}, "r"), " reset.")));
}
