/** The rows of a log: how each stands to the one before it, and the lines between them. */
import { goneLabel } from "./model/names.ts"
import { relation, type Said } from "./model/thread.ts"
import { localise } from "./times.ts"

/** Not where a message was taken back as soon as it was sent: that is as if it had never been there. */
const SHOWN = ".message:not([data-undone])"

export function rowsOf(list: ParentNode): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>(SHOWN)]
}

/** Give a row its day line, face and name, or take them away, by what stands before it. */
export function arrange(row: HTMLElement): void {
  let before = row.previousElementSibling as HTMLElement | null
  let isNew = false
  for (; before && !before.matches(SHOWN); before = before.previousElementSibling as HTMLElement | null) {
    if (before.dataset.line === "new") isNew = true
  }
  const { day, again } = relation(before ? said(before) : null, said(row))
  const line = [...linesBefore(row)].find(({ dataset }) => dataset.line === "day")
  if (line && !day) line.remove()
  if (!line && day) firstLine(row).before(dayLine(row.dataset.at!))
  else if (line) line.querySelector("time")!.dateTime = row.dataset.at!
  if (day) localise(firstLine(row))
  row.classList.toggle("message--again", again && !isNew)
}

/** Put *fresh* where *old* was. The row after it may stand differently then. */
export function replaceRow(old: HTMLElement, fresh: HTMLElement): void {
  fresh.classList.toggle("is-linked", old.classList.contains("is-linked"))
  old.replaceWith(fresh)
  arrange(fresh)
  const after = rowAfter(fresh)
  if (after) arrange(after)
}

/** Take a row away, with the lines above it that nothing stands below any more. */
export function removeRow(row: HTMLElement): void {
  const lines = [...linesBefore(row)]
  const after = rowAfter(row)
  row.remove()
  if (after) arrange(after)
  else lines.forEach((line) => line.remove())
}

/** Let the first of several deleted messages in a row say how many they are. */
export function fold(list: HTMLElement): void {
  let run: HTMLElement[] = []
  const end = (): void => {
    run.forEach((row, place) => {
      row.textContent = goneLabel(place ? 0 : run.length)
      row.classList.toggle("is-folded", place > 0)
    })
    run = []
  }
  for (const row of list.children as Iterable<HTMLElement> & HTMLCollection) {
    if ("undone" in row.dataset) continue
    if ("gone" in row.dataset) run.push(row)
    else end()
  }
  end()
}

/** The "New" line goes above a row; there is never more than one. */
export function markNew(row: HTMLElement): void {
  row.parentElement!.querySelector("[data-line=new]")?.remove()
  row.before(newLine())
  arrange(row)
}

/** The day line and the "New" line directly above a row, from below. */
export function* linesBefore(row: HTMLElement): Generator<HTMLElement> {
  for (let line = row.previousElementSibling; line?.matches("[data-line]"); line = line.previousElementSibling) {
    yield line as HTMLElement
  }
}

export function firstLine(row: HTMLElement): HTMLElement {
  return [...linesBefore(row)].at(-1) ?? row
}

export function rowAfter(row: HTMLElement): HTMLElement | null {
  let after = row.nextElementSibling
  while (after && !after.matches(SHOWN)) after = after.nextElementSibling
  return after as HTMLElement | null
}

function said({ dataset }: HTMLElement): Said {
  return { author: Number(dataset.author), at: new Date(dataset.at!), gone: "gone" in dataset, answers: Boolean(dataset.replyTo) }
}

function dayLine(at: string): HTMLElement {
  const line = Object.assign(document.createElement("li"), { className: "log__line" })
  line.dataset.line = "day"
  const time = Object.assign(document.createElement("time"), { dateTime: at })
  time.dataset.shape = "day"
  line.append(document.createElement("span"))
  line.firstElementChild!.append(time)
  return line
}

function newLine(): HTMLElement {
  const line = Object.assign(document.createElement("li"), { className: "log__line log__line--new", id: "new" })
  line.dataset.line = "new"
  line.append(Object.assign(document.createElement("span"), { textContent: "New" }))
  return line
}
