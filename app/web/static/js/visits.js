// The records that were last visited in this browser, newest first: their addresses alone, of each person apart. What they are
// called, and whether one may still see them, the server says.
const PREFIX = "visited:";
const MOST = 8;

const own = () => PREFIX + (document.body.dataset.app ?? "").split("/").at(-1);

const read = () => {
  try {
    const found = JSON.parse(localStorage.getItem(own()));
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
};

// Records of this person but for the page that is open.
export const last = () => read().filter((each) => `/${each}` !== location.pathname).join(",");

export function startVisits() {
  const [, record, entity] = /^\/((\w+)\/\d+)$/.exec(location.pathname) ?? [];
  const known = (document.body.dataset.peek ?? "").split(" ");
  if (!record || !known.includes(entity) || !document.querySelector(".rec")) return;
  try {
    localStorage.setItem(own(), JSON.stringify([record, ...read().filter((each) => each !== record)].slice(0, MOST)));
  } catch {
    // Nothing is offered then.
  }
}

// Whoever logs out leaves nothing behind.
export function forget() {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}
