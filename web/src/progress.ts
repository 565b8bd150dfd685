/** How far the open topic is read, which the log's own element says, and what the page shows of it: the "New" line, and a bar above. */
import { current } from "./current.ts"
import { markNew, rowsOf } from "./rows.ts"

export class Progress {
  /** *keepPlace* makes a change of the *list* without moving what its reader looks at. */
  constructor(readonly list: HTMLElement, readonly keepPlace: (change: () => void) => void) {}

  get readSeq(): number {
    return Number(this.list.dataset.readSeq)
  }

  /** The place of the last message on the page: of the topic's last, where the page does not end before. */
  get shownSeq(): number {
    const { lastSeq } = this.list.dataset
    return Number(this.isBehind ? (rowsOf(this.list).at(-1)?.dataset.seq ?? 0) : lastSeq)
  }

  get newLine(): HTMLElement | null {
    return this.list.querySelector("[data-line=new]")
  }

  /** Whether the page ends before the topic does: a permalink into the past. */
  get isBehind(): boolean {
    return "behind" in this.list.dataset
  }

  /** Something unread is above the page, so that nothing is read before its reader has come there or says so. */
  get hasUnseen(): boolean {
    return "unseen" in this.list.dataset
  }

  /** Whether whoever sees the end of the page reads something by that. */
  get hasUnread(): boolean {
    return !this.hasUnseen && this.shownSeq > this.readSeq
  }

  /** A message came while nobody looked: the "New" line goes above it, unless it stands above an earlier one. */
  arrived(row: HTMLElement): void {
    const isFirst = this.readSeq >= Number(row.dataset.seq) - 1
    if (isFirst || (!this.hasUnseen && !this.newLine)) markNew(row)
  }

  /** It is read up to *seq*; or, where something was made unread, only up to there: then what is new begins there. */
  note(seq: number): void {
    const back = seq < this.readSeq
    this.list.dataset.readSeq = String(seq)
    if (back) this.#markFrom(seq + 1)
    if (seq < Number(this.list.dataset.lastSeq)) return
    document.querySelector("[data-action=mark-read]")?.closest("form")?.remove()
    if (this.hasUnseen) this.#forgetUnseen()
  }

  /** The first unread message is on the page now: the "New" line goes above it, and the bar that led there goes. */
  foundUnseen(): void {
    const row = rowsOf(this.list).find(({ dataset }) => dataset.seq === this.list.dataset.unseen)
    if (row && !this.newLine) this.keepPlace(() => markNew(row))
    this.#forgetUnseen()
  }

  #forgetUnseen(): void {
    delete this.list.dataset.unseen
    document.querySelector("[data-part=above]")!.replaceChildren()
  }

  #markFrom(seq: number): void {
    const isNew = ({ dataset }: HTMLElement): boolean =>
      Number(dataset.seq) >= seq && Number(dataset.author) !== current.id && !("gone" in dataset)
    const row = rowsOf(this.list).find(isNew)
    if (row) this.keepPlace(() => markNew(row))
  }
}
