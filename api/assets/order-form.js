// Says beside a field what is wrong with it as soon as somebody leaves it. The form says the same once it
// is sent, with this script or without.
(() => {
  const form = document.querySelector("form[data-check]");
  if (!form) return;

  const words = (field) => {
    const { validity } = field;
    if (validity.valueMissing) return "This is needed.";
    if (validity.typeMismatch && field.type === "email") return "Give an e-mail address, such as ann@example.com.";
    if (validity.typeMismatch) return "Give a whole address, starting with https://.";
    if (validity.rangeUnderflow || validity.rangeOverflow || validity.badInput || validity.stepMismatch) {
      return `Give a whole number from ${field.min} to ${field.max}.`;
    }
    return validity.valid ? "" : field.validationMessage;
  };

  const tell = (field) => {
    const place = field.closest(".field");
    if (!place) return;
    const id = `${field.id}-error-1`;
    const message = words(field);
    place.querySelectorAll(".error").forEach((old) => old.remove());
    place.classList.toggle("wrong", message !== "");
    const described = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((name) => name && name !== id);
    if (message) {
      const error = document.createElement("p");
      error.className = "error";
      error.id = id;
      error.textContent = message;
      field.before(error);
      field.setAttribute("aria-invalid", "true");
      described.push(id);
    } else {
      field.removeAttribute("aria-invalid");
    }
    field.setAttribute("aria-describedby", described.join(" "));
  };

  form.noValidate = true;
  form.addEventListener("focusout", ({ target }) => {
    if (target.matches("input[id], textarea[id], select[id]") && target.value) tell(target);
  });
  form.addEventListener("input", ({ target }) => {
    if (target.getAttribute("aria-invalid")) tell(target);
  });
  form.addEventListener("submit", (event) => {
    const wrong = [...form.elements].filter((field) => field.id && field.willValidate && !field.validity.valid);
    wrong.forEach(tell);
    if (wrong.length === 0) return;
    event.preventDefault();
    const details = wrong[0].closest("details");
    if (details) details.open = true;
    wrong[0].focus();
  });
})();
