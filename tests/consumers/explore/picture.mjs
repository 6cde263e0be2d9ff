// The computation graph in the page: its texts, its path, its lanes, its folds.
import assert from "node:assert/strict";
import { THREE, visit } from "./harness.mjs";

/** The words of a repeated network. */
const deep = (layers) => `input X [n, 64]\nrepeat ${layers} { dense 64 relu }\nloss half_mse\n`;

const LONG = "input Observations [batch_of_samples, number_of_features]\nfirst_hidden_layer: dense width_of_the_hidden_layer relu\n"
  + "second_hidden_layer: dense width_of_the_second_layer tanh\noutput_layer: dense number_of_outputs\nloss half_mse\n";

/** Pairs of texts in the picture whose boxes lie over one another, and texts that reach out of it. */
const overlaps = (hands) =>
  hands.page.evaluate(() => {
    const found = [];
    const texts = [...document.querySelectorAll(".picture text")].map((text) => ({ name: text.textContent, place: text.dataset.place, box: text.getBoundingClientRect() }));
    const ground = document.querySelector(".picture svg").getBoundingClientRect();
    texts.forEach(({ name, place, box }, at) => {
      if (box.left < ground.left - 1 || box.right > ground.right + 1) found.push(`${name} reaches out`);
      for (const other of texts.slice(at + 1)) {
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        // Lines of one formula may come as near as lines of a text: an index reaches below its own.
        const near = place === other.place ? 5 : 2;
        if (across > 1 && down > near) found.push(`${name} over ${other.name}`);
      }
    });
    return found;
  });

export async function no_texts_of_the_graph_overlap(address) {
  for (const width of [1280, 390]) {
    const hands = await visit(address, { viewport: { width, height: 900 } });
    for (const spec of [THREE, deep(12), deep(300), LONG]) {
      await hands.type(spec);
      assert.deepEqual(await overlaps(hands), [], `${width} pixels, ${spec}`);
    }
    hands.silent();
  }
}

export async function every_edge_has_its_symbol_and_shape(address) {
  const hands = await visit(address);
  await hands.type(THREE);
  const edges = await hands.page.evaluate(() => {
    const texts = new Map();
    for (const element of document.querySelectorAll(".picture [data-place]")) {
      const { place } = element.dataset;
      if (!/^(edge|adjoint):/.test(place)) continue;
      texts.set(place, [...(texts.get(place) ?? []), ...(element.localName === "text" ? [element.textContent.replaceAll("\u00a0", " ")] : [])]);
    }
    return [...texts];
  });
  // An edge that goes on in the next line says so at both ends.
  const expected = [
    ["edge:X:Z1", "X", "n × f0"], ["edge:Z1:A1", "Z1", "n × f1"], ["edge:A1:Z2", "A1", "n × f1"], ["edge:Z2:A2", "Z2", "n × f2"],
    ["edge:A2:Z3", "A2", "n × f2"], ["edge:Z3:A3", "Z3", "n × f3"], ["edge:A3:J", "Ŷ", "n × f3"],
    ["adjoint:J:Z3", "Δ3", "n × f3"], ["adjoint:Z3:A2", "∂J/∂A2", "n × f2"], ["adjoint:A2:Z2", "Δ2", "n × f2"],
    ["adjoint:Z2:A1", "∂J/∂A1", "n × f1"], ["adjoint:A1:Z1", "Δ1", "n × f1"], ["adjoint:Z1:X", "∂J/∂X", "n × f0"],
  ];
  const told = edges.map(([place, texts]) => [place, ...new Set(texts.map((text) => text.normalize("NFC")))]);
  const order = (a, b) => (a[0] < b[0] ? -1 : 1);
  assert.deepEqual(told.sort(order), expected.sort(order));
  hands.silent();
}

export async function the_path_of_a_gradient_is_lit(address) {
  const hands = await visit(address);
  await hands.type(THREE);
  await hands.choose("W2");
  const lit = await hands.page.evaluate(() => {
    const strong = [...document.querySelectorAll(".picture text[font-weight=bold]")];
    return [...new Set(strong.filter((text) => /^(edge|adjoint|parameter):/.test(text.dataset.place)).map((text) => text.textContent))];
  });
  const symbols = lit.map((text) => text.replaceAll("\u00a0", " ")).filter((text) => !text.includes("×")).sort();
  assert.deepEqual(symbols, ["A1", "W3", "Z2", "Δ2", "Δ3", "∂J/∂A2"].sort());
  // A click in the graph chooses another.
  await hands.page.locator(".picture rect[data-place='gradient:Z1:W1']").click({ force: true });
  await hands.settled();
  assert.equal(await hands.page.locator("#wrt").inputValue(), "W1");
  hands.silent();
}

export async function the_lanes_mirror_each_other(address) {
  const hands = await visit(address);
  await hands.type("input X [n, f0]\ndense f1 relu\ndense 10 softmax\nloss cce\n");
  const frames = await hands.page.evaluate(() => {
    const middle = (place) => {
      const rect = document.querySelector(`.picture rect[data-place='${place}']`);
      const box = rect.getBoundingClientRect();
      return { left: box.left, right: box.right, top: box.top };
    };
    return ["Z1", "A1", "Z2"].map((key) => [middle(`forward:${key}`), middle(`backward:${key}:0`)]);
  });
  for (const [forward, backward] of frames) {
    assert.ok(Math.abs(forward.left - backward.left) < 1 && Math.abs(forward.right - backward.right) < 1);
    assert.ok(backward.top > forward.top);
  }
  const places = await hands.page.evaluate(() => [...document.querySelectorAll(".picture [data-place]")].map(({ dataset }) => dataset.place));
  // The loss takes the prediction, whatever is absorbed on the way back.
  assert.ok(places.includes("edge:A2:J"));
  assert.ok(!places.includes("edge:Z2:J"));
  assert.ok(places.includes("adjoint:J:Z2"));
  hands.silent();
}

export async function deep_networks_are_folded(address) {
  const hands = await visit(address);
  await hands.type(deep(300));
  const elements = () => hands.page.evaluate(() => document.querySelectorAll(".picture svg [data-place]").length);
  const all = await hands.page.evaluate(() => document.querySelectorAll(".picture svg > *").length);
  // Frames, lines and texts; the parts that a text is set of are not counted.
  assert.ok(all < 250, `${all} elements`);
  assert.match(await hands.page.locator(".picture").textContent(), /layers.3.to.29[78]/);
  const folded = await elements();
  const unfold = hands.page.locator("#graph .fold");
  await unfold.click();
  await hands.settled();
  const middle = hands.page.locator(".picture rect[data-place='forward:Z150']");
  await middle.waitFor();
  assert.ok((await elements()) > 10 * folded);
  await unfold.click();
  await middle.waitFor({ state: "detached" });
  assert.equal(await elements(), folded);
  // The frame that stands for the layers says so, and opens too.
  const fold = hands.page.locator(".picture rect[stroke-dasharray][data-pass='forward']");
  assert.match(await fold.getAttribute("aria-label"), /layers 3 to 29[78]/);
  await fold.dispatchEvent("click");
  await middle.waitFor();
  hands.silent();
}
