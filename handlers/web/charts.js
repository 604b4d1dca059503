/** Charts, drawn by us as SVG: days go from left to right. */

const SVG = "http://www.w3.org/2000/svg";

export function drawn(tag, facts, ...inside) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(facts)) node.setAttribute(name, value);
  node.append(...inside);
  return node;
}

export function daysFrom(since, until) {
  const days = [];
  for (let at = Date.parse(since); at <= Date.parse(until); at += 86_400_000) days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

/** The frame of a chart of so many days, 100 high. */
export const frame = (days, title, testid, ...inside) => drawn(
  "svg",
  { viewBox: `0 0 ${days} 100`, preserveAspectRatio: "none", role: "img", "aria-label": title, "data-testid": testid },
  ...inside,
);

/**
 * A line through shares from 0 to 1, a point for each day that has one; what each says is told where it is pointed at.
 * @param {string[]} days @param {Map<string, number>} shares @param {(day: string) => string} words
 */
export function line(days, shares, title, testid, words) {
  const points = days.flatMap((day, at) => (shares.has(day) ? [[at + 0.5, 100 - 100 * shares.get(day), day]] : []));
  const stroke = drawn("polyline", { points: points.map(([x, y]) => `${x},${y}`).join(" "), class: "line-of-days" });
  const spots = points.map(([x, , day]) => drawn(
    "g", {}, drawn("title", {}, words(day)), drawn("rect", { x: x - 0.5, y: 0, width: 1, height: 100, class: "day" }),
  ));
  return frame(days.length, title, testid, stroke, ...spots);
}
