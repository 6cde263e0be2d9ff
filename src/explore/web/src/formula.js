// The chosen gradient as MathML of the engine → the large formula, whose factors can be pointed at, tapped and walked through.
import { sentence } from "./problems.js";
import { fill } from "./safe.js";
import { pretty } from "./shape.js";
import { words } from "./words.js";

export class FormulaView {
  #host;
  #spotlight;
  #mathml = null;
  #factors = [];
  #elements = [];
  #at = 0;

  constructor(host, spotlight) {
    this.#host = host;
    this.#spotlight = spotlight;
    host.addEventListener("pointerover", (event) => event.pointerType === "mouse" && this.#point(event.target));
    host.addEventListener("pointerleave", () => spotlight.point(null));
    host.addEventListener("focusin", (event) => this.#point(event.target));
    host.addEventListener("focusout", () => spotlight.point(null));
    host.addEventListener("click", (event) => {
      const at = placeOf(event.target);
      if (at !== null) spotlight.pin({ factor: at });
    });
    host.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Shows a formula; one that is shown already stays. */
  show(formula) {
    if (formula.mathml === this.#mathml) return;
    this.#mathml = formula.mathml;
    this.#factors = formula.factors;
    fill(this.#host, formula.mathml);
    this.#host.querySelector("math")?.setAttribute("role", "group");
    this.#host.querySelector("math")?.setAttribute("aria-label", words.formula.label(formula.text));
    for (const element of this.#host.querySelectorAll("[tabindex]")) element.removeAttribute("tabindex");
    this.#elements = formula.factors.map(() => []);
    for (const element of this.#host.querySelectorAll("[data-factor]")) {
      const at = Number(element.dataset.factor);
      this.#elements[at]?.push(element);
    }
    this.#elements.forEach(([element], at) => {
      if (!element) return;
      const { text, shape, said } = formula.factors[at];
      // Inside a formula nothing may be a button; it is walked to and told all the same.
      element.setAttribute("role", "group");
      element.setAttribute("aria-label", [text, shape && words.formula.shape(pretty(shape)), said].filter(Boolean).join(", "));
      element.setAttribute("tabindex", "-1");
    });
    const focused = this.#elements.findIndex((elements) => elements.includes(document.activeElement));
    const first = this.#elements.findIndex((elements) => elements.length > 0);
    this.#rove(Math.max(0, focused < 0 ? first : focused));
  }

  /** Says why there is none. */
  refuse(message) {
    this.#mathml = null;
    const said = document.createElement("p");
    said.className = "refused";
    said.textContent = sentence(message);
    this.#host.replaceChildren(said);
    this.#elements = [];
  }

  /** Lights factors: those pointed at, and those that a step has reached. */
  light(spot, reached, newest) {
    this.#elements.forEach((elements, at) => {
      for (const element of elements) {
        element.classList.toggle("spot", spot.has(at));
        element.classList.toggle("reached", reached?.has(at) ?? false);
        element.classList.toggle("newest", newest?.has(at) ?? false);
      }
    });
    this.#host.classList.toggle("stepping", Boolean(reached));
  }

  focus() {
    this.#elements[this.#at]?.[0]?.focus();
  }

  #point(target) {
    const at = placeOf(target);
    this.#spotlight.point(at === null ? null : { factor: at });
  }

  #rove(to) {
    this.#elements[this.#at]?.[0]?.setAttribute("tabindex", "-1");
    this.#at = to;
    this.#elements[to]?.[0]?.setAttribute("tabindex", "0");
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const there = this.#elements.map((elements, at) => (elements.length > 0 ? at : -1)).filter((at) => at >= 0);
    const now = there.indexOf(this.#at);
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: there.length - 1 }[event.key];
    if (to !== undefined && there[to] !== undefined) {
      this.#rove(there[to]);
      this.focus();
      event.preventDefault();
    } else if ((event.key === "Enter" || event.key === " ") && placeOf(event.target) !== null) {
      this.#spotlight.pin({ factor: placeOf(event.target) });
      event.preventDefault();
    }
  }
}

function placeOf(target) {
  const element = target.closest?.("[data-factor]");
  return element ? Number(element.dataset.factor) : null;
}
