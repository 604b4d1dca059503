/** Settings: who one is here, who else may ask, the molds that are known, and what this server is. */
import { announce, ask, asOperator, byId, copied, made, onLanguage, routes, say, signIn, whoami } from "./common.js";
import { open as openTeaching } from "./teaching.js";

const ROLES = ["reader", "reviewer", "operator"];
/** Who asks, who has tokens, and what was found, as the server told it. */
let [me, tokens, found] = [{ role: "", name: "" }, [], null];

export async function open() {
  await said(async () => { me = await whoami(); });
  await list();
  render();
  await openTeaching(me.role === "operator");
}

async function list() {
  tokens = [];
  if (me.role === "operator") await said(async () => { ({ tokens } = await (await asOperator(routes.tokens)).json()); });
}

/** Does something, and says what went wrong in it; whether nothing did. */
async function said(work) {
  const sentence = byId("settings-sentence");
  try {
    await work();
    sentence.textContent = "";
    return true;
  } catch ({ message }) {
    sentence.textContent = message || say("offlineHint");
    return false;
  }
}

function render() {
  const role = me.role ? say(me.role) : "";
  byId("who").textContent = me.role ? say(me.name ? "youAreNamed" : "youAre", { role, name: me.name }) : say("youAreNobody");
  byId("enter").hidden = me.role === "operator" && !me.logged_in;
  byId("leave").hidden = !me.logged_in;
  byId("tokens-plate").hidden = byId("molds-plate").hidden = me.role !== "operator";
  const choice = byId("issue").elements.role;
  const chosen = choice.value || ROLES[0];
  choice.replaceChildren(...ROLES.map((value) => made("option", say(value), { value })));
  choice.value = chosen;
  byId("tokens").replaceChildren(...tokens.map(line));
  byId("routes").replaceChildren(...Object.entries(routes).flatMap(([api, name]) => [made("dt", api), made("dd", `/${name}`)]));
  renderFindings();
}

function line({ name, role, made_at: at, made_by: by }) {
  const [item, what] = [made("li"), made("span")];
  const since = new Date(at * 1000).toLocaleDateString(document.documentElement.lang);
  what.append(made("b", name), made("span", ` ${say(role)} · ${say("madeBy", { since, by })}`));
  const revoke = made("button", say("revoke"), { type: "button", className: "quiet" });
  revoke.setAttribute("aria-label", `${say("revoke")}: ${name}`);
  revoke.addEventListener("click", async () => {
    if (!confirm(say("revokeAsk", { name }))) return;
    if (await said(() => asOperator(routes.revoke, { name }))) announce(say("revoked", { name }));
    await open();
  });
  item.append(what, revoke);
  return item;
}

/** The only time that a token is shown. */
function tell(name, token) {
  const place = byId("secret");
  const copy = made("button", say("copy"), { type: "button", className: "quiet" });
  copy.addEventListener("click", async () => announce(say((await copied(token)) ? "copied" : "notCopiedHere")));
  place.replaceChildren(made("span", say("tokenOf", { name })), made("code", token), copy);
  place.hidden = false;
}

function renderFindings() {
  const table = byId("findings");
  table.hidden = !found;
  table.tBodies[0].replaceChildren(...(found?.findings ?? []).map(({ part, used, problem }) => {
    const row = made("tr");
    row.dataset.state = problem ? "open" : "sure";
    const cells = [["part", part], ["standing", say(problem ? "wrong" : "sound")], ["used", [used, problem].filter(Boolean).join(" - ")]];
    row.append(...cells.map(([of, words]) => {
      const cell = made("td", words);
      cell.dataset.of = of;
      return cell;
    }));
    return row;
  }));
}

async function importMolds(content) {
  const headers = { "Content-Type": "text/csv" };
  await said(async () => {
    const answer = await (await asOperator(routes.molds, {}, { body: content, headers })).json();
    const refused = answer.refused.map(({ line, error }) => say("lineRefused", { line, error })).join(" ");
    byId("molds-told").textContent = [say("imported", answer), refused].join(" ").trim();
  });
}

byId("enter").addEventListener("click", async () => { if (await signIn()) await open(); });
byId("leave").addEventListener("click", async () => {
  await said(() => ask("logout", { method: "POST" }));
  await open();
});
byId("issue").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { name, role } = Object.fromEntries(new FormData(event.target));
  const done = await said(async () => {
    const answer = await (await asOperator(routes.issue, { name, role })).json();
    tell(answer.name, answer.token);
  });
  if (done) event.target.elements.name.value = "";
  await list();
  render();
});
byId("molds-form").addEventListener("submit", (event) => { event.preventDefault(); importMolds(byId("molds").value); });
byId("molds-file").addEventListener("change", async ({ target }) => {
  // As it is: the server knows by which encoding spreadsheets write.
  if (target.files.length) await importMolds(target.files[0]);
  target.value = "";
});
byId("check").addEventListener("click", async ({ currentTarget: pressed }) => {
  pressed.disabled = true;
  await said(async () => { found = await (await asOperator(routes.check)).json(); });
  pressed.disabled = false;
  if (found) announce(say(found.sound ? "allSound" : "notSound"));
  renderFindings();
});
onLanguage(render);
