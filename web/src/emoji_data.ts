/** All emoji, fetched when the first of them is wanted, and kept. */
import { type EmojiFile, type EmojiGroup, readEmoji } from "./model/emoji.ts"

let asked: Promise<EmojiGroup[]> | null = null

export function allEmoji(): Promise<EmojiGroup[]> {
  asked ??= fetchEmoji().catch(() => (asked = null, []))
  return asked
}

async function fetchEmoji(): Promise<EmojiGroup[]> {
  const answer = await fetch(document.querySelector<HTMLMetaElement>("meta[name=emoji]")!.content)
  if (!answer.ok) throw new Error(String(answer.status))
  return readEmoji(await answer.json() as EmojiFile)
}
