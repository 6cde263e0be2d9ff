// Markup of the engine → nodes for the page. Only elements and attributes that the engine uses come through, so that a fault
// there can show a wrong text but never run anything.

const HTML = names("a b br caption code dd details div dl dt em figcaption figure h1 h2 h3 h4 hr i li ol p pre section small span strong sub summary sup table tbody td tfoot th thead tr ul");
const MATHML = names("math maction menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover semantics");
const SVG = names("svg g path rect circle ellipse line polyline polygon text tspan title desc");
const OF = new Map([
  ["http://www.w3.org/1999/xhtml", HTML],
  ["http://www.w3.org/1998/Math/MathML", MATHML],
  ["http://www.w3.org/2000/svg", SVG],
]);
const ATTRIBUTES = names(`class id role lang dir title colspan rowspan scope open tabindex
  accent accentunder columnalign columnspacing depth display displaystyle fence form height largeop linethickness lspace
  mathvariant maxsize minsize movablelimits notation rowalign rowspacing rspace scriptlevel separator stretchy symmetric voffset width xmlns
  viewBox x y x1 x2 y1 y2 cx cy r rx ry d points dx dy fill fill-opacity stroke stroke-width stroke-dasharray stroke-linecap
  stroke-linejoin stroke-opacity opacity transform text-anchor font-size font-family font-weight font-style dominant-baseline
  preserveAspectRatio`);

function names(list) {
  return new Set(list.split(/\s+/));
}

/** A fragment with what may be shown of the markup. */
export function safe(markup) {
  const { body } = new DOMParser().parseFromString(markup, "text/html");
  clean(body);
  const fragment = document.createDocumentFragment();
  fragment.append(...body.childNodes);
  return fragment;
}

/** What the page adds to elements of the engine, and keeps while they stay. */
const ADDED = new Set(["role", "tabindex", "aria-label"]);

/**
 * Puts the markup in the place of what `element` held. What is the same stays: while one types, most of a picture does, and
 * need not be laid out and painted again.
 */
export function fill(element, markup) {
  children(element, safe(markup));
}

/** Of pictures that were put in: their lines, and the element of each. */
const known = new WeakMap();

/** The same for a picture with an element a line, as the engine writes them: of lines that are the same nothing is read. */
export function fillPicture(element, markup) {
  const lines = markup.trimEnd().split("\n");
  const before = known.get(element);
  if (before?.lines.length === lines.length && before.lines.every((line, at) => isElement(line) === isElement(lines[at]))) {
    const changed = lines.flatMap((line, at) => (at > 0 && line !== before.lines[at] ? [at] : []));
    if (changed.length < lines.length / 2) {
      const svg = safe([lines[0], ...changed.map((at) => lines[at]), "</svg>"].join("\n")).firstElementChild;
      const fresh = [...svg.children];
      if (fresh.length === changed.length) {
        changed.forEach((at, place) => sync(before.elements.get(at), fresh[place]));
        svg.replaceChildren();
        attributes(before.elements.get(0), svg);
        before.lines = lines;
        return;
      }
    }
  }
  fill(element, markup);
  const svg = element.firstElementChild;
  const places = lines.flatMap((line, at) => (at > 0 && isElement(line) ? [at] : []));
  // A picture that is written otherwise is read as a whole each time.
  if (svg?.childElementCount !== places.length) return known.delete(element);
  known.set(element, { lines, elements: new Map([[0, svg], ...places.map((at, place) => [at, svg.children[place]])]) });
}

const isElement = (line) => /^<[a-z]/.test(line);

function children(old, fresh) {
  const nodes = [...fresh.childNodes];
  while (old.childNodes.length > nodes.length) old.lastChild.remove();
  nodes.forEach((node, at) => {
    const there = old.childNodes[at];
    if (!there) old.append(node);
    else if (there.nodeType !== node.nodeType || there.nodeName !== node.nodeName) there.replaceWith(node);
    else if (node.nodeType === Node.ELEMENT_NODE) sync(there, node);
    else if (there.data !== node.data) there.data = node.data;
  });
}

function sync(old, fresh) {
  attributes(old, fresh);
  children(old, fresh);
}

function attributes(old, fresh) {
  const names = fresh.getAttributeNames();
  for (const name of names) {
    const value = fresh.getAttribute(name);
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const there = old.getAttributeNames();
  if (there.length === names.length) return;
  for (const name of there) {
    if (!fresh.hasAttribute(name) && !ADDED.has(name)) old.removeAttribute(name);
  }
}

function clean(root) {
  for (const element of root.querySelectorAll("*")) {
    if (!OF.get(element.namespaceURI)?.has(element.localName)) {
      element.remove();
      continue;
    }
    for (const name of element.getAttributeNames()) {
      if (!ATTRIBUTES.has(name) && !/^(aria|data)-[\w-]+$/.test(name)) element.removeAttribute(name);
    }
  }
}
