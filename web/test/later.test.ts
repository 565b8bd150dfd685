import assert from "node:assert/strict"
import { test } from "node:test"
import { choices, localValue } from "../src/model/later.ts"

const said = (now: Date): string[] => choices(now).map(({ label, at }) => `${label} ${localValue(at)}`)

test("what is offered in the middle of the week", () => {
  assert.deepEqual(said(new Date(2026, 10, 25, 15, 30)), ["In an hour 2026-11-25T16:30", "Tomorrow 2026-11-26T09:00", "Monday 2026-11-30T09:00"])
})

test("early there is still this morning, and on Sunday Monday is tomorrow", () => {
  assert.deepEqual(said(new Date(2026, 10, 29, 6, 5)), ["In an hour 2026-11-29T07:05", "This morning 2026-11-29T09:00", "Tomorrow 2026-11-30T09:00"])
})

test("on Monday it is the next one", () => {
  assert.equal(said(new Date(2026, 10, 30, 12, 0)).at(-1), "Monday 2026-12-07T09:00")
})
