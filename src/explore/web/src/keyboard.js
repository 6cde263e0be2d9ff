// Keys anywhere on the page → what they do. A field in which one types keeps its letters.
import { FORMS } from "./bar.js";

export function keyboard({ editor, graph, formula, state, actions }) {
  document.addEventListener("keydown", (event) => {
    const key = event.key;
    const control = event.ctrlKey || event.metaKey;
    if (key === "F8") return done(event, () => editor.nextProblem());
    if (key === "Enter" && control) return done(event, () => formula.focus());
    if (key === "Escape") return escape(event, editor, actions);
    if (editor.hasFocus || isField(event.target) || event.altKey || document.querySelector("dialog[open]")) return;
    if (control && /^[zy]$/i.test(key)) {
      return done(event, () => (key.toLowerCase() === "y" || event.shiftKey ? actions.redo() : actions.undo()));
    }
    if (control) return;
    if (key === "[" || key === "]") return done(event, () => actions.step(key === "]" ? 1 : -1));
    if (/^[1-5]$/.test(key)) return done(event, () => actions.choose({ form: FORMS[Number(key) - 1], step: null }));
    if (key === "?") return done(event, () => actions.explain(null));
    if (key === "f" || key === "F") return done(event, () => actions.fold());
  });
}

function escape(event, editor, actions) {
  if (editor.hasFocus || document.querySelector("dialog[open]") || actions.closeMenus()) return;
  done(event, () => {
    actions.release();
    editor.focus();
  });
}

function done(event, act) {
  event.preventDefault();
  act();
}

/** Whether letters typed there mean something already. */
function isField(target) {
  return target.isContentEditable || /^(textarea|select)$/.test(target.localName) || (target.localName === "input" && target.type !== "range");
}
