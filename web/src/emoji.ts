/** The buttons that open the picker: beside the field in which one writes, and at each message. */
import { EmojiPickerElement } from "./elements/emoji-picker.ts"
import { send } from "./send.ts"
import { putIn } from "./writing.ts"

export function startEmoji(): void {
  document.querySelectorAll<HTMLElement>("[data-action=pick-emoji]").forEach((button) => (button.hidden = false))
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-action=pick-emoji], [data-action=pick-reaction]")
    if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    if (button.dataset.action === "pick-emoji") write(button)
    else react(button as HTMLAnchorElement)
  })
}

function write(button: HTMLElement): void {
  const field = button.closest(".composer")!.querySelector("textarea")!
  EmojiPickerElement.open(button, (sign) => putIn(field, sign))
}

/** Where it cannot be done here, the page says why. */
function react(link: HTMLAnchorElement): void {
  const row = link.closest<HTMLElement>(".message")!
  const anchor = row.querySelector<HTMLElement>("[data-field=more]")!
  link.closest<HTMLElement>("[popover]")?.hidePopover()
  EmojiPickerElement.open(anchor, (sign) => {
    send(`/messages/${row.dataset.message}/reactions/${encodeURIComponent(sign)}`, {}, "PUT").catch(() => location.assign(link.href))
  })
}
