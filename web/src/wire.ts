/** How a tab is joined to the live stream: over the shared worker, else over the tab that leads, else by itself. */
import { Line } from "./line.ts"
import type { Note } from "./model/relay.ts"

export type Ask = { ask: "join"; userId: number; place: string } | { ask: "leave" }
export type Hear = (note: Note) => void

export interface Wire {
  /** Say where this tab stands; what has happened since is heard at once. May be said again at any time. */
  join(place: string): void
  leave(): void
}

export function openWire(userId: number, workerUrl: string, hear: Hear): Wire {
  if (typeof SharedWorker === "function") return workerWire(userId, workerUrl, hear)
  if (navigator.locks && typeof BroadcastChannel === "function") return leaderWire(userId, hear)
  return loneWire(userId, hear)
}

function workerWire(userId: number, workerUrl: string, hear: Hear): Wire {
  const { port } = new SharedWorker(workerUrl, "live")
  const ask = (question: Ask): void => port.postMessage(question)
  port.addEventListener("message", ({ data }) => hear(data))
  port.start()
  return { join: (place) => ask({ ask: "join", userId, place }), leave: () => ask({ ask: "leave" }) }
}

/** Plain HTTP has no locks: there each tab of a browser without shared workers has a connection of its own. */
function loneWire(userId: number, hear: Hear): Wire {
  const line = new Line(userId)
  return { join: (place) => line.join("self", place, hear), leave: () => line.leave("self") }
}

type Said =
  | { to: "leader"; tab: string; place: string | null }
  | { to: "tabs" }
  | { to: "tab"; tab: string; note: Note }

/** A leader that answers nothing for so long is frozen in the background; a visible tab takes its place. */
const LEADER_ANSWERS = 3_000

/** One tab leads: it holds a Web Lock and the connection, and speaks to the others on a channel. */
function leaderWire(userId: number, hear: Hear): Wire {
  const name = `live-${userId}`
  const tab = String(Math.random())
  const channel = new BroadcastChannel(name)
  const say = (said: Said): void => channel.postMessage(said)
  let line: Line | null = null
  let stands = ""
  let unanswered: ReturnType<typeof setTimeout> | undefined

  const join = (place: string): void => {
    stands = place
    if (line) return line.join(tab, place, hear)
    say({ to: "leader", tab, place })
    clearTimeout(unanswered)
    unanswered = setTimeout(() => document.visibilityState === "visible" && lead(true), LEADER_ANSWERS)
  }
  const lead = (steal: boolean): void => {
    const led = navigator.locks.request(name, { steal }, () => {
      line = new Line(userId)
      join(stands)
      say({ to: "tabs" })
      return new Promise<void>(() => {}) // until the tab is closed, or another one takes over
    })
    led.catch(() => {
      line?.end()
      line = null
      lead(false)
    })
  }
  channel.addEventListener("message", ({ data }: MessageEvent<Said>) => {
    if (data.to === "tabs") join(stands)
    else if (data.to === "tab" && data.tab === tab) {
      clearTimeout(unanswered)
      hear(data.note)
    } else if (data.to === "leader" && line) {
      const other = data.tab
      if (data.place === null) line.leave(other)
      else line.join(other, data.place, (note) => say({ to: "tab", tab: other, note }))
    }
  })
  return {
    join: (place) => {
      const first = !stands
      join(place)
      if (first) lead(false)
    },
    leave: () => (line ? line.leave(tab) : say({ to: "leader", tab, place: null })),
  }
}
