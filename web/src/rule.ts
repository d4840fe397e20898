// The text of a rule, coloured a little, each line with its number.
import { h } from "./dom";

const TOKEN = /(#.*$)|("""[\s\S]*?"""|'[^'\n]*'|"[^"\n]*")|\b(def|if|else|elif|for|in|while|return|and|or|not|is|None|True|False|continue|break)\b|\b(me|seen|here|society|people|p|luck|tally|rate|ties|grid)(?=\.)/gm;

export function highlight(text: string, first: number): HTMLElement {
  const lines = text.split("\n").map((line, k) => {
    const row = h("span", { "data-line": String(first + k) });
    let at = 0;
    for (const m of line.matchAll(TOKEN)) {
      row.append(line.slice(at, m.index));
      row.append(h("span", { className: m[1] ? "comment" : m[2] ? "text" : m[3] ? "word" : "root" }, m[0]));
      at = m.index! + m[0].length;
    }
    row.append(line.slice(at) + "\n");
    return row;
  });
  return h("pre", { tabIndex: 0 }, h("code", {}, lines));
}
