// Everything works without this file; it only saves reloading.
"use strict";

const poll = (seconds, step) => {
  const next = async () => {
    let goesOn = true;
    if (!document.hidden) {
      try { goesOn = await step(); } catch { /* The next time may do better. */ }
    }
    if (goesOn !== false) setTimeout(next, seconds * 1000);
  };
  setTimeout(next, seconds * 1000);
};

const load = async (url, options = {}) => {
  if (document.querySelector(".signed-out")) await signedIn();
  const response = await fetch(url, { ...options, headers: { Accept: "application/json" } });
  if (response.status === 401) {
    showSignedOut();
    throw new Error("signed out");
  }
  // The form's token may be of an earlier session.
  if (response.status === 403) await signedIn();
  if (!response.ok) throw new Error(response.status);
  return response.json();
};

// Signed out: the page stays as it is, and its forms get the new session's secret once the same user has signed in again.
const tokens = () => document.querySelectorAll("input[name=form-token]");
const signedOut = document.querySelector("template[data-signed-out]");
const owner = () => tokens()[0]?.value.split(".")[1];
const encoded = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const signedIn = async () => {
  const response = await fetch("/session.json", { headers: { Accept: "application/json" } });
  if (!response.ok) return;
  const session = await response.json();
  // Another user's pages are none of theirs.
  if (encoded(session.user) !== owner()) { location.assign("/"); return; }
  for (const token of tokens()) token.value = [session.formSecret, ...token.value.split(".").slice(1)].join(".");
  document.querySelector(".signed-out")?.remove();
};
const showSignedOut = () => {
  if (!signedOut || document.querySelector(".signed-out")) return;
  document.querySelector("main").prepend(signedOut.content.cloneNode(true));
};
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && document.querySelector(".signed-out")) signedIn().catch(() => {});
});
window.addEventListener("focus", () => {
  if (document.querySelector(".signed-out")) signedIn().catch(() => {});
});

// A job: its bar moves until it is over, and then the page says what came of it.
for (const job of document.querySelectorAll("[data-job]")) {
  const bar = job.querySelector("progress");
  const text = job.querySelector("[data-progress-text]");
  poll(0.5, async () => {
    const progress = await load(job.dataset.job);
    if (progress.isOver) {
      const here = new URL(location.href);
      here.searchParams.set("finished", "now");
      location.replace(here);
      return false;
    }
    if (progress.percent !== undefined) bar.value = progress.percent;
    if (text.textContent !== progress.text) text.textContent = progress.text;
  });
}

// The spreadsheet comes by itself when its links are made while somebody watches.
const download = document.querySelector("[data-autostart]");
if (download && new URL(location.href).searchParams.has("finished")) {
  history.replaceState(null, "", location.pathname);
  download.click();
}

