// A folder of LaTeX pages → whether KaTeX typesets every formula of them; its strict mode takes nothing on trust.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const katex = createRequire(join(process.env.NODE_PATH, "katex"))("katex");
const folder = process.argv[2];
let pages = 0;
let equations = 0;

const typeset = (page, formula, displayMode) => {
  try {
    const html = katex.renderToString(formula, { displayMode, throwOnError: true, strict: "error" });
    if (html.includes("katex-error")) throw new Error("an error was typeset");
  } catch (error) {
    console.error(`${page}: ${error.message}\n${formula}`);
    process.exit(1);
  }
};

for (const page of readdirSync(folder).sort()) {
  const text = readFileSync(join(folder, page), "utf8").replace(/^%.*\n/gm, "");
  const displays = text.match(/\\begin\{align\*\}[^]*?\\end\{align\*\}/g) ?? [];
  for (const formula of displays) {
    typeset(page, formula, true);
    equations += formula.split("\\\\[1ex]").length;
  }
  const tables = text.match(/\\\[\\begin\{array\}[^]*?\\end\{array\}\\\]/g) ?? [];
  for (const table of tables) typeset(page, table.slice(2, -2), true);
  const words = [...displays, ...tables].reduce((rest, formula) => rest.replace(formula, ""), text);
  for (const [, formula] of words.matchAll(/\$([^$]*)\$/g)) typeset(page, formula, false);
  const bare = words.replace(/\$[^$]*\$/g, "").match(/(?<!\\)[_^&#%$]/);
  if (bare || displays.length + tables.length === 0) {
    console.error(`${page}: ${bare ? `a bare ${bare[0]} among words` : "no equations"}\n${text}`);
    process.exit(1);
  }
  pages += 1;
}
console.log(`${pages} pages, ${equations} equations`);
