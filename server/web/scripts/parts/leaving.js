// Who signs out leaves nothing to hear for the next at this browser: what a player fetched as whoever was signed in goes
// with the session. A paired player has a token of its own and keeps all, and so does one that is on duty in another tab.
import { forget, get } from "../player/keeping.js";

const SOUNDS = "loa-player-sounds ";
const PATIENCE_MS = 2_000;

async function forgetUnpaired() {
  const here = decodeURIComponent(location.pathname.match(/^\/dai\/([^/]+)\/may-phat$/)?.[1] ?? "");
  const open = ((await navigator.locks?.query())?.held ?? []).map((lock) => lock.name);
  for (const name of await caches.keys()) {
    if (!name.startsWith(SOUNDS)) continue;
    const station = name.slice(SOUNDS.length);
    if (await get(`${station} token`)) continue;
    if (station !== here && open.includes(`loa-player ${station}`) && (await get(`${station} on duty`))) continue;
    await forget(`${station} manifest`);
    await caches.delete(name);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("action") !== "/dang-xuat" || !("caches" in window) || !navigator.onLine) return;
  event.preventDefault();
  const patience = new Promise((done) => setTimeout(done, PATIENCE_MS));
  Promise.race([forgetUnpaired().catch(() => {}), patience]).then(() => form.submit());
});
