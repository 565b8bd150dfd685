/** <draft-keeper data-topic="7">: keeps what stands in the composer around it, here and on the server, and shows what another
 * device has written. It shows itself only to ask what becomes of two different drafts. */
import { current } from "../current.ts"
import { findDraft, saveDraft } from "../drafts.ts"
import type { SavedDraft, SentFile } from "../facts.ts"
import { Draft, type Kept, NOTHING, type Saved, type Written } from "../model/draft.ts"
import { answer, leaveReply } from "../replying.ts"
import type { FileTrayElement } from "./file-tray.ts"

/** Saved when nobody has typed for so long, and while somebody types on, so often. */
const PAUSE = 1_000
const LONGEST = 5_000
/** Tried again after so long where the server did not take it. */
const AGAIN = 10_000

export class DraftKeeperElement extends HTMLElement {
  static define(tag = "draft-keeper"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()
  #draft!: Draft
  #field!: HTMLTextAreaElement
  #form!: HTMLFormElement
  /** The files of what another device wrote, to show them. */
  #files: SentFile[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #waitsSince = 0
  #saving = false
  /** What this tab has put into the browser's storage. */
  #stored: string | null = null
  /** The newest revision that was heard of. */
  #heard = 0
  /** What stood here was sent: until somebody writes again, the server takes the draft away with the message. */
  #sent = false

  get #topicId(): number {
    return Number(this.dataset.topic)
  }

