/** Why a reading is empty or doubtful: in words, and on the picture where it is so. */
import { say } from "./common.js";
import { TEXTS } from "./texts.js";

/** @typedef {{code: string, text: string, polygon: ?[number, number][], facts: Object<string, string|number>}} Cause */
const SHOWN = ["small", "glare", "moved", "blurred", "cut_off", "faint"];

/** One sentence for each cause; a server that knows more causes than this page says them itself. @param {Cause[]} causes */
export function reasons(causes = []) {
  return causes.map(({ code, text, facts }) => {
    const known = `why_${code}` in TEXTS;
    const words = known ? { textContent: say(`why_${code}`, facts) } : { textContent: text, lang: "en" };
    return Object.assign(document.createElement("li"), words);
  });
}

/** Words that stand at the places that the causes are about, in a frame over a picture of that size.
 * @param {Cause[]} causes @param {{width: number, height: number}} size */
export function badges(causes = [], { width, height }) {
  return causes.filter(({ code, polygon }) => polygon && SHOWN.includes(code)).map(({ code, polygon, facts }, at) => {
    const badge = document.createElement("span");
    [badge.className, badge.dataset.testid, badge.textContent] = ["badge", "badge", say(`badge_${code}`, facts)];
    const [x, y] = [0, 1].map((axis) => polygon.reduce((sum, point) => sum + point[axis], 0) / 4);
    badge.style.left = `clamp(3rem, ${(x / width) * 100}%, 100% - 3rem)`;
    badge.style.top = `calc(clamp(1rem, ${(y / height) * 100}%, 100% - 2.5rem) + ${at * 1.4}rem)`;
    return badge;
  });
}
