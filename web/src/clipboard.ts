/** Putting a text on the clipboard. Rejects where the browser does not let us. */

export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  // Plain HTTP has only the old way: what is selected is copied. A field outside of an open menu could not be.
  const field = Object.assign(document.createElement("textarea"), { className: "unseen", value: text, readOnly: true })
  const before = document.activeElement as HTMLElement | null
  ;(document.querySelector(":popover-open") ?? document.body).append(field)
  field.select()
  const done = document.execCommand("copy")
  field.remove()
  before?.focus({ preventScroll: true })
  if (!done) throw new Error("the browser does not copy")
}
