/** Console: a terminal of one's own session, with what was typed before, tables, and results to copy. */
import { announce, asOperator, byId, copied, made, onLanguage, routes, say } from "./common.js";

const MOST_LINES = 200;
const typed = byId("line-typed");
const terminal = byId("terminal");
/** Every page is a session of its own, which begins in the default terminal. */
const session = crypto.getRandomValues(new Uint32Array(4)).join("-");
/** What was typed, the place in it, and what the last answer was. */
let [before, at, last, mode] = [[], 0, null, "default"];

/** One line after the other, however quickly they are typed: what a line means depends on those before. */
let work = Promise.resolve();

export const open = () => typed.focus();

async function run(line) {
  before = [...before.filter((each) => each !== line), line].slice(-MOST_LINES);
  at = before.length;
  const entry = made("div", "", { className: "entry" });
  entry.append(made("p", `${prompt()} ${line}`, { className: "asked" }));
  show(entry);
  try {
    last = await (await asOperator(routes.command, { command: line, session })).json();
    follow(line);
    entry.append(Array.isArray(last) ? table(last) : made("p", String(last), { className: "answer" }));
  } catch ({ message }) {
    entry.append(made("p", message || say("offlineHint"), { className: "answer bad" }));
  }
  show(entry);
}

/** In which terminal the session is now; the server says so in words only. @param {string} line */
function follow(line) {
  const word = line.trim().toLowerCase();
  if (word === "sql") mode = "sql";
  // A session that had expired begins anew.
  if (["exit", "quit"].includes(word) || String(last).includes("Invalid command")) mode = "default";
  render();
}

/** Rows with a header, or how many there are of none. @param {unknown[][]} rows */
function table([header, ...rows]) {
  const frame = made("div", "", { className: "scrolls" });
  const whole = made("table");
  const line = (cells, tag) => {
    const row = made("tr");
    row.append(...cells.map((value) => made(tag, value === null ? "NULL" : String(value), { className: value === null ? "null" : "" })));
    return row;
  };
  const [head, body] = [made("thead"), made("tbody")];
  head.append(line(header ?? [], "th"));
  body.append(...rows.map((row) => line(row, "td")));
  whole.append(head, body);
  frame.append(whole, made("p", say("rows", { number: rows.length }), { className: "count" }));
  return frame;
}

function show(entry) {
  terminal.append(entry);
  while (terminal.children.length > MOST_LINES) terminal.firstElementChild.remove();
  terminal.scrollTop = terminal.scrollHeight;
}

const prompt = () => (mode === "sql" ? "sql>" : "castmark>");

function render() {
  byId("mode").textContent = prompt();
  typed.setAttribute("aria-label", say(mode === "sql" ? "typeSql" : "typeCommand"));
}

/** As spreadsheets take it: a line a row, tabs between. */
const asText = (answer) => (Array.isArray(answer) ? answer.map((row) => row.map((value) => value ?? "").join("\t")).join("\n") : answer);

byId("prompt").addEventListener("submit", (event) => {
  event.preventDefault();
  const line = typed.value.trim();
  typed.value = "";
  if (line === "clear") terminal.replaceChildren();
  else if (line) work = work.then(() => run(line));
});
typed.addEventListener("keydown", (event) => {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!by || event.isComposing) return;
  event.preventDefault();
  at = Math.max(0, Math.min(before.length, at + by));
  typed.value = before[at] ?? "";
});
byId("console-copy").addEventListener("click", async () => {
  if (last !== null) announce(say((await copied(String(asText(last)))) ? "copied" : "notCopiedHere"));
});
onLanguage(render);
render();
