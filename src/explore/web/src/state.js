// What the user chose → one state that all parts read, its undo, and its place in the address.
import { BrokenLink, decode, encode } from "./fragment.js";

/** What a page without a fragment shows; the spec is that of the server. */
export const DEFAULTS = Object.freeze({
  spec: "",
  wrt: null,
  form: "product",
  expand: false,
  paths: false,
  layout: null,
  unfold: false,
  step: null,
  off: null,
  seed: 0,
  init: null,
  view: "steps",
});

/** Choices that depend on the spec and are let go with it. */
const OF_SPEC = Object.freeze({ step: null, off: null });

export class State {
  #now = { ...DEFAULTS };
  #listeners = new Set();
  #undone = [];
  #done = [];
  #written = Promise.resolve();

  get now() {
    return this.#now;
  }

  subscribe(listener) {
    this.#listeners.add(listener);
  }

  /** While one types: the address follows without a new entry in the history. */
  type(spec) {
    if (spec !== this.#now.spec) this.#become({ ...this.#now, ...OF_SPEC, spec }, "replace");
  }

  /** A choice: the browser's Back takes it back, and so does undo. */
  choose(change, { remember = true } = {}) {
    const next = { ...this.#now, ...change };
    if (same(next, this.#now)) return;
    if (remember) {
      this.#done.push({ choice: this.#now });
      this.#undone = [];
    }
    this.#become(next, remember ? "push" : "replace");
  }

  /** The editor has a new entry in its own history. */
  rememberText() {
    this.#done.push({ text: true });
    this.#undone = [];
  }

  /** Takes back the last change; `editor` takes back one of the text. */
  undo(editor) {
    this.#move(this.#done, this.#undone, () => editor.undo());
  }

  redo(editor) {
    this.#move(this.#undone, this.#done, () => editor.redo());
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /** The editor undid or redid by its own keys. */
  textMoved(back) {
    const [from, to] = back ? [this.#done, this.#undone] : [this.#undone, this.#done];
    const at = from.findLastIndex((entry) => entry.text);
    if (at >= 0) to.push(...from.splice(at, 1));
  }

  #move(from, to, text) {
    const last = from.at(-1);
    if (!last) return;
    // The editor reports its own move by `textMoved`.
    if (last.text) return text();
    from.pop();
    to.push({ choice: this.#now });
    // The text has a history of its own.
    this.#become({ ...last.choice, spec: this.#now.spec }, "push");
  }

  /** Reads the address; gives the name of what is wrong with it, or null. */
  async read(example) {
    const defaults = { ...DEFAULTS, spec: example };
    try {
      this.#become(await decode(location.hash, defaults), null);
      return null;
    } catch (error) {
      if (!(error instanceof BrokenLink)) throw error;
      this.#become(defaults, null);
      return error.message;
    }
  }

  /** The address of this state. */
  async link() {
    return `${location.origin}${location.pathname}#${await encode(this.#now)}`;
  }

  #become(next, history) {
    const before = this.#now;
    this.#now = next;
    if (history) this.#write(history);
    for (const listener of this.#listeners) listener(next, before);
  }

  /** One after the other, so that each choice has an entry of its own; a long spec has to be deflated first. */
  #write(way) {
    const state = this.#now;
    this.#written = this.#written.then(async () => {
      if (way === "replace") await idle();
      // While one types, only the newest address is worth writing.
      if (way === "replace" && state !== this.#now) return;
      const address = `#${await encode(state)}`;
      if (way === "push") history.pushState(null, "", address);
      else history.replaceState(null, "", address);
    });
  }
}

/** While one types, the address can wait until the browser has nothing else to do. */
const idle = () => new Promise((done) => (window.requestIdleCallback ? requestIdleCallback(done, { timeout: 300 }) : setTimeout(done, 100)));

const same = (a, b) => Object.keys(a).every((key) => a[key] === b[key]);
