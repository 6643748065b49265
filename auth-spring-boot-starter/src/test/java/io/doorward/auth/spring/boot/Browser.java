package io.doorward.auth.spring.boot;

import io.doorward.auth.testkit.TestSecrets;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.context.ApplicationContext;

/** Sends requests to an application on this machine, with a store of cookies of its own. */
final class Browser {
  private static final AtomicInteger VISITORS = new AtomicInteger();

  private final HttpClient client =
      HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

  private final String email = "visitor-" + VISITORS.incrementAndGet() + "@example.org";
  private final String origin;
  private final String password = TestSecrets.newPassword().reveal();

  private Browser(String origin) {
    this.origin = origin;
  }

  static Browser of(ApplicationContext application) {
    return new Browser(
        "http://localhost:" + application.getEnvironment().getProperty("local.server.port"));
  }

  HttpResponse<String> signsUp() throws IOException, InterruptedException {
    return post("/auth/signup", credentials());
  }

  HttpResponse<String> logsIn() throws IOException, InterruptedException {
    return post("/auth/login", credentials());
  }

  private String credentials() {
    return "{\"email\":\"" + email + "\",\"password\":\"" + password + "\"}";
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(request(path).GET());
  }

  HttpResponse<String> get(String path, String header, String value)
      throws IOException, InterruptedException {
    return send(request(path).GET().header(header, value));
  }

  HttpResponse<String> post(String path, String json) throws IOException, InterruptedException {
    return send(
        request(path)
            .POST(BodyPublishers.ofString(json))
            .header("Content-Type", "application/json"));
  }

  String email() {
    return email;
  }

  String password() {
    return password;
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(origin + path)).timeout(Duration.ofSeconds(30));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), BodyHandlers.ofString());
  }
}
