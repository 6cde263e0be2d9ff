// The text of a spec, in CodeMirror inside a shadow root ↔ the page: what is typed goes out, shapes, messages and the lit lines
// of a layer come in.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, isolateHistory, redo, undo, undoDepth } from "@codemirror/commands";
import { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { nextDiagnostic, setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, drawSelection, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { completions, spec } from "./language.js";
import { words } from "./words.js";

const setShapes = StateEffect.define();
const setLit = StateEffect.define();

/** The shape that a line puts out, behind its end. */
class Shape extends WidgetType {
  constructor(text) {
    super();
    this.text = text;
  }
  eq(other) {
    return other.text === this.text;
  }
  toDOM() {
    const span = document.createElement("span");
    span.className = "shape-at-end";
    span.textContent = `→ ${this.text}`;
    return span;
  }
  ignoreEvent() {
    return false;
  }
}

const shapes = StateField.define({
  create: () => Decoration.none,
  update(now, transaction) {
    now = now.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setShapes)) now = Decoration.set(effect.value.map(({ at, text }) => Decoration.widget({ widget: new Shape(text), side: 1 }).range(at)));
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const lit = StateField.define({
  create: () => Decoration.none,
  update(now, transaction) {
    now = now.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setLit)) now = Decoration.set(effect.value.map((at) => Decoration.line({ class: "lit-line" }).range(at)));
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-keyword)", fontWeight: "600" },
  { tag: tags.typeName, color: "var(--code-function)" },
  { tag: tags.variableName, color: "var(--code-name)" },
  { tag: tags.labelName, color: "var(--code-label)", fontStyle: "italic" },
  { tag: tags.number, color: "var(--code-number)" },
  { tag: tags.modifier, color: "var(--code-option)" },
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: tags.operator, color: "var(--ink-soft)" },
  { tag: tags.bracket, color: "var(--ink-soft)" },
]);

const theme = EditorView.theme({
  "&": { height: "100%", fontSize: "var(--code-size)", color: "var(--ink)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px", borderRadius: "8px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.65" },
  ".cm-content": { padding: "10px 0", caretColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--ink-faint)", border: "none", paddingLeft: "6px" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "22px", paddingRight: "10px" },
  ".cm-activeLine": { backgroundColor: "var(--line-active)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": { backgroundColor: "var(--selection)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--selection)", outline: "none" },
  ".shape-at-end": { color: "var(--shape)", fontSize: "0.86em", paddingLeft: "1.2em", opacity: "0.95", whiteSpace: "pre", fontStyle: "normal" },
  ".lit-line": { backgroundColor: "var(--spot-fill)", boxShadow: "inset 3px 0 0 var(--spot)" },
  ".cm-lintRange": { backgroundImage: "none", paddingBottom: "1px", textDecorationSkipInk: "none" },
  ".cm-lintRange-error": { textDecoration: "underline wavy var(--bad) 1.5px", textUnderlineOffset: "3px", backgroundColor: "var(--bad-fill)" },
  ".cm-lintRange-warning": { textDecoration: "underline wavy var(--warn) 1.5px", textUnderlineOffset: "3px" },
  ".cm-lintRange-hint": { textDecoration: "underline dotted var(--ink-soft) 2px", textUnderlineOffset: "4px" },
  ".cm-lintPoint-error:after": { borderBottomColor: "var(--bad)" },
  ".cm-lintPoint-warning:after": { borderBottomColor: "var(--warn)" },
  ".cm-lintPoint-hint:after": { borderBottomColor: "var(--ink-soft)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--ink)", border: "1px solid var(--rule)", borderRadius: "8px", boxShadow: "var(--shadow)", overflow: "hidden", maxWidth: "min(32rem, 90vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "14em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 10px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { fontStyle: "normal", opacity: "0.75", marginLeft: "1em" },
  ".cm-completionInfo": { padding: "8px 12px", fontFamily: "var(--sans)", fontSize: "0.92em" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-diagnostic": { padding: "8px 12px", borderLeft: "3px solid transparent", fontFamily: "var(--sans)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-diagnostic-hint": { borderLeftColor: "var(--ink-faint)" },
  ".cm-diagnosticAction": { backgroundColor: "var(--accent)", color: "var(--on-accent)", border: "none", borderRadius: "6px", padding: "3px 10px", margin: "6px 0 0", font: "inherit", cursor: "pointer" },
});

/** Where the browser itself replaces marked text, it writes `style` attributes, which the page's policy forbids. */
const replacing = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { from, to, empty } = view.state.selection.main;
    if (empty || event.isComposing || view.composing) return false;
    const text = event.inputType === "insertText" ? event.data : event.inputType.startsWith("delete") ? "" : null;
    if (text === null) return false;
    event.preventDefault();
    const insert = () => view.state.update(view.state.replaceSelection(text), { userEvent: text ? "input.type" : "delete" });
    const handlers = text ? view.state.facet(EditorView.inputHandler) : [];
    if (!handlers.some((handler) => handler(view, from, to, text, insert))) view.dispatch(insert());
    return true;
  },
});

export class Editor {
  #view;
  #quiet = false;
  #repair = null;
  #lit = "";

