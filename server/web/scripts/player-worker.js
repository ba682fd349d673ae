// Serves the player's page when there is no line: one page for all stations, and what it loads, kept from when there was.

const here = new URL(self.location.href);
const PAGE = `/may-phat/${here.searchParams.get("lang")}`;
const scope = () => new URL(self.registration.scope).pathname;
const store = () => caches.open(`loa-player-page ${scope()}`);
const PATIENCE_MS = 6_000;

const named = (text, pattern) => [...text.matchAll(pattern)].map((found) => found[1].replaceAll("&amp;", "&"));

// The files come first: a page that is kept is whole.
async function keep() {
  // As nobody: what is kept for whoever opens this browser next has no name and no form of anybody's.
  const page = await fetch(PAGE, { credentials: "omit", cache: "no-store" });
  if (!page.ok) throw new Error(String(page.status));
  const kept = await store();
  const wanted = new Set(named(await page.clone().text(), /["'](\/static\/[^"']+)["']/g).concat(named(await page.clone().text(), /&#34;(\/static\/[^"'&]+)&#34;/g)));
  for (const address of [...wanted]) {
    if (await kept.match(address)) continue;
    const file = await fetch(address, { credentials: "omit" });
    if (!file.ok) throw new Error(address);
    await kept.put(address, file);
  }
  for (const address of [...wanted].filter((each) => each.includes(".css"))) {
    const style = await (await kept.match(address)).text();
    for (const letters of named(style, /url\("([^"]+)"\)/g)) {
      wanted.add(letters);
      if (!(await kept.match(letters))) await kept.put(letters, await fetch(letters, { credentials: "omit" }));
    }
  }
  await kept.put(PAGE, page);
  for (const request of await kept.keys()) {
    const { pathname, search } = new URL(request.url);
    if (pathname !== PAGE && !wanted.has(pathname + search)) await kept.delete(request);
  }
}

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function page(request) {
  const patience = new Promise((done) => setTimeout(done, PATIENCE_MS, null));
  const answer = await Promise.race([fetch(request).catch(() => null), patience]);
  if (answer?.ok) {
    keep().catch(() => {});
    return answer;
  }
  // No line, or nobody is signed in any more: a paired machine plays on.
  const kept = await (await store()).match(PAGE, { ignoreVary: true });
  return kept ?? answer ?? Response.error();
}

self.addEventListener("fetch", (event) => {
  const { pathname, search, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (event.request.mode === "navigate") {
    if (pathname === scope() && !search) event.respondWith(page(event.request));
  } else if (pathname.startsWith("/static/")) {
    event.respondWith(store().then((kept) => kept.match(event.request, { ignoreVary: true })).then((found) => found ?? fetch(event.request)));
  }
});
