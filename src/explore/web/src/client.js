// Requests of the page → answers of the server. One request is in flight, the newest waits, an older answer is dropped. What
// takes long is told, gives way to a newer request, and is given up after a while: the server then ends the work.

/** Milliseconds after which an answer takes long, and after which it is given up: a little before the server does. */
const LONG = 500;
const PATIENCE = 9_000;

export class Client {
  #last = 0;
  #flight = null;
  #next = null;
  #answered;
  #failed;
  #busy;

  /**
   * `answered(answer, request)`; `failed(why, request)`, where `why` is the server's line, or "late", or "gone" where nobody
   * answers; `busy(is)`: an answer that is seen at once takes long, or no longer does.
   */
  constructor(answered, failed, busy) {
    this.#answered = answered;
    this.#failed = failed;
    this.#busy = busy;
  }

  get idle() {
    return !this.#flight;
  }

  /** Asks for what is seen at once: nothing else is worth waiting for. */
  ask(request) {
    this.#next = { ...request, id: ++this.#last };
    if (this.#flight?.minor || this.#flight?.long) this.#flight.stop.abort();
    else if (!this.#flight) this.#send();
  }

  /** Asks for a part that is seen later; any other request stops it. */
  askLater(request) {
    if (this.#flight && !this.#flight.minor) return;
    this.#next = { ...request, id: ++this.#last, minor: true };
    if (this.#flight) this.#flight.stop.abort();
    else this.#send();
  }

  async #send() {
    const { minor = false, ...request } = this.#next;
    this.#next = null;
    const stop = new AbortController();
    const flight = { minor, stop, long: false, late: false };
    this.#flight = flight;
    const timers = [
      setTimeout(() => {
        flight.long = true;
        if (this.#next) stop.abort();
        if (!minor) this.#busy(true);
      }, LONG),
      setTimeout(() => {
        flight.late = true;
        stop.abort();
      }, PATIENCE),
    ];
    let outcome;
    try {
      outcome = await exchanged("/api/page", request, stop.signal);
    } catch (error) {
      outcome = { stopped: stop.signal.aborted, error };
    }
    timers.forEach(clearTimeout);
    this.#flight = null;
    // Once something newer waits, this answer is of no use to anyone.
    if (this.#next) return this.#send();
    this.#busy(false);
    if (flight.late) return this.#failed("late", { ...request, minor });
    if (outcome.stopped) return;
    if (outcome.error) return this.#failed("gone", { ...request, minor });
    if (outcome.line !== undefined) return this.#failed(outcome.line, { ...request, minor });
    if (outcome.answer.id === this.#last) this.#answered(outcome.answer, request);
  }
}

async function exchanged(path, body, signal) {
  const response = await post(path, body, signal);
  if (!response.ok) return { line: (await response.text()).trim() };
  return { answer: await response.json() };
}

export function post(path, body, signal) {
  const headers = { "content-type": "application/json" };
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

/** The words of the language, the templates and the spec to begin with. */
export async function language() {
  const response = await fetch("/api/language");
  if (!response.ok) throw new Error((await response.text()).trim());
  return response.json();
}
