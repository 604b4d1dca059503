/**
 * The page: its views, and the first of them, a queue of pictures, each sent, read and shown in a card of its own.
 * @typedef {{text: string, polygon: [number, number][], angle: number}} Mark  in pixels of the upright picture
 * @typedef {{id: number, name: string, text: string, confidence: number, needs_review: boolean, width: number, height: number,
 *   alternatives: {text: string, confidence: number}[], marks: Mark[]}} Reading
 * @typedef {"waiting"|"sending"|"reading"|"done"|"doubtful"|"chosen"|"empty"|"error"|"offline"} State
 * @typedef {{file: File, state: State, node: HTMLElement, frame: HTMLButtonElement, image: HTMLImageElement,
 *   shown: Promise<boolean>, reading?: Reading, choice?: string, stored?: string, failure?: Error, abort?: AbortController}} Card
 */

import {
  announce, ask, asOperator, byId, failure, find, kept, onLanguage, part, percent, person, routes, say, speak, told,
} from "./common.js";

const OUTCOMES = { done: "legible", doubtful: "legible", chosen: "legible", empty: "illegible",
  error: "failed", offline: "failed" };
const FILL = { legible: fillLegible, failed: fillFailed };
const DEEDS = { picture: enlarge, copy, alternative: (card, pick) => choose(card, pick.textContent),
  retry: (card) => { enqueue(card); card.node.focus(); } };
const VIEWS = {
  review: () => import("./review.js"), history: () => import("./history.js"), outbox: () => import("./outbox.js"),
};

/** Bytes of a picture that `upload` takes for sure: what surrounds it in a request is less than the rest. */
const UPLOADED = told("request-bytes") - 4096;
/** @type {Card[]} in the order shown */
let cards = [];
let work = Promise.resolve();
const textOf = ({ choice, reading }) => choice ?? reading?.text ?? "";

/** Sends and reads one picture. @param {Card} card @param {AbortSignal} signal */
async function readPicture(card, signal) {
  show(card, "sending");
  const name = await (card.file.size > UPLOADED ? sendByForm : send)(card, signal);
  show(card, "reading");
  const readings = await ask(`${routes.start}?detail=1`, { signal });
  // By name: another tab of this browser fills the same slot, and its mark must not end up under this picture.
  card.reading = Array.isArray(readings) ? readings.find((reading) => reading.name === name) : undefined;
  if (!card.reading?.marks) throw failure(500);
  await mendPreview(card, name, signal);
  show(card, !card.reading.text ? "empty" : card.reading.needs_review ? "doubtful" : "done");
}

/** Sends a picture through the server; the name that it has there. @param {Card} card @param {AbortSignal} signal */
async function send(card, signal) {
  const body = new FormData();
  body.append("photo", card.file, card.file.name);
  const answer = await ask(routes.upload, { method: "POST", body, signal }).catch((error) => {
    // Something on the way takes less than the server does.
    if (error.status === 413 && !error.message) return null;
    throw error;
  });
  return answer ? answer.files?.[0] : sendByForm(card, signal);
}

/** Sends a picture straight to storage, which takes what a request cannot. @param {Card} card @param {AbortSignal} signal */
async function sendByForm(card, signal) {
  const { file } = card;
  const query = new URLSearchParams({ name: file.name, content_type: typeOf(file), size: file.size, read: "0" });
  const { url, fields } = await ask(`${routes.presign}?${query}`, { method: "POST", signal });
  const body = new FormData();
  for (const field of Object.entries(fields)) body.append(...field);
  body.append("file", file, file.name); // the last, or storage sees no fields
  await post(url, body, signal, (share) => {
    find(card.node, "head").lastElementChild.textContent = say("sendingShare", { value: percent(share) });
  });
  return file.name;
}

/** Not every browser knows every kind of picture that is read. @param {File} file */
function typeOf({ name, type }) {
  const ending = name.split(".").at(-1).toLowerCase();
  return type || `image/${{ jpg: "jpeg", tif: "tiff" }[ending] ?? ending}`;
}

