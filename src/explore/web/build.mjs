// The sources in src → ../assets (or a folder that is named): app.js, app.css, index.html and the licences of what is bundled.
import { build } from "esbuild";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "../assets");
mkdirSync(out, { recursive: true });

const common = { bundle: true, minify: true, write: false, absWorkingDir: here, legalComments: "none", charset: "utf8" };
const [script, style] = await Promise.all([
  build({ ...common, entryPoints: ["src/main.js"], format: "esm", target: "es2022", metafile: true }),
  build({ ...common, entryPoints: ["src/app.css"], target: "chrome120" }),
]);
const write = (name, text) => writeFileSync(join(out, name), text);
write("app.js", script.outputFiles[0].text);
write("app.css", style.outputFiles[0].text);
write("index.html", readFileSync(join(here, "src/index.html"), "utf8"));
write("licences.txt", licences(Object.keys(script.metafile.inputs)));

/** Every package of which a file is bundled, with its version and the text of its licence. */
function licences(inputs) {
  const packages = new Set();
  for (const input of inputs) {
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
    if (name) packages.add(name);
  }
  const texts = [...packages].sort().map((name) => {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
    if (!file) throw new Error(`${name} has no text of its licence`);
    const text = readFileSync(join(folder, file), "utf8").replace(/\r\n/g, "\n").trim();
    return `${name} ${version}, ${license}\n\n${text}\n`;
  });
  return `app.js holds these packages beside chainrule's own page.\n\n${texts.join(`\n${"-".repeat(72)}\n\n`)}`;
}
