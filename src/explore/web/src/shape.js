// The engine's shape as plain text, `n × f1` → the same with the digits of names below the line, `n × f₁`.

export function pretty(shape) {
  return shape.replace(/\b([A-Za-z]+)(\d+)\b/g, (_, name, digits) => name + [...digits].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join(""));
}
