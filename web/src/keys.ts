/** Which keys send. */

export function isPhone(): boolean {
  return matchMedia("(pointer: coarse)").matches
}

/** On a phone, Enter is a new line. While an input method composes a word, Enter belongs to it. */
export function sends(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing && !isPhone()
}
