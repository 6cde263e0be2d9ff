// The computation graph as SVG of the engine → the picture, whose frames and edges can be pointed at, tapped and walked through.
import { fillPicture } from "./safe.js";
import { pretty } from "./shape.js";
import { words } from "./words.js";

/** How the engine draws what is on the path. */
const STRONG = "2.5";

/** Around the picture, in pixels. */
const MARGIN = 10;

/** Pixels below which a picture is the ladder, which is read at its full size. */
const LADDER = 640;

export class GraphView {
  #host;
  #picture;
  #spotlight;
  #chosen;
  #fold;
  #svg = null;
  #graph = null;
  #variables = new Map();
  #places = new Map();
  #onward = new Map();
  #frames = [];
  #at = 0;
  #lit = [];

  /** `chosen(key)` when a gradient is chosen in the graph, `fold()` when layers are to be folded or unfolded. */
  constructor(host, spotlight, { chosen, fold }) {
    this.#host = host;
    this.#spotlight = spotlight;
    this.#chosen = chosen;
    this.#fold = fold;
    this.#picture = document.createElement("div");
    this.#picture.className = "picture";
    host.append(this.#picture, legend());
    const { graph } = words;
    this.#picture.setAttribute("role", "group");
    this.#picture.setAttribute("aria-label", `${graph.label}. ${graph.keys}`);
    this.#picture.addEventListener("pointerover", (event) => event.pointerType === "mouse" && this.#point(event.target));
    this.#picture.addEventListener("pointerleave", () => spotlight.point(null));
    this.#picture.addEventListener("focusin", (event) => this.#point(event.target));
    this.#picture.addEventListener("focusout", () => spotlight.point(null));
    this.#picture.addEventListener("click", (event) => this.#tap(event.target));
    this.#picture.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The pixels that a picture is asked for: a wide one is shown a little smaller, so that fewer lines of it are needed. */
  get width() {
    const room = this.#picture.clientWidth - 2 * MARGIN;
    return Math.max(300, Math.min(4000, Math.floor(room < LADDER ? room : room * 1.12)));
  }

  /** Shows a graph; one that is shown already stays. */
  show(graph, variables) {
    this.#variables = new Map(variables.map((variable) => [variable.key, { ...variable, shape: pretty(variable.shape) }]));
    if (graph.svg === this.#svg) return;
    this.light();
    this.#svg = graph.svg;
    this.#graph = { ...graph, nodes: new Map(graph.nodes.map((node) => [node.key, { ...node, shape: pretty(node.shape) }])) };
    fillPicture(this.#picture, graph.svg);
    // What can be pressed may not lie inside an image.
    this.#picture.firstElementChild?.setAttribute("role", "group");
    this.#host.classList.toggle("narrow", graph.narrow);
    this.#places = new Map();
    for (const element of this.#picture.querySelectorAll("[data-place]")) {
      const { place } = element.dataset;
      if (this.#places.has(place)) this.#places.get(place).push(element);
      else this.#places.set(place, [element]);
    }
    this.#walkable();
    // Edges of the backward pass on the path, by the step that they leave.
    this.#onward = new Map();
    for (const [place, elements] of this.#places) {
      const [kind, step] = place.split(":");
      const isOnPath = elements.some((element) => element.localName === "path" && element.getAttribute("stroke-width") === STRONG);
      if (kind === "adjoint" && isOnPath) this.#onward.set(step, [...(this.#onward.get(step) ?? []), place]);
    }
  }

  /** Lights places: those pointed at, and those that a step has reached; each with the edge that carries on what comes of it. */
  light(spot, reached, newest) {
    for (const element of this.#lit) element.classList.remove("spot", "reached", "newest");
    this.#lit = [];
    const add = (places, name) => {
      for (const place of this.#withEdges(places ?? [])) {
        for (const element of this.#places.get(place) ?? []) {
          element.classList.add(name);
          this.#lit.push(element);
        }
      }
    };
    add(spot, "spot");
    add(reached, "reached");
    add(newest, "newest");
    this.#picture.classList.toggle("stepping", Boolean(reached));
  }

  #withEdges(places) {
    const all = new Set(places);
    for (const place of places) {
      const [kind, step] = place.split(":");
      if (kind !== "backward") continue;
      for (const edge of this.#onward.get(step) ?? []) all.add(edge);
    }
    return all;
  }

  /** Brings a place into view. */
  reveal(places, smooth) {
    const element = places.map((place) => this.#places.get(place)?.[0]).find(Boolean);
    element?.scrollIntoView({ block: "nearest", inline: "nearest", behavior: smooth ? "smooth" : "instant" });
  }

  /** What a place is, as the text of a sentence and its MathML. */
  tell(place) {
    const [kind, ...names] = place.split(":");
    const { graph } = words;
    const node = (key) => this.#graph?.nodes.get(key) ?? { text: key, shape: "" };
    const variable = (key) => this.#variables.get(key) ?? { text: key, shape: "", said: null };
    const [first, second] = names;
    if (isFold(node(first)) && ["forward", "backward"].includes(kind)) return { said: graph.stands(this.#folded(first)) };
    switch (kind) {
      case "forward": {
        const { text, shape, formula } = node(first);
        return formula ? { said: graph.forward(text, shape), mathml: formula } : { said: this.#variables.get(first)?.said ?? graph.given(text, shape) };
      }
      case "edge":
        return { said: graph.edge(node(first).text, node(first).shape, node(second).text) };
      case "parameter": {
        const { text, shape, said } = variable(second);
        return { said: said ?? graph.parameter(text, shape) };
      }
      case "backward":
        return { said: graph.backward(node(first).text) };
      case "adjoint":
        return { said: graph.adjoint(node(second).text, node(second).shape, node(first).text) };
      case "gradient":
        return { said: graph.gradient(variable(second).text, variable(second).shape) };
      case "received":
        return { said: graph.received(node(first).text) };
      case "end":
        return { said: graph.end(variable(first).text, variable(first).shape) };
      case "kept":
        return { said: graph.kept(node(first).text) };
      default:
        return { said: "" };
    }
  }

  /** The statement of a place. */
  linesOf(place) {
    const [kind, first, second] = place.split(":");
    const key = kind === "adjoint" ? second : first;
    return this.#graph?.nodes.get(key)?.lines ?? this.#variables.get(second ?? first)?.lines ?? null;
  }

  /** The frames of what a line of the spec makes. */
  placesOf(line) {
    const isOn = (key) => {
      const lines = this.#graph?.nodes.get(key)?.lines;
      return lines && lines.from <= line && line <= lines.to;
    };
    return this.#frames.filter(({ place }) => isOn(place.split(":")[1])).map(({ place }) => place);
  }

  /** The values that a line of the spec makes, as a text. */
  valuesOf(line) {
    const nodes = [...(this.#graph?.nodes.values() ?? [])];
    const those = nodes.filter(({ lines }) => lines && lines.from <= line && line <= lines.to).map(({ text }) => text);
    return those.length > 4 ? [...those.slice(0, 2), "…", those.at(-1)] : those;
  }

  /** What a frame of folded layers stands for. */
  #folded(key) {
    const folds = [...this.#graph.nodes.values()].filter(isFold).map((node) => node.key);
    return this.foldedLayers[folds.indexOf(key)] ?? "";
  }

  get foldedLayers() {
    return this.#graph?.folded ?? [];
  }

  focus() {
    this.#frames[this.#at]?.element.focus();
  }

  /** Frames are one stop of Tab; arrows move between them. */
  #walkable() {
    this.#frames = [];
    for (const element of this.#picture.querySelectorAll("[tabindex]")) element.removeAttribute("tabindex");
    for (const [place, elements] of this.#places) {
      const [kind, , variable] = place.split(":");
      if (!["forward", "backward", "gradient", "end"].includes(kind)) continue;
      const frame = elements.find(({ localName }) => localName === "rect");
      if (!frame) continue;
      frame.setAttribute("role", "button");
      frame.setAttribute("tabindex", "-1");
      frame.setAttribute("aria-label", this.tell(place).said);
      this.#frames.push({ place, kind, variable, element: frame, y: Number(frame.getAttribute("y")) });
    }
    // Down the lanes in the order in which values come about.
    const order = new Map([...this.#graph.nodes.keys()].map((key, at) => [key, at]));
    this.#frames.forEach((frame) => (frame.step = order.get(frame.place.split(":")[1]) ?? 0));
    const focused = this.#frames.findIndex(({ element }) => element === document.activeElement);
    const chosen = this.#frames.findIndex(({ element }) => element.getAttribute("stroke-width") === STRONG);
    this.#at = Math.max(0, focused < 0 ? chosen : focused);
    this.#frames[this.#at]?.element.setAttribute("tabindex", "0");
  }

  #point(target) {
    const place = placeOf(target);
    this.#spotlight.point(place === null ? null : { place });
  }

  #tap(target) {
    const place = placeOf(target);
    if (place === null) return;
    if (!this.#choose(place)) this.#spotlight.pin({ place });
  }

  /** Whether the place is a gradient, which then becomes the chosen one, or a fold, which opens. */
  #choose(place) {
    const [kind, first, second] = place.split(":");
    const node = this.#graph.nodes.get(first);
    if (["forward", "backward"].includes(kind) && isFold(node)) this.#fold();
    else if (kind === "gradient") this.#chosen(second);
    else if (kind === "end") this.#chosen(first);
    else return false;
    return true;
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const now = this.#frames[this.#at];
    if (!now) return;
    const next = {
      ArrowRight: () => this.#along(now, 1),
      ArrowLeft: () => this.#along(now, -1),
      ArrowUp: () => this.#across(now, -1),
      ArrowDown: () => this.#across(now, 1),
    }[event.key];
    if (next) {
      const to = next();
      if (to >= 0) this.#go(to);
      event.preventDefault();
    } else if (event.key === "Enter" || event.key === " ") {
      if (!this.#choose(now.place)) this.#spotlight.pin({ place: now.place });
      event.preventDefault();
    }
  }

  /** The next frame of the same lane. */
  #along({ kind, step }, by) {
    const lane = laneOf(kind);
    const there = this.#frames
      .map((frame, at) => ({ ...frame, at }))
      .filter((frame) => laneOf(frame.kind) === lane && Math.sign(frame.step - step) === by)
      .sort((a, b) => by * (a.step - b.step));
    return there[0]?.at ?? -1;
  }

  /** The next frame of the same step above or below. */
  #across({ step, place }, by) {
    const column = this.#frames
      .map((frame, at) => ({ ...frame, at }))
      .filter((frame) => frame.step === step)
      .sort((a, b) => laneOf(a.kind) - laneOf(b.kind) || a.y - b.y);
    const here = column.findIndex((frame) => frame.place === place);
    return column[here + by]?.at ?? -1;
  }

  #go(to) {
    this.#frames[this.#at]?.element.setAttribute("tabindex", "-1");
    this.#at = to;
    const { element } = this.#frames[to];
    element.setAttribute("tabindex", "0");
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

/** A value that is made of others, and nobody says how. */
const isFold = (node) => Boolean(node) && !node.formula && node.from?.length > 0;

const laneOf = (kind) => ["forward", "backward", "gradient", "end"].indexOf(kind === "end" ? "gradient" : kind);

const placeOf = (target) => target.closest?.("[data-place]")?.dataset.place ?? null;

function legend() {
  const caption = document.createElement("figcaption");
  for (const [name, text] of Object.entries(words.graph.legend)) {
    const entry = document.createElement("span");
    entry.className = `key ${name}`;
    entry.textContent = text;
    caption.append(entry);
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet fold";
  button.hidden = true;
  caption.append(button);
  return caption;
}
