/** Writing a reply: which message the composer answers. "Reply" at a message, or the key r, says it; Escape takes it back. */
import { current } from "./current.ts"
import { firstWords } from "./quotes.ts"

export function startReplying(): void {
  document.addEventListener("click", (event) => {
    const pressed = (event.target as Element).closest<HTMLElement>("[data-action=reply], [data-action=leave-reply]")
    if (!pressed || event.ctrlKey || event.metaKey || event.shiftKey || !answering()) return
    event.preventDefault()
    if (pressed.dataset.action === "leave-reply") leaveReply()
    else reply(pressed.closest<HTMLElement>(".message")!)
  })
  document.addEventListener("keydown", key)
  document.addEventListener("message_deleted", ({ detail }) => leaveReplyTo([detail.message_id]))
  document.addEventListener("messages_moved", ({ detail }) => leaveReplyTo(detail.message_ids))
}

/** The message that what is being sent answers, if any; what is sent next answers none. */
export function takeReply(): number | null {
  const id = Number(value()?.value)
  leaveReply()
  return id || null
}

/** Answer a message, if it is on the page. */
export function answer(messageId: number): void {
  const row = document.getElementById(`m-${messageId}`)
  if (row && !("gone" in row.dataset) && answering()) reply(row)
}

function reply(row: HTMLElement): void {
  row.querySelector<HTMLElement>(":popover-open")?.hidePopover()
  const shown = answering()!
  value()!.value = row.dataset.message!
  shown.querySelector(".quote__author")!.textContent = row.querySelector("[data-field=author]")!.textContent
  shown.querySelector(".quote__text")!.textContent = firstWords(row.querySelector(".message__text")!.innerHTML)
  shown.hidden = false
  field()?.focus()
  shown.dispatchEvent(new CustomEvent("reply_changed", { bubbles: true }))
}

export function leaveReply(): void {
  const shown = answering()
  if (!shown || shown.hidden) return
  value()!.value = ""
  shown.hidden = true
  field()?.focus()
  shown.dispatchEvent(new CustomEvent("reply_changed", { bubbles: true }))
}

function leaveReplyTo(ids: number[]): void {
  if (ids.includes(Number(value()?.value))) leaveReply()
}

function key(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
  const target = event.target as HTMLElement
  if (target === field()) inField(event)
  else if (event.key === "r" && !target.closest("input, textarea, select, [popover]")) {
    const row = target.closest(".message") ?? document.querySelector(".message:hover")
    const link = row?.querySelector<HTMLElement>("[data-action=reply]")
    if (link) event.preventDefault(), link.click()
  }
}

function inField(event: KeyboardEvent): void {
  if (event.key === "Escape" && answering()?.hidden === false) leaveReply()
  if (event.key !== "ArrowUp" || event.shiftKey || field()!.value) return
  const mine = document.querySelectorAll<HTMLElement>(`.message[data-author="${current.id}"] [data-action=edit]`)
  if (mine.length) event.preventDefault(), mine[mine.length - 1]!.click()
}

function answering(): HTMLElement | null {
  return document.querySelector<HTMLElement>("message-composer [data-field=answering]")
}

function value(): HTMLInputElement | null {
  return answering()?.querySelector<HTMLInputElement>("[name=reply_to]") ?? null
}

function field(): HTMLTextAreaElement | null {
  return document.querySelector<HTMLTextAreaElement>("message-composer textarea")
}
