/** Read: pictures are sent and read, two in flight; what was lost on the way goes on by itself. */
import { announce, ask, asOperator, byId, find, kept, onLanguage, person, routes, say } from "./common.js";
import { copy, enlarge, isOver, mendPreview, newCard, progress, render, showPhoto, tell, wantsALook } from "./card.js";
import { pause, result, send } from "./sending.js";

/** @typedef {import("./card.js").Card} Card */
const DEEDS = { picture: enlarge, copy, alternative: (card, pick) => choose(card, pick.textContent), remove: (card) => drop([card]),
  retry: (card) => { enqueue(card); card.node.focus(); } };
const [AT_ONCE, FEW, MOST_KEPT] = [2, 4, 200];
/** Milliseconds between two looks for a server that is away: the first, and the longest. */
const [AWAY, LONG_AWAY] = [2000, 30_000];
const TOO_MUCH = [429, 503];

/** @type {Card[]} in the order shown, and those that wait in theirs */
let [cards, queue] = [[], []];
let [running, away, shown, onlyDoubts] = [0, 0, null, false];
/** When the cards that are under way began, and how many have come to something since. */
let run = { began: 0, over: 0 };

const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Sends and reads one picture, or asks on for what was sent already. @param {Card} card @param {AbortSignal} signal */
async function readPicture(card, signal) {
  if (!card.task) {
    show(card, "sending");
    if (!card.more) card.name = await send(card, signal, (share) => sent(card, share));
    else if (!card.joined) await send({ ...card, file: card.more, name: card.more.name, together: true }, signal, (share) => sent(card, share));
    card.joined = true;
    card.task = (await ask(`${routes.start}?uuid=${card.uuid}${card.more ? "&together=1" : ""}`, { signal })).task_uuid;
    remember();
  }
  show(card, "reading");
  card.reading = await result(card.task, signal);
  showPhoto(card);
  await mendPreview(card, signal);
  show(card, card.choice !== undefined ? "chosen" : !card.reading.text ? "empty" : card.reading.needs_review ? "doubtful" : "done");
}

/** One more photo of a card's mark joins its reading. @param {Card} card @param {?File} file */
function join(card, file) {
  if (!file) return;
  Object.assign(card, { more: file, joined: false, before: card.reading.confidence, task: undefined });
  card.files = [...card.files, file];
  enqueue(card);
  card.node.focus();
}

function sent(card, share) {
  card.sent = share;
  progress(card);
  summarise();
}

/** One picture's turn. Whatever happens ends in its card, so that the queue goes on. @param {Card} card */
async function takeTurn(card) {
  card.abort = new AbortController();
  try {
    await readPicture(card, card.abort.signal);
  } catch (error) {
    if (!cards.includes(card)) return;
    if (TOO_MUCH.includes(error.status)) return later(card, error);
    card.failure = error;
    // What was sent to a server that has forgotten it is sent again.
    if (error.status === 404 && card.file) Object.assign(card, { task: undefined, more: undefined, files: [card.file] });
    show(card, error.status === 0 ? "offline" : "error");
    if (error.status === 0) lose();
  }
}

/** The server is there and asks for patience. */
async function later(card, { retry }) {
  show(card, "waiting");
  await pause((retry ?? 5) * 1000);
  if (cards.includes(card)) enqueue(card);
}

/** No server, or no network: looks until they are back, then goes on with all that was under way. */
async function lose() {
  if (away) return;
  for (away = AWAY; away; away = Math.min(LONG_AWAY, away * 1.5)) {
    await Promise.race([pause(away), new Promise((done) => addEventListener("online", done, { once: true }))]);
    const there = await ask(routes.test).then(() => true, ({ status }) => status !== 0);
    if (there) away = 0;
    if (there) break;
  }
  cards.filter(({ state }) => state === "offline").forEach(enqueue);
  pump();
}

/** @param {Card} card */
function enqueue(card) {
  if (queue.includes(card)) return;
  if (!running && !queue.length) run = { began: Date.now(), over: 0 };
  queue.push(card);
  card.sent = 0;
  show(card, "waiting");
  pump();
}

