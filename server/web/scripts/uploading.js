// Uploads that go on where they stopped: many files, each with what is said of it, together or one by one.
// The page brings the texts (data-texts) and the markup of a row (template). Without this script its form works plainly.
import * as tus from "tus-js-client";
import { Fields, OF_EACH, sayOnce, suggestFor } from "./parts/fields.js";
import { takeDropped } from "./parts/files.js";
import { follow } from "./parts/follow.js";
import { pageOfNow, problem } from "./parts/server.js";
import { sayer, size } from "./parts/saying.js";
import { Turns } from "./parts/turns.js";
import { Typed } from "./parts/typed.js";

const CHUNK = 8 * 1024 * 1024;
// What shows the server that it is our own page that asks.
let token = document.querySelector("meta[name=csrf]").content;
const RETRY_DELAYS = [0, 1000, 3000, 5000];
const PAUSE_BETWEEN_ATTEMPTS = 10_000;
// Browsers open six connections to a server: two files are sent at a time, two are followed, the rest is for pages.
const AT_ONCE = 2;
const SIGNED_OUT = ["access.sign_in_needed", "access.form_foreign"];

const form = document.querySelector("form.upload");
const { endpoint, max, who } = form.dataset;
const texts = JSON.parse(form.dataset.texts);
const chosen = form.querySelector("input[type=file]");
const list = document.querySelector("#cac-tep");
const heading = document.querySelector("#cac-tep-dau");
const all = document.querySelector("#chon-het");
const told = document.querySelector("#da-noi");
const live = document.querySelector("#loan-bao");
const template = document.querySelector("#mot-tep");
const button = form.querySelector("button[type=submit]");
const common = form.querySelector("fieldset");
const replaced = form.elements.segment?.value ?? "";
const rows = [];
const typed = new Typed(who);
const say = sayer(texts);

// A file is the same when its name, length and date are, and when it is meant for the same segment.
const print = (file) => ["loa", replaced, file.name, file.type, file.size, file.lastModified].join("-");
const announce = (row, text) => (live.textContent = `${row.name}: ${text}`);
const tellAll = (text) => {
  told.textContent = text;
  told.hidden = !text;
};

const sending = new Turns(AT_ONCE);
const watching = new Turns(AT_ONCE);

