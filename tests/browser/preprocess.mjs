// Enlarges and moves images, lets the demo's page make them like MNIST again, and prints what comes out, all as bytes:
//   node preprocess.mjs demo/preprocess.js FACTOR < n images of 28 x 28 > n images of 28 x 28

import { readFileSync, writeFileSync } from "node:fs";

const [path, factor] = process.argv.slice(2);
// As data, since node takes a .js file for a module only where a package.json says so.
const { likeMnist, SIDE } = await import(`data:text/javascript;base64,${readFileSync(path, "base64")}`);
const images = readFileSync(0);
const width = 2 * SIDE * factor;

const results = Array.from({ length: images.length / SIDE ** 2 }, (_, index) => {
  const drawing = new Uint8Array(width * width);
  const [right, down] = [(7 * index) % (SIDE * factor), (11 * index) % (SIDE * factor)]; // another place for each
  for (let row = 0; row < SIDE * factor; row++) {
    for (let column = 0; column < SIDE * factor; column++) {
      const place = Math.floor(row / factor) * SIDE + Math.floor(column / factor);
      drawing[(row + down) * width + column + right] = images[index * SIDE ** 2 + place];
    }
  }
  return likeMnist(drawing, width);
});
writeFileSync(1, Buffer.concat(results));
