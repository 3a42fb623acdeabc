/* Sends waiting answers, one at a time, until the server has confirmed each. "Saved" is said only after its 200. */

const PATIENCE = 10_000; // a reply that takes longer counts as lost; the same number is sent again
const LONGEST_WAIT = 30_000;

const same = (a, b) => JSON.stringify(a ?? []) === JSON.stringify(b ?? []); // the server gives each answer one form

/** Give up waiting after PATIENCE; AbortSignal.timeout is missing in older phones. */
async function request(url, options = {}) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE);
  try {
    const reply = await fetch(url, {
      ...options,
      signal: abort.signal,
      credentials: "same-origin",
      headers: { Accept: "application/json", ...options.headers },
    });
    return { status: reply.status, wait: Number(reply.headers.get("Retry-After")) || 0, body: await reply.json() };
  } catch {
    return { status: 0, wait: 0, body: {} };
  } finally {
    clearTimeout(timer);
  }
}

/** `on` is told: state(kind, waiting), saved(what the server holds), adopt(position, choices, why, said), problem(kind), closed(reply). */
export function createSaver({ config, csrf, queue, on }) {
  const known = { ...config.answers };
  let seq = Math.max(config.nextSeq, queue.highest + 1);
  let token = csrf;
  let failures = 0;
  let flight = null; // the round of sending that is under way
  let confirmed = 0;
  let isStopped = false;
  let timer = 0;

  const report = () => on.state(queue.size === 0 ? "saved" : failures ? "unsaved" : "saving", queue.size);
  const post = (url, data) => request(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(data),
  });

  function later(step, wait) {
    const backoff = Math.min(LONGEST_WAIT, 1000 * 2 ** Math.min(failures, 5)) * (0.5 + Math.random() / 2);
    clearTimeout(timer);
    timer = setTimeout(step, Math.max(backoff, wait * 1000));
  }

  function fail(kind, reply) {
    failures += 1;
    on.problem(kind);
    // Below 500 the server knows us no longer, or our token is old: ask first, which brings the new token.
    later(reply.status >= 400 && reply.status < 500 ? refresh : flush, reply.wait);
    return false;
  }

  function stop() {
    isStopped = true;
    clearTimeout(timer);
  }

  // A number already taken while nobody touched this item is no conflict: the answer gets the next number.
  function resolveStale(position, entry, body) {
    seq = Math.max(seq, body.next_seq);
    on.saved(body);
    const current = queue.at(position);
    if (same(body.choices, entry.base) && current) {
      queue.put(position, { ...current, seq: seq++ });
    } else {
      queue.drop(position, current?.seq);
      known[position] = body.choices;
      on.adopt(position, body.choices, "stale");
    }
  }

  function refuse(position, entry, body) {
    queue.drop(position, entry.seq);
    on.adopt(position, known[position] ?? [], "refused", body.message);
    return true;
  }

  /** Send one answer; whether to go on with the next. */
  async function send(position, entry) {
    const reply = await post(config.urls.save, { seq: entry.seq, position, choices: entry.choices });
    switch (reply.status) {
      case 200:
        failures = 0;
        confirmed += 1;
        known[position] = reply.body.choices;
        seq = Math.max(seq, reply.body.next_seq);
        queue.drop(position, entry.seq);
        on.saved(reply.body);
        return true;
      case 409:
        resolveStale(position, entry, reply.body);
        return true;
      case 410:
        stop();
        on.closed(reply.body, queue.size);
        return false;
      case 401: return fail("signedOut", reply);
      case 404: return fail("stranger", reply);
      case 422: return refuse(position, entry, reply.body);
      case 0: return fail("offline", reply);
      default: return fail("busy", reply); // 400 too: a stale CSRF token, which refresh() renews
    }
  }

  async function sendAll() {
    clearTimeout(timer);
    report();
    for (let next = queue.first(); next && !isStopped; next = queue.first()) {
      if (!(await send(...next))) break;
    }
  }

  /** Send all that waits; resolves when this round is over, also one that had begun before. */
  function flush() {
    if (isStopped) return Promise.resolve();
    flight ??= sendAll().finally(() => {
      flight = null;
      report();
    });
    return flight;
  }

  /** Ask what the server holds (other devices, more time, a new sign-in), show it, then send what waits. */
  async function refresh() {
    if (flight || isStopped) return;
    const before = confirmed;
    const reply = await request(config.urls.state);
    if (isStopped) return;
    if (reply.status === 410) {
      stop();
      on.closed(reply.body, queue.size);
    } else if (reply.status === 200) {
      token = reply.body.csrf;
      seq = Math.max(seq, reply.body.next_seq);
      if (!flight && before === confirmed) adoptAll(reply.body); // else the reply is older than a save
      await flush();
    } else if (queue.size && !flight) {
      fail({ 0: "offline", 401: "signedOut", 404: "stranger" }[reply.status] ?? "busy", reply);
      report();
    }
  }

  function adoptAll(body) {
    on.saved(body);
    for (let position = 1; position <= config.total; position += 1) {
      const stored = body.answers[position] ?? [];
      if (queue.at(position) || same(stored, known[position])) continue;
      known[position] = stored;
      on.adopt(position, stored, "");
    }
  }

  return {
    save(position, choices) {
      queue.put(position, { seq: seq++, choices, base: known[position] ?? [] });
      report();
      return flush();
    },
    flush,
    refresh,
    /** Hand in; the address of the result, or null when the server could not be reached. */
    async submit() {
      const reply = await post(config.urls.submit, {});
      if (reply.status === 200) return reply.body.result;
      if (reply.status === 401) on.problem("signedOut");
      if (reply.status === 404) on.problem("stranger");
      await refresh(); // after a new sign-in elsewhere our token is old; by now the server may have closed the paper
      return null;
    },
    stop,
  };
}
