/** History: what was read, found again by text, days and state, counted by day, and taken away as it is shown. */
import { daysFrom, drawn, frame, line } from "./charts.js";
import { asOperator, byId, made, onLanguage, percent, pictureOf, routes, say } from "./common.js";

const PIECE = 50;
const LOOKS = 10;
const STATES = ["open", "sure", "confirmed", "corrected", "unmarked"];
/** What is shown: the filter as the server takes it, the readings, and where to go on. */
let [wanted, readings, following, counts] = [{}, [], "", null];
/** One text or one client only, chosen from what is shown. */
let also = {};
const filters = byId("filters");
const seen = new IntersectionObserver((entries) => entries.filter(({ isIntersecting }) => isIntersecting).forEach(load));

export const open = () => { offerStates(); return find(); };

/** What the form says, anew. */
async function find() {
  const { part, since, until, state, most } = Object.fromEntries(new FormData(filters));
  const given = { part: part.trim(), since, until, state, most: most && Number(most) / 100, ...also };
  wanted = Object.fromEntries(Object.entries(given).filter(([name, value]) => value !== "" || name === "text"));
  [readings, following, counts] = [[], "", null];
  byId("rows").replaceChildren();
  await add({ counts: 1 });
}

async function add(more = {}) {
  const sentence = byId("history-sentence");
  try {
    // What is rare may take the server several looks, each of which leads on.
    for (let [left, looks] = [PIECE, LOOKS]; left > 0 && looks > 0 && (following || looks === LOOKS); looks -= 1) {
      const first = looks === LOOKS ? more : {};
      const response = await asOperator(routes.readings, { ...wanted, limit: left, after: following, ...first });
      const answer = await response.json();
      sentence.textContent = "";
      following = answer.next ?? "";
      counts = answer.counts ?? counts;
      left -= answer.readings.length;
      readings.push(...answer.readings);
      byId("rows").append(...answer.readings.map(rowOf));
    }
  } catch ({ message }) {
    sentence.textContent = message || say("offlineHint");
  }
  render();
}

/** All but the rows, in the language spoken. */
function render() {
  byId("more").hidden = !following;
  const more = say(following ? "thereIsMore" : "thatIsAll");
  byId("history-summary").textContent = say("found", { number: readings.length, more });
  for (const button of byId("exports").querySelectorAll("button")) {
    button.setAttribute("aria-label", say("exportAs", { kind: button.textContent }));
  }
  renderAlso();
  renderCounts();
  renderLegibility();
}

function renderAlso() {
  const chosen = Object.entries(also).map(([name, value]) => {
    const key = name === "text" ? "onlyText" : "onlyClient";
    const remove = made("button", `${say(key, { [name]: value.slice(0, 12) || say("unread") })} ×`);
    [remove.type, remove.className] = ["button", "quiet"];
    remove.setAttribute("aria-label", `${remove.textContent.slice(0, -2)}: ${say("without")}`);
    remove.addEventListener("click", () => { delete also[name]; find(); });
    return remove;
  });
  byId("also").replaceChildren(...chosen);
}

function renderCounts() {
  const chart = byId("chart");
  byId("top-texts").replaceChildren(...(counts?.texts ?? []).slice(0, 8).map(([text, number]) => {
    const pick = made("button", text || say("unread"));
    [pick.type, pick.className, pick.dataset.score] = ["button", "option", number];
    pick.addEventListener("click", () => { also.text = text; find(); });
    return pick;
  }));
  chart.hidden = !counts?.days.length;
  if (chart.hidden) return;
  const total = counts.days.reduce((sum, [, number]) => sum + number, 0);
  const title = say("perDay", { ...counts, total });
  chart.replaceChildren(made("figcaption", title), bars(title));
}

