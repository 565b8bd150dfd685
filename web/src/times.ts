/** Shows the times of the page in the reader's zone, and keeps "yesterday" true with one timer for all of them. */
import { fullTime, inShape, type Shape } from "./model/times.ts"

const MINUTE = 60_000

export function localise(root: ParentNode): void {
  const now = new Date()
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[data-shape]")) {
    const at = new Date(element.dateTime)
    const text = inShape(at, element.dataset.shape as Shape, now)
    if (element.textContent !== text) element.textContent = text
    element.title = fullTime(at)
  }
}

export function startTimes(): void {
  localise(document)
  setInterval(() => localise(document), MINUTE)
  document.addEventListener("part_swapped", ({ target }) => localise(target as HTMLElement))
}