/** Posts a form and tells how much of it is there: `fetch` cannot. */
const post = (url, body, signal, progressed) => new Promise((done, fail) => {
  const request = new XMLHttpRequest();
  request.upload.onprogress = ({ loaded, total }) => progressed(loaded / total);
  request.onload = () => (request.status < 300 ? done() : fail(failure(request.status)));
  request.onerror = request.onabort = () => fail(failure(0));
  signal.addEventListener("abort", () => request.abort());
  request.open("POST", url);
  request.send(body);
});

/** The server's preview, where the browser cannot decode the picture or shows it in another shape than was read. */
async function mendPreview(card, name, signal) {
  const { image, frame, reading: { width, height } } = card;
  if ((await card.shown) && Math.abs((image.naturalWidth * height) / image.naturalHeight / width - 1) < 0.02) return;
  frame.disabled = true; // better no picture than marks in the wrong place
  const path = `./${routes.getpicture}?${new URLSearchParams({ name, preview: "1" })}`;
  const response = await fetch(path, { cache: "no-store", signal }).catch(() => null);
  // Kept as a blob, because the next upload replaces this one on the server.
  if (response?.ok) await load(card, await response.blob());
}

/** One picture's turn. Whatever happens ends in its card, so that the queue goes on. @param {Card} card */
async function takeTurn(card) {
  if (!cards.includes(card)) return;
  card.abort = new AbortController();
  const read = () => readPicture(card, card.abort.signal);
  try {
    // Two tabs take turns at the one upload slot; insecure origins have no locks.
    await (navigator.locks ? navigator.locks.request("castmark", read) : read());
  } catch (error) {
    card.reading = undefined;
    card.failure = error;
    show(card, error.status === 0 ? "offline" : "error");
  }
}

/** @param {Card} card */
function enqueue(card) {
  show(card, "waiting");
  work = work.then(() => takeTurn(card));
}

/** @param {Iterable<File>} files */
function add(files) {
  const fresh = Array.from(files, newCard);
  if (!fresh.length) return;
  if (byId("read").hidden) location.hash = "read";
  cards = [...fresh, ...cards];
  byId("cards").prepend(...fresh.map(({ node }) => node));
  fresh.forEach(enqueue);
  // A phone has room for the card only.
  fresh[0].node.scrollIntoView({ block: innerWidth < 736 ? "start" : "nearest" });
}

/** @param {File} file @returns {Card} */
function newCard(file) {
  const node = part("card").firstElementChild;
  const card = { file, node, frame: find(node, "picture"), image: node.querySelector("img"), state: "waiting" };
  node.querySelector(".name").textContent = file.name;
  card.shown = load(card, file);
  return card;
}

/** Shows a blob as the card's picture; false where the browser cannot decode it. @returns {Promise<boolean>} */
async function load({ image, frame }, blob) {
  URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(blob);
  const good = await image.decode().then(() => true, () => false);
  frame.disabled = !good;
  if (good) frame.style.setProperty("--ratio", image.naturalWidth / image.naturalHeight);
  return good;
}

function clearAll() {
  for (const { abort, image, node } of cards.splice(0)) {
    abort?.abort();
    URL.revokeObjectURL(image.src);
    node.remove();
  }
  summarise();
  announce(say("cleared"));
  byId("file-input").focus();
  work = work.then(() => ask(routes.clear)).catch(() => announce(say("notCleared")));
}

/** @param {Card} card @param {State} state */
function show(card, state) {
  if (!cards.includes(card)) return;
  card.state = state;
  render(card);
  summarise();
  if (state in OUTCOMES) announce([card.file.name, say(state), textOf(card) || find(card.node, "error")?.textContent].join(" "));
}

/** @param {Card} card */
function render(card) {
  const { node, frame, state } = card;
  const outcome = state in OUTCOMES ? part(OUTCOMES[state]) : "";
  node.dataset.state = state;
  node.querySelector("use").setAttribute("href", `#${state}`);
  find(node, "head").lastElementChild.textContent = say(state);
  frame.setAttribute("aria-label", say("enlarge", { name: card.file.name }));
  overlay(frame, card);
  FILL[OUTCOMES[state]]?.(outcome, card);
  node.querySelector(".outcome").replaceChildren(outcome);
}

