// The board under one's hands: opening a line beside it, selecting, keys, ages that grow.
// Everything here is a comfort; without it the same links and forms do the same.
"use strict";

(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const main = find("#main");
  const panel = find("#panel");
  const board = find("#board");

  // Opening and closing ------------------------------------------------------------------------

  const lineOf = (row) => row.id.slice("line-".length);
  const currentRow = () => find('.row[aria-current="true"]');

  function mark(row) {
    currentRow()?.removeAttribute("aria-current");
    row?.setAttribute("aria-current", "true");
  }

  function address(line) {
    const url = new URL(location.href);
    if (line) url.searchParams.set("line", line);
    else url.searchParams.delete("line");
    return url.pathname + url.search;
  }

  async function open(line, { push = true, focus = "" } = {}) {
    const past = new URL(location.href).searchParams.get("at");
    const query = past ? `?at=${encodeURIComponent(past)}` : "";
    await htmx.ajax("GET", `/lines/${line}${query}`, { target: "#panel", swap: "innerHTML" });
    panel.hidden = false;
    panel.scrollTop = 0;
    main.classList.add("with-panel");
    mark(document.getElementById(`line-${line}`));
    if (push) history.pushState({ line }, "", address(line));
    if (focus) begin(focus);
  }

  function close({ push = true } = {}) {
    if (!board || !panel || panel.hidden) return;
    const row = currentRow();
    panel.hidden = true;
    panel.replaceChildren();
    main.classList.remove("with-panel");
    mark(null);
    if (push) history.pushState({}, "", address(""));
    find(".who a", row ?? board)?.focus({ preventScroll: true });
  }

  // Whether somebody has begun to fill a form in that must not be taken away.
  function typed() {
    return all("form", panel).some((form) =>
      [...form.elements].some((field) => {
        if (field.type === "hidden" || !field.matches("input, select, textarea")) return false;
        if (field.type === "checkbox") return field.checked !== field.defaultChecked;
        if (field.tagName === "SELECT")
          return [...field.options].some((o) => o.selected !== o.defaultSelected) &&
            field.selectedIndex !== [...field.options].findIndex((o) => o.defaultSelected) &&
            !(field.selectedIndex === 0 && ![...field.options].some((o) => o.defaultSelected));
        return field.value !== field.defaultValue;
      }));
  }

  const discards = () => !typed() || confirm("Leave what you typed?");

  addEventListener("popstate", () => {
    if (!board) return;
    const line = new URL(location.href).searchParams.get("line");
    if (line) open(line, { push: false });
    else close({ push: false });
  });

  addEventListener("beforeunload", (event) => {
    if (panel && typed() && !panel.querySelector("[data-sending]")) event.preventDefault();
  });

  // The live stream tells that an open line changed; a form in use stays, the rest is renewed.
  // document.dispatchEvent(new CustomEvent("accord:changed", {detail: {id, version}}))
  document.addEventListener("accord:changed", ({ detail }) => {
    const line = find("#line");
    if (!line || line.dataset.line !== detail.id || "past" in line.dataset) return;
    if (Number(line.dataset.version) >= detail.version) return;
    if (inUse()) aroundTheForm(line);
    else htmx.ajax("GET", `/lines/${detail.id}`, { target: "#panel", swap: "innerHTML", renewal: true });
  });

  const inUse = () => typed() || panel.contains(document.activeElement) &&
    document.activeElement.matches("input, select, textarea, summary, button");

  function aroundTheForm({ dataset }) {
    htmx.ajax("GET", `/lines/${dataset.line}/news?seen=${dataset.version}`,
      { target: "#line-changed", swap: "none" });
  }

  // Somebody may have begun to type while the answer was on its way.
  document.addEventListener("htmx:before:swap", (event) => {
    const line = event.detail.ctx.renewal && find("#line");
    if (!line || !inUse()) return;
    event.preventDefault();
    aroundTheForm(line);
  });

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey)
      return;
    const target = event.target;
    if (board && panel && target.closest("[data-close]")) {
      event.preventDefault();
      if (discards()) close();
      return;
    }
    const reopen = target.closest("[data-reopen]");
    if (reopen && window.htmx) {
      event.preventDefault();
      htmx.ajax("GET", reopen.getAttribute("href"), { target: "#panel", swap: "innerHTML" });
      return;
    }
    const row = target.closest(".row");
    if (!row || !board || !window.htmx || target.closest(".pick, button")) return;
    if (String(getSelection()).length > 0 && !target.closest("a")) return;
    event.preventDefault();
    if (discards()) open(lineOf(row));
  });

  // Selecting ----------------------------------------------------------------------------------

  const chosen = new Set();
  const bar = find("#many-bar");
  let last = null;

  function count() {
    if (!bar) return;
    find("#many-count").textContent = chosen.size;
    bar.classList.toggle("active", chosen.size > 0);
    for (const whole of all(".whole")) {
      const picks = all(".row .pick input", whole.closest("tbody"));
      const on = picks.filter((pick) => pick.checked).length;
      whole.checked = on > 0 && on === picks.length;
      whole.indeterminate = on > 0 && on < picks.length;
    }
  }

  function pick(box, on) {
    box.checked = on;
    if (on) chosen.add(box.value);
    else chosen.delete(box.value);
  }

  if (bar) {
    find("#many-none").hidden = false;
    // A group's box ticks the rows that are shown; only those are sent.
    for (const whole of all(".whole")) whole.removeAttribute("name");
    for (const box of all(".row .pick input:checked")) chosen.add(box.value);
    count();
    board.addEventListener("change", ({ target }) => {
      if (target.matches(".whole"))
        for (const box of all(".row .pick input", target.closest("tbody"))) pick(box, target.checked);
      else if (target.matches(".row .pick input")) pick(target, target.checked);
      count();
    });
    board.addEventListener("click", (event) => {
      const box = event.target.closest?.(".row .pick input");
      if (!box) return;
      if (event.shiftKey && last?.isConnected) {
        const boxes = all(".row .pick input");
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const between of boxes.slice(from, to + 1)) pick(between, box.checked);
        count();
      }
      last = box;
    });
    find("#many-none").addEventListener("click", () => {
      for (const box of all(".row .pick input:checked")) pick(box, false);
      chosen.clear();
      count();
    });
  }

  // Rows that were swapped keep their tick and the mark of the open line.
  document.addEventListener("htmx:after:swap", () => {
    for (const line of chosen) {
      const box = find(`#line-${CSS.escape(line)} .pick input`);
      if (box && !box.checked) box.checked = true;
    }
    const open = find("#line")?.dataset.line;
    if (board && open) mark(document.getElementById(`line-${open}`));
    comforts();
  });

  // Forms --------------------------------------------------------------------------------------

  const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

  function dayWords(iso) {
    const [year, month, day] = iso.split("-").map(Number);
    const date = new Date(Date.UTC(year, month - 1, day));
    return `${days[date.getUTCDay()]} ${day} ${months[month - 1]}`;
  }

  // What a move will do, with the day that stands in the form now.
  function effect(form) {
    const says = find("[data-effect]", form);
    if (!says) return;
    const dates = all('input[type="date"]', form).map((field) => field.value).filter(Boolean).sort();
    const day = dates.length ? dayWords(dates.at(-1)) : "the new date";
    says.textContent = says.dataset.effect.replaceAll("{date}", day);
  }

  document.addEventListener("input", ({ target }) => {
    const form = target.closest?.(".move");
    if (form) effect(form);
  });

  document.addEventListener("click", async ({ target }) => {
    const add = target.closest?.("[data-add-part]");
    if (add) {
      const rows = all(".instalment", add.closest("[data-terms]"));
      const row = rows.at(-1).cloneNode(true);
      for (const [n, field] of all("input", row).entries()) {
        field.value = "";
        field.id = `${field.name}-${rows.length}-${n}`;
        const label = field.closest(".field")?.querySelector("label");
        if (label) label.htmlFor = field.id;
      }
      add.before(row);
      find("input", row).focus();
    }
    const copy = target.closest?.("[data-copy]");
    if (copy) {
      await navigator.clipboard.writeText(find(copy.dataset.copy).textContent.trim());
      const words = copy.textContent;
      copy.textContent = "Copied";
      find("[data-tell]")?.classList.add("main");
      setTimeout(() => { copy.textContent = words; }, 2000);
    }
  });

  document.addEventListener("submit", ({ target }) => { target.dataset.sending = ""; });

  // Filters answer at once; the button is for those without a script.
  document.addEventListener("change", ({ target }) => {
    const form = target.closest?.(".filter form");
    if (form) form.requestSubmit();
  });

  // Buttons that only a script can make work.
  function comforts() {
    for (const button of all("[data-copy], [data-add-part]")) button.hidden = false;
  }

  // Only one menu open at a time, closed by a click elsewhere.
  document.addEventListener("click", ({ target }) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
  });

  // Many lines: in slices, so that one sees how far it is. Each line is recorded once, however
  // often a slice is sent.
  const many = find("#many-run");
  many?.addEventListener("submit", async (event) => {
    if (!event.submitter?.classList.contains("main")) return;
    event.preventDefault();
    const lines = all('input[name="line"]', many).map((field) => field.value);
    const rest = new FormData(many);
    rest.delete("line");
    rest.delete("also");
    const running = find(".running", many);
    const bar = find("progress", running);
    const words = find("[role=status]", running);
    const buttons = all("button", many);
    const rows = find("#many-result tbody");
    for (const button of buttons) button.disabled = true;
    running.hidden = false;
    for (let from = 0; from < lines.length; from += 40) {
      words.textContent = `${from} of ${lines.length} lines`;
      const form = new URLSearchParams(rest);
      for (const line of lines.slice(from, from + 40)) form.append("line", line);
      let answer = null;
      for (let tries = 0; tries < 3 && !answer?.ok; tries += 1) {
        if (tries) await new Promise((wait) => setTimeout(wait, 1000 * tries));
        answer = await fetch("/bulk/run", {
          method: "POST", body: form, headers: { "HX-Request-Type": "partial" },
        }).catch(() => null);
        if (answer && answer.status < 500) break;
      }
      if (!answer?.ok) {
        if (answer?.status === 422) { many.submit(); return; }
        words.textContent = `Stopped after ${from} of ${lines.length} lines: no answer. Try again; ` +
          "what is done already is not done twice.";
        for (const button of buttons) button.disabled = false;
        return;
      }
      const part = document.createElement("template");
      part.innerHTML = await answer.text();
      rows.append(part.content);
      bar.value = Math.min(from + 40, lines.length);
    }
    const done = all("[data-done]", rows).length;
    const refused = all("[data-refused]", rows).length;
    find("#many-result .words").textContent =
      `Done on ${done} line${done === 1 ? "" : "s"}.` + (refused ? ` Not possible on ${refused}.` : "");
    many.hidden = true;
    find("#many-result").hidden = false;
  });

  // Keys ---------------------------------------------------------------------------------------

  // Open the form of a move and go to its first field.
  function begin(names) {
    for (const name of names.split(" ")) {
      const card = find(`[data-name="${name}"]`, panel);
      if (!card) continue;
      const more = card.closest(".more");
      if (more) more.open = true;
      card.open = true;
      const form = find("form", card);
      (find("input:not([type=hidden]), select, textarea", find(".fields", form) ?? form) ??
        find("button", form)).focus();
      card.scrollIntoView({ block: "nearest" });
      return true;
    }
    return false;
  }

  const ACCEPT = "commit_date accept_counter accept_revision confirm_delivery";
  const COUNTER = "counter_date propose_revision request_date";

  function step(by) {
    const links = all(".row .who a");
    if (!links.length) return;
    const here = document.activeElement?.closest?.(".row") ?? currentRow();
    const at = here ? links.indexOf(find(".who a", here)) : by > 0 ? -1 : links.length;
    const next = links[Math.min(Math.max(at + by, 0), links.length - 1)];
    next.focus({ preventScroll: true });
    next.closest(".row").scrollIntoView({ block: "nearest" });
  }

  function forMove(names) {
    const row = document.activeElement?.closest?.(".row");
    if (row && board && lineOf(row) !== find("#line")?.dataset.line) open(lineOf(row), { focus: names });
    else if (panel && !panel.hidden) begin(names);
  }

  const keys = {
    j: () => step(1),
    k: () => step(-1),
    a: () => forMove(ACCEPT),
    c: () => forMove(COUNTER),
    x: () => {
      const box = find(".pick input", document.activeElement?.closest?.(".row") ?? document.body);
      if (box && bar) { pick(box, !box.checked); count(); }
    },
    "/": () => find("#search")?.focus(),
    "?": () => { const help = find("#keys"); if (help) help.open ? help.close() : help.showModal(); },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = event.target.closest?.("input:not([type=checkbox]), textarea, select");
    if (event.key === "Escape") {
      const menu = find("details.menu[open]");
      if (menu) { menu.open = false; find("summary", menu).focus(); return; }
      if (field) { field.blur(); return; }
      if (board && discards()) close();
      return;
    }
    if (field || document.querySelector("dialog[open]")) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // Ages ---------------------------------------------------------------------------------------

  // Minutes and hours grow by themselves; days are counted in working days, by the server.
  function age() {
    for (const time of all(".age time")) {
      if (!/min|h$|now/.test(time.textContent)) continue;
      const minutes = Math.floor((Date.now() - Date.parse(time.dateTime)) / 60000);
      time.textContent = minutes < 1 ? "now" : minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
    }
  }

  comforts();
  age();
  setInterval(age, 30000);
})();
