/**
 * Review: the readings that ask for a person's look, one after the other, by keyboard.
 * `#review` is the queue; `#review/<id>` one reading, from the history.
 */
import {
  announce, asOperator, byId, find, kept, onLanguage, part, percent, person, pictureOf, routes, say, whoami,
} from "./common.js";
import { reasons } from "./why.js";

const PIECE = 30;
const YEAR = 365 * 86_400_000;
/** Ids that wait, the one that is shown first; and those that were dealt with, the last one last. */
let [waiting, past] = [[], []];
let [following, left, done] = ["", 0, 0];
/** What is looked at: the reading as the server told it. */
let shown = null;
/** Readings and their pictures, asked for before their turn. @type {Map<number, Promise<object>>} */
const ready = new Map();

const judge = byId("judge");
const field = byId("judge-text");

export async function open(id) {
  showWho();
  [waiting, past, following, left, done, shown] = [[], [], "", 0, 0, null];
  ready.clear();
  if (id) waiting = [Number(id)];
  else await said(fill);
  await next();
}

/** Whoever has a token with a name says everything by that name. */
async function showWho() {
  const field = byId("person");
  field.value = person();
  const { name } = await whoami().catch(() => ({ name: "" }));
  field.disabled = Boolean(name);
  if (name) field.value = name;
}

/** The next of the queue; how many there are is counted once. */
async function fill() {
  const counts = waiting.length || past.length ? {} : { counts: 1, since: day(Date.now() - YEAR + 86_400_000) };
  const response = await asOperator(routes.readings, { state: "open", limit: PIECE, after: following, ...counts });
  const answer = await response.json();
  following = answer.next ?? "";
  const known = new Set([...waiting, ...past]);
  waiting.push(...answer.readings.map(({ id }) => id).filter((each) => !known.has(each)));
  if (answer.counts) left = answer.counts.days.reduce((sum, [, number]) => sum + number, 0);
}

const day = (moment) => new Date(moment).toISOString().slice(0, 10);

/** What is said of a reading can be said once it is there, not while it is on its way. */
function look(at) {
  shown = at;
  ["save", "right", "none", "undo"].forEach((deed) => { find(judge, `judge-${deed}`).disabled = !at; });
}

/** Shows the first that waits. */
async function next() {
  look(null);
  if (waiting.length < 3 && following) await said(fill);
  byId("review-empty").hidden = waiting.length > 0;
  judge.hidden = !waiting.length;
  summarise();
  if (!waiting.length) return;
  const id = waiting[0];
  const found = await said(() => lookUp(id));
  if (id !== waiting[0]) return;
  if (found) show(found);
  waiting.slice(1, 3).forEach((each) => lookUp(each).catch(() => ready.delete(each)));
}

/** A reading with its pictures. @returns {Promise<{reading: object, crop: ?string, small: ?string}>} */
function lookUp(id) {
  if (!ready.has(id)) ready.set(id, fetchAll(id));
  return ready.get(id);
}

async function fetchAll(id) {
  const reading = await (await asOperator(routes.reading, { id })).json();
  const kinds = ["crop", "small"].map((kind) => (reading.evidence.includes(kind) ? pictureOf(id, kind) : null));
  const [crop, small] = await Promise.all(kinds);
  return { reading, crop, small };
}

function show({ reading, crop, small }) {
  look(reading);
  picture(byId("judge-crop"), crop ?? small, crop ? "cropOf" : "wholeOf");
  picture(byId("judge-small"), crop ? small : null, "wholeOf");
  field.value = reading.text;
  render();
  field.focus({ preventScroll: true });
  field.select();
}

function picture(place, source, key) {
  if (!source) return place.replaceChildren(...(place.id === "judge-crop" ? [text("p", say("noPicture"))] : []));
  place.replaceChildren(Object.assign(new Image(), { src: source, alt: say(key) }));
}

function forget(id) {
  ready.get(id)?.then(({ crop, small }) => [crop, small].forEach((source) => source && URL.revokeObjectURL(source)), () => {});
  ready.delete(id);
}

/** All that is said in words, in the language spoken. */
function render() {
  if (!shown) return summarise();
  const { picture: name, time, machine_text: machine, confidence, steps, steps_taken: taken, text: valid } = shown;
  byId("judge-name").textContent = [name, time].filter(Boolean).join(" · ");
  const readAs = machine ? say("machineSaid", { text: machine, value: percent(confidence ?? 0) }) : say("machineNothing");
  byId("judge-said").textContent = taken ? `${readAs}. ${say("valid", { text: valid || say("nothing") })}` : readAs;
  byId("judge-why").textContent = why(shown.reading?.judged);
  byId("judge-why").hidden = !byId("judge-why").textContent;
  byId("judge-reasons").replaceChildren(...reasons(shown.reading?.why));
  byId("letters").replaceChildren(...letters());
  byId("judge-options").replaceChildren(...options().map((option) => {
    const pick = part("alternative").firstElementChild;
    [pick.textContent, pick.dataset.score] = [option.text, percent(option.confidence)];
    return pick;
  }));
  byId("judge-steps").replaceChildren(...steps.map((step) => text("li", told(step))));
  find(judge, "judge-right").hidden = !valid;
  find(judge, "judge-undo").hidden = !taken;
  find(judge, "judge-back").hidden = !past.length;
  summarise();
}

