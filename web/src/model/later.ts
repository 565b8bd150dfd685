/** When one may want a message sent, in the reader's own zone. */

export interface Choice {
  label: string
  at: Date
}

const HOUR = 3_600_000
/** When people begin to read in the morning. */
const MORNING = 9

export function choices(now: Date): Choice[] {
  const found = [{ label: "In an hour", at: new Date(now.getTime() + HOUR) }]
  const tomorrow = morning(now, 1)
  if (now.getHours() < MORNING - 1) found.push({ label: "This morning", at: morning(now, 0) })
  found.push({ label: "Tomorrow", at: tomorrow })
  const monday = morning(now, ((8 - now.getDay()) % 7) || 7)
  if (monday.getTime() !== tomorrow.getTime()) found.push({ label: "Monday", at: monday })
  return found
}

/** As a field for a local date and time wants it. */
export function localValue(at: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0")
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}

function morning(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING)
}
