// The month of the province: a station opens beside its table and is closed by Escape, its link, or going back. Filters
// that are empty stay out of the address.

const drawer = document.querySelector("#ngan");
let opener = null;

const isOpen = () => Boolean(drawer?.childElementCount);

function close() {
  drawer.replaceChildren();
  const link = opener?.isConnected ? opener : document.querySelector(`.board a[href="${CSS.escape(opener?.pathname ?? "")}"]`);
  link?.focus();
}

function leave() {
  if (history.state?.drawer) history.back();
  else close();
}

document.addEventListener("htmx:configRequest", (event) => {
  const { detail } = event;
  if (detail.elt.matches("form.filter")) {
    for (const [name, value] of [...detail.formData.entries()]) if (!value) detail.formData.delete(name);
    // Leaving a field after its change was shown already is no change.
    if (String(new URLSearchParams(detail.formData)) === String(new URLSearchParams(location.search))) event.preventDefault();
  } else if (drawer && detail.target === drawer) opener = detail.elt;
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!drawer || detail.target !== drawer) return;
  // Whoever may not see it, or is signed out by now, is told so by the page itself.
  if (!isOpen()) return location.assign(opener.href);
  const address = new URL(opener.href);
  if (history.state?.drawer) history.replaceState({ drawer: true }, "", address);
  else {
    history.replaceState({ board: true }, "");
    history.pushState({ drawer: true }, "", address);
  }
  drawer.scrollTop = 0;
  drawer.querySelector("h1").focus({ preventScroll: true });
});

for (const failed of ["htmx:responseError", "htmx:sendError"])
  document.addEventListener(failed, ({ detail }) => {
    if (drawer && detail.target === drawer) location.assign(opener.href);
  });

addEventListener("popstate", ({ state }) => {
  if (isOpen()) close();
  else if (state?.board || state?.drawer) location.reload();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isOpen()) leave();
});

drawer?.addEventListener("click", (event) => {
  if (!event.target.closest("[data-shut]")) return;
  event.preventDefault();
  leave();
});
