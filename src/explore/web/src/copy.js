// A text → the clipboard; where the browser refuses, a box with the text marked.
import { words } from "./words.js";

/** What each entry of the menu copies. */
export function textOf(what, { formula, graph, link }) {
  switch (what) {
    case "latex":
    case "typst":
    case "text":
      return formula?.[what] ?? null;
    case "svg":
      return graph?.svg ?? null;
    case "link":
      return link;
    default:
      return null;
  }
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    byHand(text);
    return false;
  }
}

function byHand(text) {
  const dialog = document.createElement("dialog");
  dialog.className = "by-hand";
  const said = document.createElement("p");
  said.textContent = words.copy.byHand;
  const area = document.createElement("textarea");
  area.readOnly = true;
  area.rows = 12;
  area.value = text;
  area.setAttribute("aria-label", words.head.copy);
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = words.copy.close;
  close.addEventListener("click", () => dialog.close());
  dialog.append(said, area, close);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  area.select();
}
