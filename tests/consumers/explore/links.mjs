// What is copied, and the state in the address.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { THREE, visit } from "./harness.mjs";

const command = (program, ...options) => execFileSync(program, ["derive", "-e", THREE, ...options], { encoding: "utf8" });

export async function what_is_copied_is_what_the_command_prints(address, program) {
  const hands = await visit(address);
  await hands.type(THREE);
  await hands.choose("W2");
  assert.equal(await hands.copied("latex"), command(program, "--wrt", "W2", "--format", "latex"));
  assert.equal(await hands.copied("typst"), command(program, "--wrt", "W2", "--format", "typst"));
  await hands.page.getByRole("radio", { name: "Layered" }).click();
  await hands.settled();
  assert.equal(await hands.copied("latex"), command(program, "--wrt", "W2", "--form", "layered", "--format", "latex"));
  assert.match(await hands.copied("svg"), /^<svg [^]*<\/svg>\s*$/);
  hands.silent();
}

export async function a_link_restores_all(address) {
  const hands = await visit(address);
  await hands.type(THREE);
  await hands.choose("b2");
  await hands.page.getByRole("radio", { name: "Layered" }).click();
  await hands.settled();
  await hands.page.locator("#stepper input[type=range]").fill("2");
  await hands.page.getByRole("tab", { name: "Why", exact: true }).click();
  await hands.settled();
  const link = await hands.copied("link");
  const other = await visit(address, { fragment: new URL(link).hash });
  assert.equal(await other.text(), THREE);
  assert.equal(await other.page.locator("#wrt").inputValue(), "b2");
  assert.equal(await other.formula(), await hands.formula());
  assert.deepEqual(await other.factors("reached"), await hands.factors("reached"));
  assert.equal(await other.page.locator("[role=tab][aria-selected=true]").innerText(), "Why");
  // Back takes back one choice at a time.
  await hands.page.goBack();
  await hands.settled();
  assert.equal(await hands.page.locator("[role=tab][aria-selected=true]").innerText(), "Steps");
  await hands.page.goBack();
  await hands.settled();
  assert.deepEqual(await hands.factors("reached"), []);
  await hands.page.goBack();
  await hands.settled();
  assert.equal(await hands.page.getByRole("radio", { name: "Product" }).getAttribute("aria-checked"), "true");
  // What is typed is never part of an address that is asked for.
  for (const each of [hands, other]) {
    each.silent();
    for (const request of each.requests) {
      const { pathname, search } = new URL(request.url());
      assert.ok(request.url().startsWith("data:") || (/^\/(|app\.js|app\.css|engine\.css|api\/(language|page))$/.test(pathname) && search === ""), request.url());
    }
  }
}

export async function a_long_spec_is_in_its_link(address) {
  const hands = await visit(address);
  const long = "# A remark that says the same again.\n".repeat(400) + THREE;
  await hands.type(long);
  const link = await hands.copied("link");
  assert.ok(link.includes("&z=") && link.length < 2000, `${link.length} letters`);
  const other = await visit(address, { fragment: new URL(link).hash });
  // The editor holds but a part of so long a text in the page.
  assert.equal(await other.copied("link"), link);
  assert.equal(await other.formula(), await hands.formula());
  hands.silent();
  other.silent();
}

export async function a_broken_link_is_one_line(address) {
  const example = await (await visit(address)).text();
  for (const fragment of ["#v=1", "#v=9&s=aW5wdXQ", "#v=1&s=%%%", "#v=1&s=_w", "#v=1&z=AAAA", "#nonsense", "#v=1&s=aW5wdXQ&form=other",
    "#v=1&s=aW5wdXQ&step=-1", "#v=1&s=aW5wdXQ&wrt=<b>"]) {
    const hands = await visit(address, { fragment });
    assert.equal(await hands.page.locator("#toast p").count(), 1, fragment);
    assert.match(await hands.page.locator("#toast p").innerText(), /link/, fragment);
    assert.equal(await hands.text(), example, fragment);
    hands.silent();
    await hands.page.context().close();
  }
}
