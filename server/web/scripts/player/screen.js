// What the page shows of the player: words and figures put into the places that it has, nothing decided here.
import { sayer, size } from "../parts/saying.js";
import { slotsAhead } from "./schedule.js";

const two = (number) => String(number).padStart(2, "0");
const SHOWN_ROWS = 20;
const SHOWN_SLOTS = 12;

export class Screen {
  constructor(root, texts) {
    this.root = root;
    this.say = sayer(texts);
    this.texts = texts;
    this.timezone = "Asia/Ho_Chi_Minh";
    this.last = new Map();
  }

  place = (name) => this.root.querySelector(`[data-${name}]`);

  // Only what changed is written: what is written is read aloud.
  put(name, text) {
    if (this.last.get(name) === text) return;
    this.last.set(name, text);
    this.place(name).textContent = text;
  }

  show(name, shown) {
    const place = this.place(name);
    if (place.hidden === shown) place.hidden = !shown;
  }

  list(name, items) {
    const key = JSON.stringify(items);
    if (this.last.get(name) === key) return;
    this.last.set(name, key);
    this.place(name).replaceChildren(
      ...items.map(({ text, kind, sign, word, note }) => {
        const item = document.createElement("li");
        const words = document.createElement("span");
        words.textContent = text;
        item.append(words);
        if (word) {
          const status = document.createElement("span");
          status.className = `status ${kind}`;
          const mark = document.createElement("span");
          mark.setAttribute("aria-hidden", "true");
          mark.textContent = `${sign} `;
          status.append(mark, word);
          item.append(" ", status);
        }
        if (note) {
          const small = document.createElement("div");
          small.className = "small faded";
          small.textContent = note;
          item.append(small);
        }
        return item;
      }),
    );
  }

  parts(at) {
    const format = new Intl.DateTimeFormat("en-GB", { timeZone: this.timezone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });
    return Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
  }

  clock = (at) => {
    const { hour, minute } = this.parts(at);
    return `${hour}:${minute}`;
  };
  day = (at) => {
    const { day, month } = this.parts(at);
    return `${day}/${month}`;
  };
  wall = (at) => `${this.clock(at)} ${this.day(at)}`;

  length(milliseconds) {
    const seconds = Math.round(milliseconds / 1000);
    return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  }

  left(milliseconds) {
    const seconds = Math.ceil(milliseconds / 1000);
    const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
    const days = Math.floor(seconds / 86_400);
    return this.say(days ? "days" : "left", { days, clock });
  }

  ahead(manifest, held, now) {
    const slots = slotsAhead(manifest, now);
    const parents = new Map(manifest.sessions.map((session) => [session.relays, session.relays_name]));
    this.list(
      "ahead",
      slots.slice(0, SHOWN_SLOTS).map((slot) => {
        const lacking = slot.sounds.some((sound) => !held.has(sound.sha256));
        return {
          text: `${this.wall(slot.from)} · ${this.length(slot.length_ms)}`,
          ...(lacking ? { kind: "below", sign: "△", word: this.texts.lacking } : { kind: "met", sign: "✓", word: this.texts.good }),
          note: [slot.relayed_from ? this.say("relay", { station: parents.get(slot.relayed_from) ?? slot.relayed_from }) : "", ...slot.sounds.filter((sound) => sound.kind === "segment").map((sound) => sound.title)].filter(Boolean).join(" · "),
        };
      }),
    );
    this.show("ahead-none", !slots.length);
    return slots;
  }

  next(slots, playing, position, now) {
    const coming = slots.find((slot) => slot.from > now) ?? null;
    this.put("next-word", this.texts.next);
    this.show("next", coming !== null);
    if (coming) {
      this.put("next-clock", this.clock(coming.from));
      this.put("next-day", this.day(coming.from));
      this.put("next-left", this.left(coming.from - now));
      this.list("next-sounds", coming.sounds.map((sound) => ({ text: `${sound.title} · ${this.length(sound.duration_ms)}` })));
    }
    this.show("now", playing !== null);
    if (!playing) return;
    this.put("now-word", playing.airing.call === undefined ? this.texts.on_air : this.texts.urgent);
    this.put("now-title", playing.airing.title);
    this.put("now-time", `${this.length(position)} / ${this.length(playing.airing.duration)}`);
    Object.assign(this.place("now-bar"), { max: playing.airing.duration, value: Math.min(position, playing.airing.duration) });
  }

  log(rows, playing) {
    const shown = rows.filter((row) => row.segment !== null).sort((a, b) => b.made - a.made).slice(0, SHOWN_ROWS);
    this.list(
      "log",
      shown.map((row) => {
        const told = row.refused ? this.say("not_taken", { reason: row.refused }) : row.sent ? this.texts.sent : this.texts.unsent;
        const what = !row.aired
          ? this.say("missed", { reason: this.texts[`why_${row.why}`] })
          : row.id === playing
            ? this.texts.playing
            : row.whole
              ? this.say("played", { length: this.length(row.played) })
              : this.say("cut", { length: this.length(row.played), whole: this.length(row.duration) });
        const state = row.refused || !row.aired ? ["missed", "✕"] : row.sent ? ["met", "✓"] : ["unknown", "•"];
        return { text: `${this.wall(row.starts)} ${row.title}`, kind: state[0], sign: state[1], word: what, note: row.id === playing ? "" : told };
      }),
    );
    const unsent = rows.filter((row) => row.segment !== null && !row.sent && row.id !== playing && (!row.aired || row.played > 0)).length;
    this.put("unsent", shown.length ? (unsent ? this.say("log_unsent", { count: unsent }) : this.texts.log_sent) : this.texts.log_none);
  }

  files(needed, held, fetching, titles, room, trouble) {
    const had = needed.filter((file) => held.has(file.sha256));
    const bytes = had.reduce((sum, file) => sum + held.get(file.sha256).size, 0);
    this.put("files", needed.length ? this.say("files", { had: had.length, all: needed.length, size: size(bytes) }) : this.texts.files_none);
    this.put("fetching", fetching ? this.say("fetching", { title: titles.get(fetching.sha256) ?? "", percent: Math.floor(fetching.share * 100) }) : trouble ? `△ ${this.texts[trouble]}` : "");
    Object.assign(this.place("files-bar"), { max: Math.max(1, needed.length), value: had.length });
    if (room) this.put("room", `${this.say("room", { used: size(room.used), quota: size(room.quota) })} ${room.persisted ? this.texts.persisted : this.texts.not_persisted}`);
  }

  checks(found) {
    const signs = { met: ["✓", this.texts.good], below: ["△", this.texts.look], missed: ["✕", this.texts.bad], unknown: ["·", this.texts.note] };
    this.list("checks", found.map(([kind, name, facts]) => ({ text: this.say(name, facts), kind, sign: signs[kind][0], word: signs[kind][1] })));
  }

  // What went wrong, one line each, worst first.
  alarms(lines) {
    this.list("alarms", lines.map((text) => ({ text: `△ ${text}` })));
    this.show("alarms", lines.length > 0);
  }
}
