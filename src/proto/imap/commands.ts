import { append } from './command/append.ts'
import { authenticate } from './command/authenticate.ts'
import { capability } from './command/capability.ts'
import { close, unselect } from './command/close.ts'
import { copy, move, uidCopy, uidMove } from './command/copy.ts'
import { create } from './command/create.ts'
import { deleteMailbox } from './command/delete.ts'
import { enable } from './command/enable.ts'
import { expunge, uidExpunge } from './command/expunge.ts'
import { fetch, uidFetch } from './command/fetch.ts'
import { id } from './command/id.ts'
import { idle } from './command/idle.ts'
import { list } from './command/list.ts'
import { login } from './command/login.ts'
import { logout } from './command/logout.ts'
import { lsub } from './command/lsub.ts'
import { namespace } from './command/namespace.ts'
import { check, noop } from './command/noop.ts'
import { rename } from './command/rename.ts'
import { search, uidSearch } from './command/search.ts'
import { examine, select } from './command/select.ts'
import { starttls } from './command/starttls.ts'
import { status } from './command/status.ts'
import { store, uidStore } from './command/store.ts'
import { subscribe, unsubscribe } from './command/subscribe.ts'
import type { Command } from './command.ts'

/** Every command that is understood, by its verb. */
export const commands: ReadonlyMap<string, Command> = new Map(
  [
    capability, noop, logout, id,
    starttls, authenticate, login,
    enable, select, examine, create, deleteMailbox, rename, subscribe, unsubscribe, list, lsub, namespace, status, append, idle,
    check, close, unselect, expunge, uidExpunge, search, uidSearch, fetch, uidFetch, store, uidStore, copy, uidCopy, move, uidMove,
  ].map((command) => [command.verb, command]),
)
