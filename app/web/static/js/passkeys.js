// Passkeys: a form asks the server what a device is to sign or to make, the browser has it done, and the form is sent with
// what came of it. Without this module, or a browser that knows none, such a form is not seen: codes and passwords remain.
const unpack = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
const pack = (buffer) =>
  btoa(Array.from(new Uint8Array(buffer), (each) => String.fromCharCode(each)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const unpackIds = (known) => (known || []).map((each) => ({ ...each, id: unpack(each.id) }));

async function made(options) {
  const user = { ...options.user, id: unpack(options.user.id) };
  const excludeCredentials = unpackIds(options.excludeCredentials);
  const publicKey = { ...options, user, excludeCredentials, challenge: unpack(options.challenge) };
  const { id, rawId, type, response } = await navigator.credentials.create({ publicKey });
  return {
    id, type, rawId: pack(rawId),
    response: {
      clientDataJSON: pack(response.clientDataJSON),
      attestationObject: pack(response.attestationObject),
      transports: response.getTransports ? response.getTransports() : [],
    },
  };
}

async function signed(options) {
  const allowCredentials = unpackIds(options.allowCredentials);
  const publicKey = { ...options, allowCredentials, challenge: unpack(options.challenge) };
  const { id, rawId, type, response } = await navigator.credentials.get({ publicKey });
  return {
    id, type, rawId: pack(rawId),
    response: {
      clientDataJSON: pack(response.clientDataJSON),
      authenticatorData: pack(response.authenticatorData),
      signature: pack(response.signature),
      userHandle: response.userHandle ? pack(response.userHandle) : null,
    },
  };
}

async function fill(form) {
  const place = form.querySelector("[data-problem]");
  const tell = (text) => {
    place.textContent = text;
    place.hidden = !text;
  };
  tell("");
  try {
    const answer = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
    const options = await answer.json();
    if (!answer.ok) return tell(options.problem || form.dataset.failed);
    const credential = await (form.dataset.passkey === "create" ? made(options) : signed(options));
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  } catch {
    tell(form.dataset.failed); // whoever holds the device said no, or took too long
  }
}

for (const form of window.PublicKeyCredential ? document.querySelectorAll("form[data-passkey]") : []) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fill(form);
  });
}
for (const note of window.PublicKeyCredential ? document.querySelectorAll("[data-passkey-none]") : []) note.hidden = true;
