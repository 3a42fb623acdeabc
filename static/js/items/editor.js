/* The editor's live preview: the server draws the fields, half a second after the last change. */

const REST = 500;
const form = document.querySelector("[data-editor]");
const place = document.querySelector("[data-preview]");
let timer = 0;
let turn = 0;
let isDirty = false;

async function draw() {
  const mine = ++turn;
  const reply = await fetch(form.dataset.previewUrl, { method: "POST", body: new FormData(form), credentials: "same-origin" });
  if (!reply.ok || reply.redirected || mine !== turn) return; // an older picture never replaces a newer one
  const parsed = new DOMParser().parseFromString(await reply.text(), "text/html");
  place.replaceChildren(...parsed.body.childNodes);
}

form.addEventListener("input", () => {
  isDirty = true;
  clearTimeout(timer);
  timer = setTimeout(() => draw().catch(() => {}), REST);
});
form.addEventListener("submit", () => { isDirty = false; });
window.addEventListener("beforeunload", (event) => { if (isDirty) event.preventDefault(); });
