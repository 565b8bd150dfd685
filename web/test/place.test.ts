import assert from "node:assert/strict"
import { test } from "node:test"
import { isAfter, readPlace } from "../src/model/place.ts"

test("a place is read at its last dash", () => {
  assert.deepEqual(readPlace("a-b-12"), { epoch: "a-b", number: 12 })
  for (const wrong of ["", "12", "a-", "a-1x"]) assert.equal(readPlace(wrong), null, wrong)
})

test("places are compared as numbers", () => {
  assert.equal(isAfter("e-10", "e-9"), true)
  assert.equal(isAfter("e-9", "e-9"), false)
  assert.equal(isAfter("e-9", "e-10"), false)
  assert.equal(isAfter("f-1", "e-10"), true)
})
