/* One question at a time: previous, next, the card of numbers, marks, and keys. */

import { isAnswered } from "./answer.js";

/** `questions` are the sections in order; `onFinish` is called by the last question's button. */
export function createNav({ questions, texts, flags, onFlag, onFinish }) {
  const find = (name) => document.querySelector(`[data-${name}]`);
  const segments = [...document.querySelectorAll("[data-segments] li")];
  const links = [...document.querySelectorAll("[data-card-link]")];
  const previous = find("previous");
  const next = find("next");
  const dialog = find("dialog");
  const flagged = new Set(flags);
  let current = 0;

  // The card stands beside the question where there is room, and comes in a dialog where there is none.
  function openDialog() {
    find("dialog-card").append(find("card"));
    if (dialog.showModal) dialog.showModal(); else dialog.setAttribute("open", ""); // old browsers: in the page
  }

  function closeDialog() {
    if (dialog.close) dialog.close(); else dialog.removeAttribute("open");
    find("card-home").append(find("card"));
  }

  function paint() {
    questions.forEach((section, index) => {
      const answered = isAnswered(section);
      const isMarked = flagged.has(index + 1);
      segments[index].className = index === current ? "is-current" : answered ? "is-done" : "";
      links[index].classList.toggle("is-done", answered);
      links[index].classList.toggle("is-flagged", isMarked);
      links[index].toggleAttribute("aria-current", index === current);
      links[index].querySelector("[data-card-text]").textContent =
        [texts.question.replace("{n}", index + 1), answered ? texts.done : texts.todo, isMarked ? texts.flagged : ""]
          .filter(Boolean).join(texts.comma);
    });
  }

  function show(index, { focus = true } = {}) {
    current = Math.min(Math.max(index, 0), questions.length - 1);
    questions.forEach((section, place) => section.classList.toggle("is-current", place === current));
    previous.disabled = current === 0;
    next.textContent = current === questions.length - 1 ? texts.finish : texts.next;
    history.replaceState(null, "", `#${questions[current].id}`);
    paint();
    window.scrollTo(0, 0);
    if (focus) questions[current].querySelector(".question__stem").focus({ preventScroll: true });
  }

  const forward = () => (current === questions.length - 1 ? onFinish() : show(current + 1));

  function bindFlag(section, index) {
    const button = section.querySelector("[data-flag]");
    const label = () => {
      button.setAttribute("aria-pressed", flagged.has(index + 1));
      button.textContent = flagged.has(index + 1) ? texts.unflag : texts.flag;
    };
    button.hidden = false;
    label();
    button.addEventListener("click", () => {
      const on = !flagged.has(index + 1);
      if (on) flagged.add(index + 1); else flagged.delete(index + 1);
      onFlag(index + 1, on);
      label();
      paint();
    });
  }

  /** The choice that a key names: 1–8 or A–H. */
  function choose(key) {
    const digit = "12345678".indexOf(key);
    const index = digit >= 0 ? digit : "abcdefgh".indexOf(key.toLowerCase());
    const input = key.length === 1 && index >= 0 && questions[current].querySelectorAll(".choice__input")[index];
    if (!input || input.disabled) return false;
    input.focus();
    input.click();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing ) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "ArrowLeft") show(current - 1);
    else if (event.key === "ArrowRight") { if (current < questions.length - 1) show(current + 1); }
    else if (!choose(event.key)) return;
    event.preventDefault();
  });

  find("open-card").addEventListener("click", () => {
    paint();
    openDialog();
    links[current].focus();
  });
  find("close").addEventListener("click", closeDialog);
  dialog.addEventListener("close", closeDialog); // by Escape
  dialog.addEventListener("click", (event) => { if (event.target === dialog) closeDialog(); });
  links.forEach((link, index) => link.addEventListener("click", (event) => {
    event.preventDefault();
    closeDialog();
    show(index);
  }));
  previous.addEventListener("click", () => show(current - 1));
  next.addEventListener("click", forward);
  questions.forEach(bindFlag);
  return { show, paint, forward, closeCard: closeDialog };
}
