// The palette: Ctrl+K, or "/" where nobody types, and one goes anywhere by some letters and Enter. Without it the same
// button leads to the page /tim; so it does in browsers that have no <dialog> yet.

const form = document.querySelector("[data-palette]");
const RECENT = "loa recent";
const MOST_RECENT = 6;
const WAIT_MS = 120;

function recent() {
  try {
    const kept = JSON.parse(localStorage.getItem(RECENT) ?? "{}");
    return kept.who === document.body.dataset.who ? kept.lines : [];
  } catch {
    return [];
  }
}

function keep(lines) {
  try {
    localStorage.setItem(RECENT, JSON.stringify({ who: document.body.dataset.who, lines }));
  } catch {
    // A browser that keeps nothing has no recent places.
  }
}

// As the service folds: without marks, đ as d.
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/đ/g, "d");

function make(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function palette() {
  const words = JSON.parse(form.dataset.palette);
  const input = make("input", {
    type: "text",
    inputmode: "search",
    role: "combobox",
    "aria-label": words.what,
    "aria-expanded": "true",
    "aria-controls": "tim-thay",
    "aria-autocomplete": "list",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    maxlength: "200",
    placeholder: words.what,
  });
  const list = make("div", { id: "tim-thay", role: "listbox", "aria-label": words.found });
  const told = make("p", { class: "small faded", role: "status" });
  const close = make("button", { type: "button", class: "plain" }, words.close);
  const dialog = make("dialog", { class: "palette", "aria-label": words.find });
  dialog.append(make("div", { class: "palette-head" }, input, close), told, list);
  document.body.append(dialog);

  let lines = [];
  let at = 0;
  let asking = null;
  let waiting = 0;

  function mark(index) {
    if (!lines.length) return input.removeAttribute("aria-activedescendant");
    at = (index + lines.length) % lines.length;
    lines.forEach((line, number) => line.option.setAttribute("aria-selected", String(number === at)));
    input.setAttribute("aria-activedescendant", lines[at].option.id);
    lines[at].option.scrollIntoView({ block: "nearest" });
  }

  function go(line, apart) {
    if (line.form) {
      document.querySelector(`form[action="${line.form}"] button`).click();
      return;
    }
    if (apart) window.open(line.address, "_blank", "noopener");
    else location.assign(line.address);
    dialog.close();
  }

  function show(groups, nothing) {
    lines = [];
    list.replaceChildren();
    for (const group of groups) {
      const id = `tim-nhom-${list.childElementCount}`;
      const part = make("div", { role: "group", "aria-labelledby": id }, make("div", { id, class: "palette-group" }, group.name));
      for (const line of [...group.lines, ...(group.more ? [group.more] : [])]) {
        const option = make("div", { role: "option", id: `tim-${lines.length}`, "aria-selected": "false" }, make("bdi", {}, line.name));
        if (line.told) option.append(" ", make("bdi", { class: "small faded" }, line.told));
        option.addEventListener("click", (event) => go(line, event.ctrlKey || event.metaKey));
        lines.push({ ...line, option });
        part.append(option);
      }
      list.append(part);
    }
    told.textContent = nothing;
    mark(0);
  }

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const query = input.value.trim();
    const here = location.pathname + location.search;
    try {
      const answer = await fetch(`/tim.json?${new URLSearchParams({ q: query, here })}`, { signal: asking.signal });
      if (answer.redirected || answer.status === 401) return location.assign(`/tim?${new URLSearchParams({ q: query })}`);
      if (!answer.ok) throw new Error(answer.statusText);
      const { groups, nothing } = await answer.json();
      const before = recent().filter((each) => each.address !== here);
      if (!query && before.length) groups.unshift({ name: words.recent, lines: before });
      if (plain(words.out).includes(plain(query))) {
        groups.push({ name: words.account, lines: [{ name: words.out, told: "", form: "/dang-xuat" }] });
      }
      show(groups, groups.length ? "" : nothing);
    } catch (error) {
      if (error.name !== "AbortError") show([], words.offline);
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Telex and VNI end a syllable by keys of their own
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Enter" && lines[at]) go(lines[at], event.ctrlKey || event.metaKey);
    else return;
    event.preventDefault();
  });
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  return () => {
    if (dialog.open) return;
    input.value = "";
    show([], "");
    dialog.showModal();
    ask();
  };
}

if (form && window.HTMLDialogElement) {
  let open = null;
  const opened = (event) => {
    event.preventDefault();
    open ??= palette();
    open();
  };
  form.addEventListener("submit", opened);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") opened(event);
    else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) opened(event);
  });
  const line = { name: document.title.replace(/ · Loa$/, ""), told: "", address: location.pathname + location.search };
  if (!document.querySelector("[data-refused]")) {
    keep([line, ...recent().filter((each) => each.address !== line.address)].slice(0, MOST_RECENT + 1));
  }
}
