/** The page: which view is looked at, in which language. Each view is a file of its own, loaded when first looked at. */
import { byId, kept, say, speak } from "./common.js";
import "./read.js";

const VIEWS = {
  review: () => import("./review.js"),
  history: () => import("./history.js"),
  promise: () => import("./promise.js"),
  outbox: () => import("./outbox.js"),
  console: () => import("./console.js"),
  events: () => import("./events.js"),
  settings: () => import("./settings.js"),
};

/** The view that the address names. */
async function look() {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const view = VIEWS[name] ? name : "read";
  for (const node of document.querySelectorAll("[data-view]")) node.hidden = node.dataset.view !== view;
  for (const link of document.querySelectorAll(".views a")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  await (await VIEWS[view]?.())?.open(rest.join("/"));
}

byId("language").addEventListener("click", () => {
  speak(say("otherLang"));
  kept("language", null, document.documentElement.lang);
});
// The link changes no address: that would be another view's.
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("main").focus();
});
addEventListener("hashchange", look);
speak();
look();
