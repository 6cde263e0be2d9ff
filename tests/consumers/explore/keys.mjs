// The page by keys alone.
import assert from "node:assert/strict";
import { THREE, visit } from "./harness.mjs";

/** The part of the page that has the focus. */
const where = (hands) =>
  hands.page.evaluate(() => {
    const { activeElement } = document;
    return ["editor", "bar", "graph", "formula", "stepper", "parts", "head"].find((id) => document.getElementById(id).contains(activeElement)) ?? "";
  });

export async function keys_alone_are_enough(address) {
  const hands = await visit(address);
  await hands.type(THREE);
  const press = async (...keys) => {
    for (const key of keys) await hands.page.keyboard.press(key);
    await hands.settled();
  };
  // Tab leaves the editor, and goes on to bar, graph and formula in this order; the text stays as it is.
  const order = [];
  for (let stop = 0; stop < 30 && order.at(-1) !== "formula"; stop++) {
    await hands.page.keyboard.press("Tab");
    const now = await where(hands);
    if (now && now !== order.at(-1)) order.push(now);
  }
  assert.deepEqual(order.filter((id) => id !== "stepper"), ["bar", "graph", "formula"]);
  assert.equal(await hands.text(), THREE);

  // In the formula arrows go from factor to factor, and Enter pins.
  await press("ArrowRight", "ArrowRight");
  assert.deepEqual(await hands.factors("spot"), [2]);
  await press("Enter");
  await press("[");
  assert.equal((await hands.factors("reached")).length, 5);
  await press("]");
  assert.equal((await hands.factors("reached")).length, 6);
  await press("2");
  assert.equal(await hands.page.getByRole("radio", { name: "Layered" }).getAttribute("aria-checked"), "true");
  await press("1");
  await press("Escape");
  assert.equal(await where(hands), "editor");
  await press("Control+Enter");
  assert.equal(await where(hands), "formula");

  // In the graph arrows go along a lane and between lanes, and Enter chooses.
  await press("Shift+Tab");
  while ((await where(hands)) !== "graph") await press("Shift+Tab");
  const frame = () => hands.page.evaluate(() => document.activeElement.dataset.place);
  const start = await frame();
  await press("ArrowRight");
  assert.notEqual(await frame(), start);
  for (let step = 0; step < 12; step++) await press("ArrowUp");
  const lane = await frame();
  assert.match(lane, /^forward:/);
  for (let step = 0; step < 20; step++) await press("ArrowLeft");
  assert.equal(await frame(), "forward:X");
  await press("ArrowRight", "ArrowRight", "ArrowRight");
  assert.equal(await frame(), "forward:Z2");
  await press("ArrowDown");
  assert.equal(await frame(), "backward:Z2:0");
  await press("ArrowDown");
  assert.equal(await frame(), "gradient:Z2:W2");
  await press("Enter");
  assert.equal(await hands.page.locator("#wrt").inputValue(), "W2");

  await press("Escape", "Control+Enter", "?");
  assert.ok(await hands.page.locator("#help").isVisible());
  await press("Escape");
  assert.ok(!(await hands.page.locator("#help").isVisible()));
  hands.silent();
}

export async function the_graph_folds_by_a_key(address) {
  const hands = await visit(address);
  await hands.type("input X [n, 8]\nrepeat 20 { dense 8 relu }\nloss half_mse\n");
  const unfolded = () => hands.page.locator(".picture rect[data-place='forward:Z10']").count();
  assert.equal(await unfolded(), 0);
  await hands.page.locator(".picture rect[tabindex='0']").focus();
  await hands.page.keyboard.press("f");
  await hands.settled();
  assert.equal(await unfolded(), 1);
  hands.silent();
}
