/** The shared worker: holds the one live connection of all tabs of this browser. */
import { Line } from "./line.ts"
import type { Ask } from "./wire.ts"

const lines = new Map<number, Line>()

addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0]!
  let line: Line | undefined
  port.addEventListener("message", ({ data }: MessageEvent<Ask>) => {
    if (data.ask === "leave") return line?.leave(port)
    line = lines.get(data.userId) ?? new Line(data.userId)
    lines.set(data.userId, line)
    line.join(port, data.place, (note) => port.postMessage(note))
  })
  port.start()
})