function pump() {
  while (running < AT_ONCE && queue.length && !away) {
    running += 1;
    const card = queue.shift();
    takeTurn(card).finally(() => {
      running -= 1;
      if (isOver(card)) run.over += 1;
      summarise();
      pump();
    });
  }
}

/** @param {Iterable<File>} files */
function add(files) {
  const fresh = Array.from(files, (file) => newCard({ name: file.name, uuid: random(), file }));
  if (!fresh.length) return;
  if (byId("read").hidden) location.hash = "read";
  place([...fresh, ...cards]);
  fresh.forEach(enqueue);
  select(fresh[0]);
  // A phone has room for the card only.
  ("many" in byId("results").dataset ? byId("results") : fresh[0].node).scrollIntoView({ block: innerWidth < 736 ? "start" : "nearest" });
}

/** Shows these cards, in this order. @param {Card[]} all */
function place(all) {
  cards = all;
  byId("cards").replaceChildren(...cards.map(({ node }) => node));
  byId("list").replaceChildren(...cards.map(({ line }) => line));
  if (cards.length > FEW) byId("results").dataset.many = "";
  else delete byId("results").dataset.many;
  if (!cards.includes(shown)) select(cards[0]);
  summarise();
}

/** Where there are many, one is shown beside the list. @param {?Card} card */
function select(card) {
  shown = card ?? null;
  for (const each of cards) {
    each.node.classList.toggle("shown", each === shown);
    find(each.line, "pick").setAttribute("aria-current", String(each === shown));
  }
  shown?.line.scrollIntoView({ block: "nearest" });
}

/** The next or the one before, of those that are listed. @param {number} by */
function step(by) {
  const listed = cards.filter(({ line }) => !line.hidden);
  const next = listed[listed.indexOf(shown) + by];
  if (next) select(next);
}

/** Takes cards away, and their pictures from the server. @param {Card[]} gone */
async function drop(gone) {
  for (const { abort, image } of gone) {
    abort?.abort();
    URL.revokeObjectURL(image.src);
  }
  queue = queue.filter((card) => !gone.includes(card));
  const next = cards[cards.indexOf(gone[0]) + 1];
  place(cards.filter((card) => !gone.includes(card)));
  if (gone.includes(shown) || !shown) select(next ?? cards[0]);
  remember();
  announce(say("cleared", { number: gone.length }));
  (cards.length ? byId("clear") : byId("file-input")).focus();
  const told = gone.map(({ uuid }) => ask(`${routes.clear}?uuid=${uuid}`));
  await Promise.all(told).catch(() => announce(say("notCleared")));
}

/** @param {Card} card @param {import("./card.js").State} state */
function show(card, state) {
  if (!cards.includes(card)) return;
  card.state = state;
  render(card);
  summarise();
  tell(card);
}

/** What a person says that the mark says is shown at once, and stored. @param {Card} card @param {string} text */
async function choose(card, text) {
  card.choice = text;
  card.stored = card.reading.id === undefined ? say("keptHere") : say("storing");
  show(card, "chosen");
  remember();
  (card.node.querySelector("[aria-pressed=true]") ?? find(card.node, "own-text")).focus();
  if (card.reading.id === undefined) return;
  card.stored = await asOperator(routes.correct, { id: card.reading.id, text, by: person() })
    .then(() => say("stored"), ({ message }) => say("notStored", { reason: message || say("offline") }));
  if (card.choice === text) find(card.node, "stored").textContent = card.stored;
  announce(card.stored);
}

function summarise() {
  const count = (...states) => cards.filter(({ state }) => states.includes(state)).length;
  const [read, unsure, lost] = [count("done", "chosen", "doubtful"), count("doubtful"), count("error", "offline")];
  const open = cards.length - cards.filter(isOver).length;
  byId("summary").textContent = [say("summary", { read, all: cards.length }), unsure && say("toCheck", { unsure }), left(open)]
    .filter(Boolean).join("");
  const bar = byId("all-progress");
  bar.hidden = !open || cards.length < 2;
  bar.max = cards.length;
  bar.value = cards.reduce((sum, card) => sum + (isOver(card) ? 1 : card.sent / 2), 0);
  byId("retry-all").hidden = lost < 2;
  byId("only-doubts").hidden = !cards.some(wantsALook) && !onlyDoubts;
  for (const card of cards) card.line.hidden = onlyDoubts && !wantsALook(card);
  document.body.classList.toggle("busy", cards.length > 0);
}

