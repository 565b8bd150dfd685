import assert from "node:assert/strict"
import { test } from "node:test"
import { Here } from "../src/model/here.ts"

function looked(...asked: number[]): Here {
  const here = new Here()
  here.look({ online: [1, 2, 8], groups: [{ id: 5, online: 2, members: [1, 2, 3] }, { id: 6, online: 90, members: null }] }, asked)
  return here
}

test("nothing is known before the first look", () => {
  assert.deepEqual([new Here().count(5), new Here().isOnline(1)], [null, null])
})

test("who comes and who goes is counted, each once", () => {
  const here = looked()
  assert.equal(here.count(5), 2)
  here.tell(3, true)
  here.tell(3, true)
  assert.equal(here.count(5), 3)
  here.tell(2, false)
  assert.deepEqual([here.count(5), here.isOnline(2), here.isOnline(3)], [2, false, true])
})

test("who is in none of the groups changes no count", () => {
  const here = looked()
  here.tell(9, true)
  assert.deepEqual([here.count(5), here.isOnline(9)], [2, true])
})

test("what is told is newer than a look that was under way", () => {
  const here = new Here()
  here.tell(2, false)
  here.look({ online: [1, 2], groups: [{ id: 5, online: 2, members: [1, 2, 3] }] }, [])
  assert.equal(here.count(5), 1)
})

test("with another stream only a new look counts", () => {
  const here = looked()
  here.tell(2, false)
  here.begin()
  assert.equal(here.count(5), 2)
})

test("of a crowd the count is known, and of its people those who were asked for", () => {
  const here = looked(8, 9)
  assert.deepEqual([here.hasCrowds, here.count(6)], [true, 90])
  assert.deepEqual([here.isOnline(8), here.isOnline(9), here.isOnline(10)], [true, false, null])
})
