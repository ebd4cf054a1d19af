// The dense network: an ONNX graph, run by ONNX Runtime in WebAssembly. The runtime is far larger than all the rest of
// the page, so both are loaded when the specialists answer already.

import { importModule, readBytes } from "./files.js";
import { SIDE } from "./preprocess.js";
import { bytes } from "./words.js";

/** Bytes of graphs and runtime, since the page was opened; changed() is called as they come. */
export const coming = { expected: 0, arrived: 0, changed() {} };
let runtime; // a promise: all graphs share it

function bring(path, size) {
  coming.expected += size;
  return readBytes(path, (count) => {
    coming.arrived += count;
    coming.changed();
  });
}

async function start(size) {
  const wasm = bring("runtime/ort-wasm-simd-threaded.wasm", size);
  const [ort, wasmBinary] = await Promise.all([importModule("runtime/ort.wasm.bundle.min.mjs"), wasm]);
  // One thread: more would need headers that a plain file server does not send.
  Object.assign(ort.env.wasm, { numThreads: 1, wasmBinary });
  return ort;
}

export class Dense {
  /** path and size: of the graph; runtimeSize: of the runtime's WebAssembly. All sizes are bytes. */
  constructor(path, size, runtimeSize) {
    Object.assign(this, { path, size, runtimeSize });
    const left = coming.expected - coming.arrived + size + (runtime ? 0 : runtimeSize);
    this.loading = `loading, ${bytes(left)}`; // "" once it answers, or never will
    this.lack = ""; // why it never will
  }

  /** Never fails: `lack` says what was in the way. */
  load() {
    this.loaded ??= this.open()
      .catch((error) => (this.lack = `The dense network does not answer: ${error.message}`))
      .then(() => (this.loading = ""));
    return this.loaded;
  }

  async open() {
    runtime ??= start(this.runtimeSize);
    const [ort, graph] = await Promise.all([runtime, bring(this.path, this.size)]);
    const session = await ort.InferenceSession.create(graph, { executionProviders: ["wasm"] });
    const run = async (pixels) => {
      const feeds = { pixels: new ort.Tensor("uint8", pixels, [1, SIDE, SIDE]) };
      return [...(await session.run(feeds)).probability.data];
    };
    await run(new Uint8Array(SIDE * SIDE)); // the first run of a graph takes longer than all later ones
    this.run = run;
  }

  /** pixels: 28 x 28 bytes. Returns ten probabilities; null as long as the graph is not loaded. */
  async answer(pixels) {
    return this.run ? this.run(pixels) : null;
  }
}
