/** A place in the event log, as the wire writes it: EPOCH-N. */
export interface Place {
  epoch: string
  number: number
}

export function readPlace(text: string): Place | null {
  const match = /^(.+)-(\d{1,16})$/.exec(text)
  return match ? { epoch: match[1]!, number: Number(match[2]) } : null
}

/** Whether *later* comes after *earlier*. Places of two epochs cannot be compared: the later one always counts. */
export function isAfter(later: string, earlier: string): boolean {
  const [a, b] = [readPlace(later), readPlace(earlier)]
  return !a || !b || a.epoch !== b.epoch || a.number > b.number
}