  get #tray(): FileTrayElement {
    return this.#form.querySelector<FileTrayElement>("file-tray")!
  }

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    this.#form = this.parentElement!.querySelector("form")!
    this.#field = this.#form.querySelector("textarea")!
    this.#draft = new Draft({ ...this.#read(), text: this.#field.defaultValue, revision: Number(this.#revision.value) }, this.#kept())
    this.#show()
    const composer = this.parentElement!
    for (const happening of ["input", "tray_changed", "reply_changed"]) composer.addEventListener(happening, () => this.#changed(), { signal })
    // Before the message list hears of it, which sends on what is added here.
    document.addEventListener("message_sending", ({ detail }) => this.#send(detail), { signal, capture: true })
    composer.addEventListener("draft_sent", () => this.#clear(), { signal })
    document.addEventListener("message_undone", ({ detail }) => this.#takeBack(detail), { signal })
    document.addEventListener("draft_changed", ({ detail }) => detail.topic_id === this.#topicId && this.#hear(detail.revision, detail.empty), { signal })
    document.addEventListener("live_state", ({ detail }) => detail.online && void this.#save(), { signal })
    // The page was fetched anew: what happened meanwhile is not told.
    document.addEventListener("part_swapped", ({ detail }) => detail.name === "log" && void this.#look(), { signal })
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void this.#save(), { signal })
    addEventListener("pagehide", () => this.#leave(), { signal })
    this.addEventListener("click", (event) => this.#click(event), { signal })
    if (!this.#draft.isSaved) this.#soon()
  }

  disconnectedCallback(): void {
    this.#leave()
    this.#listening.abort()
    clearTimeout(this.#timer)
  }

  // What is written here

  #changed(): void {
    this.#sent = false
    this.#draft.write(this.#read())
    this.#keep()
    this.#soon()
  }

  #read(): Written {
    const ids = [...this.#form.querySelectorAll<HTMLInputElement>("input[name=file_ids]")].map(({ value }) => Number(value)).filter(Boolean)
    const reply = Number(this.#form.querySelector<HTMLInputElement>("input[name=reply_to]")?.value)
    const text = this.#field.value.trim() ? this.#field.value : ""
    return { text, replyTo: reply || null, fileIds: ids }
  }

  #send(detail: { draftRevision?: number }): void {
    detail.draftRevision = this.#draft.revision
    this.#clear()
  }

  /** Whatever is sent takes its draft along. */
  #clear(): void {
    clearTimeout(this.#timer)
    this.#sent = true
    this.#draft.write(NOTHING)
    this.#keep()
  }

  #takeBack({ text, reply_to, files, draft }: { text: string; reply_to: number | null; files: SentFile[]; draft: SavedDraft }): void {
    if (draft.topic_id !== this.#topicId) return
    this.#sent = false
    this.#draft.write(this.#read())
    this.#files = draft.files
    this.#draft.takeBack({ text, replyTo: reply_to, fileIds: files.map(({ id }) => id) }, fromServer(draft))
    this.#show()
    this.#keep()
    if (!this.#draft.isSaved) this.#soon()
    this.#field.focus()
  }

  // In step with the server

  #soon(after = PAUSE): void {
    clearTimeout(this.#timer)
    const now = performance.now()
    this.#waitsSince ||= now
    this.#timer = setTimeout(() => void this.#save(), Math.max(0, Math.min(after, this.#waitsSince + Math.max(after, LONGEST) - now)))
  }

  async #save(): Promise<void> {
    if (this.#saving || this.#sent || this.#draft.isSaved || this.#draft.other) return
    clearTimeout(this.#timer)
    this.#waitsSince = 0
    this.#saving = true
    const outcome = await saveDraft(this.#topicId, this.#draft.written, this.#draft.revision)
    this.#saving = false
    if (!outcome) return this.#soon(AGAIN)
    if (outcome.ours) this.#draft.saved(fromServer(outcome.draft))
    else this.#learn(outcome.draft)
    this.#keep()
    if (this.#heard > this.#draft.revision) await this.#look()
    if (!this.#draft.isSaved && !this.#sent) this.#soon()
  }

  #hear(revision: number, empty: boolean): void {
    this.#heard = Math.max(this.#heard, revision)
    if (revision <= this.#draft.revision || this.#saving) return
    if (empty) this.#learn({ topic_id: this.#topicId, text: "", reply_to: null, files: [], revision })
    else void this.#look()
  }

  async #look(): Promise<void> {
    const there = await findDraft(this.#topicId)
    if (there && there.revision > this.#draft.revision && !this.#saving) this.#learn(there)
  }

  #learn(there: SavedDraft): void {
    const before = this.#draft.written
    this.#files = there.files
    this.#draft.learn(fromServer(there))
    if (this.#draft.written !== before) this.#show()
    this.#ask()
    this.#keep()
    if (!this.#draft.isSaved && !this.#sent) this.#soon()
  }

  /** The page is left: what is not saved is sent on its way, and stays here until a page has seen that it arrived. */
  #leave(): void {
    if (this.#sent || this.#draft.isSaved || this.#draft.other) return
    void saveDraft(this.#topicId, this.#draft.written, this.#draft.revision, true)
  }

  // On the page

  #show(): void {
    const { text, replyTo, fileIds } = this.#draft.written
    if (this.#read().text !== text) this.#field.value = text
    this.#field.dispatchEvent(new CustomEvent("draft_shown", { bubbles: true }))
    if (replyTo !== this.#read().replyTo) replyTo === null ? leaveReply() : answer(replyTo)
    if (fileIds.join() !== this.#read().fileIds.join()) this.#tray.show(fileIds, this.#files)
    this.#ask()
  }

  #ask(): void {
    const other = this.#draft.other
    this.hidden = other === null
    this.querySelector('[data-field="words"]')!.textContent = other?.text || (other ? "files" : "")
  }

  #click(event: Event): void {
    const action = (event.target as Element).closest<HTMLElement>("[data-action]")?.dataset.action
    if (action === "use-other") this.#draft.useOther()
    else if (action === "keep-mine") this.#draft.keepMine()
    else if (action === "keep-both") this.#draft.keepBoth()
    else return
    this.#show()
    this.#keep()
    if (!this.#draft.isSaved) this.#soon(0)
    this.#field.focus()
  }

  // In this browser

  get #revision(): HTMLInputElement {
    return this.#form.querySelector<HTMLInputElement>("input[name=revision]")!
  }

  get #key(): string {
    return `draft:${current.id}:${this.#topicId}`
  }

  #kept(): Kept | null {
    try {
      this.#stored = localStorage.getItem(this.#key)
      return JSON.parse(this.#stored ?? "null") as Kept | null
    } catch {
      return null
    }
  }

  /** What the server does not have yet outlives the page. Storage may be full or forbidden: then the page alone remembers. */
  #keep(): void {
    this.#revision.value = String(this.#draft.revision)
    const unsaved = this.#draft.isSaved || this.#sent ? "" : JSON.stringify({ ...this.#draft.written, revision: this.#draft.revision })
    try {
      if (unsaved) localStorage.setItem(this.#key, unsaved)
      // Another tab may have put its own there.
      else if (localStorage.getItem(this.#key) === this.#stored) localStorage.removeItem(this.#key)
      this.#stored = unsaved
    } catch {
      // nothing to be done
    }
  }
}

function fromServer({ text, reply_to, files, revision }: SavedDraft): Saved {
  return { text, replyTo: reply_to, fileIds: files.map(({ id }) => id), revision }
}
