// A station's calendar changed by hand: a slot is dragged, or taken up by keyboard and moved, and the planner answers
// meanwhile. What is stored goes through the forms' own addresses, and the page that comes back is put in its place.

const words = JSON.parse(document.querySelector("[data-words]").dataset.words);
const { signIn, days: dayNames } = document.querySelector("[data-words]").dataset;
const weekdays = JSON.parse(dayNames);
const answer = document.getElementById("tra-loi");
let calendar = document.getElementById("lich");
let held = null; // the slot in hand: where it would go, and how long it would be
let waiting = 0;
let asking = new AbortController();

const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
const two = (number) => String(number).padStart(2, "0");
const clock = (minute) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
const within = (number, least, most) => Math.min(most, Math.max(least, number));
const lasting = (ms) => `${Math.floor(ms / 60000)}:${two(Math.floor(ms / 1000) % 60)}`;

function shifted(day, by) {
  const moved = new Date(Date.parse(day) + by * 86400000).toISOString().slice(0, 10);
  const { first, last } = calendar.dataset;
  return moved < first ? first : moved > last ? last : moved;
}

function placeInWords() {
  const [, month, day] = held.day.split("-");
  const place = `${clock(held.minute)} ${weekdays[new Date(held.day).getUTCDay()]} ${day}/${month}`;
  const told = fill(words.at, { place });
  return held.length === held.before.length ? told : `${told}, ${fill(words.length, { length: lasting(held.length) })}`;
}

function say(text, kind = "") {
  const line = document.createElement("p");
  Object.assign(line, { textContent: text, className: kind });
  answer.replaceChildren(line);
  return line;
}

// What only a script can do gets its handles here; without it each slot's own page has forms for the same.
function dress() {
  calendar.classList.add("scripted");
  for (const block of calendar.querySelectorAll(".block[data-slot]:not(.stays)")) {
    const grip = document.createElement("button");
    Object.assign(grip, { type: "button", className: "grip", textContent: "⠿" });
    grip.setAttribute("aria-label", fill(words.take, { slot: block.dataset.name }));
    grip.addEventListener("click", () => !held && take(block));
    block.querySelector("a").draggable = false;
    block.append(grip);
    if (block.closest(".lane")) block.append(Object.assign(document.createElement("span"), { className: "edge" }));
  }
}

function hold(block, more = {}) {
  const { slot, day } = block.dataset;
  const before = { day, minute: minutes(block.dataset.clock), length: Number(block.dataset.length) };
  held = { block, slot, before, ...before, ghost: document.createElement("div"), ...more };
  held.ghost.className = "ghost";
  block.classList.add("taken");
}

function take(block) {
  hold(block, { byKey: true });
  block.querySelector(".grip").focus();
  say(fill(words.taken, { slot: block.dataset.name }));
}

function letGo() {
  clearTimeout(waiting);
  asking.abort();
  held?.ghost.remove();
  held?.block.classList.remove("taken");
  calendar.classList.remove("dragging");
  for (const cell of calendar.querySelectorAll(".over")) cell.classList.remove("over");
  held = null;
}

function giveUp() {
  const { block, byKey } = held;
  letGo();
  say(words.back);
  if (byKey) block.querySelector(".grip").focus();
}

const unmoved = () => ["day", "minute", "length"].every((fact) => held[fact] === held.before[fact]);

function wanted() {
  return new URLSearchParams({
    csrf: document.querySelector("meta[name=csrf]").content,
    viec: held.length === held.before.length ? "doi" : "dai",
    khung: held.slot,
    "phien-ban": calendar.dataset.version,
    ngay: held.day,
    gio: clock(held.minute),
    "do-dai": lasting(held.length),
  });
}

