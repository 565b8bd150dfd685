/** What somebody is about to name in a search: the value of an operator, or an operator itself. Read as words/search/parser.py reads it. */
import type { Trigger } from "./trigger.ts"

export const OPERATORS = {
  from: "written by somebody",
  in: "in a group",
  topic: "in a topic",
  to: "that mention somebody, or a word of yours",
  mentions: "that mention somebody",
  before: "before a day, a month, a year",
  after: "after a day, a month, a year",
  on: "on a day, in a month, in a year",
  has: "with a link, image, file, code or reaction",
  is: "starred, unread, edited, resolved",
}
export type Operator = keyof typeof OPERATORS

const DAYS = ["today", "yesterday"]
export const VALUES: Partial<Record<Operator, string[]>> = {
  has: ["link", "image", "file", "code", "reaction"],
  is: ["starred", "unread", "edited", "resolved"],
  before: DAYS,
  after: DAYS,
  on: DAYS,
}

const QUOTED = [`"[^"]*"?`, `“[^”“"]*[”“"]?`, `„[^“”"]*[“”"]?`, "«[^»]*»?", "「[^」]*」?"].join("|")
const PIECE = new RegExp(`(?:-(?=[^\\s-]))?(?:(${Object.keys(OPERATORS).join("|")}):)?(${QUOTED}|\\S*)`, "gi")
const CLOSED = /^(?:".*"|“.*[”“"]|„.*[“”"]|«.*»|「.*」)$/s
/** Short of this, a word is one. */
const SHORTEST_NAME = 2

/** The value that is typed behind an operator. What comes in its place brings a space with it. */
export function valueAt(text: string, caret: number): Trigger<Operator> | null {
  const piece = pieceAt(text, caret)
  if (!piece?.operator || caret < piece.from || CLOSED.test(text.slice(piece.from, caret))) return null
  const typed = text.slice(piece.from, caret)
  const isQuoted = /^["“„«「]/.test(typed)
  // Quotes that do not end yet hold all that follows: of that only what is before the caret is meant.
  const to = isQuoted && !CLOSED.test(text.slice(piece.from, piece.to)) ? caret : piece.to
  const words = (isQuoted ? typed.slice(1) : typed).replace(/^[@#]+/, "")
  return { mark: piece.operator, from: piece.from, to: to + Number(/^\s/.test(text.slice(to))), words }
}

/** The same, or an operator of which the first letters are typed; its mark is empty. */
export function operatorAt(text: string, caret: number): Trigger<Operator | ""> | null {
  const value = valueAt(text, caret)
  const piece = pieceAt(text, caret)
  if (value || !piece || piece.operator || caret !== piece.to) return value
  const words = text.slice(piece.from, piece.to)
  return /^[a-z]+$/i.test(words) && words.length >= SHORTEST_NAME ? { mark: "", from: piece.from, to: piece.to, words } : null
}

/** The operators that begin so. */
export function operatorsLike(words: string): Operator[] {
  return (Object.keys(OPERATORS) as Operator[]).filter((name) => name.startsWith(words.toLowerCase()))
}

/** Where a value, or a word, begins and ends that has the caret in it or behind it. */
function pieceAt(text: string, caret: number): { operator: Operator | ""; from: number; to: number } | null {
  for (const { 0: all, 1: operator = "", 2: value = "", index } of text.matchAll(PIECE)) {
    const to = index + all.length
    if (index < caret && caret <= to) return { operator: operator.toLowerCase() as Operator | "", from: to - value.length, to }
  }
  return null
}
