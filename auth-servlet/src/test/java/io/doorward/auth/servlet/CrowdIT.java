package io.doorward.auth.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.throttle.AttemptBudgets;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A container of forty threads, and a client that wants them all. */
class CrowdIT {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final int CONNECTIONS = 250;

  /**
   * In flight as the budget of an account has it, and waiting as a quarter of the node's places.
   */
  private static final int HELD = 5 + 16;

  private final HeldHasher hasher = new HeldHasher();
  private final Engine engine = new Engine(AttemptBudgets.defaults(), hasher);
  private final WebOptions options = App.options().loginDeadline(PATIENCE).build();
  private final Probe probe = new Probe();
  private final JettyContainer jetty =
      JettyContainer.start(
          Site.of(
              context -> {
                Site.serve(context, "/*", probe);
                Site.mount(
                    context,
                    AuthFilter.of(engine.service(), App.RULES, options),
                    AuthEndpoints.of(engine.service(), options));
              }),
          40);
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @AfterEach
  void close() {
    hasher.go.countDown();
    jetty.close();
    engine.close();
  }

  /** Each login has the right password, so no budget of failures ends it. */
  @Test
  void aCrowdAtOneAccountLeavesThreadsToTheSessionsOfOthers() throws Exception {
    post("/auth/signup", "eve@example.org").join();
    post("/auth/signup", "ada@example.org").join();
    String cookie = cookieOf(post("/auth/login", "ada@example.org").join());
    engine.tap().forget();
    hasher.held = true;

    List<CompletableFuture<HttpResponse<String>>> crowd = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      crowd.add(post("/auth/login", "eve@example.org"));
    }
    await().until(() -> engine.attempts().size() == CONNECTIONS);
    HttpResponse<String> page =
        client.send(
            request("/app").header("Cookie", cookie).timeout(PATIENCE).build(),
            BodyHandlers.ofString());

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(probe.reached).hasSize(1);
    await().until(() -> answered(crowd).size() == CONNECTIONS - HELD);
    assertThat(answered(crowd)).extracting(HttpResponse::statusCode).containsOnly(429);

    hasher.go.countDown();
    assertThat(crowd)
        .extracting(CompletableFuture::join)
        .extracting(HttpResponse::statusCode)
        .filteredOn(status -> status == 200)
        .hasSize(HELD);
  }

  private static List<HttpResponse<String>> answered(
      List<CompletableFuture<HttpResponse<String>>> crowd) {
    return crowd.stream().filter(CompletableFuture::isDone).map(CompletableFuture::join).toList();
  }

  private CompletableFuture<HttpResponse<String>> post(String path, String email) {
    HttpRequest request =
        request(path)
            .header("Content-Type", WebServer.JSON)
            .POST(BodyPublishers.ofString(App.credentials(email, App.PASSWORD), UTF_8))
            .build();
    return client.sendAsync(request, BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + jetty.port() + path));
  }

  private static String cookieOf(HttpResponse<String> response) {
    return response.headers().allValues("Set-Cookie").stream()
        .map(line -> line.substring(0, line.indexOf(';')))
        .reduce((one, other) -> one + "; " + other)
        .orElseThrow();
  }

  /** Compares nothing until it may. */
  private static final class HeldHasher implements PasswordHasher {
    private final PasswordHasher real = new QuickHasher();
    private final CountDownLatch go = new CountDownLatch(1);
    private volatile boolean held;

    @Override
    public PasswordHash hash(Password password) {
      return real.hash(password);
    }

    @Override
    public boolean matches(Password password, PasswordHash hash) {
      try {
        if (held && !go.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
          throw new AssertionError("held for too long");
        }
      } catch (InterruptedException e) {
        throw new AssertionError("interrupted while held", e);
      }
      return real.matches(password, hash);
    }

    @Override
    public boolean isOutdated(PasswordHash hash) {
      return real.isOutdated(hash);
    }
  }
}
