// Doubts by keyboard: j and k move, what has a data-key is pressed or written in by its key. The page works without.
import { busy, go, here, items } from "./parts/queue.js";

const hint = document.getElementById("phim");
if (hint) hint.hidden = false;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || busy(event.target)) return;
  const at = here();
  const own = items()[at]?.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (own) own.matches("input") ? own.focus() : own.click();
  else if (event.key === "j") go(at + 1);
  else if (event.key === "k") go(at < 0 ? 0 : at - 1);
  else return;
  event.preventDefault();
});
