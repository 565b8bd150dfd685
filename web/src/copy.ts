/** Copy the address of a link instead of going there; where that cannot be, the link leads there. */
import { copyText } from "./clipboard.ts"

/** So long the menu says that it is done. */
const SAID = 900

export function copyLink(event: Event, link: HTMLAnchorElement): void {
  event.preventDefault()
  const words = link.textContent
  void copyText(link.href).then(() => {
    link.textContent = "Copied"
    setTimeout(() => {
      link.textContent = words
      link.closest<HTMLElement>("[popover]")?.hidePopover()
    }, SAID)
  }, () => location.assign(link.href))
}
