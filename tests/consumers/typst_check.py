"""Two folders of pages, in ASCII and in Typst -> whether the compiler takes every page without an error or a warning, and
what it reads, written out in a line, is what the page in ASCII says."""

import json
import re
import sys
import tempfile
from pathlib import Path

import typst

# Signs as the ASCII format writes them. What is not here, and no name of the user's, is not read as a formula.
SIGNS = {"∂": "d", "⋅": "*", "⊙": ".*", "⊘": "./", "−": "-", "≈": "~=", "∼": "~", "→": "->", "×": "x", "∑": "sum"}
SIGNS |= {"≤": "<=", "π": "pi", "Δ": "Delta", "⊤": "^T", "̂": "hat"} | {sign: sign for sign in "+=/(),<>"}
SAMPLE = "(i)"
# What a row that goes on with the one before it has at its beginning.
GO_ON = {"func": "text", "text": ""}


def line(node):
    """A formula in a line without blanks and without the shapes under its factors."""
    kind = node["func"]
    if kind == "symbol":
        sign = node["text"]
        assert sign in SIGNS or re.fullmatch("[A-Za-z]", sign), f"the sign {sign}"
        return SIGNS.get(sign, sign)
    if kind == "text":
        assert re.fullmatch(r"\w*|\d+\.\d+", node["text"], re.ASCII), f"the text {node['text']}"
        return node["text"]
    if kind in ("space", "h", "align-point", "linebreak"):
        return ""
    return CONSTRUCTS[kind](node)


def sequence(node):
    """A number before a name, set off by a blank, multiplies it: `4 d`."""
    text, nodes = "", node["children"]
    for i, part in enumerate(nodes):
        factor = part["func"] == "space" and 0 < i < len(nodes) - 1 and is_number(nodes[i - 1]) and is_name(nodes[i + 1])
        text += "*" if factor else line(part)
    return text


def is_number(node):
    return node["func"] == "text" and node["text"].isdigit()


def is_name(node):
    node = node["base"] if node["func"] == "attach" else node
    return node["func"] == "styled" or (node["func"] == "symbol" and node["text"].isalpha())


def fraction(node):
    top, bottom = line(node["num"]), line(node["denom"])
    if top.startswith("d") and is_partial(node["num"]) and is_partial(node["denom"]):
        return f"{top}/{bottom}"
    if (top, bottom) == ("1", "2"):
        return "0.5*"
    is_sum = re.match("sum(?!_)", top) or re.search(r"[+-]|\.[*/]", without_brackets(top))
    top = f"({top})" if is_sum else top
    is_bracketed = re.search("[-+*/]", without_brackets(bottom))
    return f"{top}/({bottom})" if is_bracketed else f"{top}/{bottom}"


def is_partial(node):
    return node["func"] == "sequence" and line(node["children"][0]) == "d"


def without_brackets(text):
    while (shorter := re.sub(r"\([^()]*\)", "", text)) != text:
        text = shorter
    return text


def attached(node):
    """Indices, exponents, primes; the shape under a factor is left out."""
    assert set(node) <= {"func", "base", "t", "b", "tr"}, f"scripts {set(node)}"
    base, above, below = node["base"], line(node["t"]) if "t" in node else "", line(node["b"]) if "b" in node else ""
    if base["func"] == "limits":
        assert not above, "something stands above a factor"
        return line(base["body"])
    text = line(base)
    function = base["func"] == "op" or text in ("min", "max", "tanh", "sin", "exp")
    if function or text == "sum":
        text += (f"[{below}]" if function else f"_{below}") if below else ""
    elif below:
        text += index(node["b"])
    if text == ")":
        text += f"^{above}"
    elif above.isdigit():
        text = "*".join([text] * int(above))
    else:
        text += above.replace(SAMPLE, "[i]")
    return text + "'" * node.get("tr", {}).get("count", 0)


def index(node):
    """A label in digits or letters, and the sample: 2[i]."""
    parts = [part for part in children(node) if line(part) != ","]
    row = "[i]" if parts[-1] == {"func": "symbol", "text": "i"} else ""
    labels = [line(part) for part in (parts[:-1] if row else parts)]
    return "".join(label if label.isdigit() else f"_{label}" for label in labels) + row


def sample(node):
    """The only brackets that are a pair to the compiler, which would grow with what is inside of them."""
    assert line(node["body"]) == SAMPLE, f"the brackets of {line(node['body'])} grow"
    return SAMPLE


CONSTRUCTS = {
    "sequence": sequence,
    "styled": lambda node: line(node["child"]),
    "op": lambda node: line(node["text"]),
    "accent": lambda node: line(node["base"]) + SIGNS[node["accent"]],
    "lr": sample,
    "frac": fraction,
    "root": lambda node: f"sqrt({line(node['radicand'])})",
    "attach": attached,
}


