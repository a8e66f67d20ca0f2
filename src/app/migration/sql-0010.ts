import type { Migration } from '../../infra/db/migrate.ts'

/**
 * What Bayes has learned. A scope is one account's, or everybody's under two empty ids. Counts are in units that double every half year instead of being halved:
 * `core/filter/bayes/weight.ts`.
 */
export const migration0010: Migration = {
  version: 10,
  name: 'Bayes',
  statements: [
    // 'tokens' counts the rows of bayes_token; 'revision' counts changes, so that who holds a copy knows what it misses.
    `CREATE TABLE bayes_scope (
      organization TEXT NOT NULL,
      account TEXT NOT NULL,
      spam INT NOT NULL,
      ham INT NOT NULL,
      tokens INT NOT NULL,
      revision INT NOT NULL,
      PRIMARY KEY (organization, account)
    ) WITHOUT ROWID`,
    `CREATE TABLE bayes_token (
      organization TEXT NOT NULL,
      account TEXT NOT NULL,
      token INT NOT NULL,
      spam INT NOT NULL,
      ham INT NOT NULL,
      PRIMARY KEY (organization, account, token)
    ) WITHOUT ROWID`,
    // The newest changes of a scope, so that a copy is brought up to date without being read anew.
    `CREATE TABLE bayes_change (
      organization TEXT NOT NULL,
      account TEXT NOT NULL,
      revision INT NOT NULL,
      spam INT NOT NULL,
      ham INT NOT NULL,
      tokens BYTES NOT NULL,
      PRIMARY KEY (organization, account, revision)
    ) WITHOUT ROWID`,
    // The journal: what each account said of each message, and what was learned from that: 'own' 1 while its account's scope counts it, 'shared' 1 while
    // everybody's does, 'class' null when it was taken back. Votes of nobody are the filter's own.
    `CREATE TABLE bayes_vote (
      organization TEXT NOT NULL,
      account TEXT NOT NULL,
      message TEXT NOT NULL,
      said TEXT NOT NULL,
      class TEXT,
      own INT NOT NULL,
      shared INT NOT NULL,
      weight INT NOT NULL,
      at_ms INT NOT NULL,
      sender TEXT NOT NULL,
      domain TEXT,
      signature TEXT NOT NULL,
      tokens BYTES NOT NULL,
      PRIMARY KEY (organization, account, message)
    ) WITHOUT ROWID`,
    'CREATE INDEX bayes_vote_by_age ON bayes_vote (organization, account, at_ms)',
    'CREATE INDEX bayes_vote_shared ON bayes_vote (at_ms) WHERE shared = 1',
    'CREATE INDEX bayes_vote_idle ON bayes_vote (at_ms) WHERE own = 0 AND shared = 0',
    // Whom everybody learns from, and how much each said in the last hour they said something.
    `CREATE TABLE bayes_voter (
      organization TEXT NOT NULL,
      account TEXT NOT NULL,
      hour INT NOT NULL,
      votes INT NOT NULL,
      PRIMARY KEY (organization, account)
    ) WITHOUT ROWID`,
  ],
}
