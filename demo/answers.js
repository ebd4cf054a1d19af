// The table of answers: for every digit its specialist's bar over the dense network's.

import { byId, bytes, count, list } from "./words.js";

const YES = 0.5; // a specialist's output above this is a yes

/** Rows for all ten digits, also those without a specialist; chosen(label, previewed) on selecting or hovering one. */
export class Answers {
  constructor(card, chosen) {
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
    for (const specialist of card.specialists) fillSizes(this.rows[specialist.label], specialist);
    const sum = (name) => card.specialists.reduce((total, specialist) => total + specialist[name], 0);
    byId("ensemble").querySelector("th").textContent = `all ${card.specialists.length} specialists`;
    fillSizes(byId("ensemble"), { parameters: sum("parameters"), bytes: sum("bytes") }, " parameters");
    fillSizes(byId("dense"), card.dense, " parameters");
  }

  select(label) {
    this.rows[label].querySelector("input").checked = true;
  }

  /** answer: as Networks.answer gives it, or null for an empty square; truth: the test image's digit, if it is one. */
  show(answer, truth) {
    const largest = answer ? answer.dense.indexOf(Math.max(...answer.dense)) : null;
    const yes = [];
    this.rows.forEach((row, digit) => {
      const specialist = answer?.specialists[this.labels.indexOf(digit)];
      if (specialist > YES) yes.push(digit);
      fill(row, "specialist", specialist, specialist > YES);
      fill(row, "dense", answer?.dense[digit], digit === largest);
    });
    const [specialists, dense] = byId("verdict").children;
    specialists.textContent = answer ? yesOf(yes) : "Nothing to look at yet.";
    dense.textContent = answer ? `Dense network: ${largest}.` : "Draw a digit, or pick a test image.";
    if (answer && truth !== undefined) dense.textContent += ` Test image of a ${truth}.`;
  }
}

function fillSizes(row, { parameters, bytes: size }, unit = "") {
  const file = document.createElement("small");
  file.textContent = bytes(size);
  row.querySelector(".size").replaceChildren(count(parameters) + unit, file);
}

function fill(row, who, probability, wins) {
  const known = probability !== undefined;
  const bar = row.querySelector(`i.${who}`);
  const cell = row.querySelector(`td.${who}`);
  const text = document.createElement("span");
  text.textContent = known ? `${who === "specialist" && wins ? "yes " : ""}${probability.toFixed(2)}` : "–";
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
