// The player of a station in a browser: on duty it plays what the published months say, on time, also without a line.
import { battery, findings, room } from "./player/checks.js";
import { Duty } from "./player/duty.js";
import { forget, get, put } from "./player/keeping.js";
import { Line } from "./player/line.js";
import { Log } from "./player/log.js";
import { airingsOf, filesNeeded, onAir, overBetween } from "./player/schedule.js";
import { Screen } from "./player/screen.js";
import { Sound } from "./player/sound.js";
import { Supply } from "./player/supply.js";
import { size } from "./parts/saying.js";
import "./parts/leaving.js";

const root = document.querySelector("[data-player]");
const { texts, reasons, worker, clock } = JSON.parse(root.dataset.player);
const station = decodeURIComponent(location.pathname.match(/^\/dai\/([^/]+)\/may-phat$/)?.[1] ?? "");
const screen = new Screen(root, texts);
const BEAT_MS = 250;
const ALIVE_EVERY_MS = 10_000;

const lacks = () => {
  if (!isSecureContext) return texts.insecure;
  const needed = { "Cache Storage": "caches" in window, IndexedDB: "indexedDB" in window, "Web Crypto": crypto?.subtle, "Service Worker": "serviceWorker" in navigator, "Web Locks": "locks" in navigator };
  const what = Object.keys(needed).filter((name) => !needed[name]);
  return what.length ? screen.say("old_browser", { what: what.join(", ") }) : "";
};

if (station) begin();

function begin() {
  for (const name of ["live", "kept"]) screen.show(name, true);
  const lacking = lacks();
  if (lacking) return screen.alarms([lacking]);
  const ready = navigator.serviceWorker.register(`${worker}&lang=${document.documentElement.lang}`, { scope: location.pathname }).then(() => navigator.serviceWorker.ready);
  // One tab at a time plays; another waits until this one is closed.
  navigator.locks.request(`loa-player ${station}`, { ifAvailable: true }, (lock) => {
    if (lock) return play(ready);
    screen.alarms([texts.other_tab]);
    navigator.locks.request(`loa-player ${station}`, () => play(ready));
  });
}

