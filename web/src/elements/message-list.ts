/** <message-list data-topic="7">: the log of the open topic. Appends, sends, goes back in time, and says what was read. */
import { isLooking, isReading, show } from "../attention.ts"
import { current } from "../current.ts"
import type { Fact, Message } from "../facts.ts"
import { fill, fillGone, fillPending, isStarred, keepMention, markMe, markStar } from "../fill.ts"
import { edit } from "./message-editor.ts"
import { Outbox, type Unsent } from "../model/outbox.ts"
import { fillPreviews } from "../previews.ts"
import { Progress } from "../progress.ts"
import { addReaction, keepReactions, removeReaction } from "../reactions.ts"
import { fetchPage, refreshSoon } from "../refresh.ts"
import { arrange, firstLine, fold, linesBefore, markNew, removeRow, replaceRow, rowAfter, rowsOf } from "../rows.ts"
import { copyLink } from "../copy.ts"
import { look, send, SendError } from "../send.ts"
import { localise } from "../times.ts"
import { offerUndo } from "../undo.ts"

/** So near to the end, the end counts as in view. */
const NEAR = 40
/** A message must be before one's eyes this long before it is read. */
const GLANCE = 400
/** Messages that came from another topic are fetched in pages of this size. */
const ARRIVALS = 200

export class MessageListElement extends HTMLElement {
  static define(tag = "message-list"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()
  #outbox!: Outbox
  #progress!: Progress
  #list!: HTMLElement
  #below!: HTMLButtonElement
  #waiting = 0
  #glance: ReturnType<typeof setTimeout> | undefined
  readonly #underway = new Set<string>()
  /** Messages leave one after the other, in the order in which they were written. */
  #sent: Promise<unknown> = Promise.resolve()

  get #topicId(): number {
    return Number(this.dataset.topic)
  }

