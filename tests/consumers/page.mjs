// A folder of pages → whether a browser lays out each as it is meant, measured on a wide and on a narrow screen.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { chromium } = createRequire(join(process.env.NODE_PATH, "playwright-core"))("playwright-core");
const folder = process.argv[2];

/// In the page: what is wrong with it, and how many equations it has.
const measure = () => {
  const wrong = [];
  const expect = (holds, what) => holds || wrong.push(what);
  const near = (a, b, room = 1) => Math.abs(a - b) <= room;
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const box = (element) => element.getBoundingClientRect();
  const center = (element) => (box(element).left + box(element).right) / 2;

  expect(document.documentElement.scrollWidth <= innerWidth, "the page scrolls to the side");
  for (const math of all("math")) expect(box(math).width > 0 && box(math).height > 0, "math without a size");
  for (const run of all(".equations")) {
    const table = run.querySelector("mtable");
    expect(box(table).left >= box(run).left - 1, "equations cut off at the left");
    expect(box(table).right <= box(run).left + run.scrollWidth + 1, "equations cut off at the right");
    expect(run.scrollHeight <= run.clientHeight, "equations scroll up and down");
  }
  for (const element of all("math *")) {
    expect(element.namespaceURI.endsWith("MathML"), `${element.localName} is no MathML`);
    if (/^(mi|mn|mtext)$/.test(element.localName)) expect(box(element).width > 0, `${element.textContent} is not seen`);
  }
  for (const { children: [top, bottom] } of all("mfrac")) {
    expect(box(top).bottom <= box(bottom).top + 1, `${bottom.textContent} is not below the bar`);
    expect(near(center(top), center(bottom)), `${bottom.textContent} is not below ${top.textContent}`);
  }
  for (const munder of all("munder")) {
    const [base, under] = munder.children;
    // In a line of words what a sum runs over stands beside it, as an index.
    if (getComputedStyle(munder).mathStyle === "compact" && base.textContent === "∑") {
      expect(box(under).left >= box(base).right - 1, `${under.textContent} is not beside ${base.textContent}`);
      expect(box(under).bottom > box(base).bottom - 1, `${under.textContent} is no index of ${base.textContent}`);
      continue;
    }
    expect(box(under).top >= box(base).bottom - 2, `${under.textContent} is not under ${base.textContent}`);
    expect(near(center(base), center(under)), `${under.textContent} is beside ${base.textContent}`);
  }
  for (const line of all("p, dd")) expect(line.scrollHeight <= line.clientHeight, "words are cut off at the foot");
  for (const { children: [base, index, power] } of all("msub, msubsup")) {
    expect(box(index).left >= box(base).right - 6, `${index.textContent} is not behind ${base.textContent}`);
    expect(box(index).bottom > box(base).bottom - 1, `${index.textContent} is no index of ${base.textContent}`);
    expect(!power || box(power).top < box(index).top, `${power?.textContent} is not above ${index.textContent}`);
  }

  // What is read is the text form, but for blanks, brackets, signs that are not written, and powers.
  const signs = { "Σ": "∑", "ᵀ": "⊤", "'": "′", "ᵢ": "i", "ⁱ": "i", "~": "∼", "𝟏": "1", "𝟎": "0", "ˆ": "\u0302", "½": "12" };
  const plain = (text) => {
    const written = [...text.normalize("NFD").replace(/[₀-₉]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x2050))];
    return written.map((c) => signs[c] ?? c).join("").replace(/[\s()[\]⁽⁾/·_\u2061\u2062]/g, "");
  };
  const shown = (element) => {
    const copy = element.cloneNode(true);
    all(".shape", copy).forEach((shape) => shape.remove());
    for (const power of all("msup > mn:last-child, msubsup > mn:last-child", copy).map((mn) => mn.parentElement)) {
      const exponent = [...power.lastElementChild.textContent].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("");
      power.lastElementChild.remove();
      power.replaceWith(power.textContent + exponent);
    }
    return copy.textContent;
  };
  let equations = 0;
  for (const table of all("mtable")) {
    const rows = all("mtr", table);
    const first = rows.filter((row) => row.hasAttribute("aria-label"));
    const same = (of, what, room) =>
      expect(first.every((row) => near(of(row), of(first[0]), room)), `${what} are not aligned`);
    same((row) => center(row.children[1].firstElementChild), "relations");
    same((row) => box(row.children[0].firstElementChild).right, "left sides");
    // But for the room that a ∑ keeps before itself.
    same((row) => box(row.children[2].firstElementChild).left, "right sides", 6);
    for (const row of rows) {
      const tops = all("munder > .shape", row).map((shape) => box(shape).top);
      expect(tops.every((top) => near(top, tops[0])), `the shapes of ${shown(row)} are not in one line`);
    }
    for (const row of first) {
      let text = shown(row);
      const after = rows.slice(rows.indexOf(row) + 1);
      for (const next of after) {
        if (next.hasAttribute("aria-label")) break;
        text += shown(next);
      }
      const label = row.getAttribute("aria-label");
      expect(plain(text) === plain(label), `${plain(text)} is shown for ${plain(label)}`);
    }
    equations += first.length;
  }
  return { wrong, equations };
};

const args = ["no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"];
args.push("disable-component-update", "disable-sync");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: args.map((argument) => `--${argument}`),
});
const page = await browser.newPage();
const said = [];
page.on("console", (message) => said.push(message.text()));
page.on("pageerror", (error) => said.push(error.message));
page.on("request", (request) => request.url().startsWith("data:") || said.push(`asks for ${request.url()}`));
const names = readdirSync(folder).sort();
let equations = 0;
for (const name of names) {
  const text = readFileSync(join(folder, name), "utf8");
  const whole = text.startsWith("<!DOCTYPE html>") ? text : `<!DOCTYPE html><html lang="en"><title>Host</title>${text}`;
  for (const width of [1200, 390]) {
    await page.setViewportSize({ width, height: 800 });
    if (width === 1200) await page.setContent(whole);
    const found = await page.evaluate(measure);
    const wrong = [...new Set([...said, ...found.wrong])];
    if (wrong.length > 0) {
      console.error([`${name} at ${width} pixels:`, ...wrong].join("\n  "));
      process.exit(1);
    }
    equations += width === 1200 ? found.equations : 0;
  }
}
await browser.close();
console.log(`${names.length} pages, ${equations} equations`);
