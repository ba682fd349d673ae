// Being on duty: at each beat of the clock what is due is compared with what sounds, and what went by unheard is noted.
import { airingOfEmergency, airingsOf, emergencyDue, onAir, overBetween, recalledFiles } from "./schedule.js";

// So long without a beat: the computer slept, the browser stood still, or its clock was set.
const GAP_MS = 5_000;
const TRIED_AGAIN_MS = 5_000;
const WRITTEN_EVERY_MS = 2_000;

export class Duty {
  // `blobOf(sha256)`: the sound, or null where it is not here; `ahead()`: how far this clock is ahead of the server's, or
  // null. `changed(what, airing, whole)` is told of all that people should see.
  constructor({ sound, log, blobOf, ahead, changed, clock = Date.now }) {
    Object.assign(this, { sound, log, blobOf, ahead, changed, clock });
    Object.assign(this, { on: false, standIn: false, manifest: null, airings: [], held: new Map() });
    Object.assign(this, { playing: null, starting: false, beaten: null, looked: null, written: 0 });
    Object.assign(this, { gaps: [], spoken: [], failed: new Map(), done: new Set(), calls: new Map() });
    sound.element.addEventListener("ended", () => this.playing && this.close({ whole: true }));
    sound.element.addEventListener("error", () => this.playing && this.fail(this.playing.airing, "broken"));
    sound.element.addEventListener("timeupdate", () => this.write());
  }

  follow(manifest) {
    this.manifest = manifest;
    this.airings = airingsOf(manifest);
    if (this.playing && recalledFiles(manifest).has(this.playing.airing.sha256)) this.close({ why: "recalled" });
  }

  begin() {
    const now = this.clock();
    Object.assign(this, { on: true, looked: now, beaten: now });
    this.done = this.log.done(now);
  }

  end() {
    this.on = false;
    if (this.playing) this.close({ why: "stopped" });
    this.sound.stop();
  }

  beat() {
    const now = this.clock();
    const gap = this.on && now - this.beaten > GAP_MS ? { from: this.beaten, to: now } : null;
    this.beaten = now;
    if (!this.on || !this.manifest) return;
    if (gap) {
      this.gaps.push(gap);
      // Where it stands is not where it should be: it is joined again at its place.
      if (this.playing && this.playing.airing.call === undefined) this.close({ why: "gap" });
      this.changed("gap");
    }
    this.noteMissed(now);
    this.keepUp(now);
  }

  due(now) {
    const rests = (id) => now - (this.failed.get(id)?.at ?? -TRIED_AGAIN_MS) < TRIED_AGAIN_MS;
    const has = (sha256) => this.held.has(sha256);
    const playing = this.playing?.airing ?? null;
    // A call that began is spoken to its end.
    if (playing?.call !== undefined) return { airing: playing, offset: 0 };
    const call = emergencyDue(this.manifest, now, { over: this.calls, has });
    if (call && !rests(`khan-cap/${call.number}`)) {
      const airing = airingOfEmergency(call, now);
      return { airing, offset: this.log.of(airing.id).find((row) => !row.sent)?.played ?? 0 };
    }
    const due = onAir(this.airings, now, { standIn: this.standIn, has, over: this.done, begun: (id) => this.log.knows(id), playing: playing?.id });
    return due && !rests(due.airing.id) ? due : null;
  }

  keepUp(now) {
    if (this.starting) return;
    const due = this.due(now);
    if (this.playing) {
      if (due?.airing.id === this.playing.airing.id) return;
      this.close({ why: due?.airing.call === undefined ? "changed" : "emergency" });
    }
    if (due) this.start(due);
  }

  async start({ airing, offset }) {
    this.starting = true;
    let row = null;
    try {
      const blob = await this.blobOf(airing.sha256);
      if (!blob) throw new Error("lacking");
      const asked = this.clock();
      row = await this.log.begin(airing, asked, this.ahead());
      await this.sound.play(blob, offset);
      const now = this.clock();
      if (!row.played) await this.log.put(Object.assign(row, { starts: now }));
      this.playing = { airing, row, base: row.played, place: offset };
      if (airing.call !== undefined) this.spoken.push({ from: now, to: now + airing.duration });
      this.changed("playing");
    } catch (error) {
      this.sound.stop();
      if (row && !row.played) await this.log.drop(row);
      this.fail(airing, error.name === "NotAllowedError" ? "blocked" : "broken");
    } finally {
      this.starting = false;
    }
  }

  fail(airing, why) {
    if (this.playing) this.close({ why });
    this.failed.set(airing.id, { at: this.clock(), why });
    if (why === "blocked") this.on = false;
    this.changed(why, airing);
  }

  // What was surely heard, every two seconds: a power cut leaves it in the log.
  write() {
    const { playing } = this;
    if (!playing) return;
    playing.row.played = Math.min(playing.row.duration, playing.base + Math.max(0, this.sound.position - playing.place));
    const now = this.clock();
    if (now - this.written < WRITTEN_EVERY_MS) return;
    this.written = now;
    this.log.put(playing.row).catch(() => this.changed("full"));
  }

  close({ whole = false, why = "" }) {
    const { airing, row, base, place } = this.playing;
    if (whole) row.played = Math.min(row.duration, base + row.duration - place);
    else this.write();
    this.playing = null;
    this.sound.stop();
    const now = this.clock();
    Object.assign(row, { ended: now, whole, why });
    if (whole) this.done.add(airing.id);
    if (airing.call !== undefined) this.spoken.at(-1).to = now;
    this.log.put(row).catch(() => this.changed("full"));
    this.changed("ended", airing, whole);
  }

  noteMissed(now) {
    const over = overBetween(this.airings, this.looked, now, { standIn: this.standIn });
    this.looked = now;
    for (const airing of over) {
      if (this.log.knows(airing.id)) continue;
      this.log.missed(airing, now, this.whyMissed(airing)).catch(() => this.changed("full"));
      this.changed("missed");
    }
  }

  whyMissed(airing) {
    const within = ({ from, to }) => from < airing.until && airing.from < to;
    if (this.spoken.some(within)) return "emergency";
    if (this.gaps.some(within)) return "gap";
    if (!this.held.has(airing.sha256)) return "lacking";
    return this.failed.get(airing.id)?.why ?? "broken";
  }
}
