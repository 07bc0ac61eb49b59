// A logout that did not arrive: the tab knows that it was pressed, the offline page that it failed, and so the browser keeps it
// until a page of work can do it, also in another tab.
const PRESSED = "logout-pressed";
const FAILED = "logout-failed";

export const press = () => sessionStorage.setItem(PRESSED, "true");

// Told by the page that stands for others while there is no network.
export function fail() {
  if (sessionStorage.getItem(PRESSED)) localStorage.setItem(FAILED, "true");
}

// Whether a logout has failed, once.
export function take() {
  sessionStorage.removeItem(PRESSED);
  const failed = localStorage.getItem(FAILED) !== null;
  localStorage.removeItem(FAILED);
  return failed;
}
