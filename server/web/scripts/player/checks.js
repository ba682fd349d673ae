// What is looked at before the first session: each finding as [kind, words, facts], worst things said plainly.

const MOST_OFF_S = 30;

export async function battery() {
  if (!navigator.getBattery) return null;
  const found = await navigator.getBattery().catch(() => null);
  return found && { plugged: found.charging, percent: Math.round(found.level * 100) };
}

export async function room() {
  const found = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  return { used: found.usage ?? 0, quota: found.quota ?? 0, persisted: (await navigator.storage?.persisted?.().catch(() => false)) ?? false };
}

// `facts`: heard ({at, well} or null), ahead (ms or null), lacking (of the next slot), need (bytes), room, ready (the page
// opens without a line), awake, battery.
export function findings({ heard, ahead, lacking, need, room: space, ready, awake, battery: power }, clock, size) {
  const seconds = ahead === null ? null : Math.round(ahead / 1000);
  const free = space.quota - space.used;
  return [
    heard === null ? ["below", "check_no_sound"] : heard.well ? ["met", "check_sound", { clock: clock(heard.at) }] : ["missed", "check_deaf"],
    seconds === null ? ["below", "check_clock_unknown"] : [Math.abs(seconds) > MOST_OFF_S ? "missed" : "met", Math.abs(seconds) > MOST_OFF_S ? "check_clock_wrong" : "check_clock", { seconds }],
    lacking ? ["missed", "check_files_lacking", { count: lacking }] : ["met", "check_files"],
    free < need ? ["missed", "check_storage_low", { free: size(free), need: size(need) }] : ["met", "check_storage", { free: size(free) }],
    ready ? ["met", "check_page"] : ["below", "check_page_not"],
    awake ? ["met", "check_awake"] : ["below", "check_awake_not"],
    power === null ? ["unknown", "check_battery_unknown"] : power.plugged ? ["met", "check_mains"] : ["below", "check_battery", { percent: power.percent }],
    ["unknown", "check_tab"],
    ["unknown", "check_quiet"],
  ];
}