  /**
   * `typed(text)`, `remembered()` for a new entry in the history, `moved(back)` for its undo and redo by the editor's
   * keys, `pointed(line)` when the mouse is on a line or the cursor goes to one, and null when neither is. */
  constructor(host, { typed, remembered, moved, pointed }) {
    const shadow = host.attachShadow({ mode: "open" });
    const parent = document.createElement("div");
    parent.className = "root";
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(":host { display: block; } .root { height: 100%; }");
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(parent);
    const pointing = EditorView.domEventHandlers({
      pointermove: (event, view) => {
        if (event.pointerType !== "mouse") return;
        const at = view.posAtCoords({ x: event.clientX, y: event.clientY }, false);
        const line = view.state.doc.lineAt(at);
        const below = event.clientY > view.contentDOM.getBoundingClientRect().bottom - 10;
        pointed(below ? null : line.number);
      },
      pointerleave: () => pointed(null),
      blur: () => pointed(null),
    });
    const listener = EditorView.updateListener.of((update) => {
      if (update.docChanged) pointed(null);
      else if (update.selectionSet && update.view.hasFocus && !this.#quiet) {
        pointed(update.state.doc.lineAt(update.state.selection.main.head).number);
      }
      if (!update.docChanged || this.#quiet) return;
      const undone = update.transactions.some((transaction) => transaction.isUserEvent("undo"));
      const redone = update.transactions.some((transaction) => transaction.isUserEvent("redo"));
      if (undone || redone) moved(undone);
      else if (undoDepth(update.state) > undoDepth(update.startState)) remembered();
      typed(update.state.doc.toString());
    });
    this.#view = new EditorView({ root: shadow, parent, state: this.#state("", [listener, pointing]) });
    this.extensions = [listener, pointing];
  }

  #state(doc, extra) {
    return EditorState.create({
      doc,
      extensions: [
        lineNumbers(),
        highlightSpecialChars(),
        history({ minDepth: 1000 }),
        drawSelection(),
        EditorState.allowMultipleSelections.of(false),
        highlightActiveLine(),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ override: [completions], icons: false, activateOnTypingDelay: 60 }),
        spec,
        syntaxHighlighting(colours),
        theme,
        shapes,
        lit,
        replacing,
        Prec.high(keymap.of([{ key: "Alt-Enter", run: () => this.repair() }])),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap.filter(({ key }) => key !== "Mod-Enter"), ...historyKeymap, ...completionKeymap]),
        EditorView.contentAttributes.of({
          "aria-label": words.editor.label,
          spellcheck: "false",
          autocorrect: "off",
          autocapitalize: "off",
        }),
        EditorView.lineWrapping,
        ...extra,
      ],
    });
  }

  get text() {
    return this.#view.state.doc.toString();
  }

  /** Puts another text in its place; the page knows of it already. Undo of the editor begins anew. */
  load(text) {
    this.#quiet = true;
    this.#view.setState(this.#state(text, this.extensions));
    this.#quiet = false;
  }

  /** Another text as a change that undo takes back. */
  replace(text) {
    this.change([{ from: 0, to: this.#view.state.doc.length, text }]);
  }

  /** Changes of the text, in order of their places. */
  change(changes) {
    const { length } = this.#view.state.doc;
    if (changes.some(({ from, to }) => from > to || to > length)) return;
    this.#view.dispatch({
      changes: changes.map(({ from, to, text }) => ({ from, to, insert: text })),
      userEvent: "input.replace",
      scrollIntoView: true,
      annotations: isolateHistory.of("full"),
    });
  }

  undo() {
    return undo(this.#view);
  }

  redo() {
    return redo(this.#view);
  }

  focus() {
    this.#view.focus();
  }

  get hasFocus() {
    return this.#view.hasFocus;
  }

  /** Whether a list of completions is open, which takes the key Esc. */
  get isCompleting() {
    return completionStatus(this.#view.state) !== null;
  }

  /** Shapes behind the lines, and messages at their places. */
  tell(lines, diagnostics) {
    const { doc } = this.#view.state;
    const last = new Map();
    for (const { to, shape } of lines) {
      if (shape && to <= doc.length) last.set(doc.lineAt(to).to, shape);
    }
    const effects = setShapes.of([...last].sort(([a], [b]) => a - b).map(([at, text]) => ({ at, text })));
    this.#repair = diagnostics.find(({ repairs }) => repairs.length > 0) ?? null;
    const marks = diagnostics.flatMap((diagnostic) => marksOf(diagnostic, doc.length, (changes) => this.change(changes)));
    const told = setDiagnostics(this.#view.state, marks.sort((a, b) => a.from - b.from)).effects;
    this.#view.dispatch({ effects: [told, effects].flat() });
  }

  /** Applies the first repair that there is. */
  repair() {
    if (!this.#repair) return false;
    this.change(this.#repair.repairs);
    return true;
  }

  /** Puts the cursor there. */
  goto(at) {
    this.focus();
    this.#view.dispatch({ selection: { anchor: Math.min(at, this.#view.state.doc.length) }, scrollIntoView: true });
  }

  nextProblem() {
    this.focus();
    nextDiagnostic(this.#view);
  }

  /** Lights these lines, from 1, and brings them into view; null lights none. */
  light(lines) {
    const { doc } = this.#view.state;
    const starts = [];
    if (lines) {
      for (let line = lines.from; line <= Math.min(lines.to, doc.lines); line++) starts.push(doc.line(line).from);
    }
    if (String(starts) === this.#lit) return;
    this.#lit = String(starts);
    const effects = [setLit.of(starts)];
    if (starts.length > 0) effects.push(EditorView.scrollIntoView(starts[0], { y: "nearest", yMargin: 24 }));
    this.#view.dispatch({ effects });
  }
}

/** The fault with its repair, and what it was compared with as a weaker mark. */
function marksOf({ severity, title, help, notes, labels, repairs }, length, change) {
  const text = [title, help, ...notes].filter(Boolean).join("\n");
  const actions = repairs.length > 0 ? [{ name: words.editor.apply, apply: () => change(repairs) }] : [];
  return labels
    .filter(({ from, to }) => from <= to && to <= length)
    .map(({ from, to, text: remark, fault }) =>
      fault
        ? { from, to, severity, message: remark ? `${text}\n${remark}` : text, actions }
        : { from, to, severity: "hint", message: remark || words.editor.cause },
    );
}
