// A recording on its way from its arrival to its verdict, as the server tells of it.

// `moved` gets {state, step, progress, trouble} while it is processed; `ended` is called once, when there is something to read.
export function follow(address, moved, ended) {
  const source = new EventSource(address);
  const end = () => {
    source.close();
    ended();
  };
  source.addEventListener("message", (event) => {
    const now = JSON.parse(event.data);
    if (now.state === "processing") moved(now);
    else end();
  });
  source.addEventListener("error", () => {
    // A lost line is taken up again by the browser itself; an answer that is no stream is not.
    if (source.readyState === EventSource.CLOSED) setTimeout(end, 5000);
  });
}
