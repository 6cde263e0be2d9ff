// The steps of a gradient: what is lit at each, by slider, by play, and pointed at by hand.
import assert from "node:assert/strict";
import { THREE, visit } from "./harness.mjs";

export async function each_step_lights_one_factor_more(address) {
  const hands = await visit(address);
  await hands.type(THREE);
  await hands.choose("W1");
  const slider = hands.page.locator("#stepper input[type=range]");
  await slider.waitFor();
  const count = Number(await slider.getAttribute("max"));
  // X⊤, the error, W₃⊤, S₂, W₂⊤, S₁
  assert.equal(count, 6);
  const frames = (places) => places.filter((place) => /^(backward|gradient):/.test(place));
  let before = [];
  for (let step = 1; step <= count; step++) {
    await slider.fill(String(step));
    await hands.quiet();
    const reached = await hands.factors("reached");
    assert.equal(reached.length, step);
    assert.equal((await hands.factors("newest")).length, 1);
    assert.ok(before.every((factor) => reached.includes(factor)));
    before = reached;
    assert.equal(frames(await hands.places("reached")).length, step, `frames at step ${step}`);
    assert.ok((await hands.places("newest")).length > 0);
    assert.match(await hands.page.locator("#meaning").textContent(), /\S/);
  }
  // The error comes first, the matrix of the variable itself last.
  await slider.fill("1");
  await hands.quiet();
  assert.deepEqual(await hands.factors("reached"), [1]);
  hands.silent();
}

export async function play_goes_from_step_to_step(address) {
  const hands = await visit(address, { reducedMotion: "reduce" });
  await hands.type(THREE);
  await hands.page.evaluate(() => {
    globalThis.scrolled = [];
    const real = Element.prototype.scrollIntoView;
    Element.prototype.scrollIntoView = function (how) {
      globalThis.scrolled.push(how.behavior);
      return real.call(this, how);
    };
  });
  await hands.page.getByRole("button", { name: "Play the steps" }).click();
  await hands.page.locator("#stepper .count", { hasText: "Step 2 of 6" }).waitFor();
  await hands.page.getByRole("button", { name: "Pause" }).click();
  const paused = await hands.factors("reached");
  await hands.page.waitForTimeout(1300);
  assert.deepEqual(await hands.factors("reached"), paused);
  // Who wants no motion sees steps jump.
  assert.deepEqual([...new Set(await hands.page.evaluate(() => globalThis.scrolled))], ["instant"]);
  assert.equal(await hands.page.evaluate(() => document.getAnimations().length), 0);
  hands.silent();
}

/** All that is lit, and what is said of it. */
async function lit(hands) {
  await hands.quiet();
  return {
    factors: await hands.factors("spot"),
    places: await hands.places("spot"),
    lines: await hands.page.evaluate(() =>
      [...document.querySelector("#editor").shadowRoot.querySelectorAll(".lit-line")].map((line) => line.firstChild.textContent)),
    said: await hands.page.locator("#meaning").innerText(),
  };
}

export async function hover_focus_and_tap_do_the_same(address) {
  const hands = await visit(address);
  await hands.type(THREE);
  const factor = hands.page.locator("#formula [data-factor='2']");
  await factor.hover();
  const hovered = await lit(hands);
  assert.deepEqual(hovered.factors, [2]);
  assert.ok(hovered.places.includes("backward:Z3:0"));
  assert.equal(hovered.lines.length, 1);
  assert.match(hovered.said, /W/);
  assert.match(hovered.said, /f₃ × f₂/);
  await hands.page.mouse.move(640, 20);
  assert.deepEqual((await lit(hands)).factors, []);
  await factor.focus();
  assert.deepEqual(await lit(hands), hovered);
  await hands.page.locator("#editor .cm-content").focus();
  assert.deepEqual((await lit(hands)).factors, []);

  const touched = await visit(address, { hasTouch: true, fragment: new URL(hands.page.url()).hash });
  await touched.page.locator("#formula [data-factor='2']").tap();
  assert.deepEqual(await lit(touched), hovered);
  // The frame in the graph lights the same factor.
  const framed = await visit(address, { fragment: new URL(hands.page.url()).hash });
  await framed.page.locator(".picture rect[data-place='backward:Z3:0']").hover({ force: true });
  assert.deepEqual((await lit(framed)).factors, [2]);
  for (const each of [hands, touched, framed]) each.silent();
}

export async function factors_of_the_chain_rule_and_of_the_sketch_are_lit(address) {
  const hands = await visit(address);
  await hands.type(THREE);
  for (const [form, factor, place, said] of [["Chain rule", 4, "adjoint:A2:Z2", /derivative of A₂/], ["Sketch", 3, "backward:Z2:0", /W₂ holds the weights/]]) {
    await hands.page.getByRole("radio", { name: form, exact: true }).click();
    await hands.settled();
    await hands.page.locator(`#formula [data-factor='${factor}']`).hover();
    const { factors, places, said: told } = await lit(hands);
    assert.ok(factors.includes(factor) && places.includes(place), `${form}: ${factors} ${places}`);
    assert.match(told.replace(/\s+/g, " "), said);
  }
  hands.silent();
}

export async function every_view_has_something_to_say(address) {
  const hands = await visit(address);
  await hands.type(THREE);
  for (const [tab, expected] of [
    ["Steps", /Start with the error/], ["Why", /hadamard|diag|row/i], ["All gradients", /[∂𝜕]/u], ["Influence", /W/], ["Flow", /gradient/i],
    ["Check", /1e-12|agree|equal/i], ["Any depth", /./], ["Signs", /transpose/],
  ]) {
    await hands.page.getByRole("tab", { name: tab, exact: true }).click();
    await hands.page.locator("#panel .waiting").waitFor({ state: "detached", timeout: 20_000 });
    const panel = hands.page.locator("#panel");
    await hands.settled();
    assert.match(await panel.innerText(), expected, tab);
  }
  await hands.page.getByRole("tab", { name: "Flow", exact: true }).click();
  await hands.settled();
  assert.ok((await hands.page.locator("#panel svg").count()) > 0, "flow is a picture");
  hands.silent();
}
