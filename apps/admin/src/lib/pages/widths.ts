/** What does not fit where it stands, for tests of whole pages at many widths. */
import { endReasonNames, endReasons } from "@lastbeat/core/reasons";

const TOLERANCE_PX = 1;

/** Elements that reach beyond the page or beyond the panel they stand in, and pages that scroll sideways. One line each. */
export function sidewaysProblems(): string[] {
  const { scrollWidth, clientWidth } = document.documentElement;
  const problems = scrollWidth > clientWidth ? [`the page is ${scrollWidth} px wide and shows ${clientWidth}`] : [];
  for (const element of document.querySelectorAll<HTMLElement>("body *")) {
    const holder = element.closest<HTMLElement>("section, header, nav, [data-holds]") ?? document.body;
    if (holder === element || scrollsInside(element, holder) || element.checkVisibility({ opacityProperty: true }) === false)
      continue;
    const { left, right, width } = element.getBoundingClientRect();
    // What only screen readers hear is a pixel wide.
    if (width <= 1 || element.closest(".sr-only")) continue;
    const box = holder.getBoundingClientRect();
    if (right > Math.min(box.right, clientWidth) + TOLERANCE_PX || left < box.left - TOLERANCE_PX) {
      problems.push(
        `${nameOf(element)} reaches from ${left} to ${right}, its ${nameOf(holder)} from ${box.left} to ${box.right}`,
      );
    }
  }
  return problems;
}

/** Reasons of ends that are shown, but not to their last letter. */
export function cutReasons(): string[] {
  const texts = new Set(endReasonNames.map((name) => endReasons[name].text));
  return [...document.querySelectorAll<HTMLElement>("body *")]
    .filter((element) => element.childElementCount === 0 && texts.has(element.textContent.trim()))
    .filter((element) => element.checkVisibility() && element.scrollWidth > element.clientWidth + TOLERANCE_PX)
    .map((element) => `${element.textContent.trim()}: ${element.clientWidth} of ${element.scrollWidth} px`);
}

/** Whether something between the two scrolls sideways by itself, or cuts off what it holds on purpose. */
function scrollsInside(element: HTMLElement, holder: HTMLElement): boolean {
  for (let box = element.parentElement; box !== null && box !== holder.parentElement; box = box.parentElement) {
    if (getComputedStyle(box).overflowX !== "visible") return true;
  }
  return false;
}

function nameOf(element: HTMLElement): string {
  const text = element.textContent.trim().replaceAll(/\s+/g, " ").slice(0, 40);
  return `<${element.tagName.toLowerCase()} class="${element.className.toString().slice(0, 60)}"> ${text}`;
}
