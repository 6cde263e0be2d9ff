// The page's own explanations → a dialog that opens at a topic.
import { html, render } from "lit-html";
import { words } from "./words.js";

export function showHelp(dialog, topic = null) {
  const { help } = words;
  render(
    html`<div class="help-head"><h2>${help.title}</h2>
        <button type="button" class="round" aria-label=${help.close} title=${help.close} @click=${() => dialog.close()}>×</button></div>
      <div class="help-body">
        ${help.topics.map(({ name, title, text }) => html`<section id="help-${name}"><h3>${title}</h3>${text.map((line) => html`<p>${line}</p>`)}</section>`)}
        <section id="help-keys"><h3>${help.keysTitle}</h3>
          <table><tbody>${help.keys.map(([key, does]) => html`<tr><th scope="row"><kbd>${key}</kbd></th><td>${does}</td></tr>`)}</tbody></table>
        </section>
      </div>`,
    dialog,
  );
  if (!dialog.open) dialog.showModal();
  dialog.setAttribute("aria-label", help.title);
  const section = topic && dialog.querySelector(`#help-${topic}`);
  for (const other of dialog.querySelectorAll("section")) other.classList.toggle("asked", other === section);
  if (section) section.scrollIntoView({ block: "start" });
  else dialog.querySelector(".help-body").scrollTop = 0;
}
