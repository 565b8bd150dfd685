/** Putting something into a text field as if it had been typed: its draft, its size and its Undo go along. */

export function putIn(field: HTMLTextAreaElement | HTMLInputElement, text: string, from = field.selectionStart ?? 0, to = field.selectionEnd ?? from): void {
  field.focus({ preventScroll: true })
  field.setSelectionRange(from, to)
  // Deprecated, and the only way that Undo knows of; where it is gone the text is put in without.
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, from, to, "end")
    field.dispatchEvent(new InputEvent("input", { bubbles: true }))
  }
}
