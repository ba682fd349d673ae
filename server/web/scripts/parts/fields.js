// What is said of each of many files: fields of its own in each row, and above them the same once, for all that are
// ticked. Titles and topics are suggested by the server from the files' names and the titles inside them.
import { titleInside } from "./files.js";

export const OF_EACH = ["title", "topic", "language", "priority", "valid_from", "valid_to"];
const AT_A_TIME = 10;

// The fields of one row: `node` has them as [data-field]; `changed` is called when somebody typed.
export class Fields {
  constructor(node, common, changed) {
    this.box = node.querySelector(".file-fields");
    this.pick = node.querySelector("[data-pick]");
    this.hint = node.querySelector("[data-hint]");
    this.touched = new Set();
    this.by = Object.fromEntries([...this.box.querySelectorAll("[data-field]")].map((field) => [field.dataset.field, field]));
    for (const name of OF_EACH.slice(1)) {
      const same = common.elements[name];
      if (same.options) this.by[name].replaceChildren(...[...same.options].map((option) => option.cloneNode(true)));
      this.by[name].value = same.value;
    }
    this.box.addEventListener("input", (event) => {
      this.touched.add(event.target.dataset.field);
      if (event.target.dataset.field === "topic") this.tell();
      changed();
    });
  }

  get said() {
    return Object.fromEntries(OF_EACH.map((name) => [name, this.by[name].value]));
  }

  // As somebody typed it before.
  take(said) {
    for (const [name, value] of Object.entries(said)) if (this.by[name]) this.set(name, value);
  }

  set(name, value) {
    this.by[name].value = value;
    this.touched.add(name);
    if (name === "topic") this.tell();
  }

  suggest({ title, topic, same }, texts) {
    if (!this.touched.has("title")) this.by.title.value = title;
    const suggested = topic && !this.touched.has("topic") && !this.by.topic.value;
    if (suggested) this.by.topic.value = topic;
    const link = same && Object.assign(document.createElement("a"), { href: `/bai/${encodeURIComponent(same)}`, textContent: same });
    this.tell(suggested ? texts.suggested : "", ...(link ? [texts.same, " ", link] : []));
  }

  tell(...parts) {
    const said = parts.filter(Boolean);
    this.hint.replaceChildren(...said.flatMap((part, index) => (index && typeof part === "string" && part !== " " ? [" · ", part] : [part])));
    this.hint.hidden = said.length === 0;
  }

  // Nothing more can be said of a file that is on its way.
  open(possible, needed) {
    this.box.hidden = !possible;
    this.pick.closest("label").hidden = !possible;
    for (const field of Object.values(this.by)) field.disabled = !possible;
    this.by.title.required = this.by.topic.required = needed;
  }
}

// Asks for rows that have a `file` and `fields`, a few at a time; without an answer the file's own name stays.
export async function suggestFor(rows, texts) {
  const named = await Promise.all(
    rows.map(async (row) => (await titleInside(row.file).catch(() => "")) || row.file.name.normalize()),
  );
  for (let first = 0; first < rows.length; first += AT_A_TIME) {
    const asked = new URLSearchParams(named.slice(first, first + AT_A_TIME).map((name) => ["ten", name.slice(0, 250)]));
    const answer = await fetch(`/tai-len/goi-y?${asked}`).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const found = await answer.json();
    found.forEach((suggestion, index) => rows[first + index].suggested(suggestion, texts));
  }
}

// What is said once goes into every ticked row, at once and in sight; `tell` hears of what field, and of how many rows.
export function sayOnce(form, openRows, tell) {
  for (const name of OF_EACH.slice(1)) {
    const field = form.elements[name];
    field.required = false; // each row has its own
    field.addEventListener("change", () => {
      const picked = openRows().filter((row) => row.fields.pick.checked);
      for (const row of picked) {
        row.fields.set(name, field.value);
        row.keep();
      }
      tell({ field: field.closest("label").firstChild.textContent.trim(), count: picked.length });
    });
  }
}
