/** Times in the reader's zone, in the shapes the server writes in UTC (convore_lite/routes/pages/wording.py): change both. */

export type Shape = "clock" | "day" | "date" | "due" | "when"

// The pages are in English with a clock of 24 hours, wherever the reader is; only the zone is theirs.
const write = (options: Intl.DateTimeFormatOptions): ((at: Date) => string) => {
  const format = new Intl.DateTimeFormat("en-GB", options)
  return (at) => format.format(at)
}
const clock = write({ hour: "2-digit", minute: "2-digit" })
const weekday = write({ weekday: "long" })
const dayMonth = write({ day: "numeric", month: "short" })
const dayMonthYear = write({ day: "numeric", month: "short", year: "numeric" })
const month = write({ month: "long" })
const zone = write({ timeZoneName: "short" })

export function inShape(at: Date, shape: Shape, now: Date): string {
  if (shape === "clock") return clock(at)
  if (shape === "date") return longDay(at, now)
  const days = daysBetween(at, now)
  if (shape === "due") return `${days === 0 ? "today" : days === -1 ? "tomorrow" : longDay(at, now)} at ${clock(at)}`
  if (shape === "day") return days === 0 ? "Today" : days === 1 ? "Yesterday" : longDay(at, now)
  if (days <= 1) return days === 1 ? "yesterday" : clock(at)
  if (days < 7) return weekday(at)
  return at.getFullYear() === now.getFullYear() ? dayMonth(at) : dayMonthYear(at)
}

export function fullTime(at: Date): string {
  return `${weekday(at)}, ${at.getDate()} ${month(at)} ${at.getFullYear()}, ${clock(at)} ${zone(at).split(" ").at(-1)}`
}

export function isSameDay(one: Date, other: Date): boolean {
  return daysBetween(one, other) === 0
}

function longDay(at: Date, now: Date): string {
  const written = `${weekday(at)}, ${at.getDate()} ${month(at)}`
  return at.getFullYear() === now.getFullYear() ? written : `${written} ${at.getFullYear()}`
}

function daysBetween(earlier: Date, later: Date): number {
  const midnight = (at: Date): number => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate())
  return Math.round((midnight(later) - midnight(earlier)) / 86_400_000)
}
