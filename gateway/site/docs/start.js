// A file of its own, because the page's policy allows no inline script.
window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  // Without the top bar, whose field would load documents from anywhere.
  layout: "BaseLayout",
  presets: [SwaggerUIBundle.presets.apis],
  // The badge would send the document's address to a foreign site.
  validatorUrl: null,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // A token lives in the page only, never in the browser's storage.
  persistAuthorization: false,
  tryItOutEnabled: true,
});
