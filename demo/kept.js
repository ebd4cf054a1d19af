// What a specialist keeps, laid over the digit: its pixels, or the squares whose means it reads; or, of a convolutional
// one, where its filters respond within the part of the image that it can see.

import { download } from "./download.js";
import { paint } from "./pad.js";
import { SIDE } from "./preprocess.js";
import { byId, count, percent } from "./words.js";

const KERNEL = 5;
const ORANGE = [213, 94, 0];

/** Lay over the digit what `specialist` (an entry of network.json) keeps, or veil what it cannot see. */
export function overlay(specialist) {
  const { filters, label, pixels, window } = specialist;
  byId("kept").classList.toggle("veil", Boolean(filters));
  byId("kept").classList.toggle("grid", window > 1);
  byId("kept").firstElementChild.setAttribute("d", squares(filters ? others(pixels) : corners(pixels, window), window));
  const read = window > 1 ? "the squares that it reads" : "the pixels that it keeps";
  const what = filters ? "where its filters respond; pale: out of its sight" : read;
  byId("legend").textContent = `Specialist ${label}: ${what}`;
}

/** Lay over the digit, 28 x 28 bytes or null, where the filters of `specialist` respond; nothing where it has none. */
export function respond({ filters, pixels: visible }, pixels) {
  paint(byId("responses"), filters && pixels ? responses(filters, pixels, new Set(visible)) : null, ORANGE);
}

const others = (pixels) => [...Array(SIDE * SIDE).keys()].filter((pixel) => !pixels.includes(pixel));

const place = (pixel) => [pixel % SIDE, Math.floor(pixel / SIDE)];

/** The top left pixels of the squares of `side` pixels a side. */
const corners = (pixels, side) => pixels.filter((pixel) => place(pixel).every((at) => at % side === 0));

const squares = (pixels, side) =>
  pixels.map((pixel) => `M${place(pixel).join(" ")}h${side}v${side}h-${side}z`).join("");

/** The strongest response to ink of any filter at each pixel, 0..230: the filter's centre lies on the pixel. */
function responses(filters, pixels, visible) {
  const strongest = new Float64Array(SIDE * SIDE);
  for (let row = 0; row <= SIDE - KERNEL; row++) {
    for (let column = 0; column <= SIDE - KERNEL; column++) {
      const centre = (row + 2) * SIDE + column + 2;
      if (!visible.has(centre)) continue;
      for (const filter of filters) {
        let sum = 0;
        filter.forEach((weight, tap) => {
          sum += weight * pixels[(row + Math.floor(tap / KERNEL)) * SIDE + column + (tap % KERNEL)];
        });
        strongest[centre] = Math.max(strongest[centre], sum);
      }
    }
  }
  const largest = Math.max(...strongest) || 1;
  return strongest.map((value) => (230 * value) / largest);
}

/** The words beside: what is kept of each layer, the size, the files, and what the answers are worth. */
export function describe(specialist, { card: { dense }, folder }) {
  const [first, ...rest] = specialist.keeps;
  const share = percent(specialist.parameters / dense.parameters, 2);
  byId("whose").textContent = `Specialist ${specialist.label}`;
  byId("keeps").replaceChildren(
    ...pair(first.what, `${first.kept} of ${first.of}`),
    ...pair("units behind", rest.map(({ kept, of }) => `${kept} of ${of}`).join(", ") || "none"),
    ...pair("parameters", `${count(specialist.parameters)}, ${share} of dense`),
    ...pair("as ONNX", download(folder, specialist, "onnx")),
    ...pair("as JavaScript", download(folder, specialist, "mjs")),
    ...pair("as C", download(folder, specialist, "h")),
  );
  byId("filters").replaceChildren(...(specialist.filters ?? []).map(thumbnail));
  byId("accuracy").children[1].textContent = percent(specialist.accuracy);
  byId("accuracy").children[2].textContent = percent(specialist.always_no);
  byId("balanced").children[1].textContent = percent(specialist.balanced_accuracy);
  byId("collapsed").hidden = !specialist.collapsed;
}

function pair(term, value) {
  const [name, what] = ["dt", "dd"].map((tag) => document.createElement(tag));
  name.textContent = term;
  what.append(value);
  return [name, what];
}

/** A filter as 5 x 5 squares: one hue for weights above 0, another below, by strength. */
function thumbnail(filter) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const largest = Math.max(...filter.map(Math.abs));
  svg.setAttribute("viewBox", `0 0 ${KERNEL} ${KERNEL}`);
  svg.ariaHidden = "true";
  filter.forEach((weight, tap) => {
    const square = document.createElementNS(svg.namespaceURI, "rect");
    const where = { x: tap % KERNEL, y: Math.floor(tap / KERNEL), width: 1, height: 1 };
    for (const [name, value] of Object.entries(where)) square.setAttribute(name, value);
    square.classList.add(weight > 0 ? "above" : "below");
    square.style.opacity = Math.abs(weight) / largest;
    svg.append(square);
  });
  return svg;
}
