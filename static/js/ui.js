/* Small help for pages that already work without it: confirm, poll, print, menus, one submit per press, trying again. */

const body = document.body;

function button(label, kind, value) {
  const element = document.createElement("button");
  element.className = `button button--${kind}`;
  element.value = value;
  element.textContent = label;
  return element;
}

/* The words on a button, without what only screen readers hear and without small print. */
function wordsOf(pressed) {
  if (!pressed) return "";
  const copy = pressed.cloneNode(true);
  copy.querySelectorAll("svg, small, .visually-hidden").forEach((one) => one.remove());
  return copy.textContent.trim();
}

function ask(question, pressed) {
  const dialog = document.createElement("dialog");
  if (!dialog.showModal) return Promise.resolve(window.confirm(question));
  const form = document.createElement("form");
  const text = document.createElement("p");
  const actions = document.createElement("div");
  dialog.className = "dialog";
  form.method = "dialog";
  form.className = "stack";
  text.textContent = question;
  dialog.setAttribute("aria-label", question);
  actions.className = "actions";
  // The act by its own name; red only where the pressed button is.
  const isDanger = pressed && pressed.classList.contains("button--danger");
  const yes = button(wordsOf(pressed) || body.dataset.yes, isDanger ? "danger" : "primary", "yes");
  actions.append(button(body.dataset.no, "secondary", "no"), yes);
  form.append(text, actions);
  dialog.append(form);
  body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (form.method === "dialog" || event.defaultPrevented) return;
  const question = (submitter && submitter.dataset.confirm) || form.dataset.confirm;
  if (question && !form.dataset.agreed) {
    event.preventDefault();
    if (!(await ask(question, submitter))) return;
    form.dataset.agreed = "1";
    form.requestSubmit(submitter);
    return;
  }
  delete form.dataset.agreed;
  // After this turn, because a disabled button would not send its name and value.
  setTimeout(() => {
    if (!submitter || event.defaultPrevented) return;
    submitter.disabled = true;
    // A download stays on the page, so the button comes back.
    setTimeout(() => { submitter.disabled = false; }, 5000);
  });
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const menu = event.target.closest(".menu");
  document.querySelectorAll(".menu[open]").forEach((one) => { if (one !== menu) one.open = false; });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll(".menu[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

async function refresh(element) {
  // Someone who works inside the fragment, or does not look at it, keeps what is there.
  if (document.hidden || element.contains(document.activeElement)) return;
  const reply = await fetch(element.dataset.poll);
  if (!reply.ok || reply.redirected) return;
  const parsed = new DOMParser().parseFromString(await reply.text(), "text/html");
  element.replaceChildren(...parsed.body.childNodes);
}

for (const element of document.querySelectorAll("[data-poll]")) {
  const seconds = Math.max(2, Number(element.dataset.pollSeconds) || 5);
  const timer = setInterval(() => {
    if (element.querySelector("[data-poll-end]")) clearInterval(timer);
    else refresh(element).catch(() => {});
  }, seconds * 1000);
}

// The server was too busy to look: the same form again, each device at a moment of its own. Who types means to press.
for (const form of document.querySelectorAll("[data-retry-seconds]")) {
  const wait = Number(form.dataset.retrySeconds) * (0.5 + Math.random());
  const timer = setTimeout(() => form.querySelector("button:not([type=button])").click(), wait * 1000);
  const stop = () => clearTimeout(timer);
  form.addEventListener("input", stop);
  form.addEventListener("submit", stop);
  form.querySelectorAll("[data-retry-note]").forEach((note) => { note.hidden = false; });
}
