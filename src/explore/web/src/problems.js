// Messages about the spec → the list below the editor, each with its repair as a button.
import { html, nothing } from "lit-html";
import { words } from "./words.js";

/** How many are told in full. */
const SHOWN = 3;

/** Why there is no answer; it stays until there is one. */
export function unanswered(line, kept) {
  return html`<ul><li class="error"><p class="title">${withCode(line)}</p></li></ul>
    ${kept ? html`<p class="kept">${words.server.kept}</p>` : nothing}`;
}

export function problems(diagnostics, kept, { repair, goto }) {
  if (diagnostics.length === 0) return nothing;
  const { editor: said } = words;
  const hidden = diagnostics.length - SHOWN;
  return html`
    <ul>${diagnostics.slice(0, SHOWN).map((diagnostic) => problem(diagnostic, repair, goto))}</ul>
    ${hidden > 0 ? html`<p class="also">${said.also(hidden)}</p>` : nothing}
    ${kept ? html`<p class="kept">${said.kept}</p>` : nothing}`;
}

function problem({ severity, title, help, notes, labels, repairs }, repair, goto) {
  const fault = labels.find(({ fault }) => fault) ?? labels[0];
  return html`<li class=${severity}>
    <p class="title">${fault ? html`<button type="button" class="place" @click=${() => goto(fault)}>${withCode(title)}</button>` : withCode(title)}</p>
    ${labels.filter(({ text }) => text).map(({ text }) => html`<p class="note">${text}</p>`)}
    ${help ? html`<p class="help">${withCode(help)}</p>` : nothing}
    ${repairs.length > 0 ? html`<button type="button" class="repair" @click=${() => repair(repairs)}>${words.editor.apply} <kbd>Alt-Enter</kbd></button>` : nothing}
    ${notes.map((note) => html`<p class="note">${note}</p>`)}
  </li>`;
}

/** A message as a sentence: what is not so, and what to do. */
export function sentence({ title, help }) {
  const whole = help ? `${title}: ${help}` : title;
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}${whole.endsWith(".") ? "" : "."}`;
}

/** Words of the language stand between backticks. */
export function withCode(text) {
  return text.split(/`([^`]*)`/).map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part));
}
