// The page by light and dark, wide and narrow: what helps see it, what helps those who do not, and nothing to the side.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { THREE, coloursOf, leaf, opened, require, visit } from "./harness.mjs";

const axe = () => readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const LOOKS = [1280, 390].flatMap((width) => ["light", "dark"].map((colorScheme) => ({ colorScheme, viewport: { width, height: 844 } })));

async function violations({ page }) {
  await page.evaluate(axe());
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, any }) => `${html.slice(0, 160)} ${any[0]?.message ?? ""}`).join(" | ")}`);
  });
}

export async function axe_finds_nothing_serious(address) {
  for (const look of LOOKS) {
    const hands = await visit(address, look);
    await hands.type(THREE);
    const { colorScheme, viewport } = look;
    const name = `${viewport.width} ${colorScheme}`;
    assert.deepEqual(await violations(hands), [], name);
    for (const tab of ["Units", "Flow"]) {
      await hands.view(tab, "Insight");
      assert.deepEqual(await violations(hands), [], `${name} ${tab}`);
    }
    await hands.page.locator("#stepper input[type=range]").fill("2");
    await hands.view("Steps", "Derivation");
    await hands.type("input X [n, f0]\ndense f1 relu\ndense 3 -> 4\nloss mse\n");
    assert.deepEqual(await violations(hands), [], `${name} with an error`);
    hands.silent();
    await hands.page.context().close();
  }
}

/** Texts of pictures whose contrast to what lies behind them is too low; axe does not look at these. */
const pale = (hands) =>
  hands.page.evaluate(() => {
    const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const rgb = (color) => color.match(/[\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
    const ground = rgb(getComputedStyle(document.querySelector("#graph")).backgroundColor);
    const rects = [...document.querySelectorAll(".picture rect")].map((rect) => ({ box: rect.getBoundingClientRect(), fill: getComputedStyle(rect).fill }));
    const found = [];
    for (const text of document.querySelectorAll(".picture text")) {
      const box = text.getBoundingClientRect();
      const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
      const behind = rects.filter(({ box, fill }) => fill !== "none" && box.left <= x && x <= box.right && box.top <= y && y <= box.bottom).at(-1);
      const [a, b] = [luminance(rgb(getComputedStyle(text).fill)), luminance(behind ? rgb(behind.fill) : ground)];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (contrast < 4.5) found.push(`${text.textContent}: ${contrast.toFixed(2)}`);
    }
    return found;
  });

export async function texts_of_the_graph_are_readable(address) {
  for (const look of LOOKS) {
    const hands = await visit(address, look);
    await hands.type(THREE);
    await hands.choose("W2");
    assert.deepEqual(await pale(hands), [], `${look.viewport.width} ${look.colorScheme}`);
    await hands.page.locator("#formula [data-factor='2']").hover();
    await hands.quiet();
    assert.deepEqual(await pale(hands), [], `${look.viewport.width} ${look.colorScheme}, pointed at`);
    await hands.page.context().close();
  }
}

export async function a_phone_shows_the_ladder(address) {
  const hands = await visit(address, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const sides = () => hands.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  for (const spec of [THREE, "input Observations [batch_of_samples, number_of_features]\nfirst_hidden: dense width_of_the_hidden_layer relu\ndense 3\nloss half_mse\n"]) {
    await hands.type(spec);
    assert.ok(await hands.page.locator("#graph.narrow").count());
    for (const [group, tabs] of [["Formulas", ["All gradients", "Any depth", "Signs"]], ["Insight", ["Units", "Influence", "Flow"]],
      ["Derivation", ["Steps", "Why", "Check"]]]) {
      await hands.page.getByRole("radio", { name: group, exact: true }).tap();
      assert.deepEqual(await hands.page.getByRole("tab").allInnerTexts(), tabs);
      for (const tab of tabs) {
        await hands.page.getByRole("tab", { name: tab, exact: true }).tap();
        await hands.settled();
        const [page, window] = await sides();
        assert.ok(page <= window, `${tab}: ${page} of ${window}`);
      }
    }
  }
  // Forward goes down, backward up.
  const [first, last] = await hands.page.evaluate(() => {
    const top = (place) => document.querySelector(`.picture rect[data-place='${place}']`).getBoundingClientRect().top;
    return [top("forward:Observations"), top("forward:J")];
  });
  assert.ok(first < last);
  hands.silent();
}

export async function light_and_dark_can_be_chosen(address) {
  const hands = await visit(address);
  const ground = () => hands.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const strokes = () => hands.page.evaluate(() => getComputedStyle(document.querySelector(".picture text")).fill);
  const [page, letters] = [await ground(), await strokes()];
  const press = () => hands.page.getByRole("button", { name: /^Colours/ }).click();
  await press();
  assert.equal(await ground(), page);
  await press();
  assert.notEqual(await ground(), page);
  assert.notEqual(await strokes(), letters);
  await press();
  assert.equal(await ground(), page);
  hands.silent();
}

/** What the command writes of a spec, in a file of its own. */
function written(program, name, command, spec = THREE) {
  const file = join(mkdtempSync(join(tmpdir(), "chainrule-")), name);
  execFileSync(program, [...command, "-e", spec, "-o", file], { stdio: "pipe" });
  return file;
}

export async function the_cheat_sheet_needs_nothing_else(address, program) {
  const file = written(program, "sheet.html", ["report"]);
  const { asked, text } = await opened(file);
  assert.deepEqual(asked, [`file://${file}`]);
  assert.match(text, /[∂𝜕]/u);
  const ten = `input X [n, f0]\n${"dense 8 relu\n".repeat(9)}dense 3\nloss half_mse\n`;
  assert.ok(statSync(written(program, "ten.html", ["report"], ten)).size < 500_000);
}

