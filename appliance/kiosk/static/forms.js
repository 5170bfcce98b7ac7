// A form is sent once: its buttons rest while the answer is on its way.
"use strict";
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => {
    for (const button of form.elements) {
      if (button.type === "submit") button.disabled = true;
    }
  });
});
// Coming back by the browser's own button must not find them resting.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
    for (const button of form.elements) {
      if (button.type === "submit") button.disabled = false;
    }
  }
});
