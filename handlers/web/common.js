/** What every view uses: the document, the two languages, and the server's routes. */
import { TEXTS } from "./texts.js";

export const byId = (id) => document.getElementById(id);
export const find = (root, testid) => root.querySelector(`[data-testid=${testid}]`);
export const told = (name) => document.querySelector(`meta[name=castmark-${name}]`).content;
export const routes = JSON.parse(told("routes"));
/** Where the server's APIs are, seen from this page. */
export const base = told("base");
export const announce = (sentence) => { byId("status").textContent = sentence; };
// Never 100 %: a score is no proof, and full marks would invite nobody to look.
export const percent = (value) => `${Math.min(99, Math.round(value * 100))}%`;
/** A refusal in the server's own words; status 0 where no server answered; `retry` in seconds, where it says when. */
export const failure = (status, sentence = "", retry = null) =>
  Object.assign(new Error(sentence), { status, retry: retry && Number(retry) });

let language = kept("language", ["en", "zh-CN"]) ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en");
const listeners = [];

/** What the page says. @param {string} key */
export const say = (key, values = {}) => TEXTS[key][language === "en" ? 0 : 1]
  .replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** A template's content, in the language spoken. Imported, because the template's own document decodes no images. */
export const part = (id) => translate(document.importNode(byId(id).content, true));

export function translate(root) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = say(node.dataset.text);
  for (const node of root.querySelectorAll("[data-name]")) node.setAttribute("aria-label", say(node.dataset.name));
  return root;
}

/** Has `render` called whenever another language is spoken. */
export const onLanguage = (render) => listeners.push(render);

export function speak(choice = language) {
  language = document.documentElement.lang = choice;
  document.title = say("title");
  byId("language").lang = say("otherLang");
  translate(document);
  for (const render of listeners) render();
}

/** A choice of this browser's user, kept if given. Storage may be forbidden: the page then works and forgets. */
export function kept(name, known, choice) {
  try {
    if (choice !== undefined) localStorage.setItem(`castmark-${name}`, choice);
    const found = localStorage.getItem(`castmark-${name}`) ?? undefined;
    return !known || known.includes(found) ? found : undefined;
  } catch { /* nothing is kept */ }
}

/** One route's response; throws what went wrong. @param {string} path @param {RequestInit} [options] */
async function fetched(path, options) {
  const response = await fetch(`${base}${path}`, { cache: "no-store", ...options }).catch(() => { throw failure(0); });
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw failure(response.status, answer?.error, response.headers.get("Retry-After"));
}

/** One route's answer. @param {string} path @param {RequestInit} [options] */
export const ask = async (path, options) => (await fetched(path, options)).json().catch(() => null);

/**
 * As an operator, whom the server may want to know first. Always by POST: only then does a browser say over plain HTTP
 * that this very page asks, without which no login counts.
 * @param {string} route @param {Record<string, unknown>} values @param {RequestInit} [options]
 */
export async function asOperator(route, values = {}, options = {}) {
  const said = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  const send = () => fetched(`${route}?${new URLSearchParams(said)}`, { method: "POST", ...options });
  return send().catch(async (refusal) => {
    if (![401, 403].includes(refusal.status) || !(await signIn(refusal.message))) throw refusal;
    return send();
  });
}

/** The picture that is kept with a reading, as a URL of this page's own; null where there is none. */
export async function pictureOf(id, kind) {
  const response = await asOperator(routes.evidence, { id, kind }).catch(() => null);
  return response && URL.createObjectURL(await response.blob());
}

/** An element with this text in it, and these properties. */
export const made = (tag, words = "", facts = {}) => Object.assign(document.createElement(tag), { textContent: words }, facts);

/** Copies `text`; whether that was possible. Insecure origins have no clipboard; the old command still copies there. */
export async function copied(text) {
  if (await navigator.clipboard?.writeText(text).then(() => true, () => false)) return true;
  const field = made("textarea", text, { className: "unseen" });
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

/** What this browser may do here, and by whose token. @returns {Promise<{role: string, name: string, logged_in: boolean}>} */
export const whoami = () => ask("whoami", { method: "POST" });

/** Who says what is corrected here. */
export const person = () => kept("person") ?? "";

/** Asks for a token; whether the server took it. @param {string} [reason] */
export function signIn(reason = "") {
  const dialog = byId("sign-in");
  const [form, token, sentence] = [dialog.querySelector("form"), byId("token"), byId("sign-in-reason")];
  sentence.textContent = reason;
  if (dialog.open) return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "in")));
  return new Promise((done) => {
    dialog.returnValue = "";
    dialog.querySelector("[data-testid=sign-in-close]").onclick = () => dialog.close();
    form.onsubmit = async (event) => {
      event.preventDefault();
      const body = JSON.stringify({ token: token.value });
      await fetched("login", { method: "POST", body, headers: { "Content-Type": "application/json" } })
        .then(() => dialog.close("in"), (refusal) => { sentence.textContent = refusal.message || say("offline"); });
      token.value = "";
    };
    dialog.addEventListener("close", () => done(dialog.returnValue === "in"), { once: true });
    dialog.showModal();
  });
}
