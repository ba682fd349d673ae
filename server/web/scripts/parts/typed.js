// What was typed of files that are not on their way yet, kept in this browser: a page that was closed, a session that
// ended, lose nothing but the files themselves, which only a person can choose again.

const LASTS_MS = 14 * 24 * 3600 * 1000;

export class Typed {
  // `who`: on a shared computer nobody finds what another one typed.
  constructor(who) {
    this.key = `loa-typed-${who}`;
  }

  all() {
    try {
      const entries = Object.entries(JSON.parse(localStorage.getItem(this.key) ?? "{}"));
      return Object.fromEntries(entries.filter(([, entry]) => Date.now() - entry.at < LASTS_MS));
    } catch {
      return {};
    }
  }

  keep(print, entry) {
    this.write({ ...this.all(), [print]: { ...entry, at: Date.now() } });
  }

  forget(print) {
    const { [print]: _gone, ...others } = this.all();
    this.write(others);
  }

  write(entries) {
    try {
      localStorage.setItem(this.key, JSON.stringify(entries));
    } catch {
      // A browser that keeps nothing: what was typed lives as long as the page.
    }
  }
}
