// The card fields. What is typed goes to this origin only; the page around hears a reference.
"use strict";

const form = document.getElementById("card");
const done = document.getElementById("done");
const summary = document.getElementById("summary");
const parentOrigin = form.dataset.parent;

function tell(message) {
  if (window.parent !== window) window.parent.postMessage(message, parentOrigin);
}

function showErrors(errors) {
  const list = summary.querySelector("ul");
  list.replaceChildren();
  for (const input of form.querySelectorAll("input")) {
    const text = errors[input.name] || "";
    document.getElementById(input.name + "-error").textContent = text;
    input.setAttribute("aria-invalid", text ? "true" : "false");
    if (!text) continue;
    const link = document.createElement("a");
    link.href = "#" + input.id;
    link.textContent = input.labels[0].textContent;
    link.addEventListener("click", (event) => { event.preventDefault(); input.focus(); });
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  summary.hidden = Object.keys(errors).length === 0;
}

function showProblem(text) {
  const item = document.createElement("li");
  item.textContent = text;
  summary.querySelector("ul").replaceChildren(item);
  summary.hidden = false;
}

function luhn(digits) {
  let total = 0;
  [...digits].reverse().forEach((digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    total += value > 9 ? value - 9 : value;
  });
  return total % 10 === 0;
}

const digitsOf = (text) => text.replace(/\D/g, "");

function spaced(digits) {
  const parts = /^3[47]/.test(digits) ? [4, 6, 5] : [4, 4, 4, 4, 3];
  const groups = [];
  for (let at = 0, part = 0; at < digits.length && part < parts.length; at += parts[part++]) {
    groups.push(digits.slice(at, at + parts[part]));
  }
  return groups.join(" ");
}

// Only at the end of the text, so that the caret never jumps while somebody corrects a digit.
const atEnd = (input) => input.selectionStart === input.value.length;

form.number.addEventListener("input", () => {
  if (atEnd(form.number)) form.number.value = spaced(digitsOf(form.number.value));
});
form.expiry.addEventListener("input", (event) => {
  const digits = digitsOf(form.expiry.value);
  const deleting = (event.inputType || "").startsWith("delete");
  if (atEnd(form.expiry) && !deleting && digits.length >= 2 && digits.length <= 4) {
    form.expiry.value = digits.slice(0, 2) + "/" + digits.slice(2);
  }
});
form.number.addEventListener("change", () => {
  const digits = digitsOf(form.number.value);
  const wrong = digits.length >= 12 && !luhn(digits);
  document.getElementById("number-error").textContent = wrong ? form.dataset.numberWrong : "";
  form.number.setAttribute("aria-invalid", wrong ? "true" : "false");
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.disabled) return;
  button.disabled = true;
  try {
    const reply = await fetch(location.pathname + location.search, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
    const answer = await reply.json();
    if (answer.ref) {
      showErrors({});
      form.reset();
      form.hidden = true;
      done.hidden = false;
      done.querySelector("p").textContent = answer.ready;
      done.querySelector("p").focus();
      tell({ type: "abono:card", ref: form.dataset.ref });
    } else if (answer.errors) {
      showErrors(answer.errors);
      summary.focus();
      tell({ type: "abono:wrong" });
    } else {
      showProblem(answer.problem || form.dataset.offline);
    }
  } catch {
    showProblem(form.dataset.offline);
  } finally {
    button.disabled = false;
  }
});

// The page around may have the only button: then it asks us to send what was typed.
window.addEventListener("message", (event) => {
  if (event.origin !== parentOrigin || event.source !== window.parent) return;
  if (event.data?.type === "abono:hosted") form.querySelector("button").hidden = true;
  if (event.data?.type === "abono:submit" && !form.hidden) form.requestSubmit();
});

document.getElementById("another").addEventListener("click", () => {
  done.hidden = true;
  form.hidden = false;
  form.number.focus();
});

new ResizeObserver(() => {
  tell({ type: "abono:height", px: Math.ceil(document.documentElement.getBoundingClientRect().height) });
}).observe(document.body);
