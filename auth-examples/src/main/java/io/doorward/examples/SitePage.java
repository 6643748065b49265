package io.doorward.examples;

import io.doorward.auth.base.LoginId;
import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.servlet.SitePages;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** The pages of the {@link ExampleSite}. The filter in front of them decides which are shown. */
final class SitePage extends HttpServlet {
  private static final long serialVersionUID = 1L;

  /** No script, no style, no image, and no place in a frame of another site. */
  private static final String CONTENTS =
      "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none';"
          + " img-src data:";

  /** A browser asks for the icon of a site that names none, and no rule is for it. */
  private static final String HEAD =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Example</title>"
          + "<link rel=\"icon\" href=\"data:,\"></head><body>";

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String body =
        switch (request.getServletPath()) {
          case "" -> home(request);
          case "/login" -> login(request);
          case "/account" ->
              heading("Your account") + "<p id=\"login-id\">" + name(request) + "</p>";
          case "/admin" -> heading("Administration");
          default -> heading("Error " + response.getStatus());
        };
    show(body, response);
  }

  static void show(String body, HttpServletResponse response) throws IOException {
    response.setContentType("text/html;charset=utf-8");
    response.setHeader("Content-Security-Policy", CONTENTS);
    response
        .getWriter()
        .print(HEAD + body + "<p><a id=\"home\" href=\"/\">Home</a></p></body></html>");
  }

  /** The error page of a form that was refused is asked for by its method. */
  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    doGet(request, response);
  }

  private static String home(HttpServletRequest request) {
    String greeting =
        switch (AuthFilter.loginState(request)) {
          case LOGGED_IN -> "Hello, " + name(request);
          case LOGGED_OUT -> "Hello";
          case UNKNOWN -> "Hello (we cannot tell at the moment whether you are logged in)";
        };
    String links =
        "<p><a id=\"account\" href=\"/account\">Account</a>"
            + " <a id=\"sessions\" href=\"/sessions\">Your sessions</a>"
            + " <a id=\"admin\" href=\"/admin\">Administration</a></p>";
    String button =
        switch (AuthFilter.loginState(request)) {
          case LOGGED_OUT -> "<p><a id=\"login\" href=\"/login\">Log in</a></p>";
          case LOGGED_IN, UNKNOWN ->
              "<form id=\"logout\" method=\"post\" action=\"/auth/logout\">"
                  + "<button id=\"logout-button\">Log out</button></form>";
        };
    return heading("Home") + "<p id=\"greeting\">" + greeting + "</p>" + links + button;
  }

  private static String login(HttpServletRequest request) {
    String error = request.getParameter("error");
    String back = SitePages.returnPath(request).orElse("/");
    return heading("Log in")
        + (error == null ? "" : "<p id=\"error\" role=\"alert\">" + message(error) + "</p>")
        + "<form id=\"login-form\" method=\"post\" action=\"/auth/login\">"
        + "<label>Address <input id=\"email\" name=\"email\" type=\"email\""
        + " autocomplete=\"username\" required></label> "
        + "<label>Password <input id=\"password\" name=\"password\" type=\"password\""
        + " autocomplete=\"current-password\" required></label> "
        + "<label><input id=\"remember\" name=\"remember\" type=\"checkbox\"> Remember me</label>"
        + "<input id=\"return\" name=\"return\" type=\"hidden\" value=\""
        + escaped(back)
        + "\"><button id=\"login-button\">Log in</button></form>";
  }

  /** The code is whatever somebody wrote into a link, so it is compared and never shown. */
  private static String message(String error) {
    return switch (error) {
      case "login_rejected" -> "Address or password is wrong.";
      case "too_many_sessions" -> "You are logged in on as many devices as you may be.";
      case "too_many_attempts" -> "Too many attempts. Please wait a little.";
      case "unavailable" -> "We cannot log you in at the moment. Please try again.";
      default -> "The login did not succeed.";
    };
  }

  static String heading(String text) {
    return "<h1 id=\"title\">" + text + "</h1>";
  }

  private static String name(HttpServletRequest request) {
    return AuthFilter.principal(request)
        .flatMap(principal -> principal.loginId())
        .map(LoginId::value)
        .map(SitePage::escaped)
        .orElse("you");
  }

  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
