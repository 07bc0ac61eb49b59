// What is typed is kept in this browser until it is saved: closed tabs, a lost connection, an expired login.
// A draft is {values, shown, at, sent}. `sent` says that it was posted: the page after it tells whether that was saved.

const PREFIX = "draft:";
const WHOSE = "drafts-of"; // the id of who was last on a page of work: those of others are not shown to him
const DAYS = 7;

export function read(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(PREFIX + key));
    return draft && Date.now() - draft.at < DAYS * 86_400_000 ? draft : null;
  } catch {
    return null;
  }
}

export function write(key, draft) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(draft));
    return true;
  } catch {
    return false; // no room, or not allowed: typing goes on without a draft
  }
}

export function drop(key) {
  localStorage.removeItem(PREFIX + key);
}

// Whoever logs out leaves nothing behind.
export function dropAll() {
  for (const name of [...names(), WHOSE]) localStorage.removeItem(name);
}

// What is kept of who works here: the path of the page on which it was typed, and when, newest first.
export function kept() {
  const own = RegExp(`^${PREFIX}(compose:)?${whose()}:`);
  const found = names().filter((name) => own.test(name)).map((name) => ({ path: pathOf(name), at: read(name.slice(PREFIX.length))?.at }));
  return found.filter(({ path, at }) => path && at).sort((one, other) => other.at - one.at);
}

function names() {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  } catch {
    return [];
  }
}

function whose() {
  try {
    return Number(localStorage.getItem(WHOSE));
  } catch {
    return 0;
  }
}

// "draft:5:/account/new", "draft:compose:5:/account/7:activity"
const pathOf = (name) => /:(\/[^:]*)/.exec(name)?.[1];

// Any page of work but the form itself means that what was sent is saved: the login page and the form are none. What was
// written above a timeline is on a page of work already: timeline.js says when that was saved.
export function forgetSent(except) {
  const id = document.body.dataset.app?.split("/").at(-1);
  if (!id) return;
  try {
    localStorage.setItem(WHOSE, id);
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(`${PREFIX}${id}:`) || name === PREFIX + except) continue;
      const draft = read(name.slice(PREFIX.length));
      if (!draft || draft.sent) localStorage.removeItem(name);
    }
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}
