// Controls: a choice, a slider with its number, and a number that is checked.
import { format } from "./chart";
import { h, unique } from "./dom";

export function select(label: string, options: string[], chosen: number, then: (k: number) => void): HTMLElement {
  const id = unique("select");
  const made = h("select", { id, onchange: (e: any) => then(e.target.selectedIndex) }, options.map((o) => h("option", {}, o)));
  made.selectedIndex = Math.max(0, chosen);
  return h("span", { className: "choice" }, h("label", { htmlFor: id, className: "note" }, label), made);
}

export function dial(label: string, value: number, from: number, to: number, step: number, set: (v: number) => void, taken = (v: number) => v): HTMLElement {
  const id = unique("d"), out = h("output", { htmlFor: id as any }, format(value));
  const range = h("input", { id, type: "range", min: String(from), max: String(to), step: String(step), oninput: (e: any) => { const v = Number(e.target.value); out.textContent = format(taken(v)); set(v); } });
  range.value = String(value);
  return h("div", { className: "lever" }, h("div", { className: "top" }, h("label", { htmlFor: id }, label), out), range);
}

/** A number; `set` says what was expected instead, or nothing. */
export function field(label: string, value: number, disabled: boolean, set: (x: number) => string, say: (text: string) => void): HTMLElement {
  const id = unique("f"), input = h("input", { id, type: "number", className: "value", step: "any", value: String(value), disabled });
  input.addEventListener("change", () => {
    const wrong = input.value.trim() === "" ? "a number" : set(Number(input.value));
    if (wrong) { input.setAttribute("aria-invalid", "true"); say(`${label} = ${input.value || "nothing"}; expected ${wrong}.`); } else { input.removeAttribute("aria-invalid"); say(""); }
  });
  return h("div", { className: "lever" }, h("div", { className: "top" }, h("label", { htmlFor: id }, label), input));
}
