// Beats as often as it was told to: in a worker, for a hidden page has its own clock slowed down.
addEventListener("message", (event) => setInterval(() => postMessage(null), event.data));
