// An address of `chainrule explore` → its page in a browser that notes all that it says, with hands that type, point and wait.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";

export const require = createRequire(join(process.env.NODE_PATH, "explore.cjs"));
const { chromium } = require("playwright-core");

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

export const THREE = "input X [n, f0]\ndense f1 relu\ndense f2 relu\ndense f3\nloss half_mse\n";

/** So many milliseconds without a question mean that there is none left. */
const CALM = 350;

let browser = null;

/** A page, and what it must not do: speak on the console, break its own policy, ask anyone else. */
export async function visit(address, { fragment = "", wait = true, ...options } = {}) {
  const context = await (await launched()).newContext({ viewport: { width: 1280, height: 900 }, colorScheme: "light", ...options });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: new URL(address).origin });
  const page = await context.newPage();
  const said = [];
  const requests = Object.assign([], { open: 0 });
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, () => (requests.open -= 1));
  page.on("console", (message) => said.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`error: ${error.message}`));
  page.on("request", (request) => {
    requests.push(request);
    requests.open += 1;
    const own = request.url().startsWith(address) || /^(data|blob):/.test(request.url());
    if (!own) said.push(`asks for ${request.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.log(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto(`${address}${fragment}`);
  const hands = new Hands(page, said, requests);
  if (wait) await hands.settled();
  return hands;
}

async function launched() {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  return browser;
}

/** A page of a file, as a browser shows it. */
export async function leaf(file, options = {}) {
  const page = await (await (await launched()).newContext(options)).newPage();
  await page.goto(`file://${file}`);
  return page;
}

/** A page of a file, without scripts: what it asks for, what can be read, and what is printed on A4, as PDF. */
export async function opened(file) {
  const context = await (await launched()).newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`file://${file}`);
  const text = await page.locator("body").innerText();
  const printed = (await page.pdf({ format: "A4", preferCSSPageSize: true })).toString("latin1");
  return { asked, text, printed };
}

/** The colours of an image, each once, as `red,green,blue`. */
export async function coloursOf(image) {
  const page = await (await launched()).newPage();
  return page.evaluate(async (image) => {
    const picture = new Image();
    picture.src = image;
    await picture.decode();
    const { width, height } = picture;
    const ground = new OffscreenCanvas(width, height).getContext("2d");
    ground.drawImage(picture, 0, 0);
    const { data } = ground.getImageData(0, 0, width, height);
    const colours = new Set();
    for (let at = 0; at < data.length; at += 4) colours.add(data.subarray(at, at + 3).join());
    return [...colours];
  }, image);
}

export async function leave() {
  await browser?.close();
}

export class Hands {
  constructor(page, said, requests) {
    Object.assign(this, { page, said, requests });
  }

  /** Until the formula is there and for a while nothing is asked. */
  async settled() {
    await this.page.locator("#formula math, #formula .refused").first().waitFor();
    for (let still = 0; still < CALM; still += 25) {
      await this.page.waitForTimeout(25);
      if (this.requests.open > 0) still = 0;
    }
    await this.quiet();
  }

  /** Until two frames have been drawn. */
  quiet() {
    return this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }

  /** Puts another text into the editor, as one who types. */
  async type(text) {
    await this.page.locator("#editor .cm-content").click();
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.press("Delete");
    await this.page.keyboard.insertText(text);
    await this.settled();
  }

  /** The text of the editor, without what stands behind its lines. */
  text() {
    return this.page.evaluate(() => {
      const lines = document.querySelector("#editor").shadowRoot.querySelectorAll(".cm-line");
      return [...lines].map((line) => {
        const copy = line.cloneNode(true);
        copy.querySelectorAll(".shape-at-end").forEach((shape) => shape.remove());
        return copy.textContent;
      }).join("\n");
    });
  }

  /** What stands behind the lines. */
  shapes() {
    return this.page.evaluate(() =>
      [...document.querySelector("#editor").shadowRoot.querySelectorAll(".shape-at-end")].map((shape) => shape.textContent));
  }

  /** The formula as it is read, without blanks and shapes. */
  formula() {
    return this.page.evaluate(() => {
      const copy = document.querySelector("#formula").cloneNode(true);
      copy.querySelectorAll(".shape").forEach((shape) => shape.remove());
      return copy.textContent.replace(/\s|[\u2061\u2062]/g, "");
    });
  }

  /** Opens a view by its tab; on a narrow page it is in a group of views, which is opened first. */
  async view(name, group) {
    const radio = this.page.getByRole("radio", { name: group, exact: true });
    if (await radio.isVisible()) await radio.click();
    await this.page.getByRole("tab", { name, exact: true }).click();
    await this.settled();
  }

  async choose(key) {
    await this.page.locator("#wrt").selectOption(key);
    await this.settled();
  }

  /** The places of the graph with this class. */
  places(name) {
    return this.page.evaluate(
      (name) => [...new Set([...document.querySelectorAll(`.picture .${name}`)].map((element) => element.dataset.place))].sort(),
      name);
  }

  /** The factors of the formula with this class. */
  factors(name) {
    return this.page.evaluate(
      (name) => [...new Set([...document.querySelectorAll(`#formula .${name}`)].map((element) => Number(element.dataset.factor)))]
        .sort((a, b) => a - b),
      name);
  }

  async copied(entry) {
    await this.page.locator("[data-menu=copy] summary").click();
    await this.page.locator(`[data-entry=${entry}]`).click();
    await this.page.locator("#toast p").waitFor();
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** That all the while nothing was said that should not be. */
  silent() {
    assert.deepEqual(this.said, []);
  }
}
