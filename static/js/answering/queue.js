/* Answers that the server has not confirmed yet. They live on the device, so that neither a reload nor a crash nor a
   lost connection loses one. Only ids, numbers and choices are kept; another pupil's are wiped at the first look. */

const PREFIX = "qingyuan.answers.";

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null; // no storage, or not our data
  }
}

/** Remove what belongs to other users of this device. */
function forgetOthers(user) {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) && read(key)?.user !== user) localStorage.removeItem(key);
    }
  } catch { /* no storage: nothing is kept */ }
}

/** Remove everything kept for an attempt that is over. */
export function wipe(attempt) {
  try {
    localStorage.removeItem(PREFIX + attempt);
  } catch { /* no storage: nothing is kept */ }
}

/** The waiting answers of one attempt: position → {seq, choices, base}; `base` is what the server held then. */
export function openQueue(attempt, user) {
  const key = PREFIX + attempt;
  forgetOthers(user);
  let memory = { user, entries: {}, flags: [] };

  // Another tab may have written meanwhile, so every step starts from what is stored.
  function change(step) {
    const stored = read(key);
    if (stored?.user === user) memory = stored;
    step(memory);
    try {
      localStorage.setItem(key, JSON.stringify(memory));
    } catch { /* the page itself still remembers */ }
  }

  change(() => {});
  return {
    get size() { return Object.keys(memory.entries).length; },
    get highest() { return Math.max(0, ...Object.values(memory.entries).map((entry) => entry.seq)); },
    get flags() { return memory.flags; },
    at: (position) => memory.entries[position],
    positions: () => Object.keys(memory.entries).map(Number),
    /** The oldest waiting answer as [position, entry], or undefined. */
    first() {
      const [oldest] = Object.entries(memory.entries).sort(([, a], [, b]) => a.seq - b.seq);
      return oldest && [Number(oldest[0]), oldest[1]];
    },
    put: (position, entry) => change((kept) => { kept.entries[position] = entry; }),
    /** Forget an answer, unless a newer one for the same position took its place. */
    drop: (position, seq) => change((kept) => {
      if (kept.entries[position]?.seq === seq) delete kept.entries[position];
    }),
    flag: (position, on) => change((kept) => {
      kept.flags = kept.flags.filter((one) => one !== position).concat(on ? [position] : []);
    }),
    wipe() {
      memory = { user, entries: {}, flags: [] };
      wipe(attempt);
    },
  };
}
