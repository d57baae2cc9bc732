/* Buttons that call for a passkey. The work is done by the library's own files, which the page loads before this one. */
"use strict";

for (const button of document.querySelectorAll("[data-passkey]")) {
  const ids = { credential: button.form.elements.credential.id };
  const forms = window.allauth.webauthn.forms;
  if (button.dataset.passkey === "add") forms.addForm({ ids: { ...ids, add: button.id, passwordless: "passwordless", data: "passkey-data" } });
  if (button.dataset.passkey === "use") forms.authenticateForm({ ids: { ...ids, authenticate: button.id, data: "passkey-data" } });
  if (button.dataset.passkey === "login") forms.loginForm({ ids: { ...ids, login: button.id } });
  button.hidden = !window.PublicKeyCredential;
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const place of document.querySelectorAll("[data-passkey-error]")) place.hidden = false;
});
