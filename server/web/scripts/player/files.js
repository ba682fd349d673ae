import { Refused } from "./line.js";

// Sounds in this browser's own store (Cache Storage): what is in it came whole, and its SHA-256 is right.

const address = (sha256) => `/may-phat/tep/${sha256}`;

// Of one station: another's player in the same browser has its own.
export class Sounds {
  constructor(station) {
    this.name = `loa-player-sounds ${station}`;
  }

  // SHA-256 of all copies in store.
  async stored() {
    const store = await caches.open(this.name);
    return (await store.keys()).map((request) => new URL(request.url).pathname.split("/").at(-1));
  }

  async get(sha256) {
    const answer = await (await caches.open(this.name)).match(address(sha256));
    return answer ? answer.blob() : null;
  }

  remove = async (sha256) => (await caches.open(this.name)).delete(address(sha256));

  async put(sha256, content) {
    const kept = new Response(content, { headers: { "Content-Type": content.type, "Content-Length": String(content.size) } });
    try {
      await (await caches.open(this.name)).put(address(sha256), kept);
    } catch (error) {
      throw error.name === "QuotaExceededError" ? new Full() : error;
    }
  }
}

export async function digestOf(bytes) {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Damaged extends Error {}
export class Full extends Error {}

// A file that broke off begins anew; those that came before it stay.
export async function fetchCopy(line, copy, { signal, progress }) {
  const answer = await line.ask(copy.path, { signal });
  const parts = [];
  let came = 0;
  const reader = answer.body.getReader();
  const stop = () => reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  let heard = Date.now();
  // A line that says nothing for so long is dead, whatever it calls itself.
  const watch = setInterval(() => Date.now() - heard > 30_000 && stop(), 5_000);
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true }));
      if (done) break;
      heard = Date.now();
      parts.push(value);
      came += value.length;
      if (came > copy.size) break;
      progress(came);
    }
  } finally {
    clearInterval(watch);
    signal.removeEventListener("abort", stop);
  }
  if (came < copy.size) throw new Refused(0);
  const content = new Blob(parts, { type: copy.media_type });
  if ((await digestOf(await content.arrayBuffer())) !== copy.sha256) throw new Damaged(copy.sha256);
  return content;
}
