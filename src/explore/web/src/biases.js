// A spec → whether its dense layers have biases, and the changes of the text that give or take them.

/** Each `dense` statement outside comments: where it is, and its text. */
function* dense(spec) {
  const code = spec.replace(/#.*/g, (comment) => " ".repeat(comment.length));
  for (const { 0: text, index } of code.matchAll(/\bdense\b[^\n;{}]*/g)) yield { from: index, text: text.trimEnd() };
}

export function hasBiases(spec) {
  const all = [...dense(spec)];
  return all.length === 0 || all.some(({ text }) => !/\bnobias\b/.test(text));
}

export function withBiases(spec, wanted) {
  const changes = [];
  for (const { from, text } of dense(spec)) {
    const found = /\s*\bnobias\b/.exec(text);
    if (wanted && found) changes.push({ from: from + found.index, to: from + found.index + found[0].length, text: "" });
    else if (!wanted && !found) changes.push({ from: from + text.length, to: from + text.length, text: " nobias" });
  }
  return changes;
}
