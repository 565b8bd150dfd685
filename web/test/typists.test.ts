import assert from "node:assert/strict"
import { test } from "node:test"
import { HOLDS, Typists, typingSentence } from "../src/model/typists.ts"

test("somebody types until a while after the last telling", () => {
  const typists = new Typists()
  typists.tell(1, 0)
  typists.tell(2, 1_000)
  typists.tell(1, 3_000)
  assert.deepEqual(typists.at(HOLDS), [1, 2])
  assert.equal(typists.end, 1_000 + HOLDS)
  assert.deepEqual(typists.at(1_000 + HOLDS), [1])
  assert.deepEqual(typists.at(3_000 + HOLDS), [])
  assert.equal(typists.end, null)
})

test("who has sent what they wrote does not type any more", () => {
  const typists = new Typists()
  typists.tell(1, 0)
  typists.forget(1)
  assert.deepEqual(typists.at(1), [])
})

test("the sentence names two people at most", () => {
  assert.equal(typingSentence([]), "")
  assert.equal(typingSentence(["Olve"]), "Olve is typing")
  assert.equal(typingSentence(["Olve", "Runa"]), "Olve and Runa are typing")
  assert.equal(typingSentence(["Olve", "Runa", "Ines"]), "Several people are typing")
})