// Times by the reader's clock, in the language of the page. The exact one in UTC is shown on pointing at it.
const language = navigator.languages.find((name) => name.split("-")[0] === document.documentElement.lang) ?? document.documentElement.lang;
const days = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const minutes = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
for (const element of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) continue;
  // What ends at midnight ends with the day before.
  const last = new Date(moment.getTime() - 1000);
  const isMidnight = moment.getHours() + moment.getMinutes() + moment.getSeconds() === 0;
  const texts = {
    day: () => days.format(moment),
    "end-day": () => days.format(last),
    end: () => (isMidnight ? `${days.format(last)}, 24:00` : minutes.format(moment)),
  };
  element.title = `${moment.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  element.textContent = (texts[element.dataset.time] ?? (() => minutes.format(moment)))();
}

// Counts of what was started and finished.
const watched = document.querySelector("[data-counts]");
if (watched) {
  const status = document.querySelector("[data-count-status]");
  const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const rate = (count, links) => {
    const percent = links > 0 ? Math.floor(count * 100 / links) : 0;
    return `${percent === 0 && count > 0 ? "<1" : percent}\u202f%`;
  };
  const width = (count, links) => (count > 0 && links > 0 ? Math.max(2, Math.min(100, Math.floor(count * 100 / links))) : 0);
  poll(5, async () => {
    const counts = await load(watched.dataset.counts);
    let changes = 0;
    for (const cell of document.querySelectorAll("[data-count]")) {
      const [id, kind] = cell.dataset.count.split(" ");
      if (!counts[id]) continue;
      const text = grouped(counts[id][kind]);
      if (cell.textContent !== text) { cell.textContent = text; changes += 1; }
    }
    for (const cell of document.querySelectorAll("[data-rate]")) {
      const [id, kind] = cell.dataset.rate.split(" ");
      if (counts[id]) cell.textContent = rate(counts[id][kind], counts[id].links);
    }
    for (const bar of document.querySelectorAll("[data-bar]")) {
      const count = counts[bar.dataset.bar];
      if (!count) continue;
      bar.querySelector(".bar-started").setAttribute("width", width(count.started, count.links));
      bar.querySelector(".bar-finished").setAttribute("width", width(count.finished, count.links));
    }
    if (changes && status) status.textContent = "The counts have changed.";
  });
}

// What a draft comes to, while somebody types.
const form = document.querySelector("[data-preview]");
if (form) {
  let timer;
  let latest = 0;
  const update = async () => {
    const number = ++latest;
    const preview = await load(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (number !== latest) return;
    for (const output of document.querySelectorAll("[data-output]")) {
      const text = preview.outputs[output.dataset.output] ?? "";
      if (output.textContent !== text) output.textContent = text;
    }
    for (const problem of form.querySelectorAll("[data-problem]")) {
      const text = preview.problems[problem.dataset.problem] ?? "";
      if (problem.textContent !== text) problem.textContent = text;
      const field = form.querySelector(`[aria-describedby~="${problem.id}"]`);
      if (text) field?.setAttribute("aria-invalid", "true"); else field?.removeAttribute("aria-invalid");
    }
    document.getElementById("expires-problem")?.remove();
    if (Object.keys(preview.problems).length === 0) document.getElementById("problems")?.remove();
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(() => update().catch(() => {}), 300); };
  for (const name of ["input", "change"]) form.addEventListener(name, later);
  const reveal = () => {
    for (const nested of form.querySelectorAll("[data-for]")) {
      nested.hidden = !form.querySelector(`input[type=radio][value="${nested.dataset.for}"]`).checked;
    }
    const tool = form.querySelector("#survey-tool");
    for (const nested of form.querySelectorAll("[data-unless]")) nested.hidden = tool.value === nested.dataset.unless;
  };
  const again = (action) => { form.querySelector(`button[value="${action}"]`).click(); };
  form.addEventListener("change", (event) => {
    // What else the page shows belongs to other contacts.
    if (event.target.hasAttribute("data-reload")) again("preview");
    reveal();
  });
  reveal();
  document.getElementById("problems")?.focus();
  // Enter in the search field searches, and elsewhere it does not generate by accident.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    if (event.target.name === "search") again("search");
  });
  // One click is enough, however often it is made.
  form.addEventListener("submit", () => { setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = true; }); });
  window.addEventListener("pageshow", () => { for (const button of form.querySelectorAll("button")) button.disabled = false; });
}

// A date and time is chosen by the reader's clock, whose distance from UTC at that time is sent along.
for (const group of document.querySelectorAll("[data-expiration]")) {
  const at = group.querySelector("[name=expires-at]");
  const zone = group.querySelector("[name=expires-zone]");
  const hint = group.querySelector("[data-zone-hint]");
  const ahead = (date) => -date.getTimezoneOffset();
  if (at.dataset.moment) {
    const moment = new Date(at.dataset.moment);
    at.value = new Date(moment.getTime() + ahead(moment) * 60000).toISOString().slice(0, 16);
  }
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const update = () => {
    const chosen = new Date(at.value);
    const isChosen = !Number.isNaN(chosen.getTime());
    zone.value = isChosen ? ahead(chosen) : "";
    hint.textContent = `Your time zone is ${name}.` + (isChosen ? ` That is ${chosen.toISOString().slice(0, 16).replace("T", " ")} UTC.` : "");
  };
  at.addEventListener("input", update);
  at.form.addEventListener("submit", update);
  update();
}

// A form whose page follows what is chosen: only the parts that say something else are replaced.
const live = document.querySelector("form[data-live]");
if (live) {
  const status = document.querySelector("[data-live-status]");
  let timer;
  let latest = 0;
  let isPressed = false;
  const parts = (root) => new Map([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  const update = async () => {
    // A button that is being pressed must not go away under the pointer.
    if (isPressed) return later();
    const number = ++latest;
    const body = new URLSearchParams(new FormData(live));
    body.append("action", "check");
    // Its buttons are called action, and so would be the property.
    const response = await fetch(live.getAttribute("action"), { method: "POST", body });
    if (number !== latest || !(response.headers.get("Content-Type") ?? "").startsWith("text/html")) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const form = page.querySelector("form[data-live]");
    if (number !== latest || isPressed || !form) return;
    const focused = document.activeElement?.id;
    const [old, fresh] = [parts(live), parts(form)];
    if ([...old.keys()].join() !== [...fresh.keys()].join()) {
      live.replaceChildren(...form.childNodes);
    } else {
      for (const [name, part] of fresh) {
        if (old.get(name).outerHTML !== part.outerHTML) old.get(name).replaceWith(part);
      }
    }
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
    const text = live.querySelector('[data-part="state"] .notice')?.textContent ?? "";
    if (status.textContent !== text) status.textContent = text;
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(() => update().catch(() => {}), 200); };
  document.addEventListener("pointerdown", () => { isPressed = true; });
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => { isPressed = false; });
  live.addEventListener("change", later);
  live.classList.add("is-live");
}

// The time zone of the reader's clock, which survey tools usually show times in too.
for (const zone of document.querySelectorAll("[data-zone-name]")) {
  zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// A file that is dropped.
for (const area of document.querySelectorAll("[data-drop]")) {
  const input = area.querySelector("input[type=file]");
  area.classList.add("ready");
  for (const name of ["dragenter", "dragover"]) {
    area.addEventListener(name, (event) => { event.preventDefault(); area.classList.add("over"); });
  }
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    if (event.dataTransfer.files.length > 0) input.files = event.dataTransfer.files;
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    const said = button.parentElement.querySelector("[role=status]");
    said.textContent = "Copied";
    setTimeout(() => { said.textContent = ""; }, 4000);
  });
}

// One menu at a time; Escape and a click elsewhere close it.
const menus = document.querySelectorAll(".menu");
for (const menu of menus) {
  menu.addEventListener("toggle", () => { if (menu.open) for (const other of menus) if (other !== menu) other.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); }
  });
}
document.addEventListener("click", (event) => {
  for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
});
