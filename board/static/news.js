// What the board does with news: lights changed rows up, says what is not on it yet, and shows it
// by itself where nobody has a hand on the rows. It never jumps under a pointer or a focus.
"use strict";

(() => {
  const LIT = 2_500;            // ms that a changed row stays lit
  const CROWD = 1_500;          // ms within which many pages fetch themselves anew, not all at once
  const CALM = 3_000;           // ms without a hand on the page before the board sorts itself anew
  const APART = 2_000;          // ms at least between two times it does so
  const DONE = ["closed", "released", "cancelled"];

  const board = () => document.querySelector("#board:not([data-past])");
  const rowOf = (id) => document.getElementById(`line-${id}`);
  const asked = () => new URL(location.href).searchParams;
  const fresh = new Map();      // lines that belong here and are not shown -> since when
  const moved = new Set();      // lines that belong into another group

  // Does a line belong on this board? ------------------------------------------------------------

  // true, false, or null where only the server can tell.
  function fits(line, query = asked()) {
    if (query.get("site") && query.get("site") !== line.site) return false;
    const team = query.get("team");
    if (team && team !== line.team && team !== line.sales_team) return false;
    if (query.get("family") && query.get("family") !== line.family) return false;
    if (query.get("customer") && query.get("customer") !== line.customer) return false;
    if (query.get("state") && query.get("state") !== line.state) return false;
    if (!query.get("finished") && DONE.includes(line.state)) return false;
    return ["q", "mark", "mine"].some((name) => query.get(name)) ? null : true;
  }

  function light(row) {
    row.dataset.news = "";
    clearTimeout(row.accordLit);
    row.accordLit = setTimeout(() => delete row.dataset.news, LIT);
  }

  // A line that no longer fits stays where it is, marked: what one is reading doesn't vanish.
  function gone(row, out) {
    row.toggleAttribute("data-gone", out);
    if (out) row.title = "No longer fits this view";
    else row.removeAttribute("title");
  }

  // The groups are by whose move it is, what nobody asked for yet and what is delivered apart.
  const part = ({ ball, state }) => ball + (["new", "delivered"].includes(state) ? state : "");
  const stood = new Map();      // row -> its part of the board, when it was put into its group
  function standing() {
    for (const row of document.querySelectorAll("#board .row"))
      if (!stood.has(row.id)) stood.set(row.id, part(row.dataset));
  }
  const byBall = () => (asked().get("group") || "ball") === "ball";

  document.addEventListener("accord:news", ({ detail }) => {
    const seen = board() ? detail.lines.map(onBoard) : [];
    if (seen.includes(null)) compareSoon(CROWD);
    offer();
    for (const line of detail.lines)
      document.dispatchEvent(new CustomEvent("accord:changed", { detail: line }));
  });

  // What one changed line means for the board; whether it fits.
  function onBoard(line) {
    const here = fits(line);
    const row = rowOf(line.id);
    if (row) {
      light(row);
      gone(row, here === false);
      if (byBall() && here !== false && stood.get(row.id) !== part(row.dataset)) moved.add(line.id);
      else moved.delete(line.id);
    } else if (here) fresh.set(line.id, Date.now());
    else fresh.delete(line.id);
    return here;
  }

  // "1 new, show" -------------------------------------------------------------------------------

  function offer() {
    const place = document.getElementById("fresh");
    if (!place) return;
    const words = [
      fresh.size && `${fresh.size} new`,
      moved.size && `${moved.size} moved`,
    ].filter(Boolean).join(", ");
    place.hidden = !words;
    const button = place.querySelector("button") ?? document.createElement("button");
    button.type = "button";
    const label = words && `${words}, ${fresh.size ? "show" : "sort again"}`;
    if (button.textContent !== label) button.textContent = label;
    button.onclick = show;
    if (!button.isConnected) place.replaceChildren(button);
    if (words) showSoon();
  }

  function show() {
    if (!document.querySelector("#board .lines")) location.reload();
    else fetchBoard(replaced);
  }

  // Shown without being asked for ---------------------------------------------------------------

  let touched = -CALM;          // when somebody last moved, scrolled or typed
  let shown = -APART;           // when the board was last fetched by itself
  let apart = APART;
  let waiting = 0;
  for (const hand of ["pointermove", "pointerdown", "wheel", "touchmove", "scroll", "keydown", "input"])
    addEventListener(hand, () => { touched = performance.now(); }, { capture: true, passive: true });

  // Whether rows may change places now. A finger leaves its hover behind, so only a pointer's counts.
  function calm() {
    const rows = document.querySelector("#board .lines");
    const held = document.activeElement;
    return performance.now() - touched >= CALM
      && !(rows?.matches(":hover") && matchMedia("(hover: hover)").matches)
      && !document.querySelector("#board .row .pick input:checked, #board details[open]")
      && !document.querySelector("#board")?.contains(held)
      && !document.querySelector("dialog[open]")
      && (scrollY === 0 || places().length > 0);
  }

  function showSoon() {
    if (waiting) return;
    const rest = Math.max(0, shown + apart - performance.now());
    waiting = setTimeout(showIfCalm, rest + Math.random() * CROWD);
  }

  function showIfCalm() {
    waiting = 0;
    if (!board() || !(fresh.size || moved.size)) return;
    if (!calm()) {
      const rest = touched + CALM - performance.now();
      waiting = setTimeout(showIfCalm, Math.max(rest, CALM / 6));
    } else if (document.querySelector("#board .lines")) {
      shown = performance.now();
      fetchBoard(replacedIfCalm);
    } else if (document.activeElement === document.body && document.getElementById("panel")?.hidden)
      location.reload();        // an empty board, nothing open and nothing begun
  }

  // The rows in view that will stay in their order, and how far down they are.
  function places() {
    const top = document.querySelector("#board .lines thead")?.getBoundingClientRect().bottom ?? 0;
    return [...document.querySelectorAll("#board .row:not([data-gone])")]
      .filter((row) => !moved.has(row.id.slice("line-".length)))
      .map((row) => ({ id: row.id, box: row.getBoundingClientRect() }))
      .filter(({ box }) => box.bottom > top && box.top < innerHeight)
      .map(({ id, box }) => ({ id, top: box.top }));
  }

  function keepPlace(kept) {
    const still = kept.find(({ id }) => document.getElementById(id));
    if (!still) return;
    const off = document.getElementById(still.id).getBoundingClientRect().top - still.top;
    if (Math.abs(off) >= 1) scrollBy({ top: off, behavior: "instant" });
  }

  // Somebody may have reached for the rows while the answer was on its way.
  function replacedIfCalm(tasks, began) {
    // A server that takes its time is asked less often.
    apart = Math.max(APART, 10 * (performance.now() - shown));
    if (!calm()) return compared(tasks, began);
    const news = [...fresh.keys(), ...moved];
    const kept = scrollY > 0 ? places() : [];
    // The browser's own way of keeping the place would come on top of this one.
    const root = document.documentElement.style;
    root.overflowAnchor = "none";
    settle = () => {
      keepPlace(kept);
      requestAnimationFrame(() => {
        keepPlace(kept);
        requestAnimationFrame(() => root.removeProperty("overflow-anchor"));
      });
      for (const row of news.map(rowOf)) if (row) light(row);
    };
    return replaced(tasks);
  }

  // Fetching the board anew ---------------------------------------------------------------------

  let fetcher = null;
  let merging = null;
  let settle = null;            // what is left to do once the board is swapped

  function fetchBoard(merge) {
    if (!board() || !window.htmx) return;
    const began = Date.now();
    merging = (tasks) => merge(tasks, began);
    if (!fetcher?.isConnected) {
      fetcher = document.createElement("div");
      fetcher.hidden = true;
      document.body.append(fetcher);
      fetcher.addEventListener("htmx:before:response", (event) => {
        if (event.detail.ctx.response.raw.ok) return;
        event.preventDefault();
        compareSoon(10_000);
      });
      fetcher.addEventListener("htmx:before:swap", ({ detail }) => {
        const tasks = merging(detail.tasks);
        detail.tasks.splice(0, detail.tasks.length, ...tasks);
      });
      fetcher.addEventListener("htmx:after:swap", () => {
        for (const whole of document.querySelectorAll(".whole")) whole.removeAttribute("name");
        standing();
        settle?.();
        settle = null;
        offer();
      });
      fetcher.addEventListener("htmx:error", () => compareSoon(10_000));
    }
    const here = location.pathname + location.search;
    htmx.ajax("GET", here, { source: fetcher, target: "#board", swap: "outerMorph" }).catch(() => {});
  }

  const boardIn = (tasks) => tasks.map((task) => task.fragment.querySelector("#board")).find(Boolean);

  function task(target, content, style) {
    const fragment = document.createDocumentFragment();
    fragment.append(content);
    return { type: "partial", target, fragment, swapSpec: { style }, sourceElement: fetcher };
  }

  // The whole board as the server has it: only when somebody asks for it.
  function replaced(tasks) {
    const now = boardIn(tasks);
    if (!now) return [];
    for (const known of [fresh, moved, stood]) known.clear();
    return [task(board(), now, "outerMorph")];
  }

  // Each row as the server has it, each in its place; what came or went is offered.
  function compared(tasks, began) {
    const now = boardIn(tasks);
    if (!now) return [];
    const known = new Map([...now.querySelectorAll(".row")].map((row) => [row.id, row]));
    const swaps = [];
    for (const row of document.querySelectorAll("#board .row")) {
      const newer = known.get(row.id);
      known.delete(row.id);
      gone(row, !newer);
      if (newer && Number(newer.dataset.version) >= Number(row.dataset.version) && differs(row, newer)) {
        if (newer.dataset.version !== row.dataset.version) queueMicrotask(() => light(row));
        swaps.push(task(row, newer, "outerMorph"));
      }
    }
    for (const [id, since] of fresh) if (since < began) fresh.delete(id);
    for (const id of known.keys()) fresh.set(id.slice("line-".length), began);
    const chips = now.querySelector(".chips");
    const marks = document.querySelector("#board .chips");
    if (chips && marks) swaps.push(task(marks, chips, "outerMorph"));
    return swaps;
  }

  // Ages grow in the page by themselves, and marks are put on rows here: neither is a difference.
  function differs(row, newer) {
    const bare = row.cloneNode(true);
    for (const name of ["data-news", "data-gone", "title", "aria-current"]) bare.removeAttribute(name);
    const age = bare.querySelector(".age time");
    const fetched = newer.querySelector(".age time");
    if (age && fetched) age.textContent = fetched.textContent;
    return !bare.isEqualNode(newer);
  }

  // What the open line has to say of its change must not move the field in use, nor lie over it.
  let used = null;
  document.addEventListener("htmx:before:swap", () => {
    const field = document.activeElement;
    used = field?.closest("#line") && { field, top: field.getBoundingClientRect().top };
  });
  document.addEventListener("htmx:after:swap", () => {
    const told = document.querySelector("#line-changed");
    const line = told?.closest("#line");
    if (!told?.querySelector(".notice")) return;
    line.style.setProperty("--told", `${told.offsetHeight}px`);
    const alone = line.closest(".panel.alone");
    const bar = alone && document.querySelector(".bar");    // two rows high where it's narrow
    if (bar) line.style.setProperty("--told-top", `${bar.offsetHeight}px`);
    const field = document.activeElement;
    if (field === line || !line.contains(field)) return;
    const off = used?.field === field ? field.getBoundingClientRect().top - used.top : 0;
    const scrolls = alone ? window : line.closest(".panel");
    if (Math.abs(off) >= 1) scrolls.scrollBy({ top: off, behavior: "instant" });
    if (field.getBoundingClientRect().top < told.getBoundingClientRect().bottom)
      field.scrollIntoView({ block: "nearest", behavior: "instant" });
  });

  let soon = 0;
  function compareSoon(within) {
    clearTimeout(soon);
    soon = setTimeout(() => fetchBoard(compared), Math.random() * within);
  }

  document.addEventListener("accord:resync", () => {
    compareSoon(CROWD);
    const line = document.getElementById("line")?.dataset;
    if (line) {
      const detail = { id: line.line, version: Number.MAX_SAFE_INTEGER };
      document.dispatchEvent(new CustomEvent("accord:changed", { detail }));
    }
  });

  standing();
})();
