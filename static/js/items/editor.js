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
const citing = document.querySelector("[data-citing]");
if (citing) {
  const box = citing.querySelector("input");
  const list = form.querySelector("[name=sources]");
  const known = new Set([...citing.querySelectorAll("option")].map((option) => option.value));
  citing.hidden = false;
  box.addEventListener("input", (event) => {
    event.stopPropagation(); // what is typed here is no change of the item
    const citation = box.value.trim();
    if (!known.has(citation)) return;
    const lines = list.value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (!lines.includes(citation)) list.value = [...lines, citation].join("\n");
    box.value = "";
    list.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
form.addEventListener("submit", () => { isDirty = false; });
window.addEventListener("beforeunload", (event) => { if (isDirty) event.preventDefault(); });
