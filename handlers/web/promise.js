/** Promise: how many accepted readings may be wrong, what people found, and how much is accepted, day by day. */
import { daysFrom, line } from "./charts.js";
import { asOperator, byId, made, onLanguage, percent, routes, say } from "./common.js";

/** As the server told it. */
let told = null;

export async function open() {
  const sentence = byId("promise-sentence");
  sentence.textContent = "";
  try {
    told = await (await asOperator(routes.promise)).json();
  } catch ({ message }) {
    sentence.textContent = message || say("offlineHint");
  }
  render();
}

function render() {
  if (!told) return;
  const { wrong_at_most: most, certainty, checked_share: share, waiting, kinds } = told;
  const values = { most, certainty: percent(certainty), share: percent(share) };
  byId("promise-said").textContent = most ? say("promised", values) : say("notPromised");
  byId("promise-waiting").textContent = most ? say("promiseWaits", { waiting }) : "";
  byId("promise-kinds").replaceChildren(...kinds.map(item));
  renderDays();
}

/** Of the marks that are judged together, how it stands and what that rests on. */
function item(each) {
  const node = made("li");
  node.dataset.state = each.kept ? "done" : "open";
  const names = each.kinds.length ? each.kinds.map((kind) => say(`kind_${kind}`)).join(", ") : say("kind_all");
  const checks = say("promiseChecks", { wrong: each.wrong, checked: each.checked, most: each.at_most });
  node.append(made("b", names), made("span", standing(each)), made("span", checks));
  return node;
}

function standing({ kept, needed, least, share }) {
  const accepted = least === null ? say("acceptsNothing") : say("acceptedFrom", { least: percent(least), share: percent(share) });
  if (kept) return say("promiseKept", { accepted });
  return needed === null ? say("promiseBroken", { accepted }) : say("promiseNeeds", { needed, accepted });
}

/** The accepted share of each day. */
function renderDays() {
  const [figure, days] = [byId("promise-chart"), told.days];
  figure.hidden = !days.length;
  if (figure.hidden) return;
  const of = new Map(days.map(([day, ...rest]) => [day, rest]));
  const shares = new Map(days.map(([day, read, accepted]) => [day, accepted / read]));
  const [read, accepted, , checked, wrong] = days.map(([, ...rest]) => rest).reduce((sum, row) => sum.map((each, at) => each + row[at]));
  const title = say("acceptedDays", { accepted, read, checked, wrong });
  const words = (day) => {
    const [all, taken, , looked, bad] = of.get(day);
    return say("acceptedOf", { day, accepted: taken, read: all, checked: looked, wrong: bad });
  };
  figure.replaceChildren(made("figcaption", title), line(daysFrom(days[0][0], days.at(-1)[0]), shares, title, "accepted-line", words));
}

onLanguage(render);
