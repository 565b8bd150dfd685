/** <file-tray>: the files that will go with the message one is writing. Each is sent at once, and can be left out or tried again. */
import type { SentFile } from "../facts.ts"
import { sizeText } from "../model/sizes.ts"
import { upload } from "../upload.ts"

/** So many are on their way at once; the others wait for them. */
const AT_ONCE = 2

interface Entry {
  file: File
  row: HTMLElement
  leaving: AbortController
  state: "waiting" | "sending" | "failed" | "there"
  sent: SentFile | null
}

export class FileTrayElement extends HTMLElement {
  static define(tag = "file-tray"): void {
    if (!customElements.get(tag)) customElements.define(tag, this)
  }

  #listening = new AbortController()
  #entries: Entry[] = []

  connectedCallback(): void {
    this.#listening = new AbortController()
    const { signal } = this.#listening
    this.addEventListener("click", (event) => this.#click(event), { signal })
    for (const happening of ["dragover", "drop"] as const) {
      document.addEventListener(happening, (event) => this.#dropped(event), { signal })
    }
    document.addEventListener("dragleave", (event) => event.relatedTarget || this.#mark(false), { signal })
    const form = this.closest("form")!
    form.addEventListener("paste", (event) => this.#pasted(event), { signal })
    form.querySelector<HTMLInputElement>("input[type=file]")!.addEventListener("change", (event) => this.#chosen(event), { signal })
  }

  disconnectedCallback(): void {
    this.#listening.abort()
    for (const { leaving } of this.#entries) leaving.abort()
  }

  /** Is one of them still on its way? */
  get isBusy(): boolean {
    return this.#entries.some(({ state }) => state === "waiting" || state === "sending")
  }

  /** Could one of them not be sent? */
  get hasFailed(): boolean {
    return this.#entries.some(({ state }) => state === "failed")
  }

  get isEmpty(): boolean {
    return this.querySelectorAll(".sending").length === 0
  }

  /** All that have arrived, to go with a message; the tray is empty then. Files that an earlier page sent are known by their ids. */
  take(): { ids: number[]; files: SentFile[] } {
    const ids = [...this.querySelectorAll<HTMLInputElement>("input[name=file_ids]")].map(({ value }) => Number(value)).filter(Boolean)
    const files = this.#entries.flatMap(({ sent }) => (sent ? [sent] : []))
    this.#entries = []
    this.querySelector("ul")!.replaceChildren()
    this.note("")
    return { ids, files }
  }

  /** Show files that the server has already, of a draft, in the place of what is here. Those that are still on their way stay. */
  show(ids: number[], known: readonly SentFile[]): void {
    for (const row of this.querySelectorAll<HTMLElement>("ul .sending")) {
      const id = Number(row.querySelector<HTMLInputElement>("input")!.value)
      if (id && !ids.includes(id)) row.remove()
    }
    const here = [...this.querySelectorAll<HTMLInputElement>("ul input")].map(({ value }) => Number(value))
    for (const sent of known.filter(({ id }) => ids.includes(id) && !here.includes(id))) this.#showSent(sent)
  }

  add(files: Iterable<File>): void {
    const room = Number(this.dataset.most) - this.querySelectorAll(".sending").length
    const chosen = [...files]
    this.note(chosen.length > room ? `A message takes ${this.dataset.most} files at most.` : "")
    for (const file of chosen.slice(0, room)) this.#put(file)
    this.#sendNext()
  }

  note(sentence: string): void {
    this.querySelector('[data-field="note"]')!.textContent = sentence
  }

  #put(file: File): void {
    const row = this.querySelector("template")!.content.querySelector("li")!.cloneNode(true) as HTMLElement
    field(row, "name").textContent = file.name
    field(row, "size").textContent = sizeText(file.size)
    this.querySelector("ul")!.append(row)
    const entry: Entry = { file, row, leaving: new AbortController(), state: "waiting", sent: null }
    this.#entries.push(entry)
    if (file.size > Number(this.dataset.largest)) this.#fail(entry, `At most ${this.dataset.largestText}.`, false)
    else if (!file.size) this.#fail(entry, "It is empty.", false)
  }

  #showSent(sent: SentFile): void {
    const row = this.querySelector("template")!.content.querySelector("li")!.cloneNode(true) as HTMLElement
    field(row, "name").textContent = sent.name
    field(row, "size").textContent = sizeText(sent.size)
    field(row, "progress").hidden = true
    row.querySelector<HTMLInputElement>("input")!.value = String(sent.id)
    this.querySelector("ul")!.append(row)
  }

  #sendNext(): void {
    const underWay = this.#entries.filter(({ state }) => state === "sending").length
    for (const entry of this.#entries.filter(({ state }) => state === "waiting").slice(0, AT_ONCE - underWay)) void this.#send(entry)
  }

  async #send(entry: Entry): Promise<void> {
    const { row, file, leaving } = entry
    const bar = field<HTMLProgressElement>(row, "progress")
    entry.state = "sending"
    try {
      entry.sent = await upload(file, (share) => (bar.value = share), leaving.signal)
      entry.state = "there"
      bar.hidden = true
      field(row, "name").textContent = entry.sent.name
      field(row, "size").textContent = sizeText(entry.sent.size)
      row.querySelector<HTMLInputElement>("input")!.value = String(entry.sent.id)
    } catch (error) {
      this.#fail(entry, error instanceof Error ? error.message : "Not sent.", true)
    }
    this.#sendNext()
    this.#tell()
  }

  #fail(entry: Entry, sentence: string, again: boolean): void {
    entry.state = "failed"
    entry.row.classList.add("is-error")
    field(entry.row, "progress").hidden = true
    field(entry.row, "problem").textContent = sentence
    entry.row.querySelector<HTMLElement>("[data-action=send-again]")!.hidden = !again
  }

  #again(entry: Entry): void {
    entry.row.classList.remove("is-error")
    field(entry.row, "problem").textContent = ""
    entry.row.querySelector<HTMLElement>("[data-action=send-again]")!.hidden = true
    const bar = field<HTMLProgressElement>(entry.row, "progress")
    Object.assign(bar, { hidden: false, value: 0 })
    entry.state = "waiting"
    this.#sendNext()
  }

  #click(event: Event): void {
    const pressed = (event.target as Element).closest<HTMLElement>("[data-action]")
    const row = pressed?.closest<HTMLElement>(".sending")
    if (!pressed || !row) return
    const entry = this.#entries.find((one) => one.row === row)
    if (pressed.dataset.action === "send-again" && entry) return this.#again(entry)
    if (pressed.dataset.action !== "drop-file") return
    entry?.leaving.abort()
    this.#entries = this.#entries.filter((one) => one !== entry)
    row.remove()
    this.note("")
    this.#sendNext()
    this.#tell()
  }

  #chosen(event: Event): void {
    const input = event.target as HTMLInputElement
    this.add(input.files ?? [])
    input.value = ""
  }

  /** A copied table or text may bring a picture of itself along: then the text is what is meant. */
  #pasted(event: ClipboardEvent): void {
    const copied = event.clipboardData
    if (!copied?.files.length || copied.types.includes("text/plain")) return
    event.preventDefault()
    this.add(copied.files)
  }

  #dropped(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes("Files") || this.closest("[hidden]")) return
    event.preventDefault()
    this.#mark(event.type === "dragover")
    if (event.type === "drop") this.add(event.dataTransfer.files)
  }

  #mark(dropping: boolean): void {
    this.closest("form")!.classList.toggle("is-dropping", dropping)
  }

  #tell(): void {
    this.dispatchEvent(new CustomEvent("tray_changed", { bubbles: true }))
  }
}

function field<Kind extends HTMLElement>(row: HTMLElement, name: string): Kind {
  return row.querySelector<Kind>(`[data-field="${name}"]`)!
}
