// The "?" beside a word tells what it means right there; without script it leads to the page of help.

document.addEventListener("click", (event) => {
  const mark = event.target.closest?.("a.help");
  if (!mark || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const shown = mark.nextElementSibling?.matches(".help-told") ? mark.nextElementSibling : null;
  mark.setAttribute("aria-expanded", String(!shown));
  if (shown) return shown.remove();
  const told = document.createElement("span");
  told.className = "help-told";
  told.setAttribute("role", "note");
  const more = document.createElement("a");
  Object.assign(more, { href: mark.href, textContent: mark.dataset.more });
  told.append(`${mark.dataset.told} `, more);
  mark.after(told);
});
