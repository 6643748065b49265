package io.doorward.examples;

import io.doorward.auth.base.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * One person's browser on one application: the JDK's HTTP client, which trusts the demonstration's
 * certificate only, with a cookie jar of its own.
 */
final class Browser {
  /** Beside it the jar holds the cookie by which the application knows the device again. */
  private static final String SESSION = "__Host-doorward";

  private final URI application;
  private final SSLContext trust;
  private final CookieManager cookies = new CookieManager();
  private final HttpClient client;
  private final Ticker ticker = Ticker.system();

  Browser(URI application, SSLContext trust) {
    this.application = application;
    this.trust = trust;
    this.client =
        HttpClient.newBuilder()
            .sslContext(trust)
            .cookieHandler(cookies)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
  }

  /** Returns another browser on the same application, without a cookie. */
  Browser another() {
    return new Browser(application, trust);
  }

  /** Returns a browser that stole this one's cookie. */
  Browser thief() {
    Browser thief = another();
    cookies.getCookieStore().getCookies().forEach(c -> thief.cookies.getCookieStore().add(null, c));
    return thief;
  }

  Answer signUp(String email, String password) {
    return post("/auth/signup", credentials(email, password));
  }

  Answer logIn(String email, String password) {
    return post("/auth/login", credentials(email, password));
  }

  /** Logs in as a page of its own origin does that keeps its refresh token in a cookie. */
  Answer logInForTokens(String email, String password) {
    String fields = credentials(email, password);
    return post(
        "/auth/login",
        fields.substring(0, fields.length() - 1)
            + ", \"mode\": \"bearer\", \"refreshCookie\": true}");
  }

  /** Exchanges the refresh token in the cookie. */
  Answer refresh() {
    return post("/auth/refresh", "{}");
  }

  Answer changePassword(String current, String next) {
    return post("/auth/password", "{\"current\": \"" + current + "\", \"next\": \"" + next + "\"}");
  }

  Answer logOut() {
    return post("/auth/logout", "");
  }

  Answer get(String path) {
    return send("GET " + path, request(path).GET().build());
  }

  Answer post(String path, String json) {
    return send(
        "POST " + path,
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(json))
            .build());
  }

  /** As a script of the application's own page sends it. */
  Answer delete(String path) {
    return send(
        "DELETE " + path.substring(0, path.lastIndexOf('/')),
        request(path).header("Sec-Fetch-Site", "same-origin").DELETE().build());
  }

  private static String credentials(String email, String password) {
    return "{\"email\": \"" + email + "\", \"password\": \"" + password + "\"}";
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(application.resolve(path)).timeout(Duration.ofSeconds(10));
  }

  private Answer send(String what, HttpRequest request) {
    boolean hadCookie = hasCookie();
    long from = ticker.nanos();
    HttpResponse<String> response;
    try {
      response = client.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(what + " was not answered", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(what + " was interrupted", e);
    }
    return new Answer(
        what,
        response.statusCode(),
        retryAfter(response),
        cookie(response, hadCookie),
        Duration.ofNanos(ticker.nanos() - from));
  }

  private static Optional<Duration> retryAfter(HttpResponse<?> response) {
    return response.headers().firstValue("Retry-After").map(Long::valueOf).map(Duration::ofSeconds);
  }

  private Answer.Cookie cookie(HttpResponse<?> response, boolean hadCookie) {
    boolean changed =
        response.headers().allValues("Set-Cookie").stream()
            .anyMatch(set -> set.startsWith(SESSION + "="));
    if (!changed) {
      return hadCookie ? Answer.Cookie.KEPT : Answer.Cookie.NONE;
    }
    return hasCookie() ? Answer.Cookie.SET : Answer.Cookie.CLEARED;
  }

  private boolean hasCookie() {
    return cookies.getCookieStore().getCookies().stream()
        .anyMatch(cookie -> cookie.getName().equals(SESSION));
  }
}