/** Why a promise asks for this look; the machine's own doubts need no words. */
function why(judged) {
  if (judged?.verdict === "drawn") return say("whyDrawn");
  return judged?.verdict === "below" && judged.least <= 1 ? say("whyBelow", { value: percent(judged.least) }) : "";
}

const text = (tag, words) => Object.assign(document.createElement(tag), { textContent: words });

/** What else the whole may be: of a reading, or where it is none, what was seen. */
function options() {
  const { reading } = shown;
  const seen = reading?.marks.filter(({ answered }) => answered === false) ?? [];
  return (reading?.text ? reading.alternatives : seen).slice(0, 5);
}

/** A column for each character with its runners-up: a press takes one. */
function letters() {
  const marks = shown.reading?.marks ?? [];
  const answered = marks.filter(({ answered }) => answered !== false);
  const characters = answered.flatMap((mark) => mark.characters ?? []);
  return characters.map((character, at) => {
    const column = document.createElement("li");
    const all = [character, ...character.alternatives.slice(0, 3)];
    column.setAttribute("aria-label", say("letter", { at: at + 1, text: character.text }));
    column.append(...all.map((one, rank) => letter(one, rank, at, characters.length, character.text)));
    return column;
  });
}

function letter({ text: said, confidence }, rank, at, all, other) {
  const pick = text("button", said);
  pick.type = "button";
  pick.dataset.score = percent(confidence);
  pick.className = rank ? "letter" : "letter first";
  pick.classList.toggle("weak", confidence < 0.9 && !rank);
  pick.setAttribute("aria-label", rank ? say("instead", { text: said, other }) : said);
  pick.addEventListener("click", () => put(said, at, all));
  return pick;
}

/** Puts a character in its place, as long as there are as many as the machine saw. */
function put(said, at, all) {
  const places = Array.from(field.value.matchAll(/\S/g), ({ index }) => index);
  if (places.length !== all) return;
  field.value = field.value.slice(0, places[at]) + said + field.value.slice(places[at] + 1);
  field.focus();
}

function told({ kind, who, before, text: after, at, why }) {
  const time = new Date(at * 1000).toLocaleString(document.documentElement.lang);
  const values = { who, before: before || say("nothing"), text: after || say("nothing"), time, why };
  return say({ confirm: "stepConfirm", undo: "stepUndo" }[kind] ?? "step", values).trim();
}

function summarise() {
  byId("review-summary").textContent = say("toReview", { left: Math.max(left, waiting.length), done });
}

/** Tells the server, and goes on. What another person changed meanwhile is shown anew. */
async function tell(route, values) {
  if (!shown) return;
  const { id, steps_taken: taken, picture: name } = shown;
  const headers = { "If-Match": `"${taken}"` };
  const response = await said(() => asOperator(route, { id, by: person(), ...values }, { headers }));
  if (!response) return;
  const reading = await response.json();
  announce(say("savedAs", { name: name ?? id, text: reading.text || say("nothing") }));
  forget(id);
  if (values.undo) return next();
  waiting.shift();
  past.push(id);
  [left, done] = [Math.max(0, left - 1), done + 1];
  await next();
}

/** Does something, and says what went wrong in it. */
async function said(work) {
  const sentence = byId("review-sentence");
  try {
    const result = await work();
    sentence.textContent = "";
    return result;
  } catch ({ status, message }) {
    sentence.textContent = message || say("offlineHint");
    if (status === 409) {
      ready.delete(waiting[0]);
      show(await lookUp(waiting[0]));
    }
    return undefined;
  }
}

const DEEDS = {
  right: () => shown?.text && tell(routes.confirm, {}),
  none: () => tell(routes.correct, { text: "" }),
  undo: () => tell(routes.correct, { undo: 1 }),
  skip: () => { past.push(waiting.shift()); return next(); },
  back: () => { if (past.length) waiting.unshift(past.pop()); return next(); },
};
const KEYS = { PageDown: "skip", PageUp: "back" };
const WITH_ALT = { KeyR: "right", KeyN: "none", KeyZ: "undo" };

byId("judge-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = field.value.trim();
  // An empty line is no answer: that there is no mark has a key of its own.
  if (typed && shown) tell(typed === shown.text ? routes.confirm : routes.correct, typed === shown.text ? {} : { text: typed });
});
judge.addEventListener("click", ({ target }) => {
  const pressed = target.closest("button");
  if (pressed?.dataset.deed) DEEDS[pressed.dataset.deed]();
  if (pressed?.matches(".option")) [field.value] = [pressed.textContent, field.focus()];
});
document.addEventListener("keydown", (event) => {
  const deed = event.altKey ? WITH_ALT[event.code] : KEYS[event.key];
  if (!deed || byId("review").hidden || !shown || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  DEEDS[deed]();
});
byId("person").addEventListener("change", ({ target }) => kept("person", null, target.value.trim()));
onLanguage(render);
