import assert from "node:assert/strict"
import { test } from "node:test"
import { countLabel, goneLabel, hue, initials } from "../src/model/names.ts"
import { relation, type Said } from "../src/model/thread.ts"
import { inShape } from "../src/model/times.ts"

test("initials are of the first and last word, or the first two letters", () => {
  const cases: [string, string][] = [["Runa K.", "RK"], ["Olve", "OL"], ["mårten", "MÅ"], ["Ann Mary Lee", "AL"], ["🦊", "🦊"], ["", ""]]
  for (const [name, letters] of cases) assert.equal(initials(name), letters, name)
})

test("counts stop at 999+", () => {
  assert.deepEqual([0, -1, 1, 999, 1000].map(countLabel), ["", "", "1", "999", "999+"])
})

test("neighbouring ids have hues that are far apart", () => {
  assert.equal(new Set(Array.from({ length: 24 }, (_, id) => hue(id))).size, 24)
})

test("times are written for today, yesterday, this week, this year and before", () => {
  const now = new Date(2026, 10, 23, 15, 0)
  const cases: [Date, string, string][] = [
    [new Date(2026, 10, 23, 9, 4), "09:04", "Today"],
    [new Date(2026, 10, 22, 23, 59), "yesterday", "Yesterday"],
    [new Date(2026, 10, 17, 1, 0), "Tuesday", "Tuesday, 17 November"],
    [new Date(2026, 10, 16, 1, 0), "16 Nov", "Monday, 16 November"],
    [new Date(2025, 0, 2, 1, 0), "2 Jan 2025", "Thursday, 2 January 2025"],
  ]
  for (const [at, when, day] of cases) {
    assert.equal(inShape(at, "when", now), when)
    assert.equal(inShape(at, "day", now), day)
  }
  assert.equal(inShape(new Date(2026, 10, 23, 0, 5), "clock", now), "00:05")
  assert.equal(inShape(now, "date", now), "Monday, 23 November")
})

test("a second message of the same author within five minutes goes without a name", () => {
  const said = (author: number, hour: number, minute: number, day = 23, gone = false): Said => {
    return { author, at: new Date(2026, 10, day, hour, minute), gone }
  }
  const first = said(1, 9, 0)
  assert.deepEqual(relation(null, first), { day: true, again: false })
  assert.deepEqual(relation(first, said(1, 9, 4)), { day: false, again: true })
  assert.deepEqual(relation(first, said(1, 9, 5)), { day: false, again: false })
  assert.deepEqual(relation(first, said(2, 9, 1)), { day: false, again: false })
  assert.deepEqual(relation(said(1, 23, 59, 22), said(1, 0, 1)), { day: true, again: false })
  assert.deepEqual(relation({ ...first, gone: true }, said(1, 9, 4)), { day: false, again: false })
  assert.deepEqual(relation(first, said(1, 9, 4, 23, true)), { day: false, again: false })
})

test("a line for several deleted messages counts them", () => {
  assert.deepEqual([0, 1, 2, 1000].map(goneLabel), ["", "Message deleted or moved", "2 messages deleted or moved", "999+ messages deleted or moved"])
})
