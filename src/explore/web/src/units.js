// The units of each layer → strips of circles; a click switches a unit off, and the engine answers with the attenuation.
import { html, nothing } from "lit-html";
import { engine } from "./engine.js";
import { words } from "./words.js";

/** Units of a layer up to which each is a circle, and up to which it is a bar. */
const CIRCLES = 24;
const BARS = 160;

/** `off` of the state as a list. */
export const switched = (off) => (off ? off.split(",") : []);

export function units(answer, state, { choose }) {
  const { units: said } = words;
  const off = switched(state.off);
  const toggle = (name) => {
    const next = off.includes(name) ? off.filter((other) => other !== name) : [...off, name];
    choose({ off: next.length > 0 ? next.join(",") : null });
  };
  return html`
    <p>${said.intro} ${off.length > 0 ? html`<button type="button" class="quiet" @click=${() => choose({ off: null })}>${said.reset}</button>` : nothing}</p>
    <div class="strips">${answer.layers.map((layer) => strip(layer, off, toggle))}</div>
    <p class="legend">${said.legend}</p>
    ${off.length > 0 ? html`<div class="engine effect">${engine(answer.html, effect)}</div>` : html`<p class="hint">${said.nothing}</p>`}
    <div class="engine">${engine(answer.html, gates)}</div>`;
}

const isHeading = (node) => node.localName === "h2";
const isFigure = (node) => node.localName === "figure";

/** The engine's page as sections, each with its heading; pictures apart, each once. */
function sections(nodes) {
  const texts = [[]];
  const figures = new Map();
  for (const node of nodes) {
    if (isFigure(node)) figures.set(node.querySelector("title")?.textContent ?? node, node);
    else if (isHeading(node)) texts.push([node]);
    else texts.at(-1).push(node);
  }
  return { texts, figures: [...figures.values()] };
}

/** What switching off does: the pictures first, then the sections behind the first one. */
function effect(nodes) {
  const { texts, figures } = sections(nodes);
  return [...figures.slice(1), ...texts.slice(2).flat()];
}

/** How active the units are. */
function gates(nodes) {
  const { texts, figures } = sections(nodes);
  return [...texts.slice(0, 2).flat(), ...figures.slice(0, 1)];
}

function strip(layer, off, toggle) {
  const { units: said } = words;
  const name = layer.layer;
  const wholeOff = off.includes(name);
  return html`<div class="strip" role="group" aria-label=${said.layer(name)}>
    <span class="strip-name">${said.layer(name)}</span>
    <button type="button" class="whole" aria-pressed=${wholeOff} title=${said.wholeSaid(name)} aria-label=${said.wholeSaid(name)}
      @click=${() => toggle(name)}>${said.whole}</button>
    ${layer.units > BARS ? numbered(layer, off, toggle) : each(layer, off, toggle)}
    ${layer.active === null ? nothing : html`<span class="active">${said.active(layer.active)}</span>`}
  </div>`;
}

function each(layer, off, toggle) {
  const dead = new Set(layer.dead);
  const saturated = new Set(layer.saturated);
  const places = Array.from({ length: layer.units }, (_, at) => at + 1);
  const shape = layer.units > CIRCLES ? "bars" : "circles";
  return html`<div class=${shape}>${places.map((unit) => {
    const name = `${layer.layer}:${unit}`;
    const isOff = off.includes(name) || off.includes(layer.layer);
    const kind = isOff ? "off" : dead.has(unit) ? "dead" : saturated.has(unit) ? "saturated" : "";
    const label = words.units.unit(layer.layer, unit, kind && words.units[kind]);
    return html`<button type="button" class="unit ${kind}" aria-pressed=${isOff} aria-label=${label} title=${label} data-unit=${name}
      tabindex=${unit === 1 ? 0 : -1} @click=${() => toggle(name)} @keydown=${walk}>${shape === "circles" ? unit : ""}</button>`;
  })}</div>`;
}

/** Too many to be seen: the unit's number is typed. */
function numbered(layer, off, toggle) {
  const { units: said } = words;
  const submit = (event) => {
    event.preventDefault();
    const unit = Number(new FormData(event.target).get("unit"));
    if (Number.isInteger(unit) && unit >= 1 && unit <= layer.units) toggle(`${layer.layer}:${unit}`);
  };
  const chosen = off.filter((name) => name.startsWith(`${layer.layer}:`));
  return html`<form class="numbered" @submit=${submit}>
    <label>${said.number(layer.units)} <input name="unit" type="number" min="1" max=${layer.units} required></label>
    <button type="submit">${said.toggle}</button>
    ${chosen.map((name) => html`<button type="button" class="unit off" aria-pressed="true" data-unit=${name} @click=${() => toggle(name)}>${name.split(":").at(-1)}</button>`)}
  </form>`;
}

/** The units of a layer are one stop of Tab; arrows move between them. */
function walk(event) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const all = [...event.currentTarget.parentElement.children];
  const next = all[all.indexOf(event.currentTarget) + by];
  if (!next) return;
  event.currentTarget.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
  event.preventDefault();
}
