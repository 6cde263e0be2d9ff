// Requests of the page → answers of the server. One request is in flight, the newest waits, an older answer is dropped.

export class Client {
  #last = 0;
  #flight = null;
  #next = null;
  #answered;
  #failed;

  /** `answered(answer, request)` and `failed(line)`, where a line of null means that the server does not answer. */
  constructor(answered, failed) {
    this.#answered = answered;
    this.#failed = failed;
  }

  get idle() {
    return !this.#flight;
  }

  /** Asks for what is seen at once: nothing else is worth waiting for. */
  ask(request) {
    this.#next = { ...request, id: ++this.#last };
    if (this.#flight?.minor) this.#flight.stop.abort();
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
    this.#flight = { minor, stop };
    let outcome;
    try {
      outcome = await exchanged("/api/page", request, stop.signal);
    } catch (error) {
      outcome = { stopped: stop.signal.aborted, error };
    }
    this.#flight = null;
    // Once something newer waits, this answer is of no use to anyone.
    if (this.#next) return this.#send();
    if (outcome.stopped) return;
    if (outcome.error) return this.#failed(null);
    if (outcome.line !== undefined) return this.#failed(outcome.line);
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
