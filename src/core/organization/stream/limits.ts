/** Streams of one organization: a page that asks which of them somebody wants must be read on a telephone. */
export const MAX_STREAMS = 50

/** Characters behind `broadcast.`: a part of a Feedback-ID holds 40. */
export const MAX_NAME = 30

/** Characters of a name for readers: a line on a telephone, or two. */
export const MAX_TITLE = 100

/** Characters of a sentence or two below it. */
export const MAX_DESCRIPTION = 400
