// The page of an emergency call fills as the stations answer.
const shown = document.querySelector("[data-answers]");
if (shown) {
  const told = document.querySelector("[data-said]");
  let counts = shown.dataset.counts;
  let busy = false;
  let again = false;

  const refresh = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The next answer of a station tries again.
    }
    busy = false;
    if (again) {
      again = false;
      refresh();
    }
  };

  // What is typed between the two stays; who stands on a link stands on it afterwards.
  const show = (page) => {
    for (const part of ["tra-loi", "bang"]) {
      const fresh = page.getElementById(part);
      const old = document.getElementById(part);
      if (!fresh || !old) return;
      const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      old.replaceChildren(...fresh.childNodes);
      if (focused) [...old.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
    }
    told.textContent = shown.querySelector(".lead").textContent.trim();
  };

  const source = new EventSource(shown.dataset.answers);
  source.addEventListener("message", (event) => {
    const now = JSON.parse(event.data);
    const seen = `${now.played} ${now.received} ${now.state}`;
    // When it is over, the whole page is another: who may end the call has nothing to end any more.
    if (now.state !== "calling") {
      source.close();
      location.reload();
    } else if (seen !== counts) {
      counts = seen;
      refresh();
    }
  });
}