/** @param {DocumentFragment} outcome @param {Card} card */
function fillLegible(outcome, card) {
  const { choice, reading, reading: { confidence, needs_review: doubtful, alternatives, marks } } = card;
  const text = find(outcome, "text");
  text.textContent = choice ?? reading.text;
  // The style sheet fits the longest line into the column.
  text.style.setProperty("--letters", Math.max(...text.textContent.split("\n").map(({ length }) => length)));
  find(outcome, "confidence").textContent = say("confidence", { value: percent(confidence) });
  outcome.querySelector(".meter span").style.width = percent(confidence);
  outcome.querySelector(".close-ups").append(...marks.slice(0, 6).map((mark) => closeUp(mark, card)));
  const choices = Object.assign(find(outcome, "choices"), { open: doubtful || choice !== undefined });
  find(outcome, "stored").textContent = card.stored ?? "";
  find(outcome, "own-text").value = choice ?? "";
  if (doubtful && choice === undefined) choices.firstElementChild.textContent = say("doubtHint");
  choices.querySelector(".options").append(...[reading, ...alternatives].slice(0, 5).map((option) => {
    const pick = part("alternative").firstElementChild;
    pick.textContent = option.text;
    pick.dataset.score = percent(option.confidence);
    pick.setAttribute("aria-pressed", String(option.text === choice));
    return pick;
  }));
}

/** A mark cut out and turned upright, to compare at a glance. @param {Mark} mark @param {Card} card */
function closeUp({ text, polygon: [a, b, c, d], angle }, { image, frame, reading }) {
  const canvas = part("close-up").firstElementChild;
  const side = (p, q) => Math.max(1, Math.hypot(p[0] - q[0], p[1] - q[1]));
  const zoom = Math.min((canvas.width * 0.7) / side(a, b), (canvas.height * 0.6) / side(a, d));
  const paper = canvas.getContext("2d");
  paper.translate(canvas.width / 2, canvas.height / 2);
  paper.rotate((-angle * Math.PI) / 180);
  paper.scale(zoom, zoom);
  if (!frame.disabled) paper.drawImage(image, -(a[0] + c[0]) / 2, -(a[1] + c[1]) / 2, reading.width, reading.height);
  canvas.setAttribute("aria-label", say("closeUp", { text }));
  return canvas;
}

function fillFailed(outcome, { failure: { status, message } }) {
  const sentence = find(outcome, "error");
  sentence.textContent = (status && message) || say(status === 0 ? "offlineHint" : "oddAnswer");
  if (status && message) sentence.lang = "en"; // the server's own words
  find(outcome, "retry").hidden = [400, 413, 415, 422].includes(status); // the same picture would fare no better
}

/** Outlines and labels over the picture. @param {HTMLElement} frame @param {Card} card */
function overlay(frame, card) {
  for (const old of frame.querySelectorAll("svg, .label")) old.remove();
  if (!card.reading) return;
  const { width, height, marks } = card.reading;
  const lines = part("overlay").firstElementChild;
  lines.setAttribute("viewBox", `0 0 ${width} ${height}`);
  frame.style.setProperty("--ratio", width / height);
  frame.append(lines);
  const shown = marks.filter(({ answered }) => answered !== false).length;
  for (const { text, polygon, answered } of marks) {
    const mark = part("mark");
    const label = find(mark, "mark-label");
    const [xs, ys] = [0, 1].map((axis) => polygon.map((point) => point[axis]));
    const below = Math.min(...ys) < height * 0.15; // no room above
    // What was seen and is too doubtful to be answered is shown as a question.
    label.textContent = answered === false ? `${text} ?` : shown > 1 ? text : textOf(card);
    label.classList.toggle("below", below);
    // Clamped so that the whole label, about this many rem wide, stays within the picture.
    const [x, rim] = [(Math.min(...xs) + Math.max(...xs)) / 2, label.textContent.length * 0.32 + 0.8];
    label.style.left = `clamp(${rim}rem, ${(x / width) * 100}%, 100% - ${rim}rem)`;
    label.style.top = `clamp(2.25rem, ${((below ? Math.max(...ys) : Math.min(...ys)) / height) * 100}%, 100% - 2.25rem)`;
    for (const line of mark.querySelectorAll("polygon")) line.setAttribute("points", polygon.join(" "));
    lines.append(mark.querySelector("g"));
    frame.append(label);
  }
}

