// The status page looks again by itself, as long as somebody looks at it.
const EVERY_MS = 15_000;

const refresh = async () => {
  if (document.hidden) return;
  let fresh;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return; // The next look tries again; the page tells of when it is.
  }
  for (const old of document.querySelectorAll("[data-refreshed]")) {
    const now = fresh.querySelector(`[data-refreshed="${old.dataset.refreshed}"]`);
    // What did not change is left alone, so that only changes are read aloud and whoever stands on a link stays there.
    if (now && now.innerHTML !== old.innerHTML) {
      const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      old.replaceChildren(...now.childNodes);
      if (focused) [...old.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
    }
  }
};
setInterval(refresh, EVERY_MS);
