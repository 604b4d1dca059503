/** How one picture gets to the server, and its reading back. */
import { ask, base, failure, routes, told } from "./common.js";

/** Bytes of a picture that `upload` takes for sure: what surrounds it in a request is less than the rest. */
const UPLOADED = told("request-bytes") - 4096;
/** Milliseconds between two looks at a task: the first, and the longest. */
const [LOOK, LONG_LOOK] = [150, 1000];

export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Sends a picture, through the server or past it; the name that it has there. @param {(share: number) => void} progressed */
export const send = (card, signal, progressed) => (card.file.size > UPLOADED ? sendByForm : upload)(card, signal, progressed);

async function upload(card, signal, progressed) {
  const joins = card.together ? "?keep=1" : "";
  const body = new FormData();
  // A caller for each picture: none replaces another, and several can be under way.
  body.append("uuid", card.uuid);
  body.append("photo", card.file, card.name);
  const answer = await post(`${base}${routes.upload}${joins}`, body, signal, progressed).catch((error) => {
    // Something on the way takes less than the server does.
    if (error.status === 413 && !error.message) return null;
    throw error;
  });
  if (!answer) return sendByForm(card, signal, progressed);
  return answer.files?.[0] ?? card.name;
}

/** Sends a picture straight to storage, which takes what a request cannot. */
async function sendByForm({ file, name, uuid, together }, signal, progressed) {
  const query = new URLSearchParams({ name, content_type: typeOf(file), size: file.size, uuid, read: "0", ...(together && { together: "1" }) });
  const { url, fields } = await ask(`${routes.presign}?${query}`, { method: "POST", signal });
  const body = new FormData();
  for (const field of Object.entries(fields)) body.append(...field);
  body.append("file", file, name); // the last, or storage sees no fields
  await post(url, body, signal, progressed);
  return name;
}

/** Not every browser knows every kind of picture that is read. @param {File} file */
function typeOf({ name, type }) {
  const ending = name.split(".").at(-1).toLowerCase();
  return type || `image/${{ jpg: "jpeg", tif: "tiff" }[ending] ?? ending}`;
}

/** Posts a form and tells how much of it is there, which `fetch` cannot; the answer, where it is JSON. */
const post = (url, body, signal, progressed) => new Promise((done, fail) => {
  const request = new XMLHttpRequest();
  request.upload.onprogress = ({ loaded, total }) => progressed(loaded / total);
  request.onload = () => {
    const answer = parsed(request.responseText);
    if (request.status < 300) return done(answer);
    return fail(failure(request.status, answer?.error, request.getResponseHeader("Retry-After")));
  };
  request.onerror = request.onabort = () => fail(failure(0));
  signal.addEventListener("abort", () => request.abort());
  request.open("POST", url);
  request.send(body);
});

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

/** The reading that a task has come to. @param {string} task @param {AbortSignal} signal */
export async function result(task, signal) {
  for (let wait = LOOK; ; wait = Math.min(LONG_LOOK, wait * 1.3)) {
    const answer = await ask(`${routes.status}?task=${task}&detail=1`, { signal });
    if (answer?.status?.status) {
      const [reading] = answer.readings ?? [];
      if (reading?.marks) return reading;
      // The server's own words of why it could not be read.
      throw failure(answer.status.status === "error" || reading?.error ? 422 : 500, reading?.error ?? answer.status.text);
    }
    await pause(wait);
    signal.throwIfAborted();
  }
}