/** @param {Card} card */
function enlarge(card) {
  const frame = byId("large-frame");
  frame.replaceChildren(Object.assign(new Image(), { src: card.image.src, alt: "" }));
  frame.style.cssText = card.frame.style.cssText;
  overlay(frame, card);
  byId("large-name").textContent = card.file.name;
  byId("large").dataset.state = card.state; // doubt is drawn there too
  byId("large").showModal();
}

/** What a person says that the mark says is shown at once, and stored. @param {Card} card @param {string} text */
async function choose(card, text) {
  card.choice = text;
  card.stored = card.reading.id === undefined ? say("keptHere") : say("storing");
  show(card, "chosen");
  (card.node.querySelector("[aria-pressed=true]") ?? find(card.node, "own-text")).focus();
  if (card.reading.id === undefined) return;
  card.stored = await asOperator(routes.correct, { id: card.reading.id, text, by: person() })
    .then(() => say("stored"), ({ message }) => say("notStored", { reason: message || say("offline") }));
  if (card.choice === text) find(card.node, "stored").textContent = card.stored;
  announce(card.stored);
}

async function copy(card, pressed) {
  const text = find(card.node, "text");
  getSelection().selectAllChildren(text);
  // Insecure origins have no clipboard; there the old command still copies a selection.
  const modern = await navigator.clipboard?.writeText(text.textContent).then(() => true, () => false);
  pressed.lastElementChild.textContent = say(modern || document.execCommand("copy") ? "copied" : "notCopied");
  announce(pressed.textContent.trim());
}

function summarise() {
  const count = (...states) => cards.filter(({ state }) => states.includes(state)).length;
  const [read, unsure] = [count("done", "chosen", "doubtful"), count("doubtful")];
  byId("summary").textContent = say("summary", { read, all: cards.length }) + (unsure ? say("toCheck", { unsure }) : "");
  document.body.classList.toggle("busy", cards.length > 0);
}

/** The view that the address names; each is loaded when it is first looked at. */
async function look() {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const view = VIEWS[name] ? name : "read";
  for (const node of document.querySelectorAll("[data-view]")) node.hidden = node.dataset.view !== view;
  for (const link of document.querySelectorAll(".views a")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  await (await VIEWS[view]?.())?.open(rest.join("/"));
}

onLanguage(() => { cards.forEach(render); summarise(); });
document.addEventListener("change", ({ target }) => {
  if (target.type !== "file") return;
  add(target.files);
  target.value = ""; // so that the same picture can be chosen again
});
byId("language").addEventListener("click", () => {
  speak(say("otherLang"));
  kept("language", null, document.documentElement.lang);
});
addEventListener("hashchange", look);
byId("clear").addEventListener("click", clearAll);
byId("drop").addEventListener("click", ({ target }) => target.closest("label") ?? byId("file-input").click());
byId("large").addEventListener("click", ({ target }) => target.closest("#large-frame") ?? byId("large").close());
byId("cards").addEventListener("click", ({ target }) => {
  const pressed = target.closest("button");
  if (pressed) DEEDS[pressed.dataset.testid]?.(cards.find(({ node }) => node.contains(pressed)), pressed);
});
document.addEventListener("paste", ({ clipboardData }) => add(clipboardData?.files ?? []));
for (const type of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (type !== "dragleave" || !event.relatedTarget) document.body.classList.toggle("dropping", type === "dragover");
    if (type === "drop") add(event.dataTransfer.files);
  });
}
byId("cards").addEventListener("submit", (event) => {
  event.preventDefault();
  const [field] = event.target.elements;
  choose(cards.find(({ node }) => node.contains(field)), field.value.trim());
});
speak();
look();