/** How long the others take if they take as long as those before. @param {number} open */
function left(open) {
  if (!open || !run.over || away) return open && away ? say("waitsForServer") : "";
  const seconds = Math.ceil(((Date.now() - run.began) / run.over) * open / 1000);
  return say("timeLeft", { time: seconds < 60 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min` });
}

/** So that a reload finds what is read, or is being read, again. */
function remember() {
  const all = cards.filter(({ task }) => task).slice(0, MOST_KEPT).map(({ name, uuid, task, choice }) => ({ name, uuid, task, choice }));
  kept("cards", null, JSON.stringify(all));
}

function recall() {
  let all = [];
  try { all = JSON.parse(kept("cards") ?? "[]"); } catch { /* another version's, or nobody's */ }
  if (!Array.isArray(all) || !all.length) return;
  place(all.filter(({ task, uuid }) => /^\w+$/.test(task) && /^\w+$/.test(uuid)).map(newCard));
  cards.forEach(enqueue);
}

const retryAll = () => cards.filter(({ state, file, task }) => ["error", "offline"].includes(state) && (file || task)).forEach(enqueue);
const cardOf = (node) => cards.find((card) => card.node.contains(node) || card.line.contains(node));
const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

onLanguage(() => { cards.forEach(render); summarise(); });
document.addEventListener("change", ({ target }) => {
  if (target.dataset.testid === "another-input") join(cardOf(target), target.files[0]);
  if (target.type !== "file" || !target.closest("#drop")) return;
  add(target.files);
  target.value = ""; // so that the same picture can be chosen again
});
byId("clear").addEventListener("click", () => drop(cards));
byId("retry-all").addEventListener("click", retryAll);
byId("only-doubts").addEventListener("click", ({ currentTarget }) => {
  onlyDoubts = !onlyDoubts;
  currentTarget.setAttribute("aria-pressed", String(onlyDoubts));
  summarise();
  if (shown?.line.hidden) select(cards.find(({ line }) => !line.hidden) ?? shown);
});
byId("drop").addEventListener("click", ({ target }) => target.closest("label") ?? byId("file-input").click());
byId("large").addEventListener("click", ({ target }) => target.closest("#large-frame") ?? byId("large").close());
byId("results").addEventListener("click", ({ target }) => {
  const pressed = target.closest("button");
  if (pressed?.dataset.testid === "pick") select(cardOf(pressed));
  else if (pressed) DEEDS[pressed.dataset.testid]?.(cardOf(pressed), pressed);
});
byId("cards").addEventListener("submit", (event) => {
  event.preventDefault();
  const [field] = event.target.elements;
  choose(cardOf(field), field.value.trim());
});
document.addEventListener("keydown", (event) => {
  const by = { j: 1, k: -1, PageDown: 1, PageUp: -1 }[event.key];
  const elsewhere = byId("read").hidden || !("many" in byId("results").dataset) || document.querySelector("dialog[open]");
  if (!by || elsewhere || isTyping(event.target) || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  step(by);
});
let touched = null;
byId("cards").addEventListener("touchstart", ({ touches: [touch] }) => { touched = [touch.clientX, touch.clientY]; }, { passive: true });
byId("cards").addEventListener("touchend", ({ changedTouches: [touch] }) => {
  const [x, y] = [touch.clientX - touched[0], touch.clientY - touched[1]];
  if (Math.abs(x) > 70 && Math.abs(x) > 3 * Math.abs(y)) step(x < 0 ? 1 : -1);
});
document.addEventListener("paste", ({ clipboardData, target }) => isTyping(target) || add(clipboardData?.files ?? []));
for (const type of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (type !== "dragleave" || !event.relatedTarget) document.body.classList.toggle("dropping", type === "dragover");
    if (type === "drop") add(event.dataTransfer.files);
  });
}
addEventListener("beforeunload", (event) => {
  if (cards.some(({ task, file, state }) => file && !task && !["error"].includes(state))) event.preventDefault();
});
recall();
