// A queue on a page that is walked by keyboard: which item one is at, the next one, its sound.

export const items = () => [...document.querySelectorAll("article.waits")];
export const here = () => items().findIndex((item) => item.contains(document.activeElement));

export function go(to) {
  const all = items();
  const item = all[Math.max(0, Math.min(all.length - 1, to))];
  if (!item) return;
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "start" });
}

export function play(sound) {
  for (const other of document.querySelectorAll("audio")) if (other !== sound) other.pause();
  if (sound.paused) sound.play();
  else sound.pause();
}

// What is typed, chosen or pressed elsewhere is no command.
export const busy = (target) =>
  target.closest("input:not([type=radio]), textarea, select, button, a, summary, audio, [contenteditable]");