// Until the page is gone.
async function play(ready) {
  const sound = new Sound(screen.place("sound"));
  const log = new Log(station);
  const line = new Line(station, document.querySelector("meta[name=csrf]").content);
  const told = { closed: null, trouble: "", awake: null, ready: false, battery: null, room: null };
  const opus = Boolean(sound.element.canPlayType("audio/ogg; codecs=opus"));
  const kept = async (name, fallback) => (await get(`${station} ${name}`)) ?? fallback;
  const keep = (name, value) => put(`${station} ${name}`, value);

  let pairing = await kept("token", null);
  line.token = pairing?.secret ?? null;
  if (!line.token && "onlooker" in root.dataset) return screen.alarms([texts.forbidden]);
  let heard = await kept("heard", null);
  await log.load(Date.now());
  const alive = await kept("alive", null);

  const duty = new Duty({ sound, log, blobOf: (sha256) => supply.soundOf(sha256), ahead: () => supply.ahead, changed: happened });
  const supply = new Supply({
    station,
    line,
    log,
    light: await kept("light", false),
    opus,
    sendFacts: () => ({ ahead: supply.ahead, playing: duty.playing?.row.id, reasons, speaks: line.token !== null || duty.on }),
    changed: draw,
    came: (manifest) => {
      screen.timezone = manifest.timezone;
      duty.held = supply.held;
      duty.calls = new Set([...supply.calls].filter(([, call]) => call.done).map(([number]) => number));
      duty.follow(manifest);
      if (!root.dataset.named) screen.put("name", manifest.station_name);
      draw();
    },
  });
  duty.standIn = await kept("stand in", false);
  await supply.load();
  if (alive && supply.manifest) {
    const over = overBetween(airingsOf(supply.manifest), alive, Date.now(), { standIn: duty.standIn });
    const missed = over.filter((airing) => !log.knows(airing.id));
    if (missed.length) told.closed = { from: alive, to: Date.now(), count: missed.length };
  }

  async function happened(what, airing, whole) {
    if (what === "playing") {
      told.trouble = "";
      const { airing: now } = duty.playing;
      if ("mediaSession" in navigator) navigator.mediaSession.metadata = new MediaMetadata({ title: now.title, artist: supply.manifest.station_name });
      if (now.call !== undefined) await supply.began(now.call, duty.playing.row.starts);
    }
    if (what === "ended" && airing.call !== undefined && whole) {
      duty.calls.add(airing.call);
      await supply.over(airing.call);
    }
    if (what === "ended" || what === "missed") supply.tend();
    if (what === "blocked" || what === "broken" || what === "full") told.trouble = screen.say(what, { title: airing?.title });
    draw();
  }

  function alarms(now) {
    const found = [];
    const waiting = supply.callsWaiting(now)[0];
    if (waiting && !duty.on) found.push(screen.say("emergency_waits", { title: waiting.title }));
    if (told.trouble) found.push(told.trouble);
    if (supply.status === 401) found.push(line.token ? texts.refused : texts.signed_out);
    if (supply.status === 403) found.push(line.token ? texts.refused : supply.code === "access.form_foreign" ? texts.reload : texts.forbidden);
    for (const gap of duty.gaps.slice(-3)) {
      const count = overBetween(duty.airings, gap.from, gap.to, { standIn: duty.standIn }).filter((each) => log.of(each.id).some((row) => !row.aired)).length;
      found.push(screen.say("gap", { from: screen.wall(gap.from), to: screen.wall(gap.to), count }));
    }
    if (told.closed) found.push(screen.say("closed", { from: screen.wall(told.closed.from), to: screen.wall(told.closed.to), count: told.closed.count }));
    for (const recall of supply.recallsInForce()) found.push(screen.say("recalled", { title: recall.title, clock: screen.wall(Date.parse(recall.recalled_at)), reason: recall.reason }));
    const relayed = onAir(duty.airings, now, { standIn: true });
    if (duty.on && relayed?.airing.relayed && !duty.standIn) found.push(texts.relay_now);
    return found;
  }

  function draw() {
    const now = Date.now();
    const { manifest, held } = supply;
    screen.put("state", duty.on ? `✓ ${texts.on}` : `△ ${texts.off}`);
    screen.show("begin", !duty.on);
    screen.show("end", duty.on);
    screen.place("test").disabled = duty.playing !== null;
    screen.put("line", supply.status === 200 ? screen.say("line", { clock: screen.wall(supply.at) }) : supply.status === 0 ? texts.offline : manifest || supply.status === null ? "" : texts.no_manifest);
    screen.alarms(alarms(now));
    screen.put("pairing", line.token ? `✓ ${screen.say("paired", { name: pairing?.name ?? "" })}` : `△ ${texts.not_paired}`);
    screen.show("unpair", line.token !== null);
    if (screen.place("pair")) screen.show("pair", line.token === null || supply.status === 401);
    screen.log([...log.rows.values()], duty.playing?.row.id);
    if (!manifest) return;
    const slots = screen.ahead(manifest, held, now);
    screen.next(slots, duty.playing, sound.position, now);
    const needed = filesNeeded(manifest, now);
    const titles = new Map([...manifest.slots.flatMap((slot) => slot.sounds), ...manifest.emergencies].map((each) => [each.sha256, each.title]));
    screen.files(needed, held, supply.fetching, titles, told.room, supply.trouble);
    const need = needed.filter((file) => !held.has(file.sha256)).reduce((sum, file) => sum + file.copies[0].size, 0);
    const lacking = slots[0]?.sounds.filter((each) => !held.has(each.sha256)).length ?? 0;
    if (told.room) screen.checks(findings({ heard, ahead: supply.ahead, lacking, need, room: told.room, ready: told.ready, awake: told.awake !== null, battery: told.battery }, screen.wall, size));
  }

  async function look() {
    [told.room, told.battery] = await Promise.all([room(), battery()]);
    draw();
  }

  async function stayAwake() {
    if (!duty.on || document.visibilityState !== "visible" || told.awake) return;
    told.awake = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
    told.awake?.addEventListener("release", () => {
      told.awake = null;
      draw();
    });
    draw();
  }

  async function goOnDuty() {
    if (duty.on) return;
    try {
      await sound.unlock();
    } catch {
      return happened("blocked");
    }
    told.trouble = "";
    duty.begin();
    supply.tend();
    keep("on duty", true);
    navigator.storage?.persist?.().then(look, () => {});
    stayAwake();
    for (const key of ["play", "pause", "stop", "previoustrack", "nexttrack", "seekbackward", "seekforward"]) {
      try {
        navigator.mediaSession?.setActionHandler(key, () => {});
      } catch {
        // This browser knows no such key.
      }
    }
    draw();
  }

  screen.place("begin").addEventListener("click", goOnDuty);
  screen.place("end").addEventListener("click", () => {
    duty.end();
    keep("on duty", false);
    forget(`${station} alive`);
    told.awake?.release();
    draw();
  });
  screen.place("test").addEventListener("click", () => {
    if (duty.playing) return;
    sound.test().then(() => screen.show("heard", true), () => happened("blocked"));
  });
  for (const [name, well] of [["heard-yes", true], ["heard-no", false]]) {
    screen.place(name).addEventListener("click", () => {
      heard = { at: Date.now(), well };
      keep("heard", heard);
      screen.show("heard", false);
      draw();
    });
  }
  for (const [name, set] of [["light", (value) => (supply.light = value)], ["stand-in", (value) => (duty.standIn = value)]]) {
    const box = screen.place(name);
    box.checked = name === "light" ? supply.light : duty.standIn;
    box.addEventListener("change", () => {
      set(box.checked);
      keep(name.replace("-", " "), box.checked);
      supply.tend();
    });
  }
  screen.place("unpair").addEventListener("click", async () => {
    const { number } = pairing;
    await forget(`${station} token`);
    line.token = pairing = null;
    // Who is signed in here takes it back for good; nobody's page can only forget it.
    screen.put("pair-told", (await line.unpair(number).catch(() => null)) ? "" : texts.still_valid);
    supply.hurry();
    draw();
  });
  screen.place("pair")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    screen.put("pair-told", texts.pairing);
    try {
      const issued = await line.pair(new FormData(event.target).get("name"));
      pairing = { secret: issued.secret, name: issued.credential.name, number: issued.credential.id };
      await keep("token", pairing);
      line.token = pairing.secret;
      screen.put("pair-told", "");
      navigator.storage?.persist?.().then(look, () => {});
      supply.hurry();
    } catch (refused) {
      screen.put("pair-told", `✕ ${refused.problem?.detail ?? texts.offline}`);
    }
    draw();
  });
  addEventListener("visibilitychange", stayAwake);
  addEventListener("beforeunload", (event) => duty.on && event.preventDefault());
  ready.then(() => {
    told.ready = true;
    draw();
  }, () => {});

  // A worker's clock beats also while this tab is hidden, where that of a page is slowed down to once a minute.
  const beats = new Worker(clock);
  let written = 0;
  beats.addEventListener("message", () => {
    duty.beat();
    const now = Date.now();
    if (duty.on && now - written > ALIVE_EVERY_MS) {
      written = now;
      keep("alive", now);
    }
  });
  beats.postMessage(BEAT_MS);
  setInterval(draw, 1000);
  setInterval(look, 60_000);
  look();
  // Where the browser lets it, as in an installed page, duty goes on after a restart without anybody's tap.
  if (await kept("on duty", false)) goOnDuty();
  draw();
  await supply.run();
}