class Row {
  constructor(name, bytes, fingerprint) {
    this.name = name;
    this.bytes = bytes;
    this.fingerprint = fingerprint;
    this.node = template.content.firstElementChild.cloneNode(true);
    this.bar = this.node.querySelector("progress");
    this.bar.setAttribute("aria-label", name);
    if (!replaced) this.fields = new Fields(this.node, form, () => this.keep());
    this.fields?.pick.setAttribute("aria-label", say("pick", { name }));
    this.fields?.pick.addEventListener("change", shownOrNot);
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

  // `state` is typed (its file must be chosen again), chosen, waiting, sending, paused, lost, failed, unfinished,
  // checking or done.
  show(state, text, percent) {
    this.state = state;
    this.node.dataset.is = state;
    this.told.textContent = text;
    this.bar.hidden = percent === undefined;
    if (percent !== undefined) this.bar.value = percent;
    const acts = {
      typed: ["remove"],
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
    this.fields?.open(state === "chosen" || state === "typed", state === "chosen");
    shownOrNot();
  }

  static of(file) {
    const row = new Row(file.name, file.size, print(file));
    row.file = file;
    if (row.fields) row.fields.by.title.value = file.name.normalize().replace(/\.[^.]+$/, "").slice(0, 200);
    if (!file.size) row.show("failed", say("empty"));
    else if (file.size > Number(max)) row.show("failed", say("large", { size: size(Number(max)) }));
    else row.show("chosen", say("chosen"));
    return row;
  }

  // Something was typed of it before the page was closed.
  static kept(fingerprint, { name, bytes, said }) {
    const row = new Row(name, bytes, fingerprint);
    row.fields.take(said);
    row.show("typed", say("typed"));
  }

  suggested(suggestion, words) {
    if (this.state !== "chosen") return;
    this.fields.suggest(suggestion, words);
    this.keep();
  }

  keep() {
    if (this.fields) typed.keep(this.fingerprint, { name: this.name, bytes: this.bytes, said: this.fields.said });
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
    if (this.state === "typed") this.show("chosen", say("chosen"));
    else this.send();
  }

  send(said = {}) {
    this.upload = new tus.Upload(this.file, {
      endpoint,
      chunkSize: CHUNK,
      retryDelays: RETRY_DELAYS,
      headers: { "Accept-Language": document.documentElement.lang },
      onBeforeRequest: (request) => request.setHeader("X-CSRF-Token", token),
      // From here on the server knows what was said.
      onUploadUrlAvailable: () => typed.forget(this.fingerprint),
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

  async resume() {
    // After signing in again in another window the token of this page is an old one.
    if (this.state === "failed") token = (await pageOfNow())?.querySelector("meta[name=csrf]").content ?? token;
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
    if (address) tus.Upload.terminate(address, { retryDelays: [], headers: { "X-CSRF-Token": token } }).catch(() => null);
    this.forget();
    this.drop();
    chosen.focus();
  }

  forget() {
    typed.forget(this.fingerprint);
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
    this.show("lost", problem(error).detail ?? say("lost"), this.bar.value);
  }

  failed(error) {
    const status = error.originalResponse?.getStatus() ?? 0;
    if (status >= 400 && status < 500 && status !== 409 && status !== 423) {
      const out = [401, 403].includes(status) && SIGNED_OUT.includes(problem(error).code);
      const why = out ? say("signed_out") : (problem(error).detail ?? say("failed", { status }));
      // What was said of it can be mended; a file that is not taken can not.
      const mendable = this.fields && !this.upload.url && [400, 404].includes(status);
      this.show(mendable ? "chosen" : "failed", `✕ ${why}`);
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
    await showWhatWasSent();
  }
}

async function showWhatWasSent() {
  const shown = document.querySelector("#bai-cua-toi");
  const now = shown && (await pageOfNow())?.querySelector("#bai-cua-toi");
  if (now && !shown.contains(document.activeElement)) shown.replaceWith(now);
}

// Those of which something can still be said.
const openRows = () => rows.filter((row) => ["chosen", "typed"].includes(row.state));

function shownOrNot() {
  const ready = rows.filter((row) => row.state === "chosen");
  const open = openRows();
  list.hidden = heading.hidden = rows.length === 0;
  button.hidden = ready.length === 0;
  button.textContent = ready.length > 1 ? say("upload_many", { count: ready.length }) : say("upload");
  if (!common) return;
  // There is nothing to say of files that are on their way.
  common.hidden = open.length === 0;
  all.closest("label").hidden = open.length < 2;
  const picked = open.filter((row) => row.fields.pick.checked);
  all.checked = picked.length === open.length;
  all.indeterminate = picked.length > 0 && picked.length < open.length;
  document.querySelector("#chon-het-so").textContent = say("all", { count: open.length });
  document.querySelector("#dat-chung").textContent = say("common", { count: picked.length });
}

function add(files) {
  const wanted = replaced ? [...files].slice(0, 1) : [...files];
  if (replaced && wanted.length) for (const row of rows.filter((each) => each.state === "chosen")) row.drop();
  const fresh = [];
  const twice = [];
  for (const file of wanted) {
    const same = rows.find((row) => row.fingerprint === print(file) && row.state !== "done");
    const left = rows.find((row) => row.state === "unfinished" && row.fingerprint.startsWith(`tus::${print(file)}::`));
    if (left ?? (same?.state === "typed" && same)) (left ?? same).take(file);
    else if (same) twice.push(file.name);
    else fresh.push(Row.of(file));
  }
  tellAll(twice.length ? say("twice", { names: twice.join(", ") }) : "");
  if (!replaced) suggestFor(fresh.filter((row) => row.state === "chosen"), texts.hints);
}

function start() {
  const ofAll = Object.fromEntries(
    // An empty column means any; other fields that are empty were not filled in.
    [...new FormData(form)].filter(
      ([name, value]) => !["file", "csrf", ...OF_EACH].includes(name) && (value || name === "column"),
    ),
  );
  const ready = rows.filter((row) => row.state === "chosen");
  for (const row of ready) {
    const own = Object.entries(row.fields?.said ?? {}).filter(([, value]) => value);
    row.send({ ...ofAll, ...Object.fromEntries(own) });
  }
  if (!ready.length) chosen.focus();
}

async function takeOver() {
  for (const part of form.querySelectorAll(".by-script:not(#cac-tep, #cac-tep-dau)")) part.hidden = false;
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
  takeDropped(zone, add);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });
  if (common) {
    sayOnce(form, openRows, ({ field, count }) => (live.textContent = say("set", { field, count })));
    all.addEventListener("change", () => {
      for (const row of rows) if (row.fields) row.fields.pick.checked = all.checked;
      shownOrNot();
    });
    for (const [key, entry] of Object.entries(typed.all())) Row.kept(key, entry);
  }
  shownOrNot();
  form.classList.remove("awaits-script");
  for (const previous of await tus.defaultOptions.urlStorage.findAllUploads()) {
    if (previous.urlStorageKey.startsWith(`tus::loa-${replaced}-`) && previous.uploadUrl) Row.left(previous);
  }
}

if (tus.isSupported) takeOver();
