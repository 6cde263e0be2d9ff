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
  // Typing goes on while the program derives or refuses; then the page is whole again.
  await hands.type(THREE);
  await hands.page.waitForFunction(() => document.querySelectorAll("#wrt option").length > 0, null, { timeout: 60_000 });
  await hands.settled();
  assert.equal(await hands.formula(), "∂J∂W1≈X⊤·(Yˆ−Y)/n·W3⊤·S2·W2⊤·S1");
  // A slow machine is told that its time is up; the browser writes that down.
  assert.deepEqual(hands.said.filter((line) => !line.includes("status of 504")), []);
}
