/* A reveal's screen follows the presenter; the presenter's page follows a second presenter, and a clicker turns pages. */

const root = document.querySelector("[data-reveal]");
const offline = document.querySelector("[data-offline]");
const isStage = root.dataset.reveal === "stage";
const shown = () => (isStage ? root.querySelector("[data-mark]") : root).dataset.mark;

// Twelve long names of long schools would run out of the hall's screen: the list becomes smaller until it fits.
function fit() {
  const names = root.querySelector(".reveal-names");
  if (!names || innerWidth < 768) return;
  const lowest = () => Math.max(names.getBoundingClientRect().bottom, root.getBoundingClientRect().top + root.scrollHeight);
  names.style.zoom = 1;
  for (let size = 0.95; size >= 0.5 && lowest() > root.getBoundingClientRect().bottom + 1; size -= 0.05) names.style.zoom = size;
}
if (isStage) {
  fit();
  addEventListener("resize", fit);
}

async function fetched(address) {
  const reply = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(5000) });
  if (!reply.ok || reply.redirected) throw new Error(String(reply.status));
  return reply;
}

async function follow() {
  const { mark } = await (await fetched(root.dataset.state)).json();
  if (mark === shown()) return;
  if (!isStage) {
    location.reload();
    return;
  }
  const parsed = new DOMParser().parseFromString(await (await fetched(root.dataset.live)).text(), "text/html");
  root.replaceChildren(...parsed.body.childNodes);
  fit();
}

// One question after the other, whatever the network does: the screen keeps what it shows, and says so in a corner.
async function keep() {
  try {
    await follow();
    offline.hidden = true;
  } catch {
    offline.hidden = false;
  }
  setTimeout(keep, isStage ? 800 : 2000);
}
keep();

if (!isStage) {
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.target.closest("input, textarea, select, dialog")) return;
    const wanted = { PageDown: "next", ArrowRight: "next", PageUp: "back", ArrowLeft: "back" }[event.key];
    const pressed = wanted && root.querySelector(`button[name="do"][value="${wanted}"]`);
    if (!pressed || pressed.disabled) return;
    event.preventDefault();
    pressed.click();
  });
}
