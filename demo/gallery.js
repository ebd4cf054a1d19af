// Real test images to pick from: a column per digit, walked by arrow keys.

import { paint } from "./pad.js";
import { SIDE } from "./preprocess.js";

const COLUMNS = 10;
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };

/** bytes: the images one after another, the n-th of every digit before the next; picked(pixels, label, canvas). */
export function fillGallery(place, bytes, labels, picked) {
  const inputs = labels.map((label, index) => {
    const pixels = bytes.subarray(index * SIDE * SIDE, (index + 1) * SIDE * SIDE);
    const [wrap, input, canvas] = ["label", "input", "canvas"].map((name) => document.createElement(name));
    const ariaLabel = `a ${label}, number ${Math.floor(index / COLUMNS) + 1}`;
    Object.assign(input, { type: "radio", name: "image", ariaLabel });
    Object.assign(canvas, { width: SIDE, height: SIDE, className: "ink" });
    paint(canvas, pixels);
    input.addEventListener("change", () => picked(pixels, label, canvas));
    wrap.append(input, canvas);
    place.append(wrap);
    return input;
  });
  place.addEventListener("keydown", (event) => {
    const target = inputs[inputs.indexOf(event.target) + STEPS[event.key]];
    if (!(event.key in STEPS)) return;
    event.preventDefault(); // a radio group alone would take up and down for left and right
    target?.focus();
    target?.click();
  });
  return inputs;
}
