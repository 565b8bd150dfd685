/** Copy the address of a link instead of going there. */

/** So long the menu says that it is done. */
const SAID = 900

/** Plain HTTP has no clipboard: there the link leads to the message, and the address can be copied from above. */
export function copyLink(event: Event, link: HTMLAnchorElement): void {
  if (!navigator.clipboard) return
  event.preventDefault()
  const words = link.textContent
  void navigator.clipboard.writeText(link.href).then(() => {
    link.textContent = "Copied"
    setTimeout(() => {
      link.textContent = words
      link.closest<HTMLElement>("[popover]")?.hidePopover()
    }, SAID)
  }, () => location.assign(link.href))
}
