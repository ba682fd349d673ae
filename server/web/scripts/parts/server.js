// What the server said of an upload, where it said something.
export function problem(error) {
  try {
    return JSON.parse(error.originalResponse.getBody());
  } catch {
    return {};
  }
}

// This page as it would be loaded now; null where it is another one, as after a session's end.
export async function pageOfNow() {
  const answer = await fetch(location.href).catch(() => null);
  return answer?.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}
