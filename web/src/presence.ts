/** Keeps the page's counts and dots of who is online true: looked up when a stream begins, then told by the stream. */
import { current } from "./current.ts"
import { Here, type Looked } from "./model/here.ts"
import { whenVisible } from "./refresh.ts"

/** The counts of large groups are looked up when somebody comes or goes, but no oftener than this. */
const CROWD_PAUSE = 60_000
/** So many people can be asked for by their ids. */
const MOST = 200

const here = new Here()
let looking = false
let again = false
let crowdLook: ReturnType<typeof setTimeout> | undefined

export function startPresence(): void {
  document.addEventListener("live_state", ({ detail }) => detail.online && begin())
  document.addEventListener("presence", ({ detail }) => tell([[detail.user_id, detail.online]]))
  document.addEventListener("presences", ({ detail: { online, offline } }) => {
    tell([...online.map((id) => [id, true] as const), ...offline.map((id) => [id, false] as const)])
  })
  document.addEventListener("part_swapped", ({ detail }) => {
    show()
    if (detail.name === "rail") void look() // perhaps because somebody joined or left
  })
}

function begin(): void {
  here.begin()
  void look()
}

function tell(people: (readonly [number, boolean])[]): void {
  for (const [userId, online] of people) here.tell(userId, online)
  show()
  if (here.hasCrowds) crowdLook ??= setTimeout(lookAtCrowds, CROWD_PAUSE)
}

function lookAtCrowds(): void {
  crowdLook = undefined
  void look()
}

/** Ask who is online, one question at a time; a hidden tab asks when it is next looked at. */
async function look(): Promise<void> {
  again = true
  if (looking) return
  looking = true
  while (again) {
    await whenVisible()
    again = false
    const among = [...new Set([...dots()].map(({ dataset }) => Number(dataset.presence)))].slice(0, MOST)
    const answer = await fetch(`/people/online/?among=${among}`, { headers: { accept: "application/json" } }).catch(() => null)
    const looked = answer?.ok ? ((await answer.json().catch(() => null)) as Looked | null) : null
    if (looked) here.look(looked, among)
  }
  looking = false
  show()
}

function show(): void {
  for (const group of document.querySelectorAll<HTMLElement>(".rail__group[data-group]")) {
    const count = here.count(Number(group.dataset.group))
    const shown = group.querySelector("[data-online]")
    if (shown && count !== null) shown.textContent = String(count)
  }
  for (const dot of dots()) {
    const online = isOnline(Number(dot.dataset.presence))
    if (online !== null) dot.classList.toggle("is-online", online)
  }
}

/** Nobody is told of themselves: whoever sees this page is here. */
function isOnline(userId: number): boolean | null {
  return userId === current.id || here.isOnline(userId)
}

function dots(): NodeListOf<HTMLElement> {
  return document.querySelectorAll("[data-presence]")
}
