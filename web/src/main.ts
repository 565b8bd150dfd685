/** Defines every element and starts the live stream; nothing else. */
import { ChatRailElement } from "./elements/chat-rail.ts"
import { FreshPageElement } from "./elements/fresh-page.ts"
import { LiveStatusElement } from "./elements/live-status.ts"
import { MessageComposerElement } from "./elements/message-composer.ts"
import { MessageEditorElement } from "./elements/message-editor.ts"
import { MessageListElement } from "./elements/message-list.ts"
import { TopicWatchElement } from "./elements/topic-watch.ts"
import { TypingLineElement } from "./elements/typing-line.ts"
import { startLive } from "./live.ts"
import { startPresence } from "./presence.ts"
import { startTimes } from "./times.ts"

startTimes()
ChatRailElement.define()
FreshPageElement.define()
LiveStatusElement.define()
MessageListElement.define()
MessageComposerElement.define()
MessageEditorElement.define()
TopicWatchElement.define()
TypingLineElement.define()
startPresence()
startLive()
