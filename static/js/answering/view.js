/* What the pupil sees and hears about time and saving. */

import { write } from "./answer.js";
import { format } from "./clock.js";

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export function createView({ texts, total, answered }) {
  const find = (name) => document.querySelector(`[data-${name}]`);
  const state = document.querySelector(".save-state");
  const countdown = find("countdown");
  const hint = find("time-hint");
  const banner = find("banner");
  const link = find("banner-link");
  let count = answered;
  find("segments-label").hidden = true; // the page's first count; from here on the save state says it, and stays true

  function announce(text) {
    find("announcer").textContent = text;
  }

  function say(text, href = "", label = "") {
    find("banner-text").textContent = text;
    link.hidden = !href;
    link.href = href;
    link.textContent = label;
    banner.hidden = !text;
  }

  function hintAt(seconds) {
    hint.hidden = seconds > 300;
    hint.textContent = seconds > 60 ? texts.lastFive : texts.lastOne;
    countdown.classList.toggle("countdown--urgent", seconds <= 300);
  }

  return {
    announce,
    say,
    fill: (name, values) => fill(texts[name], values),
    tick(seconds) {
      countdown.textContent = format(seconds);
      hintAt(seconds);
      if (seconds === 300) announce(texts.lastFive);
      else if (seconds === 60) announce(texts.lastOne);
      else if (seconds % 60 === 0 && seconds > 0) announce(fill(texts.minutes, { n: seconds / 60 }));
    },
    answered(number) {
      count = number;
    },
    state(kind) {
      state.dataset.state = kind;
      const text = fill(texts[kind], { n: count, total });
      if (state.textContent !== text) state.textContent = text;
    },
    /** Put the server's choices on the page, and say why beside the question. */
    adopt(section, choices, text) {
      write(section, choices);
      this.note(section, text);
    },
    note(section, text) {
      section.querySelector("[data-note-text]").textContent = text;
      section.querySelector("[data-note]").hidden = !text;
    },
    lock() {
      document.querySelectorAll("[name=choices], .bottom-bar button").forEach((control) => { control.disabled = true; });
    },
  };
}