export async function axe_finds_nothing_serious_in_the_cheat_sheet(address, program) {
  for (const spec of [THREE, RESIDUAL]) {
    const file = written(program, "sheet.html", ["report"], spec);
    for (const look of LOOKS) {
      const page = await leaf(file, look);
      assert.deepEqual(await violations({ page }), [], `${look.viewport.width} ${look.colorScheme}`);
      await page.context().close();
    }
  }
}

const RESIDUAL = "input X [n, d]\nresidual { dense 2*d relu; dense d }\nglu d\ndense 10 softmax\nloss cce\n";

const pages = ({ printed }) => printed.match(/\/Type *\/Page\b/g).length;

export async function three_layers_are_printed_on_one_page(address, program) {
  assert.equal(pages(await opened(written(program, "sheet.html", ["report"]))), 1);
}

export async function deep_networks_are_printed_on_a_few_pages(address, program) {
  const deep = (layers) => `input X [n, f0]\n${"dense 64 relu\n".repeat(layers - 1)}dense 10 softmax\nloss cce\n`;
  for (const [spec, most] of [[deep(5), 2], [deep(10), 3], [deep(12), 4], [RESIDUAL, 3]]) {
    const file = written(program, "sheet.html", ["report"], spec);
    assert.ok(pages(await opened(file)) <= most, spec);
    // What cannot be broken between rows is printed over what follows, or cut at the end of a page.
    const page = await leaf(file);
    await page.emulateMedia({ media: "print" });
    const whole = await page.evaluate(() => [...document.querySelectorAll(".equations mtable")]
      .filter((table) => getComputedStyle(table).display !== "table" || getComputedStyle(table.parentElement).display !== "block").length);
    assert.equal(whole, 0);
  }
}

export async function other_readers_of_svg_show_its_colours(address, program) {
  const file = written(program, "graph.svg", ["graph", "--wrt", "W2"]);
  execFileSync("rsvg-convert", [file, "-o", `${file}.png`]);
  const colours = await coloursOf(`data:image/png;base64,${readFileSync(`${file}.png`, "base64")}`);
  // Ground, forward pass, backward pass with its filling, shapes.
  for (const colour of ["255,255,255", "31,122,52", "91,58,176", "241,236,251", "180,35,59"]) {
    assert.ok(colours.includes(colour), `${colour} is not among ${colours.length} colours`);
  }
  assert.ok(!colours.includes("0,0,0"));
}
