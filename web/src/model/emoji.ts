/** Emoji and how they are found by a few letters. */

export interface Emoji {
  sign: string
  name: string
  short: string[]
  words: string[]
}

export interface EmojiGroup {
  name: string
  emoji: Emoji[]
}

/** As web/build.py writes them. */
export type EmojiFile = [name: string, emoji: [sign: string, name: string, short: string, words: string][]][]

export function readEmoji(file: EmojiFile): EmojiGroup[] {
  return file.map(([name, emoji]) => ({
    name,
    emoji: emoji.map(([sign, name, short, words]) => ({ sign, name, short: short.split(" "), words: `${words} ${name}`.split(" ") })),
  }))
}

/** Those whose short name begins with what was typed, the shortest first; then those of which another word does. */
export function findEmoji(groups: EmojiGroup[], typed: string, most: number): Emoji[] {
  const wanted = typed.toLowerCase()
  const all = groups.flatMap(({ emoji }) => emoji)
  const rank = ({ short, words }: Emoji): number => {
    const begun = short.filter((name) => name.startsWith(wanted)).map((name) => name.length)
    if (begun.length) return Math.min(...begun)
    return short.some((name) => name.includes(`_${wanted}`)) ? 100 : words.some((word) => word.startsWith(wanted)) ? 200 : Infinity
  }
  const ranked = all.map((emoji) => ({ emoji, rank: rank(emoji) })).filter((one) => one.rank < Infinity)
  return ranked.sort((one, other) => one.rank - other.rank).slice(0, most).map(({ emoji }) => emoji)
}
