// The details of an order: the tax id is called after the country, and what is typed is kept as it is typed.
"use strict";

const form = document.getElementById("details");
const country = document.getElementById("id_country");
country.addEventListener("change", () => {
  const { taxId, region, code, needed } = country.selectedOptions[0].dataset;
  document.querySelector("[data-tax-id-name]").textContent = taxId ? ` (${taxId})` : "";
  document.querySelector("[data-code-name]").textContent = code ? ` (${code})` : "";
  if (region) document.querySelector('label[for="id_region"]').firstChild.textContent = `${region} `;
  for (const name of ["number", "district", "region", "postal_code"]) {
    const optional = document.querySelector(`label[for="id_${name}"] .optional`);
    if (optional) optional.hidden = (needed || "").split(" ").includes(name);
  }
});

let waiting = 0; // the timer that sends what was typed last
let sent = ""; // what the server has, or is being sent
let busy = null; // the sending that is on its way: an older text must never come after a newer one
let going = false; // the whole form is being sent

async function keep() {
  clearTimeout(waiting);
  waiting = 0;
  while (busy) await busy;
  const text = written();
  if (going || text === sent) return;
  sent = text;
  busy = send(text).finally(() => { busy = null; });
  await busy;
}

function written() {
  const body = new URLSearchParams(new FormData(form));
  body.set("keep", "yes");
  return body.toString();
}

async function send(text) {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  try {
    const reply = await fetch(form.action, { method: "POST", body: text, headers, keepalive: true, redirect: "error" });
    if (reply.ok) found((await reply.json()).order);
  } catch {
    sent = ""; // the next letter tries again
  }
}

// The order exists from its first letter on: reloading, and other languages, find it at its own address.
function found(address) {
  if (new URL(form.action).pathname === address) return;
  form.action = address;
  history.replaceState(null, "", address);
}

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(keep, 400);
});
form.addEventListener("change", keep);

// Enter in the field of the coupon applies it, and does not go on to the payment.
document.getElementById("id_coupon").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit(document.querySelector(".change-order [name=recalculate]"));
});
form.addEventListener("submit", (event) => {
  clearTimeout(waiting);
  going = true;
  if (!busy) return;
  event.preventDefault();
  busy.then(() => form.requestSubmit(event.submitter));
});
addEventListener("pagehide", () => { if (waiting && !going) send(written()); });
addEventListener("pageshow", () => { going = false; });
