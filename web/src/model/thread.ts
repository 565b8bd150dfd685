/** How a message stands to the one before it, as the server arranges them (convore_lite/routes/pages/thread.py): change both. */
import { isSameDay } from "./times.ts"

const SAME_BREATH = 5 * 60_000

/** *gone*: it was deleted, or stands elsewhere now. *answers*: it is a reply, and shows what to. */
export interface Said {
  author: number
  at: Date
  gone: boolean
  answers?: boolean
}

/** *day*: a day line goes between them. *again*: the second goes without a face and a name. */
export function relation(before: Said | null, message: Said): { day: boolean; again: boolean } {
  const day = !before || !isSameDay(before.at, message.at)
  const soon = before !== null && message.at.getTime() - before.at.getTime() < SAME_BREATH
  const there = !before?.gone && !message.gone && !message.answers
  return { day, again: !day && soon && there && before.author === message.author }
}
