// The supply of a player: the manifest and its files, answers to recalls and calls, the log on its way; kept in step with
// the server while there is a line.
import { copyOf, filesNeeded, heldOf, leftOver, moment, withChanges } from "./schedule.js";
import { Damaged, digestOf, fetchCopy, Full, Sounds } from "./files.js";
import { get, put } from "./keeping.js";
import { Refused } from "./line.js";

const WAIT_S = 50;
const WAITS_TRIED = 3;
const MINUTE = 60_000;
const PROGRAM = "loa-browser/1";

export class Supply {
  // `changed()` after anything that people should see; `came(manifest)` with each new one.
  constructor({ station, line, log, sendFacts, changed, came, light, opus }) {
    this.sounds = new Sounds(station);
    Object.assign(this, { station, line, log, sendFacts, changed, came, light, opus });
    Object.assign(this, { manifest: null, etag: null, at: null, held: new Map(), calls: new Map(), recalls: new Map() });
    Object.assign(this, { trouble: "", fetching: null, status: null, ahead: null, checkedIn: 0, wake: null, code: "" });
    Object.assign(this, { waitsFailed: 0, pollsUntil: 0, told: new Set() });
  }

  async load() {
    const kept = await get(`${this.station} manifest`);
    this.calls = new Map((await get(`${this.station} calls`)) ?? []);
    this.recalls = new Map((await get(`${this.station} recalls`)) ?? []);
    this.told = new Set(await get(`${this.station} told`));
    this.ahead = (await get(`${this.station} ahead`)) ?? null;
    if (!kept) return;
    Object.assign(this, kept);
    await this.look();
    this.came(this.manifest);
  }

  async look() {
    this.held = heldOf(this.manifest, await this.sounds.stored());
  }

  get lacking() {
    return this.manifest ? filesNeeded(this.manifest, Date.now()).filter((file) => !this.held.has(file.sha256)) : [];
  }

  soundOf = async (sha256) => (this.held.has(sha256) ? this.sounds.get(this.held.get(sha256).sha256) : null);

  // For ever: asks what is new, waits where the server lets it, tries again each minute where it can't be reached so.
  async run() {
    addEventListener("online", () => this.hurry());
    // The log, the clock and what is lacking are seen to beside it.
    setInterval(() => this.tend(), MINUTE);
    for (;;) {
      const began = Date.now();
      const wait = this.etag && this.status === 200 && began > this.pollsUntil ? WAIT_S : 0;
      try {
        const news = await this.ask(wait);
        this.waitsFailed = wait ? 0 : this.waitsFailed;
        this.tell(200);
        this.tend();
        // Answered at once with nothing new: it does not wait, so we do.
        if (!news && (wait === 0 || Date.now() - began < 2_000)) await this.rest(began > this.pollsUntil ? 5_000 : MINUTE);
      } catch (error) {
        this.note(error);
        // What stands between us and the server may not bear answers that wait.
        if (wait && ++this.waitsFailed >= WAITS_TRIED) Object.assign(this, { waitsFailed: 0, pollsUntil: Date.now() + 10 * MINUTE });
        await this.rest(this.status === 0 ? MINUTE / 4 : MINUTE);
      }
    }
  }

  // Whether anything was new.
  async ask(wait) {
    const found = await this.line.manifest({ etag: this.etag, since: this.apart ? null : this.manifest?.version, wait });
    this.at = Date.now();
    if (found === null) return false;
    const { manifest } = found.body;
    const whole = manifest.format === "loa-manifest/1" ? manifest : this.manifest && withChanges(this.manifest, manifest);
    // What was rewritten on its way, or does not lead to what the server has, is nothing to play by: the whole is asked for.
    const right = whole?.station === this.station && (await digestOf(new TextEncoder().encode(JSON.stringify(whole)))) === found.body.seal?.digest;
    this.apart = !right;
    if (!right) throw new Refused(0);
    await this.take(whole, found.etag);
    return true;
  }

  async take(manifest, etag) {
    const now = Date.now();
    await put(`${this.station} manifest`, { manifest, etag, at: now });
    Object.assign(this, { manifest, etag, at: now });
    for (const call of manifest.emergencies) if (!this.calls.has(call.number)) this.calls.set(call.number, { received: now, played: null, done: false, told: "" });
    const there = await this.sounds.stored();
    for (const recall of manifest.recalls) {
      const had = recall.files.filter((sha256) => there.includes(sha256));
      const known = this.recalls.get(recall.number);
      if (!known || had.length) this.recalls.set(recall.number, { outcome: had.length || known?.outcome === "removed" ? "removed" : "never_had", at: now, told: false });
    }
    await this.look();
    // Whoever plays one of them stops before it is gone.
    this.came(manifest);
    for (const sha256 of leftOver(manifest, there)) await this.sounds.remove(sha256);
    await put(`${this.station} recalls`, [...this.recalls]);
    await this.keepCalls();
    this.changed();
    // A call comes before the file that is on its way.
    if (this.lacking.some((file) => file.urgent)) this.stop?.abort();
  }

