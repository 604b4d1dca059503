/** Outbox: how it goes with each target, the rules that are on, events and alarms, and sending again what did not arrive. */
import { announce, asOperator, byId, onLanguage, person, routes, say } from "./common.js";

const PIECE = 50;
/** What is shown, as the server told it. */
let [told, events, following] = [null, [], ""];
const form = byId("outbox-filters");

export const open = () => look();

async function look(after = "") {
  const { type, state } = Object.fromEntries(new FormData(form));
  await said(async () => {
    const response = await asOperator(routes.outbox, { type, state, after, limit: PIECE });
    const answer = await response.json();
    events = after ? [...events, ...answer.events] : answer.events;
    [told, following] = [answer, answer.next ?? ""];
  });
  render();
}

async function said(work) {
  const sentence = byId("outbox-sentence");
  sentence.textContent = "";
  await work().catch(({ message }) => { sentence.textContent = message || say("offlineHint"); });
}

async function resend(values) {
  await said(async () => {
    await asOperator(routes.resend, { ...values, by: person() });
    announce(say("sentAgain"));
  });
  await look();
}

function render() {
  if (!told) return;
  byId("targets").replaceChildren(...told.targets.map(target));
  byId("no-targets").hidden = told.targets.length > 0;
  byId("rules").textContent = told.rules.length ? say("rulesOn", { rules: told.rules.join(", ") }) : say("noRules");
  byId("outbox-events").replaceChildren(...events.map(line));
  byId("outbox-more").hidden = !following;
  byId("resend-all").hidden = !told.targets.some((each) => each.given_up);
}

const made = (tag, words = "", of = "") => {
  const node = Object.assign(document.createElement(tag), { textContent: words });
  if (of) node.dataset.of = of;
  return node;
};

/** A target that works is a line; one that does not says why. */
function target(each) {
  const node = made("li");
  node.dataset.state = each.error ? "error" : "done";
  const waits = each.waiting ? ` · ${say("oldest", { time: spoken(each.oldest) })}` : "";
  node.append(
    made("b", each.target),
    made("span", `${say("counts", { waiting: each.waiting, delivered: each.delivered, gone: each.given_up })}${waits}`),
  );
  if (each.error) node.append(Object.assign(made("span", each.error), { className: "sentence", lang: "en" }));
  return node;
}

/** A line of the table. What the server says is text here, never HTML. */
function line(event) {
  const node = made("tr");
  const link = made("a", event.data.text || say("unread"));
  link.href = `#review/${event.reading}`;
  const what = made("td", say(event.type), "kind");
  const text = made("td", "", "text");
  text.append(link, made("span", event.data.sentence ?? ""));
  const stands = made("td", "", "sent");
  stands.append(...event.deliveries.map(delivery));
  if (event.deliveries.some(({ state }) => state !== "waiting")) stands.append(again(event));
  node.dataset.state = event.type === "alarm.raised" ? "open" : "";
  node.append(what, text, stands, made("td", new Date(event.at * 1000).toLocaleString(document.documentElement.lang), "time"));
  return node;
}

function delivery({ target: name, state, error }) {
  const node = made("span", `${name}: ${say(state === "waiting" ? "toBeSent" : state)}`);
  if (error && state !== "delivered") node.title = error;
  return node;
}

function again(event) {
  const button = Object.assign(made("button", say("sendAgain")), { type: "button", className: "quiet" });
  button.setAttribute("aria-label", `${say("sendAgain")}: ${event.data.text}`);
  button.addEventListener("click", () => resend({ event: event.id }));
  return button;
}

/** Seconds as people say them. */
const spoken = (seconds) => (seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`);

onLanguage(render);
form.addEventListener("change", () => look());
form.addEventListener("submit", (event) => { event.preventDefault(); look(); });
byId("outbox-more").addEventListener("click", () => look(following));
byId("resend-all").addEventListener("click", () => resend({ all: 1 }));
