/* The answering page with script: one question at a time, saved at every change. Without it the page is a long form. */

import { isAnswered, read, untangle } from "./answer.js";
import { startClock } from "./clock.js";
import { createNav } from "./nav.js";
import { openQueue } from "./queue.js";
import { createSaver } from "./save.js";
import { createView } from "./view.js";

const config = JSON.parse(document.querySelector("[data-config]").textContent);
const { texts, urls } = config;
const questions = [...document.querySelectorAll("[data-question]")];
const sectionAt = (position) => questions[position - 1];
const queue = openQueue(config.attempt, config.user);
const view = createView(config);
let isLeaving = false;
let isOver = false;
let hadProblem = false;

const TYPING = 1000; // a text is saved when the pupil rests for so long, or leaves the field
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function leave(address) {
  isLeaving = true;
  location.replace(address);
}

async function close(reply, lost) {
  isOver = true;
  nav.closeCard();
  view.lock();
  const text = lost ? view.fill("closedUnsaved", { n: lost }) : texts.closed;
  view.say(text, reply.result, texts.toResult);
  queue.wipe();
  view.state("saved");
  await pause(lost ? 6000 : 2500);
  leave(reply.result);
}

const saver = createSaver({
  config,
  csrf: document.querySelector("input[name=csrf_token]").value,
  queue,
  on: {
    state(kind, waiting) {
      view.state(kind);
      if (waiting === 0 && hadProblem && !isOver) {
        hadProblem = false;
        view.say("");
        view.announce(texts.back);
      }
    },
    saved(reply) {
      view.answered(reply.answered);
      clock.sync(reply.remaining_seconds);
    },
    adopt(position, choices, why, said = "") {
      view.adopt(sectionAt(position), choices, said || (why ? view.fill(why, { n: position }) : ""));
      nav.paint();
    },
    problem(kind) {
      hadProblem = true;
      const isPerson = kind === "signedOut" || kind === "stranger";
      view.say(texts[kind], isPerson ? urls.signIn : "", isPerson ? texts.signIn : "");
    },
    closed: close,
  },
});

async function finish() {
  nav.closeCard();
  await saver.flush();
  if (queue.size) {
    view.say(view.fill("waiting", { n: queue.size }));
    return;
  }
  isLeaving = true;
  location.assign(urls.confirm);
}

/** At zero: send what waits, then hand in. The server closes the attempt anyway, a moment later. */
async function timeUp() {
  if (isOver) return;
  view.say(texts.timeUp);
  await saver.flush();
  await saver.refresh(); // staff may have given more time: then the clock runs again
  if (isOver) return;
  if (!clock.isOver) {
    view.say("");
    return;
  }
  view.lock();
  await pause(Math.random() * 2000); // a whole school reaches zero at the same moment
  for (let wait = 1000; !isOver; wait = Math.min(wait * 2, 15_000)) {
    const result = await saver.submit();
    if (result) {
      saver.stop();
      await close({ result }, queue.size);
      return;
    }
    await pause(wait);
  }
}

const nav = createNav({ questions, texts, flags: queue.flags, onFlag: queue.flag, onFinish: finish });

for (const section of questions) {
  const form = section.querySelector("form");
  const position = Number(section.dataset.question);
  const unsaved = section.querySelector("[data-note]").hidden ? null : read(form);
  if (queue.at(position)) view.adopt(section, queue.at(position).choices, "");
  let typing = 0;
  const keep = () => {
    clearTimeout(typing);
    view.note(section, "");
    saver.save(position, read(form));
    nav.paint();
  };
  form.addEventListener("change", ({ target }) => {
    untangle(form, target);
    keep();
  });
  form.addEventListener("input", ({ target }) => {
    if (target.type !== "text") return;
    clearTimeout(typing);
    typing = setTimeout(keep, TYPING);
  });
  form.querySelectorAll("select").forEach((field) => { field.dataset.was = field.value; });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    nav.forward();
  });
  if (unsaved) queueMicrotask(() => { view.note(section, ""); saver.save(position, unsaved); });
}

const clock = startClock(config.remaining, { onTick: view.tick, onZero: timeUp });

const named = questions.findIndex((section) => `#${section.id}` === location.hash);
const open = questions.findIndex((section) => !isAnswered(section));
document.body.classList.add("is-scripted");
nav.show(named >= 0 ? named : Math.max(open, 0), { focus: false });
saver.flush();

document.querySelectorAll("[data-finish]").forEach((link) => {
  link.classList.replace("button--primary", "button--secondary"); // "next" is what to press now
  link.addEventListener("click", (event) => {
    event.preventDefault();
    finish();
  });
});
document.querySelector("[data-banner-link]").addEventListener("click", () => { isLeaving = true; });
window.addEventListener("hashchange", () => {
  const index = questions.findIndex((section) => `#${section.id}` === location.hash);
  if (index >= 0) nav.show(index);
});
window.addEventListener("online", () => saver.refresh());
window.addEventListener("pageshow", (event) => { if (event.persisted) { isLeaving = false; saver.refresh(); } });
document.addEventListener("visibilitychange", () => { if (!document.hidden) saver.refresh(); });
window.addEventListener("beforeunload", (event) => { if (queue.size && !isLeaving) event.preventDefault(); });
