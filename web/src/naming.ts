/** What can be named in a message: @people, #topics, :emoji. */
import { type Choice, face, type Naming } from "./completion.ts"
import { allEmoji } from "./emoji_data.ts"
import type { User } from "./facts.ts"
import { findEmoji } from "./model/emoji.ts"
import { type Mark, triggerAt } from "./model/trigger.ts"
import { look } from "./send.ts"

const MOST = 8

export const inMessages: Naming<Mark> = {
  fields: ".composer__text",
  box: ".composer",
  isFirstChosen: true,
  triggerAt,
  choices: ({ mark, words }) => ({ "@": people, "#": topics, ":": emoji })[mark](words),
}

async function people(words: string): Promise<Choice[]> {
  const found = await look<{ people: User[]; everyone: ("group" | "here")[] }>(`/topics/${composer().topic}/mentionable?q=${encodeURIComponent(words)}`)
  const notes = { group: "everybody in this group", here: "everybody who is online" }
  const everyone = found?.everyone.map((name) => ({ text: `@${name} `, face: "@", name, note: notes[name] })) ?? []
  return [...(found?.people.map((user) => ({ text: `@${user.username} `, face: face(user), name: user.name, note: `@${user.username}` })) ?? []), ...everyone]
}

async function topics(words: string): Promise<Choice[]> {
  const found = await look<{ items: { name: string; slug: string; resolved: boolean }[] }>(`/groups/${composer().group}/topics?limit=${MOST}&q=${encodeURIComponent(words)}`)
  const group = location.pathname.split("/")[1]!
  return found?.items.map(({ name, slug, resolved }) => ({ text: `${new URL(`/${group}/${slug}/`, location.href).href} `, face: "#", name, note: resolved ? "resolved" : "" })) ?? []
}

async function emoji(words: string): Promise<Choice[]> {
  return findEmoji(await allEmoji(), words, MOST).map(({ sign, name, short }) => ({ text: sign, face: sign, name: `:${short[0]}:`, note: name }))
}

function composer(): DOMStringMap {
  return document.querySelector<HTMLElement>("message-composer")!.dataset
}
