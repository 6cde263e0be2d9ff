// The page: puts its parts together. What is typed or chosen goes to the state, from there to the server, and its answer to
// the formula and the graph at once, to everything else when the browser is idle and it is seen.
import { html, render } from "lit-html";
import { bar } from "./bar.js";
import { hasBiases, withBiases } from "./biases.js";
import { Client, language, post } from "./client.js";
import { copy, textOf } from "./copy.js";
import { Editor } from "./editor.js";
import { FormulaView } from "./formula.js";
import { GraphView } from "./graph.js";
import { THEMES, closeMenus, head } from "./head.js";
import { showHelp } from "./help.js";
import { keyboard } from "./keyboard.js";
import { learn } from "./language.js";
import { meaning } from "./meaning.js";
import { NEEDS, parts } from "./parts.js";
import { problems, sentence, unanswered } from "./problems.js";
import { reachable } from "./reach.js";
import { Spotlight } from "./spotlight.js";
import { State } from "./state.js";
import { Player, reached, stepper } from "./steps.js";
import { setTheme } from "./theme.js";
import { switched } from "./units.js";
import { words } from "./words.js";

const place = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** What the server last said; of a spec with an error the pictures stay those of the last good one. */
const page = {
  templates: [],
  hasData: false,
  example: "",
  diagnostics: [],
  variables: [],
  chosen: null,
  numbers: null,
  formula: null,
  graph: null,
  parts: new Map(),
  refused: new Map(),
  keys: new Map(),
  stale: false,
  target: null,
  theme: "auto",
  partsSeen: false,
};

const state = new State();
const player = new Player();
const client = new Client(answered, failed, busy);
const spotlight = new Spotlight((target) => {
  page.target = target;
  light();
}, (line) => graph.placesOf(line));
const editor = new Editor(place("editor"), {
  typed: (text) => state.type(text),
  remembered: () => (state.rememberText(), drawHead()),
  moved: (back) => (state.textMoved(back), drawHead()),
  pointed: (line) => spotlight.point(line === null ? null : { line }),
});
const formula = new FormulaView(place("formula"), spotlight);
const graph = new GraphView(place("graph"), spotlight, { chosen: (wrt) => choose({ wrt, step: null }), fold });

const actions = {
  choose,
  go,
  play,
  fold,
  setBiases: (wanted) => editor.change(withBiases(state.now.spec, wanted)),
  repair: (changes) => (editor.change(changes), editor.focus()),
  goto: ({ from }) => editor.goto(from),
  explain: (topic) => showHelp(place("help"), topic),
  undo: () => (state.undo(editor), drawHead()),
  redo: () => (state.redo(editor), drawHead()),
  step: (by) => {
    const count = steps()?.length ?? 0;
    if (count > 0) go(Math.min(count, Math.max(1, (state.now.step ?? count) + by)));
  },
  release: () => spotlight.isPinned && spotlight.pin(null),
  closeMenus,
  template: (spec) => (editor.replace(spec), editor.focus()),
  copy: copyOut,
  save,
  theme: () => {
    page.theme = THEMES[(THEMES.indexOf(page.theme) + 1) % THEMES.length];
    setTheme(page.theme);
    drawHead();
  },
};

start();

async function start() {
  try {
    const told = await language();
    learn(told);
    Object.assign(page, { templates: told.templates, hasData: told.has_data, example: told.spec ?? told.templates[0]?.spec ?? "" });
  } catch {
    return toast(words.server.gone);
  }
  const broken = await state.read(page.example);
  if (broken) toast(words.links[broken], true);
  editor.load(state.now.spec);
  state.subscribe(changed);
  listen();
  place("caption").textContent = words.editor.foot;
  drawHead();
  drawBar();
  ask();
}

function listen() {
  addEventListener("popstate", () => state.read(page.example).then((broken) => broken && toast(words.links[broken], true)));
  addEventListener("click", (event) => closeMenus(event.target.closest?.("details.menu")));
  // The room decides how wide pictures and lines are; it is measured when it changes, not at each key.
  measure();
  new ResizeObserver(() => {
    const { width } = room;
    measure();
    if (Math.abs(room.width - width) >= 8) ask();
  }).observe(place("graph"));
  new IntersectionObserver((entries) => {
    page.partsSeen = entries.at(-1).isIntersecting;
    drawParts();
    askLater();
  }, { rootMargin: "200px" }).observe(place("parts"));
  keyboard({ editor, graph, formula, state, actions });
}

