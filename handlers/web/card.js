/**
 * A picture's card, and its line in the list: how they look in each state.
 * @typedef {{text: string, polygon: [number, number][], angle: number}} Mark  in pixels of the upright picture
 * @typedef {{id: number, name: string, text: string, confidence: number, needs_review: boolean, width: number, height: number,
 *   alternatives: {text: string, confidence: number}[], marks: Mark[]}} Reading
 * @typedef {"waiting"|"sending"|"reading"|"done"|"doubtful"|"chosen"|"empty"|"error"|"offline"} State
 * @typedef {{name: string, uuid: string, task?: string, file?: File, state: State, sent: number, node: HTMLElement,
 *   line: HTMLElement, files: File[], more?: File, joined?: boolean, before?: number, frame: HTMLButtonElement, image: HTMLImageElement, shown: Promise<boolean>, reading?: Reading,
 *   choice?: string, stored?: string, failure?: Error, abort?: AbortController}} Card
 */
import { announce, base, byId, find, part, percent, routes, say } from "./common.js";
import { badges, reasons } from "./why.js";

const OUTCOMES = { done: "legible", doubtful: "legible", chosen: "legible", empty: "illegible",
  error: "failed", offline: "failed" };
const FILL = { legible: fillLegible, illegible: fillReasons, failed: fillFailed };
/** What the server refused once, it would refuse again. */
const HOPELESS = [400, 404, 413, 415, 422];

export const isOver = ({ state }) => state in OUTCOMES && state !== "offline";
export const wantsALook = ({ state }) => ["doubtful", "empty", "error"].includes(state);
export const textOf = ({ choice, reading }) => choice ?? reading?.text ?? "";

/** @param {{name: string, uuid: string, task?: string, file?: File}} facts @returns {Card} */
export function newCard(facts) {
  const [node, line] = [part("card").firstElementChild, part("line").firstElementChild];
  const card = { ...facts, node, line, frame: find(node, "picture"), image: node.querySelector("img"), state: "waiting", sent: 0,
    files: facts.file ? [facts.file] : [] };
  node.querySelector(".name").textContent = line.querySelector(".name").textContent = card.name;
  card.shown = card.file ? load(card, card.file) : Promise.resolve(false);
  return card;
}

/** What is heard, once a card has come to something. @param {Card} card */
export function tell(card) {
  if (!(card.state in OUTCOMES)) return;
  announce([card.name, say(card.state), textOf(card) || find(card.node, "error")?.textContent].join(" "));
}

/** @param {Card} card */
export function render(card) {
  const { node, line, frame, state } = card;
  const outcome = state in OUTCOMES ? part(OUTCOMES[state]) : "";
  for (const each of [node, line]) {
    each.dataset.state = state;
    each.querySelector("use").setAttribute("href", `#${state}`);
  }
  overlay(frame, card);
  const seen = Array.from(frame.querySelectorAll(".label"), (label) => label.textContent).join(", ");
  frame.setAttribute("aria-label", [say("enlarge", { name: card.name }), seen].filter(Boolean).join(": "));
  find(node, "remove").setAttribute("aria-label", say("removeOne", { name: card.name }));
  FILL[OUTCOMES[state]]?.(outcome, card);
  if (["doubtful", "empty"].includes(state)) outcome.append(part("another"));
  if (isOver(card) && state !== "error") photos(outcome, card);
  node.querySelector(".outcome").replaceChildren(outcome);
  progress(card);
}

/** How far it is, of which a state alone says little. @param {Card} card */
export function progress({ node, line, state, sent, ...card }) {
  const head = state === "sending" && sent ? say("sendingShare", { value: percent(sent) }) : say(state);
  find(node, "head").querySelector("span").textContent = head;
  line.querySelector(".told").textContent = state in OUTCOMES ? textOf(card) || head : head;
}

/** Shows the photo that the marks are of, where there are several. @param {Card} card */
export function showPhoto(card) {
  const { photos: all, shown } = card.reading;
  if (!all) return;
  card.name = all[shown].name;
  if (card.files[shown]) card.shown = load(card, card.files[shown]);
}

