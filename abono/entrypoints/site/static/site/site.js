/* What the pages do beyond plain HTML. Everything works without this file, but the card fields of the gateway. */
"use strict";

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return;

  // A link to the page that asks "are you sure" opens the dialog that asks the same.
  const opener = target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog instanceof HTMLDialogElement) {
    event.preventDefault();
    dialog.showModal();
    return;
  }

  const closer = target.closest("dialog [data-close]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog").close();
    return;
  }

  const copier = target.closest("[data-copy]");
  if (copier) {
    const [word, status] = copier.querySelectorAll("span");
    const copied = navigator.clipboard?.writeText(copier.dataset.copy) ?? Promise.reject();
    copied.then(
      () => { word.textContent = status.textContent = copier.dataset.copied; },
      () => getSelection().selectAllChildren(copier.previousElementSibling), // not allowed here: Ctrl-C copies it
    );
    return;
  }

  for (const drop of document.querySelectorAll("details.drop[open]")) {
    if (!drop.contains(target)) drop.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (help.open) help.close();
  for (const drop of document.querySelectorAll("details.drop[open]")) {
    drop.open = false;
    drop.querySelector("summary").focus();
  }
});

// Help opens beside the page, over it where there is no room; without this it is a page of its own.
const help = document.getElementById("help");
let asked; // for what is on its way

async function openHelp(address) {
  const url = new URL(address);
  url.searchParams.set("beside", "");
  asked?.abort();
  asked = new AbortController();
  const answer = await fetch(url, { signal: asked.signal });
  if (!answer.ok) throw new Error(answer.statusText);
  help.innerHTML = await answer.text();
  if (!help.open) matchMedia("(min-width: 1024px)").matches ? help.show() : help.showModal();
  const place = url.hash && help.querySelector(url.hash);
  if (place) place.scrollIntoView();
  else help.scrollTop = 0;
  help.querySelector("h2").focus({ preventScroll: true });
}

// Who was in the panel goes back to where it was opened.
help.addEventListener("close", () => {
  asked?.abort();
  if (document.activeElement === document.body) document.querySelector("[data-help]")?.focus();
});

function helped(event, address) {
  event.preventDefault();
  openHelp(address).catch((error) => error.name === "AbortError" || location.assign(address));
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("a[data-help], #help a:not([data-whole])");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  if (link.matches("[data-help]") && help.open) {
    event.preventDefault();
    help.close();
  } else if (/^\/[\w-]+\/(back-office\/)?help\//.test(link.pathname) && link.origin === location.origin && !link.getAttribute("href").startsWith("#")) {
    helped(event, link.href);
  }
});

// A form that moves money is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (help.contains(form)) {
    helped(event, `${form.action}?${new URLSearchParams(new FormData(form))}`);
    return;
  }
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("data-sending", "");
});

// A part that refreshes itself waits while somebody reads or points at something in it.
document.addEventListener("htmx:before:request", (event) => {
  const live = event.target instanceof Element && event.target.closest("[data-live]");
  if (live && (live.querySelector("details[open]") || live.contains(document.activeElement))) event.preventDefault();
});

// Back from the next page: the browser shows the old one as it was left.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[data-sending]")?.removeAttribute("data-sending");
  }
});

document.querySelector("[data-focus]")?.focus();