/** A choice of the user. */
function choose(change) {
  player.stop();
  state.choose(change);
}

const ASKED = ["spec", "wrt", "form", "expand", "paths", "layout", "unfold", "seed", "init"];

function changed(now, before) {
  if (now.spec !== editor.text) editor.replace(now.spec);
  // While one types, the bar waits for the answer: the key has to be seen first.
  const isTyped = Object.keys(now).every((key) => key === "spec" || now[key] === before[key]);
  if (!isTyped) drawBar();
  if (!isTyped) drawHead();
  if (ASKED.some((key) => now[key] !== before[key])) return ask();
  light();
  drawParts();
  askLater();
}

const room = { width: 1280, columns: 80 };

function measure() {
  room.width = graph.width;
  room.columns = Math.max(24, Math.floor(place("formula").clientWidth / (innerWidth < 700 ? 9 : 12)));
}

/** Asks for what is seen first. */
function ask() {
  client.ask(request(["formula", "graph"]));
}

function request(want) {
  const { spec, wrt, form, expand, paths, layout, unfold, seed, init, off } = state.now;
  return { spec, wrt, form, expand, paths, layout, unfold, seed, init, off: switched(off), want, ...room };
}

/** What a part depends on: while it is the same, the part that is there is the right one. */
function keyOf(part, { spec, wrt, form, expand, paths, layout, seed, init, off }) {
  return JSON.stringify([spec, wrt, form, expand, paths, layout, seed, init, part === "units" ? off : null]);
}

const isFresh = (part) => page.keys.get(part) === keyOf(part, { ...state.now, off: switched(state.now.off) });

/** Asks for what is seen next: the steps, which the slider needs, then what the open tab needs, if it is in view. */
function askLater() {
  if (page.stale || !page.formula || !client.idle) return;
  const missing = [["steps"], page.partsSeen ? NEEDS[state.now.view] : []].map((of) => of.filter((part) => !isFresh(part)));
  const want = missing.find((of) => of.length > 0);
  if (want) requestIdle(() => client.idle && !page.stale && client.askLater(request(want)));
}

/** When the browser has nothing else to do, or has had enough to do. */
const requestIdle = (act) => (window.requestIdleCallback ? requestIdleCallback(act, { timeout: 150 }) : setTimeout(act, 30));

function answered(answer, asked) {
  page.diagnostics = answer.diagnostics;
  editor.tell(answer.lines, answer.diagnostics);
  render(problems(page.diagnostics, !answer.accepted && Boolean(page.formula), actions), place("problems"));
  stale(!answer.accepted);
  if (!answer.accepted) return;
  const isFirst = asked.want.includes("formula");
  const refused = new Map(answer.refused.map(({ part, message }) => [part, message]));
  if (answer.numbers) page.numbers = answer.numbers;
  page.variables = answer.variables;
  page.chosen = answer.chosen;
  if (isFirst) showFirst(answer, refused);
  else showLater(answer, asked, refused);
  askLater();
}

function showFirst(answer, refused) {
  page.formula = answer.formula ?? { factors: [], notes: "", exact: true };
  if (answer.formula) formula.show(answer.formula);
  else formula.refuse(refused.get("formula") ?? { title: words.parts.nothing, help: null });
  if (answer.graph) {
    page.graph = answer.graph;
    graph.show(answer.graph, answer.variables);
    drawFold();
  }
  spotlight.learn(page.formula.factors);
  document.title = page.formula.text ? `${variable()?.text ? `∂J/∂${variable().text} · ` : ""}chainrule` : "chainrule";
  drawBar();
  light();
  drawParts();
}

function showLater(answer, asked, refused) {
  for (const part of asked.want) {
    page.keys.set(part, keyOf(part, asked));
    page.refused.delete(part);
    if (refused.has(part)) page.refused.set(part, refused.get(part));
    if (answer[part]) page.parts.set(part, answer[part]);
    else page.parts.delete(part);
  }
  light();
  drawParts();
}

/** Of a part this is said in its view, of formula and graph beside the spec, and what was there no longer counts. */
function failed(why, asked) {
  const line = words.server[why] ?? why;
  if (!asked.minor) {
    page.diagnostics = [];
    editor.tell([], []);
    render(unanswered(line, Boolean(page.formula)), place("problems"));
    return stale(true);
  }
  for (const part of asked.want) {
    page.keys.set(part, keyOf(part, asked));
    page.parts.delete(part);
    page.refused.set(part, { title: line });
  }
  light();
  drawParts();
}

