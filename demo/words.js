// Numbers as words of a page.

const english = new Intl.NumberFormat("en");

export const byId = (id) => document.getElementById(id);
export const count = (number) => english.format(number);
export const list = (items) => new Intl.ListFormat("en").format(items.map(String));
export const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)}\u00a0%`;

/** 5481 -> "5.5 kB" */
export function bytes(size) {
  return size < 1e6 ? `${(size / 1e3).toFixed(1)}\u00a0kB` : `${(size / 1e6).toFixed(1)}\u00a0MB`;
}
