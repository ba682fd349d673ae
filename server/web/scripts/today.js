// A station's today: counts down to the next slot, plays its sounds one after the other, keeps what is typed.

const words = JSON.parse(document.querySelector("[data-today]").dataset.today);
const notice = document.querySelector("[data-offline]");

function tellOfLine() {
  notice.hidden = navigator.onLine;
}
addEventListener("online", tellOfLine);
addEventListener("offline", tellOfLine);
tellOfLine();

const left = document.querySelector("[data-seconds]");
// A phone's clock may be wrong by days; that so much of it went by is right.
const begins = Date.now() + Number(left?.dataset.seconds) * 1000;
const two = (number) => String(number).padStart(2, "0");

function count() {
  const seconds = Math.ceil((begins - Date.now()) / 1000);
  if (seconds <= 0) {
    left.textContent = words.now;
    for (const button of document.querySelectorAll("[data-when-due]")) button.hidden = false;
    return;
  }
  const days = Math.floor(seconds / 86400);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  left.textContent = (days ? words.days : words.left).replace("{days}", days).replace("{clock}", clock);
  setTimeout(count, 1000);
}
if (left) count();

const list = document.querySelector("[data-sounds]");
if (list) {
  const sounds = [...list.querySelectorAll("audio")];
  const button = document.querySelector("[data-play]");
  const told = document.querySelector("[data-playing]");
  let current = 0;
  let wanted = false;
  let broken = false;

  const titles = [...list.querySelectorAll("[data-title]")];
  const title = () => `${current + 1}/${sounds.length} ${titles[current].textContent}`;
  const label = (sign, word) => (button.textContent = `${sign} ${word}`);

  function play(index) {
    const sound = sounds[index];
    if (sound.error || sound.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) {
      const at = sound.currentTime;
      sound.load();
      sound.currentTime = at;
    }
    // What keeps it from playing is told by its events.
    sound.play().catch(() => {});
  }

  function mark(index) {
    for (const item of list.children) item.removeAttribute("aria-current");
    list.children[index].setAttribute("aria-current", "true");
    current = index;
  }

  function breakOff() {
    wanted = false;
    broken = true;
    label("▶", words.play);
    told.textContent = words.broken;
  }

  sounds.forEach((sound, index) => {
    sound.addEventListener("play", () => {
      for (const other of sounds) if (other !== sound) other.pause();
      mark(index);
      wanted = true;
      broken = false;
      label("❚❚", words.stop);
      told.textContent = `${words.loading} ${title()}`;
    });
    sound.addEventListener("playing", () => (told.textContent = `${words.playing} ${title()}`));
    sound.addEventListener("waiting", () => (told.textContent = `${words.loading} ${title()}`));
    sound.addEventListener("pause", () => {
      if (index === current && !sound.ended && !broken) {
        wanted = false;
        label("▶", words.play);
        told.textContent = "";
      }
    });
    sound.addEventListener("timeupdate", () => {
      // The next one comes while this one ends, not before: the line may carry only one.
      const next = sounds[index + 1];
      if (next && next.preload !== "auto" && sound.duration - sound.currentTime < 20) next.preload = "auto";
    });
    sound.addEventListener("ended", () => {
      if (index + 1 < sounds.length) return play(index + 1);
      mark(0);
      wanted = false;
      label("▶", words.again);
      told.textContent = words.end;
    });
    const fail = () => wanted && index === current && breakOff();
    sound.addEventListener("error", fail);
    sound.querySelector("source:last-of-type").addEventListener("error", fail);
  });
  addEventListener("online", () => broken && play(current));
  button.addEventListener("click", () => (sounds[current].paused ? play(current) : sounds[current].pause()));
  // One player is enough when each title plays its own sound.
  titles.forEach((place, index) => {
    const jump = document.createElement("button");
    Object.assign(jump, { type: "button", className: "link", textContent: place.textContent });
    jump.addEventListener("click", () => play(index));
    place.replaceChildren(jump);
  });
  mark(0);
  list.classList.add("scripted");
  button.hidden = false;
}

// A session that ended, or a line that broke, takes nothing of what was typed: it is there when the page is again.
const prefix = `loa ${location.pathname} `;
const fields = new Map();
for (const field of document.querySelectorAll("main form [name=reason], main form [name=answer]")) {
  const action = new URL(field.form.action).pathname;
  fields.set(`${prefix}${action} ${field.form.elements.slot?.value ?? ""} ${field.name}`, field);
}
for (const [name, field] of fields) {
  const kept = sessionStorage.getItem(name);
  if (kept && !field.value) {
    field.value = kept;
    field.closest("details").open = true;
  }
  field.addEventListener("input", () => sessionStorage.setItem(name, field.value));
}
// What is no longer asked for was said.
for (const name of Object.keys(sessionStorage)) {
  if (name.startsWith(prefix) && !fields.has(name)) sessionStorage.removeItem(name);
}

for (const form of document.querySelectorAll("main form")) {
  form.addEventListener("submit", (event) => {
    if (!navigator.onLine) {
      event.preventDefault();
      tellOfLine();
      notice.scrollIntoView({ block: "center" });
      return;
    }
    // On a slow line nothing else moves for seconds; who comes back finds the button as it was.
    const button = form.querySelector("button[type=submit]");
    const said = button.textContent;
    button.textContent = words.sending;
    addEventListener("pagehide", () => (button.textContent = said), { once: true });
  });
}
