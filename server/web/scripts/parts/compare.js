// The original and the copy that is aired, heard at the same moment of the recording: both run, one is silent.

export function compare(box) {
  const sounds = Object.fromEntries([...box.querySelectorAll("audio")].map((sound) => [sound.dataset.sound, sound]));
  const buttons = [...box.querySelectorAll("[data-side]")];
  if (!sounds.original) return;
  // The copy begins where the original's part on air does.
  const begins = { air: 0, original: Number(box.dataset.cueIn) / 1000 };
  let side = null;

  function show() {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.side === side));
    for (const [name, sound] of Object.entries(sounds)) sound.muted = side !== null && name !== side;
  }

  function stop() {
    side = null;
    for (const sound of Object.values(sounds)) sound.pause();
    show();
  }

  async function hear(wanted) {
    if (side === wanted) return stop();
    const from = side ?? wanted;
    const other = wanted === "air" ? "original" : "air";
    const place = Math.max(0, sounds[from].currentTime - begins[from]);
    side = wanted;
    show();
    for (const name of [wanted, other]) {
      const aim = place + begins[name];
      // Running already, and together: nothing is heard but the change.
      if (sounds[name].paused || Math.abs(sounds[name].currentTime - aim) > 0.03) sounds[name].currentTime = aim;
    }
    await Promise.all([sounds[wanted].play(), sounds[other].play()]).catch(() => stop());
  }

  for (const button of buttons) button.addEventListener("click", () => hear(button.dataset.side));
  for (const sound of Object.values(sounds)) {
    for (const end of ["pause", "ended"]) sound.addEventListener(end, () => side && sound === sounds[side] && stop());
  }
  box.querySelector(".by-script").hidden = false;
}
