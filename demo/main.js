// Puts the parts together: a digit comes from the pad or the gallery, the answers go into the table.

import { Answers } from "./answers.js";
import { fillGallery } from "./gallery.js";
import { describe, overlay, respond } from "./kept.js";
import { Networks, readBytes, readJson } from "./networks.js";
import { Pad, paint } from "./pad.js";
import { likeMnist } from "./preprocess.js";
import { byId } from "./words.js";

const loaded = new Map(); // model -> promise of its networks
const shown = { pixels: null, truth: undefined, since: 0 }; // the digit, the test image's label, when it came
let wanted, networks, answers, chosen, looked, waiting, busy;

function say(text) {
  byId("status").textContent = text;
}

/** The digit on the page is now this one: 28 x 28 bytes, or null. */
function digit(pixels, truth) {
  Object.assign(shown, { pixels, truth, since: performance.now() });
  paint(byId("seen"), pixels);
  waiting = true;
  byId("answers").ariaBusy = "true";
  if (!busy) ask().catch(fail);
}

/** Answer for the newest digit; those that came and went meanwhile are left out. */
async function ask() {
  busy = true;
  while (waiting && networks) {
    waiting = false;
    const { pixels, truth, since } = shown;
    const answer = pixels && (await networks.answer(pixels));
    answers.show(answer, truth);
    respond(specialist(looked), pixels);
    if (answer) say(`${1 + answer.specialists.length} answers in ${Math.ceil(performance.now() - since)} ms`);
  }
  busy = false;
  byId("answers").ariaBusy = String(waiting);
}

const specialist = (label) => networks.card.specialists.find((entry) => entry.label === label);

/** Show a specialist for good, or while the pointer is over it; null: the one chosen for good. */
function look(label, previewed) {
  if (!previewed) chosen = label;
  looked = label ?? chosen;
  const entry = specialist(looked);
  overlay(entry);
  respond(entry, shown.pixels);
  describe(entry, networks.card.dense);
}

async function choose(model) {
  wanted = model;
  if (!loaded.has(model)) loaded.set(model, load(model));
  const found = await loaded.get(model);
  if (wanted !== model) return; // another was asked for meanwhile
  networks = found;
  byId("answers").dataset.model = model;
  answers = new Answers(networks.card, look);
  const labels = networks.card.specialists.map(({ label }) => label);
  if (!labels.includes(chosen)) chosen = labels.includes(shown.truth) ? shown.truth : labels[0];
  answers.select(chosen);
  look(chosen, false);
  digit(shown.pixels, shown.truth);
}

async function load(model) {
  const folder = `networks/${model}`;
  return Networks.load(folder, await readJson(`${folder}/network.json`));
}

function fillModels(models) {
  models.forEach(({ name, title }, index) => {
    const [label, input, text] = ["label", "input", "span"].map((tag) => document.createElement(tag));
    Object.assign(input, { type: "radio", name: "model", value: name, checked: index === 0 });
    input.addEventListener("change", () => choose(name).catch(fail));
    text.textContent = title;
    label.append(input, text);
    byId("models").append(label);
  });
}

function fail(error) {
  busy = false;
  say(`This does not work here: ${error.message}`);
  throw error;
}

async function start() {
  byId("unserved").remove();
  const study = await readJson("study.json");
  const images = fillGallery(byId("gallery"), await readBytes("images.bin"), study.labels, (pixels, label, canvas) => {
    pad.show(canvas);
    byId("hint").hidden = true;
    digit(pixels, label);
  });
  const pad = new Pad(byId("pad"), () => {
    for (const image of images) image.checked = false;
    byId("hint").hidden = true;
    const { ink, width } = pad.ink();
    digit(likeMnist(ink, width));
  });
  byId("clear").addEventListener("click", () => {
    pad.wipe();
    for (const image of images) image.checked = false;
    byId("hint").hidden = false;
    digit(null);
  });
  byId("chosen").textContent = `Of each training, the epoch that did best on ${study.chosen_by} is shown.`;
  fillModels(study.models);
  images[study.first].click();
  await choose(study.models[0].name);
  byId("page").hidden = false;
}

start().catch(fail);
