// On every page: links and forms that name a part of the page (`hx-target`, `hx-select`) have that part fetched instead
// of the whole. The server answers with whole pages and knows nothing of it, so all of it works without script too.
import htmx from "htmx.org";
import "./parts/keeping.js";
// After keeping.js, which leaves alone what was held up.
import "./parts/leaving.js";
import "./parts/palette.js";
import "./parts/telling.js";

Object.assign(htmx.config, {
  // What the policy of the pages refuses anyway is not tried.
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  // Pages of one person are not kept in the browser for the next: going back asks the server.
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
});
