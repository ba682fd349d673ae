// What a segment's page shows of a recording that is being processed moves with it.
import { follow } from "./parts/follow.js";

const shown = document.querySelector("[data-follow]");
if (shown) {
  const steps = JSON.parse(shown.dataset.steps);
  const bar = shown.querySelector("progress");
  const step = shown.querySelector("[data-step]");
  const trouble = shown.querySelector("[data-trouble]");
  const percent = shown.querySelector("[data-percent]");
  follow(
    shown.dataset.follow,
    (now) => {
      bar.value = now.progress;
      percent.textContent = now.progress;
      trouble.parentElement.hidden = !now.trouble;
      // Only what changed is read aloud.
      if (step.textContent !== steps[now.step]) step.textContent = steps[now.step];
      if (now.trouble && trouble.textContent !== now.trouble) trouble.textContent = now.trouble;
    },
    () => location.reload(),
  );
}
