// What mailed links lead to. A file of its own, because the page's policy allows no inline script.
"use strict";

// The token stands behind the "#", which browsers send to no server.
const link = /^#(reset|verify|email)=([\w-]{1,128})$/.exec(location.hash);
const act = link ? link[1] : "forgot";
const token = link ? link[2] : null;
const outcome = document.getElementById("outcome");
const section = document.querySelector(`section[data-act="${act}"]`);
const form = section.querySelector("form");
const button = form.querySelector("button");

const acts = {
  forgot: {
    path: "/api/v1/auth/password-reset",
    body: () => ({ email: form.elements.email.value }),
    done: (answer) => answer.message,
  },
  reset: {
    path: "/api/v1/auth/password-reset/confirm",
    body: () => ({ token, password: form.elements.password.value }),
    done: () => "Your new password is set. You can sign in with it now.",
  },
  verify: {
    path: "/api/v1/auth/verify-email",
    body: () => ({ token }),
    done: (answer) => `${answer.data.email} is confirmed.`,
  },
  email: {
    path: "/api/v1/auth/email-change/confirm",
    body: () => ({ token }),
    done: (answer) =>
      answer.data.email_changed
        ? "Your e-mail address is changed."
        : `Thank you. Please open the link that was sent to the ${answer.data.missing} address too.`,
  },
};

function tell(text, failed) {
  // Text and never markup: some of it comes from elsewhere.
  outcome.textContent = text;
  outcome.classList.toggle("failed", failed);
  outcome.focus();
}

// What is wrong as the API says it, every field of it.
function problem(answer) {
  const error = answer && answer.error;
  if (!error) {
    return "Something went wrong. Please try again in a moment.";
  }
  const details = Object.values(error.details || {}).flat();
  return details.length ? details.join(" ") : error.message;
}

async function send() {
  if (act === "reset" && form.elements.password.value !== form.elements.repeated.value) {
    tell("The two passwords are not the same.", true);
    return;
  }
  button.disabled = true;
  try {
    const response = await fetch(acts[act].path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(acts[act].body()),
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
    });
    const answer = await response.json().catch(() => null);
    if (response.ok && answer) {
      section.hidden = true;
      tell(acts[act].done(answer), false);
    } else {
      tell(problem(answer), true);
    }
  } catch {
    tell("The catalogue cannot be reached. Please try again in a moment.", true);
  }
  button.disabled = false;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
// Another link opened in the same tab changes only what is behind the "#", which loads nothing by itself.
addEventListener("hashchange", () => {
  if (location.hash) {
    location.reload();
  }
});
section.hidden = false;
if (location.hash) {
  // Neither the address bar nor the history keeps the secret.
  history.replaceState(null, "", location.pathname);
  if (!link) {
    tell("This link is not complete. Please open it as it stands in the mail.", true);
  }
}
