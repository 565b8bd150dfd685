/** From a message to its element: the page's own <template id="message">, filled by data-field. */
import { current } from "./current.ts"
import type { Message, MessageNode } from "./facts.ts"
import { hue, initials } from "./model/names.ts"
import { fullTime } from "./model/times.ts"
import { localise } from "./times.ts"

/** What is needed to show a message before the server has it. */
export interface Pending {
  client_id: string
  text: string
}

function blank(): HTMLLIElement {
  const template = document.querySelector<HTMLTemplateElement>("template#message")!
  return template.content.querySelector("li")!.cloneNode(true) as HTMLLIElement
}

/** An element for a message that the server made. Only its html, which the server sanitised, is used as HTML. */
export function fill(message: Message, address: string): HTMLLIElement {
  const element = blank()
  element.id = `m-${message.id}`
  Object.assign(element.dataset, { message: String(message.id), seq: String(message.seq), clientId: message.client_id })
  fillAuthor(element, message.author)
  fillTime(element, message.created_at)
  field(element, "html").innerHTML = message.html
  field<HTMLAnchorElement>(element, "permalink").href = `${address}${message.id}/#m-${message.id}`
  element.classList.toggle("message--mention", names(message.nodes, current.id))
  markMe(element)
  return element
}

/** An element for a message on its way: faded, its text as it was typed. */
export function fillPending({ client_id, text }: Pending): HTMLLIElement {
  const element = blank()
  element.id = `m-${client_id}`
  element.classList.add("is-pending")
  element.dataset.clientId = client_id
  fillAuthor(element, { ...current, avatar_url: null })
  fillTime(element, new Date().toISOString())
  const words = field(element, "html")
  words.textContent = text
  words.classList.add("message__text--plain")
  field(element, "permalink").removeAttribute("href")
  return element
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

function fillTime(element: HTMLElement, at: string): void {
  element.dataset.at = at
  for (const time of element.querySelectorAll("time")) Object.assign(time, { dateTime: at, title: fullTime(new Date(at)) })
  localise(element)
}

function names(nodes: MessageNode[], userId: number): boolean {
  return nodes.some((node) => (node.type === "username" && node.user_id === userId) || names(node.children ?? [], userId))
}

function field<Kind extends HTMLElement>(element: HTMLElement, name: string): Kind {
  return element.querySelector<Kind>(`[data-field="${name}"]`)!
}
