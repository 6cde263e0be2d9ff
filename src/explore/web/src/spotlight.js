// A factor, a place of the graph or a line of the spec → what is lit together with it: factors, frames, edges and the lines of its layer. Hover,
// focus and tap all come here; a tap or Enter pins, so that what is lit stays.

export class Spotlight {
  #pinned = null;
  #shown = null;
  #index = new Map();
  #factors = [];
  #show;
  #placesOf;

  /** `show(target)`, where a target is `{ factors, places, lines, factor, place, line }` or null; `placesOf(line)` of the graph. */
  constructor(show, placesOf) {
    this.#show = show;
    this.#placesOf = placesOf;
  }

  /** The factors of a new formula. */
  learn(factors) {
    this.#factors = factors;
    this.#index = new Map();
    factors.forEach(({ places }, at) => {
      for (const place of places) this.#index.set(place, [...(this.#index.get(place) ?? []), at]);
    });
    this.#pinned = null;
    this.#become(null);
  }

  /** While something is pointed at; null at the end. */
  point(at) {
    this.#become(at === null ? this.#pinned : at);
  }

  /** Keeps it lit, or lets it go if it is kept already. */
  pin(at) {
    this.#pinned = at !== null && key(at) === key(this.#pinned) ? null : at;
    this.#become(this.#pinned);
  }

  get isPinned() {
    return this.#pinned !== null;
  }

  #become(at) {
    if (key(at) === key(this.#shown)) return;
    this.#shown = at;
    this.#show(at && this.#target(at));
  }

  #target({ factor = null, place = null, line = null }) {
    if (line !== null) return this.#ofLine(line);
    const factors = factor !== null ? [factor] : (this.#index.get(place) ?? []);
    const first = this.#factors[factors[0]] ?? null;
    // A frame alone, where it is no factor's; else all that belongs to the factor.
    const places = new Set(place === null ? [] : [place]);
    for (const at of factors) this.#factors[at]?.places.forEach((other) => places.add(other));
    return { factors, places, place, factor: first, lines: first?.lines ?? null, line };
  }

  /** All that a line of the spec makes. */
  #ofLine(line) {
    const isOn = ({ lines }) => lines && lines.from <= line && line <= lines.to;
    const factors = this.#factors.flatMap((factor, at) => (isOn(factor) ? [at] : []));
    const places = new Set([...this.#placesOf(line), ...factors.flatMap((at) => this.#factors[at].places)]);
    if (places.size === 0) return null;
    return { factors, places, place: null, factor: null, lines: { from: line, to: line }, line };
  }
}

const key = (at) => (at ? `${at.factor ?? ""}/${at.place ?? ""}/${at.line ?? ""}` : "");
