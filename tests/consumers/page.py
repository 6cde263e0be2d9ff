"""A folder of pages → whether each is well-formed XML, and uses nothing but MathML Core and a little of XHTML."""

import sys
from pathlib import Path
from xml.etree import ElementTree

MATHML, XHTML = "{http://www.w3.org/1998/Math/MathML}", "{http://www.w3.org/1999/xhtml}"
TOKENS = {"mi": {"mathvariant"}, "mn": set(), "mo": {"form", "stretchy", "lspace", "rspace"}, "mtext": set()}
# Elements that are no tokens: how many children each has, and its attributes.
LAYOUT = {
    "math": (None, {"display"}), "mrow": (None, set()), "mpadded": (None, {"height", "depth"}), "mspace": (0, {"width"}),
    "mfrac": (2, set()), "msqrt": (None, set()), "msub": (2, set()), "msup": (2, set()), "msubsup": (3, set()), "munder": (2, set()),
    "mover": (2, {"accent"}), "munderover": (3, set()), "mtable": (None, {"displaystyle"}), "mtr": (None, set()),
    "mtd": (None, set()),
}
# None has a style of its own, which a page may forbid.
GLOBAL = {"class", "aria-label", "role", "tabindex"}
FRAME = {
    "html": {"lang"}, "head": set(), "meta": {"charset", "name", "content", "http-equiv"}, "title": set(), "style": set(), "body": set(),
    "main": set(), "h1": set(), "h2": set(), "div": set(), "p": set(), "pre": set(), "code": set(), "footer": set(),
    "dl": set(), "dt": set(), "dd": set(), "table": set(), "thead": set(), "tbody": set(), "tr": set(), "th": set(), "td": set(),
}


def check(element: ElementTree.Element) -> None:
    """Raises `ValueError` for what is neither MathML Core nor XHTML."""
    name = element.tag.removeprefix(MATHML).removeprefix(XHTML)
    if element.tag.startswith(MATHML) and name in TOKENS:
        count, attributes = 0, TOKENS[name]
        if not (element.text or "").strip():
            raise ValueError(f"an empty {name}")
    elif element.tag.startswith(MATHML) and name in LAYOUT:
        count, attributes = LAYOUT[name]
        for text in [element.text, *(child.tail for child in element)]:
            if (text or "").strip():
                raise ValueError(f"bare {text!r} in {name}")
    elif element.tag.startswith(XHTML) and name in FRAME:
        count, attributes = None, FRAME[name]
    else:
        raise ValueError(f"the element {element.tag}")
    if count is not None and len(element) != count:
        raise ValueError(f"{name} with {len(element)} children")
    for attribute in element.keys():
        if attribute not in attributes | GLOBAL:
            raise ValueError(f"the attribute {attribute} of {name}")
    if name == "mtable":
        # An equation has a left side, a relation and a right side; a matrix as many cells in each row.
        cells = {len(row) for row in element}
        if cells != {3} if "displaystyle" in element.keys() else len(cells) != 1:
            raise ValueError(f"rows of {cells} cells")
    for child in element:
        check(child)


pages = sorted(Path(sys.argv[1]).iterdir())
equations = 0
for path in pages:
    try:
        root = ElementTree.fromstring(path.read_bytes())
        check(root)
    except (ElementTree.ParseError, ValueError) as error:
        sys.exit(f"{path.name}: {error}")
    equations += sum("aria-label" in row.keys() for row in root.iter(f"{MATHML}mtr"))
print(f"{len(pages)} pages, {equations} equations")
