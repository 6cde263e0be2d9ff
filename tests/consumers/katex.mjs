// A folder of LaTeX pages → whether KaTeX typesets every formula of them; its strict mode takes nothing on trust.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const katex = createRequire(join(process.env.NODE_PATH, "katex"))("katex");
const folder = process.argv[2];
let pages = 0;
let equations = 0;

const typeset = (page, formula, displayMode, macros) => {
  try {
    const html = katex.renderToString(formula, { displayMode, throwOnError: true, strict: "error", macros });
    if (html.includes("katex-error")) throw new Error("an error was typeset");
  } catch (error) {
    console.error(`${page}: ${error.message}\n${formula}`);
    process.exit(1);
  }
};

for (const page of readdirSync(folder).sort()) {
  const whole = readFileSync(join(folder, page), "utf8").replace(/^%.*\n/gm, "");
  const provided = /\\providecommand\{(\\\w+)\}\{(.*)\}\n/g;
  const macros = Object.fromEntries([...whole.matchAll(provided)].map(([, name, meaning]) => [name, meaning]));
  const text = whole.replace(provided, "");
  const displays = text.match(/\\begin\{align\*\}[^]*?\\end\{align\*\}/g) ?? [];
  for (const formula of displays) {
    typeset(page, formula, true, macros);
    equations += formula.split("\\\\[1ex]").length;
  }
  const rest = displays.reduce((rest, formula) => rest.replace(formula, ""), text);
  const matrices = rest.match(/\\\[.*\\begin\{bmatrix\}.*\\\]/g) ?? [];
  for (const matrix of matrices) typeset(page, matrix.slice(2, -2), true, macros);
  // Cells are words and formulas among them; what parts the cells is no bare sign.
  const tables = text.match(/\\begin\{tabular\}[^]*?\\end\{tabular\}/g) ?? [];
  const cells = tables.map((table) => table.replace(/(?<!\\)&/g, " "));
  const others = [...matrices, ...tables].reduce((others, formula) => others.replace(formula, ""), rest);
  const words = [others, ...cells].join("\n");
  for (const [, formula] of words.matchAll(/\$([^$]*)\$/g)) typeset(page, formula, false, macros);
  const bare = words.replace(/\$[^$]*\$/g, "").match(/(?<!\\)[_^&#%$]/);
  if (bare || displays.length + tables.length === 0) {
    console.error(`${page}: ${bare ? `a bare ${bare[0]} among words` : "no equations"}\n${text}`);
    process.exit(1);
  }
  pages += 1;
}
console.log(`${pages} pages, ${equations} equations`);
