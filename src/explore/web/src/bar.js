// State and variables → the bar: which gradient, in which form, by which convention.
import { html } from "lit-html";
import { pretty } from "./shape.js";
import { words } from "./words.js";

/** Variables beyond which the gradient is typed instead of picked from a list. */
const MANY = 120;

export const FORMS = ["product", "layered", "per-sample", "chain", "intuitive"];

export function bar(state, { variables, chosen, biases }, { choose, setBiases }) {
  const { bar: said } = words;
  // Unless it is chosen here, the spec says it.
  const layout = state.layout ?? (/^\s*layout\s+columns\b/m.test(state.spec) ? "columns" : "rows");
  const toggle = (label, title, on, change) => html`
    <button type="button" class="switch" aria-pressed=${on} title=${title} @click=${change}>${label}</button>`;
  return html`
    <label class="gradient"><span>${said.gradient}</span>
      ${variables.length > MANY ? typed(variables, chosen, choose) : list(variables, chosen, choose)}
    </label>
    <div class="segments" role="radiogroup" aria-label=${said.form}>
      ${FORMS.map((form) => radio(form === state.form, said.forms[form], said.formsSaid[form], () => choose({ form, step: null })))}
    </div>
    <div class="switches">
      ${toggle(said.expand, said.expandSaid, state.expand, () => choose({ expand: !state.expand, step: null }))}
      ${toggle(said.paths, said.pathsSaid, state.paths, () => choose({ paths: !state.paths, step: null }))}
      ${toggle(said.biases, said.biasesSaid, biases, () => setBiases(!biases))}
    </div>
    <div class="segments" role="radiogroup" aria-label=${said.layout}>
      <span class="segments-label">${said.layout}</span>
      ${radio(layout === "rows", said.rows, said.rowsSaid, () => choose({ layout: "rows" }))}
      ${radio(layout === "columns", said.columns, said.columnsSaid, () => choose({ layout: "columns" }))}
    </div>`;
}

/** One of several; arrows move inside the group, which is one stop of Tab. */
export function radio(on, label, title, press) {
  return html`<button type="button" role="radio" aria-checked=${on} tabindex=${on ? 0 : -1} title=${title}
    @click=${press} @keydown=${rove}>${label}</button>`;
}

/** The arrow keys inside a group of radio buttons or tabs. */
export function rove(event) {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!by) return;
  const { currentTarget: now } = event;
  const all = now.closest("[role=tablist], [role=radiogroup]").querySelectorAll(`[role=${now.getAttribute("role")}]`);
  const group = [...all].filter((one) => one.offsetParent !== null);
  const next = group[(group.indexOf(now) + by + group.length) % group.length];
  next.focus();
  next.click();
  event.preventDefault();
}

function groups(variables) {
  const kinds = new Map(Object.keys(words.bar.kinds).map((kind) => [kind, []]));
  for (const variable of variables) kinds.get(variable.kind)?.push(variable);
  return [...kinds].filter(([, of]) => of.length > 0);
}

function list(variables, chosen, choose) {
  const change = (event) => choose({ wrt: event.target.value, step: null });
  return html`<select id="wrt" @change=${change} .value=${chosen ?? ""}>
    ${groups(variables).map(
      ([kind, of]) => html`<optgroup label=${words.bar.kinds[kind]}>
        ${of.map(({ key, text, shape }) => html`<option value=${key} ?selected=${key === chosen}>${text}  (${pretty(shape)})</option>`)}
      </optgroup>`,
    )}
  </select>`;
}

function typed(variables, chosen, choose) {
  const change = (event) => {
    const wanted = event.target.value.trim();
    const variable = variables.find(({ key, text }) => key === wanted || text === wanted);
    if (variable) choose({ wrt: variable.key, step: null });
    else event.target.value = chosen ?? "";
  };
  const some = [...variables.slice(0, MANY / 2), ...variables.slice(-MANY / 2)];
  return html`<input id="wrt" list="variables" .value=${chosen ?? ""} placeholder=${words.bar.typed} @change=${change}>
    <datalist id="variables">${some.map(({ key, shape }) => html`<option value=${key}>${shape}</option>`)}</datalist>`;
}
