// A form with the gateway's card fields: `form[data-card]` with a hidden `frame_ref` and one `.card-frame iframe`.
// The card stays in the frame; the form learns only the reference that the frame says is ready.
// `data-card="send"`: the frame's own button sends the form. `data-card="press"`: the form's button is the only one.
"use strict";

const form = document.querySelector("form[data-card]");

if (form) {
  const frame = form.querySelector(".card-frame iframe");
  const missing = form.querySelector("[data-card-missing]");
  const origin = new URL(frame.src).origin;
  document.documentElement.classList.add("scripted");

  // The page is loaded once its frame is; a frame that loads anew is told again.
  function host() {
    if (form.dataset.card === "press") frame.contentWindow.postMessage({ type: "abono:hosted" }, origin);
  }
  frame.addEventListener("load", host);
  window.addEventListener("load", host);

  window.addEventListener("message", (event) => {
    if (event.origin !== origin || event.source !== frame.contentWindow) return;
    const said = event.data;
    if (said?.type === "abono:card" && typeof said.ref === "string") {
      form.elements.frame_ref.value = said.ref;
      form.toggleAttribute("data-ready", true);
      if (missing) missing.hidden = true;
      if (form.dataset.card) form.requestSubmit(); // nothing else is asked on this page
    } else if (said?.type === "abono:wrong") {
      if (missing) missing.hidden = false;
    } else if (said?.type === "abono:height" && Number.isInteger(said.px)) {
      frame.height = Math.min(Math.max(said.px, 80), 1200);
      host();
    }
  });

  // Before the document hears of it, so that a form without a card does not count as sent.
  form.addEventListener("submit", (event) => {
    if (form.elements.frame_ref.value) return;
    event.preventDefault();
    event.stopPropagation();
    if (form.dataset.card === "press") {
      if (missing) missing.hidden = true;
      frame.contentWindow.postMessage({ type: "abono:submit" }, origin); // it answers with a card, or what is wrong
      return;
    }
    if (missing) missing.hidden = false;
    frame.focus();
  });
}
