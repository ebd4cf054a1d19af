// A drawing as MNIST would have it: fitted into a box of 20 x 20 with smoothed edges, aspect kept, then laid on
// 28 x 28 so that the centre of mass comes to rest on pixel (14, 14).

export const SIDE = 28;
const BOX = 20;
const CENTRE = 14;

/** ink: width x width bytes, 0 is paper. Returns 28 x 28 bytes, or null where nothing is drawn. */
export function likeMnist(ink, width) {
  const box = bounds(ink, width);
  if (!box) return null;
  const scale = BOX / Math.max(box.width, box.height);
  const columns = Math.max(1, Math.round(box.width * scale));
  const rows = Math.max(1, Math.round(box.height * scale));
  const small = shrink(ink, width, box, columns, rows);
  const centre = centreOfMass(small, columns);
  const top = clamp(Math.round(CENTRE - centre.row), SIDE - rows);
  const left = clamp(Math.round(CENTRE - centre.column), SIDE - columns);
  const pixels = new Uint8Array(SIDE * SIDE);
  small.forEach((value, place) => {
    const row = top + Math.floor(place / columns);
    pixels[row * SIDE + left + (place % columns)] = Math.round(value);
  });
  return pixels;
}

const clamp = (offset, largest) => Math.min(Math.max(offset, 0), largest);

/** The smallest rectangle around all ink, or null. */
function bounds(ink, width) {
  let [left, right, top, bottom] = [width, -1, width, -1];
  for (let place = 0; place < ink.length; place++) {
    if (!ink[place]) continue;
    const column = place % width;
    const row = (place - column) / width;
    left = Math.min(left, column);
    right = Math.max(right, column);
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** Area means of the box on a grid of rows x columns; a pixel that two cells share counts in both, by its parts. */
function shrink(ink, width, box, columns, rows) {
  const across = spans(box.left, box.width, columns);
  const down = spans(box.top, box.height, rows);
  const small = new Float64Array(rows * columns);
  down.forEach((lines, row) => {
    across.forEach((places, column) => {
      let sum = 0;
      for (const [y, high] of lines) for (const [x, wide] of places) sum += high * wide * ink[y * width + x];
      small[row * columns + column] = sum;
    });
  });
  return small;
}

/** For each of `count` cells over [start, start + length): the pixels under it, with their shares, which sum to 1. */
function spans(start, length, count) {
  const step = length / count;
  return Array.from({ length: count }, (_, cell) => {
    const [from, to] = [cell * step, (cell + 1) * step];
    const under = [];
    for (let pixel = Math.floor(from); pixel < Math.min(Math.ceil(to), length); pixel++) {
      under.push([start + pixel, (Math.min(to, pixel + 1) - Math.max(from, pixel)) / step]);
    }
    return under;
  });
}

function centreOfMass(values, columns) {
  let [mass, row, column] = [0, 0, 0];
  values.forEach((value, place) => {
    mass += value;
    row += value * Math.floor(place / columns);
    column += value * (place % columns);
  });
  return { row: row / mass, column: column / mass };
}
