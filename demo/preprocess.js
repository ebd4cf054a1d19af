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
    bottom = (place - column) / width;
    top = Math.min(top, bottom);
    left = Math.min(left, column);
    right = Math.max(right, column);
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** Area means of the box on a grid of rows x columns: first along the lines, then down. */
function shrink(ink, width, box, columns, rows) {
  const lines = new Float64Array(box.height * columns);
  for (let y = 0; y < box.height; y++) {
    const start = (box.top + y) * width + box.left;
    means(lines, y * columns, 1, columns, box.width, (x) => ink[start + x]);
  }
  const small = new Float64Array(rows * columns);
  for (let column = 0; column < columns; column++) {
    means(small, column, columns, rows, box.height, (y) => lines[y * columns + column]);
  }
  return small;
}

/** Means over `count` equal parts of `length` values, put at start, start + step, ...; borders may cut values. */
function means(target, start, step, count, length, value) {
  const wide = length / count;
  for (let part = 0; part < count; part++) {
    const [from, to] = [part * wide, Math.min((part + 1) * wide, length)];
    let sum = 0;
    for (let at = Math.floor(from); at < to; at++) sum += value(at) * (Math.min(to, at + 1) - Math.max(from, at));
    target[start + part * step] = sum / wide;
  }
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