  keepCalls = () => put(`${this.station} calls`, [...this.calls]);

  async began(number, now) {
    const call = this.calls.get(number);
    call.played ??= now;
    await this.keepCalls();
    this.checkedIn = 0;
    this.tend();
  }

  async over(number) {
    this.calls.get(number).done = true;
    await this.keepCalls();
  }

  tell(status, code = "") {
    Object.assign(this, { status, code });
    this.changed();
  }

  hurry() {
    this.wake?.();
    this.tend();
  }

  rest(milliseconds) {
    return new Promise((done) => {
      const timer = setTimeout(done, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  // One at a time; asked for while one runs, it runs once more.
  async tend() {
    if (this.tending) {
      this.again = true;
      return;
    }
    this.tending = true;
    try {
      do {
        this.again = false;
        // What is said is short and comes first; files take as long as they take. None waits for the others' sake.
        await this.tried(() => this.fill(true));
        await this.tried(() => this.checkIn());
        await this.tried(() => this.log.send(this.line, Date.now(), this.sendFacts()));
        await this.tried(() => this.fill(false));
        await this.tried(() => this.tellFiles());
      } while (this.again);
    } finally {
      this.tending = false;
      this.changed();
    }
  }

  async tried(step) {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof Refused) || error.status === 401 || error.status === 403) this.note(error);
    }
  }

  // Whatever it was: a player does not stop asking.
  note(error) {
    if (error instanceof Refused) return this.tell(error.status, error.problem.code);
    if (error.name === "QuotaExceededError") this.trouble = "full";
    console.error(error);
    this.tell(0);
  }

  async fill(urgent) {
    if (!this.manifest) return;
    for (const file of this.lacking.filter((each) => each.urgent || !urgent)) {
      const copy = copyOf(file, { light: this.light, opus: this.opus });
      this.stop = new AbortController();
      this.fetching = { sha256: file.sha256, share: 0 };
      this.changed();
      try {
        const content = await fetchCopy(this.line, copy, {
          signal: this.stop.signal,
          progress: (bytes) => {
            this.fetching.share = bytes / copy.size;
            this.changed();
          },
        });
        await this.sounds.put(copy.sha256, content);
        this.trouble = "";
        await this.look();
        this.came(this.manifest);
      } catch (error) {
        if (error instanceof Damaged) this.trouble = "damaged";
        else if (error instanceof Full) {
          this.trouble = "full";
          break;
        } else if (error instanceof Refused && error.status === 404) continue;
        else {
          // Broken off for what is more urgent: that is seen to at once.
          if (this.stop.signal.aborted) this.again = true;
          else if (!(error instanceof Refused)) throw error;
          break;
        }
      } finally {
        this.fetching = null;
        this.changed();
      }
    }
  }

  // Which files are here and right: told once each, whenever that gets through.
  async tellFiles() {
    if (!this.sendFacts().speaks) return;
    const here = [...this.held.values()].map((copy) => copy.sha256);
    const files = here.filter((sha256) => !this.told.has(sha256));
    if (!files.length) return;
    await this.line.say("files", { files });
    this.told = new Set(here);
    await put(`${this.station} told`, here);
  }

  // Who only looks at the page, on whatever machine, answers for nothing that the station has or removed.
  async checkIn() {
    if (!this.sendFacts().speaks) return;
    const told = (call) => JSON.stringify([call.received, call.played]);
    const recalls = [...this.recalls].filter(([, answer]) => !answer.told);
    const calls = [...this.calls].filter(([, call]) => call.told !== told(call));
    if (!recalls.length && !calls.length && Date.now() - this.checkedIn < MINUTE - 5_000) return;
    const room = await navigator.storage?.estimate?.().catch(() => null);
    const time = (at) => new Date(at).toISOString();
    const saying = calls.map(([, call]) => told(call));
    const answer = await this.line.say("check-in", {
      program: PROGRAM,
      now: time(Date.now()),
      ...(this.manifest ? { version: this.manifest.version, lacking: this.lacking.length } : {}),
      ...(room ? { free_bytes: Math.max(0, Math.floor(room.quota - room.usage)) } : {}),
      trouble: this.trouble,
      recalls: recalls.map(([number, { outcome }]) => ({ number, outcome })),
      emergencies: calls.map(([number, call]) => ({ number, received_at: time(call.received), ...(call.played ? { played_at: time(call.played) } : {}) })),
    });
    this.checkedIn = Date.now();
    this.ahead = answer.clock_offset_ms;
    await put(`${this.station} ahead`, this.ahead);
    for (const [, recall] of recalls) recall.told = true;
    calls.forEach(([, call], index) => (call.told = saying[index]));
    await put(`${this.station} recalls`, [...this.recalls]);
    await this.keepCalls();
    this.changed();
  }

  recallsInForce = () => this.manifest?.recalls.filter((recall) => this.recalls.get(recall.number)?.outcome === "removed") ?? [];
  callsWaiting = (now) => this.manifest?.emergencies.filter((call) => now < moment(call.until) && !this.calls.get(call.number)?.done) ?? [];
}
