/** The names of people by their ids: from the page, where most of them stand, else asked for once. */
import type { User } from "./facts.ts"

const asked = new Map<number, Promise<void>>()
const names = new Map<number, string>()

export function knownName(userId: number): string | null {
  return names.get(userId) ?? nameOnPage(userId)
}

/** Have the name of somebody found; where it cannot be had, they are "Somebody" for as long as the page is open. */
export function findName(userId: number): Promise<void> {
  if (!asked.has(userId)) asked.set(userId, ask(userId))
  return asked.get(userId)!
}

function nameOnPage(userId: number): string | null {
  const place = `[data-name-of="${userId}"], .message[data-author="${userId}"] [data-field="author"]`
  return document.querySelector(place)?.textContent ?? null
}

async function ask(userId: number): Promise<void> {
  const answer = await fetch(`/api/v1/users/${userId}`).catch(() => null)
  names.set(userId, answer?.ok ? ((await answer.json()) as User).name : "Somebody")
}
