/** <chat-rail data-at="EPOCH-N">: the counts beside groups and topics rise when others write and clear when one reads. */
import { isReading } from "../attention.ts"
import { current } from "../current.ts"
import type { Counts, Fact, Kind } from "../facts.ts"
import { factsSince } from "../live.ts"
import { countLabel } from "../model/names.ts"
import { isAfter } from "../model/place.ts"
import { refreshSoon } from "../refresh.ts"

const COUNTED: Kind[] = ["message_posted", "mentioned", "topic_read", "group_read"]
const REDRAWN: Kind[] = [
  "topic_opened", "topic_changed", "topic_deleted", "message_deleted", "messages_moved", "messages_imported", "group_changed",
  "member_joined", "member_left", "join_requested", "level_changed", "ignored_changed", "scheduled_changed",
]

export class ChatRailElement extends HTMLElement {
  static observedAttributes = ["data-at"]

  static define(tag = "chat-rail"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()
  #title = document.title
  /** Facts up to this place are in the counts: the server counted them, or we did. */
  #at = ""

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    this.#at = this.dataset.at ?? ""
    for (const kind of COUNTED) document.addEventListener(kind, ({ detail }) => this.#count(detail as Fact), { signal })
    for (const kind of REDRAWN) document.addEventListener(kind, () => refreshSoon("rail"), { signal })
    document.addEventListener("draft_changed", ({ detail }) => this.#markDraft(detail.topic_id, detail.empty), { signal })
    document.addEventListener("part_swapped", ({ detail }) => detail.name === "head" && this.#rename(), { signal })
    document.addEventListener("searches_counted", () => this.#showTotal(), { signal })
    document.addEventListener("group_deleted", ({ detail }) => this.#leave(detail.group_id), { signal })
    this.#showTotal()
  }

  disconnectedCallback(): void {
    this.#listening.abort()
  }

  /** The page has a fresh title, without a count. */
  #rename(): void {
    this.#title = document.title
    this.#showTotal()
  }

  /** A group is gone: whoever looks at it goes home. */
  #leave(groupId: number): void {
    if (this.querySelector(`[data-group="${groupId}"] [aria-current]`)) location.assign("/")
    else refreshSoon("rail")
  }

  /** The rail was rendered anew, at another place in the log: count what this tab has heard of since then. */
  attributeChangedCallback(): void {
    if (!this.isConnected) return
    this.#at = this.dataset.at ?? ""
    factsSince(this.#at).forEach((fact) => this.#count(fact))
    this.#showTotal()
  }

  #markDraft(topicId: number, empty: boolean): void {
    const mark = this.#row(topicId)?.querySelector<HTMLElement>('[data-field="draft"]')
    if (mark) mark.hidden = empty
  }

  #count(fact: Fact): void {
    if (!isAfter(fact.id, this.#at)) return
    this.#at = fact.id
    if (fact.kind === "message_posted") {
      const { author, group_id, topic_id } = fact.message
      if (author.id !== current.id && !isReading(topic_id) && !this.#isMuted(group_id, topic_id)) this.#raise(topic_id, 1, 0)
    } else if (fact.kind === "mentioned") {
      const muted = this.#isMuted(fact.group_id, fact.topic_id)
      if (!isReading(fact.topic_id) && !(muted && fact.everyone)) this.#raise(fact.topic_id, muted ? 1 : 0, 1)
    } else if (fact.kind === "topic_read") this.#read(fact)
    else if (fact.kind === "group_read") this.#rowsOf(fact.group_id).forEach((row) => this.#set(row, 0, 0))
    this.#showTotal()
  }

  /** Where something is muted, only a message that mentions the reader alone counts. */
  #isMuted(groupId: number, topicId: number): boolean {
    const row = this.#row(topicId)
    if (row) return row.classList.contains("rail__topic--muted")
    return this.querySelector(`.rail__group--muted[data-group="${groupId}"]`) !== null
  }

  #raise(topicId: number, unread: number, mentions: number): void {
    const row = this.#row(topicId)
    if (row) this.#set(row, number(row.dataset.unread) + unread, number(row.dataset.mentions) + mentions)
    else refreshSoon("rail")
  }

  #read({ topic_id, unread, mentions }: Counts): void {
    const row = this.#row(topic_id)
    if (row) this.#set(row, unread, mentions)
    else refreshSoon("rail")
  }

  #set(row: HTMLElement, unread: number, mentions: number): void {
    this.#addMentions(mentions - number(row.dataset.mentions))
    Object.assign(row.dataset, { unread: String(unread), mentions: String(mentions) })
    row.classList.toggle("rail__topic--unread", unread > 0)
    const pill = row.querySelector(".pill")!
    pill.classList.toggle("pill--you", mentions > 0)
    pill.textContent = mentions > 0 ? `@ ${countLabel(mentions)}` : countLabel(unread)
  }

  #addMentions(more: number): void {
    const pill = this.querySelector<HTMLElement>('[data-count="mentions"]')
    if (!pill || !more) return
    const total = Math.max(0, number(pill.dataset.total) + more)
    pill.dataset.total = String(total)
    pill.textContent = countLabel(total)
  }

  /** The title says in how many topics and searches something waits; muted ones do not count. */
  #showTotal(): void {
    const waiting = this.querySelectorAll(".rail__topic--unread:not(.rail__topic--muted)").length
    document.title = waiting ? `(${countLabel(waiting)}) ${this.#title}` : this.#title
  }

  #row(topicId: number): HTMLElement | null {
    return this.querySelector(`[data-topic="${topicId}"]`)
  }

  #rowsOf(groupId: number): NodeListOf<HTMLElement> {
    return this.querySelectorAll(`[data-group="${groupId}"] [data-topic]`)
  }
}

function number(text: string | undefined): number {
  return Number(text ?? 0)
}
