// The one way to the server: with this machine's own token where it is paired, else as whoever is signed in here.

export class Refused extends Error {
  // `status` 0: nothing came back, or not from the server.
  constructor(status, problem = {}) {
    super(problem.detail ?? String(status));
    Object.assign(this, { status, problem });
  }
}

export class Line {
  constructor(station, csrf) {
    Object.assign(this, { base: `/api/v1/stations/${encodeURIComponent(station)}`, csrf, token: null });
  }

  // Gives up after `patience` milliseconds without the head of an answer.
  async ask(address, { method = "GET", headers = {}, body, patience = 30_000, signal, session = false } = {}) {
    const stop = new AbortController();
    const give = () => stop.abort();
    const timer = setTimeout(give, patience);
    signal?.addEventListener("abort", give, { once: true });
    const own = this.token && !session;
    try {
      const answer = await fetch(address, {
        method,
        body: body === undefined ? undefined : JSON.stringify(body),
        headers: {
          ...headers,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(own ? { Authorization: `Bearer ${this.token}` } : method === "GET" ? {} : { "X-CSRF-Token": this.csrf }),
        },
        credentials: own ? "omit" : "same-origin",
        cache: "no-store",
        redirect: "error",
        signal: stop.signal,
      });
      if (answer.ok || answer.status === 304) return answer;
      throw new Refused(answer.status, await answer.json().catch(() => ({})));
    } catch (error) {
      throw error instanceof Refused ? error : new Refused(0);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", give);
    }
  }

  // What somebody in between answers in the server's place is nothing that we asked for.
  async json(address, given) {
    const answer = await this.ask(address, given);
    try {
      // Read to its end, empty as it is: what is left unread counts as broken off.
      if (answer.status === 304) return (await answer.arrayBuffer(), null);
      return { body: await answer.json(), etag: answer.headers.get("ETag") };
    } catch {
      throw new Refused(0);
    }
  }

  // null: nothing changed. `wait` in seconds: answered when something does.
  async manifest({ etag, since, wait }) {
    const asked = new URLSearchParams();
    if (since) asked.set("since", since);
    if (wait) asked.set("wait", wait);
    const found = await this.json(`${this.base}/manifest?${asked}`, { headers: etag ? { "If-None-Match": etag } : {}, patience: (wait + 30) * 1000 });
    if (found !== null && !found.body?.manifest?.format?.startsWith("loa-manifest")) throw new Refused(0);
    return found;
  }

  say = async (what, body) => (await this.json(`${this.base}/${what}`, { method: "POST", body })).body;
  unpair = (number) => this.json(`${this.base}/players/${number}/revoke`, { method: "POST", session: true });
  pair = async (name) => (await this.json(`${this.base}/players`, { method: "POST", body: { name }, session: true })).body;
}
