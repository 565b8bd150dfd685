import assert from "node:assert/strict"
import { test } from "node:test"
import { Outbox, type Shelf } from "../src/model/outbox.ts"

function shelf(): Shelf {
  const kept = new Map<string, string>()
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  }
}

test("unsent messages outlive the page, for one user and one topic", () => {
  const place = shelf()
  const outbox = new Outbox(() => place, 1, 7)
  outbox.add({ clientId: "a", text: "one" })
  const again = new Outbox(() => place, 1, 7)
  assert.deepEqual(again.unsent, [{ clientId: "a", text: "one" }])
  assert.deepEqual(new Outbox(() => place, 2, 7).unsent, [])
  assert.deepEqual(new Outbox(() => place, 1, 8).unsent, [])
})

test("the same message is there once, and gone when the server has it", () => {
  const outbox = new Outbox(shelf, 1, 7)
  outbox.add({ clientId: "a", text: "one" })
  outbox.add({ clientId: "a", text: "one" })
  assert.equal(outbox.unsent.length, 1)
  assert.equal(outbox.remove("b"), false)
  assert.equal(outbox.remove("a"), true)
  assert.deepEqual(outbox.unsent, [])
})

test("a browser that forbids storage still sends", () => {
  const outbox = new Outbox(() => { throw new Error("forbidden") }, 1, 7)
  outbox.add({ clientId: "a", text: "one" })
  assert.equal(outbox.unsent.length, 1)
})
