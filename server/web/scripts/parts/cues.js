// Where a recording begins and ends on air: two handles on its wave, by hand and by keyboard, beside the fields of the
// form, which are what is sent. Each move is heard at once.
import { sayer } from "./saying.js";

const HEARD_S = 2;
const PAUSE_MS = 250; // between the last press of a key and hearing it
const LEAST_MS = 100; // between the two
const STEPS = { ArrowLeft: -10, ArrowDown: -10, ArrowRight: 10, ArrowUp: 10, PageDown: -1000, PageUp: 1000 };

const shown = (ms) => (ms / 1000).toLocaleString("vi", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export function cues(form) {
  const wave = document.getElementById(form.dataset.wave);
  const say = sayer(JSON.parse(form.dataset.texts));
  const length = Number(form.dataset.length);
  const told = form.querySelector("[data-told]");
  const fields = { in: form.elements.cue_in, out: form.elements.cue_out };
  const place = { in: Math.round(fields.in.value * 1000), out: Math.round(fields.out.value * 1000) };
  const sound = new Audio();
  sound.preload = "none";
  sound.src = form.dataset.whole;
  const handles = wave ? { in: handle("in"), out: handle("out") } : {};
  const playhead = Object.assign(document.createElement("div"), { className: "playhead", hidden: true });
  let until = 0;
  let waiting;

  function handle(edge) {
    const node = document.createElement("div");
    node.className = "handle";
    node.tabIndex = 0;
    for (const [name, value] of Object.entries({ role: "slider", "aria-label": say(edge), "aria-valuemin": 0, "aria-valuemax": length })) {
      node.setAttribute(name, value);
    }
    node.addEventListener("keydown", (event) => {
      const ends = { Home: -length, End: length };
      const step = ends[event.key] ?? STEPS[event.key] * (event.shiftKey && event.key.startsWith("Arrow") ? 10 : 1);
      if (Number.isNaN(step) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      move(edge, place[edge] + step);
      soon(edge);
    });
    node.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      node.focus();
      node.setPointerCapture(event.pointerId);
    });
    node.addEventListener("pointermove", (event) => {
      if (node.hasPointerCapture(event.pointerId)) move(edge, at(event));
    });
    node.addEventListener("pointerup", () => hear(edge));
    wave.querySelector(".wave-place").append(node);
    return node;
  }

  function at(event) {
    const box = wave.querySelector("svg").getBoundingClientRect();
    return Math.round((((event.clientX - box.left) / box.width) * length) / 10) * 10;
  }

  function move(edge, ms, typed = false) {
    const [least, most] = edge === "in" ? [0, place.out - LEAST_MS] : [place.in + LEAST_MS, length];
    place[edge] = Math.max(least, Math.min(most, ms));
    if (!typed) fields[edge].value = (place[edge] / 1000).toFixed(2);
    draw();
  }

  function draw() {
    told.textContent = say("length", { seconds: shown(place.out - place.in) });
    for (const edge of Object.keys(handles)) {
      const share = place[edge] / length;
      handles[edge].style.left = `${share * 100}%`;
      handles[edge].setAttribute("aria-valuenow", place[edge]);
      handles[edge].setAttribute("aria-valuetext", say("seconds", { seconds: shown(place[edge]) }));
      const [rect, line] = wave.querySelectorAll(`svg [data-edge=${edge}]`);
      for (const end of ["x1", "x2"]) line.setAttribute(end, share * 1000);
      if (edge === "out") rect.setAttribute("x", share * 1000);
      rect.setAttribute("width", edge === "in" ? share * 1000 : 1000 - share * 1000);
    }
  }

  function soon(edge) {
    clearTimeout(waiting);
    waiting = setTimeout(() => hear(edge), PAUSE_MS);
  }

  // Who has begun to listen to something else is not interrupted by what was about to be heard here.
  document.addEventListener("play", (begun) => begun.target !== sound && clearTimeout(waiting), true);

  // From the beginning on, up to the end, or all that is between.
  function hear(what) {
    if (what === "out") play(Math.max(place.in, place.out - HEARD_S * 1000), place.out);
    else play(place.in, what === "in" ? Math.min(place.out, place.in + HEARD_S * 1000) : place.out);
  }

  async function play(from, to) {
    for (const other of document.querySelectorAll("audio")) other.pause();
    try {
      if (sound.readyState < HTMLMediaElement.HAVE_METADATA) {
        told.textContent = say("waiting");
        await new Promise((ready, failed) => {
          sound.addEventListener("loadedmetadata", ready, { once: true });
          sound.addEventListener("error", failed, { once: true });
          sound.load();
          sound.preload = "auto";
        });
        draw();
      }
      until = to / 1000;
      sound.currentTime = from / 1000;
      await sound.play();
      requestAnimationFrame(watch);
    } catch (error) {
      // Another move came before this one was heard: it is heard instead.
      if (error.name !== "AbortError") told.textContent = say("failed");
    }
  }

  function watch() {
    playhead.hidden = sound.paused;
    playhead.style.left = `${((sound.currentTime * 1000) / length) * 100}%`;
    if (sound.currentTime >= until) sound.pause();
    if (!sound.paused) requestAnimationFrame(watch);
    else playhead.hidden = true;
  }

  for (const [edge, field] of Object.entries(fields)) {
    field.addEventListener("input", () => move(edge, Math.round(field.value * 1000), true));
    field.addEventListener("change", () => soon(edge));
  }
  form.addEventListener("reset", () => {
    place.in = Math.round(fields.in.defaultValue * 1000);
    place.out = Math.round(fields.out.defaultValue * 1000);
    draw();
  });
  for (const button of form.querySelectorAll("[data-hear]")) {
    button.addEventListener("click", () => (sound.paused ? hear(button.dataset.hear) : sound.pause()));
  }
  wave?.querySelector(".wave-place").append(playhead);
  for (const part of form.querySelectorAll(".by-script")) part.hidden = false;
  draw();
}
