import assert from "node:assert/strict"
import { test } from "node:test"
import { findEmoji, readEmoji } from "../src/model/emoji.ts"
import { triggerAt } from "../src/model/trigger.ts"

test("what is about to be named", () => {
  const cases: [string, string | null][] = [
    ["@", "@"], ["hi @an", "@an"], ["(@an", "@an"], ["请@an", "@an"], ["me@an", null], ["a/@an", null], ["@ann ", null], ["@@an", null],
    ["#", "#"], ["see #back", "#back"], ["C#", null], [":ta", ":ta"], [":t", null], ["10:30", null], ["http://", null], ["done :+1", ":+1"],
    ["`@an", null], ["`a` @an", "@an"], ["```\n@an", null], ["```\na\n``` @an", "@an"], ["`a\n@an", "@an"],
  ]
  for (const [text, expected] of cases) {
    const found = triggerAt(text, text.length)
    assert.equal(found && found.mark + found.words, expected, text)
    if (found) assert.equal(text.slice(found.from), expected)
  }
  assert.deepEqual(triggerAt("hi @an, and more", 6), { mark: "@", from: 3, to: 6, words: "an" })
})

test("an emoji is found by its short name first, then by other words", () => {
  const groups = readEmoji([["Things", [["🎉", "party popper", "tada", "celebrate hooray"], ["🌮", "taco", "taco", "mexican"], ["👀", "eyes", "eyes", "look tadpole"], ["🥳", "partying face", "partying_face", "celebrate"]]]])
  const signs = (typed: string): string => findEmoji(groups, typed, 3).map(({ sign }) => sign).join("")
  assert.equal(signs("ta"), "🎉🌮👀")
  assert.equal(signs("TADA"), "🎉")
  assert.equal(signs("cele"), "🎉🥳")
  assert.equal(signs("face"), "🥳")
  assert.equal(signs("zz"), "")
})
