/** Teaching: learn from what people checked, in the background; show before and after; use it, or take it back. */
import { announce, asOperator, byId, made, onLanguage, person, routes, say } from "./common.js";

const PAUSE = 1500;
/** What the server told last, and the timer of the next look. */
let [told, timer] = [null, 0];

/** Looks how it stands; hidden where nobody may, or where the server has no teaching (in the cloud). */
export async function open(operator) {
  clearTimeout(timer);
  told = operator ? await asOperator(routes.teaching).then((answer) => answer.json()).catch(() => null) : null;
  render();
}

async function teach(values) {
  const sentence = byId("teaching-sentence");
  sentence.textContent = "";
  try {
    told = await (await asOperator(routes.teach, { ...values, by: person() }, { method: "POST" })).json();
    if (values.do !== "start") announce(say(values.do === "use" ? "teachingUsed" : "teachingUndone"));
  } catch ({ message }) {
    sentence.textContent = message || say("offlineHint");
  }
  render();
}

function render() {
  const plate = byId("teaching-plate");
  plate.hidden = !told;
  if (!told) return;
  const { running, done, pictures, error, learned, used } = told;
  byId("teach").disabled = running;
  byId("teaching-told").textContent = running ? say("teachingRuns", { done, pictures }) : error;
  const may = Boolean(learned && !learned.refusal);
  byId("teaching-use").hidden = !may;
  byId("teaching-undo").hidden = !used.length;
  byId("teaching-verdict").textContent = learned ? learned.refusal || say("teachingHelps") : "";
  const table = byId("teaching-table");
  table.hidden = !learned;
  table.tBodies[0].replaceChildren(...(learned ? ["own", "new", "standard"].flatMap((what) => lines(what, learned[what])) : []));
  byId("teachings").replaceChildren(...used.map(teaching));
  clearTimeout(timer);
  if (running && !byId("settings").hidden) timer = setTimeout(() => open(true), PAUSE);
}

const lines = (what, { before, after }) => [line(say(`teaching_${what}`), "before", before), line("", "after", after)];

function line(what, when, score) {
  const row = made("tr");
  const share = (value) => `${value} / ${score.readings}`;
  const wrong = `${score.wrong_characters} / ${score.characters}`;
  row.append(...[what, say(when), share(score.right), share(score.accepted), score.wrong_accepted, wrong].map((words) => made("td", words)));
  return row;
}

/** One that was put to use; the first one is used now. */
function teaching({ name, made: at, readings, before, after }, number) {
  const item = made("li");
  const values = { readings, before: before.right, after: after.right, all: after.readings, time: new Date(at * 1000).toLocaleString(document.documentElement.lang) };
  item.append(made("b", name), made("span", ` ${say(number ? "teachingBefore" : "teachingNow", values)}`));
  return item;
}

onLanguage(render);
byId("teach").addEventListener("click", () => teach({ do: "start" }));
byId("teaching-use").addEventListener("click", () => teach({ do: "use", name: told.learned.name }));
byId("teaching-undo").addEventListener("click", () => teach({ do: "undo" }));
