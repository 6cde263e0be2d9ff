// Texts that would run if they were taken for markup, specs without end, and a spec that is not finished.
import assert from "node:assert/strict";
import { THREE, visit } from "./harness.mjs";

const NASTY = `# <script>alert(1)</script> "quotes" 'single' & &lt; <img src=x onerror=alert(1)>\n`;

export async function markup_in_a_spec_stays_text(address) {
  const hands = await visit(address);
  let asked = false;
  hands.page.on("dialog", (dialog) => (asked = true, dialog.dismiss()));
  await hands.type(NASTY + THREE);
  assert.ok((await hands.text()).startsWith(NASTY));
  for (const tab of ["Why", "All gradients", "Check", "Signs"]) {
    await hands.page.getByRole("tab", { name: tab, exact: true }).click();
    await hands.settled();
  }
  // Outside of comments it is an error, whose message quotes it.
  for (const fault of ["dense <script>alert(1)</script>", "dense f1 <img src=x onerror=alert(1)>", "dense \"f1\" & relu", "<b>: dense 3"]) {
    await hands.type(`input X [n, f0]\n${fault}\nloss mse\n`);
    assert.ok((await hands.page.locator("#problems li.error").count()) > 0, fault);
  }
  assert.equal(await hands.page.evaluate(() => document.querySelectorAll("main script, main img, main b, dialog img").length), 0);
  assert.equal(asked, false);
  hands.silent();
}

export async function ten_thousand_layers_do_no_harm(address) {
  const hands = await visit(address);
  await hands.type("input X [n, 4]\nrepeat 10000 { dense 4 relu }\nloss half_mse\n");
  // Nothing is said but that there is no answer, and nothing shown that looks as if it were one.
  assert.match(await hands.page.locator("#problems").innerText(), /limit/);
  assert.equal(await hands.page.evaluate(() => document.body.classList.contains("stale")), true);
  // Typing goes on; then the page is whole again.
  await hands.type(THREE);
  await hands.page.waitForFunction(() => document.querySelectorAll("#wrt option").length > 0, null, { timeout: 60_000 });
  await hands.settled();
  assert.equal(await hands.formula(), "∂J∂W1≈X⊤·(Yˆ−Y)/n·W3⊤·S2·W2⊤·S1");
  assert.equal(await hands.page.locator("#problems").innerText(), "");
  assert.equal(await hands.page.evaluate(() => document.body.classList.contains("stale")), false);
  hands.silent();
}

export async function what_takes_long_is_told_and_gives_way(address) {
  const hands = await visit(address);
  const busy = hands.page.locator("#busy");
  const put = async (text) => {
    await hands.page.locator("#editor .cm-content").click();
    await hands.page.keyboard.press("Control+A");
    await hands.page.keyboard.insertText(text);
  };
  await put("input X [n, 4]\nrepeat 10000 { dense 4 relu }\nloss half_mse\n");
  await hands.page.waitForFunction(() => document.querySelector("#busy").textContent !== "", null, { timeout: 5000 });
  const started = Date.now();
  await put(THREE.replace("f3", "7"));
  await hands.page.waitForFunction(() => document.querySelector("#formula").textContent.includes("7"), null, { timeout: 8000 });
  assert.ok(Date.now() - started < 8000);
  assert.equal(await busy.innerText(), "");
  hands.silent();
}
