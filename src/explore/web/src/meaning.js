// What is pointed at, or the step that is shown → one line that says what it is.
import { html, nothing } from "lit-html";
import { engine } from "./engine.js";
import { pretty } from "./shape.js";
import { words } from "./words.js";

export function meaning({ target, step, formula, tell, values }) {
  const { formula: said } = words;
  if (target && target.line !== null) return html`<span>${words.graph.line(target.line, values(target.line).join(", "))}</span>`;
  if (target?.factor && (target.place === null || target.factors.length > 0)) return ofFactor(target.factor);
  if (target) {
    const { said: text, mathml } = tell(target.place);
    return html`<span>${text}</span>${mathml ? html` <span class="symbol">${engine(mathml)}</span>` : nothing}`;
  }
  if (step) return html`<span>${engine(step.said)}</span>${step.shape ? html` <span class="shape-said">${pretty(step.shape)}</span>` : nothing}`;
  if (!formula) return nothing;
  return html`<span class="hint">${formula.shape ? said.hintShape(pretty(formula.shape)) : ""} ${said.hint}</span>`;
}

function ofFactor({ symbol, shape, said, transposed, size }) {
  return html`<span class="symbol">${engine(symbol)}</span>
    ${shape ? html`<span class="shape-said">${pretty(shape)}</span>` : nothing}
    <span>${[said, transposed].filter(Boolean).join(" ")}
    ${size ? words.formula.size(size.rms, size.largest) : nothing}</span>`;
}
