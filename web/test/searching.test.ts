import assert from "node:assert/strict"
import { test } from "node:test"
import { operatorAt, operatorsLike, valueAt } from "../src/model/operator.ts"

/** What stands around "|" is typed, and the caret is there. */
const at = (typed: string): [string, number] => [typed.replace("|", ""), typed.indexOf("|")]

test("what is about to be named in a search", () => {
  const cases: [string, string | null][] = [
    ["|", null], ["f|", null], ["fr|", " fr"], ["tea fr|", " fr"], ["-fr|", " fr"], ["f|r", null], ["fr |", null], ["f2|", null], ['"fr|', null],
    ["from:|", "from "], ["from:an|", "from an"], ["FROM:an|", "from an"], ["-from:an|", "from an"], ["tea from:@an|", "from an"],
    ["from:a|nton", "from a"], ["from: |", null], ["fr|om:ann", null], ["from:ann |", null], ["from:ann| tea", "from ann"],
    ['in:"night tr|', "in night tr"], ['in:"night tr|ains"', "in night tr"], ['in:"night trains"|', null], ["in:„night tr|", "in night tr"], ["in:“night”|", null],
    ['topic:the-"old|', 'topic the-"old'], ["topic:#back|", "topic back"], ["topic:home-lab/ba|", "topic home-lab/ba"], ["xfrom:an|", null],
    ['"from:an|', null], ['"a b" is:|', "is "], ["--from:an|", null],
  ]
  for (const [typed, expected] of cases) {
    const found = operatorAt(...at(typed))
    assert.equal(found && `${found.mark} ${found.words}`, expected, typed)
  }
})

test("what is chosen stands in the place of what was typed, and of nothing else", () => {
  const cases: [string, string][] = [
    ["from:an|", "from:ann "], ["tea -from:a|nton now", "tea -from:ann now"], ["from:| tea", "from:ann tea"],
    ['from:"An| has:link', "from:ann has:link"], ['x from:"An|n L" y', "x from:ann y"], ["from:@an|", "from:ann "],
  ]
  for (const [typed, expected] of cases) {
    const [text] = at(typed)
    const { from, to } = valueAt(...at(typed))!
    assert.equal(`${text.slice(0, from)}ann ${text.slice(to)}`, expected, typed)
  }
})

test("by themselves, words are no operators where they are names of places", () => {
  assert.equal(valueAt("to", 2), null)
  assert.equal(valueAt("in:ho", 5)?.mark, "in")
})

test("operators are completed by how they begin", () => {
  assert.deepEqual(operatorsLike("fr"), ["from"])
  assert.deepEqual(operatorsLike("TO"), ["topic", "to"])
  assert.deepEqual(operatorsLike("zz"), [])
})
