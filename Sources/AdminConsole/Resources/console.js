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
  const response = await fetch(url, { ...options, headers: { Accept: "application/json" } });
  if (response.status === 401) {
    // A form that is being filled in would be lost.
    if (!options.method) location.assign("/sign-in");
    throw new Error("signed out");
  }
  if (!response.ok) throw new Error(response.status);
  return response.json();
};

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

// Where the first link leads, while somebody types.
const form = document.querySelector("[data-preview]");
if (form) {
  let timer;
  let latest = 0;
  const update = async () => {
    const number = ++latest;
    const preview = await load(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (number !== latest) return;
    for (const output of document.querySelectorAll("[data-output]")) {
      const text = preview[output.dataset.output] ?? "";
      if (output.textContent !== text) output.textContent = text;
    }
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(() => update().catch(() => {}), 300); };
  form.addEventListener("input", later);
  const reveal = () => {
    for (const nested of form.querySelectorAll("[data-for]")) {
      nested.hidden = !form.querySelector(`input[type=radio][value="${nested.dataset.for}"]`).checked;
    }
  };
  form.addEventListener("change", reveal);
  reveal();
  // Enter in the search field searches, and elsewhere it does not generate by accident.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    if (event.target.name === "search") form.querySelector('button[value="search"]').click();
  });
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
    button.textContent = "Copied";
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
