/** A message that everything but Bayes calls spam at this score, or ham at that one, may be learned by itself. deliverability §5.8. */
const SPAM_FROM = 12
const HAM_UP_TO = -3

/** One in so many, so that what users say is not drowned. */
const ONE_IN = 3

/**
 * Whether a message shall be learned without anybody's word, and as what. Only at the extremes of the score *without* Bayes, so that it never teaches itself
 * what it thought; and one in three, chosen by the message's digest (a byte, asked for at the extremes only), so that a repetition decides alike.
 */
export function autoLearn(scoreWithoutBayes: number, digest: () => number): 'spam' | 'ham' | null {
  if (scoreWithoutBayes < SPAM_FROM && scoreWithoutBayes > HAM_UP_TO) return null
  if (digest() % ONE_IN !== 0) return null
  return scoreWithoutBayes >= SPAM_FROM ? 'spam' : 'ham'
}
