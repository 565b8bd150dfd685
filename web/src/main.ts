/** Defines every element and starts the live stream; nothing else. */
import { CatchUpElement } from "./elements/catch-up.ts"
import { ChatRailElement } from "./elements/chat-rail.ts"
import { CopyFieldElement } from "./elements/copy-field.ts"
import { DraftKeeperElement } from "./elements/draft-keeper.ts"
import { FileTrayElement } from "./elements/file-tray.ts"
import { FreshPageElement } from "./elements/fresh-page.ts"
import { JumpBoxElement } from "./elements/jump-box.ts"
import { LiveStatusElement } from "./elements/live-status.ts"
import { MessageComposerElement } from "./elements/message-composer.ts"
import { MessageEditorElement } from "./elements/message-editor.ts"
import { MessageListElement } from "./elements/message-list.ts"
import { SendLaterElement } from "./elements/send-later.ts"
import { SearchPageElement } from "./elements/search-page.ts"
import { TopicWatchElement } from "./elements/topic-watch.ts"
import { TypingLineElement } from "./elements/typing-line.ts"
import { startCompletion } from "./completion.ts"
import { EmojiPickerElement } from "./elements/emoji-picker.ts"
import { startEmoji } from "./emoji.ts"
import { startFollowed } from "./followed.ts"
import { startLive } from "./live.ts"
import { startLocalTimes } from "./local_times.ts"
import { inMessages } from "./naming.ts"
import { inJumps, inSearches } from "./narrowing.ts"
import { startPresence } from "./presence.ts"
import { startQuotes } from "./quotes.ts"
import { startReplying } from "./replying.ts"
import { startStepping } from "./stepping.ts"
import { startTimes } from "./times.ts"
import { startUndo } from "./undo.ts"
import { startWho } from "./who.ts"

startTimes()
CatchUpElement.define()
ChatRailElement.define()
CopyFieldElement.define()
FreshPageElement.define()
JumpBoxElement.define()
SearchPageElement.define()
LiveStatusElement.define()
MessageListElement.define()
FileTrayElement.define()
MessageComposerElement.define()
MessageEditorElement.define()
DraftKeeperElement.define()
SendLaterElement.define()
TopicWatchElement.define()
TypingLineElement.define()
startStepping()
startLocalTimes()
startUndo()
startPresence()
startQuotes()
EmojiPickerElement.define()
startEmoji()
startCompletion(inMessages, inSearches, inJumps)
startWho()
startReplying()
startFollowed()
startLive()
