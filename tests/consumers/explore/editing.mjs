// What is typed → formula, graph, shapes, marks under the words, repairs, undo.
import assert from "node:assert/strict";
import { THREE, visit } from "./harness.mjs";

export async function typing_changes_formula_graph_and_shapes(address) {
  const hands = await visit(address);
  await hands.type(THREE);
  assert.deepEqual(await hands.shapes(), ["→ n × f0", "→ n × f1", "→ n × f2", "→ n × f3"]);
  assert.equal(await hands.formula(), "∂J∂W1≈X⊤·(Yˆ−Y)/n·W3⊤·S2·W2⊤·S1");
  assert.equal(await hands.page.locator(".picture [data-place='forward:Z3']").count() > 0, true);
  // One layer fewer, by keys.
  await hands.page.keyboard.press("Control+Home");
  for (const key of ["ArrowDown", "ArrowDown", "Control+Shift+K"]) await hands.page.keyboard.press(key);
  await hands.settled();
  assert.deepEqual(await hands.shapes(), ["→ n × f0", "→ n × f1", "→ n × f3"]);
  assert.equal(await hands.formula(), "∂J∂W1≈X⊤·(Yˆ−Y)/n·W2⊤·S1");
  assert.equal(await hands.page.locator(".picture [data-place='forward:Z3']").count(), 0);
  hands.silent();
}

/** What is marked in the editor: the texts under each kind of mark. */
const marked = (hands, kind) =>
  hands.page.evaluate(
    (kind) => [...document.querySelector("#editor").shadowRoot.querySelectorAll(`.cm-lintRange-${kind}`)].map((mark) => mark.textContent),
    kind);

export async function a_fault_is_marked_at_its_place_and_repaired(address) {
  const hands = await visit(address);
  await hands.type(THREE);
  const before = await hands.formula();
  // A comment outside of ASCII, with a letter of two units, before the fault.
  await hands.type("# é 𝛼 ∂\ninput X [n, f0]\ndense f1 relu\ndense 3 -> 4\nloss mse\n");
  assert.deepEqual(await marked(hands, "error"), ["3"]);
  assert.deepEqual(await marked(hands, "hint"), ["f1"]);
  assert.deepEqual(await hands.shapes(), ["→ n × f0", "→ n × f1"]);
  // The last good result stays, dimmed.
  assert.equal(await hands.formula(), before);
  assert.equal(Number(await hands.page.evaluate(() => getComputedStyle(document.querySelector("#graph")).opacity)) < 1, true);
  const repair = hands.page.locator("#problems .repair").first();
  await repair.click();
  await hands.settled();
  assert.equal(await hands.page.locator("#problems li.error").count(), 0, await hands.text());
  assert.equal(await hands.page.evaluate(() => getComputedStyle(document.querySelector("#graph")).opacity), "1");
  assert.notEqual(await hands.formula(), before);
  // The same by keys: the fault comes back with undo, F8 finds it, Alt-Enter repairs it.
  await hands.page.keyboard.press("Control+Z");
  await hands.settled();
  assert.deepEqual(await marked(hands, "error"), ["3"]);
  await hands.page.keyboard.press("F8");
  await hands.page.keyboard.press("Alt+Enter");
  await hands.settled();
  assert.deepEqual(await marked(hands, "error"), []);
  hands.silent();
}

export async function every_change_can_be_undone(address) {
  const hands = await visit(address);
  await hands.type(THREE);
  await hands.choose("W2");
  await hands.page.getByRole("radio", { name: "Layered" }).click();
  await hands.settled();
  const undo = hands.page.getByRole("button", { name: "Undo" });
  await undo.click();
  await hands.settled();
  assert.equal(await hands.page.getByRole("radio", { name: "Product" }).getAttribute("aria-checked"), "true");
  assert.equal(await hands.page.locator("#wrt").inputValue(), "W2");
  await undo.click();
  await hands.settled();
  assert.equal(await hands.page.locator("#wrt").inputValue(), "W1");
  // A template is one change of the text.
  await hands.page.locator("[data-menu=templates] summary").click();
  await hands.page.locator("[data-menu=templates] button").nth(1).click();
  await hands.settled();
  assert.notEqual(await hands.text(), THREE);
  await undo.click();
  await hands.settled();
  assert.equal(await hands.text(), THREE);
  await hands.page.getByRole("button", { name: "Redo" }).click();
  await hands.settled();
  assert.notEqual(await hands.text(), THREE);
  hands.silent();
}

export async function words_are_completed(address) {
  const hands = await visit(address);
  await hands.type("input X [n, f0]\ndense f1 ");
  const offers = async (prefix, word) => {
    await hands.page.keyboard.type(prefix);
    const label = hands.page.locator("#editor .cm-tooltip-autocomplete .cm-completionLabel", { hasText: new RegExp(`^${word}$`) });
    await label.waitFor();
    await hands.page.keyboard.press("Escape");
    await label.waitFor({ state: "detached" });
  };
  await offers("re", "relu");
  await hands.page.keyboard.type("lu\nde");
  await hands.page.keyboard.press("Escape");
  await hands.page.keyboard.type("nse ");
  // A dimension that the spec already has.
  await offers("f", "f0");
  await hands.page.keyboard.type("0\nloss ");
  await offers("ha", "half_mse");
  await hands.page.keyboard.type("lf_mse\n");
  await hands.settled();
  assert.equal(await hands.page.locator("#problems li.error").count(), 0);
  hands.silent();
}

export async function biases_are_taken_and_given_in_the_text(address) {
  const hands = await visit(address);
  await hands.type(THREE);
  await hands.page.getByRole("button", { name: "Biases" }).click();
  await hands.settled();
  assert.equal(await hands.text(), "input X [n, f0]\ndense f1 relu nobias\ndense f2 relu nobias\ndense f3 nobias\nloss half_mse\n");
  assert.equal(await hands.page.locator("#wrt option[value=b1]").count(), 0);
  await hands.page.getByRole("button", { name: "Biases" }).click();
  await hands.settled();
  assert.equal(await hands.text(), THREE);
  hands.silent();
}