  /** The topic's address, /GROUP/TOPIC/: the page is there, or at one of its messages. */
  get #address(): string {
    return `${location.pathname.split("/", 3).join("/")}/`
  }

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    this.#list = this.querySelector("ol")!
    this.#progress = new Progress(this.#list, (change) => this.#keepPlace(change))
    this.#below = document.querySelector("[data-action=below]")!
    this.#outbox = new Outbox(() => sessionStorage, current.id, this.#topicId)
    document.addEventListener("message_posted", ({ detail }) => this.#posted(detail.message), { signal })
    for (const kind of ["message_edited", "message_saved"] as const) {
      document.addEventListener(kind, ({ detail }) => this.#edited(detail.message), { signal })
    }
    document.addEventListener("message_deleted", ({ detail }) => (detail.undone ? this.#undone : this.#gone).call(this, [detail.message_id]), { signal })
    document.addEventListener("message_undone", ({ detail }) => this.#undone([detail.messageId]), { signal })
    document.addEventListener("messages_moved", ({ detail }) => this.#moved(detail), { signal })
    document.addEventListener("mentioned", ({ detail }) => this.#row(detail.message_id)?.classList.add("message--mention"), { signal })
    document.addEventListener("reaction_added", ({ detail }) => this.#reacted(detail, addReaction), { signal })
    document.addEventListener("reaction_removed", ({ detail }) => this.#reacted(detail, removeReaction), { signal })
    document.addEventListener("previews_changed", ({ detail }) => this.#previewed(detail), { signal })
    document.addEventListener("star_added", ({ detail }) => this.#star(detail.message_id, true), { signal })
    document.addEventListener("star_removed", ({ detail }) => this.#star(detail.message_id, false), { signal })
    document.addEventListener("messages_imported", ({ detail }) => this.#ours(detail.topic_id) && refreshSoon("log"), { signal })
    document.addEventListener("topic_read", ({ detail }) => this.#ours(detail.topic_id) && this.#read(detail.read_seq), { signal })
    document.addEventListener("message_sending", ({ detail }) => this.#send(detail), { signal })
    for (const happening of ["visibilitychange", "part_swapped"]) document.addEventListener(happening, () => this.#look(), { signal })
    addEventListener("focus", () => this.#look(), { signal })
    addEventListener("resize", () => this.#look(), { signal })
    this.addEventListener("part_swapped", () => this.#settleIn(), { signal })
    this.addEventListener("scroll", () => this.#look(), { signal, passive: true })
    this.addEventListener("click", (event) => this.#click(event), { signal })
    this.#below.addEventListener("click", () => this.#goToEnd(), { signal })
    this.#settleIn()
    this.#goToNew()
    this.#look()
  }

  disconnectedCallback(): void {
    this.#listening.abort()
    clearTimeout(this.#glance)
  }

  /** What the server rendered is put into the reader's zone, and what they have not got rid of yet is added. */
  #settleIn(): void {
    markMe(this.#list)
    for (const element of this.#messages()) arrange(element)
    for (const { dataset } of this.#messages()) if (Number(dataset.author) === current.id) this.#outbox.remove(dataset.clientId ?? "")
    for (const unsent of this.#outbox.unsent) {
      this.#showPending(unsent)
      if (!this.#underway.has(unsent.clientId)) this.#fail(unsent, "Not sent.")
    }
  }

  #posted(message: Message): void {
    if (!this.#ours(message.topic_id)) return
    if (message.files.length) refreshSoon("side")
    const mine = message.author.id === current.id
    const read = isReading(this.#topicId)
    if (mine && this.#outbox.remove(message.client_id)) return this.#settle(message)
    if (document.getElementById(`m-${message.id}`)) return
    if (this.#progress.isBehind) return this.#wait()
    this.#keepPlace(() => {
      this.#insert(message)
      if (!mine && !read) this.#progress.arrived(this.#row(message.id)!)
    })
    if (!mine && !this.#atEnd()) this.#wait()
    this.#look()
  }

  #edited(message: Message): void {
    const row = this.#row(message.id)
    if (!row || row.classList.contains("is-editing")) return
    const fresh = fill(message, this.#address)
    markStar(fresh, isStarred(row))
    keepReactions(row, fresh)
    keepMention(row, fresh, message.nodes)
    this.#keepPlace(() => this.#replace(row, fresh))
  }

  #star(messageId: number, starred: boolean): void {
    const row = this.#row(messageId)
    if (row && !("gone" in row.dataset)) markStar(row, starred)
  }

  #reacted({ message_id, emoji, user_id }: Fact<"reaction_added" | "reaction_removed">, change: typeof addReaction): void {
    const row = this.#row(message_id)
    if (row && !("gone" in row.dataset)) this.#keepPlace(() => change(row, emoji, user_id))
  }

  #previewed({ message_id, previews }: Fact<"previews_changed">): void {
    const row = this.#row(message_id)
    if (row && !("gone" in row.dataset)) this.#keepPlace(() => fillPreviews(row, previews))
  }

  #removePreview(button: HTMLButtonElement): void {
    const message = button.closest<HTMLElement>(".message")!.dataset.message
    send(`/messages/${message}/previews/${button.value}`, {}, "DELETE").catch(() => button.form!.requestSubmit(button))
  }

  #sendReaction(button: HTMLButtonElement): void {
    const message = button.closest<HTMLElement>(".message")!.dataset.message
    button.closest<HTMLElement>("[popover]")?.hidePopover()
    const path = `/messages/${message}/reactions/${encodeURIComponent(button.dataset.emoji!)}`
    send(path, {}, button.name === "add" ? "PUT" : "DELETE").catch(() => button.form!.requestSubmit(button))
  }

  /** The event that says it is done shows it, in this tab as in every other. */
  #sendStar(button: HTMLButtonElement): void {
    const message = button.closest<HTMLElement>(".message")!.dataset.message
    button.closest<HTMLElement>("[popover]")?.hidePopover()
    send(`/messages/${message}/star`, {}, button.value === "yes" ? "PUT" : "DELETE").catch(() => button.form!.submit())
  }

  /** Messages are deleted, or *moved* to another topic: a quiet line stays where they were. */
  #gone(messageIds: number[], moved = false): void {
    const rows = messageIds.map((id) => this.#row(id)).filter((row) => row !== null)
    if (rows.some((row) => row.querySelector('[data-field="files"]')?.hasChildNodes())) refreshSoon("side")
    this.#keepPlace(() => {
      for (const row of rows) this.#replace(row, fillGone(row, moved))
      fold(this.#list)
    })
  }

  /** Messages were taken back as soon as they were sent: as if they had never been there. */
  #undone(messageIds: number[]): void {
    const rows = messageIds.map((id) => this.#row(id)).filter((row) => row !== null)
    this.#keepPlace(() => rows.forEach(removeRow))
  }

  #moved({ message_ids, from_topic_id, to_topic }: Fact<"messages_moved">): void {
    if (from_topic_id !== null && this.#ours(from_topic_id)) this.#gone(message_ids, true)
    if (to_topic && this.#ours(to_topic.id)) void this.#fetchArrivals()
  }

  /** What came from another topic is behind what was here; the event names it, but does not hold it. */
  async #fetchArrivals(): Promise<void> {
    const last = this.#messages().findLast(({ dataset }) => Number(dataset.message))
    const after = last ? `&after=${last.dataset.message}` : ""
    const page = await look<{ items: Message[] }>(`/topics/${this.#topicId}/messages?limit=${ARRIVALS}${after}`)
    if (!page) return refreshSoon("log")
    for (const message of page.items) if (!message.deleted) this.#posted(message)
    if (page.items.length === ARRIVALS) await this.#fetchArrivals()
  }

  /** Put another row in the place of one. A "New" line above a message that is gone goes on to the next one. */
  #replace(old: HTMLElement, fresh: HTMLElement): void {
    replaceRow(old, fresh)
    markMe(fresh)
    const line = [...linesBefore(fresh)].find(({ dataset }) => dataset.line === "new")
    if (!line || !("gone" in fresh.dataset)) return
    line.remove()
    let next = rowAfter(fresh)
    while (next && ("gone" in next.dataset || Number(next.dataset.author) === current.id)) next = rowAfter(next)
    if (next) markNew(next)
  }

  // Sending

  #send(unsent: Unsent): void {
    this.#outbox.add(unsent)
    this.#showPending(unsent)
    this.#deliver(unsent)
    this.#goToEnd()
  }

  #deliver(unsent: Unsent): void {
    const { text, clientId: client_id, replyTo: reply_to = null, fileIds: file_ids = [], draftRevision: draft_revision = null } = unsent
    const body = { text, client_id, reply_to, file_ids, draft_revision }
    this.#underway.add(unsent.clientId)
    this.#sent = this.#sent
      .then(() => send<Message>(`/topics/${this.#topicId}/messages`, body))
      .then((message) => this.#settle(message))
      .catch((error: unknown) => this.#fail(unsent, error instanceof SendError ? error.message : "Not sent."))
      .finally(() => this.#underway.delete(unsent.clientId))
  }

  #showPending({ clientId, text, replyTo, files }: Unsent): void {
    document.getElementById(`m-${clientId}`)?.remove()
    const element = fillPending({ client_id: clientId, text, reply_to: replyTo ?? null, files: files ?? [] })
    this.#list.append(element)
    arrange(element)
  }

  /** The server has it: its event and the answer to the POST both say so, and the first to come does the work. */
  #settle(message: Message): void {
    this.#outbox.remove(message.client_id)
    document.getElementById(`m-${message.client_id}`)?.remove()
    if (this.#progress.isBehind) return location.assign(this.#address)
    if (!document.getElementById(`m-${message.id}`)) {
      this.#insert(message)
      offerUndo(this.#row(message.id)!)
    }
    this.#look()
  }

  #fail({ clientId }: Unsent, sentence: string): void {
    const element = document.getElementById(`m-${clientId}`)
    element?.classList.replace("is-pending", "is-error")
    element?.querySelector('[data-field="problem"]')!.append(sentence)
  }

  #retry(clientId: string): void {
    const unsent = this.#outbox.unsent.find((message) => message.clientId === clientId)
    if (!unsent || this.#underway.has(clientId)) return
    this.#showPending(unsent)
    this.#deliver(unsent)
  }

  // The list

  /** Put a message where its number says: an answer to a POST may come before an older event does. */
  #insert(message: Message): void {
    const element = fill(message, this.#address)
    const later = this.#messages().find(({ dataset }) => !Number(dataset.seq) || Number(dataset.seq) > message.seq)
    this.#list.insertBefore(element, later ? firstLine(later) : null)
    arrange(element)
    if (later) arrange(later)
    this.#list.dataset.lastSeq = String(Math.max(message.seq, Number(this.#list.dataset.lastSeq)))
  }

  #row(messageId: number): HTMLElement | null {
    return document.getElementById(`m-${messageId}`)
  }

  #messages(): HTMLElement[] {
    return rowsOf(this.#list)
  }

  async #showOlder(link: HTMLAnchorElement): Promise<void> {
    this.setAttribute("aria-busy", "true")
    link.setAttribute("aria-disabled", "true")
    const page = await fetchPage(link.href)
    this.removeAttribute("aria-busy")
    if (!page) return link.removeAttribute("aria-disabled")
    const first = this.#messages()[0]
    link.closest("li")!.remove()
    const older = [...page.querySelectorAll("[data-part=log] > li:not([data-page=newer]):not([data-line=new])")]
    const unseen = page.querySelector<HTMLElement>("[data-part=log]")!.dataset.unseen
    this.#keepPlace(() => this.#list.prepend(...older))
    localise(this.#list)
    markMe(this.#list)
    if (first) arrange(first)
    fold(this.#list)
    if (this.#progress.hasUnseen && unseen === undefined) this.#progress.foundUnseen()
    this.#look()
  }

  // Where the reader is

  /** The log is a reversed column: its end is at zero, and what is above counts down from there. */
  #atEnd(): boolean {
    return this.scrollTop > -NEAR
  }

  #goToEnd(): void {
    if (this.#progress.isBehind) return location.assign(this.#address)
    this.scrollTop = 0
    this.#look()
  }

  #goToNew(): void {
    const linked = document.getElementById(`m-${this.#list.dataset.linked}`)
    const line = this.#progress.newLine
    if (linked) linked.scrollIntoView({ block: "center" })
    else if (line && line.getBoundingClientRect().top < this.getBoundingClientRect().top) line.scrollIntoView({ block: "start" })
  }

  /** Change the list without moving what the reader looks at. */
  #keepPlace(change: () => void): void {
    const atEnd = this.#atEnd()
    const top = this.getBoundingClientRect().top
    const anchor = this.#messages().find((element) => element.getBoundingClientRect().bottom > top)
    const before = anchor?.getBoundingClientRect().top ?? 0
    change()
    if (atEnd) this.scrollTop = 0
    else if (anchor) this.scrollTop += anchor.getBoundingClientRect().top - before
  }

  /** Take note of what is in view. When it has been for a moment, the topic is read up to there. */
  #look(): void {
    const atEnd = this.#atEnd() && !this.#progress.isBehind
    show(this.#topicId, atEnd && !this.#progress.hasUnseen)
    if (atEnd) this.#wait(0)
    clearTimeout(this.#glance)
    if (this.#isRead()) this.#glance = setTimeout(() => void this.#markRead(), GLANCE)
  }

  async #markRead(): Promise<void> {
    if (!this.#isRead()) return
    const seq = this.#progress.shownSeq
    const sent = await send(`/topics/${this.#topicId}/read`, { seq }).then(() => true, () => false)
    if (sent) this.#read(seq)
  }

  #isRead(): boolean {
    return isLooking() && this.#atEnd() && this.#progress.hasUnread
  }

  #read(seq: number): void {
    const { hasUnseen } = this.#progress
    this.#progress.note(seq)
    // Not always: what was made unread would be read at once, where the end is in view.
    if (hasUnseen && !this.#progress.hasUnseen) this.#look()
  }

  /** Say how many messages came below what the reader looks at. */
  #wait(count = this.#waiting + 1): void {
    this.#waiting = count
    this.#below.hidden = count === 0
    this.#below.textContent = count === 1 ? "1 new message" : `${count} new messages`
  }

  #ours(topicId: number): boolean {
    return topicId === this.#topicId
  }

  #click(event: Event): void {
    const pressed = (event.target as Element).closest<HTMLElement>("[data-action]")
    const plain = event instanceof MouseEvent && !event.ctrlKey && !event.metaKey && !event.shiftKey
    if (pressed?.dataset.action === "edit" && plain) {
      event.preventDefault()
      void edit(pressed.closest<HTMLElement>(".message")!, pressed as HTMLAnchorElement)
    }
    if (pressed?.dataset.action === "react" && plain) {
      event.preventDefault()
      this.#sendReaction(pressed as HTMLButtonElement)
    }
    if (pressed?.dataset.action === "remove-preview" && plain) {
      event.preventDefault()
      this.#removePreview(pressed as HTMLButtonElement)
    }
    if (pressed?.dataset.action === "star" && plain) {
      event.preventDefault()
      this.#sendStar(pressed as HTMLButtonElement)
    }
    if (pressed?.dataset.action === "copy-link") copyLink(event, pressed as HTMLAnchorElement)
    if (pressed?.dataset.action === "retry") this.#retry(pressed.closest<HTMLElement>(".message")!.dataset.clientId!)
    if (pressed?.dataset.action !== "older") return
    event.preventDefault()
    if (!this.hasAttribute("aria-busy")) void this.#showOlder(pressed as HTMLAnchorElement)
  }
}
