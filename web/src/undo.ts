/** Undo: for a few seconds a message that one has just sent can be taken back into the composer. */
import type { SavedDraft, SentFile } from "./facts.ts"
import { send } from "./send.ts"

/** So long it is offered. The server does it for twice as long (convore_lite/actions/undo.py). */
const OFFERED = 5_000

export interface Undone {
  text: string
  reply_to: number | null
  files: SentFile[]
  draft: SavedDraft
}

export function startUndo(): void {
  document.addEventListener("click", (event) => {
    const pressed = (event.target as Element).closest<HTMLElement>("[data-action=undo]")
    if (!pressed) return
    event.preventDefault()
    void undo(pressed.closest<HTMLElement>(".message")!)
  })
  for (const form of document.querySelectorAll<HTMLElement>("#log [data-field=undo]:not([hidden])")) hideSoon(form)
}

/** Offer it at one's own message that the server has just taken. */
export function offerUndo(row: HTMLElement): void {
  const form = row.querySelector<HTMLElement>('[data-field="undo"]')
  if (!form) return
  form.hidden = false
  hideSoon(form)
}

function hideSoon(form: HTMLElement): void {
  setTimeout(() => (form.hidden = true), OFFERED)
}

async function undo(row: HTMLElement): Promise<void> {
  const messageId = Number(row.dataset.message)
  try {
    const undone = await send<Undone>(`/messages/${messageId}/undo`, {})
    document.dispatchEvent(new CustomEvent("message_undone", { detail: { ...undone, messageId } }))
  } catch (error) {
    row.querySelector<HTMLElement>('[data-field="undo"]')!.replaceChildren((error as Error).message.replace("Not sent: ", ""))
  }
}
