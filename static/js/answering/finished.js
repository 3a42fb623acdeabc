/* Loaded by pages of an attempt that is over: nothing of it stays on the device (see queue.js for the key). */

try {
  localStorage.removeItem(`qingyuan.answers.${document.querySelector("[data-attempt]").dataset.attempt}`);
} catch { /* no storage: nothing was kept */ }
