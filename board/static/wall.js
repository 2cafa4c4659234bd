// The wall: its clock, its pages that turn, its ages that grow, its ticker. No hands.
"use strict";

(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const zone = document.body.dataset.zone || undefined;
  const TURN = 12000;
  let turn = 0;

  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
  const day = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: zone });

  function tick() {
    const now = new Date();
    document.getElementById("wall-clock").textContent = clock.format(now);
    document.getElementById("wall-day").textContent = day.format(now).replace(",", "");
    for (const time of all(".wall-page time")) {
      if (!/min|h$|now/.test(time.textContent)) continue;
      const minutes = Math.floor((now - Date.parse(time.dateTime)) / 60000);
      time.textContent = minutes < 1 ? "now" : minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
    }
  }

  function show() {
    for (const column of all(".wall-column")) {
      const pages = all(".wall-page", column);
      if (pages.length < 2) continue;
      const now = turn % pages.length;
      pages.forEach((page, n) => { page.hidden = n !== now; });
      all(".wall-dots i", column).forEach((dot, n) => dot.classList.toggle("on", n === now));
    }
    const words = all(".wall-ticker li");
    const list = words[0]?.parentElement;
    if (list && list.scrollWidth > list.clientWidth) {
      const from = turn % words.length;
      words.forEach((word, n) => { word.hidden = n < from; });
    }
  }

  document.addEventListener("htmx:after:swap", () => { tick(); show(); });
  tick();
  show();
  setInterval(tick, 5000);
  setInterval(() => { turn += 1; show(); }, TURN);
})();
