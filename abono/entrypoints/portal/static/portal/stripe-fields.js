// Stripe's card fields. What is typed goes from Stripe's script to Stripe; the page around hears a reference (domain/payments/port.py).
"use strict";

const form = document.getElementById("card");
const wrong = document.getElementById("wrong");
const ready = document.getElementById("ready");
const button = form.querySelector("button");
const main = document.querySelector("main");
const secret = decodeURIComponent(location.hash.slice(1)); // opens one SetupIntent, and nothing else

function tell(message) {
  if (window.parent !== window) window.parent.postMessage(message, location.origin);
}

function show(text) {
  wrong.textContent = text;
  wrong.hidden = !text;
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const stripe = window.Stripe && secret ? window.Stripe(form.dataset.key, { locale: document.documentElement.lang }) : null;
const card = stripe?.elements().create("card", {
  hidePostalCode: true,
  style: { base: { color: colour("--ink"), fontSize: "16px", "::placeholder": { color: colour("--quiet") } }, invalid: { color: colour("--danger") } },
});

if (card) {
  card.mount("#fields");
  card.on("change", (event) => show(event?.error?.message || ""));
} else {
  show(form.dataset.offline);
  button.disabled = true;
}

async function confirmed(name) {
  const typed = { payment_method: { card, billing_details: { name } } };
  const first = await stripe.confirmCardSetup(secret, typed, { handleActions: false });
  if (first.setupIntent?.status !== "requires_action") return first;
  main.classList.add("asked");
  try {
    return await stripe.confirmCardSetup(secret);
  } finally {
    main.classList.remove("asked");
  }
}

async function send() {
  const name = form.holder.value.trim();
  form.holder.setAttribute("aria-invalid", name ? "false" : "true");
  if (!name) {
    form.holder.focus();
    throw new Error(form.dataset.holder);
  }
  const { error, setupIntent } = await confirmed(name);
  const done = setupIntent || error?.setup_intent; // after this page was loaded anew it may be done already
  if (done?.status !== "succeeded") throw new Error(error?.message || form.dataset.offline);
  form.hidden = true;
  ready.hidden = false;
  ready.focus();
  tell({ type: "abono:card", ref: done.id });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (button.disabled) return;
  button.disabled = true;
  show("");
  try {
    await send();
  } catch (problem) {
    show(problem.message);
    tell({ type: "abono:wrong" });
  } finally {
    button.disabled = false;
  }
});

// The page around may have the only button: then it asks us to send what was typed.
window.addEventListener("message", (event) => {
  if (event.origin !== location.origin || event.source !== window.parent) return;
  if (event.data?.type === "abono:hosted") button.hidden = true;
  if (event.data?.type === "abono:submit" && !form.hidden) form.requestSubmit();
});

new ResizeObserver(() => {
  tell({ type: "abono:height", px: Math.ceil(document.documentElement.getBoundingClientRect().height) });
}).observe(document.body);
