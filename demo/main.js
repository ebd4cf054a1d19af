// Puts the parts together: a digit comes from the pad or the gallery, the answers go into the table.

import { Answers } from "./answers.js";
import { coming } from "./dense.js";
import { readBytes, readJson } from "./files.js";
import { fillGallery } from "./gallery.js";
import { describe, overlay, respond } from "./kept.js";
import { Networks } from "./networks.js";
import { Pad, paint } from "./pad.js";
import { likeMnist } from "./preprocess.js";
import { byId } from "./words.js";

const loaded = new Map(); // MODEL/METHOD -> promise of its networks
const abouts = new Map(); // MODEL/METHOD -> how its specialists were made
const shown = { pixels: null, truth: undefined, finished: true, since: 0 }; // truth: a test image's digit
let runtimeSize, wanted, networks, answers, chosen, pinned, looked, waiting, busy;

function say(text) {
  byId("status").textContent = text;
}

/** The digit on the page is now this one: 28 x 28 bytes, or null. */
function digit(pixels, { truth, finished = true } = {}) {
  Object.assign(shown, { pixels, truth, finished });
  paint(byId("seen"), pixels);
  ask().catch(fail);
}

/** Answer for the newest digit, by the networks that are there; digits that came and went meanwhile are left out. */
async function ask() {
  shown.since = performance.now();
  waiting = true;
  byId("answers").ariaBusy = "true";
  if (busy) return;
  busy = true;
  while (waiting && networks) {
    waiting = false;
    const { pixels, truth, finished, since } = shown;
    const answer = pixels && (await networks.answer(pixels));
    answers.show(answer, truth);
    if (answer && finished && !pinned && looked === chosen) follow(answer, truth);
    respond(specialist(looked), pixels);
    const took = Math.ceil(performance.now() - since);
    if (answer) say(`${answer.specialists.length + Boolean(answer.dense)} answers in ${took} ms`);
  }
  busy = false;
  byId("answers").ariaBusy = String(waiting);
}

const specialist = (label) => networks.card.specialists.find((entry) => entry.label === label);

/** Until somebody chooses a specialist, the one shown is the digit's own, or of a drawing the surest. */
function follow({ specialists }, truth) {
  const surest = networks.card.specialists[specialists.indexOf(Math.max(...specialists))].label;
  const label = specialist(truth) ? truth : surest;
  answers.select(label);
  look(label, false);
}

/** Show a specialist for good, or while the pointer is over it; null: the one chosen for good. */
function look(label, previewed) {
  if (!previewed) chosen = label;
  looked = label ?? chosen;
  const entry = specialist(looked);
  overlay(entry);
  respond(entry, shown.pixels);
  describe(entry, networks);
}

async function choose(model) {
  wanted = model;
  if (!loaded.has(model)) loaded.set(model, Networks.load(model, runtimeSize));
  const found = await loaded.get(model);
  if (wanted !== model) return; // another was asked for meanwhile
  networks = found;
  byId("answers").dataset.model = model;
  byId("about").textContent = abouts.get(model);
  answers = new Answers(networks, (label, previewed) => {
    pinned ||= !previewed;
    look(label, previewed);
  });
  if (!specialist(chosen)) chosen = networks.card.specialists[0].label;
  answers.select(chosen);
  look(chosen, false);
  await ask();
  byId("page").hidden = false;
  complete(networks.dense).catch(fail);
}

/** The newest digit is answered again when the dense network is there, or known never to be. */
async function complete(dense) {
  if (!dense.loading) return;
  await dense.load();
  if (networks.dense === dense) await ask();
}

function fillModels(networks) {
  networks.forEach(({ name, title }, index) => {
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
  const [study, bytes] = await Promise.all([readJson("study.json"), readBytes("images.bin")]);
  const images = fillGallery(byId("gallery"), bytes, study.labels, (pixels, truth, canvas) => {
    pad.show(canvas);
    byId("hint").hidden = true;
    digit(pixels, { truth });
  });
  const pad = new Pad(byId("pad"), (finished) => {
    for (const image of images) image.checked = false;
    byId("hint").hidden = true;
    const { ink, width } = pad.ink();
    digit(likeMnist(ink, width), { finished });
  });
  byId("clear").addEventListener("click", () => {
    pad.wipe();
    for (const image of images) image.checked = false;
    byId("hint").hidden = false;
    pinned = false;
    digit(null);
  });
  byId("chosen").textContent = `Of each training, the epoch that did best on ${study.chosen_by} is shown.`;
  runtimeSize = study.runtime_bytes;
  coming.changed = () => (byId("coming").value = coming.arrived / coming.expected);
  for (const { name, about } of study.networks) abouts.set(name, about);
  fillModels(study.networks);
  images[study.first].click();
  await choose(study.networks[0].name);
}

start().catch(fail);
