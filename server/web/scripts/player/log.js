// What was really played: a row before the first sound of it, closed at its end, sent when there is a line, never twice.
import { putRow, removeRow, rowsOf } from "./keeping.js";

const MOST_AT_ONCE = 200;
const KEPT_MS = 35 * 86_400_000;
const READ_AGAIN_MS = 2 * 86_400_000;

// What a row is called for ever: sent again under it, it is the same.
function newId() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return `trinh-duyet-${[...random].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

// By the true clock, as far as it was known when it was played, or is known now.
export function statementOf(row, ahead, reasons) {
  if (!row.aired) return { id: row.id, slot: row.slot, segment: row.segment, aired: false, reason: reasons[row.why] };
  return {
    id: row.id,
    ...(row.slot === null ? {} : { slot: row.slot }),
    segment: row.segment,
    title: row.title,
    starts_at: new Date(row.starts - (row.ahead ?? ahead ?? 0)).toISOString(),
    duration_ms: Math.round(row.played),
  };
}

export class Log {
  constructor(station) {
    this.station = station;
    this.rows = new Map();
  }

  // What a crash left open is closed with what was surely heard of it.
  async load(now) {
    for (const row of await rowsOf(this.station)) {
      if (row.sent && row.made < now - KEPT_MS) await removeRow(row.id);
      else this.rows.set(row.id, row);
    }
  }

  // Of the same airing that did not end yet: after a reload, or what spoke in between, it goes on.
  async begin(airing, now, ahead) {
    const open = this.of(airing.id).find((row) => row.aired && !row.sent && !row.whole);
    const row = open ?? {
      id: newId(),
      station: this.station,
      airing: airing.id,
      slot: airing.slot,
      segment: airing.segment,
      kind: airing.kind,
      title: airing.title,
      until: airing.until,
      duration: airing.duration,
      aired: true,
      made: now,
      starts: now,
      ahead,
      played: 0,
      sent: null,
      refused: "",
    };
    Object.assign(row, { ended: null, whole: false, why: "" });
    await this.put(row);
    return row;
  }

  missed = (airing, now, why) =>
    this.put({
      id: newId(),
      station: this.station,
      airing: airing.id,
      slot: airing.slot,
      segment: airing.segment,
      kind: airing.kind,
      title: airing.title,
      until: airing.until,
      duration: airing.duration,
      aired: false,
      made: now,
      starts: airing.from,
      ahead: null,
      played: 0,
      ended: now,
      whole: false,
      why,
      sent: null,
      refused: "",
    });

  put(row) {
    this.rows.set(row.id, row);
    return putRow(row);
  }

  async drop(row) {
    this.rows.delete(row.id);
    await removeRow(row.id);
  }

  of = (airing) => [...this.rows.values()].filter((row) => row.airing === airing);
  knows = (airing) => this.of(airing).length > 0;

  // Whole ones of the last days: they are not begun again.
  done = (now) => new Set([...this.rows.values()].filter((row) => row.whole && row.made > now - READ_AGAIN_MS).map((row) => row.airing));

  // Only segments count; an airing may still go on until its time is over.
  ready = (now, playing) =>
    [...this.rows.values()].filter((row) => row.segment !== null && !row.sent && row.id !== playing && now >= row.until && (!row.aired || row.played > 0)).sort((a, b) => a.made - b.made);

  // Raises what the line does; what was acknowledged until then stays so.
  async send(line, now, { ahead, playing, reasons }) {
    for (;;) {
      const some = this.ready(now, playing).slice(0, MOST_AT_ONCE);
      if (!some.length) return;
      const { lines } = await line.say("as-run", { statements: some.map((row) => statementOf(row, ahead, reasons)) });
      for (const [index, row] of some.entries()) {
        const refused = lines[index].outcome === "refused" ? lines[index].detail : "";
        await this.put({ ...row, ended: row.ended ?? now, sent: now, refused });
      }
    }
  }
}
