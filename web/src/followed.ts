/** The searches that one follows: what is new in them is counted while others write, and looked at where they are shown. */
import { current } from "./current.ts"
import { countLabel } from "./model/names.ts"
import { refreshSoon, whenVisible } from "./refresh.ts"
import { look, send } from "./send.ts"

interface SavedSearch {
  id: number
  new: number | null
}

/** The search index knows a message some tenths of a second later; and others write in bursts. */
const PATIENCE = 2_000
/** An index that cannot count now is asked again, each time twice as late. */
const LONGEST = 60_000

let waiting = false
let patience = PATIENCE

export function startFollowed(): void {
  document.addEventListener("message_posted", ({ detail }) => detail.message.author.id !== current.id && countSoon())
  document.addEventListener("saved_searches_changed", () => refreshSoon("rail"))
  document.addEventListener("part_swapped", ({ detail }) => {
    if (detail.name === "page") see()
    if (detail.name === "rail") countLate()
  })
  see()
  countLate()
}

function countSoon(): void {
  if (waiting || !rows().length) return
  waiting = true
  setTimeout(() => void whenVisible().then(count), patience)
}

/** The page came with counts that may lack what was said a moment ago. */
function countLate(): void {
  if (document.querySelector(".rail__group--searches[data-late]")) countSoon()
}

async function count(): Promise<void> {
  waiting = false
  const found = await look<{ items: SavedSearch[] }>("/me/searches")
  found?.items.forEach(show)
  const isCounted = found?.items.every((one) => one.new !== null) ?? false
  patience = isCounted ? PATIENCE : Math.min(patience * 2, LONGEST)
  document.dispatchEvent(new CustomEvent("searches_counted"))
  if (!isCounted) countSoon()
}

function show({ id, new: count }: SavedSearch): void {
  const row = document.querySelector(`[data-search="${id}"].rail__topic`)
  if (!row || count === null) return
  row.classList.toggle("rail__topic--unread", count > 0)
  row.querySelector(".pill")!.textContent = countLabel(count)
}

function rows(): NodeListOf<Element> {
  return document.querySelectorAll(".rail__topic[data-search]")
}

/** A followed search is shown, the newest first: so far it is looked at. */
function see(): void {
  const form = document.querySelector<HTMLElement>("form.follow[data-search]")
  if (!form) return
  const { search, newest } = form.dataset
  void whenVisible()
    .then(() => send(`/me/searches/${search}/seen`, { message_id: Number(newest) }, "PUT"))
    .then(() => form.querySelector(".follow__seen")?.remove(), () => null)
}
