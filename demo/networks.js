// A dense network and its specialists. A specialist is a module: one function from pixels to a probability.

import { Dense } from "./dense.js";
import { importModule, readJson } from "./files.js";

export class Networks {
  /** name: MODEL/METHOD. The specialists answer then; the dense network once it is told to `load`. */
  static async load(name, runtimeSize) {
    const folder = `networks/${name}`;
    const card = await readJson(`${folder}/network.json`);
    const modules = await Promise.all(card.specialists.map((of) => importModule(`${folder}/${of.name}.mjs`)));
    const dense = new Dense(`${folder}/${card.dense.name}.onnx`, card.dense.bytes.onnx, runtimeSize);
    return new Networks(folder, card, modules, dense);
  }

  constructor(folder, card, modules, dense) {
    Object.assign(this, { folder, card, modules, dense });
  }

  /** pixels: 28 x 28 bytes. Returns { specialists: one probability each, dense: ten probabilities, or null }. */
  async answer(pixels) {
    const specialists = this.modules.map((module) => module.default(pixels));
    return { specialists, dense: await this.dense.answer(pixels) };
  }
}
