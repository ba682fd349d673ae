for (const note of document.querySelectorAll("[data-grid-note]")) note.hidden = false;

// Tables whose cells are walked with the arrow keys: one stop for the tab key, wherever one was.
for (const table of document.querySelectorAll("table[data-grid]")) {
  const rows = [...table.tBodies[0].rows].map(row => [...row.cells]);
  const last = list => list[list.length - 1];
  const target = cell => cell.querySelector("a") ?? cell;
  let here = rows[0]?.[0];
  const settle = cell => {
    if (!cell) return;
    target(here).tabIndex = -1;
    here = cell;
    target(here).tabIndex = 0;
  };
  table.setAttribute("role", "grid");
  for (const row of rows) for (const cell of row) target(cell).tabIndex = -1;
  settle(here);

  const place = () => {
    const y = rows.findIndex(row => row.includes(here));
    return [y, rows[y].indexOf(here)];
  };
  const steps = {
    ArrowLeft: (y, x) => rows[y][x - 1],
    ArrowRight: (y, x) => rows[y][x + 1],
    ArrowUp: (y, x) => rows[y - 1]?.[x],
    ArrowDown: (y, x) => rows[y + 1]?.[x],
    Home: y => rows[y][0],
    End: y => last(rows[y]),
    PageUp: (y, x) => rows[Math.max(0, y - 10)][x],
    PageDown: (y, x) => rows[Math.min(rows.length - 1, y + 10)][x],
  };
  table.addEventListener("keydown", event => {
    const cell = event.target.closest("tbody td, tbody th");
    if (!cell || event.altKey || event.metaKey || event.shiftKey) return;
    settle(cell);
    const [y, x] = place();
    const end = event.ctrlKey && { Home: rows[0][0], End: last(last(rows)) }[event.key];
    if (event.ctrlKey && !end) return;
    const next = end || steps[event.key]?.(y, x);
    if (next) {
      event.preventDefault();
      settle(next);
      target(next).focus();
    } else if (event.key === "Enter" && event.target === cell) {
      // An empty day has no link of its own: its row knows the calendar, its place the day.
      const day = x > 0 && table.tHead.rows[0].cells[x]?.dataset.day;
      if (day) location.assign(`${cell.parentElement.dataset.calendar}?ngay=${day}`);
    }
  });
  table.addEventListener("focusin", event => settle(event.target.closest("tbody td, tbody th")));
}
