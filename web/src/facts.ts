/** The facts that come over the live stream, and the objects in them. The contract is the API's; the names are the same. */

export interface User {
  id: number
  username: string
  name: string
  kind: "person" | "bot"
  avatar_url: string | null
}

export interface MessageNode {
  type: string
  user_id?: number
  children?: MessageNode[]
}

export interface SentFile {
  id: number
  name: string
  media_type: string
  size: number
  width: number | null
  height: number | null
  url: string
  thumb_url: string | null
}

export interface Reaction {
  emoji: string
  user_ids: number[]
}

export interface Preview {
  id: number
  url: string
  title: string
  description: string
  site: string
  image: { url: string; width: number; height: number } | null
}

/** The message that a reply answers, for one reader. */
export interface Quoted {
  id: number
  author: User
  text: string
  deleted: boolean
}

export interface Message {
  id: number
  group_id: number
  topic_id: number
  seq: number
  author: User
  nodes: MessageNode[]
  html: string
  created_at: string
  edited_at: string | null
  deleted: boolean
  reply_to: number | null
  files: SentFile[]
  reactions: Reaction[]
  previews: Preview[]
  client_id: string
  quoted?: Quoted | null
}

export interface Topic {
  id: number
  group_id: number
  locked: boolean
}

export interface Counts {
  topic_id: number
  group_id: number
  read_seq: number
  unread: number
  mentions: number
}

/** What one is writing in a topic, as the server has it. */
export interface SavedDraft {
  topic_id: number
  text: string
  reply_to: number | null
  files: SentFile[]
  revision: number
}

interface Facts {
  message_posted: { message: Message }
  message_edited: { message: Message }
  message_deleted: { message_id: number; topic_id: number; group_id: number; seq: number; undone: boolean }
  messages_moved: { message_ids: number[]; from_topic_id: number | null; to_topic: Topic | null }
  messages_imported: { topic_id: number; group_id: number }
  topic_opened: { topic: Topic }
  topic_changed: { topic: Topic }
  topic_deleted: { topic_id: number; group_id: number }
  group_changed: { group: { id: number } }
  group_deleted: { group_id: number }
  member_joined: { group_id: number; user: User }
  member_left: { group_id: number; user: User }
  join_requested: { group_id: number; user: User }
  mentioned: { message_id: number; topic_id: number; group_id: number; keyword: string | null; everyone: "group" | "here" | null }
  reaction_added: { message_id: number; topic_id: number; emoji: string; user_id: number }
  reaction_removed: { message_id: number; topic_id: number; emoji: string; user_id: number }
  previews_changed: { message_id: number; topic_id: number; group_id: number; previews: Preview[] }
  star_added: { message_id: number }
  star_removed: { message_id: number }
  draft_changed: { topic_id: number; revision: number; empty: boolean }
  scheduled_changed: { scheduled_id: number }
  saved_searches_changed: object
  topic_read: Counts
  group_read: { group_id: number }
  ignored_changed: { ignored: number[] }
  level_changed: { group_id: number; topic_id: number | null; level: "follow" | "normal" | "mute" }
  keywords_changed: { keywords: string[] }
  settings_changed: { settings: Record<string, unknown> }
}

/** What is so for a moment: it has no place in the log, is not told again, and does not move the place where a tab stands. */
interface Moments {
  typing: { topic_id: number; user_id: number }
  presence: { user_id: number; online: boolean }
  presences: { online: number[]; offline: number[] }
}

export type Kind = keyof Facts
export type MomentKind = keyof Moments
export type Fact<K extends Kind = Kind> = { [P in K]: Facts[P] & { id: string; kind: P; at: string } }[K]

export type Moment<K extends MomentKind = MomentKind> = { [P in K]: Moments[P] & { kind: P; at: string } }[K]

/** Every kind that the stream may bring: EventSource hands over only those somebody asked it for. */
export const KINDS: Kind[] = [
  "message_posted", "message_edited", "message_deleted", "messages_moved", "messages_imported", "topic_opened", "topic_changed",
  "topic_deleted", "group_changed", "group_deleted", "member_joined", "member_left", "join_requested", "mentioned", "reaction_added", "reaction_removed", "previews_changed", "star_added",
  "star_removed", "draft_changed", "scheduled_changed", "saved_searches_changed", "topic_read", "group_read", "ignored_changed", "level_changed", "keywords_changed", "settings_changed",
]

export const MOMENTS: MomentKind[] = ["typing", "presence", "presences"]

type FactEvents = { [K in Kind]: CustomEvent<Fact<K>> }
type MomentEvents = { [K in MomentKind]: CustomEvent<Moment<K>> }

declare global {
  interface DocumentEventMap extends FactEvents, MomentEvents {
    live_state: CustomEvent<{ online: boolean }>
    message_sending: CustomEvent<{ clientId: string; text: string; replyTo: number | null; fileIds: number[]; files: SentFile[]; draftRevision?: number }>
    tray_changed: CustomEvent
    message_undone: CustomEvent<{ messageId: number; text: string; reply_to: number | null; files: SentFile[]; draft: SavedDraft }>
    message_saved: CustomEvent<{ message: Message }>
    part_swapped: CustomEvent<{ name: string }>
    page_gone: CustomEvent
    searches_counted: CustomEvent
    unread_wanted: CustomEvent<{ forward: boolean }>
  }
}
