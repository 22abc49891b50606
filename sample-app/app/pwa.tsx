/** Page code for the worker: empty here. Variants that need some replace this file. */
export function Pwa() {
  return null;
}
