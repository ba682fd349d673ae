// Files as people give them: those of dropped folders too, and the titles that they carry inside.

// Files may be dropped anywhere on the page; `zone` shows it, `add` gets them.
export function takeDropped(zone, add) {
  for (const kind of ["dragover", "drop", "dragleave"]) {
    // A file that misses the zone would be opened in the place of this page.
    addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragover");
      if (kind === "drop") dropped(event.dataTransfer).then(add);
    });
  }
}

// All files of what was dropped, in the order of their names.
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const found = (await Promise.all(entries.map(within))).flat();
  return found.filter((file) => !file.name.startsWith(".")).sort((a, b) => a.name.localeCompare(b.name, "vi", { numeric: true }));
}

async function within(entry) {
  if (entry.isFile) return [await new Promise((found, failed) => entry.file(found, failed))];
  const reader = entry.createReader();
  const inside = [];
  for (;;) {
    // A reader gives a hundred at a time, and none at its end.
    const some = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (!some.length) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map(within))).flat();
}

const ENCODINGS = ["windows-1252", "utf-16", "utf-16be", "utf-8"];

// The title of an MP3's tag (ID3v2.3 or 2.4, frame TIT2); "" where there is none.
export async function titleInside(file) {
  const head = new Uint8Array(await file.slice(0, 65_536).arrayBuffer());
  if (String.fromCharCode(...head.slice(0, 3)) !== "ID3" || head[3] < 3) return "";
  const sevenBits = (at) => (head[at] << 21) | (head[at + 1] << 14) | (head[at + 2] << 7) | head[at + 3];
  const eightBits = (at) => ((head[at] << 24) | (head[at + 1] << 16) | (head[at + 2] << 8) | head[at + 3]) >>> 0;
  const end = Math.min(10 + sevenBits(6), head.length);
  for (let at = 10; at + 11 < end && head[at]; ) {
    const length = head[3] === 4 ? sevenBits(at + 4) : eightBits(at + 4);
    if (String.fromCharCode(...head.slice(at, at + 4)) === "TIT2") {
      const letters = head.slice(at + 11, at + 10 + length);
      return new TextDecoder(ENCODINGS[head[at + 10]] ?? "utf-8").decode(letters).replace(/\0.*$/s, "").trim();
    }
    at += 10 + length;
  }
  return "";
}