/** The formula and the graph are waited for, longer than one overlooks. */
function busy(is) {
  place("busy").textContent = is ? words.server.busy : "";
}

/** The right side is of an older spec while the new one has an error. */
function stale(is) {
  page.stale = is;
  document.body.classList.toggle("stale", is);
  for (const id of ["graph", "dock", "parts"]) place(id).setAttribute("aria-disabled", String(is));
}

const variable = () => page.variables.find(({ key }) => key === page.chosen);
const steps = () => (isFresh("steps") ? (page.parts.get("steps") ?? []) : null);

function light() {
  const { step } = state.now;
  const now = steps();
  const upTo = now?.length > 0 ? reached(now, step) : null;
  const { target } = page;
  formula.light(new Set(target?.factors), upTo?.factors, upTo?.newFactors);
  graph.light(target?.places, upTo?.places, upTo?.newPlaces);
  editor.light(target ? (target.lines ?? (target.place && graph.linesOf(target.place))) : null, false);
  const shown = { target, step: upTo ? now[Math.min(step, now.length) - 1] : null, formula: page.formula, tell: (at) => graph.tell(at), values: (line) => graph.valuesOf(line) };
  render(meaning(shown), place("meaning"));
  const refused = page.refused.get("steps");
  const none = refused ? sentence({ title: refused.title }) : null;
  render(stepper(state.now, now, page.formula, none, { go: goAndShow, play, playing: player.playing }), place("stepper"));
}

/** Goes to a step; while the slider moves, without an entry in the history. */
function go(step, remember = true) {
  player.stop();
  state.choose({ step }, { remember });
}

function goAndShow(step, remember = true) {
  go(step, remember);
  reveal();
}

function reveal() {
  const now = steps();
  const { step } = state.now;
  if (now && step !== null) graph.reveal([...reached(now, step).newPlaces], !calm.matches);
}

function play() {
  if (player.playing) {
    player.stop();
    return light();
  }
  const count = steps()?.length ?? 0;
  if (count === 0) return;
  const from = state.now.step !== null && state.now.step < count ? state.now.step : 0;
  const tick = () => {
    const next = (state.now.step ?? 0) + 1;
    state.choose({ step: next }, { remember: false });
    reveal();
    if (next < count) return true;
    player.stop();
    light();
    return false;
  };
  state.choose({ step: from + 1 });
  player.start(tick);
  reveal();
  light();
}

function fold() {
  if (page.graph) choose({ unfold: !state.now.unfold });
}

function drawFold() {
  const button = place("graph").querySelector(".fold");
  const canFold = graph.foldedLayers.length > 0;
  button.hidden = !canFold && !state.now.unfold;
  button.textContent = state.now.unfold ? words.graph.fold : words.graph.unfold;
  button.title = canFold ? words.graph.folded(graph.foldedLayers.join("; ")) : "";
  button.onclick = fold;
}

function drawHead() {
  const { templates, theme } = page;
  render(head({ templates, theme, canUndo: state.canUndo, canRedo: state.canRedo }, actions), place("head"));
}

function drawBar() {
  const { variables, chosen } = page;
  render(bar(state.now, { variables, chosen, biases: hasBiases(state.now.spec) }, actions), place("bar"));
}

function drawParts() {
  render(parts(state.now, { ...page, isFresh }, { ...actions, go }), place("parts"));
  if (page.partsSeen) requestIdle(() => reachable(place("parts")));
}

async function copyOut(what) {
  const text = textOf(what, { ...page, link: await state.link() });
  if (text === null) return toast(words.copy.nothing);
  if (await copy(text)) toast(words.copy.done(words.copy[what]));
}

/** The cheat sheet as a file. */
async function save() {
  try {
    const response = await post("/api/report", { ...request([]), id: 0 });
    if (!response.ok) return toast((await response.text()).trim());
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = "gradients.html";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    toast(words.saved);
  } catch {
    toast(words.server.gone);
  }
}

let fading = 0;

/** A line at the foot of the page, for a while or until it is dismissed. */
function toast(line, stays = false) {
  clearTimeout(fading);
  const host = place("toast");
  const clear = () => render(html``, host);
  render(html`<p>${line} ${stays ? html`<button type="button" class="quiet" @click=${clear}>${words.links.dismiss}</button>` : ""}</p>`, host);
  if (!stays) fading = setTimeout(clear, 6000);
}
