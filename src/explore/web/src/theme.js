// The wish for light or dark → every rule of the style sheets that asks the system, so that all colours follow one switch.

const asked = new WeakMap();

export function setTheme(theme) {
  document.documentElement.style.colorScheme = theme === "auto" ? "" : theme;
  for (const sheet of document.styleSheets) {
    for (const rule of sheet.cssRules) {
      if (!(rule instanceof CSSMediaRule)) continue;
      if (!asked.has(rule)) asked.set(rule, rule.media.mediaText);
      const text = asked.get(rule);
      if (!text.includes("prefers-color-scheme")) continue;
      rule.media.mediaText = { auto: text, light: "not all", dark: "all" }[theme];
    }
  }
}
