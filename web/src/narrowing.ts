/** What can be named in a search: the operators, and the people, groups, topics and words behind them. What is put in names one alone. */
import { type Choice, face, type Naming } from "./completion.ts"
import { current } from "./current.ts"
import type { User } from "./facts.ts"
import { type Operator, OPERATORS, operatorAt, operatorsLike, VALUES, valueAt } from "./model/operator.ts"
import { look } from "./send.ts"

const MOST = 8

interface Group {
  id: number
  slug: string
  name: string
}

interface Topic {
  group_id: number
  slug: string
  name: string
}

interface Places {
  people: User[]
  groups: Group[]
  topics: Topic[]
  topic_groups: Group[]
}

/** In the box of the rail: there, words by themselves are names of places. */
export const inJumps: Naming<Operator> = {
  fields: ".jump__input",
  box: ".jump__form",
  isFirstChosen: false,
  triggerAt: valueAt,
  choices: ({ mark, words }) => values(mark, words),
}

export const inSearches: Naming<Operator | ""> = {
  fields: ".searcher__input",
  box: ".searcher__form",
  isFirstChosen: false,
  triggerAt: operatorAt,
  choices: ({ mark, words }) => (mark ? values(mark, words) : operators(words)),
}

async function operators(words: string): Promise<Choice[]> {
  return operatorsLike(words).map((name) => ({ text: `${name}:`, face: "", name: `${name}:`, note: OPERATORS[name] }))
}

async function values(operator: Operator, words: string): Promise<Choice[]> {
  if (operator === "in") return groups(words)
  if (operator === "topic") return topics(words)
  const known = VALUES[operator]
  return known ? known.filter((value) => value.startsWith(words.toLowerCase())).map(plain) : people(words)
}

async function people(words: string): Promise<Choice[]> {
  const found = await places("people", words)
  const oneself = "me".startsWith(words.toLowerCase()) ? [{ text: "me ", face: "@", name: "me", note: "yourself" }] : []
  // Whoever is called "me" cannot be named so: that is whoever searches.
  const others = found.people.filter(({ id, username }) => username !== "me" || id === current.id)
  return [...oneself, ...others.map((user) => ({ text: `${user.username} `, face: face(user), name: user.name, note: `@${user.username}` }))]
}

async function groups(words: string): Promise<Choice[]> {
  const found = await places("groups", words)
  return found.groups.map(({ slug, name }) => ({ text: `${slug} `, face: "", name, note: slug }))
}

async function topics(words: string): Promise<Choice[]> {
  const found = await places("topics", words)
  return found.topics.flatMap(({ group_id, slug, name }) => {
    const group = found.topic_groups.find(({ id }) => id === group_id)
    const isOnly = found.topic_groups.filter((other) => other.name === group?.name).length === 1
    return group ? [{ text: `${group.slug}/${slug} `, face: "#", name, note: isOnly ? group.name : `${group.name} · ${group.slug}` }] : []
  })
}

async function places(kind: "people" | "groups" | "topics", words: string): Promise<Places> {
  const found = await look<Places>(`/search/jump?kind=${kind}&limit=${MOST}&q=${encodeURIComponent(words)}`)
  return found ?? { people: [], groups: [], topics: [], topic_groups: [] }
}

function plain(value: string): Choice {
  return { text: `${value} `, face: "", name: value, note: "" }
}