def shapes_under(node):
    """The shapes under the factors, from left to right."""
    if isinstance(node, list):
        return "".join(map(shapes_under, node))
    if not isinstance(node, dict):
        return ""
    if node.get("func") == "attach" and node["base"]["func"] == "limits":
        return line(node["b"])
    return "".join(map(shapes_under, node.values()))


def linear(nodes):
    return line({"func": "sequence", "children": nodes})


def rows(display):
    """The rows of a display, each a list of nodes."""
    row = []
    for node in display["body"]["children"] + [{"func": "linebreak"}]:
        if node["func"] == "linebreak":
            yield row
            row = []
        elif row or node["func"] != "space":
            row.append(node)


def equations(display):
    """Equations in lines: the formula, and the shapes if there are any."""
    found = []
    for row in rows(display):
        if row[0]["func"] != "align-point":
            place = [node["func"] for node in row].index("align-point")
            found.append([row[:place], row[place:], []])
        elif GO_ON in row and not found[-1][2]:
            found[-1][1].extend(row)
        else:
            found[-1][2].extend(row)
    for left, right, after in found:
        shapes = [shapes_under(left), shapes_under(right), linear(after)]
        yield [linear(left + right), *(without_marks(shape) for shape in shapes if shape)]


def sentences(nodes):
    """Paragraphs and lines as they are, without blanks."""
    text = ""
    for node in nodes + [{"func": "parbreak"}]:
        kind = node["func"]
        block = kind == "raw" and node["block"]
        if kind == "parbreak" or block:
            yield from [[text]] if text else []
            text = ""
        if block:
            yield [node["text"].replace(" ", "")]
        elif kind == "equation":
            text += line(node["body"])
        elif kind == "smartquote":
            text += "'"
        elif kind in ("text", "raw", "symbol"):
            text += node["text"].replace(" ", "")
        else:
            assert kind in ("space", "parbreak"), f"{kind} among words"


def children(node):
    while node["func"] == "styled":
        node = node["child"]
    return node["children"] if node["func"] == "sequence" else [node]


def read(page):
    """What the compiler reads of a page: its equations, then its sentences."""
    nodes = children(json.loads(typst.eval(b"", f"[{page}]")))
    displays = [node for node in nodes if node["func"] == "equation" and node["block"]]
    words = [node for node in nodes if not (node["func"] == "equation" and node["block"])]
    # A half that multiplies nothing is a number.
    told = [[re.sub(r"0\.5\*(?=[.,)]|$)", "1/2", text) for text in sentence] for sentence in sentences(words)]
    return [found for display in displays for found in equations(display)], told


def said(page, equations):
    """The same of a page in ASCII: the shape of both sides behind four blanks, other shapes in the line below."""
    lines = iter(line.strip() for line in page.splitlines() if line.strip())
    for equation in equations:
        parts = next(lines).rsplit("    ", 1)
        parts += [next(lines) for _ in equation[len(parts):]]
        formula, *shapes = [part.replace(" ", "") for part in parts]
        yield [formula, *map(without_marks, shapes)]
    # The notation block of a text page begins with a word of its own, and what is to be typed is said on text pages only.
    typed = re.compile("[^.]*`--[^.]*[.]")
    words = (typed.sub("", rest.replace(" ", "")).removeprefix("where") for rest in lines)
    # The power of a name is read as a product, as that of a dimension is written.
    yield from ([re.sub(r"(\w)\^(\d+)", lambda power: "*".join(power[1] * int(power[2])), text)] for text in words)


def without_marks(shapes):
    """Shapes without brackets, which the formats set at different places."""
    return re.sub("[()]", "", shapes)


def compile_all(folder, pages):
    """Compiles the pages as one document, and one by one if something is wrong, to say which."""
    whole = "".join(f'#include "{page.name}"\n#pagebreak(weak: true)\n' for page in pages)
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".typ") as main:
        main.write(whole)
        main.flush()
        if not complaints(main.name, folder):
            return
    for page in pages:
        if found := complaints(str(page), folder):
            sys.exit(f"{page.name}: {found}\n{page.read_text()}")
    sys.exit("the pages compile one by one, but not together")


def complaints(path, root):
    try:
        _, warnings = typst.compile_with_warnings(path, root=str(root))
        return [str(warning) for warning in warnings]
    except typst.TypstError as error:
        return [str(error)]


def main(texts, folder):
    pages, count = sorted(folder.glob("*.typ")), 0
    compile_all(folder, pages)
    for page in pages:
        text = (texts / f"{page.stem}.txt").read_text()
        try:
            found, words = read(page.read_text())
            expected = list(said(text, found))
            for one, other in zip([*found, *words], expected, strict=True):
                assert one == other, f"read as\n{one}\nnot\n{other}"
        except Exception as error:
            sys.exit(f"{page.name}: {error}\n{page.read_text()}\n{text}")
        count += len(found)
    print(f"{len(pages)} pages, {count} equations")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
