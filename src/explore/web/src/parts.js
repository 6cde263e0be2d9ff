// The answer's parts → tabs, of which one is shown; what it needs is asked for only then.
import { html, noChange, nothing } from "lit-html";
import { radio, rove } from "./bar.js";
import { engine } from "./engine.js";
import { sentence, withCode } from "./problems.js";
import { list } from "./steps.js";
import { units } from "./units.js";
import { words } from "./words.js";

/** The parts of the server's contract that a view needs, in groups: of a narrow page one group is shown at a time. */
const GROUPS = {
  derivation: { steps: ["steps"], why: ["why"], verify: ["verify"] },
  formulas: { all: ["all"], general: ["general"], signs: [] },
  insight: { units: ["units"], influence: ["influence"], flow: ["summary", "flow"] },
};

export const NEEDS = Object.assign({}, ...Object.values(GROUPS));

const TOPICS = { steps: "steps", why: "steps", all: "product", units: "units", influence: "product", flow: "flow", verify: "steps", general: "forms", signs: "product" };

/** The tabs, and the view that is chosen; while it is out of sight it is left as it is, and takes no time from what is seen. */
export function parts(state, page, actions) {
  const { parts: said } = words;
  const tab = (view) => html`<button type="button" role="tab" id="tab-${view}" aria-selected=${view === state.view}
    aria-controls="panel" tabindex=${view === state.view ? 0 : -1} @click=${() => actions.choose({ view })} @keydown=${rove}
    >${said.views[view]}</button>`;
  const open = (of) => state.view in GROUPS[of];
  const group = (of) => radio(open(of), said.groups[of], said.groupsSaid[of], () => actions.choose({ view: Object.keys(GROUPS[of])[0] }));
  const tabs = (of) => html`<div role="presentation" class=${open(of) ? "open" : ""}>${Object.keys(GROUPS[of]).map(tab)}</div>`;
  return html`
    <div class="segments groups" role="radiogroup" aria-label=${said.groupsLabel}>${Object.keys(GROUPS).map(group)}</div>
    <div class="tabs" role="tablist" aria-label=${said.label}>${Object.keys(GROUPS).map(tabs)}</div>
    <div id="panel" role="tabpanel" aria-labelledby="tab-${state.view}" tabindex="0" data-view=${state.view}>
      <p class="said">${said.said[state.view]}
        <button type="button" class="quiet" @click=${() => actions.explain(TOPICS[state.view])}>${said.explain}</button></p>
      ${drawn(state, page, actions)}
      ${page.partsSeen ? panel(state, page, actions) : noChange}
    </div>`;
}

/** Where the numbers come from, for views that rest on numbers. */
function drawn(state, page, { choose }) {
  const { parts: said } = words;
  if (!["units", "flow"].includes(state.view)) return nothing;
  const inits = html`<label>${said.drawn}
    <select @change=${(event) => choose({ init: event.target.value })} .value=${state.init ?? said.inits[0]}>
      ${said.inits.map((init) => html`<option value=${init} ?selected=${init === (state.init ?? said.inits[0])}>${init}</option>`)}
    </select></label>`;
  const seed = html`<label>${said.seed}
    <input type="number" min="0" max="999999999" .value=${String(state.seed)} @change=${(event) => choose({ seed: Math.max(0, Math.trunc(event.target.valueAsNumber || 0)) })}></label>`;
  return html`<div class="drawn">${page.hasData ? nothing : html`${inits}${seed}`}<span>${page.numbers ?? ""}</span></div>`;
}

function panel(state, page, actions) {
  const { parts: said } = words;
  const refused = NEEDS[state.view].flatMap((part) => page.refused.get(part) ?? []);
  const why = refused.map((message) => html`<p class="refused">${withCode(sentence(message))}</p>`);
  const have = NEEDS[state.view].map((part) => page.parts.get(part)).filter(Boolean);
  if (state.view === "signs") return page.formula ? html`<div class="engine">${engine(page.formula.notes)}</div>` : nothing;
  if (have.length === 0) return why.length > 0 ? why : html`<p class="waiting">${said.waiting}</p>`;
  const content = {
    steps: () => list(state, page.parts.get("steps"), actions.go),
    units: () => units(page.parts.get("units"), state, actions),
    verify: () => verification(page.parts.get("verify")),
  }[state.view];
  const section = (part) => html`<div class="engine">${engine(page.parts.get(part).html, part === "summary" ? verdicts : undefined)}</div>`;
  return html`${why}${content ? content() : NEEDS[state.view].filter((part) => page.parts.has(part)).map(section)}`;
}

/** Without the list of the command's parts, which are the tabs here. */
function verdicts(nodes) {
  const list = nodes.findIndex((node) => node.classList?.contains("table"));
  return list < 0 ? nodes : nodes.slice(0, list);
}

function verification({ holds, said, html: markup }) {
  return html`<p class="verdict ${holds ? "holds" : "fails"}">${said}</p><div class="engine">${engine(markup)}</div>`;
}
