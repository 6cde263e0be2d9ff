// Markup of the engine → a directive for templates, which puts it in once and leaves it while it is the same.
import { nothing } from "lit-html";
import { Directive, directive } from "lit-html/directive.js";
import { safe } from "./safe.js";

class Engine extends Directive {
  #markup = null;
  #nodes = nothing;

  /** `pick` takes the nodes that are wanted of all. */
  render(markup, pick = (nodes) => nodes) {
    if (markup !== this.#markup) {
      this.#markup = markup;
      this.#nodes = markup ? pick([...safe(markup).childNodes]) : nothing;
    }
    return this.#nodes;
  }
}

export const engine = directive(Engine);
