// A queue worked by keyboard: j and k move, space plays, a approves, r goes to the reason; what has a data-key is
// pressed or written in by its key. The page works without.

const items = [...document.querySelectorAll("article.waits")];
const hint = document.getElementById("phim");
if (hint) hint.hidden = false;

const here = () => items.findIndex((item) => item.contains(document.activeElement));

function go(to) {
  const item = items[Math.max(0, Math.min(items.length - 1, to))];
  if (!item) return;
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "start" });
}

function play(item) {
  const sound = item.querySelector("audio");
  if (!sound) return;
  for (const other of document.querySelectorAll("audio")) if (other !== sound) other.pause();
  if (sound.paused) sound.play();
  else sound.pause();
}

// What is typed, chosen or pressed elsewhere is no command.
const busy = (target) => target.closest("input, textarea, select, button, a, summary, audio, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || busy(event.target)) return;
  const at = here();
  const item = items[at];
  const own = item?.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (own) own.matches("input") ? own.focus() : own.click();
  else if (event.key === "j") go(at + 1);
  else if (event.key === "k") go(at < 0 ? 0 : at - 1);
  else if (!item) return;
  else if (event.key === "a") item.querySelector("[data-decision=duyet] button")?.click();
  else if (event.key === "r") item.querySelector("[data-decision=tra-lai] input[name=reason]")?.focus();
  else if (event.key === " ") play(item);
  else return;
  event.preventDefault();
});
