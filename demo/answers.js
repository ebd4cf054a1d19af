// The table of answers: for every digit its specialist's bar over the dense network's.

import { download } from "./download.js";
import { byId, bytes, count, list } from "./words.js";

const YES = 0.5; // a specialist's output above this is a yes

/** Rows for all ten digits, also those without a specialist; chosen(label, previewed) on selecting or hovering one. */
export class Answers {
  constructor({ card, dense, folder }, chosen) {
    this.network = dense;
    this.labels = card.specialists.map(({ label }) => label);
    this.rows = Array.from({ length: 10 }, (_, digit) => {
      const row = byId("row").content.firstElementChild.cloneNode(true);
      const input = row.querySelector("input");
      row.querySelector("span").textContent = digit;
      input.ariaLabel = `specialist ${digit}`;
      input.value = digit;
      input.disabled = !this.labels.includes(digit);
      input.addEventListener("change", () => chosen(digit, false));
      if (!input.disabled) {
        row.addEventListener("click", ({ target }) => target === input || input.click());
        row.addEventListener("pointerenter", () => chosen(digit, true));
        row.addEventListener("pointerleave", () => chosen(null, true));
      }
      return row;
    });
    byId("rows").replaceChildren(...this.rows);
    const all = { parameters: 0, size: 0 };
    for (const { bytes: sizes, label, parameters } of card.specialists) {
      fillSizes(this.rows[label], count(parameters), bytes(sizes.onnx));
      all.parameters += parameters;
      all.size += sizes.onnx;
    }
    byId("ensemble").querySelector("th").textContent = `all ${this.labels.length} specialists`;
    fillSizes(byId("ensemble"), `${count(all.parameters)} parameters`, bytes(all.size));
    fillSizes(byId("dense"), `${count(card.dense.parameters)} parameters`, download(folder, card.dense, "onnx"));
  }

  select(label) {
    this.rows[label].querySelector("input").checked = true;
  }

  /** answer: as Networks.answer gives it, or null for an empty square; truth: the test image's digit, if it is one. */
  show(answer, truth) {
    const { loading, lack } = this.network;
    const largest = answer?.dense ? answer.dense.indexOf(Math.max(...answer.dense)) : null;
    const yes = [];
    this.rows.forEach((row, digit) => {
      const specialist = answer?.specialists[this.labels.indexOf(digit)];
      if (specialist > YES) yes.push(digit);
      fill(row, "specialist", specialist, specialist > YES);
      fill(row, "dense", answer?.dense?.[digit], digit === largest, loading ? "…" : "–");
    });
    const [specialists, dense] = byId("verdict").children;
    specialists.textContent = answer ? yesOf(yes) : "Nothing to look at yet.";
    dense.textContent = answer ? ofDense(largest, loading, truth) : "Draw a digit, or pick a test image.";
    byId("lack").textContent = lack;
    byId("coming").hidden = !loading;
  }
}

function fillSizes(row, parameters, file) {
  const small = document.createElement("small");
  small.append(file);
  row.querySelector(".size").replaceChildren(parameters, small);
}

function fill(row, who, probability, wins, none = "–") {
  const known = probability !== undefined;
  const bar = row.querySelector(`i.${who}`);
  const cell = row.querySelector(`td.${who}`);
  const text = document.createElement("span");
  text.textContent = known ? `${who === "specialist" && wins ? "yes " : ""}${probability.toFixed(2)}` : none;
  bar.style.inlineSize = `${100 * (probability ?? 0)}%`;
  for (const element of [bar, cell]) element.classList.toggle("wins", wins);
  cell.replaceChildren(text);
  if (known) cell.dataset.probability = probability;
  else delete cell.dataset.probability;
}

function yesOf(labels) {
  if (!labels.length) return "No specialist says yes.";
  return labels.length === 1 ? `Specialist ${labels[0]} says yes.` : `Specialists ${list(labels)} say yes.`;
}

function ofDense(largest, loading, truth) {
  if (loading) return `Dense network: ${loading}.`; // one line on a phone, now and when it answers
  return `Dense network: ${largest ?? "none"}.${truth === undefined ? "" : ` Test image of a ${truth}.`}`;
}
