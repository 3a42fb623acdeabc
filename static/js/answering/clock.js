/* Time left as the server counts it. The device's own clock is never read: only how much has passed since the server
   named the time left. */

const SECOND = 1000;

/** "18:42", or "1:05:09" from an hour on. */
export function format(seconds) {
  const pad = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${pad(minutes)}:${pad(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** Count down; `onTick(seconds)` once for each whole second, `onZero()` each time the end is reached. */
export function startClock(remaining, { onTick, onZero }) {
  const answeredAt = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
  let end = answeredAt + remaining * SECOND;
  let shown = null;
  let isOver = false;

  function tick() {
    const seconds = Math.max(0, Math.ceil((end - performance.now()) / SECOND));
    if (seconds !== shown) {
      shown = seconds;
      onTick(seconds);
    }
    if (seconds === 0 && !isOver) {
      isOver = true;
      onZero();
    }
  }

  tick();
  setInterval(tick, 250);
  return {
    get isOver() { return isOver; },
    /** The server has named the time left again (a reply, more time given, the device woke up). */
    sync(seconds) {
      end = performance.now() + seconds * SECOND;
      if (seconds > 0) isOver = false;
      tick();
    },
  };
}
