/** The reactions below a message: buttons, each with its emoji and the ids of those who chose it. */
import { current } from "./current.ts"
import type { Reaction } from "./facts.ts"

export function fillReactions(row: HTMLElement, reactions: Reaction[]): void {
  form(row).replaceChildren(...reactions.map(({ emoji, user_ids }) => paint(blank(emoji), user_ids)))
}

/** Give a message that was edited the reactions it had. Those in the event are everybody's, also of people whom the reader ignores. */
export function keepReactions(row: HTMLElement, fresh: HTMLElement): void {
  form(fresh).replaceChildren(...form(row).children)
}

/** Somebody reacted. A message on its way, and one that is gone, have no place for it. */
export function addReaction(row: HTMLElement, emoji: string, userId: number): void {
  const button = find(row, emoji) ?? blank(emoji)
  paint(button, [...people(button).filter((id) => id !== userId), userId])
  if (!button.isConnected) form(row).append(button)
}

export function removeReaction(row: HTMLElement, emoji: string, userId: number): void {
  const button = find(row, emoji)
  if (!button) return
  const left = people(button).filter((id) => id !== userId)
  if (left.length) paint(button, left)
  else button.remove()
}

function form(row: HTMLElement): HTMLElement {
  return row.querySelector<HTMLElement>("[data-field=reactions]")!
}

function find(row: HTMLElement, emoji: string): HTMLButtonElement | null {
  return form(row).querySelector<HTMLButtonElement>(`[data-emoji="${CSS.escape(emoji)}"]`)
}

function blank(emoji: string): HTMLButtonElement {
  const template = document.querySelector<HTMLTemplateElement>("template#reaction")!
  const button = template.content.querySelector("button")!.cloneNode(true) as HTMLButtonElement
  button.dataset.emoji = button.value = emoji
  button.firstChild!.textContent = `${emoji} `
  return button
}

function people(button: HTMLButtonElement): number[] {
  return (button.dataset.people ?? "").split(" ").filter(Boolean).map(Number)
}

function paint(button: HTMLButtonElement, userIds: number[]): HTMLButtonElement {
  const mine = userIds.includes(current.id)
  button.dataset.people = userIds.join(" ")
  button.name = mine ? "remove" : "add"
  button.ariaPressed = String(mine)
  button.ariaLabel = `${button.dataset.emoji}, ${userIds.length}`
  button.querySelector("span")!.textContent = String(userIds.length)
  return button
}
