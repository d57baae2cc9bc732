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

let waiting = 0;
let sent = "";

// One at a time, so that an older text never comes after a newer one.
let last = Promise.resolve();

function keep(leaving) {
  clearTimeout(waiting);
  const body = new URLSearchParams(new FormData(form));
  body.set("keep", "yes");
  const text = body.toString();
  if (text === sent) return;
  sent = text;
  const send = () => fetch(form.action, { method: "POST", body, keepalive: true, redirect: "error" })
    .then((reply) => (reply.ok ? reply.json() : {}))
    .then((answer) => { if (answer.order) found(answer.order); })
    .catch(() => { sent = ""; }); // the next key tries again
  last = leaving ? send() : last.then(send);
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
form.addEventListener("change", () => keep());
form.addEventListener("submit", () => { clearTimeout(waiting); sent = "all"; });
addEventListener("pagehide", () => { if (waiting && sent !== "all") keep(true); });
