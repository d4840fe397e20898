// One ES module for a file, a server and a notebook.
import { App, type Options } from "./app";
import Work from "./worker?worker&inline";
import "./styles.css";

import * as pageEngine from "./engine";
export { pageEngine as engine, type Options };

/** Put the page of a theory into an element. */
export function mount(root: HTMLElement, packed: any, options: Partial<Options> = {}): App | null {
  if (typeof WebAssembly === "undefined" || typeof DecompressionStream === "undefined") {
    root.textContent = "This page needs a browser with WebAssembly and DecompressionStream: Chrome or Edge from 103, Firefox from 113, Safari from 16.4.";
    return null;
  }
  return new App(root, packed, { base: "", address: true, worker: () => new Work(), ...options });
}

/** The widget of a notebook (see https://anywidget.dev): sliders are read and set from Python. */
function render({ model, el }: { model: any; el: HTMLElement }): () => void {
  const root = document.createElement("div");
  el.append(root);
  // A notebook in command mode takes plain keys for its own (arrows; "d" twice deletes the cell), so they end here.
  root.addEventListener("keydown", (e) => { if (!e.ctrlKey && !e.metaKey && !e.altKey && e.key !== "Escape" && !(e.shiftKey && e.key === "Enter")) e.stopPropagation(); });
  const app = mount(root, JSON.parse(model.get("bundle")), {
    address: false,
    onChange: (s) => { model.set("params", { ...s.params }); model.set("seed", Number(s.seed)); model.save_changes(); },
  });
  const follow = () => {
    const wanted = model.get("params") as Record<string, number>;
    if (app && Object.entries(wanted).some(([k, v]) => app.state.params[k] !== v)) app.set(wanted);
  };
  model.on("change:params", follow);
  return () => { model.off("change:params", follow); app?.close(); };
}

export default { render };

(globalThis as any).groundswellExplorer = { mount, engine: pageEngine };
