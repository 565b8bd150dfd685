/** The line above a reply that says what it answers, and keeps right when that is edited, deleted or taken out of sight. */
import type { Message, Quoted } from "./facts.ts"
import { look } from "./send.ts"

/** As much as the server takes (convore_lite/words/excerpt.py). */
const LONGEST = 160
/** What a page does not hold has to be asked for; not by everybody in the same moment. */
const CHANCE = 1_000

/** An event does not hold what is quoted, as not everybody may read it: then it is taken from the page, or asked for. */
export function fillQuote(row: HTMLElement, message: Pick<Message, "id" | "reply_to" | "quoted">, address: string): void {
  row.dataset.replyTo = String(message.reply_to ?? "")
  for (const link of row.querySelectorAll<HTMLAnchorElement>("[data-action=reply]")) link.href = `${address}?reply=${message.id}`
  if (message.reply_to === null) return
  if (address) line(row).href = `${address}${message.reply_to}/#m-${message.reply_to}`
  if (message.quoted !== undefined) return paint(row, message.quoted)
  const known = onThisPage(message.reply_to) ?? onAnotherRow(message.id)
  if (known) paint(row, known)
  else if (message.id) setTimeout(() => void ask(message.id), Math.random() * CHANCE)
}

/** The first words of a message that is on this page, as the server would say them (convore_lite/words/excerpt.py): change both. */
export function firstWords(html: string): string {
  const template = document.createElement("template")
  template.innerHTML = html.replaceAll("><", "> <").replaceAll("<br>", " ")
  for (const spoiler of template.content.querySelectorAll(".spoiler")) spoiler.replaceWith("[spoiler]")
  const picture = template.content.querySelector("img")
  const words = (template.content.textContent || picture?.alt || picture?.src || "").replace(/\s+/g, " ").trim()
  return words.length <= LONGEST ? words : `${words.slice(0, LONGEST).trimEnd()}…`
}

export function startQuotes(): void {
  document.addEventListener("message_edited", ({ detail: { message } }) => {
    for (const quote of quotesOf(message.id)) part(quote, "text").textContent = firstWords(message.html)
  })
  document.addEventListener("message_deleted", ({ detail: { message_id: id } }) => {
    for (const quote of quotesOf(id)) paint(quote.closest<HTMLElement>(".message")!, { id, deleted: true })
  })
  document.addEventListener("messages_moved", ({ detail: { message_ids, to_topic } }) => {
    if (to_topic === null) for (const quote of message_ids.flatMap(quotesOf)) void ask(Number(quote.closest<HTMLElement>(".message")!.dataset.message))
  })
  document.addEventListener("click", goTo)
}

type Shown = Pick<Quoted, "id" | "deleted"> & Partial<Quoted>

/** Null: there is something, and it is not for this reader. */
function paint(row: HTMLElement, quoted: Shown | null): void {
  const quote = line(row)
  quote.hidden = quoted === null
  if (quoted === null) return delete quote.dataset.quotes, undefined
  quote.dataset.quotes = String(quoted.id)
  quote.classList.toggle("quote--gone", quoted.deleted)
  part(quote, "author").textContent = quoted.deleted ? "" : quoted.author!.name
  part(quote, "text").textContent = quoted.deleted ? "Message deleted" : quoted.text!
}

function onThisPage(id: number): Shown | null {
  const row = document.getElementById(`m-${id}`)
  if (!row) return null
  if ("gone" in row.dataset) return { id, deleted: true }
  const name = row.querySelector("[data-field=author]")!.textContent!
  return { id, deleted: false, author: { name } as Quoted["author"], text: firstWords(row.querySelector(".message__text")!.innerHTML) }
}

/** A reply that is shown anew, because it was edited, answers what it did. */
function onAnotherRow(id: number): Shown | null {
  const quote = document.querySelector<HTMLElement>(`#m-${id} [data-quotes]`)
  if (!quote) return null
  const [author, text] = [part(quote, "author").textContent!, part(quote, "text").textContent!]
  const deleted = quote.classList.contains("quote--gone")
  return { id: Number(quote.dataset.quotes), deleted, author: { name: author } as Quoted["author"], text }
}

async function ask(id: number): Promise<void> {
  const message = await look<Message>(`/messages/${id}`)
  const row = document.getElementById(`m-${id}`)
  if (row && !("gone" in row.dataset)) paint(row, message?.quoted ?? null)
}

/** What stands on this page is gone to without leaving it. */
function goTo(event: MouseEvent): void {
  const link = (event.target as Element).closest<HTMLElement>("[data-action=go-to]")
  const row = link && document.getElementById(`m-${link.dataset.quotes}`)
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  document.querySelectorAll(".is-linked").forEach((other) => other.classList.remove("is-linked"))
  row.classList.add("is-linked")
  row.scrollIntoView({ block: "center" })
  row.tabIndex = -1
  row.focus({ preventScroll: true })
}

function quotesOf(id: number): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(`[data-quotes="${id}"]`)]
}

function line(row: HTMLElement): HTMLAnchorElement {
  return row.querySelector<HTMLAnchorElement>("[data-field=quote]")!
}

function part(quote: HTMLElement, name: "author" | "text"): HTMLElement {
  return quote.querySelector<HTMLElement>(`[data-field=quote-${name}]`)!
}
