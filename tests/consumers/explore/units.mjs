// Units that are switched off, and what becomes of the gradients.
import assert from "node:assert/strict";
import { visit } from "./harness.mjs";

const FIVE = `input X [n, 3]\n${"dense 3 nobias\n".repeat(5)}loss half_mse\n`;

export async function a_unit_is_switched_off(address) {
  const hands = await visit(address);
  await hands.type(FIVE);
  await hands.page.getByRole("tab", { name: "Units", exact: true }).click();
  await hands.page.locator("#panel select").selectOption("ones");
  await hands.settled();
  const unit = hands.page.locator("[data-unit='3:2']");
  await unit.click();
  await hands.settled();
  assert.equal(await unit.getAttribute("aria-pressed"), "true");
  const texts = await hands.page.evaluate(() =>
    [...document.querySelectorAll("#panel .engine :is(text, td, mn, mtd)")].map((element) => element.textContent.trim()));
  const count = (wanted) => texts.filter((text) => text === wanted).length;
  // W₁, W₂ and W₅ keep 4/9; of W₃ column 2 and of W₄ row 2 are 0, else 2/3.
  assert.ok(count("4/9") >= 27, `4/9: ${count("4/9")} in ${texts.join(" ").slice(0, 600)}`);
  assert.ok(count("2/3") >= 12, `2/3: ${count("2/3")}`);
  assert.ok(count("0") >= 6, `0: ${count("0")}`);
  // Another click switches it on again.
  await unit.click();
  await hands.settled();
  assert.equal(await unit.getAttribute("aria-pressed"), "false");
  assert.ok(!(await hands.page.locator("#panel .engine").innerText()).includes("4/9"));
  hands.silent();
}
