// The networks as ONNX graphs, run by ONNX Runtime in WebAssembly, in this tab.

import * as ort from "./runtime/ort.wasm.bundle.min.mjs";
import { SIDE } from "./preprocess.js";

ort.env.wasm.numThreads = 1; // more would need headers that a plain file server does not send
ort.env.wasm.wasmPaths = { wasm: new URL("runtime/ort-wasm-simd-threaded.wasm", import.meta.url).href };

/** JSON beside the page; an Error that says what to do where it is not there. */
export async function readJson(path) {
  return (await answerOf(path)).json();
}

/** The bytes of a file beside the page. */
export async function readBytes(path) {
  return new Uint8Array(await (await answerOf(path)).arrayBuffer());
}

async function answerOf(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path} is missing; run make demo again.`);
  return answer;
}

/** A dense network and its specialists. `folder` holds network.json and the graphs that it names. */
export class Networks {
  static async load(folder, card) {
    const open = async ({ file }) =>
      ort.InferenceSession.create(await readBytes(`${folder}/${file}`), { executionProviders: ["wasm"] });
    const [dense, ...specialists] = await Promise.all([card.dense, ...card.specialists].map(open));
    const networks = new Networks(card, dense, specialists);
    await networks.answer(new Uint8Array(SIDE * SIDE)); // the first run of a graph takes longer than all later ones
    return networks;
  }

  constructor(card, dense, specialists) {
    this.card = card;
    this.dense = dense;
    this.specialists = specialists;
  }

  /** pixels: 28 x 28 bytes. Returns { dense: ten probabilities, specialists: one probability each }. */
  async answer(pixels) {
    const feeds = { pixels: new ort.Tensor("uint8", pixels, [1, SIDE, SIDE]) };
    const dense = (await this.dense.run(feeds)).probability.data;
    const specialists = [];
    for (const session of this.specialists) specialists.push((await session.run(feeds)).probability.data[0]);
    return { dense: [...dense], specialists };
  }
}
