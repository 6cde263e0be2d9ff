// The words of the spec language, as the server names them → colours and completions for the editor.
import { StreamLanguage } from "@codemirror/language";
import { words } from "./words.js";

/** The words by what they are; filled once the server has told them. */
const known = { statements: new Map(), kinds: new Map(), activations: new Map(), losses: new Map(), options: new Map() };

/** Takes the words of `GET /api/language`. */
export function learn(language) {
  for (const group of Object.keys(known)) {
    known[group] = new Map((language[group] ?? []).map(({ word, said }) => [word, said]));
  }
}

const isKeyword = (word) => known.statements.has(word) || known.kinds.has(word);
const bare = (word) => [word, `${word}=`].find((form) => known.options.has(form)) !== undefined;

/** One token at a time; a line stands for itself. */
export const spec = StreamLanguage.define({
  name: "chainrule",
  languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", "[", "{"] } },
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^#.*/)) return "comment";
    if (stream.match(/^\d+(\.\d+)?(e[+-]?\d+)?/i)) return "number";
    if (stream.match(/^[A-Za-z_]\w*/)) return wordToken(stream);
    if (stream.match("->") || stream.match(/^[=+*×·]/)) return "operator";
    if (stream.match(/^[[\](){}]/)) return "bracket";
    stream.next();
    return null;
  },
});

function wordToken(stream) {
  const word = stream.current();
  if (stream.match(/^\s*:/, false)) return "labelName";
  if (isKeyword(word)) return "keyword";
  if (known.activations.has(word.replace(/\(.*/, "")) || parametric(word)) return "typeName";
  if (known.losses.has(word)) return "typeName";
  if (bare(word)) return "modifier";
  return "variableName";
}

/** `leaky_relu(0.01)` is listed with its parameter. */
function parametric(word) {
  return [known.activations, known.losses].some((group) => [...group.keys()].some((name) => name.startsWith(`${word}(`)));
}

/** What fits at the cursor. */
export function completions(context) {
  const word = context.matchBefore(/[A-Za-z_]\w*/);
  if (!word && !context.explicit) return null;
  const from = word?.from ?? context.pos;
  const line = context.state.doc.lineAt(from);
  const code = context.state.sliceDoc(line.from, from);
  if (code.includes("#")) return null;
  const statement = code.split(/[;{}]/).at(-1).replace(/^\s*\w+\s*:/, "").trim();
  const options = fitting(statement, context.state.doc, from).filter(({ label }) => label !== word?.text);
  return options.length === 0 ? null : { from, options, validFor: /^\w*$/ };
}

function fitting(statement, doc, from) {
  const group = (name, type, boost = 0) =>
    [...known[name]].map(([label, info]) => ({ label, info, type, boost }));
  const dimensions = () => dimensionsOf(doc, from).map((label) => ({ label, type: "variable", detail: words.editor.dimension, boost: 1 }));
  const [first, ...rest] = statement.split(/\s+/);
  if (!first) return [...group("kinds", "keyword", 2), ...group("statements", "keyword")];
  if (first === "loss") return rest.length === 0 ? group("losses", "type") : group("options", "property");
  if (first === "activation" || first === "glu" && rest.length > 0) return group("activations", "type");
  if (/^(input|target|expect|let)$/.test(first) || /(->|[*+(,[]|from|against)$/.test(statement)) return dimensions();
  if (known.kinds.has(first)) {
    return rest.length === 0 ? dimensions() : [...group("activations", "type", 1), ...group("options", "property")];
  }
  return [];
}

/** Names that stand in brackets, behind `dense` or `let` elsewhere in the spec. */
function dimensionsOf(doc, from) {
  const found = new Set();
  const text = doc.sliceString(0, Math.min(doc.length, 100_000)).replace(/#.*/g, (comment) => " ".repeat(comment.length));
  for (const match of text.matchAll(/\[([^\]\n]*)\]|\b(?:dense|let|glu)\s+([^\n;{}#]*)/g)) {
    for (const name of (match[1] ?? match[2]).matchAll(/[A-Za-z_]\w*/g)) {
      const isHere = match.index <= from && from <= match.index + match[0].length && match[1] === undefined;
      const word = name[0];
      if (!isHere && !isKeyword(word) && !known.activations.has(word) && !parametric(word) && !bare(word)) found.add(word);
    }
  }
  return [...found];
}
