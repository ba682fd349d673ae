// Uploads that go on where they stopped: many files, each with a title, what holds for all of them said once.
// The page brings the texts (data-texts) and the markup of a row (template). Without this script its form works plainly.
import * as tus from "tus-js-client";
import { follow } from "./parts/follow.js";

const CHUNK = 8 * 1024 * 1024;
// What shows the server that it is our own page that asks.
const FORM = { "X-CSRF-Token": document.querySelector("meta[name=csrf]").content };
const RETRY_DELAYS = [0, 1000, 3000, 5000];
const PAUSE_BETWEEN_ATTEMPTS = 10_000;
// Browsers open six connections to a server: two files are sent at a time, two are followed, the rest is for pages.
const AT_ONCE = 2;

const form = document.querySelector("form.upload");
const { endpoint, max } = form.dataset;
const texts = JSON.parse(form.dataset.texts);
const chosen = form.querySelector("input[type=file]");
const list = document.querySelector("#cac-tep");
const heading = document.querySelector("#cac-tep-ten");
const live = document.querySelector("#loan-bao");
const template = document.querySelector("#mot-tep");
const button = form.querySelector("button[type=submit]");
const common = form.querySelector("fieldset");
const replaced = form.elements.segment?.value ?? "";
const rows = [];

const say = (name, facts = {}) => texts[name].replace(/\{(\w+)\}/g, (_place, fact) => facts[fact]);
const number = (value, decimals) =>
  value.toLocaleString("vi", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
const size = (bytes) => (bytes < 1e6 ? `${number(bytes / 1e3, 0)} kB` : `${number(bytes / 1e6, 1)} MB`);
// A file is the same when its name, length and date are, and when it is meant for the same segment.
const print = (file) => ["loa", replaced, file.name, file.type, file.size, file.lastModified].join("-");
const announce = (row, text) => (live.textContent = `${row.name}: ${text}`);

// Lets only so many go on at a time; each is given a function to call when its turn is over.
class Turns {
  waiting = [];
  busy = 0;

  take(begin) {
    this.waiting.push(begin);
    this.next();
  }

  leave(begin) {
    this.waiting = this.waiting.filter((each) => each !== begin);
  }

  next() {
    while (this.busy < AT_ONCE && this.waiting.length) {
      let over = false;
      this.busy += 1;
      this.waiting.shift()(() => {
        if (over) return;
        over = true;
        this.busy -= 1;
        this.next();
      });
    }
  }
}

const sending = new Turns();
const watching = new Turns();

class Row {
  constructor(name, bytes, fingerprint) {
    this.name = name;
    this.fingerprint = fingerprint;
    this.node = template.content.firstElementChild.cloneNode(true);
    this.bar = this.node.querySelector("progress");
    this.bar.setAttribute("aria-label", name);
    this.title = this.node.querySelector("[data-title]");
    this.told = this.node.querySelector("[data-state]");
    this.node.querySelector("[data-name]").textContent = name;
    this.node.querySelector("[data-size]").textContent = size(bytes);
    for (const act of this.node.querySelectorAll("[data-act]")) {
      act.setAttribute("aria-label", `${act.textContent}: ${name}`);
      act.addEventListener("click", () => this[act.dataset.act]());
    }
    rows.push(this);
    list.append(this.node);
    shownOrNot();
  }

  // `state` is chosen, waiting, sending, paused, lost, failed, unfinished, checking or done.
  show(state, text, percent) {
    this.state = state;
    this.node.dataset.is = state;
    this.told.textContent = text;
    this.bar.hidden = percent === undefined;
    if (percent !== undefined) this.bar.value = percent;
    const acts = {
      chosen: ["remove"],
      waiting: ["pause", "remove"],
      sending: ["pause", "remove"],
      lost: ["pause", "remove"],
      paused: ["resume", "remove"],
      failed: ["resume", "remove"],
      unfinished: ["remove"],
    };
    const possible = (acts[state] ?? []).filter((act) => act !== "resume" || this.upload);
    for (const act of this.node.querySelectorAll("[data-act]")) act.hidden = !possible.includes(act.dataset.act);
    if (this.title) {
      this.title.disabled = state !== "chosen";
      this.title.closest("label").hidden = state !== "chosen";
    }
    shownOrNot();
  }

  static of(file) {
    const row = new Row(file.name, file.size, print(file));
    row.file = file;
    if (row.title) row.title.value = file.name.normalize().replace(/\.[^.]+$/, "").slice(0, 200);
    if (file.size > Number(max)) row.show("failed", say("large", { size: size(Number(max)) }));
    else row.show("chosen", say("chosen"));
  }

  static async left(previous) {
    const row = new Row(previous.metadata.filename, previous.size, previous.urlStorageKey);
    row.previous = previous;
    row.show("unfinished", say("unfinished"), 0);
    // GET, for looking must change nothing: HEAD is the start of going on, and ends what another window sends.
    const answer = await fetch(previous.uploadUrl, { headers: { "Tus-Resumable": "1.0.0" } }).catch(() => null);
    if (answer?.ok) {
      const there = Number(answer.headers.get("Upload-Offset"));
      const segment = answer.headers.get("Loa-Segment");
      if (segment) {
        row.forget();
        row.follow(segment);
      } else if (row.state === "unfinished") {
        const percent = Math.floor((there * 100) / Math.max(previous.size, 1));
        row.show("unfinished", say("unfinished_at", { percent, sent: size(there), size: size(previous.size) }), percent);
      }
    } else if (answer && [404, 410].includes(answer.status) && row.state === "unfinished") {
      row.forget();
      row.drop();
    }
  }

  // The file of an upload that was left: goes on with it at once, for all is said already.
  take(file) {
    this.file = file;
    this.send();
  }

  send(said = {}) {
    this.upload = new tus.Upload(this.file, {
      endpoint,
      chunkSize: CHUNK,
      retryDelays: RETRY_DELAYS,
      headers: { "Accept-Language": document.documentElement.lang, ...FORM },
      metadata: { filename: this.file.name, ...(this.file.type && { filetype: this.file.type }), ...said },
      fingerprint: () => Promise.resolve(print(this.file)),
      removeFingerprintOnSuccess: true,
      onProgress: (sent, all) => this.progressed(sent, all),
      onShouldRetry: (error) => this.worthRetrying(error),
      onError: (error) => this.failed(error),
      onSuccess: ({ lastResponse }) => this.sent(lastResponse),
      onAfterResponse: (request, response) => {
        // Else a server that is going down would make the library begin anew.
        if (request.getMethod() === "HEAD" && response.getStatus() >= 500) throw new Error(`${response.getStatus()}`);
      },
    });
    if (this.previous) this.upload.resumeFromPreviousUpload(this.previous);
    this.resume();
  }

  resume() {
    this.show("waiting", say("waiting"), this.bar.value);
    this.begin = (over) => {
      this.over = over;
      this.show("sending", say("starting"), this.bar.value);
      this.upload.start();
    };
    sending.take(this.begin);
  }

  stop() {
    clearTimeout(this.again);
    sending.leave(this.begin);
    this.upload?.abort();
    this.over?.();
  }

  pause() {
    this.stop();
    this.show("paused", say("paused"), this.bar.value);
    announce(this, say("paused"));
  }

  remove() {
    const address = this.upload?.url ?? this.previous?.uploadUrl;
    this.stop();
    // The server forgets it in time anyway.
    if (address) tus.Upload.terminate(address, { retryDelays: [], headers: FORM }).catch(() => null);
    this.forget();
    this.drop();
    chosen.focus();
  }

  forget() {
    for (const key of Object.keys(localStorage)) {
      const own = this.file ? key.startsWith(`tus::${print(this.file)}::`) : key === this.previous?.urlStorageKey;
      if (own) localStorage.removeItem(key);
    }
  }

  drop() {
    this.state = "gone";
    rows.splice(rows.indexOf(this), 1);
    this.node.remove();
    shownOrNot();
  }

  progressed(sent, all) {
    const percent = Math.floor((sent * 100) / Math.max(all, 1));
    const quarter = Math.floor(percent / 25);
    if (this.quarter !== undefined && quarter > this.quarter) announce(this, `${percent} %`);
    this.quarter = quarter;
    this.show("sending", say("sending", { percent, sent: size(sent), size: size(all) }), percent);
  }

  worthRetrying(error) {
    const status = error.originalResponse?.getStatus() ?? 0;
    const wanted = status < 400 || status >= 500 || status === 409 || status === 423;
    if (wanted && status !== 409 && status !== 423) this.lost(error);
    return wanted && navigator.onLine;
  }

  lost(error) {
    if (this.state !== "lost") announce(this, say("lost"));
    this.show("lost", sentence(error) ?? say("lost"), this.bar.value);
  }

  failed(error) {
    const status = error.originalResponse?.getStatus() ?? 0;
    if (status >= 400 && status < 500 && status !== 409 && status !== 423) {
      const why = sentence(error) ?? say("failed", { status });
      this.show("failed", why);
      announce(this, why);
      this.over();
      return;
    }
    // It is tried for as long as the page is open; what is there stays on the server.
    this.lost(error);
    const again = () => {
      clearTimeout(this.again);
      removeEventListener("online", again);
      if (this.state === "lost") this.upload.start();
    };
    addEventListener("online", again);
    this.again = setTimeout(again, PAUSE_BETWEEN_ATTEMPTS);
  }

  sent(response) {
    this.over();
    this.follow(response.getHeader("Loa-Segment"));
  }

  follow(segment) {
    this.show("checking", say("received"), 0);
    announce(this, say("received"));
    watching.take(async (over) => {
      follow(
        `/api/v1/segments/${encodeURIComponent(segment)}/events`,
        (now) => {
          const step = texts.steps[now.step];
          const told = say("checking", { step, percent: now.progress });
          this.show("checking", now.trouble ? `${told} · ${now.trouble}` : told, now.progress);
        },
        async () => {
          over();
          await this.conclude(segment);
        },
      );
    });
  }

  async conclude(segment) {
    const address = `/bai/${encodeURIComponent(segment)}`;
    const answer = await fetch(`${address}/ket-qua`).catch(() => null);
    this.show("done", "");
    const place = this.node.querySelector("[data-outcome]");
    if (answer?.ok) {
      place.innerHTML = await answer.text();
      announce(this, place.querySelector(".status")?.textContent ?? "");
    } else {
      const link = Object.assign(document.createElement("a"), { href: address, textContent: say("open") });
      place.replaceChildren(link);
    }
  }
}

// What the server said of it, where it said something.
function sentence(error) {
  try {
    return JSON.parse(error.originalResponse.getBody()).detail;
  } catch {
    return undefined;
  }
}

function shownOrNot() {
  const waiting = rows.filter((row) => row.state === "chosen").length;
  list.hidden = heading.hidden = rows.length === 0;
  // There is nothing to say of files that are on their way.
  button.hidden = rows.length > 0 && waiting === 0;
  if (common) common.hidden = button.hidden;
  button.textContent = waiting > 1 ? say("upload_many", { count: waiting }) : say("upload");
}

function add(files) {
  const wanted = replaced ? [...files].slice(0, 1) : [...files];
  if (replaced && wanted.length) for (const row of rows.filter((each) => each.state === "chosen")) row.drop();
  for (const file of wanted) {
    const left = rows.find((row) => row.state === "unfinished" && row.fingerprint.startsWith(`tus::${print(file)}::`));
    const listed = rows.some((row) => row.fingerprint === print(file) && row.state !== "done");
    if (left) left.take(file);
    else if (!listed) Row.of(file);
  }
}

function start() {
  const said = Object.fromEntries(
    // An empty column means any; other fields that are empty were not filled in.
    [...new FormData(form)].filter(([name, value]) => !["file", "title", "csrf"].includes(name) && (value || name === "column")),
  );
  const ready = rows.filter((row) => row.state === "chosen");
  for (const row of ready) row.send(row.title ? { ...said, title: row.title.value } : said);
  if (!ready.length) chosen.focus();
}

async function takeOver() {
  for (const part of form.querySelectorAll(".by-script:not(#cac-tep, #cac-tep-ten)")) part.hidden = false;
  for (const part of form.querySelectorAll(".without-script")) part.hidden = true;
  chosen.required = false;
  chosen.multiple = !replaced;
  chosen.addEventListener("change", () => {
    add(chosen.files);
    chosen.value = "";
  });
  const zone = form.querySelector(".drop");
  // Chosen files stand in the list below; the label does what the browser's own button does.
  zone.classList.add("scripted");
  chosen.classList.add("unseen");
  for (const kind of ["dragover", "drop", "dragleave"]) {
    // A file that misses the zone would be opened in the place of this page.
    addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind === "drop") add(event.dataTransfer.files);
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });
  for (const previous of await tus.defaultOptions.urlStorage.findAllUploads()) {
    if (previous.urlStorageKey.startsWith(`tus::loa-${replaced}-`) && previous.uploadUrl) Row.left(previous);
  }
}

if (tus.isSupported) takeOver();
