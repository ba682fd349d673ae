// A queue worked by keyboard: j and k move, space plays, arrows go back and on, a approves, a figure picks a reason, r goes
// to the words of it. What is decided leaves the queue in its place, and the next one has the focus. Works without.
import { busy, go, here, items, play } from "./parts/queue.js";

const queue = document.getElementById("hang");
const live = document.getElementById("loan-bao");
const hint = document.getElementById("phim");
const texts = JSON.parse(queue.dataset.texts);
const STEP_S = 5;
if (hint) hint.hidden = false;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || busy(event.target)) return;
  const radio = event.target.closest("input[type=radio]");
  if (radio && [" ", "Enter", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)) return;
  const at = here();
  const item = items()[at];
  const sound = item?.querySelector("audio[data-main]");
  const own = item?.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  const reason = () => item.querySelector("[data-decision=tra-lai] input[name=reason]")?.focus();
  if (own) {
    own.click();
    reason();
  } else if (event.key === "j") go(at + 1);
  else if (event.key === "k") go(at < 0 ? 0 : at - 1);
  else if (!item) return;
  else if (event.key === "a") item.querySelector("[data-decision=duyet] button")?.click();
  else if (event.key === "r") reason();
  else if (event.key === " " && sound) play(sound);
  else if (event.key === "ArrowLeft" && sound) sound.currentTime = Math.max(0, sound.currentTime - STEP_S);
  else if (event.key === "ArrowRight" && sound) sound.currentTime += STEP_S;
  else return;
  event.preventDefault();
});

// The figures of keys are shown where keys do something.
function showKeys(within) {
  for (const key of within.querySelectorAll(".by-key")) key.hidden = false;
}

function tell(item, text) {
  const told = item.querySelector(".by-script-told") ?? Object.assign(document.createElement("p"), { className: "refused by-script-told" });
  told.setAttribute("role", "alert");
  told.textContent = `✕ ${text}`;
  item.querySelector(".decisions").prepend(told);
}

const read = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

queue.addEventListener("submit", async (event) => {
  const form = event.target;
  const item = form.closest("article.waits");
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => null);
  const page = answer && (await read(answer));
  button.disabled = false;
  // The page of another place: the session has ended, or nothing came back that could be shown.
  if (!page?.getElementById("hang")) {
    tell(item, answer && [401, 403].includes(answer.status) ? texts.signed_out : texts.lost);
    return;
  }
  const now = answer.ok && location.search ? await read(await fetch(location.href)) : page;
  take(item, page, now);
});

// What the server says is so by now; what was typed elsewhere, and what plays elsewhere, stays.
function take(item, page, now) {
  const at = items().indexOf(item);
  const newer = now.getElementById(item.id);
  const refused = page.querySelector("#dau-hang [role=alert]");
  const said = page.querySelector("#dau-hang [role=status], [role=alert]")?.textContent ?? "";
  for (const place of ["dau-hang", "trang-hang"]) document.getElementById(place).replaceWith(now.getElementById(place));
  const count = (of) => of.querySelector(".top nav a[href='/cho-duyet']");
  if (count(document) && count(now)) count(document).innerHTML = count(now).innerHTML;
  if (newer) {
    item.replaceWith(newer);
    showKeys(newer);
  } else if (refused) {
    // Somebody else was first: who and when stays to be read in its place.
    item.replaceChildren(refused.cloneNode(true));
    item.classList.add("others");
  } else item.remove();
  for (const fresh of now.querySelectorAll("#hang > article")) {
    if (!document.getElementById(fresh.id)) queue.append(fresh);
  }
  showKeys(queue);
  live.textContent = said;
  const stays = newer?.querySelector("[role=alert]") || (!newer && refused);
  const next = newer && !stays ? at + 1 : at;
  if (items().length) go(next);
  else {
    const head = document.querySelector("#dau-hang h1");
    head.tabIndex = -1;
    head.focus();
    if (hint) hint.hidden = true;
  }
}

showKeys(queue);
