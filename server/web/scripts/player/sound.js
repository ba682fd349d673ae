// The one element that everything is played by: a browser lets it sound after somebody tapped, and only it.

const RATE = 8_000;

// A WAV of these notes, [hertz, seconds] each; 0 Hz is silence.
function wav(notes) {
  const samples = notes.flatMap(([hertz, seconds]) =>
    Array.from({ length: seconds * RATE }, (_none, at) => Math.round(Math.sin((2 * Math.PI * hertz * at) / RATE) * 9_000 * Math.min(1, at / 200, (seconds * RATE - at) / 200))),
  );
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const words = [[0, "RIFF"], [8, "WAVEfmt "], [36, "data"]];
  for (const [at, text] of words) [...text].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  view.setUint32(4, 36 + samples.length * 2, true);
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, index) => view.setInt16(44 + index * 2, sample, true));
  return new Blob([view], { type: "audio/wav" });
}

export class Sound {
  constructor(element) {
    this.element = element;
    this.address = null;
    // Nobody but us pauses a broadcast: not a headset's key, not the system.
    element.addEventListener("pause", () => this.wanted && !element.ended && element.play().catch(() => {}));
    this.wanted = false;
  }

  // Resolves when it sounds, `offset` milliseconds into it; rejects where the browser does not let it or cannot.
  async play(blob, offset = 0) {
    this.stop();
    this.address = URL.createObjectURL(blob);
    const { element } = this;
    element.src = this.address;
    element.currentTime = offset / 1000;
    this.wanted = true;
    await element.play();
  }

  stop() {
    this.wanted = false;
    this.element.pause();
    if (!this.address) return;
    this.element.removeAttribute("src");
    this.element.load();
    URL.revokeObjectURL(this.address);
    this.address = null;
  }

  get position() {
    return this.element.currentTime * 1000;
  }

  // How much is left, in milliseconds; 0 where that is not known.
  get left() {
    const { duration, currentTime } = this.element;
    return Number.isFinite(duration) ? Math.max(0, (duration - currentTime) * 1000) : 0;
  }

  unlock = () => this.play(wav([[0, 0.1]]));
  test = () => this.play(wav([[440, 0.5], [0, 0.1], [554, 0.5], [0, 0.1], [659, 1]]));
}
