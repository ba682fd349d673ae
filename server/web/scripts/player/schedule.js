// What plays when: arithmetic over a manifest (`loa-manifest/1`) and a moment, in milliseconds since the epoch.
// No clock, no storage, no page: the same answers for the same values, and those that the station's own program gives.

export const DAYS_AHEAD = 7;
const DAY = 86_400_000;
// Who is late by no more begins a sound at its beginning, and what sounds may end so late: a cut word is worse.
export const LATE = 5_000;

export const moment = (text) => Date.parse(text);

// SHA-256 of every copy that may not be aired any more.
export const recalledFiles = (manifest) => new Set(manifest.recalls.flatMap((recall) => recall.files));

// Each sound of each slot with its time, in order; what was recalled is not among them.
export function airingsOf(manifest) {
  const recalled = recalledFiles(manifest);
  const found = manifest.slots.flatMap((slot) =>
    slot.sounds.map((sound) => {
      const from = moment(slot.starts_at) + sound.start_ms;
      return {
        id: `${slot.key}/${from}/${sound.sha256}`,
        slot: slot.key,
        relayed: slot.relayed_from ?? null,
        kind: sound.kind,
        segment: sound.segment ?? null,
        title: sound.title,
        sha256: sound.sha256,
        duration: sound.duration_ms,
        from,
        until: from + sound.duration_ms,
      };
    }),
  );
  return found.filter((airing) => !recalled.has(airing.sha256)).sort((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1));
}

// Nobody's ear is in a browser: what another station relays is played only where somebody chose that (`standIn`).
const isOurs = (airing, standIn) => airing.relayed === null || standIn;

// What is to sound now, and how far into it; null where nothing is. `has(sha256)`: whether a sound is there; `over`: ids of
// what was played or given up; `begun(id)`: whether it was begun before; `playing`: the id of what sounds, which may end.
export function onAir(airings, now, { standIn = false, has = () => true, over = new Set(), begun = () => false, playing = null } = {}) {
  const around = airings.filter((airing) => airing.from <= now && (now < airing.until + LATE || now <= airing.from + LATE) && isOurs(airing, standIn) && !over.has(airing.id));
  const sounding = around.find((airing) => airing.id === playing && now < airing.until + LATE);
  if (sounding) return { airing: sounding, offset: now - sounding.from };
  for (const airing of around) {
    const fresh = now - airing.from <= LATE && !begun(airing.id);
    if ((fresh || now < airing.until) && has(airing.sha256)) return { airing, offset: fresh ? 0 : now - airing.from };
  }
  return null;
}

// Segments whose time to begin was over in that half-open span: those of them that were not begun were missed.
export const overBetween = (airings, since, until, { standIn = false } = {}) =>
  airings.filter((airing) => {
    const over = Math.max(airing.until, airing.from + LATE);
    return airing.segment !== null && since <= over && over < until && isOurs(airing, standIn);
  });

// Slots that are on air or to come within the days ahead, with the sounds that are left of them.
export function slotsAhead(manifest, now, days = DAYS_AHEAD) {
  const recalled = recalledFiles(manifest);
  return manifest.slots
    .map((slot) => ({ ...slot, from: moment(slot.starts_at), until: moment(slot.starts_at) + slot.length_ms, sounds: slot.sounds.filter((sound) => !recalled.has(sound.sha256)) }))
    .filter((slot) => slot.until > now && slot.from < now + days * DAY && slot.sounds.length)
    .sort((a, b) => a.from - b.from);
}

// The call that is to be played at once: the first that is in force, was not played to its end (`over` has its number) and
// is here.
export function emergencyDue(manifest, now, { over = new Set(), has = () => true } = {}) {
  const recalled = recalledFiles(manifest);
  const due = manifest.emergencies.filter((call) => !over.has(call.number) && now < moment(call.until) && !recalled.has(call.sha256) && has(call.sha256));
  return due.sort((a, b) => moment(a.approved_at) - moment(b.approved_at) || a.number - b.number)[0] ?? null;
}

export const airingOfEmergency = (call, now) => ({
  id: `khan-cap/${call.number}`,
  call: call.number,
  slot: null,
  relayed: null,
  kind: "segment",
  segment: call.segment,
  title: call.title,
  sha256: call.sha256,
  duration: call.duration_ms,
  from: now,
  until: now + call.duration_ms,
});

// Sounds to have, by what is needed first; each names what may be fetched for it.
export function filesNeeded(manifest, now, days = DAYS_AHEAD) {
  const calls = manifest.emergencies.filter((call) => now < moment(call.until)).map((call) => call.sha256);
  const wanted = new Set([...calls, ...slotsAhead(manifest, now, days).flatMap((slot) => slot.sounds.map((sound) => sound.sha256))]);
  const urgent = new Set(calls);
  const recalled = recalledFiles(manifest);
  const byName = new Map(manifest.files.map((file) => [file.sha256, file]));
  return [...wanted].filter((sha256) => byName.has(sha256) && !recalled.has(sha256)).map((sha256) => ({ ...byName.get(sha256), urgent: urgent.has(sha256) }));
}

// The copy to fetch: what is urgent comes as light as can be, all else as the officer chose.
export function copyOf(file, { light, opus }) {
  const kinds = light || file.urgent ? [...(opus ? ["light_opus"] : []), "light_mp3", "broadcast"] : ["broadcast"];
  return kinds.map((kind) => file.copies.find((copy) => copy.kind === kind)).find(Boolean) ?? file.copies[0];
}

// Those of the copies in store (SHA-256) that are to go: recalled, or named by nothing any more.
export function leftOver(manifest, stored) {
  const recalled = recalledFiles(manifest);
  const named = new Set(manifest.files.flatMap((file) => file.copies.map((copy) => copy.sha256)));
  return stored.filter((sha256) => recalled.has(sha256) || !named.has(sha256));
}

// The sounds of which some copy is in store, each with that copy.
export function heldOf(manifest, stored) {
  const there = new Set(stored);
  const recalled = recalledFiles(manifest);
  const found = new Map();
  for (const file of manifest.files) {
    const copy = file.copies.find((each) => there.has(each.sha256) && !recalled.has(each.sha256));
    if (copy) found.set(file.sha256, copy);
  }
  return found;
}

// `loa-manifest-changes/1` laid over the manifest that they are from: written out, it is what the server's digest is of.
export function withChanges(before, changes) {
  const gone = new Set(changes.gone);
  const slots = new Map(before.slots.filter((slot) => !gone.has(slot.key)).map((slot) => [slot.key, slot]));
  for (const slot of changes.slots) slots.set(slot.key, slot);
  const files = new Map([...before.files, ...changes.files].map((file) => [file.sha256, file]));
  const inOrder = [...slots.values()].sort((a, b) => moment(a.starts_at) - moment(b.starts_at) || (a.key < b.key ? -1 : 1));
  const wanted = new Set([...inOrder.flatMap((slot) => slot.sounds.map((sound) => sound.sha256)), ...changes.emergencies.map((call) => call.sha256)]);
  return {
    format: "loa-manifest/1",
    station: changes.station,
    station_name: changes.station_name,
    timezone: changes.timezone,
    version: changes.version,
    months: changes.months,
    sessions: changes.sessions,
    slots: inOrder,
    files: [...wanted].sort().filter((sha256) => files.has(sha256)).map((sha256) => files.get(sha256)),
    recalls: changes.recalls,
    emergencies: changes.emergencies,
  };
}
