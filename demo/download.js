// Links to a network's files. They are saved under names that say whose they are.

import { bytes } from "./words.js";

/** folder: of the networks; of: an entry of network.json; ending: onnx, mjs or h. */
export function download(folder, { name, saved_as: savedAs, bytes: sizes }, ending) {
  const link = document.createElement("a");
  link.href = `${folder}/${name}.${ending}`;
  link.download = `${savedAs}.${ending}`;
  link.textContent = `${name}.${ending}, ${bytes(sizes[ending])}`;
  return link;
}
