/** What somebody is about to name: @ somebody, # a topic, : an emoji. */

export type Mark = "@" | "#" | ":"

/** *words* are what is typed of a name, behind its mark. What is named stands in the place of the text between *from* and *to*. */
export interface Trigger<Marked extends string = string> {
  mark: Marked
  from: number
  to: number
  words: string
}

const TYPED = /([@#:])([\p{L}\p{N}\p{M}._+-]{0,40})$/u
/** A mark behind these belongs to what is before it: an e-mail address, a time, an address. Scripts without capitals put no spaces. */
const WITHIN = /[\p{Lu}\p{Ll}\p{N}@#:/\\]$/u
/** Short of this, a colon is one. */
const SHORTEST_EMOJI = 2

export function triggerAt(text: string, caret: number): Trigger<Mark> | null {
  const before = text.slice(0, caret)
  const found = TYPED.exec(before)
  if (!found || isCode(before)) return null
  const [mark, words] = [found[1] as Mark, found[2]!]
  if (WITHIN.test(before.slice(0, found.index)) || (mark === ":" && words.length < SHORTEST_EMOJI)) return null
  return { mark, from: found.index, to: caret, words }
}

/** Within marks of code nothing is named. */
function isCode(before: string): boolean {
  const fences = before.split("```")
  if (fences.length % 2 === 0) return true
  return fences.at(-1)!.split("\n").at(-1)!.split("`").length % 2 === 0
}
