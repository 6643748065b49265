package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.contentOf;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.PasswordChange;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.jdbc.JdbcSchema;
import io.doorward.auth.jdbc.JdbcStores;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.password.Password;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.DurableTokenStore;
import io.doorward.auth.session.SessionView;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.testkit.TestRedis;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/**
 * A node in a process of its own that changes a password, ends sessions, or relays, and stops at
 * its so many-th word to a cache until somebody kills it, or at its first commit. Secrets come over
 * standard input.
 */
final class DoomedProcess {
  /** In the place of a number: stops before the first commit. */
  static final int AT_COMMIT = 0;

  private final Sessions sessions;
  private final int fatal;
  private final Path reached;
  private final AtomicInteger words = new AtomicInteger();

  private DoomedProcess(Sessions sessions, int fatal, Path reached) {
    this.sessions = sessions;
    this.fatal = fatal;
    this.reached = reached;
  }

  /** Starts one that writes what it has to say into a file. */
  private static Process start(List<String> input, Path output) throws IOException {
    TestRedis redis = TestRedis.shared();
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            DoomedProcess.class.getName(),
            redis.host(),
            Integer.toString(redis.port()));
    builder.redirectErrorStream(true).redirectOutput(output.toFile());
    Process process = builder.start();
    try (var out = process.outputWriter(StandardCharsets.UTF_8)) {
      for (String line : input) {
        out.write(line);
        out.newLine();
      }
    }
    return process;
  }

  /** Starts one, waits until it stops where it was told to, and kills it there. */
  static void killed(List<String> input, Path directory) throws IOException, InterruptedException {
    Path reached = directory.resolve("reached");
    Path output = directory.resolve("output");
    List<String> lines = new ArrayList<>(input);
    lines.add(reached.toString());
    Process process = start(lines, output);
    try {
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> Files.exists(reached) || !process.isAlive());
      assertThat(process.isAlive())
          .as(() -> "it waits to be killed, having said: " + contentOf(output.toFile()))
          .isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.waitFor()).as("killed, not ended").isEqualTo(128 + 9);
  }

  public static void main(String[] arguments) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String jdbcUrl = in.readLine();
    String namespace = in.readLine();
    KeyRing keys = KeyRing.ofSecret("system", HexFormat.of().parseHex(in.readLine()));
    Password present = Password.of(in.readLine());
    Password next = Password.of(in.readLine());
    AccessToken token = AccessToken.of(in.readLine());
    Sessions sessions = Sessions.valueOf(in.readLine());
    String doing = in.readLine();
    int fatal = Integer.parseInt(in.readLine());
    Path reached = Path.of(in.readLine());

    PostgresPool pool =
        PostgresPool.builder(jdbcUrl).maximumSize(4).poolWait(Duration.ofSeconds(10)).open();
    BoundedRedisClient client =
        BoundedRedisClient.builder(arguments[0], Integer.parseInt(arguments[1]))
            .connectTimeout(Duration.ofSeconds(10))
            .commandTimeout(Duration.ofSeconds(10))
            .build();
    AuthService service =
        new DoomedProcess(sessions, fatal, reached).service(pool, client, namespace, keys);
    Deadline deadline = Deadline.after(Duration.ofMinutes(5));
    switch (doing) {
      case "relay" -> service.operations().relayInvalidations(deadline);
      case "logout" -> service.logout(token, deadline);
      case "logoutAll" ->
          service.sessions().logoutAll(principal(service, token, deadline).account(), deadline);
      default ->
          service.changePassword(
              new PasswordChange(
                  principal(service, token, deadline), present, next, ClientContext.unknown()),
              deadline);
    }
  }

  private static AuthenticatedPrincipal principal(
      AuthService service, AccessToken token, Deadline deadline) {
    return ((CheckResult.Active) service.check(token, deadline)).principal();
  }

  private AuthService service(
      PostgresPool pool, BoundedRedisClient client, String namespace, KeyRing keys) {
    JdbcSchema schema = JdbcSchema.defaults();
    DataSource dataSource = doomed(DataSource.class, pool.dataSource());
    JdbcStores onPostgres = JdbcStores.of(dataSource, schema);
    AccountStore accounts = onPostgres.accounts();
    RedisStores stores = RedisStores.builder(client, keys).namespace(namespace).build();
    CredentialCache cache = stores.credentialCache().build();
    TokenStore tokens =
        sessions == Sessions.DURABLE
            ? DurableTokenStore.builder(
                    onPostgres.tokenStore(),
                    doomed(SessionView.class, stores.sessionView().build()))
                .build()
            : stores.tokenStore(accounts).build();
    return AuthService.builder(accounts, tokens, keys)
        .credentialCache(doomed(CredentialCache.class, cache))
        .passwordHasher(new ProbedHasher())
        .relayInterval(Duration.ofHours(1))
        .build();
  }

  private <T> T doomed(Class<T> type, T real) {
    Object wrapped =
        Proxy.newProxyInstance(
            DoomedProcess.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              String step = method.getName();
              boolean isWord = step.equals("fence") || step.equals("fenceUser");
              if (isWord ? words.incrementAndGet() == fatal : isCommit(step)) {
                waitToBeKilled();
              }
              try {
                Object answer = method.invoke(real, arguments);
                return answer instanceof Connection connection
                    ? doomed(Connection.class, connection)
                    : answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
    return type.cast(wrapped);
  }

  private boolean isCommit(String step) {
    return fatal == AT_COMMIT && step.equals("commit");
  }

  private void waitToBeKilled() {
    try {
      Files.createFile(reached);
      new CountDownLatch(1).await();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
