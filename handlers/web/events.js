/** Events: what happened, newest first, by kind and by what is in it. */
import { asOperator, byId, made, onLanguage, routes, say } from "./common.js";

const [PIECE, ASKED] = [100, 1000];
/** All that is known, newest first; how many of what fits are shown; whether there may be older ones. */
let [events, shown, older] = [[], PIECE, false];
const part = byId("events-part");
const kind = byId("events-kind");

export const open = () => look();

async function look() {
  [events, shown] = [[], PIECE];
  await load();
}

/** The latest, or with what is known, those before. */
async function load() {
  const sentence = byId("events-sentence");
  const after = events.at(-1)?.timestamp;
  try {
    const answer = await (await asOperator(routes.getlogs, { limit: ASKED, after })).json();
    sentence.textContent = "";
    const known = new Set(events.map((each) => JSON.stringify(each)));
    // The oldest first; those of the second that was asked for are there already.
    const fresh = answer.reverse().filter((each) => !known.has(JSON.stringify(each)));
    events.push(...fresh);
    older = answer.length === ASKED && fresh.length > 0;
  } catch ({ message }) {
    sentence.textContent = message || say("offlineHint");
  }
  render();
}

function render() {
  const kinds = [...new Set(events.map(({ event }) => event))].sort();
  const chosen = kind.value;
  kind.replaceChildren(...["", ...kinds].map((value) => made("option", value || say("any"), { value })));
  kind.value = kinds.includes(chosen) ? chosen : "";
  list();
}

function list() {
  const wanted = part.value.trim().toLowerCase();
  const fits = ({ event, result, remark }) => `${event} ${result} ${remark}`.toLowerCase().includes(wanted);
  const found = events.filter((each) => (!kind.value || each.event === kind.value) && fits(each));
  byId("events-rows").replaceChildren(...found.slice(0, shown).map(row));
  byId("events-summary").textContent = say("eventsFound", { number: found.length, all: events.length });
  byId("events-more").hidden = found.length <= shown && !older;
}

function row({ timestamp, event, result, remark }) {
  const line = made("tr");
  line.dataset.result = result;
  line.append(...Object.entries({ time: timestamp, kind: event, outcome: result, remark }).map(([of, value]) => {
    const cell = made("td", value);
    cell.dataset.of = of;
    return cell;
  }));
  return line;
}

async function more() {
  shown += PIECE;
  if (shown > byId("events-rows").children.length && older) await load();
  list();
}

part.addEventListener("input", () => { shown = PIECE; list(); });
kind.addEventListener("change", () => { shown = PIECE; list(); });
byId("events-again").addEventListener("click", look);
byId("events-more").addEventListener("click", more);
onLanguage(render);
