/** From a message to its element: the page's own <template id="message">, filled by data-field. */
import { current } from "./current.ts"
import type { Message, MessageNode, SentFile } from "./facts.ts"
import { fillFiles } from "./files.ts"
import { hue, initials } from "./model/names.ts"
import { fullTime } from "./model/times.ts"
import { fillPreviews } from "./previews.ts"
import { fillQuote } from "./quotes.ts"
import { fillReactions } from "./reactions.ts"
import { localise } from "./times.ts"

/** What is needed to show a message before the server has it. */
export interface Pending {
  client_id: string
  text: string
  reply_to: number | null
  files: readonly SentFile[]
}

function blank(name: "message" | "gone"): HTMLLIElement {
  const template = document.querySelector<HTMLTemplateElement>(`template#${name}`)!
  return template.content.querySelector("li")!.cloneNode(true) as HTMLLIElement
}

/** An element for a message that the server made. Only its html, which the server sanitised, is used as HTML. */
export function fill(message: Message, address: string): HTMLLIElement {
  const element = blank("message")
  element.id = `m-${message.id}`
  Object.assign(element.dataset, { message: String(message.id), seq: String(message.seq), clientId: message.client_id })
  fillAuthor(element, message.author)
  fillTime(element, message.created_at)
  field(element, "html").innerHTML = message.html
  fillLinks(element, message, address)
  fillEdited(element, message.edited_at)
  fillQuote(element, message, address)
  fillFiles(element, message.files)
  fillPreviews(element, message.previews)
  fillReactions(element, message.reactions)
  element.classList.toggle("message--mention", names(message.nodes, current.id))
  markMe(element)
  return element
}

/** What is edited and calls everybody still calls whom it called: only the server knows who that is, and does not say it again. */
export function keepMention(row: HTMLElement, fresh: HTMLElement, nodes: MessageNode[]): void {
  if (row.classList.contains("message--mention") && calls(nodes)) fresh.classList.add("message--mention")
}

/** An element for a message on its way: faded, its text as it was typed. */
export function fillPending({ client_id, text, reply_to, files }: Pending): HTMLLIElement {
  const element = blank("message")
  element.id = `m-${client_id}`
  element.classList.add("is-pending")
  element.dataset.clientId = client_id
  fillAuthor(element, { ...current, avatar_url: null })
  fillTime(element, new Date().toISOString())
  const words = field(element, "html")
  words.textContent = text
  words.classList.add("message__text--plain")
  fillFiles(element, files)
  fillQuote(element, { id: 0, reply_to }, "")
  field(element, "permalink").removeAttribute("href")
  element.querySelector(".message__acts")!.remove()
  return element
}

/** What stands for a message that is gone from its row. Moved to another topic, it takes its id along. */
export function fillGone(row: HTMLElement, moved = false): HTMLLIElement {
  const element = blank("gone")
  const { seq, author, at, message } = row.dataset
  Object.assign(element.dataset, { seq, author, at, message: moved ? "" : message })
  if (moved) element.removeAttribute("id")
  else element.id = row.id
  return element
}

/** Show whether the reader starred a message, and offer the other. */
export function markStar(row: HTMLElement, starred: boolean): void {
  field(row, "star-mark").hidden = !starred
  const button = row.querySelector<HTMLButtonElement>("[data-action=star]")
  if (button) Object.assign(button, { value: starred ? "no" : "yes", textContent: starred ? "Remove star" : "Star" })
}

export function isStarred(row: HTMLElement): boolean {
  return !field(row, "star-mark").hidden
}

/** Light up the links to the reader's own name. */
export function markMe(root: ParentNode): void {
  const mine = `.message__text a[href="/users/${CSS.escape(current.username)}/"]`
  for (const link of root.querySelectorAll(mine)) link.classList.add("is-me")
}

function fillAuthor(element: HTMLElement, author: Message["author"]): void {
  element.dataset.author = String(author.id)
  element.classList.toggle("message--mine", author.id === current.id)
  const link = field<HTMLAnchorElement>(element, "author")
  link.textContent = author.name
  link.href = `/users/${encodeURIComponent(author.username)}/`
  field(element, "bot").hidden = author.kind !== "bot"
  const face = element.querySelector<HTMLElement>(".avatar")!
  face.className = `avatar hue-${hue(author.id)}${author.kind === "bot" ? " avatar--bot" : ""}`
  face.textContent = initials(author.name)
  if (author.avatar_url) face.append(Object.assign(new Image(), { className: "avatar__picture", alt: "", src: author.avatar_url }))
}

function fillLinks(element: HTMLElement, { id, author }: Message, address: string): void {
  if (author.id !== current.id) element.querySelectorAll("[data-own]").forEach((own) => own.remove())
  const here = `${address}${id}/`
  const targets = { "react-page": `${here}react/`, pick: `${here}react/`, permalink: `${here}#m-${id}`, link: `${here}#m-${id}`, edited: `${here}history/`, edit: `${here}edit/`, delete: `${here}delete/`, move: `${address}move/?start=${id}` }
  for (const [name, href] of Object.entries(targets)) {
    element.querySelector<HTMLAnchorElement>(`[data-field="${name}"]`)?.setAttribute("href", href)
  }
  for (const [form, end] of [["unread", "unread"], ["star", "star"], ["react", "react"], ["reactions", "react"], ["previews", "previews"], ["undo", "undo"]]) {
    element.querySelector<HTMLFormElement>(`[data-field="${form}"]`)?.setAttribute("action", `${here}${end}/`)
  }
  field(element, "menu").id = `menu-${id}`
  field(element, "more").setAttribute("popovertarget", `menu-${id}`)
}

function fillEdited(element: HTMLElement, at: string | null): void {
  const edited = field(element, "edited")
  edited.hidden = at === null
  if (at === null) return
  const time = edited.querySelector("time")!
  Object.assign(time, { dateTime: at, title: fullTime(new Date(at)) })
  localise(edited)
}

function fillTime(element: HTMLElement, at: string): void {
  element.dataset.at = at
  for (const time of element.querySelectorAll("time")) Object.assign(time, { dateTime: at, title: fullTime(new Date(at)) })
  localise(element)
}

function names(nodes: MessageNode[], userId: number): boolean {
  return nodes.some((node) => (node.type === "username" && node.user_id === userId) || names(node.children ?? [], userId))
}

function calls(nodes: MessageNode[]): boolean {
  return nodes.some((node) => node.type === "everyone" || calls(node.children ?? []))
}

function field<Kind extends HTMLElement>(element: HTMLElement, name: string): Kind {
  return element.querySelector<Kind>(`[data-field="${name}"]`)!
}
