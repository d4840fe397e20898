// Elements without a framework.
type Child = Node | string | null | undefined | false | Child[];
type Props = Record<string, any>;

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== "list" && name !== "role" && !name.startsWith("aria")) (made as any)[name] = value;
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  const add = (c: Child): void => { if (Array.isArray(c)) c.forEach(add); else if (c !== null && c !== undefined && c !== false) made.append(c); };
  children.forEach(add);
  return made;
}

let count = 0;
export const unique = (stem: string): string => `${stem}-${++count}`;
export const words = (name: string): string => name.replace(/_/g, " ");
export const sentence = (text: string): string => (text ? text[0].toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? "" : ".") : "");
