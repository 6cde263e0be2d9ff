// The steps to the chosen gradient → the slider with its play button, and the list of steps in words.
import { html, nothing } from "lit-html";
import { engine } from "./engine.js";
import { pretty } from "./shape.js";
import { words } from "./words.js";

/** How long the play button shows a step, in milliseconds. */
const PACE = 900;

/** Slider and buttons. */
export function stepper(state, steps, formula, none, { go, play, playing }) {
  return html`${slider(state, steps, none, { go, play, playing })} ${exactness(formula)}`;
}

function exactness(formula) {
  if (!formula?.text) return nothing;
  const { formula: said } = words;
  const [name, title] = formula.exact ? ["exact", said.exactSaid] : ["approximate", said.approximateSaid];
  return html`<span class="exactness ${name}" title=${title}>${said[name]}</span>`;
}

function slider(state, steps, none, { go, play, playing }) {
  const { stepper: said } = words;
  const count = steps?.length ?? 0;
  if (count === 0) return html`<p class="steps-none">${steps ? (none ?? said.none) : ""}</p>`;
  const at = state.step === null ? count : Math.min(state.step, count);
  const button = (label, sign, press, disabled = false) => html`
    <button type="button" class="round" aria-label=${label} title=${label} ?disabled=${disabled} @click=${press}>${sign}</button>`;
  return html`
    ${button(playing ? said.pause : said.play, playing ? "❚❚" : "▶", play)}
    ${button(said.back, "‹", () => go(at - 1), at <= 1)}
    <input type="range" min="1" max=${count} step="1" .value=${String(at)} aria-label=${said.label}
      aria-valuetext=${said.of(at, count)} @input=${(event) => go(Number(event.target.value), false)}
      @change=${(event) => go(Number(event.target.value))}>
    ${button(said.on, "›", () => go(at + 1), at >= count && state.step !== null)}
    <span class="count">${state.step === null ? said.idle(count) : said.of(at, count)}</span>
    ${state.step === null ? nothing : html`<button type="button" class="quiet" @click=${() => go(null)}>${said.whole}</button>`}`;
}

/** The steps in words; a click goes there. */
export function list(state, steps, go) {
  if (!steps) return nothing;
  return html`<ol class="steps">
    ${steps.map(
      (step, at) => html`<li class=${at + 1 === state.step ? "now" : ""}>
        <button type="button" class="step-number" aria-label=${words.stepper.of(at + 1, steps.length)}
          aria-current=${at + 1 === state.step ? "step" : nothing} @click=${() => go(at + 1)}>${at + 1}</button>
        <div class="step-text">
          <div>${engine(step.said)}</div>
          ${step.mathml ? html`<div class="equations-box">${engine(step.mathml)}</div>` : nothing}
        </div>
        ${step.shape ? html`<span class="step-shape">${pretty(step.shape)}</span>` : nothing}
      </li>`,
    )}
  </ol>`;
}

/** What a step has reached: the factors and places of all steps up to it, and those that it adds. */
export function reached(steps, step) {
  if (!steps || step === null) return null;
  const upTo = steps.slice(0, step);
  const last = upTo.at(-1);
  return {
    factors: new Set(upTo.flatMap(({ adds }) => adds)),
    places: new Set(upTo.flatMap(({ places }) => places)),
    newFactors: new Set(last?.adds ?? []),
    newPlaces: new Set(last?.places ?? []),
  };
}

/** Plays from a step on; `tick()` goes one on and says whether there is more. */
export class Player {
  #timer = null;

  get playing() {
    return this.#timer !== null;
  }

  start(tick) {
    this.stop();
    this.#timer = setInterval(() => tick() || this.stop(), PACE);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
