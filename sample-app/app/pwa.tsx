/** What the page does about its worker: nothing here. Variants that need page code replace this file. */
export function Pwa() {
  return null;
}
