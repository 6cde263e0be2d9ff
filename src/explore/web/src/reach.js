// What is wider than its place and scrolls by itself → a stop for the key Tab, so that the arrow keys can scroll it.

const MAY_SCROLL = ".engine, .engine :is(div, dd, p, pre, figure), .equations-box, .equations-box div";

export function reachable(root) {
  for (const element of root.querySelectorAll(MAY_SCROLL)) {
    const scrolls = element.scrollWidth > element.clientWidth;
    if (scrolls) element.setAttribute("tabindex", "0");
    else element.removeAttribute("tabindex");
  }
}