// The slot's shadow where it would be, and the planner's word on it as soon as the hand rests.
function show() {
  const cells = [...calendar.querySelectorAll(`[data-on="${held.day}"]`)];
  const scale = Number(calendar.dataset.scale);
  const cell = cells.find(({ dataset: { from, to } }) => !from || (+from <= held.minute && held.minute < +to));
  for (const each of calendar.querySelectorAll(".over")) each.classList.remove("over");
  held.ghost.textContent = clock(held.minute);
  held.ghost.remove();
  if (cell) {
    cell.classList.add("over");
    cell.append(held.ghost);
    if (cell.dataset.from) {
      held.ghost.style.top = `${(held.minute - cell.dataset.from) * scale}px`;
      held.ghost.style.height = `${(held.length / 60000) * scale}px`;
    }
    if (held.byKey) held.ghost.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  clearTimeout(waiting);
  asking.abort();
  if (unmoved()) return say(placeInWords());
  say(`${placeInWords()}. ${words.asking}`);
  waiting = setTimeout(ask, 150);
}

async function ask() {
  asking = new AbortController();
  const { signal } = asking;
  try {
    const response = await fetch(`${calendar.dataset.calendar}/thu`, { method: "POST", body: wanted(), signal });
    const told = await response.text();
    if (signal.aborted || !held) return;
    if (response.status === 401) return letGo(), ended();
    if (!response.ok) return;
    say(`${placeInWords()}.`);
    answer.insertAdjacentHTML("beforeend", told);
    // What is well tells the place itself.
    if (!answer.querySelector(".refused")) answer.firstChild.remove();
    if (answer.querySelector("[data-changed]")) letGo(), send(calendar.dataset.send, null);
  } catch {
    // A lost line is told when the slot is put, or here, where nothing else is heard of it.
    if (!signal.aborted && held) say(`${placeInWords()}.`);
  }
}

function put() {
  if (unmoved()) return giveUp();
  const body = wanted();
  body.append("do", "luu");
  const { slot } = held;
  letGo();
  send(calendar.dataset.send, body, slot);
}

function ended() {
  say(`✕ ${words.ended} `, "refused").append(Object.assign(document.createElement("a"), { href: signIn, textContent: words.sign_in }));
}

function lost(address, body, slot) {
  say(`✕ ${words.lost}`, "refused");
  const again = Object.assign(document.createElement("button"), { type: "button", textContent: words.again });
  again.addEventListener("click", () => send(address, body, slot));
  answer.append(again);
  again.focus();
}

// Stores, or without a body only fetches what is there now.
async function send(address, body, slot) {
  const kept = body === null ? [...answer.children] : null;
  if (body) say(words.sending);
  let response, text;
  try {
    response = await fetch(address, body ? { method: "POST", body } : {});
    text = await response.text();
  } catch {
    return lost(address, body, slot);
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  const fresh = page.getElementById("lich");
  if (response.status === 401 || new URL(response.url).pathname === "/dang-nhap") return ended();
  if (!fresh) return say(`✕ ${page.querySelector("main .lead")?.textContent || words.failed}`, "refused");
  calendar.replaceWith(fresh);
  calendar = fresh;
  dress();
  if (kept) return answer.replaceChildren(...kept);
  answer.replaceChildren(...page.getElementById("tra-loi").childNodes);
  const last = calendar.querySelector("[data-last]");
  if (response.ok && last) say(`✓ ${last.textContent}`, "told-once");
  const moved = slot && calendar.querySelector(`[data-slot="${CSS.escape(slot)}"] .grip`);
  (answer.querySelector("button") || moved || calendar.querySelector(".undo button"))?.focus({ preventScroll: true });
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-change]");
  if (!form) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  if (event.submitter?.name) body.append(event.submitter.name, event.submitter.value);
  send(form.action, body, body.get("khung"));
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!held) {
    const block = /^m$/i.test(event.key) && event.target.closest?.("#lich .block[data-slot]:not(.stays)");
    if (block) take(block);
    return;
  }
  if (event.key === "Escape") giveUp();
  else if (!held.byKey) return;
  else if (event.key === "Tab") return giveUp();
  else if (event.key === "Enter" || event.key === " " || /^m$/i.test(event.key)) put();
  else {
    const up = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -7, PageDown: 7 }[event.key];
    if (up && event.shiftKey) held.length = within(held.length + up * 60000, 60000, 86400000);
    else if (up) held.minute = within(held.minute + up * 5, 0, 1435);
    else if (by) held.day = shifted(held.day, by);
    else return;
    show();
  }
  event.preventDefault();
});

document.addEventListener("pointerdown", (event) => {
  const block = event.target.closest("#lich .block[data-slot]:not(.stays)");
  const handle = event.target.closest(".grip, .edge");
  // A finger that moves on a slot scrolls; on its handle it drags.
  if (!block || held || event.button !== 0 || (event.pointerType !== "mouse" && !handle)) return;
  const [x, y] = [event.clientX, event.clientY];
  const top = block.getBoundingClientRect().top;
  const resizing = handle?.className === "edge";
  const scale = Number(calendar.dataset.scale);
  let begun = false;

  function move(to) {
    if (!held) {
      if (begun) return; // it was taken out of the hand
      if (Math.hypot(to.clientX - x, to.clientY - y) < 5) return;
      hold(block);
      begun = true;
      calendar.classList.add("dragging");
    }
    if (resizing) {
      held.length = within(held.before.length + Math.round((to.clientY - y) / scale) * 60000, 60000, 86400000);
      return show();
    }
    const cell = document.elementFromPoint(to.clientX, to.clientY)?.closest("[data-on]");
    if (!cell) return;
    const { on, from, to: last } = cell.dataset;
    const above = to.clientY - (y - top) - cell.getBoundingClientRect().top;
    const minute = from ? within(+from + Math.round(above / scale / 5) * 5, +from, +last - 1) : held.before.minute;
    if (on === held.day && minute === held.minute) return;
    Object.assign(held, { day: on, minute });
    show();
  }

  function end(event) {
    for (const [kind, each] of Object.entries(heard)) document.removeEventListener(kind, each);
    if (!held || held.byKey) return;
    // A drag that ends on the slot's link does not open it.
    const swallow = (click) => (click.preventDefault(), click.stopImmediatePropagation());
    addEventListener("click", swallow, { capture: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }));
    if (event.type === "pointerup") put();
    else giveUp();
  }

  const heard = { pointermove: move, pointerup: end, pointercancel: end };
  for (const [kind, each] of Object.entries(heard)) document.addEventListener(kind, each);
});

answer.setAttribute("role", "status");
dress();
