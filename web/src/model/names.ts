/** Initials, hues, counts and what stands for deleted messages, as the server writes them (convore_lite/routes/pages/wording.py): change both. */

const HUES = 24
const HUE_STEP = 7
const MOST = 999

export function initials(name: string): string {
  const words = name.split(/\s+/u).map((word) => [...word].filter((letter) => /[\p{L}\p{N}]/u.test(letter))).filter(({ length }) => length)
  if (!words.length) return [...name.trim()][0] ?? ""
  const pair = words.length > 1 ? [words[0]![0], words.at(-1)![0]] : words[0]!.slice(0, 2)
  return pair.join("").toUpperCase()
}

export const hue = (id: number): number => (id * HUE_STEP) % HUES

export function countLabel(count: number): string {
  return count < 1 ? "" : count > MOST ? `${MOST}+` : String(count)
}

export function goneLabel(count: number): string {
  return count < 1 ? "" : count === 1 ? "Message deleted or moved" : `${countLabel(count)} messages deleted or moved`
}
