import "@testing-library/jest-dom/vitest";

import { cleanup } from "@testing-library/react";
import { afterEach, beforeAll } from "vitest";

import { startWords } from "@/i18n";

beforeAll(() => startWords("mac"));
afterEach(cleanup);

// jsdom lacks what the virtual grid and Radix ask for.
class Observer {
  observe() {}
  unobserve() {}
  disconnect() {}
}
globalThis.ResizeObserver ??= Observer;
const define = (target: object, name: string, value: unknown) => {
  if (!(name in target)) Object.defineProperty(target, name, { configurable: true, writable: true, value });
};
define(Element.prototype, "scrollIntoView", () => undefined);
define(Element.prototype, "hasPointerCapture", () => false);
define(window, "matchMedia", (query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}));
// Nothing has a size or scrolls in jsdom: boxes get one, so that the virtual grid draws rows.
const size = (side: string, pixels: number) =>
  Object.defineProperty(Element.prototype, side, { configurable: true, get: () => pixels });
size("clientHeight", 600);
size("clientWidth", 1000);
Element.prototype.scrollTo = function (this: Element, to?: ScrollToOptions | number) {
  if (typeof to === "object") this.scrollTop = to.top ?? 0;
  this.dispatchEvent(new Event("scroll"));
};
