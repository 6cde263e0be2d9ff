// The page's state ↔ the fragment of its address: `v=1&s=…&wrt=W2&form=product`; long specs are deflated (`z=` instead of `s=`).
// The fragment never leaves the browser.

/** Bytes of a spec beyond which it is deflated. */
const LONG = 8192;
/** Bytes of the longest spec that is read. */
const LONGEST = 1024 * 1024;
/** Defects of a link, by the name of their sentence in words.js. */
export class BrokenLink extends Error {}

const FORMS = new Set(["product", "layered", "per-sample", "chain", "intuitive"]);
const LAYOUTS = new Set(["rows", "columns"]);
const VIEWS = new Set(["steps", "why", "all", "units", "influence", "flow", "verify", "general", "signs"]);

/** State → fragment, without `#`. */
export async function encode(state) {
  const bytes = new TextEncoder().encode(state.spec);
  const parts = ["v=1"];
  if (bytes.length > LONG) parts.push(`z=${base64url(await through(bytes, new CompressionStream("deflate-raw")))}`);
  else parts.push(`s=${base64url(bytes)}`);
  const put = (key, value) => value !== null && value !== "" && parts.push(`${key}=${encodeURIComponent(value)}`);
  put("wrt", state.wrt);
  put("form", state.form);
  put("expand", state.expand ? "1" : null);
  put("paths", state.paths ? "1" : null);
  put("layout", state.layout);
  put("unfold", state.unfold ? "1" : null);
  put("step", state.step);
  put("off", state.off);
  put("seed", state.seed || null);
  put("init", state.init);
  put("view", state.view);
  return parts.join("&");
}

/** Fragment, with or without `#` → state, with the defaults for what it does not say. Throws BrokenLink. */
export async function decode(fragment, defaults) {
  const given = new Map();
  for (const part of fragment.replace(/^#/, "").split("&").filter(Boolean)) {
    const at = part.indexOf("=");
    if (at < 0) throw new BrokenLink("part");
    given.set(part.slice(0, at), unescaped(part.slice(at + 1)));
  }
  if (given.size === 0) return { ...defaults };
  if (given.get("v") !== "1") throw new BrokenLink("version");
  const state = { ...defaults };
  if (given.has("s")) state.spec = text(bytesOf(given.get("s")));
  else if (given.has("z")) state.spec = text(await inflated(bytesOf(given.get("z"))));
  else throw new BrokenLink("spec");
  const take = (key, read) => given.has(key) && (state[key] = read(given.get(key)));
  take("wrt", (value) => matching(value, /^[\p{L}\p{N}_]{1,300}$/u));
  take("form", (value) => one(value, FORMS));
  take("expand", flag);
  take("paths", flag);
  take("layout", (value) => one(value, LAYOUTS));
  take("unfold", flag);
  take("step", number);
  take("off", (value) => matching(value, /^[\p{L}\p{N}_]{1,300}(:\d{1,9})?(,[\p{L}\p{N}_]{1,300}(:\d{1,9})?)*$/u));
  take("seed", number);
  take("init", (value) => matching(value, /^[a-z]{1,20}(-[a-z]{1,20})?(\([\d.e+-]{1,20}\))?$/));
  take("view", (value) => one(value, VIEWS));
  return state;
}

function unescaped(value) {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new BrokenLink("part");
  }
}

const flag = (value) => matching(value, /^[01]$/) === "1";
const number = (value) => Number(matching(value, /^\d{1,9}$/));

function matching(value, pattern) {
  if (!pattern.test(value)) throw new BrokenLink("part");
  return value;
}

function one(value, of) {
  if (!of.has(value)) throw new BrokenLink("part");
  return value;
}

function base64url(bytes) {
  let binary = "";
  // A call takes so many arguments and no more.
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function bytesOf(base64) {
  if (!/^[\w-]*$/.test(base64)) throw new BrokenLink("spec");
  try {
    return Uint8Array.from(atob(base64.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  } catch {
    throw new BrokenLink("spec");
  }
}

function text(bytes) {
  if (bytes.length > LONGEST) throw new BrokenLink("long");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new BrokenLink("spec");
  }
}

async function through(bytes, stream) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** Reads no more than the longest spec, whatever a small link would unpack to. */
async function inflated(bytes) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const parts = [];
  let length = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      length += part.value.length;
      if (length > LONGEST) break;
    }
  } catch {
    throw new BrokenLink("spec");
  }
  if (length > LONGEST) {
    reader.cancel();
    throw new BrokenLink("long");
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