/** A bar for each day, days without readings included; a press shows that day. */
function bars(title) {
  const numbers = new Map(counts.days);
  const days = daysFrom(counts.since, counts.until);
  const most = Math.max(...numbers.values());
  const all = days.map((day, at) => {
    const number = numbers.get(day) ?? 0;
    const height = (number / most) * 100;
    const facts = { x: at + 0.1, y: 100 - height, width: 0.8, height, class: "bar-of-day" };
    const name = drawn("title", {}, say("dayOf", { day, number }));
    const bar = drawn("g", {}, name, drawn("rect", { x: at, y: 0, width: 1, height: 100, class: "day" }), drawn("rect", facts));
    bar.addEventListener("click", () => { [filters.since.value, filters.until.value] = [day, day]; find(); });
    return bar;
  });
  return frame(days.length, title, "bars", ...all);
}

/** How sure the machine was of one text, day by day: a stamp that wears off shows here. */
function renderLegibility() {
  const [figure, told] = [byId("legibility"), counts?.legibility ?? []];
  figure.hidden = told.length < 2;
  if (figure.hidden) return;
  const means = new Map(told.map(([day, mean]) => [day, mean]));
  const title = say("legibility", { text: also.text, from: percent(told[0][1]), to: percent(told.at(-1)[1]) });
  const words = (day) => say("legibilityOf", { day, value: percent(means.get(day)) });
  figure.replaceChildren(made("figcaption", title), line(daysFrom(counts.since, counts.until), means, title, "legibility-line", words));
}

/** A line of the table. What the server says is text here, never HTML. */
function rowOf(reading) {
  const row = made("tr");
  row.dataset.state = reading.state ?? "";
  const link = made("a", reading.text || say(reading.state === "unmarked" ? "nothing" : "unread"));
  link.href = `#review/${reading.id}`;
  const text = cell("text", link);
  const picture = cell("picture", reading.evidence.length ? smallOf(reading) : "");
  const share = reading.confidence === null ? "" : ` ${Math.min(99, Math.round(reading.confidence * 100))}%`;
  const machine = cell("machine", `${reading.machine_text ?? ""}${share}`);
  const state = cell("standing", STATES.includes(reading.state) ? say(reading.state) : "");
  const time = cell("time", reading.time, client(reading));
  row.append(picture, text, machine, state, time);
  return row;
}

/** An empty picture that knows which one it is, for when it comes into sight. */
function smallOf({ id, evidence }) {
  const image = Object.assign(new Image(), { alt: "" });
  Object.assign(image.dataset, { id, kind: evidence.includes("crop") ? "crop" : "small" });
  seen.observe(image);
  return image;
}

function cell(key, ...content) {
  const node = made("td");
  node.dataset.of = key;
  node.append(...content.filter(Boolean));
  return node;
}

function client({ client: owner, picture }) {
  if (!owner) return "";
  const pick = made("button", picture ?? owner.slice(0, 12));
  [pick.type, pick.className, pick.title] = ["button", "client", say("onlyClient", { client: owner.slice(0, 12) })];
  pick.addEventListener("click", () => { also.client = owner; find(); });
  return pick;
}

/** A small picture, when it comes into sight. */
async function load({ target }) {
  seen.unobserve(target);
  target.src = (await pictureOf(target.dataset.id, target.dataset.kind)) ?? "";
}

function offerStates() {
  const { state } = filters;
  const chosen = state.value;
  state.replaceChildren(...["", ...STATES].map((value) => Object.assign(made("option", say(value || "any")), { value })));
  state.value = chosen;
}

/** Exactly what is shown, all of it, as a file. */
async function take(kind) {
  const sentence = byId("history-sentence");
  try {
    const response = await asOperator(routes.export, { ...wanted, format: kind });
    const link = made("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = `readings.${kind}`;
    link.click();
    sentence.textContent = "";
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch ({ message }) {
    sentence.textContent = message || say("offlineHint");
  }
}

filters.addEventListener("submit", (event) => { event.preventDefault(); find(); });
byId("more").addEventListener("click", () => add());
byId("exports").addEventListener("click", ({ target }) => target.dataset.kind && take(target.dataset.kind));
onLanguage(() => {
  offerStates();
  byId("rows").replaceChildren(...readings.map(rowOf));
  render();
});
