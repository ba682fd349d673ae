// What is typed survives: a session that ended, a line that broke, a form that had grown old. It is kept in this tab,
// for this reader, until the service has taken it; passwords, secrets and files are never kept.

const who = document.body.dataset.who;
const words = JSON.parse(document.body.dataset.keeping ?? "{}");
const PREFIX = "loa typed ";
const SENT = "loa sent";
const KINDS = "input:not([type]), input[type=text], input[type=search], input[type=email], input[type=url], input[type=tel], input[type=number], input[type=date], input[type=time], textarea";

const store = (() => {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
})();

// A form is known by where it goes and by what it carries unseen, but for what differs from session to session.
function keyOf(form) {
  const unseen = [...form.querySelectorAll("input[type=hidden]")]
    .filter((field) => !["csrf", "version", "name"].includes(field.name))
    .map((field) => `${field.name}=${field.value}`);
  return `${PREFIX}${who} ${location.pathname} ${new URL(form.action, location.href).pathname} ${unseen.join("&")}`;
}

const fieldsOf = (form) =>
  [...form.querySelectorAll(KINDS)].filter((field) => field.name && !/one-time-code|password/.test(field.autocomplete) && !field.closest("[data-secret]"));

function kept(form) {
  return Object.fromEntries(fieldsOf(form).filter((field) => field.value !== field.defaultValue).map((field) => [field.name, field.value]));
}

function fill(form, key) {
  const values = JSON.parse(store.getItem(key));
  const filled = fieldsOf(form).filter((field) => field.name in values && field.value === field.defaultValue && field.value !== values[field.name]);
  if (!filled.length) return;
  for (const field of filled) field.value = values[field.name];
  for (let fold = form.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  const forget = document.createElement("button");
  Object.assign(forget, { type: "button", className: "link", textContent: words.forget });
  const note = document.createElement("p");
  note.className = "small faded kept-note";
  note.setAttribute("role", "status");
  note.append(`${words.filled} `, forget);
  forget.addEventListener("click", () => {
    store.removeItem(key);
    for (const field of filled) field.value = field.defaultValue;
    note.remove();
    filled[0].focus();
  });
  form.append(note);
}

const forms = () => [...document.querySelectorAll("main form[method=post]")].filter((form) => !form.querySelector("input[type=password]"));

function begin() {
  const sent = store.getItem(SENT);
  store.removeItem(SENT);
  // What was refused was not said yet: there it stays.
  if (sent && !document.querySelector("[data-refused], main .refused[role=alert]")) store.removeItem(sent);
  if (!who) return;
  for (const form of forms()) {
    const key = keyOf(form);
    if (store.getItem(key)) fill(form, key);
  }
}

if (store) {
  begin();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!who || !form || !forms().includes(form)) return;
    const values = kept(form);
    if (Object.keys(values).length) store.setItem(keyOf(form), JSON.stringify(values));
    else store.removeItem(keyOf(form));
  });
}

// On a line that is known to be broken nothing is sent, so that nothing is lost.
const notice = document.createElement("p");
notice.className = "refused offline";
notice.setAttribute("role", "status");
notice.hidden = true;
document.querySelector("main")?.prepend(notice);
function tellOfLine() {
  notice.hidden = navigator.onLine;
  notice.textContent = navigator.onLine ? "" : `✕ ${words.offline}`;
}
addEventListener("online", tellOfLine);
addEventListener("offline", tellOfLine);
if (!navigator.onLine) tellOfLine();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.getAttribute("action") === "/dang-xuat") {
    for (const name of Object.keys(store ?? {})) if (name.startsWith(PREFIX)) store.removeItem(name);
    try {
      localStorage.removeItem("loa recent");
      localStorage.removeItem(`loa-typed-${who}`);
    } catch {
      // Nothing was kept there.
    }
    return;
  }
  if (!navigator.onLine) {
    event.preventDefault();
    tellOfLine();
    notice.scrollIntoView({ block: "center" });
    return;
  }
  if (store && who) store.setItem(SENT, keyOf(form));
});

// What a script sends is refused like what a form sends: an ended session leads to signing in and back here, all else is
// told in the sentence of the refusal's own page.
const toSignIn = () => location.assign(`/dang-nhap?${new URLSearchParams({ tiep: location.pathname + location.search })}`);

function say(text) {
  notice.hidden = !text;
  notice.textContent = text ? `✕ ${text}` : "";
  if (text) notice.scrollIntoView({ block: "center" });
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const came = event.detail.xhr.responseURL;
  if (!came || location.pathname === "/dang-nhap" || new URL(came).pathname !== "/dang-nhap") return;
  event.detail.shouldSwap = false;
  toSignIn();
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 401) return toSignIn();
  const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  say(page.querySelector("[data-refused] .lead")?.textContent ?? words.failed);
});
document.addEventListener("htmx:sendError", () => say(words.offline));
document.addEventListener("htmx:afterSwap", tellOfLine);