/** The server's preview, where there is no picture, or the browser shows it in another shape than was read. */
export async function mendPreview(card, signal) {
  const { name, uuid, image, frame, reading: { width, height } } = card;
  if ((await card.shown) && Math.abs((image.naturalWidth * height) / image.naturalHeight / width - 1) < 0.02) return;
  frame.disabled = true; // better no picture than marks in the wrong place
  const path = `${base}${routes.getpicture}?${new URLSearchParams({ name, uuid, preview: "1" })}`;
  const response = await fetch(path, { cache: "no-store", signal }).catch(() => null);
  if (response?.ok) await load(card, await response.blob());
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
  if (doubtful && choice === undefined) {
    choices.firstElementChild.textContent = say("doubtHint");
    fillReasons(outcome, card);
  }
  choices.querySelector(".options").append(...[reading, ...alternatives].slice(0, 5).map((option) => {
    const pick = part("alternative").firstElementChild;
    pick.textContent = option.text;
    pick.dataset.score = percent(option.confidence);
    pick.setAttribute("aria-pressed", String(option.text === choice));
    return pick;
  }));
}

/** @param {DocumentFragment} outcome @param {Card} card */
function fillReasons(outcome, { reading }) {
  // That photos do not show the same is said with what they say.
  find(outcome, "reasons").replaceChildren(...reasons((reading.why ?? []).filter(({ code }) => code !== "apart")));
}

/** What several photos of it have come to. @param {DocumentFragment} outcome @param {Card} card */
function photos(outcome, { reading: { photos: all, confidence }, before }) {
  if (!all) return;
  const lost = all.filter(({ shows }) => shows !== "same").length;
  const texts = all.map(({ text }) => text || say("nothing")).join(", ");
  const told = all.some(({ shows }) => shows === "other") ? say("photosOther", { texts })
    : [say("photosSame", { number: all.length, before: percent(before ?? all[0].confidence ?? 0), now: percent(confidence) }),
      lost && say("photosNothing", { number: lost, all: all.length })].filter(Boolean).join(". ");
  outcome.append(Object.assign(document.createElement("p"), { className: "photos", textContent: told }));
  outcome.lastElementChild.dataset.testid = "photos";
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
  find(outcome, "retry").hidden = HOPELESS.includes(status); // the same picture would fare no better
}

/** Outlines and labels over the picture. @param {HTMLElement} frame @param {Card} card */
export function overlay(frame, card) {
  for (const old of frame.querySelectorAll("svg, .label, .badge")) old.remove();
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
    const ys = polygon.map((point) => point[1]);
    const below = Math.min(...ys) < height * 0.15; // no room above
    const [edgeX, edgeY] = edge(polygon, below);
    // What was seen and is too doubtful to be answered is shown as a question.
    label.textContent = answered === false || shown > 1 ? text : textOf(card);
    label.classList.toggle("asked", answered === false);
    label.classList.toggle("below", below);
    // Clamped so that the whole label, about this many rem wide, stays within the picture.
    const rim = label.textContent.length * 0.32 + 0.8;
    label.style.left = `clamp(${rim}rem, ${(edgeX / width) * 100}%, 100% - ${rim}rem)`;
    label.style.top = `clamp(2.25rem, ${(edgeY / height) * 100}%, 100% - 2.25rem)`;
    for (const line of mark.querySelectorAll("polygon")) line.setAttribute("points", polygon.join(" "));
    lines.append(mark.querySelector("g"));
    frame.append(label);
  }
  if (wantsALook(card)) frame.append(...badges(card.reading.why, card.reading));
}

/** The middle of a mark's upper or lower edge: where its own label stands, however it is tilted. */
function edge(polygon, below) {
  const middles = polygon.map(([x, y], at) => {
    const [nextX, nextY] = polygon[(at + 1) % polygon.length];
    return [(x + nextX) / 2, (y + nextY) / 2];
  });
  return middles.reduce((best, each) => ((each[1] > best[1]) === below ? each : best));
}

/** @param {Card} card */
export function enlarge(card) {
  const frame = byId("large-frame");
  frame.replaceChildren(Object.assign(new Image(), { src: card.image.src, alt: "" }));
  frame.style.cssText = card.frame.style.cssText;
  overlay(frame, card);
  byId("large-name").textContent = card.name;
  byId("large").dataset.state = card.state; // doubt is drawn there too
  byId("large").showModal();
}

export async function copy(card, pressed) {
  const text = find(card.node, "text");
  getSelection().selectAllChildren(text);
  // Insecure origins have no clipboard; there the old command still copies a selection.
  const modern = await navigator.clipboard?.writeText(text.textContent).then(() => true, () => false);
  pressed.lastElementChild.textContent = say(modern || document.execCommand("copy") ? "copied" : "notCopied");
  announce(pressed.textContent.trim());
}
