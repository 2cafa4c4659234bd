// One live stream a page: opened, watched, opened again, and said aloud when there is no contact.
//
// The page says what it wants to follow with data-live ("board", "line" or "wall") and how far it
// is with data-position. hx-sse reads the stream and swaps the rows; what the page does with the
// rest is in news.js. On the document these events are sent:
//   accord:news    {lines: [{id, version, …}]}   lines changed, their rows are swapped already
//   accord:resync  {}                            fetch anew: more was missed than can be sent
//   accord:contact {state, since}                "live", "lost" or "ended"
"use strict";

(() => {
  const SILENCE = 40_000;          // ms without a heartbeat, after which the line counts as dead
  const AWAY = 60_000;             // ms in the background, after which a board lets its stream go
  const SLEPT = 20_000;            // ms by which the clock jumps when a machine has slept
  const SHORTEST = 400, LONGEST = 15_000;  // ms between two tries
  const PATIENCE = 2_500;          // ms without a stream before anybody is told
  const LOOK = 2_000;

  const page = () => document.querySelector("[data-live]:not([data-past])");
  const send = (name, detail = {}) =>
    document.dispatchEvent(new CustomEvent(`accord:${name}`, { detail }));

  let source = null;    // the element that hx-sse reads for
  let address = "";     // what is followed
  let position = "";    // the last that was seen of it
  let edition = "";
  let heard = Date.now();
  let open = false;
  let closedAt = Date.now();  // since when there is no stream, 0 while there is one
  let failures = 0;
  let ended = "";       // why there is no use in trying again
  let wanted = true;    // false while a board lies in the background
  let hurry = null;     // ends the pause before the next try

  // What to follow ------------------------------------------------------------------------------

  function addressOf(element) {
    const here = new URL(location.href);
    const link = here.pathname.match(/^\/wall\/([^/]+)$/);
    if (link) return `/wall/${link[1]}/live`;
    const query = new URLSearchParams({ view: element.dataset.live === "wall" ? "wall" : "board" });
    const site = element.dataset.site ?? element.querySelector("#line")?.dataset.site ??
      here.searchParams.get("site");
    if (site) query.set("site", site);
    const team = element.dataset.live === "wall" &&
      (element.dataset.team ?? here.searchParams.get("team"));
    if (team) query.set("team", team);
    return `/live?${query}`;
  }

  const keepsOn = () => page()?.dataset.live === "wall";

  // One connection, from its opening to its end -------------------------------------------------

  function sourceElement() {
    if (!source?.isConnected) {
      source = document.createElement("div");
      source.hidden = true;
      source.id = "live-stream";
      document.body.append(source);
      source.addEventListener("htmx:before:response", judged);
      source.addEventListener("htmx:sse:after:connection", opened);
      source.addEventListener("htmx:sse:before:message", received);
      source.addEventListener("changed", ({ detail }) => news(JSON.parse(detail.data)));
      source.addEventListener("resync", () => { send("resync"); if (keepsOn()) renew(); });
      source.addEventListener("signed_out", () => { ended = "signed out"; });
    }
    return source;
  }

  async function connect(element) {
    const here = addressOf(element);
    if (here !== address) {
      address = here;
      position = element.dataset.position ?? "";
      edition = "";
    }
    const url = new URL(address, location.origin);
    if (position) url.searchParams.set("after", position);
    if (edition) url.searchParams.set("edition", edition);
    // Without hx-sse:connect the extension opens one connection, tries nothing again by itself,
    // and the promise is kept when the stream has ended.
    await htmx.ajax("GET", url.pathname + url.search, {
      source: sourceElement(), target: source, swap: "none", timeout: 10_000,
    });
  }

  // An answer that is no stream is never swapped into the page, nor followed to another one.
  function judged(event) {
    const answer = event.detail.ctx.response.raw;
    if (answer.ok && answer.headers.get("content-type")?.startsWith("text/event-stream")) return;
    event.preventDefault();
    answer.body?.cancel();
    if (answer.redirected || answer.status === 401) ended = "signed out";
    else if (answer.status === 403 || answer.status === 404) ended = "closed";
  }

  function opened() {
    open = true;
    heard = Date.now();
  }

  function received({ detail: { message } }) {
    heard = Date.now();
    failures = 0;
    if (message.id) position = message.id;
    if (message.event === "heartbeat") edition = JSON.parse(message.data).edition ?? "";
    if (closedAt) {
      closedAt = 0;
      contact();
    }
  }

  // A wall hangs there for months: now and then it takes the page of today's version, but only
  // where it has just seen that it will get one.
  async function renew() {
    if (performance.now() < 60_000) return;
    const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
    if (answer?.ok) location.reload();
  }

  // A row that came by another way may be newer already: it is not set back.
  document.addEventListener("htmx:before:swap", ({ detail }) => {
    for (const task of detail.tasks ?? []) {
      const row = task.fragment?.firstElementChild;
      const known = Number(task.target?.dataset?.version);
      if (row?.matches?.("tr[data-version]") && Number(row.dataset.version) < known)
        task.swapSpec = { style: "none" };
    }
  });

  // While a form of the open line is on its way, its answer tells the same: that comes first.
  const sending = new Set();
  const held = [];
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement?.closest?.("#panel")) sending.add(ctx);
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (sending.delete(ctx) && !sending.size)
      for (const lines of held.splice(0)) send("news", { lines });
  });

  function news(lines) {
    if (sending.size) held.push(lines);
    else send("news", { lines });
  }

  // Again and again -----------------------------------------------------------------------------

  async function follow() {
    for (;;) {
      const element = page();
      if (element && wanted && !ended) {
        await connect(element).catch(() => {});
        open = false;
        closedAt ||= Date.now();
        if (ended && keepsOn()) setTimeout(() => { ended = ""; }, 60_000);
        contact();
      }
      await pause();
    }
  }

  function pause() {
    const longest = Math.min(LONGEST, SHORTEST * 2 ** failures);
    failures = Math.min(failures + 1, 10);
    const idle = ended || !wanted || !page();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, idle ? LONGEST : longest * (0.5 + Math.random() / 2));
      hurry = () => { clearTimeout(timer); resolve(); };
    });
  }

  // Let the stream go, so that the next one begins at once.
  function again() {
    failures = 0;
    if (source?.isConnected) htmx.trigger(source, "htmx:abort");
    hurry?.();
  }

  let looked = Date.now();
  function look() {
    const now = Date.now();
    const slept = now - looked > LOOK + SLEPT;
    looked = now;
    if (open && (slept || now - heard > SILENCE)) again();
    if (page() && open && addressOf(page()) !== address) again();
    contact();
  }
  setInterval(look, LOOK);

  addEventListener("online", again);
  addEventListener("pageshow", (event) => { if (event.persisted) { wanted = true; again(); } });
  addEventListener("pagehide", () => { if (source?.isConnected) htmx.trigger(source, "htmx:abort"); });

  let background = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(background);
    if (document.hidden) {
      if (!keepsOn()) background = setTimeout(() => { wanted = false; again(); }, AWAY);
      return;
    }
    looked = Date.now();
    const stale = ended || !wanted || Date.now() - heard > SLEPT;
    wanted = true;
    ended = "";  // perhaps signed in again, in another tab
    if (stale) again();
  });

  // What is said about it -----------------------------------------------------------------------

  const EVERY = 10_000;  // ms between two sentences read aloud, so that nobody drowns in them
  let said = "";
  let spokenAt = 0;
  let later = 0;

  function contact() {
    const lost = wanted && closedAt && page() && Date.now() - closedAt > PATIENCE;
    const state = ended ? "ended" : lost ? "lost" : "live";
    if (state === said || (state === "live" && !said)) return;
    said = state;
    document.documentElement.dataset.contact = state;
    const place = document.getElementById("contact");
    if (place) show(place, state);
    send("contact", { state, since: heard });
  }

  // Seen at once, read aloud at most once in ten seconds.
  function show(place, state) {
    place.dataset.state = state === "live" ? "live" : "lost";
    const seen = document.createElement("span");
    seen.append(...words(state));
    const spoken = document.createElement("span");
    spoken.className = "visually-hidden";
    if (!seen.querySelector("a")) seen.ariaHidden = "true";
    place.replaceChildren(seen, spoken);
    clearTimeout(later);
    later = setTimeout(() => {
      if (!place.contains(spoken)) return;
      spokenAt = Date.now();
      if (seen.ariaHidden) spoken.textContent = seen.textContent;
      if (state === "live") later = setTimeout(() => quiet(place), 4_000);
    }, Math.max(0, spokenAt + EVERY - Date.now()));
  }

  function quiet(place) {
    said = "";
    place.replaceChildren();
    delete place.dataset.state;
  }

  function words(state) {
    if (state === "live") return ["In contact again"];
    const since = new Date(heard);
    const time = document.createElement("time");
    time.dateTime = since.toISOString();
    time.textContent = since.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    if (state === "lost") return ["No contact since ", time];
    if (/^\/wall\/./.test(location.pathname)) return ["This link no longer works, since ", time];
    if (ended === "closed") return ["This view is no longer open to you, since ", time];
    const link = document.createElement("a");
    link.href = "/sign-in";
    link.target = "_blank";
    link.textContent = "Sign in again";
    return ["You are signed out. ", link];
  }

  if (page()) follow();
})();
