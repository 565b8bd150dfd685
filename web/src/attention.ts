/** What the reader has before their eyes: which topic is open, and whether its end is in view. */
const shown = { topicId: 0, atEnd: false }

export function show(topicId: number, atEnd: boolean): void {
  shown.topicId = topicId
  shown.atEnd = atEnd
}

/** Whether a new message of the topic is seen the moment it comes. A hidden tab sees nothing. */
export function isReading(topicId: number): boolean {
  return shown.topicId === topicId && shown.atEnd && isLooking()
}

/** Whether somebody has this tab before them. */
export function isLooking(): boolean {
  return document.visibilityState === "visible" && document.hasFocus()
}
