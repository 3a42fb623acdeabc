/* Counts down to what the server named. The device's own clock is never read, only how much has passed since the server's
   answer; a page that was asleep, kept or restored asks the server again. */

const SECOND = 1000;
const JITTER = 20; // seconds over which visitors ask again at the bell, so that they do not all come at once
const box = document.querySelector("[data-countdown]");

function pad(number) {
  return String(number).padStart(2, "0");
}

function words(seconds, day) {
  const days = Math.floor(seconds / 86400);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(pad).join(":");
  return days ? `${days} ${day} ${clock}` : clock;
}

let end = 0;
let isAsked = false; // whether the server was asked what comes after the end

function show() {
  const ticks = box.querySelector("[data-count]");
  if (!ticks) return;
  const seconds = Math.max(0, Math.ceil((end - performance.now()) / SECOND));
  ticks.textContent = words(seconds, ticks.dataset.day);
  ticks.hidden = false;
  box.querySelector("[data-count-plain]").classList.add("visually-hidden");
}

function begin(answeredAt) {
  const ticks = box.querySelector("[data-count]");
  end = ticks ? answeredAt + Number(ticks.dataset.count) * SECOND : Infinity;
  isAsked = false;
  show();
}

let asking = false;

async function again() {
  if (asking || document.hidden) return;
  asking = true;
  try {
    const reply = await fetch(window.location.href, { cache: "no-store" });
    const answeredAt = performance.now();
    if (reply.ok) {
      const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").querySelector("[data-countdown]");
      if (fresh) {
        box.replaceChildren(...fresh.childNodes);
        begin(answeredAt);
      } else {
        window.location.reload(); // nothing is ahead any more: the page says what came of it
      }
    }
  } catch {
    // Offline: the old countdown goes on.
  } finally {
    asking = false;
  }
}

if (box) {
  const visit = performance.getEntriesByType("navigation")[0];
  begin(visit?.responseStart ?? 0);
  if (visit && (visit.type === "back_forward" || visit.transferSize === 0)) again();
  setInterval(() => {
    show();
    if (performance.now() >= end && !isAsked) {
      isAsked = true;
      setTimeout(again, (3 + Math.random() * JITTER) * SECOND);
    }
  }, SECOND / 2);
  document.addEventListener("visibilitychange", again);
  window.addEventListener("pageshow", (event) => { if (event.persisted) again(); });
}
