// The square to draw in: one round pen for mouse, finger and stylus.

import { SIDE } from "./preprocess.js";

const PEN = 2.2; // pixels of 28, about the width of a stroke in MNIST

export class Pad {
  /** changed(finished) is called after every piece of a stroke, and with true at its end. */
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.changed = changed;
    this.fresh = true; // what is shown is no drawing: the first stroke wipes it away
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.go(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => this.end(event));
  }

  begin(event) {
    if (!event.isPrimary || event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    if (this.fresh) this.wipe();
    this.fresh = false;
    this.at = this.place(event);
    this.line([event]);
  }

  go(event) {
    if (!this.at || !event.isPrimary) return;
    const between = event.getCoalescedEvents?.() ?? [];
    this.line(between.length ? between : [event]);
  }

  end(event) {
    if (!this.at || !event.isPrimary) return;
    this.at = null;
    this.changed(true);
  }

  line(events) {
    const pen = this.context;
    pen.lineWidth = (this.canvas.width * PEN) / SIDE;
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(this.at.x, this.at.y);
    for (const event of events) {
      this.at = this.place(event);
      pen.lineTo(this.at.x, this.at.y);
    }
    pen.stroke();
    this.changed(false);
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
  }

  wipe() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.fresh = true;
  }

  /** Show a test image; a stroke begins on new paper. */
  show(image) {
    this.wipe();
    this.context.drawImage(image, 0, 0, this.canvas.width, this.canvas.height);
  }

  /** The drawing's ink, width x width bytes. */
  ink() {
    const { width, height } = this.canvas;
    const colours = this.context.getImageData(0, 0, width, height).data;
    const ink = new Uint8Array(width * height);
    for (let place = 0; place < ink.length; place++) ink[place] = colours[4 * place + 3];
    return { ink, width };
  }
}

/** Draw 28 x 28 bytes into a canvas of that size as ink on nothing: the colour scheme is left to the style sheet. */
export function paint(canvas, pixels, colour = [0, 0, 0]) {
  const image = new ImageData(SIDE, SIDE);
  pixels?.forEach((value, place) => image.data.set([...colour, value], 4 * place));
  canvas.getContext("2d").putImageData(image, 0, 0);
}
