// What the page can do as a whole → its head: templates, undo, copy, colours, help.
import { html, nothing } from "lit-html";
import { words } from "./words.js";

export const THEMES = ["auto", "light", "dark"];

export function head({ templates, canUndo, canRedo, theme }, actions) {
  const { head: said } = words;
  const button = (label, sign, press, disabled = false) => html`
    <button type="button" class="round" aria-label=${label} title=${label} ?disabled=${disabled} @click=${press}>${sign}</button>`;
  return html`
    <h1><span class="sign" aria-hidden="true">∂</span>chainrule</h1>
    <p class="claim">${said.claim}</p>
    <nav>
      ${menu(said.templates, "templates", templates.map(({ name, title, spec }) => [name, title, () => actions.template(spec)]))}
      ${menu(said.copy, "copy", [
        ...["latex", "typst", "text", "svg", "link"].map((what) => [what, words.copy[what], () => actions.copy(what)]),
        ["report", said.save, actions.save],
      ])}
      ${button(said.undo, "↶", actions.undo, !canUndo)}
      ${button(said.redo, "↷", actions.redo, !canRedo)}
      ${button(`${words.theme.label}: ${words.theme[theme]}`, { auto: "◐", light: "☀", dark: "☾" }[theme], actions.theme)}
      ${button(said.help, "?", () => actions.explain(null))}
    </nav>`;
}

function menu(label, name, entries) {
  if (entries.length === 0) return nothing;
  const press = (act) => (event) => {
    event.currentTarget.closest("details").open = false;
    act();
  };
  return html`<details class="menu" data-menu=${name}>
    <summary>${label}</summary>
    <ul @keydown=${walk}>${entries.map(([key, text, act]) => html`<li><button type="button" data-entry=${key} @click=${press(act)}>${text}</button></li>`)}</ul>
  </details>`;
}

/** The arrow keys inside an open menu. */
function walk(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  const all = [...event.currentTarget.querySelectorAll("button")];
  all[(all.indexOf(event.target) + by + all.length) % all.length].focus();
  event.preventDefault();
}

/** Closes open menus; says whether one was. */
export function closeMenus(except = null) {
  let closed = false;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu === except) continue;
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    closed = true;
  }
  return closed;
}
